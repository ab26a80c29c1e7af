// For browsers: the module is fetched from beside this file, once.

import { bind } from "./predictor.js";

export { PredictorError } from "./predictor.js";

export const Predictor = bind(() => WebAssembly.compileStreaming(fetch(new URL("./iris.wasm", import.meta.url))));
