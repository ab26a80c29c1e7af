/** The frame of these tests notices what it is there to notice. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { start } from "./frame/server.js";
import { inaccessible, launch, visit } from "./frame/visit.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Serves this page for as long as `use` takes. */
async function serving(html, headers, use) {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "text/html", ...headers });
    response.end(html);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const page = (body) => `<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>${body}</main></html>`;

test("a page without a fault has none", async () => {
  await serving(page('<link rel="icon" href="data:,">'), {}, async (url) => {
    const visited = await visit(browser, url);
    assert.deepEqual(visited.faults, []);
    assert.deepEqual(await inaccessible(visited.page), []);
    await visited.close();
  });
});

test("what goes wrong is written down", async () => {
  const wrong = [
    ["<script>console.error('one')</script>", {}, /^console: one$/],
    ["<script>throw new Error('two')</script>", {}, /^exception: Error: two/],
    ["<img alt='' src='http://127.0.0.2:1/three'>", {}, /^elsewhere: http:\/\/127\.0\.0\.2:1\/three$/],
    ["<img alt='' src='four'>", {}, /^console: .*404/],
    ["<b style='color: red'>five</b>", { "content-security-policy": "default-src 'none'" }, /policy: style-src-attr/],
  ];
  for (const [body, headers, expected] of wrong) {
    await serving(page(body), headers, async (url) => {
      const visited = await visit(browser, url);
      assert.ok(visited.faults.some((fault) => expected.test(fault)), `${expected} in ${visited.faults}`);
      await visited.close();
    });
  }
});

test("what cannot be used by everybody is named", async () => {
  await serving(page("<img src='data:,'>"), {}, async (url) => {
    const visited = await visit(browser, url);
    assert.deepEqual(await inaccessible(visited.page), ["image-alt: img"]);
    await visited.close();
  });
});

test("a server that does not start says why", async () => {
  await assert.rejects(start("--model", "/nowhere"), /did not start:[^]*nowhere/);
});
