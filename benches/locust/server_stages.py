"""Shows the server's own times beside the client's, from the answers' `Server-Timing` header."""

from __future__ import annotations

import re
from typing import Any

from locust.env import Environment

METRIC = re.compile(
    r"\b(data_preparation|model_inference|response_formatting|total);dur=(\d+(?:\.\d+)?)", re.ASCII
)


def show(environment: Environment) -> None:
    """Adds a row `server` for each stage and for their total, and a row `network` for what is left.

    Nothing is added while the server runs without `--server-timing`. The rows are written past Locust's
    request event, which would count each of them as one more request in `Aggregated`.
    """

    def add(
        name: str, response_time: float, response: Any = None, exception: Any = None, **_: object
    ) -> None:
        headers = getattr(response, "headers", None)
        if exception is not None or not headers or "server-timing" not in headers:
            return
        durations = {stage: float(dur) for stage, dur in METRIC.findall(headers["server-timing"])}
        for stage, milliseconds in durations.items():
            environment.stats.get(stage, "server").log(milliseconds, 0)
        if "total" in durations:
            environment.stats.get(name, "network").log(response_time - durations["total"], 0)

    environment.events.request.add_listener(add)
