// Every case of the core's test data, asked of the module: the same bits as natively, the same words where it refuses.
//
// Reads what `cargo run --example answers` prints, a file of which ANSWERS names.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { Predictor } from "iris-predictor";

import { compared, wrong } from "./compare.js";

const testdata = new URL("../../../testdata/", import.meta.url);

test("every case gives the bits that it gives natively", async (t) => {
  const lines = (await readFile(process.env.ANSWERS, "utf8")).trim().split("\n");
  assert.ok(lines.length > 500, `only ${lines.length} files`);
  const found = [];
  for (const line of lines) {
    const expected = JSON.parse(line);
    found.push(await compared(Predictor, await readFile(new URL(expected.file, testdata)), expected));
  }
  const [same, different] = ["same", "different"].map((of) => found.reduce((sum, one) => sum + (one[of].length ?? one[of]), 0));
  t.diagnostic(`${lines.length} files, ${same} rows of answers the same, ${different} not`);
  assert.deepEqual(wrong(found), []);
});
