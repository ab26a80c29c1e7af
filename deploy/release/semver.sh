#!/usr/bin/env bash
# Compares the interfaces of the crates with those of the last tag.
#
#   SEMVER_CHECKS=VERSION deploy/release/semver.sh      installs that version of cargo-semver-checks, if it is not there
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! tag=$(git describe --tags --abbrev=0 2>/dev/null); then
    echo 'there is no tag to compare with yet'
    exit 0
fi
tools="$PWD/target/tools"
export PATH="$tools/bin:$PATH"
if [ "$(cargo semver-checks --version 2>/dev/null | awk '{print $2}')" != "$SEMVER_CHECKS" ]; then
    cargo install --quiet --locked --root "$tools" --version "$SEMVER_CHECKS" cargo-semver-checks
fi
cargo semver-checks --workspace --exclude iris-benches --exclude iris-py --baseline-rev "$tag"
