#!/usr/bin/env bash
# Builds the module, and puts it into the npm package.
#
# With rustup's wasm32-unknown-unknown where that is installed; otherwise with Debian's rustc-web, rust-web-src and lld,
# whose standard library is built along. `build.sh --no-default-features` gives the linear core with Iris alone.
set -euo pipefail
cd "$(dirname "$0")"

target=${CARGO_TARGET_DIR:-../../target}/wasm
output=${OUTPUT:-npm/iris.wasm}
web=/usr/bin/rustc
# Every runtime since 2023 has its vectors, in which exponentials take a third less. LLVM inlines for speed what is
# rarely called, as all that reads files; what rows go through is marked, and no slower with a threshold as for size.
flags="-Ctarget-feature=+simd128 -Cllvm-args=-inline-threshold=75 -Clink-arg=--no-entry -Clink-arg=-zstack-size=1048576 ${WASM_FLAGS:-}"

if rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null | xargs test -d; then
    std=()
elif [ -x "$web" ] && [ -d /usr/lib/rustlib/src/rust/library/std ]; then
    export RUSTC=$web RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld
    std=(-Zbuild-std=std,panic_abort)
else
    echo "needs the target wasm32-unknown-unknown: rustup target add wasm32-unknown-unknown," \
        "or apt-get install rustc-web rust-web-src lld" >&2
    exit 1
fi

CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags \
    cargo build --quiet --release --lib --target wasm32-unknown-unknown --target-dir "$target" "${std[@]}" "$@"
cp "$target/wasm32-unknown-unknown/release/iris.wasm" "$output"
echo "$output: $(wc -c <"$output") bytes, $(gzip -9 -c "$output" | wc -c) gzipped"
