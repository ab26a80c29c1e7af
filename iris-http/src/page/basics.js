
/* What all the rest is made of: elements, numbers as people read them, and asking the server. */

const byId = (id) => document.getElementById(id);

/** An element with these attributes; one that is null or false is left out. */
function make(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same of SVG. */
function draw(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A bar in a track, from one share of it on, so many shares long. */
function bar(from, share, ...classes) {
  const inner = make("span", { class: ["bar", ...classes].join(" ") });
  inner.style.left = `${100 * from}%`;
  inner.style.width = `${100 * Math.max(0, Math.min(share, 1 - from))}%`;
  return inner;
}

const digits = (number, most) => number.toLocaleString("en", { maximumSignificantDigits: most });

/** A number of things: 7, 1,234, 56.7k. */
function count(number) {
  if (number === null || number === undefined) return "–";
  if (number < 1e4) return digits(number, number < 10 ? 2 : 4);
  const [scale, unit] = number < 1e6 ? [1e3, "k"] : number < 1e9 ? [1e6, "M"] : [1e9, "G"];
  return digits(number / scale, 3) + unit;
}

/** Seconds. */
function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const units = [[1e-9, "ns"], [1e-6, "µs"], [1e-3, "ms"], [1, "s"]];
  const [scale, unit] = units.findLast(([scale]) => seconds >= scale) ?? units[0];
  return `${digits(seconds / scale, 3)} ${unit}`;
}

function bytes(number) {
  const units = [[1, "B"], [2 ** 10, "KiB"], [2 ** 20, "MiB"], [2 ** 30, "GiB"]];
  const [scale, unit] = units.findLast(([scale]) => number >= scale) ?? units[0];
  return `${digits(number / scale, 3)} ${unit}`;
}

/** A share, of which little is not nothing, and most not all. */
function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share === 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  return `${(100 * share).toFixed(share < 0.0995 || (share > 0.99 && share < 1) ? 1 : 0)} %`;
}

/** How long ago, of milliseconds since 1970. */
function ago(millis) {
  const seconds = Math.max(0, Date.now() - millis) / 1000;
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

/** Replaces what is in a table; a cell that is a number stands at the right. */
function table(host, heads, rows) {
  const cell = (name, value, index) =>
    make(name, { class: heads[index][1], scope: name === "th" ? "col" : null }, value);
  const head = make("tr", null, ...heads.map(([title], index) => cell("th", title, index)));
  const body = rows.map((row) => make("tr", null, ...row.map((value, index) => cell("td", value, index))));
  host.replaceChildren(make("table", null, make("thead", null, head), make("tbody", null, ...body)));
  return body;
}

/** Replaces what is in a list of facts. */
function facts(host, all) {
  host.replaceChildren(...all.flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)]));
}

/** Where the server's paths begin, whatever a proxy calls that. */
const base = location.pathname.replace(/\/*$/, "/");

const KEY = "iris-key";

/** An answer that is none: the status, and the reason in the server's words. */
class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

/** Asks the server with the key, if there is one; throws [Refused] unless it answers. */
async function ask(path, { headers = {}, ...options } = {}) {
  const key = sessionStorage.getItem(KEY);
  const all = { ...headers, accept: "application/json", ...(key ? { "x-api-key": key } : {}) };
  const answer = await fetch(base + path, { ...options, headers: all, cache: "no-store" });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  const refused = new Refused(answer.status, reason(text) || answer.statusText);
  if (answer.status === 401 || answer.status === 403) wantKey(refused, key);
  throw refused;
}

/** What a refusal says, be it a sentence or a list of mistakes. */
function reason(text) {
  try {
    const { detail } = JSON.parse(text);
    return Array.isArray(detail) ? detail.map(({ loc, msg }) => `${loc.slice(1).join(".")}: ${msg}`).join("; ") : detail;
  } catch {
    return text;
  }
}

/** Shows where to give a key. */
function wantKey(refused, known) {
  byId("key-why").textContent = known ? `The one given is not enough: ${refused.message}.` : "Ask whoever runs it for one.";
  byId("key").hidden = false;
}

byId("key").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId("key-text").value.trim());
  byId("key-text").value = "";
  byId("key").hidden = true;
  start();
});
