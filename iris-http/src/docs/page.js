/** Fetches what this server says of its routes, with a key if it asks for one, and shows it. */

"use strict";

/** Where the key is kept, for as long as the tab is open. */
const KEPT = "iris-key";

const question = document.querySelector("#ask");
const input = document.querySelector("#key");
const reason = document.querySelector("#reason");

function preferDark(dark) {
  document.documentElement.classList.toggle("dark-mode", dark);
}

/** Either the description, or what keeps it from being had. */
async function described(key) {
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  const response = await fetch("openapi.json", { headers });
  if (response.ok) return { description: await response.json() };
  const { detail } = await response.json();
  return { refusal: detail, status: response.status };
}

function show(description, key) {
  question.hidden = true;
  document.title = description.info.title;
  // The page may stand behind a prefix, of which the server knows nothing.
  const here = new URL(".", document.baseURI).href.replace(/\/$/, "");
  const isAtRoot = here === location.origin;
  const ui = SwaggerUIBundle({
    spec: isAtRoot ? description : { ...description, servers: [{ url: here }] },
    domNode: document.querySelector("#routes"),
    deepLinking: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => {
      if (key) ui.preauthorizeApiKey("key", key);
    },
  });
}

function ask(refusal) {
  reason.textContent = refusal;
  question.hidden = false;
  input.value = "";
  input.focus();
}

async function start(key) {
  try {
    const { description, refusal, status } = await described(key);
    if (description) {
      if (key) sessionStorage.setItem(KEPT, key);
      show(description, key);
    } else {
      if (status === 401) sessionStorage.removeItem(KEPT);
      ask(refusal);
    }
  } catch (error) {
    ask(`The server does not answer: ${error.message}`);
  }
}

question.addEventListener("submit", (event) => {
  event.preventDefault();
  start(input.value);
});

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => preferDark(dark.matches));
preferDark(dark.matches);
start(sessionStorage.getItem(KEPT));
