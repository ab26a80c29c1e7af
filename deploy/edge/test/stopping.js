// The package with a first model whose module stops when it is asked, as one does that runs out of memory.

import module from "iris.wasm";

import { bind } from "predictor.js";

export { PredictorError } from "predictor.js";

const Whole = bind(() => module);
let made = 0;

export const Predictor = {
  async iris() {
    made += 1;
    return made === 1 ? stopping() : Whole.iris();
  },
};

/** Its exports are those of the module but for the question, which traps. */
async function stopping() {
  const whole = await WebAssembly.instantiate(module, {});
  const { exports } = whole;
  const trap = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  exports.iris_embedded();
  const said = new Uint8Array(exports.memory.buffer, exports.iris_said(), exports.iris_said_len());
  return new Whole({ ...exports, iris_answer: trap }, JSON.parse(new TextDecoder().decode(said)));
}
