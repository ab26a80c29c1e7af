
/* What versions in the shadow of others make of the same rows. */

function showShadows({ pairs, dropped }) {
  byId("shadows").hidden = pairs.length === 0;
  const rows = pairs.map(({ name, version, shadow, agreed, disagreed, failed, difference, mean }) => {
    const all = agreed + disagreed;
    return [
      name, version, shadow, count(all), all ? percent(agreed / all) : "–", count(failed),
      difference ? digits(difference[0], 2) : "–", difference ? digits(difference[2], 2) : "–",
      mean[0] ? `${duration(mean[0])} → ${duration(mean[1])}` : "–",
    ];
  });
  const heads = [
    ["model", ""], ["version", ""], ["shadow", ""], ["rows", "number"], ["agree", "number"], ["no answer", "number"],
    ["apart, half", "number"], ["apart, 99 %", "number"], ["a row takes", "number"],
  ];
  table(byId("shadow-pairs"), heads, rows);
  for (const { name, version, shadow, unlike } of pairs.filter(({ unlike }) => unlike)) {
    const said = `${name}/${shadow} cannot answer what ${name}/${version} is asked: ${unlike}.`;
    byId("shadow-pairs").append(make("p", { class: "note" }, said));
  }
  if (dropped) byId("shadow-pairs").append(make("p", { class: "note" }, `${count(dropped)} requests were left out: too many were waiting.`));
}
