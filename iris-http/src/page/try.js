
/* The bench: a row to ask for, its answer, its trace, and the call itself. */

/** What the ids of this page's traces begin with, by which the server keeps them longer than others. */
const WATCHED = "6972697370616765";

const hex = (n) => Array.from(crypto.getRandomValues(new Uint8Array(n)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const bench = { model: null, fields: null, grpcPort: null, isAsking: false, isStale: false, wasAsked: false };
const showCalls = callTabs(byId("call-tabs"), byId("call"), byId("copy"));

/** Makes the fields of the model that the server answers with; without one there is nothing to try. */
async function startBench() {
  let served;
  try {
    served = await ask("models");
  } catch (refused) {
    if (refused.status === 404) hideBench("Predictions are answered at another address of this server.");
    return;
  }
  const { name, version } = served.default;
  const model = served.models.find((one) => one.name === name && one.version === version);
  Object.assign(bench, { model, grpcPort: served.grpc_port, fields: makeFields(byId("fields"), model) });
  byId("title").textContent = name;
  document.title = `${name} – iris`;
  byId("about").textContent = model.description ?? "";
  byId("model-name").textContent = "A row";
  byId("model-kind").textContent = kindOf(model);
  document.querySelector('[data-path="docs"]').hidden = !served.has_docs;
  showCall();
}

function hideBench(why) {
  byId("try-none").textContent = why;
  byId("try-none").hidden = false;
  document.querySelector(".bench").hidden = true;
}

function kindOf({ task, features, version }) {
  const what = task.kind === "classify" ? `${task.labels.length} classes` : task.n_targets === 1 ? "a number" : `${task.n_targets} numbers`;
  return `${features.length} features → ${what}, version ${version}`;
}

/** The row in the fields; null if it is none yet. */
function row() {
  try {
    return bench.fields.read();
  } catch {
    return null;
  }
}

function showCall() {
  const now = bench.fields && row();
  if (now) showCalls(calls(bench.model, now, bench.grpcPort));
}

/** Asks for what is in the fields, and again if that has changed meanwhile. */
async function predict() {
  if (!bench.fields) return;
  bench.wasAsked = true;
  bench.isStale = true;
  if (bench.isAsking) return;
  bench.isAsking = true;
  while (bench.isStale) {
    bench.isStale = false;
    await predictOnce();
  }
  bench.isAsking = false;
}

async function predictOnce() {
  const [said, host] = [byId("answer-said"), byId("answer")];
  const now = row();
  if (!now) return showRefusal(said, host, "This is no JSON yet.");
  const traceId = WATCHED + hex(8);
  const headers = { "content-type": "application/json", traceparent: `00-${traceId}-${hex(8)}-01` };
  const options = { method: "POST", headers, body: JSON.stringify(now) };
  const begin = performance.now();
  try {
    const answer = await ask("predict", options);
    const roundTrip = (performance.now() - begin) / 1000;
    const known = host.querySelector(".explained");
    showAnswer(said, host, answer);
    if (known) host.append(known);
    await Promise.all([showTrace(traceId, roundTrip), explain(host, now)]);
  } catch (refused) {
    showRefusal(said, host, refused.message);
    if (refused instanceof Refused) await showTrace(traceId, (performance.now() - begin) / 1000);
  }
}

/** Asks once more for what each feature contributes, so that the trace shown is of the answer alone. */
async function explain(host, now) {
  if (!bench.model.has_contributions) return;
  const headers = { "content-type": "application/json" };
  const answer = await ask("predict?contributions=true", { method: "POST", headers, body: JSON.stringify(now) });
  host.querySelector(".explained")?.remove();
  host.append(make("div", { class: "explained" }, ...contributions(answer)));
}

async function showTrace(traceId, roundTrip) {
  const host = byId("trace");
  try {
    const { traces } = await ask(`traces?id=${traceId}`);
    if (traces.length > 0) {
      byId("trace-id").textContent = traceId;
      return waterfall(host, traces[0], roundTrip);
    }
    host.replaceChildren(make("p", { class: "quiet" }, "This request has no trace: a sampler has left it out, or traceparent is not read here."));
  } catch (refused) {
    host.replaceChildren(make("p", { class: "quiet" }, refused.message));
  }
  byId("trace-id").textContent = "";
}

byId("row").addEventListener("submit", (event) => {
  event.preventDefault();
  predict();
});
byId("row").addEventListener("input", () => {
  showCall();
  if (bench.wasAsked) predict();
});
byId("reset").addEventListener("click", () => {
  bench.fields?.reset();
  showCall();
  if (bench.wasAsked) predict();
});
