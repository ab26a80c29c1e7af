
/* What the model said: a class with its probabilities, or numbers; and what each feature contributes. */

/** So many classes or features are shown. */
const MOST_BARS = 10;

/** Shows an answer of `/predict`. */
function showAnswer(said, host, answer) {
  said.classList.remove("bad");
  const label = answer.label ?? answer.predicted_species;
  if (label !== undefined) {
    const share = answer.prediction_probability;
    const sure = share === null ? "scores only, no probability" : `probability ${percent(share)}`;
    said.replaceChildren(`${label} `, make("span", { class: "quiet" }, sure));
    host.replaceChildren(...(answer.probabilities ? [probabilities(answer.probabilities, String(label))] : []));
    return;
  }
  const numbers = answer.values ?? [answer.value];
  said.replaceChildren(numbers.slice(0, MOST_BARS).map((number) => digits(number, 7)).join(", "));
  host.replaceChildren();
}

/** Shows why there is none. */
function showRefusal(said, host, message) {
  said.classList.add("bad");
  said.replaceChildren(message);
  host.replaceChildren();
}

function probabilities(all, chosen) {
  const entries = Object.entries(all);
  const shown = entries.length > MOST_BARS ? entries.toSorted(([, a], [, b]) => b - a).slice(0, MOST_BARS) : entries;
  const items = shown.map(([label, share]) => make("li", { class: label === chosen ? "chosen" : null },
    make("span", { class: "name", title: label }, label),
    make("span", { class: "track", "aria-hidden": "true" }, bar(0, share)),
    make("span", { class: "value" }, percent(share))));
  const list = make("ul", { class: "bars", "aria-label": "Probability of each class" }, ...items);
  return shown.length < entries.length ? make("div", null, list, more(entries.length - shown.length, "classes")) : list;
}

/** What the features contribute to the class answered, the largest first. */
function contributions(answer) {
  const label = answer.label ?? answer.predicted_species;
  const outputs = answer.contributions ?? [];
  const output = outputs.find((output) => String(output.label) === String(label)) ?? outputs[0];
  if (!output) return [];
  const all = Object.entries(output.features).toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const shown = all.slice(0, MOST_BARS);
  const most = Math.max(...shown.map(([, number]) => Math.abs(number)), Number.MIN_VALUE);
  const items = shown.map(([name, number]) => {
    const half = Math.abs(number) / most / 2;
    const part = number < 0 ? bar(0.5 - half, half, "down") : bar(0.5, half);
    return make("li", null,
      make("span", { class: "name", title: name }, name),
      make("span", { class: "track", "aria-hidden": "true" }, part, make("span", { class: "middle" })),
      make("span", { class: "value" }, signed(number)));
  });
  const to = output.label === undefined ? "the answer" : output.label;
  return [
    make("h4", { class: "sub" }, `What each feature adds to ${to}`),
    make("p", { class: "quiet" }, `beginning at ${digits(output.expected_value, 3)}, in the model's own scale`),
    make("ul", { class: "bars", "aria-label": `What each feature adds to ${to}` }, ...items),
    ...(all.length > shown.length ? [more(all.length - shown.length, "features")] : []),
  ];
}

/** A number to be added. */
const signed = (number) => (number === 0 ? "0" : (number < 0 ? "−" : "+") + digits(Math.abs(number), 3));

const more = (n, things) => make("p", { class: "quiet small" }, `and ${n} more ${things}`);
