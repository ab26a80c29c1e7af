// Every case of the core's test data, asked of the module: the same bits as natively, the same words where it refuses.
//
// Reads what `cargo run --example answers` prints, a file of which ANSWERS names.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { Predictor } from "iris-predictor";

import { compared } from "./compare.js";

const testdata = new URL("../../../testdata/", import.meta.url);

test("every case gives the bits that it gives natively", async (t) => {
  const lines = (await readFile(process.env.ANSWERS, "utf8")).trim().split("\n");
  assert.ok(lines.length > 500, `only ${lines.length} files`);
  let same = 0;
  const different = [];
  for (const line of lines) {
    const expected = JSON.parse(line);
    const model = await readFile(new URL(expected.file, testdata));
    const found = await compared(Predictor, model, expected);
    same += found.same;
    different.push(...found.different);
  }
  t.diagnostic(`${lines.length} files, ${same} rows of answers the same, ${different.length} not`);
  for (const { file, asked, row, ulps } of different) {
    // Logarithms and powers are the platform's, as documented: their last digits may differ, and nothing else.
    assert.ok(ulps <= 16, `${file}: ${asked} of row ${row} is ${ulps} steps away`);
    assert.ok(/power|function|log|quantile|boxcox|yeo/i.test(file), `${file}: ${asked} of row ${row} differs`);
  }
});
