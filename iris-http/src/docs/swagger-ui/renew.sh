#!/usr/bin/env bash
# Writes the files here anew, from the npm package swagger-ui-dist in the version that
# tests/browser/package.json names. The browser tests compare them with it.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --prefix ../../../tests/browser --no-audit --no-fund --ignore-scripts
package=../../../tests/browser/node_modules/swagger-ui-dist
for file in swagger-ui.css swagger-ui-bundle.js; do
    gzip -9 --no-name --stdout "$package/$file" >"$file.gz"
done
cp "$package"/{LICENSE,NOTICE} .
# Those of what is bundled with it.
cp "$package/swagger-ui-bundle.js.LICENSE.txt" LICENSE-bundle.txt
