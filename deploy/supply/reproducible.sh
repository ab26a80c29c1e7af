#!/usr/bin/env bash
# Builds the committed server twice, in two folders of different names, and compares the bytes.
#
#   deploy/supply/reproducible.sh         the release profile; minutes
#
# Paths are mapped to fixed ones, which is what would differ; the lock file, the toolchain and the profile are the same.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d "${TMPDIR:-/tmp}/reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT
cargo_home=${CARGO_HOME:-$HOME/.cargo}
unset CARGO_TARGET_DIR CARGO_INCREMENTAL

build() {
    local folder=$1
    mkdir -p "$folder"
    git archive HEAD | tar -x -C "$folder"
    (cd "$folder" && RUSTFLAGS="--remap-path-prefix=$PWD=/iris --remap-path-prefix=$cargo_home=/cargo" \
        SOURCE_DATE_EPOCH=0 cargo build --quiet --release --locked --package iris-server)
    sha256sum "$folder/target/release/iris-server" | cut -d ' ' -f 1
}

first=$(build "$work/first")
second=$(build "$work/another/folder")
printf '%s\n%s\n' "$first" "$second"
if [ "$first" != "$second" ]; then
    echo 'the two builds differ' >&2
    exit 1
fi
if grep -q -a -F -e "$work" -e "$cargo_home" "$work/first/target/release/iris-server"; then
    echo "a path of this machine stands in the binary" >&2
    exit 1
fi
echo 'the same bytes'
