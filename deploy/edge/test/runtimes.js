// Cloudflare's runtime as a process, and files over HTTP for a browser.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

export const EDGE = path.resolve(import.meta.dirname, "..");
export const REPOSITORY = path.resolve(EDGE, "../..");
export const NPM = path.join(REPOSITORY, "iris-core/wasm/npm");

/** Serves the Worker of a configuration of workerd's on a free port. */
export async function workerd(config) {
  const program = path.join(EDGE, "node_modules/.bin/workerd");
  const args = ["serve", config, "--socket-addr=http=127.0.0.1:0", "--control-fd=3"];
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const exited = once(child, "exit");
  const told = new Promise((resolve) => {
    createInterface(child.stdio[3]).on("line", (line) => {
      const { event, port } = JSON.parse(line);
      if (event.startsWith("listen")) resolve(port);
    });
  });
  const failed = exited.then(([code]) => Promise.reject(new Error(`workerd ended with ${code}`)));
  failed.catch(() => {});
  const port = await Promise.race([told, failed]);
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
  };
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop };
}

/** A configuration for a Worker of these modules, which may use the package. */
export async function configuration(modules) {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), "edge-")));
  const files = { "iris-predictor": "workerd.js", "predictor.js": "predictor.js", "iris.wasm": "iris.wasm" };
  const all = { ...modules };
  for (const [name, file] of Object.entries(files)) all[name] ??= path.join(NPM, file);
  // An absolute path would be looked for among what workerd has itself.
  const list = Object.entries(all).map(([name, file]) => {
    return `(name = "${name}", ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${path.relative(folder, file)}")`;
  });
  const text = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [
    ${list.join(",\n    ")}
  ],
  compatibilityDate = "2026-01-01",
);
`;
  const file = path.join(folder, "config.capnp");
  await writeFile(file, text);
  return file;
}

/** The repository's files over HTTP, for as long as a test runs. */
export async function files() {
  const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/") {
      response.setHeader("content-type", "text/html").end("<!doctype html><title>cases</title>");
      return;
    }
    try {
      const content = await readFile(path.join(REPOSITORY, path.normalize(pathname)));
      response.setHeader("content-type", types[path.extname(pathname)] ?? "application/octet-stream").end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
