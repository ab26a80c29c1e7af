
/* Charts of the last minutes, drawn anew each second: lines, stacks, and points against load. */

const MARGIN = { left: 50, right: 8, top: 8, bottom: 18 };
const HEIGHT = 132;
const MINUTES = 5 * 60 * 1000;

/** Marks of an axis from zero that covers `most`: two or three numbers, round in this unit. */
function marks(most, unit = 1) {
  const top = Math.max(most / unit, 1);
  const power = 10 ** Math.floor(Math.log10(top / 2));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => top / step <= 3) ?? 10 * power;
  return Array.from({ length: Math.ceil(top / step) + 1 }, (_, index) => index * step * unit);
}

/** The same of a logarithmic axis: powers of ten around what there is. */
function powers(least, most) {
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const every = Math.max(1, Math.ceil((high - low) / 3));
  const steps = Math.max(1, Math.ceil((high - low) / every));
  return Array.from({ length: steps + 1 }, (_, index) => 10 ** (low + index * every));
}

/** From a number to its height; `ticks` are the marks of the axis. */
function heights(values, { log, unit }) {
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  const positive = log ? values.filter((value) => value > 0) : values;
  if (log && positive.length === 0) return { ticks: [], y: () => bottom };
  const ticks = log ? powers(Math.min(...positive), Math.max(...positive)) : marks(Math.max(0, ...values), unit);
  const scale = log ? Math.log10 : (value) => value;
  const [low, high] = [scale(ticks[0]), scale(ticks.at(-1))];
  const y = (value) => bottom - ((scale(value) - low) / (high - low)) * (bottom - top);
  return { ticks, y };
}

/** A figure with a title and a place for a drawing. */
function figure(host, title, keys) {
  const legend = make("span", { class: "keys" }, ...keys);
  const svg = draw("svg", { role: "img", "aria-label": title });
  host.classList.add("chart", "card");
  host.append(make("figcaption", null, make("h3", null, title), legend), svg);
  return svg;
}

/** The lines of an axis, with what they stand for. */
function axis(ticks, y, width, format) {
  return ticks.flatMap((tick) => [
    draw("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
    draw("text", { x: MARGIN.left - 6, y: y(tick) + 4, "text-anchor": "end" }, format(tick)),
  ]);
}

/**
 * A chart over time. `series` are `{ key, name, colour }`, the values in a row of the history by
 * `key`; of a stack each stands on the one before. Returns what draws the rows.
 */
function timeChart(host, { title, series, format, log = false, stack = false, unit }) {
  const shown = series.map(({ name, colour }) => {
    const value = make("b", null, "–");
    return { value, key: make("span", { class: `c-${colour}` }, `${name} `, value) };
  });
  const svg = figure(host, title, shown.map(({ key }) => key));
  let rows = [];
  let at = null;

  const value = (row, index) =>
    stack ? series.slice(0, index + 1).reduce((sum, { key }) => sum + (row[key] ?? 0), 0) : row[series[index].key];

  function render() {
    const width = svg.clientWidth || 300;
    const [from, to] = [MARGIN.left, width - MARGIN.right];
    const end = rows.at(-1)?.end ?? Date.now();
    const x = (row) => to - ((end - row.end) / MINUTES) * (to - from);
    const values = rows.flatMap((row) => series.map((_, index) => value(row, index)).filter((value) => value !== null));
    const { ticks, y } = heights(values, { log, unit });
    const bottom = HEIGHT - MARGIN.bottom;
    const shapes = series.map(({ colour }, index) => shape(index, colour, x, y, bottom)).reverse();
    const times = [[from, "start", "5 min ago"], [to, "end", "now"]].map(([x, anchor, text]) =>
      draw("text", { x, y: HEIGHT - 4, "text-anchor": anchor }, text));
    const cursor = at === null ? [] : [draw("line", { class: "cursor", x1: x(at), x2: x(at), y1: MARGIN.top, y2: bottom })];
    svg.replaceChildren(...axis(ticks, y, width, format), ...shapes.flat(), ...times, ...cursor);
    say();
  }

  /** Pieces of a line, for a time without requests has none; what is filled goes down to the axis. */
  function shape(index, colour, x, y, bottom) {
    const pieces = [[]];
    for (const row of rows) {
      const number = value(row, index);
      if (number === null || number === undefined || (log && number <= 0)) pieces.push([]);
      else pieces.at(-1).push(`${x(row).toFixed(1)},${y(number).toFixed(1)}`);
    }
    return pieces.filter((piece) => piece.length > 0).flatMap((piece) => {
      // One second alone is a point.
      if (piece.length === 1) piece.push(piece[0]);
      const line = `M${piece.join("L")}`;
      const [first, last] = [piece[0], piece.at(-1)].map((point) => point.split(",")[0]);
      const closed = `${line}L${last},${bottom}L${first},${bottom}Z`;
      if (stack) return [draw("path", { class: `stack c-${colour}`, d: closed })];
      const area = index === 0 && !log ? [draw("path", { class: `area c-${colour}`, d: closed })] : [];
      return [...area, draw("path", { class: `line c-${colour}`, d: line })];
    });
  }

  /** What the numbers are at the cursor, or now. */
  function say() {
    const row = at ?? rows.at(-1);
    const words = series.map(({ key, name }, index) => {
      const text = row ? format(row[key] ?? null) : "–";
      shown[index].value.textContent = text;
      return `${name} ${text}`;
    });
    svg.setAttribute("aria-label", `${title}, over five minutes; now ${words.join(", ")}`);
  }

  svg.addEventListener("pointermove", (event) => {
    const width = svg.clientWidth;
    const share = (width - MARGIN.right - event.offsetX) / (width - MARGIN.left - MARGIN.right);
    const time = (rows.at(-1)?.end ?? 0) - share * MINUTES;
    at = rows.reduce((best, row) => (best && Math.abs(best.end - time) <= Math.abs(row.end - time) ? best : row), null);
    render();
  });
  svg.addEventListener("pointerleave", () => {
    at = null;
    render();
  });
  new ResizeObserver(render).observe(svg);
  return (all) => {
    rows = all;
    render();
  };
}

/** Points of each second: how long a stage took against how much was asked. */
function loadChart(host, { title, series }) {
  const keys = series.map(({ name, colour }) => make("span", { class: `c-${colour}` }, name));
  const svg = figure(host, title, keys);
  let rows = [];
  function render() {
    const width = svg.clientWidth || 300;
    const busy = rows.filter((row) => row.answered_per_second > 0);
    const times = busy.flatMap((row) => series.map(({ key }) => row[key]).filter((time) => time > 0));
    const { ticks, y } = heights(times, { log: true });
    const loads = marks(Math.max(0, ...busy.map((row) => row.answered_per_second)));
    const [from, to] = [MARGIN.left, width - MARGIN.right];
    const x = (load) => from + (load / loads.at(-1)) * (to - from);
    const dots = series.flatMap(({ key, colour }) => busy.filter((row) => row[key] > 0).map((row) =>
      draw("circle", { class: `dot c-${colour}`, r: 2.5, cx: x(row.answered_per_second), cy: y(row[key]) })));
    const last = loads.length - 1;
    const label = (load, index) => draw("text", {
      x: x(load), y: HEIGHT - 4, "text-anchor": index === 0 ? "start" : index === last ? "end" : "middle",
    }, index === last ? `${count(load)} requests/s` : count(load));
    // The last has the unit and stands to its left, where a phone has no room for the one before.
    const below = loads.flatMap((load, index) => (index > 0 && index < last && to - x(load) < 110 ? [] : [label(load, index)]));
    svg.replaceChildren(...axis(ticks, y, width, duration), ...dots, ...below);
    const highest = busy.reduce((best, row) => (best?.answered_per_second >= row.answered_per_second ? best : row), null);
    const words = highest && series.map(({ key, name }) => `${name} ${duration(highest[key])}`).join(", ");
    svg.setAttribute("aria-label", highest ? `${title}; at ${count(highest.answered_per_second)} a second ${words}` : title);
  }
  new ResizeObserver(render).observe(svg);
  return (all) => {
    rows = all;
    render();
  };
}
