// Nanoseconds a row in the module, beside examples/speed.rs, and how long it takes until there is a first answer:
// `node speed.js MODEL…` prints a line of JSON a model. The best of two seconds: V8 first runs what it has compiled in a
// hurry, which takes two to three times as long, and optimises what is called often meanwhile; `early` is the best of the
// first 15 rounds.

import { readFile } from "node:fs/promises";

import { Predictor } from "iris-predictor";

const ROWS = 10_000;
const EARLY = 15;
const MILLISECONDS = 2000;

const began = performance.now();
const iris = await Predictor.iris();
iris.predictOne([5.1, 3.5, 1.4, 0.2]);
console.log(JSON.stringify({ first: performance.now() - began }));

for (const path of process.argv.slice(2)) {
  const predictor = await Predictor.load(await readFile(path));
  const rows = Float64Array.from({ length: ROWS * predictor.features.length }, (_, index) => (index % 97) / 13);
  let [best, early] = [Infinity, Infinity];
  const end = performance.now() + MILLISECONDS;
  for (let round = 0; performance.now() < end; round += 1) {
    const start = performance.now();
    if (predictor.isClassifier) predictor.predictProba(rows);
    else predictor.predict(rows);
    best = Math.min(best, performance.now() - start);
    if (round < EARLY) early = best;
  }
  console.log(JSON.stringify({ model: path, ns: (best * 1e6) / ROWS, early: (early * 1e6) / ROWS }));
}
