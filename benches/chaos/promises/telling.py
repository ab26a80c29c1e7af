"""What is told of requests does not depend on who listens, and costs little."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import http1
from lab import Lab
from promise import Outcome, promise
from promises.faults import started, total

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")


@promise(
    "The metrics page grows by our tables, not by what strangers ask",
    kind="telling",
    timed=False,
    anchor="Prometheus (cardinality); Envoy",
    attack="600 anonymous requests: methods, paths, models, versions and types that differ",
    bound="≤ 128 KiB",
    before="192 requests: 31 → 704 KB, 7 ms a scrape",
)
def metrics_page(lab: Lab) -> Outcome:
    with lab.iris() as server:
        before = len(http1.ask(server.http, http1.get("/metrics", close=True)).body)
        paths = ["/predict", "/health", "/livez", "/", "/metrics", "/openapi.json", "/invocations", "/ping"]
        paths += [f"/v2/models/iris/versions/{n}/infer" for n in range(12)] + [
            f"/v1/models/m{n}:predict" for n in range(12)
        ]
        paths += [f"/models/m{n}/predict" for n in range(12)] + [f"/nowhere/{n}" for n in range(12)]
        for path in paths:
            for method in METHODS:
                body = b"{" if method == "POST" else b""
                head = f"{method} {path} HTTP/1.1\r\nhost: iris\r\ncontent-length: {len(body)}\r\n"
                http1.ask(server.http, head.encode() + b"connection: close\r\n\r\n" + body, 2)
        began = time.monotonic()
        after = len(http1.ask(server.http, http1.get("/metrics", close=True)).body)
        took = (time.monotonic() - began) * 1e3
    return Outcome(
        f"{before / 1e3:.0f} → {after / 1e3:.0f} KB, {took:.1f} ms a scrape", 0 < after <= 128 << 10
    )


@promise(
    "A hundred scrapes at once start no hundred threads",
    kind="telling",
    timed=False,
    anchor="Envoy, admin listener",
    attack="100 clients ask for /metrics at once, 5 times each",
    bound="≤ 12 threads, all answered",
    before="339 threads",
)
def many_scrapes(lab: Lab) -> Outcome:
    with lab.iris() as server:
        most = 0
        over = threading.Event()

        def watch() -> None:
            nonlocal most
            while not over.is_set():
                most = max(most, server.threads())

        watcher = threading.Thread(target=watch)
        watcher.start()
        request = http1.get("/metrics", close=True)
        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda _: http1.ask(server.http, request, 10).status, range(500)))
        over.set()
        watcher.join()
    served = answers.count(200)
    return Outcome(f"{most} threads, {served} of 500 answered", most <= 12 and served == 500)


@promise(
    "Metrics count every request, whatever becomes of the access log",
    kind="telling",
    timed=False,
    anchor="Envoy (access logs flushed aside); nginx",
    attack="full rate for 4 s with --access-log, into a pipe that is read slowly",
    bound="every answered request counted",
    before="29 % of requests missing, 45 % of lines",
)
def counted_beside_log(lab: Lab) -> Outcome:
    reader, writer = os.pipe()

    def read_slowly() -> None:
        while os.read(reader, 65536):
            time.sleep(0.02)

    threading.Thread(target=read_slowly, daemon=True).start()
    with started(lab, "--access-log", stdout=subprocess.DEVNULL, stderr=writer) as (process, address):
        os.close(writer)
        while http1.ask(address, http1.get("/livez", close=True), 1).status != 200 and process.poll() is None:
            time.sleep(0.02)
        phase = lab.storm(address, http1.predict(1), (0, lab.seconds(4)), connections=32)[0]
        time.sleep(1)
        page = http1.ask(address, http1.get("/metrics", close=True), 10).body.decode(errors="replace")
    counted = int(total(page, "_count", 'stage="model_inference"'))
    now = f"{counted:,} counted of {phase.answered:,} answered"
    return Outcome(now, phase.answered > 0 and counted >= phase.answered)


@promise(
    "Who it was stands in the access log",
    kind="telling",
    timed=False,
    anchor="OpenTelemetry (client.address, user_agent.original); nginx's combined format",
    attack="one request with a user agent, --access-log --log-format json",
    bound="address and user agent in its line",
    before="in no log, span or metric",
)
def who_it_was(lab: Lab) -> Outcome:
    with lab.iris("--access-log", "--log-format", "json") as server:
        http1.ask(server.http, http1.predict(1, "user-agent: chaos/19\r\n"))
        http1.ask(
            server.http, http1.get("/health", close=True).replace(b"host", b"user-agent: chaos/19\r\nhost")
        )
        time.sleep(0.7)
        log = server.log.read_text()
    address, agent = "127.0.0.1" in log.split("listening")[-1], "chaos/19" in log
    now = f"{'address' if address else 'no address'}, {'user agent' if agent else 'no user agent'}"
    return Outcome(now, address and agent)


@promise(
    "A line of the log cannot be forged",
    kind="telling",
    timed=False,
    anchor="nginx (escapes in logs)",
    attack="paths with line breaks, quotes, braces and terminal codes, --access-log in three formats",
    bound="one line a request, each JSON where that is asked for",
    before="holds",
)
def forged_lines(lab: Lab) -> Outcome:
    nasty = ["/%0a%0dFAKE", "/\x1b[31mred", '/"},{"level":"ERROR"', "/a\tb", "/%00"]
    faults, n_lines = [], 0
    for form in ("text", "json", "gcp"):
        with lab.iris("--access-log", "--log-format", form) as server:
            for path in nasty:
                head = f"GET {path} HTTP/1.1\r\nhost: iris\r\nuser-agent: {path}\r\nconnection: close\r\n\r\n"
                http1.ask(server.http, head.encode(), 2)
            time.sleep(0.5)
            lines = server.log.read_text().splitlines()
        n_lines += len(lines)
        if any(
            "\x1b" in line.replace("\x1b[0m", "").replace("\x1b[2m", "") and "red" in line for line in lines
        ):
            faults.append(f"{form}: an escape")
        if any(line.startswith("FAKE") for line in lines):
            faults.append(f"{form}: a line of its own")
        if form != "text":
            for line in lines:
                try:
                    json.loads(line)
                except ValueError:
                    faults.append(f"{form}: no JSON")
    return Outcome(f"{n_lines} lines" + (f", {'; '.join(faults)}" if faults else ", none forged"), not faults)
