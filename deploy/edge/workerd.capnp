# The Worker in Cloudflare's runtime as it stands on npm: `workerd serve workerd.capnp` listens on 8787.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")]
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "iris-predictor", esModule = embed "../../iris-core/wasm/npm/workerd.js"),
    (name = "predictor.js", esModule = embed "../../iris-core/wasm/npm/predictor.js"),
    (name = "iris.wasm", wasm = embed "../../iris-core/wasm/npm/iris.wasm"),
  ],
  compatibilityDate = "2026-01-01",
);
