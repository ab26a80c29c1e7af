-- The body that the replaced service was measured with.
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = '{"sepal_length": 6.765352725982666, "sepal_width": 2.824432849884033, '
  .. '"petal_width": 1.8131520748138428, "petal_length": 4.90852165222168}'

-- One line for whoever runs this: what wrk's own report rounds away, and each way of failing by itself.
done = function(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("RESULT requests=%d seconds=%.6f", summary.requests, summary.duration / 1e6))
  io.write(string.format(
    " mean_us=%.1f p50_us=%d p90_us=%d p99_us=%d p999_us=%d max_us=%d",
    latency.mean, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency:percentile(99.9), latency.max))
  io.write(string.format(
    " connect=%d read=%d write=%d status=%d timeout=%d failed=%d\n",
    errors.connect, errors.read, errors.write, errors.status, errors.timeout,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
