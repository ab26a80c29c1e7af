// For Cloudflare's Workers, which compile modules when they are deployed and never later.

import module from "./iris.wasm";

import { bind } from "./predictor.js";

export { PredictorError } from "./predictor.js";

export const Predictor = bind(() => module);
