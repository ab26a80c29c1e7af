// For Node, Deno and Bun: the module is a file beside this one.

import { readFile } from "node:fs/promises";

import { bind } from "./predictor.js";

export { PredictorError } from "./predictor.js";

export const Predictor = bind(async () =>
  WebAssembly.compile(await readFile(new URL("./iris.wasm", import.meta.url))),
);
