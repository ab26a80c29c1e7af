// A Worker that answers as iris-server does: /predict, the Open Inference Protocol's REST, and /docs.
//
// `npx wrangler deploy` puts it on Cloudflare's network; the tests run it in their runtime, workerd. To serve a
// model of yours, add its file as a Data module and load that instead of `Predictor.iris()`.

import { Predictor, PredictorError } from "iris-predictor";

const VERSION = "0.1.0";
// A Worker has 128 MiB for everything, and rows take many times their text: as objects, as numbers, and as answers.
const MAX_BODY = 1 << 20;
const MAX_ROWS = 10_000;

let loading;

/** The model, read by the first request of this isolate. */
function model() {
  loading ??= Predictor.iris().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const style = pathname.startsWith("/v2") ? sentence : detail;
    try {
      return await route(request, pathname);
    } catch (error) {
      if (error instanceof Refusal) return style(error.status, error.said, error.headers);
      // Without its instance the model is lost, so the next request reads it again.
      if (error.kind === "Stopped") loading = undefined;
      if (error instanceof PredictorError) return style(status(error, pathname), said(error, pathname));
      return style(500, "internal error");
    }
  },
};

const ROUTES = {
  "/": ["GET", welcome],
  "/predict": ["POST", predict],
  "/health": ["GET", async () => json({ status: "healthy", model_loaded: Boolean(await model()) })],
  "/livez": ["GET", async () => new Response("ok")],
  "/readyz": ["GET", async () => new Response("ok")],
  "/docs": ["GET", docs],
  "/v2": ["GET", async () => json({ name: "iris-edge", version: VERSION, extensions: [] })],
  "/v2/health/live": ["GET", async () => json({ live: true })],
  "/v2/health/ready": ["GET", async () => json({ ready: Boolean(await model()) })],
};

async function route(request, pathname) {
  const found = ROUTES[pathname];
  if (found) return answered(request, found);
  const named = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(\/ready|\/infer)?$/.exec(pathname);
  if (!named) throw new Refusal(404, "Not Found");
  const [, name, version, what] = named;
  const { name: own, version: ownVersion } = await identity();
  if (name !== encodeURIComponent(own) || (version !== undefined && version !== ownVersion)) {
    throw new Refusal(404, `there is no model '${name}'; the model served is '${own}'`);
  }
  if (what === "/infer") return answered(request, ["POST", infer]);
  if (what === "/ready") return answered(request, ["GET", async () => json({ name: own, ready: true })]);
  return answered(request, ["GET", metadata]);
}

function answered(request, [method, handler]) {
  if (request.method !== method && !(method === "GET" && request.method === "HEAD")) {
    throw new Refusal(405, `Method Not Allowed; use ${method}`, { allow: method });
  }
  return handler(request);
}

async function identity() {
  const predictor = await model();
  return { name: predictor.name ?? "model", version: predictor.version ?? "1" };
}

async function welcome() {
  const { features } = await model();
  const names = features.map(({ name }) => name).join(", ");
  return json({ message: `This is the iris predictor. POST ${names} as JSON to /predict.`, version: VERSION, status: "running" });
}

/** One row as an object, many as a list or under `instances`. */
async function predict(request) {
  const predictor = await model();
  const { name, version } = await identity();
  const body = await bodyOf(request);
  const [rows, around] = Array.isArray(body)
    ? [body, (answers) => answers]
    : Array.isArray(body?.instances)
      ? [body.instances, (predictions) => ({ predictions })]
      : [[body], ([answer]) => answer];
  if (rows.length === 0) throw new Refusal(422, [{ loc: ["body"], msg: "List should have at least 1 item", type: "too_short" }]);
  checkRows(rows.length);
  const mistakes = rows.flatMap((row, index) => mistakesOf(predictor, row, around.length === 1 && rows === body ? [index] : []));
  if (mistakes.length > 0) throw new Refusal(422, mistakes.slice(0, 100));
  const known = rows.map((row) => (Array.isArray(row) ? row : only(predictor, row)));
  return json(around(answersTo(predictor, known, name, version)));
}

/** Keys that are no features are skipped, as the server does. */
function only(predictor, row) {
  return Object.fromEntries(predictor.features.filter(({ name }) => Object.hasOwn(row, name)).map(({ name }) => [name, row[name]]));
}

function mistakesOf(predictor, row, at) {
  const loc = ["body", ...at];
  if (Array.isArray(row)) return [];
  if (row === null || typeof row !== "object") return [{ loc, msg: "Input should be an object or a list", type: "dict_type" }];
  return predictor.features.flatMap(({ name, kind }) => {
    if (kind === "ignored") return [];
    if (!Object.hasOwn(row, name)) return [{ loc: [...loc, name], msg: "Field required", type: "missing" }];
    if (kind === "number" && typeof row[name] === "string") {
      return [{ loc: [...loc, name], msg: "Input should be a valid number, not a string", type: "float_type" }];
    }
    return [];
  });
}

function answersTo(predictor, rows, model, version) {
  if (!predictor.isClassifier) {
    const values = predictor.predict(rows);
    const n = predictor.nTargets;
    return rows.map((_, row) =>
      n === 1 ? { value: values[row], model, version } : { values: [...values.subarray(row * n, row * n + n)], model, version },
    );
  }
  const classes = predictor.predictClasses(rows);
  const width = predictor.classes.length;
  const all = predictor.hasProbabilities ? predictor.predictProba(rows) : null;
  const isOfFlowers = predictor.name === "iris";
  return rows.map((_, row) => {
    const label = predictor.classes[classes[row]];
    const own = all && [...all.subarray(row * width, row * width + width)];
    return {
      ...(isOfFlowers ? {} : { label }),
      predicted_species: label,
      prediction_probability: own && Math.max(...own),
      probabilities: own && Object.fromEntries(predictor.classes.map((of, index) => [of, own[index]])),
      model,
      version,
    };
  });
}

async function metadata() {
  const predictor = await model();
  const { name, version } = await identity();
  const tensor = (of, datatype, shape) => ({ name: of, datatype, shape });
  const outputs = [tensor("predict", labelType(predictor), predictor.nTargets > 1 ? [-1, predictor.nTargets] : [-1])];
  if (predictor.hasProbabilities) outputs.push(tensor("predict_proba", "FP64", [-1, predictor.classes.length]));
  if (predictor.nScores > 0) outputs.push(tensor("decision_function", "FP64", predictor.nScores === 1 ? [-1] : [-1, predictor.nScores]));
  if (predictor.isClassifier) outputs.push(tensor("class_index", "INT64", [-1]));
  const inputs = [tensor("input-0", "FP64", [-1, predictor.features.length])];
  return json({ name, versions: [version], platform: "iris", inputs, outputs });
}

/** Tensors of JSON in, tensors of JSON out. */
async function infer(request) {
  const predictor = await model();
  const { name, version } = await identity();
  const body = await bodyOf(request);
  const [input] = body?.inputs?.length === 1 ? body.inputs : [];
  if (!Array.isArray(input?.data) || !Array.isArray(input.shape)) throw new Refusal(400, "one input with shape and data is read here");
  const data = input.data.flat(Infinity);
  const width = predictor.features.length;
  const shape = input.shape;
  const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
  if (columns !== width || shape.length > 2 || !Number.isInteger(rows)) throw new Refusal(400, `input '${input.name}': shape [${shape.join(", ")}], but the model takes ${width} features`);
  if (data.length !== rows * columns) {
    throw new Refusal(400, `input '${input.name}': ${data.length} elements, but ${input.datatype} of shape [${shape.join(", ")}] has ${rows * columns}`);
  }
  checkRows(rows);
  // 5.1 as FP32 is what four bytes of it hold.
  const numbers = input.datatype === "FP32" ? data.map(Math.fround) : data;
  const table = Array.from({ length: rows }, (_, row) => numbers.slice(row * width, row * width + width));
  if (!Array.isArray(body.outputs ?? [])) throw new Refusal(400, "outputs is no list");
  const wanted = body.outputs?.map((output) => output?.name) ?? ["predict"];
  const outputs = wanted.map((output) => tensorOf(predictor, output, table, rows));
  return json({ model_name: name, model_version: version, ...(body.id === undefined ? {} : { id: body.id }), outputs });
}

function checkRows(n) {
  if (n > MAX_ROWS) throw new Refusal(413, `${n} rows are more than the ${MAX_ROWS} accepted here; send several requests`);
}

function tensorOf(predictor, name, rows, n) {
  const of = (datatype, shape, data) => ({ name, datatype, shape, data: [...data] });
  const table = (numbers, width) => of("FP64", width === 1 ? [n] : [n, width], numbers);
  if (name === "predict" && !predictor.isClassifier) return table(predictor.predict(rows), predictor.nTargets);
  if (name === "predict") return of(labelType(predictor), [n], predictor.predict(rows));
  if (name === "predict_proba") return of("FP64", [n, predictor.classes?.length ?? 0], predictor.predictProba(rows));
  if (name === "decision_function") return table(predictor.decisionFunction(rows), predictor.nScores);
  if (name === "class_index") return of("INT64", [n], predictor.predictClasses(rows));
  throw new Refusal(400, `there is no output '${name}'`);
}

function labelType({ classes }) {
  if (!classes) return "FP64";
  return { string: "BYTES", boolean: "BOOL" }[typeof classes[0]] ?? (classes.every(Number.isInteger) ? "INT64" : "FP64");
}

async function bodyOf(request) {
  const text = await textOf(request);
  try {
    return JSON.parse(text());
  } catch (error) {
    const is422 = new URL(request.url).pathname === "/predict";
    const msg = `JSON decode error: ${error.message}`;
    throw new Refusal(is422 ? 422 : 400, is422 ? [{ loc: ["body", 0], msg, type: "json_invalid" }] : msg);
  }
}

/** The body, of which no more is read than is accepted; what it gives decodes it. */
async function textOf(request) {
  const tooLarge = () => new Refusal(413, `the body is larger than the ${MAX_BODY} bytes accepted here`);
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY) throw tooLarge();
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BODY) throw tooLarge();
    chunks.push(chunk);
  }
  return () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
  };
}

async function docs() {
  const { features } = await model();
  const example = JSON.stringify(Object.fromEntries(features.map(({ name }) => [name, 1])), null, 1);
  const rows = Object.entries(ROUTES).map(([path, [method]]) => `<tr><td>${method}</td><td><code>${path}</code></td></tr>`);
  rows.push("<tr><td>POST</td><td><code>/v2/models/{model}/infer</code></td></tr>");
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>iris at the edge</title><h1>iris at the edge</h1>
<table>${rows.join("")}</table><p>A body for <code>/predict</code>:</p><pre>${example.replace(/</g, "&lt;")}</pre></html>`;
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'none'" } });
}

class Refusal extends Error {
  constructor(status, said, headers = {}) {
    super();
    Object.assign(this, { status, said, headers });
  }
}

function status(error, pathname) {
  if (error.class === "invalid_input") return pathname === "/predict" ? 422 : 400;
  return error.class === "too_large" ? 413 : 500;
}

function said(error, pathname) {
  if (pathname !== "/predict" || error.class !== "invalid_input") return error.message;
  const loc = ["body", ...(error.feature === null ? [] : [error.feature])];
  return [{ loc, msg: error.message, type: "value_error" }];
}

function json(value, init) {
  return new Response(JSON.stringify(value), { ...init, headers: { "content-type": "application/json", ...init?.headers } });
}

function detail(status, said, headers) {
  return json({ detail: said }, { status, headers });
}

function sentence(status, said, headers) {
  return json({ error: typeof said === "string" ? said : said.map(({ msg }) => msg).join("; ") }, { status, headers });
}
