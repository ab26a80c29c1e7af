#!/usr/bin/env bash
# Everything that can be known of the deployment without a cluster, and one line for each:
#
#   deploy/scripts/verify.sh            manifests, traces, image and rollout
#   deploy/scripts/verify.sh image      some of them
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

readonly LISTS=(manifests traces image rollout)
readonly PYTHON=target/deploy-venv/bin/python

tests() {
    "$PYTHON" -m pytest -q -p no:cacheprovider "$@"
}

list() {
    case $1 in
    manifests) tests deploy/tests --ignore deploy/tests/test_traces.py ;;
    traces) tests deploy/tests/test_traces.py ;;
    image) deploy/image/build.sh && "$PYTHON" deploy/trials/image.py ;;
    rollout)
        read -ra options <<<"${ROLLOUT:-}"
        cargo build --release --locked && "$PYTHON" deploy/trials/rollout.py "${options[@]}"
        ;;
    *)
        echo "nothing is called '$1'; there are: ${LISTS[*]}" >&2
        exit 2
        ;;
    esac
}

summary=()
status=0
for list in "${@:-${LISTS[@]}}"; do
    printf '\n=== %s\n' "$list"
    start=$SECONDS
    if list "$list"; then outcome=passed; else outcome=FAILED status=1; fi
    summary+=("$(printf '%-10s %s in %d s' "$list" "$outcome" $((SECONDS - start)))")
done
printf '\n=== summary\n'
printf '%s\n' "${summary[@]}"
exit $status
