
/* The process and its requests, as they are seen once a second. */

const EVERY = 1000;

const stages = [
  { key: "data_preparation", name: "preparation", colour: "preparation" },
  { key: "model_inference", name: "model", colour: "inference" },
  { key: "response_formatting", name: "formatting", colour: "formatting" },
];

const cores = (number) => (number === null ? "–" : digits(Number(number.toFixed(2)), 3));

/** Every chart, with what is in it. */
const charts = [
  { title: "Requests a second", format: count, series: [{ key: "requests_per_second", name: "", colour: "main" }] },
  {
    title: "Latency inside", format: duration, log: true,
    series: [{ key: "p50", name: "p50", colour: "first" }, { key: "p99", name: "p99", colour: "second" }, { key: "p999", name: "p99.9", colour: "third" }],
  },
  {
    title: "In flight", format: count,
    series: [{ key: "in_flight", name: "requests", colour: "main" }, { key: "connections", name: "connections", colour: "rest" }],
  },
  {
    title: "Errors", format: count,
    series: [{ key: "failed", name: "failed", colour: "third" }, { key: "overloaded", name: "too many", colour: "second" }, { key: "refused", name: "refused", colour: "rest" }],
  },
  {
    title: "Processors used", format: cores, stack: true,
    series: [{ key: "cpu_system", name: "kernel", colour: "rest" }, { key: "cpu_user", name: "server", colour: "main" }],
  },
  { title: "Memory", format: bytes, unit: 2 ** 20, series: [{ key: "resident_bytes", name: "", colour: "main" }] },
];

const now = { rows: [], draw: [], drawLoad: null, timer: null, chosen: null };

function startCharts() {
  if (now.drawLoad) return;
  const hosts = charts.map(() => make("figure"));
  byId("charts").replaceChildren(...hosts);
  now.draw = charts.map((chart, index) => timeChart(hosts[index], chart));
  now.drawLoad = loadChart(byId("load"), { title: "Stages against load", series: stages });
}

/** Looks, and looks again in a second for as long as somebody sees it. */
async function look() {
  clearTimeout(now.timer);
  if (document.hidden) return;
  let wait = EVERY;
  try {
    show(await ask(`stats?since=${now.rows.at(-1)?.end ?? 0}`));
  } catch (refused) {
    wait = cannotLook(refused);
  }
  if (wait) now.timer = setTimeout(look, wait);
}

/** Says why nothing is seen. Returns when to look again; not at all, where that is for good. */
function cannotLook(refused) {
  const isGone = !(refused instanceof Refused);
  byId("sentence").textContent = isGone ? "The server does not answer." : `Nothing to see: ${refused.message}.`;
  state(isGone ? "bad" : "warn", isGone ? "no answer" : "not recorded");
  if (refused.status === 404) {
    for (const host of document.querySelectorAll("#charts, #now .pair, #now .triple")) host.hidden = true;
    byId("now-none").textContent = "Nothing is recorded on this server.";
    byId("now-none").hidden = false;
  }
  return [401, 403, 404].includes(refused.status) ? null : 5 * EVERY;
}

function state(kind, text) {
  byId("state").className = `chip ${kind}`;
  byId("state").textContent = text;
  byId("state").hidden = false;
}

function show(stats) {
  const { columns, rows } = stats.history;
  const named = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
  const all = [...now.rows, ...named];
  now.rows = all.filter(({ end }) => end > all.at(-1).end - MINUTES);
  if (byId("sentence").textContent !== stats.reason.sentence) byId("sentence").textContent = stats.reason.sentence;
  byId("sentence").dataset.kind = stats.reason.kind;
  state(stats.is_ready ? "good" : "warn", stats.is_ready ? "ready" : "stopping");
  showHeadline(stats);
  now.draw.forEach((draw) => draw(now.rows));
  now.drawLoad(now.rows);
  breakdown(byId("inside"), stats.recent);
  byId("inside-when").textContent = `mean of the last ${Math.round(stats.recent.seconds)} s`;
  showSlowest(stats.slowest);
  showModels(stats.models, stats.loads);
  showShadows(stats.shadows);
  showExports(stats.exports);
  showHeld(stats);
  const up = stats.started ? `, up since ${new Date(stats.started * 1000).toLocaleString("en")}` : "";
  byId("footer").textContent = `iris-server ${stats.version}${up}. Quantiles are estimated from histograms, as Prometheus does.`;
}

function showHeadline({ recent, cores: all, workers }) {
  const usable = Math.min(all, workers);
  const facts = [
    ["requests/s", count(recent.requests_per_second)],
    ["p50", duration(recent.p50)],
    ["p99", duration(recent.p99)],
    ["p99.9", duration(recent.p999)],
    [`of ${usable} processor${usable === 1 ? "" : "s"}`, cores(recent.cores)],
    ["of the machine", percent(recent.machine)],
  ];
  byId("headline").replaceChildren(...facts.map(([name, value]) =>
    make("div", null, make("dt", null, name), make("dd", null, value))));
}

/** The rows stay where somebody is about to choose one. */
function showSlowest(slowest) {
  const host = byId("slowest");
  if (host.contains(document.activeElement) || host.matches(":hover")) return;
  if (slowest.length === 0) {
    host.replaceChildren(make("p", { class: "quiet" }, "No request yet."));
    return;
  }
  const rows = slowest.map((trace) => {
    const button = make("button", { type: "button" }, duration(inSeconds(trace.duration)));
    button.addEventListener("click", () => choose(trace, button.closest("tr")));
    return [button, trace.endpoint, String(trace.status), count(trace.rows), ago(trace.start * 1000)];
  });
  const heads = [["took", ""], ["asked", ""], ["status", ""], ["rows", "number"], ["when", "number"]];
  const body = table(host, heads, rows);
  if (!now.chosen) return choose(slowest[0], body[0]);
  slowest.forEach((trace, index) => body[index].classList.toggle("chosen", trace.span_id === now.chosen));
}

function choose(trace, row) {
  now.chosen = trace.span_id;
  for (const other of row.parentElement.children) other.classList.toggle("chosen", other === row);
  byId("chosen-id").textContent = trace.trace_id;
  waterfall(byId("chosen"), trace);
}

function showModels(models, loads) {
  const load = loads[0];
  const rows = models.map(({ name, version, rows, answered, mean }) => [name, version, count(answered), count(rows), duration(mean)]);
  table(byId("models"), [["name", ""], ["version", ""], ["requests", "number"], ["rows", "number"], ["mean", "number"]], rows);
  if (load) {
    const how = load.failed ? "failed" : `took ${duration(inSeconds(load.duration))}`;
    byId("models").append(make("p", { class: "note" }, `The last load ${how}, ${ago(load.start * 1000)}.`));
  }
}

function showExports(exports) {
  const [kind, words] = {
    off: ["", "not sent anywhere"], well: ["good", "well"], behind: ["warn", "collector is behind"], lost_some: ["bad", "some were lost"],
  }[exports.state];
  byId("export-state").className = `chip ${kind}`;
  byId("export-state").textContent = words;
  const lost = Object.entries(exports.dropped).filter(([, n]) => n > 0).map(([why, n]) => [`lost, ${why.replace("_", " ")}`, count(n)]);
  facts(byId("exports"), [
    ["recorded", count(exports.recorded)],
    ["sent", count(exports.exported)],
    ["waiting", count(exports.pending)],
    ["sent again", count(exports.retries)],
    ["buffer", `${bytes(exports.buffer_bytes)} of ${bytes(exports.buffer_limit)}`],
    ["ring at most", percent(exports.ring_used_at_most / exports.ring_slots)],
    ...lost,
  ]);
}

function showHeld({ connections, figures }) {
  const sum = (name) => figures.filter((figure) => figure.name === name).reduce((sum, { value }) => sum + value, 0);
  const some = (counts) => Object.entries(counts).filter(([, n]) => n > 0);
  const limit = sum("iris_memory_limit_bytes");
  // What is in the shadow has a card of its own.
  const known = figures.filter(({ name }) => !/^iris_(memory|shadow)_/.test(name));
  facts(byId("held"), [
    ...Object.entries(connections.open).map(([door, n]) => [`open, ${door}`, count(n)]),
    ...some(connections.turned_away).map(([why, n]) => [`turned away: ${why}`, count(n)]),
    ...some(connections.closed).map(([why, n]) => [`closed: ${why}`, count(n)]),
    ...(limit ? [["held for clients", `${bytes(sum("iris_memory_held_bytes"))} of ${bytes(limit)}`]] : []),
    ...(sum("iris_memory_refused_total") ? [["no memory for", count(sum("iris_memory_refused_total"))]] : []),
    ...known.map(({ name, label, value }) => [named(name, label), count(value)]),
  ]);
}

/** A figure's name without what all have. */
function named(name, label) {
  const words = name.replace(/^iris_/, "").replace(/_total$/, "").replaceAll("_", " ");
  return label ? `${words}, ${label.value}` : words;
}

document.addEventListener("visibilitychange", look);
