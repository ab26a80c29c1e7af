
/** Begins, and again once there is a key. */
function start() {
  startCharts();
  startBench();
  look();
}

for (const link of document.querySelectorAll("[data-path]")) link.href = base + link.dataset.path;
start();
