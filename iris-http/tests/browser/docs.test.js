/** `/docs` in a browser: every route is tried there, as somebody would who reads it. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { REPOSITORY, TEST_DATA, start } from "./frame/server.js";
import { inaccessible, launch, picture, visit } from "./frame/visit.js";

/** Rules that Swagger UI itself breaks, within what it draws. */
const OF_SWAGGER_UI = ["color-contrast", "heading-order", "nested-interactive", "region"];

/** What is not done, and says so by 501: this server lets no client have models loaded. */
const NOT_DONE = ["load", "unload", "addModel", "removeModel", "aliases"];

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Every operation of a server, with its place on the page. */
async function operations(url) {
  const { paths } = await (await fetch(`${url}/openapi.json`)).json();
  const all = Object.values(paths).flatMap((methods) => Object.values(methods));
  return all.map(({ operationId, tags, requestBody }) => ({
    id: operationId,
    place: `[id="operations-${tags[0]}-${operationId}"]`,
    examples: Object.keys(requestBody?.content["application/json"]?.examples ?? {}),
    mediaTypes: Object.keys(requestBody?.content ?? {}),
  }));
}

/** Executes an open operation as it stands, and returns the status of the answer, which the page shows. */
async function execute(page, block) {
  const answered = page.waitForResponse((response) => response.request().resourceType() === "fetch");
  await block.locator(".execute").click();
  const status = (await answered).status();
  const shown = block.locator(".live-responses-table .response .response-col_status", { hasText: status });
  await shown.first().waitFor();
  return status;
}

async function tryAll(url, name) {
  const { page, faults, close } = await visit(browser, `${url}/docs`);
  await page.locator(".opblock").first().waitFor();
  for (const { id, place, examples, mediaTypes } of await operations(url)) {
    const block = page.locator(place);
    await block.locator(".opblock-summary-control").click();
    const expected = NOT_DONE.includes(id) ? 501 : 200;
    assert.equal(await execute(page, block), expected, `${name}: ${id}`);
    for (const example of examples.slice(1)) {
      await block.locator(".opblock-section-request-body .examples-select-element").selectOption(example);
      assert.equal(await execute(page, block), expected, `${name}: ${id}, ${example}`);
    }
    for (const mediaType of mediaTypes.slice(1)) {
      await block.locator(".opblock-section-request-body .content-type").selectOption(mediaType);
      assert.equal(await execute(page, block), expected, `${name}: ${id}, ${mediaType}`);
    }
    if (id === "predict") await picture(page, `docs-${name}`);
    await block.locator(".opblock-summary-control").click();
  }
  // A browser writes any status beyond 400 to its console.
  const unexpected = faults.filter((fault) => !/^console: Failed to load resource: .* 501 /.test(fault));
  assert.deepEqual(unexpected, [], name);
  assert.equal(faults.length, NOT_DONE.length, name);
  await close();
}

const MODELS = {
  iris: [],
  texts: ["--model", `churn=${path.join(TEST_DATA, "mixed/churn.joblib")}`],
  regressor: ["--model", `prices=${path.join(TEST_DATA, "regressors/linear_regression_three_targets_double.onnx")}`],
};

for (const [name, args] of Object.entries(MODELS)) {
  test(`every route is tried and answers: ${name}`, async () => {
    const server = await start(...args);
    try {
      await tryAll(server.http, name);
    } finally {
      await server.stop();
    }
  });
}

test("the page looks right in light, in the dark and on a phone, and whoever reads it can use it", async () => {
  const server = await start();
  const looks = {
    light: {},
    dark: { colorScheme: "dark" },
    phone: { viewport: { width: 390, height: 844 } },
  };
  for (const [name, options] of Object.entries(looks)) {
    const { page, faults, close } = await visit(browser, `${server.http}/docs`, options);
    await page.locator(".opblock").first().waitFor();
    assert.equal(await page.title(), "iris predictor");
    await picture(page, `docs-${name}`);
    const ours = (await inaccessible(page)).filter((fault) => !OF_SWAGGER_UI.includes(fault.split(":")[0]));
    assert.deepEqual(ours, [], name);
    const [width, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width <= shown, `${name}: ${width} of ${shown} pixels`);
    assert.deepEqual(faults, []);
    await close();
  }
  await server.stop();
});

test("a server with keys asks for one, keeps it for the tab, and shows it with every request", async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "iris-")), "keys.toml");
  writeFileSync(file, '[[keys]]\nname = "all"\nkey = "a-key"\nclasses = ["predict", "observe"]\n');
  const server = await start("--api-keys", file);
  const { page, faults, answers, close } = await visit(browser, `${server.http}/docs`);
  await page.getByLabel("Key").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /key/);
  await picture(page, "docs-key");
  assert.deepEqual(await inaccessible(page), []);
  await page.getByLabel("Key").fill("another");
  await page.getByRole("button").click();
  await page.getByText("not known").waitFor();
  await page.getByLabel("Key").fill("a-key");
  await page.getByRole("button").click();
  const block = page.locator('[id="operations-service-predict"]');
  await block.locator(".opblock-summary-control").click();
  assert.equal(await execute(page, block), 200);
  await page.reload();
  await block.waitFor();
  assert.deepEqual(
    answers.map((answer) => answer.status()).filter((status) => ![200, 304].includes(status)),
    [401, 401],
  );
  assert.ok(faults.every((fault) => / 401 /.test(fault)), faults.join("\n"));
  await close();
  await server.stop();
});

test("behind a prefix it asks there", async () => {
  const server = await start();
  const proxy = createServer((request, response) => {
    if (!request.url.startsWith("/of/iris/")) {
      response.writeHead(404).end();
      return;
    }
    const { method, headers } = request;
    const passed = ask(`${server.http}${request.url.slice("/of/iris".length)}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { page, faults, close } = await visit(browser, `http://127.0.0.1:${proxy.address().port}/of/iris/docs`);
  const block = page.locator('[id="operations-service-predict"]');
  await block.locator(".opblock-summary-control").click();
  assert.equal(await execute(page, block), 200);
  assert.deepEqual(faults, []);
  await close();
  proxy.closeAllConnections();
  proxy.close();
  await server.stop();
});

test("a server that has gone is not mistaken for one without routes", async () => {
  const server = await start();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/openapi.json", (route) => route.abort());
  await page.goto(`${server.http}/docs`);
  await page.getByText("The server does not answer").waitFor();
  await context.close();
  await server.stop();
});

test("the files of Swagger UI are those of its package", () => {
  const committed = path.join(REPOSITORY, "iris-http/src/docs/swagger-ui");
  const published = path.join(import.meta.dirname, "node_modules/swagger-ui-dist");
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
    const text = gunzipSync(readFileSync(path.join(committed, `${file}.gz`)));
    assert.ok(text.equals(readFileSync(path.join(published, file))), `${file} is another: run renew.sh`);
  }
});
