
/* Where one request's time went: its spans, each where it began. */

/** How long a trace took, and its stages, in seconds. */
const inSeconds = (micros) => micros / 1e6;

/**
 * Shows a trace in `host`. `roundTrip` is how long its client waited for all of it, in seconds, if it
 * is known. It is mostly so much longer that the spans have a scale of their own below it; the clocks
 * of both are not compared, so the server's part is drawn in its middle.
 */
function waterfall(host, trace, roundTrip) {
  const own = inSeconds(trace.duration);
  const rows = [
    span(trace.name, trace.name, 0, 0, own, own),
    ...trace.stages.map((stage) => span(stage.name, stage.name, 1, inSeconds(stage.offset), inSeconds(stage.duration), own)),
  ];
  if (roundTrip !== undefined) {
    const whole = Math.max(roundTrip, own);
    const browser = span("your browser", "outside apart", 0, 0, whole, whole);
    browser.querySelector(".track").append(bar((whole - own) / whole / 2, own / whole, "inner"));
    rows.unshift(browser);
  }
  const list = make("ul", { class: "spans", "aria-label": "Spans of the trace, with their durations" }, ...rows);
  host.replaceChildren(list, make("p", { class: "note" }, note(trace, own, roundTrip)));
}

function span(name, kind, depth, from, took, whole) {
  return make("li", { class: `${kind} depth-${depth}` },
    make("span", { class: "name", title: name }, name),
    make("span", { class: "track", "aria-hidden": "true" }, bar(from / whole, took / whole)),
    make("span", { class: "value" }, duration(took)));
}

function note(trace, own, roundTrip) {
  const status = `${trace.endpoint} answered ${trace.status}`;
  if (roundTrip === undefined) return `${status}, ${ago(trace.start * 1000)}.`;
  const outside = Math.max(0, 1 - own / roundTrip);
  return `${status}. ${percent(outside)} of the ${duration(roundTrip)} that you waited passed outside the server: ` +
    "in the browser, the network and the kernels.";
}

/** The same of many requests: what share of them each stage is. */
function breakdown(host, recent) {
  if (!recent.mean) {
    host.replaceChildren(make("p", { class: "quiet" }, "No request was answered in the last seconds."));
    return;
  }
  const inStages = recent.stages.reduce((sum, { mean }) => sum + (mean ?? 0), 0);
  const rest = Math.max(0, recent.mean - inStages);
  const parts = [
    ["prediction_request", "prediction_request", 0, recent.mean],
    ...recent.stages.map(({ name, mean }) => [name, name, 1, mean ?? 0]),
    ["before and after", "rest", 1, rest],
  ];
  let from = 0;
  const rows = parts.map(([name, kind, depth, took]) => {
    const item = span(name, kind, depth, depth ? from : 0, took, recent.mean);
    if (depth) from += took;
    item.append(make("span", { class: "value quiet" }, percent(took / recent.mean)));
    return item;
  });
  host.replaceChildren(make("ul", { class: "spans tree", "aria-label": "Mean time of a request and its stages" }, ...rows));
}
