// The predictor, however its module was come by.

const CLASSES = 0;
const PROBABILITIES = 1;
const SCORES = 2;
const VALUES = 3;
const CONTRIBUTIONS = 4;

const fromUtf8 = new TextDecoder();
const toUtf8 = new TextEncoder();

/** Why a model was not read, or rows were not answered. */
export class PredictorError extends Error {
  constructor({ message, kind, class: of, row = null, feature = null, operator = null }, options) {
    super(message, options);
    this.name = "PredictorError";
    this.kind = kind;
    this.class = of;
    this.row = row;
    this.feature = feature;
    this.operator = operator;
  }
}

/** The class `Predictor` over the module that `compiled` gives; it is asked once. */
export function bind(compiled) {
  let module;
  const instance = async () => {
    module ??= Promise.resolve(compiled());
    const made = await WebAssembly.instantiate(await module, {});
    return (made.instance ?? made).exports;
  };

  return class Predictor {
    #wasm;
    #indexOf = new Map();

    /** Made by `load` and `iris`. */
    constructor(wasm, description) {
      this.#wasm = wasm;
      const { schema, contract, nScores, nContributions } = description;
      this.schema = schema;
      this.contract = contract;
      this.nScores = nScores;
      this.nContributions = nContributions;
      this.name = schema.name;
      this.version = schema.version;
      this.features = schema.features;
      this.isClassifier = schema.task.kind === "classify";
      this.classes = this.isClassifier ? schema.task.labels : null;
      this.nTargets = this.isClassifier ? 0 : schema.task.n_targets;
      this.hasProbabilities = this.isClassifier && schema.task.has_probabilities;
      this.features.forEach(({ name }, index) => this.#indexOf.set(name, index));
    }

    /** A model from the bytes of its file, or from what a fetch for it gives. */
    static async load(source, { maxNumbers = 0 } = {}) {
      const bytes = await bytesOf(source);
      const wasm = await instance();
      return guarded(() => {
        put(wasm, bytes);
        if (wasm.iris_load(maxNumbers) !== 0) throw failure(wasm);
        return new Predictor(wasm, said(wasm));
      });
    }

    /** The Iris model that is built in. */
    static async iris() {
      const wasm = await instance();
      wasm.iris_embedded();
      return new Predictor(wasm, said(wasm));
    }

    /** The label of every row; a regressor's values, row by row. */
    predict(rows) {
      if (!this.isClassifier) return this.#numbers(rows, VALUES);
      return Array.from(this.predictClasses(rows), (index) => this.classes[index]);
    }

    /** The index in `classes` of every row's class. */
    predictClasses(rows) {
      this.#only(this.isClassifier, "WrongTask", "this model is a regressor, which has no classes; ask for predict");
      const wasm = this.#wasm;
      return guarded(() => {
        const nRows = this.#put(rows);
        if (wasm.iris_answer(CLASSES) !== 0) throw failure(wasm);
        return new Uint32Array(wasm.memory.buffer, wasm.iris_classes(), nRows).slice();
      });
    }

    /** The probability of every class, row by row in the order of `classes`. */
    predictProba(rows) {
      this.#only(this.hasProbabilities, "NoProbabilities", "this model gives no probabilities");
      return this.#numbers(rows, PROBABILITIES);
    }

    /** The scores that the class is taken from, `nScores` a row. */
    decisionFunction(rows) {
      this.#only(this.nScores > 0, "NoScores", "this model has no scores");
      return this.#numbers(rows, SCORES);
    }

    /** What each feature contributes, and last what is expected of a row of which nothing is known. */
    predictContributions(rows) {
      this.#only(this.nContributions > 0, "NoContributions", "this model gives no contributions");
      return this.#numbers(rows, CONTRIBUTIONS);
    }

    /** One row, as an array or an object by name. */
    predictOne(row) {
      if (!this.isClassifier) {
        const values = Array.from(this.predict([row]));
        return { value: values.length === 1 ? values[0] : values };
      }
      const [classIndex] = this.predictClasses([row]);
      const probability = this.hasProbabilities ? this.predictProba([row])[classIndex] : null;
      return { label: this.classes[classIndex], classIndex, probability };
    }

    #only(has, kind, message) {
      if (!has) throw new PredictorError({ message, kind, class: "invalid_input" });
    }

    #numbers(rows, asked) {
      const wasm = this.#wasm;
      return guarded(() => {
        this.#put(rows);
        if (wasm.iris_answer(asked) !== 0) throw failure(wasm);
        return new Float64Array(wasm.memory.buffer, wasm.iris_numbers(), wasm.iris_numbers_len()).slice();
      });
    }

    /** Writes rows where the module reads them, and tells how many they are. */
    #put(rows) {
      const width = this.features.length;
      if (ArrayBuffer.isView(rows) && !(rows instanceof DataView)) {
        if (rows.length % width !== 0) {
          throw refused(`${rows.length} numbers are no rows of ${width}`);
        }
        this.#room(rows.length).set(rows instanceof BigInt64Array || rows instanceof BigUint64Array ? Array.from(rows, Number) : rows);
        return rows.length / width;
      }
      if (!Array.isArray(rows)) throw refused("rows are a typed array, or an array of rows");
      this.#wasm.iris_begin_rows();
      // Texts go through the module too, so all of them are codes before the rows are written.
      const numbers = new Float64Array(rows.length * width);
      rows.forEach((row, index) => this.#encode(row, index, numbers.subarray(index * width, (index + 1) * width)));
      this.#room(numbers.length).set(numbers);
      return rows.length;
    }

    #encode(row, index, into) {
      if (Array.isArray(row) || ArrayBuffer.isView(row)) {
        if (row.length !== into.length) {
          throw refused(`row ${index} has ${row.length} values, the model takes ${into.length}`, index);
        }
        row.forEach((value, feature) => (into[feature] = this.#code(value, feature, index)));
        return;
      }
      if (row === null || typeof row !== "object") throw refused(`row ${index} is neither an array nor an object`, index);
      into.fill(NaN);
      for (const [name, value] of Object.entries(row)) {
        const feature = this.#indexOf.get(name);
        if (feature === undefined) throw refused(`row ${index}: there is no feature ${JSON.stringify(name)}`, index);
        into[feature] = this.#code(value, feature, index);
      }
      for (const { name, kind } of this.features) {
        if (kind !== "ignored" && !Object.hasOwn(row, name)) throw refused(`row ${index}: ${name} is missing`, index, name);
      }
    }

    #code(value, feature, row) {
      const { kind, name } = this.features[feature];
      if (value === null || value === undefined || kind === "ignored") return NaN;
      if (kind === "number" && typeof value !== "string") {
        if (typeof value === "number") return value;
        if (typeof value === "boolean" || typeof value === "bigint") return Number(value);
        throw refused(`row ${row}: ${name} is no number`, row, name);
      }
      if (Number.isNaN(value)) return NaN;
      const wasm = this.#wasm;
      let code;
      if (typeof value === "string") {
        put(wasm, toUtf8.encode(value));
        code = wasm.iris_encode_text(feature);
      } else if (typeof value === "number" || typeof value === "boolean") {
        code = wasm.iris_encode_number(feature, Number(value));
      } else {
        throw refused(`row ${row}: ${name} is no text`, row, name);
      }
      if (Number.isNaN(code)) throw failure(wasm, row);
      return code;
    }

    #room(len) {
      const address = this.#wasm.iris_rows(len);
      if (address === 0) throw noMemory("so many rows");
      return new Float64Array(this.#wasm.memory.buffer, address, len);
    }
  };
}

async function bytesOf(source) {
  const awaited = await source;
  if (typeof awaited?.arrayBuffer === "function") {
    if (awaited.ok === false) {
      throw new PredictorError({ message: `the model was answered with ${awaited.status}`, kind: "Unreadable", class: "invalid_model" });
    }
    return new Uint8Array(await awaited.arrayBuffer());
  }
  if (awaited instanceof ArrayBuffer) return new Uint8Array(awaited);
  if (ArrayBuffer.isView(awaited)) return new Uint8Array(awaited.buffer, awaited.byteOffset, awaited.byteLength);
  throw new TypeError("a model is an ArrayBuffer, a typed array, or a Response");
}

function put(wasm, bytes) {
  const address = wasm.iris_bytes(bytes.length);
  if (address === 0) throw noMemory("the model");
  new Uint8Array(wasm.memory.buffer, address, bytes.length).set(bytes);
}

function said(wasm) {
  return JSON.parse(fromUtf8.decode(new Uint8Array(wasm.memory.buffer, wasm.iris_said(), wasm.iris_said_len())));
}

function failure(wasm, row) {
  const error = said(wasm);
  if (row !== undefined && error.row === null) {
    error.row = row;
    error.message = `row ${row}: ${error.message}`;
  }
  return new PredictorError(error);
}

function refused(message, row = null, feature = null) {
  return new PredictorError({ message, kind: "InputType", class: "invalid_input", row, feature });
}

function noMemory(what) {
  return new PredictorError({ message: `there is no memory for ${what}`, kind: "OutOfMemory", class: "too_large" });
}

/** What ends the module, such as memory that is not there while a model is read, is an error like others. */
function guarded(work) {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
    const message = `the module stopped (${cause.message}): most likely it ran out of memory; load the model again`;
    throw new PredictorError({ message, kind: "Stopped", class: "internal" }, { cause });
  }
}
