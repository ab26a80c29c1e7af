
/* The same call in other languages, to be copied. */

/** A name as a shell takes it, a text of JSON in single quotes. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** JSON as Python writes it. */
function python(value) {
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${python(one)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

/** Every way to ask for this row, by its name. */
function calls(model, row, grpcPort) {
  const url = `${location.origin}${base}predict`;
  const json = JSON.stringify(row);
  const hasKey = sessionStorage.getItem(KEY) !== null;
  const curl = [
    `curl ${url} \\`,
    ...(hasKey ? ["  -H \"x-api-key: $IRIS_KEY\" \\"] : []),
    "  -H 'content-type: application/json' \\",
    `  -d ${quoted(json)}`,
  ];
  const inPython = [
    ...(hasKey ? ["import os"] : []),
    "import requests", "",
    "answer = requests.post(",
    `    ${JSON.stringify(url)},`,
    ...(hasKey ? ['    headers={"x-api-key": os.environ["IRIS_KEY"]},'] : []),
    `    json=${python(row)},`,
    ")",
    "answer.raise_for_status()",
    "print(answer.json())",
  ];
  const inRust = [
    "// ureq = { version = \"3\", features = [\"json\"] }, serde_json = \"1\"",
    `let mut answer = ureq::post(${JSON.stringify(url)})`,
    ...(hasKey ? ['    .header("x-api-key", std::env::var("IRIS_KEY")?)'] : []),
    `    .send_json(serde_json::json!(${json}))?;`,
    "let answer: serde_json::Value = answer.body_mut().read_json()?;",
    "println!(\"{answer}\");",
  ];
  const all = { curl: curl.join("\n"), Python: inPython.join("\n"), Rust: inRust.join("\n") };
  if (grpcPort) all.gRPC = grpcurl(model, row, grpcPort, hasKey);
  return all;
}

/** By the method that takes such rows: a flower, rows of numbers, or tensors where there are texts. */
function grpcurl(model, row, port, hasKey) {
  const [method, message] = grpcMessage(model, row);
  const isPlain = location.protocol === "http:";
  return [
    `grpcurl ${isPlain ? "-plaintext " : ""}${hasKey ? '-H "x-api-key: $IRIS_KEY" ' : ""}\\`,
    `  -d ${quoted(JSON.stringify(message))} \\`,
    `  ${location.hostname}:${port} ${method}`,
  ].join("\n");
}

function grpcMessage(model, row) {
  const asked = model.features.filter(({ kind }) => kind !== "ignored");
  if (model.is_of_flowers) return ["iris.v1.Predictor/Predict", row];
  if (asked.length === model.features.length && asked.every(({ kind }) => kind === "number")) {
    return ["iris.v1.Predictor/PredictBatch", { values: asked.map(({ name }) => row[name] ?? "NaN") }];
  }
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text ?? "")));
  const inputs = asked.map(({ name, kind }) => kind === "category"
    ? { name, datatype: "BYTES", shape: [1], contents: { bytes_contents: [base64(row[name])] } }
    : { name, datatype: "FP64", shape: [1], contents: { fp64_contents: [row[name] ?? "NaN"] } });
  return ["inference.GRPCInferenceService/ModelInfer", { model_name: model.name, inputs }];
}

/** Tabs of calls; the arrows go from one to the next. */
function callTabs(tabs, panel, copy) {
  let all = {};
  let chosen = null;
  const ids = (name) => `call-${name.toLowerCase()}`;
  const show = (name) => {
    chosen = name;
    panel.textContent = all[name];
    panel.setAttribute("aria-labelledby", ids(name));
    for (const tab of tabs.children) {
      tab.setAttribute("aria-selected", tab.id === ids(name));
      tab.tabIndex = tab.id === ids(name) ? 0 : -1;
    }
  };
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = Object.keys(all);
    const next = names[(names.indexOf(chosen) + step + names.length) % names.length];
    show(next);
    byId(ids(next)).focus();
  });
  copy.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(panel.textContent);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  return (calls) => {
    const isSame = Object.keys(calls).join() === Object.keys(all).join();
    all = calls;
    if (!isSame) {
      tabs.replaceChildren(...Object.keys(all).map((name) => {
        const tab = make("button", { type: "button", role: "tab", id: ids(name), "aria-controls": panel.id }, name);
        tab.addEventListener("click", () => show(name));
        return tab;
      }));
    }
    show(chosen in all ? chosen : Object.keys(all)[0]);
  };
}
