// Nanoseconds a row in the module, by the rounds of examples/speed.rs, and how long it takes until there is a first answer:
// `node speed.js MODEL…` prints a line of JSON a model.

import { readFile } from "node:fs/promises";

import { Predictor } from "iris-predictor";

const ROWS = 10_000;
const ROUNDS = 15;

const began = performance.now();
const iris = await Predictor.iris();
iris.predictOne([5.1, 3.5, 1.4, 0.2]);
console.log(JSON.stringify({ first: performance.now() - began }));

for (const path of process.argv.slice(2)) {
  const predictor = await Predictor.load(await readFile(path));
  const rows = Float64Array.from({ length: ROWS * predictor.features.length }, (_, index) => (index % 97) / 13);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    if (predictor.isClassifier) predictor.predictProba(rows);
    else predictor.predict(rows);
    best = Math.min(best, performance.now() - start);
  }
  console.log(JSON.stringify({ model: path, ns: (best * 1e6) / ROWS }));
}
