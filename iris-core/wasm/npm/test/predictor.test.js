// What the package promises beside its numbers: forms of rows, and errors.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

import { Predictor, PredictorError } from "iris-predictor";

const testdata = new URL("../../../testdata/", import.meta.url);
const FLOWERS = [
  [5.1, 3.5, 1.4, 0.2],
  [5.9, 3.0, 4.2, 1.5],
  [6.3, 3.3, 6.0, 2.5],
];
const NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"];

test("the module has no imports", async () => {
  const module = await WebAssembly.compile(await readFile(new URL("../iris.wasm", import.meta.url)));
  assert.deepEqual(WebAssembly.Module.imports(module), []);
});

test("one row by position and by name", async () => {
  const iris = await Predictor.iris();
  const one = iris.predictOne(FLOWERS[0]);
  assert.equal(one.label, "setosa");
  assert.ok(one.probability > 0.98);
  const named = Object.fromEntries(NAMES.map((name, index) => [name, FLOWERS[0][index]]).reverse());
  assert.deepEqual(iris.predictOne(named), one);
});

test("batches in every form have the same answer", async () => {
  const iris = await Predictor.iris();
  const flat = FLOWERS.flat();
  const expected = iris.predictProba(FLOWERS);
  assert.equal(expected.length, 9);
  assert.deepEqual(iris.predictProba(new Float64Array(flat)), expected);
  assert.deepEqual(iris.predict(new Float64Array(flat)), ["setosa", "versicolor", "virginica"]);
  assert.deepEqual([...iris.predictClasses(new Float32Array(flat))], [0, 1, 2]);
  assert.equal(iris.decisionFunction(FLOWERS).length, 9);
  assert.equal(iris.predictContributions(FLOWERS).length, 3 * iris.nContributions);
  assert.deepEqual(iris.predict([]), []);
  assert.deepEqual([...iris.predictClasses(new BigInt64Array([6n, 3n, 6n, 2n]))], [2]);
});

test("a million rows", async () => {
  const iris = await Predictor.iris();
  const rows = new Float64Array(4_000_000);
  for (let index = 0; index < rows.length; index += 1) rows[index] = FLOWERS[(index >> 2) % 3][index % 4];
  const classes = iris.predictClasses(rows);
  assert.deepEqual([...classes.subarray(0, 6)], [0, 1, 2, 0, 1, 2]);
  assert.equal(classes.length, 1_000_000);
});

test("texts, missing values and what was not seen", async () => {
  const churn = await Predictor.load(await readFile(new URL("mixed/churn.joblib", testdata)));
  const { rows, labels, probabilities } = JSON.parse(await readFile(new URL("mixed/churn.json", testdata)));
  assert.deepEqual(churn.predict(rows), labels);
  churn.predictProba(rows).forEach((probability, index) => {
    assert.ok(Math.abs(probability - probabilities[index >> 1][index & 1]) < 1e-12);
  });
  const category = churn.features.findIndex(({ kind }) => kind.category && !kind.category.accepts_unknown);
  if (category >= 0) {
    const row = { ...rows[0], [churn.features[category].name]: "nowhere to be found" };
    assert.throws(
      () => churn.predict([rows[0], row]),
      (error) => error.kind === "UnknownCategory" && error.row === 1 && error.feature === churn.features[category].name,
    );
  }
});

test("free texts, alone and beside categories and numbers", async () => {
  const { texts, frame, models } = JSON.parse(await readFile(new URL("texts.json", testdata)));
  for (const [estimator, rows] of [["spam filter", texts.map((text) => [text])], ["columns", frame]]) {
    const { file, names, labels, probabilities } = models.find((model) => model.estimator === estimator);
    const model = await Predictor.load(await readFile(new URL(`texts/${file}`, testdata)));
    assert.ok(model.features.some(({ kind }) => kind === "text"));
    // Again, so that texts of rows before are not taken for those of these.
    for (const given of [rows, rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])))]) {
      assert.deepEqual(model.predict(given), labels);
      model.predictProba(given).forEach((probability, index) => {
        const width = model.classes.length;
        assert.ok(Math.abs(probability - probabilities[Math.floor(index / width)][index % width]) < 1e-12);
      });
    }
    const text = model.features.findIndex(({ kind }) => kind === "text");
    for (const wrong of [5, true, null, {}]) {
      const row = [...rows[0]];
      row[text] = wrong;
      assert.throws(
        () => model.predict([rows[0], row]),
        (error) => error.class === "invalid_input" && error.row === 1 && error.feature === names[text],
      );
    }
    assert.deepEqual(model.predict([rows[1]]), [labels[1]]);
  }
});

test("what is refused says where", async () => {
  const iris = await Predictor.iris();
  const refuses = (rows, expected) =>
    assert.throws(
      () => iris.predict(rows),
      (error) => {
        assert.ok(error instanceof PredictorError, String(error));
        assert.equal(error.class, "invalid_input");
        for (const [key, value] of Object.entries(expected)) assert.equal(error[key], value);
        return true;
      },
    );
  refuses([FLOWERS[0], [5.1, NaN, 1.4, 0.2]], { kind: "InputNotFinite", row: 1, feature: "sepal_width" });
  refuses([[5.1, 3.5, 1.4, null]], { row: 0, feature: "petal_width" });
  refuses([[5.1, 3.5, 1.4]], { row: 0 });
  refuses([{ sepal_length: 5.1 }], { row: 0, feature: "sepal_width" });
  refuses([{ sepal_lenght: 5.1 }], { row: 0 });
  refuses([["5.1", 3.5, 1.4, 0.2]], { row: 0, feature: "sepal_length" });
  refuses([[{}, 3.5, 1.4, 0.2]], { row: 0, feature: "sepal_length" });
  refuses(new Float64Array(5), {});
  refuses("rows", {});
  assert.equal(iris.predictOne(FLOWERS[2]).label, "virginica");
});

test("half a file, no file, and a model that is too large", async () => {
  const file = await readFile(new URL("trees/decisiontreeclassifier.pkl", testdata));
  const isModel = (error) => error instanceof PredictorError && error.class === "invalid_model";
  for (let part = 0; part < 8; part += 1) {
    await assert.rejects(Predictor.load(file.subarray(0, (file.length * part) >> 3)), isModel);
  }
  await assert.rejects(Predictor.load(new Uint8Array(1000)), isModel);
  await assert.rejects(Predictor.load(file, { maxNumbers: 3 }), isModel);
  await assert.rejects(Predictor.load("model.pkl"), TypeError);
  await assert.rejects(Predictor.load(new Response("gone", { status: 404 })), isModel);
  assert.equal((await Predictor.load(new Response(file))).isClassifier, true);
});

test("memory that there is not is an error, and others live on", async () => {
  const [iris, other] = [await Predictor.iris(), await Predictor.iris()];
  let rows;
  try {
    rows = new Float64Array(600_000_000);
  } catch {
    return;
  }
  assert.throws(
    () => iris.predict(rows),
    (error) => error instanceof PredictorError && error.class === "too_large",
  );
  assert.equal(other.predictOne(FLOWERS[0]).label, "setosa");
  assert.equal(iris.predictOne(FLOWERS[0]).label, "setosa");
});
