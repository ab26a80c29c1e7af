#!/usr/bin/env bash
# Packs a statically linked iris-server FROM scratch, without any network, with
# the first of buildah, podman and docker that works.
#
#   deploy/image/build.sh [TAG]        the image, also as target/image/iris-server.tar
set -euo pipefail
cd "$(dirname "$0")/../.."

tag=${1:-iris-server:$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)}
host=$(rustc -vV | sed -n 's/^host: //p')
context=target/image
export CARGO_TARGET_DIR=target/static
# A target that is named keeps the flags away from build scripts and macros,
# which cannot be static.
RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --release --locked --target "$host" --package iris-server
mkdir -p "$context"
cp "$CARGO_TARGET_DIR/$host/release/iris-server" "$context/iris-server"
rm -rf "$context/licenses"
"${PYTHON:-python3.11}" deploy/supply "$context/licenses"
cp LICENSE-* "$context/licenses/"

arguments=(--target packed --file deploy/Dockerfile --tag "$tag"
    --build-arg "VERSION=${tag##*:}" --build-arg "REVISION=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)")
archive="$context/iris-server.tar"
rm -f "$archive"
if command -v buildah >/dev/null; then
    # Docker's format, as OCI's has no place for a health check.
    buildah bud --quiet --isolation chroot --format docker "${arguments[@]}" "$context" >/dev/null
    buildah push --quiet "$tag" "docker-archive:$archive:$tag"
elif command -v podman >/dev/null; then
    podman build --quiet --format docker "${arguments[@]}" "$context" >/dev/null
    # Not `save`, which would name it localhost/…: a cluster that is given it looks for the name alone.
    podman push --quiet "$tag" "docker-archive:$archive:$tag"
elif docker info >/dev/null 2>&1; then
    DOCKER_BUILDKIT=1 docker build --quiet "${arguments[@]}" "$context" >/dev/null
    docker save --output "$archive" "$tag"
else
    echo "no buildah, podman or running docker here; on Debian: apt-get install buildah" >&2
    exit 1
fi
printf '%s: %s bytes of binary, %s of archive, in %s\n' \
    "$tag" "$(stat -c %s "$context/iris-server")" "$(stat -c %s "$archive")" "$archive"
