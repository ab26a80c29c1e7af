/** The live page at `/`: what it shows, what can be tried on it, and that everybody can use it. */

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { REPOSITORY, TEST_DATA, start } from "./frame/server.js";
import { inaccessible, launch, picture, visit } from "./frame/visit.js";

const SECRET = "a-key-for-this-test-alone";
const KEYS = `[[keys]]
name = "browser"
key = "${SECRET}"
classes = ["predict", "observe"]
`;

const MIXED = path.join(TEST_DATA, "mixed/churn.joblib");
const IRIS = path.join(REPOSITORY, "iris-core/models/iris.onnx");

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Opens the page of a server with these arguments for as long as `use` takes. */
async function opened(args, use, options) {
  const server = await start(...args);
  const visited = await visit(browser, `${server.http}/`, options);
  try {
    await use(visited.page, visited, server);
  } finally {
    await visited.close();
    await server.stop();
  }
}

/** A phone zooms out until all of a page fits, so that its screen alone would be as wide as the page. */
async function fitsTheScreen(page) {
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, outerWidth]);
  assert.ok(wide <= screen, `the page is ${wide} px wide, and the screen ${screen}`);
}

async function isFlawless(page, { faults }) {
  assert.deepEqual(await inaccessible(page), []);
  assert.deepEqual(faults, []);
}

const text = (page, selector) => page.locator(selector).innerText();

/** Asks for predictions over some connections until it is told to stop. */
function load(http, body, connections = 8) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let isOver = false;
  const one = () => new Promise((done) => {
    const asked = request(`${http}/predict`, { agent, method: "POST", headers: { "content-type": "application/json" } }, (answer) => {
      answer.resume().on("end", done);
    });
    asked.on("error", done);
    asked.end(body);
  });
  const all = Array.from({ length: connections }, async () => {
    while (!isOver) await one();
  });
  return async () => {
    isOver = true;
    await Promise.all(all);
    agent.destroy();
  };
}

test("a flower is named, with its probabilities, contributions and trace", async () => {
  await opened([], async (page, visited) => {
    await page.getByRole("spinbutton", { name: "petal_length" }).fill("6");
    await page.getByRole("spinbutton", { name: "petal_width" }).fill("2.3");
    await page.getByRole("button", { name: "Predict" }).click();
    await page.locator("#trace .model_inference").waitFor();
    await page.locator("#answer .explained li").first().waitFor();
    assert.match(await text(page, "#answer-said"), /^virginica/);
    assert.equal(await page.locator("#answer > .bars li").count(), 3);
    assert.equal(await page.locator("#answer .explained li").count(), 4);
    const spans = await page.locator("#trace li .name").allInnerTexts();
    assert.deepEqual(spans, ["your browser", "prediction_request", "data_preparation", "model_inference", "response_formatting"]);
    // Moved by the keyboard, a slider asks again.
    for (const name of ["petal_length, from", "petal_width, from"]) {
      await page.getByRole("slider", { name }).focus();
      await page.keyboard.press("Home");
    }
    await page.waitForFunction(() => document.querySelector("#answer-said").textContent.startsWith("setosa"));
    await isFlawless(page, visited);
    await picture(page, "page-light");
  });
});

test("a pipeline of texts and numbers has choices, and its trace", async () => {
  await opened(["--model", MIXED], async (page, visited) => {
    await page.getByRole("combobox", { name: "plan" }).selectOption("pro");
    await page.getByRole("spinbutton", { name: "age" }).fill("");
    await page.getByRole("combobox", { name: "city" }).selectOption("Lyon");
    await page.getByRole("button", { name: "Predict" }).click();
    await page.locator("#trace .model_inference").waitFor();
    assert.doesNotMatch(await page.locator("#answer-said").getAttribute("class"), /bad/);
    // The model does not look at it.
    assert.equal(await page.getByLabel("note", { exact: true }).count(), 0);
    await isFlawless(page, visited);
    await picture(page, "page-mixed", { fullPage: true });
  });
});

test("the call that is shown is one that is answered", async () => {
  await opened(["--grpc", "127.0.0.1:0"], async (page, visited, server) => {
    const tabs = page.getByRole("tab");
    assert.deepEqual(await tabs.allInnerTexts(), ["curl", "Python", "Rust", "gRPC"]);
    const curl = await text(page, "#call");
    const body = curl.match(/-d '(.*)'/)[1];
    const [, url] = curl.match(/^curl (\S+)/);
    assert.equal(url, `${server.http}/predict`);
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    assert.equal(answer.status, 200);
    // The arrows go from one to the next.
    await tabs.first().focus();
    for (const [key, name, expected] of [
      ["ArrowRight", "Python", /requests\.post\(/],
      ["ArrowRight", "Rust", /ureq::post\(/],
      ["ArrowRight", "gRPC", /grpcurl -plaintext [^]*iris\.v1\.Predictor\/Predict$/],
      ["ArrowRight", "curl", /^curl /],
      ["ArrowLeft", "gRPC", /:\d+ iris/],
    ]) {
      await page.keyboard.press(key);
      assert.equal(await page.getByRole("tab", { selected: true }).innerText(), name);
      assert.match(await text(page, "#call"), expected);
    }
    await isFlawless(page, visited);
  });
});

test("charts move under load, and the slowest can be looked at", async () => {
  await opened([], async (page, visited, server) => {
    await page.waitForFunction(() => document.querySelector("#sentence").dataset.kind === "idle");
    const stop = load(server.http, '{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}');
    try {
      const shown = () => page.evaluate(() => document.querySelector("#charts path.line")?.getAttribute("d"));
      await page.waitForFunction(() => !["idle", undefined].includes(document.querySelector("#sentence").dataset.kind));
      const before = await shown();
      await page.waitForFunction((before) => document.querySelector("#charts path.line").getAttribute("d") !== before, before);
      assert.match(await page.locator("#charts svg").first().getAttribute("aria-label"), /now .*[1-9]/);
      assert.equal(await page.locator("#inside li").count(), 5);
      await page.waitForFunction(() => document.querySelectorAll("#load circle").length >= 15);
      await page.locator("#slowest button").first().click();
      await page.locator("#chosen .model_inference").waitFor();
      assert.match(await text(page, "#chosen .note"), /POST \/predict answered 200/);
      await isFlawless(page, visited);
      await picture(page, "page-now", { fullPage: true });
      // As a first visitor sees it: this is the README's.
      await page.getByRole("button", { name: "Predict" }).click();
      await page.locator("#answer .explained li").first().waitFor();
      await page.evaluate(() => scrollTo(0, 0));
      await page.mouse.move(0, 0);
      await picture(page, "page");
    } finally {
      await stop();
    }
  });
});

test("a version in the shadow of another is compared with it, on a phone too", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "iris-"));
  for (const version of ["1", "2"]) {
    mkdirSync(path.join(folder, "iris", version), { recursive: true });
    copyFileSync(IRIS, path.join(folder, "iris", version, "model.onnx"));
  }
  await opened(["--models", folder, "--versions", "all", "--shadow", "iris@1=100%"], async (page, visited) => {
    await page.getByRole("button", { name: "Predict" }).click();
    await page.waitForFunction(() => /100 %/.test(document.querySelector("#shadow-pairs")?.textContent));
    const gap = () => page.evaluate(() => {
      const box = (selector) => document.querySelector(selector).getBoundingClientRect();
      return box("#shadows").top - box("#now .triple").bottom;
    });
    assert.equal(await gap(), 16);
    // It has a card of its own, and is no figure among the others.
    assert.doesNotMatch(await text(page, "#held"), /shadow/);
    await fitsTheScreen(page);
    await isFlawless(page, visited);
    await picture(page, "page-shadow", { fullPage: true });
  }, PHONE);
});

for (const [name, options] of [
  ["dark", { colorScheme: "dark" }],
  ["phone", PHONE],
  ["phone-dark", { ...PHONE, colorScheme: "dark" }],
]) {
  test(`it is as usable ${name}`, async () => {
    await opened([], async (page, visited) => {
      await page.getByRole("button", { name: "Predict" }).click();
      await page.locator("#trace .model_inference").waitFor();
      await page.locator("#answer .explained li").first().waitFor();
      await fitsTheScreen(page);
      const cut = await page.locator(".spans .name").evaluateAll((names) =>
        names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent));
      assert.deepEqual(cut, []);
      await isFlawless(page, visited);
      await picture(page, `page-${name}`, { fullPage: true });
    }, options);
  });
}

test("a key is asked for, and kept in the tab alone", async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "iris-")), "keys.toml");
  writeFileSync(file, KEYS, { mode: 0o600 });
  await opened(["--api-keys", file], async (page, visited) => {
    await page.getByLabel("Key").fill("wrong");
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByText("The one given is not enough").waitFor();
    await page.getByLabel("Key").fill(SECRET);
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByRole("button", { name: "Predict" }).click();
    await page.locator("#trace .model_inference").waitFor();
    assert.equal(await page.locator("#key").isVisible(), false);
    assert.match(await text(page, "#call"), /-H "x-api-key: \$IRIS_KEY"/);
    const kept = await page.evaluate(() => [localStorage.length, document.cookie, sessionStorage.length]);
    assert.deepEqual(kept, [0, "", 1]);
    assert.deepEqual(await inaccessible(page), []);
    // Nothing goes wrong but that who has no key is told so.
    assert.deepEqual(visited.faults.filter((fault) => !/status of 401/.test(fault)), []);
  });
});

test("it works below a path that a proxy leads to, with a slash at its end or without", async () => {
  const server = await start();
  const proxy = createServer((asked, answer) => {
    const onward = request(server.http + (asked.url.replace(/^\/models\/iris/, "") || "/"), { method: asked.method, headers: asked.headers });
    onward.on("response", (answered) => {
      answer.writeHead(answered.statusCode, answered.headers);
      answered.pipe(answer);
    });
    asked.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  for (const end of ["", "/"]) {
    const visited = await visit(browser, `http://127.0.0.1:${proxy.address().port}/models/iris${end}`);
    await visited.page.getByRole("button", { name: "Predict" }).click();
    await visited.page.locator("#trace .model_inference").waitFor();
    assert.match(await text(visited.page, "#call"), /\/models\/iris\/predict /);
    assert.deepEqual(visited.faults, []);
    await visited.close();
  }
  proxy.closeAllConnections();
  proxy.close();
  await server.stop();
});

test("on the admin listener there is all but predictions", async () => {
  const server = await start("--admin", "127.0.0.1:0");
  const visited = await visit(browser, `${server.admin}/`);
  await visited.page.locator("#try-none").waitFor();
  await visited.page.waitForFunction(() => document.querySelector("#sentence").dataset.kind === "idle");
  assert.equal(await visited.page.locator("#row").isVisible(), false);
  assert.deepEqual(await inaccessible(visited.page), []);
  assert.deepEqual(visited.faults.filter((fault) => !/status of 404/.test(fault)), []);
  await visited.close();
  await server.stop();
});

test("what the model refuses is said in its words", async () => {
  await opened([], async (page, visited) => {
    await page.locator("#field-0").waitFor();
    await page.evaluate(() => {
      const box = document.querySelector("#field-0");
      box.required = false;
      box.value = "";
      box.form.requestSubmit();
    });
    await page.locator("#answer-said.bad").waitFor();
    assert.match(await text(page, "#answer-said"), /sepal_length/);
    assert.deepEqual(visited.faults.filter((fault) => !/status of 4/.test(fault)), []);
  });
});
