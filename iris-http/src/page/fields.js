
/* Fields for a row, made of what the model says of its columns. */

/** More columns than this are given as JSON, in one text. */
const MOST_FIELDS = 100;

/** As many texts are chosen from a list; where there are more, they are suggested. */
const MOST_CHOICES = 40;

/** Puts fields for a model's row into `host`. Returns what reads the row, and what sets it back. */
function makeFields(host, model) {
  const cells = model.features.map((feature, index) => ({ feature, example: model.example[index] }));
  const asked = cells.filter(({ feature }) => feature.kind !== "ignored");
  if (asked.length > MOST_FIELDS) return makeText(host, asked);
  const fields = asked.map(({ feature, example }, index) => makeField(feature, example, `field-${index}`));
  host.replaceChildren(...fields.map(({ element }) => element));
  return {
    read: () => Object.fromEntries(asked.map(({ feature }, index) => [feature.name, fields[index].read()])),
    reset: () => fields.forEach((field) => field.reset()),
  };
}

function makeField(feature, example, id) {
  const label = make("label", { for: id }, make("span", { class: "name" }, feature.name));
  if (feature.unit) label.append(make("span", { class: "quiet" }, feature.unit));
  const { controls, read, write } = feature.kind === "category" ? choice(feature, id) : number(feature, id);
  const reset = () => write(example);
  reset();
  return { element: make("div", { class: "field" }, label, ...controls), read, reset };
}

/** A number, with a slider over what the training data had. Empty stands for missing where that is taken. */
function number(feature, id) {
  const box = make("input", { id, type: "number", step: "any", required: !feature.accepts_missing });
  const read = () => (box.value === "" ? null : Number(box.value));
  const { statistics } = feature;
  if (!statistics || !(statistics.max > statistics.min)) {
    return {
      controls: [make("div", { class: "controls alone" }, box)],
      read,
      write: (value) => (box.value = value === null ? "" : rounded(value)),
    };
  }
  const { min, max } = statistics;
  const step = 10 ** Math.floor(Math.log10((max - min) / 20));
  const slider = make("input", { type: "range", min, max, step, "aria-label": `${feature.name}, from ${rounded(min)} to ${rounded(max)}` });
  slider.addEventListener("input", () => (box.value = slider.value));
  box.addEventListener("input", () => (slider.value = box.value));
  const range = make("div", { class: "range", "aria-hidden": "true" }, make("span", null, rounded(min)), make("span", null, rounded(max)));
  return {
    controls: [make("div", { class: "controls" }, slider, box), range],
    read,
    write: (value) => {
      box.value = value === null ? "" : rounded(value);
      slider.value = box.value;
    },
  };
}

/** One of the texts that the model knows; or any text, where it takes such. */
function choice(feature, id) {
  const { texts, n_texts: all, accepts_unknown: isOpen, accepts_missing: mayMiss } = feature;
  const wrap = (...controls) => [make("div", { class: "controls alone" }, ...controls)];
  if (all > 0 && all <= MOST_CHOICES && all === texts.length) {
    const none = mayMiss ? [make("option", { value: "" }, "(missing)")] : [];
    const options = texts.map((text, index) => make("option", { value: index + 1 }, text));
    const select = make("select", { id }, ...none, ...options);
    return {
      controls: wrap(select),
      read: () => (select.value === "" ? null : texts[select.value - 1]),
      write: (value) => (select.value = value === null ? "" : texts.indexOf(value) + 1),
    };
  }
  const suggested = make("datalist", { id: `${id}-texts` }, ...texts.map((text) => make("option", { value: text })));
  const box = make("input", { id, type: "text", list: `${id}-texts`, spellcheck: "false" });
  return {
    controls: wrap(box, suggested),
    read: () => (box.value === "" && mayMiss ? null : box.value),
    write: (value) => (box.value = value ?? (isOpen ? "" : texts[0] ?? "")),
  };
}

/** All of a long row as one object of JSON. */
function makeText(host, asked) {
  const box = make("textarea", { id: "field-all", spellcheck: "false" });
  const label = make("label", { for: "field-all" }, `${asked.length} columns, as JSON`);
  host.replaceChildren(make("div", { class: "field" }, label, box));
  const row = Object.fromEntries(asked.map(({ feature, example }) => [feature.name, example]));
  const reset = () => (box.value = JSON.stringify(row, null, 1));
  reset();
  return { read: () => JSON.parse(box.value), reset };
}

/** A number as short as it is nearly the same. */
const rounded = (value) => (typeof value === "number" ? String(Number(value.toPrecision(6))) : value);
