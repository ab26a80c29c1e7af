#!/usr/bin/env bash
# Triton's perf_analyzer and the libraries it needs, under the folder given;
# nothing is installed. The binary comes with tritonclient's wheel of that
# version; the perf-analyzer package itself has none.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
python=${PYTHON:-python3.11}
if [ -x "$folder/bin/perf_analyzer" ]; then exit; fi
mkdir -p "$folder/bin" "$folder/lib" "$folder/download"
cd "$folder/download"
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --platform manylinux1_x86_64 tritonclient==2.48.0
"$python" -m pip download --quiet --disable-pip-version-check --no-deps nvidia-cuda-runtime-cu12==12.9.79
apt-get -qq download libb64-0d 2>/dev/null || { apt-get -qq update && apt-get -qq download libb64-0d; }
dpkg -x libb64-0d_*.deb .
for wheel in ./*.whl; do "$python" -m zipfile -e "$wheel" .; done
mv tritonclient-*.data/data/bin/perf_analyzer "$folder/bin/"
chmod +x "$folder/bin/perf_analyzer"
find . -name 'libb64.so*' -o -name 'libcudart.so.12' | xargs -I{} cp -P {} "$folder/lib/"
rm -rf "$folder/download"
