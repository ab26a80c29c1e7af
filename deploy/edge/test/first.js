// How long Cloudflare's runtime takes to a first answer, the model's instance included, and to one after it: milliseconds
// seen by a client, medians of fresh processes, as a line of JSON.

import path from "node:path";

import { EDGE, workerd } from "./runtimes.js";

const PROCESSES = 9;
const LATER = 200;
const FLOWER = JSON.stringify({ sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 });

async function answered(url) {
  const began = performance.now();
  const answer = await fetch(`${url}/predict`, { method: "POST", body: FLOWER });
  const { predicted_species: species } = await answer.json();
  if (species !== "setosa") throw new Error(`answered ${species}`);
  return performance.now() - began;
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

const [first, later] = [[], []];
for (let process = 0; process < PROCESSES; process += 1) {
  const { url, stop } = await workerd(path.join(EDGE, "workerd.capnp"));
  // The connection is not what is measured.
  await fetch(`${url}/livez`);
  first.push(await answered(url));
  const times = [];
  for (let index = 0; index < LATER; index += 1) times.push(await answered(url));
  later.push(median(times));
  await stop();
}
console.log(JSON.stringify({ first: median(first), later: median(later) }));
