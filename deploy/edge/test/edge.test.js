// The module where it is meant to run: every case in Cloudflare's runtime and in Chromium, to the bit; and the Worker
// beside the server, the same requests to both.
//
// Needs ANSWERS (see iris-core/wasm/npm/test/cases.test.js); with IRIS_SERVER the server is asked as well.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import test from "node:test";

import { chromium } from "playwright-core";

import { wrong } from "../../../iris-core/wasm/npm/test/compare.js";
import { EDGE, NPM, REPOSITORY, configuration, files, workerd } from "./runtimes.js";

const TESTDATA = path.join(REPOSITORY, "iris-core/testdata");
const FLOWER = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
const lines = (await readFile(process.env.ANSWERS, "utf8")).trim().split("\n");

function check(t, found) {
  const [same, different] = ["same", "different"].map((of) => found.reduce((sum, one) => sum + (one[of].length ?? one[of]), 0));
  t.diagnostic(`${found.length} files, ${same} rows of answers the same, ${different} not`);
  assert.deepEqual(wrong(found), []);
}

test("every case in workerd", async (t) => {
  const modules = { "cases.worker.js": path.join(EDGE, "test/cases.worker.js"), "compare.js": path.join(NPM, "test/compare.js") };
  const { url, stop } = await workerd(await configuration(modules));
  try {
    const found = [];
    for (const line of lines) {
      const form = new FormData();
      form.set("expected", line);
      form.set("model", new Blob([await readFile(path.join(TESTDATA, JSON.parse(line).file))]), "model");
      const response = await fetch(url, { method: "POST", body: form });
      assert.equal(response.status, 200, await response.clone().text());
      found.push(await response.json());
    }
    check(t, found);
  } finally {
    await stop();
  }
});

test("every case in Chromium", async (t) => {
  const { url, stop } = await files();
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    const found = [];
    for (let first = 0; first < lines.length; first += 50) {
      found.push(
        ...(await page.evaluate(async (cases) => {
          const { Predictor } = await import("/iris-core/wasm/npm/browser.js");
          const { compared } = await import("/iris-core/wasm/npm/test/compare.js");
          const found = [];
          for (const line of cases) {
            const expected = JSON.parse(line);
            found.push(await compared(Predictor, fetch(`/iris-core/testdata/${expected.file}`), expected));
          }
          return found;
        }, lines.slice(first, first + 50))),
      );
    }
    assert.equal(found.length, lines.length);
    check(t, found);
  } finally {
    await browser.close();
    stop();
  }
});

const REQUESTS = [
  ["/predict", FLOWER],
  ["/predict", { ...FLOWER, colour: "blue" }],
  ["/predict", [FLOWER, FLOWER]],
  ["/predict", [[5.9, 3.0, 4.2, 1.5]]],
  ["/predict", { instances: [[6.3, 3.3, 6.0, 2.5], FLOWER] }],
  ["/predict", { sepal_length: 5.1 }],
  ["/predict", { ...FLOWER, sepal_width: "wide" }],
  ["/v2/models/iris/infer", { id: "7", inputs: [{ name: "x", shape: [2, 4], datatype: "FP64", data: [5.1, 3.5, 1.4, 0.2, 6, 3, 5, 2] }] }],
  ["/v2/models/iris/infer", { inputs: [{ name: "x", shape: [1, 4], datatype: "FP32", data: [[5.1, 3.5, 1.4, 0.2]] }], outputs: ["predict_proba", "class_index", "decision_function"].map((name) => ({ name })) }],
  ["/v2/models/iris/versions/1/infer", { inputs: [{ name: "x", shape: [1, 4], datatype: "FP64", data: [5.1, 3.5, 1.4, 0.2] }] }],
  ["/v2/models/iris/infer", { inputs: [{ name: "x", shape: [2, 4], datatype: "FP64", data: [5.1] }] }],
  ["/v2/models/rose/infer", { inputs: [] }],
  ["/v2/models/iris", null],
  ["/v2/health/live", null],
  ["/predict", null],
];

test("the Worker answers as the server does", { skip: !process.env.IRIS_SERVER }, async () => {
  const { start } = await import("../../../iris-http/tests/browser/frame/server.js");
  const [edge, server] = await Promise.all([workerd(path.join(EDGE, "workerd.capnp")), start()]);
  try {
    const { cases } = JSON.parse(await readFile(path.join(TESTDATA, "flowers.json")));
    const flowers = cases.map(({ features }) => features);
    for (const [route, body] of [...REQUESTS, ["/predict", flowers]]) {
      const init = body === null ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const [found, expected] = await Promise.all([edge.url, server.http].map((url) => fetch(url + route, init)));
      assert.equal(found.status, expected.status, `${route} ${JSON.stringify(body)}`);
      assert.deepEqual(await found.json(), await expected.json(), `${route} ${JSON.stringify(body)}`);
    }
  } finally {
    await Promise.all([edge.stop(), server.stop()]);
  }
});

test("the Worker refuses what it cannot read, and goes on", async () => {
  const { url, stop } = await workerd(path.join(EDGE, "workerd.capnp"));
  try {
    const post = (route, body) => fetch(url + route, { method: "POST", body });
    assert.equal((await post("/predict", "{")).status, 422);
    assert.equal((await post("/predict", "[]")).status, 422);
    assert.equal((await post("/predict", JSON.stringify([[5.1, null, 1.4, 0.2]]))).status, 422);
    const input = { name: "x", shape: [1, 4], datatype: "FP64", data: [5.1, 3.5, 1.4, 0.2] };
    const refused = [
      "{",
      "null",
      JSON.stringify({ inputs: "all" }),
      JSON.stringify({ inputs: [null] }),
      JSON.stringify({ inputs: [{ ...input, data: "none" }] }),
      JSON.stringify({ inputs: [{ ...input, shape: 4 }] }),
      JSON.stringify({ inputs: [{ ...input, shape: [2.5, 4], data: Array(10).fill(1) }] }),
      JSON.stringify({ inputs: [input], outputs: "all" }),
      JSON.stringify({ inputs: [input], outputs: [null] }),
    ];
    for (const body of refused) assert.equal((await post("/v2/models/iris/infer", body)).status, 400, body);
    assert.equal((await post("/v2/models/%ff/infer", JSON.stringify({ inputs: [input] }))).status, 404);
    assert.equal((await fetch(`${url}/nowhere`)).status, 404);
    assert.match(await (await fetch(`${url}/docs`)).text(), /sepal_length/);
    assert.equal((await (await post("/predict", JSON.stringify(FLOWER))).json()).predicted_species, "setosa");
  } finally {
    await stop();
  }
});

test("no request takes more than the memory of a Worker", async () => {
  const rows = (n) => JSON.stringify(Array(n).fill([5.1, 3.5, 1.4, 0.2]));
  const input = { name: "x", shape: [10_001, 4], datatype: "FP64", data: Array(40_004).fill(1) };
  const asked = [
    [200, rows(10_000)],
    [413, rows(10_001)],
    [413, JSON.stringify({ inputs: [input] }), "/v2/models/iris/infer"],
    // As many values as fit into a body.
    [413, `[${"[],".repeat(345_000)}[]]`],
    [422, `[${"{},".repeat(9_000)}{}]`],
    [422, "[".repeat(1 << 20)],
    // Without a length, so that it has to be read before it is refused.
    [413, new Blob([new Uint8Array(64 << 20)]).stream()],
  ];
  for (const [status, body, route = "/predict"] of asked) {
    const { url, pid, stop } = await workerd(path.join(EDGE, "workerd.capnp"));
    try {
      const peak = async () => Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))[1]);
      await fetch(`${url}/livez`);
      const before = await peak();
      const answer = await fetch(url + route, { method: "POST", body, duplex: "half" });
      assert.equal(answer.status, status, await answer.text());
      // Cloudflare ends a Worker that has more than 128 MiB; workerd lets it grow, so the process is looked at.
      const grown = ((await peak()) - before) / 1024;
      assert.ok(grown < 100, `${grown} MiB for ${String(body).slice(0, 50)}`);
    } finally {
      await stop();
    }
  }
});

test("a module that has stopped is made anew for the next request", async () => {
  const modules = { "worker.js": path.join(EDGE, "worker.js"), "iris-predictor": path.join(EDGE, "test/stopping.js") };
  const { url, stop } = await workerd(await configuration(modules));
  try {
    const post = () => fetch(`${url}/predict`, { method: "POST", body: JSON.stringify(FLOWER) });
    const first = await post();
    assert.equal(first.status, 500);
    assert.match((await first.json()).detail, /load the model again/);
    assert.equal((await (await post()).json()).predicted_species, "setosa");
  } finally {
    await stop();
  }
});
