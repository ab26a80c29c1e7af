"""Tells Locust of calls that its own HTTP client does not make."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flowers import WrongAnswer
from locust.env import Environment


def report(
    environment: Environment,
    request_type: str,
    name: str,
    call: Callable[[], Any],
    check: Callable[[Any], None],
) -> None:
    """Makes a call and reports the time it took, or why it, or the check of its answer, failed."""
    answer, exception = None, None
    start_time, start = time.time(), time.perf_counter()
    try:
        answer = call()
    except Exception as error:
        exception = error
    milliseconds = (time.perf_counter() - start) * 1e3
    if exception is None:
        try:
            check(answer)
        except WrongAnswer as error:
            exception = error
    environment.events.request.fire(
        request_type=request_type,
        name=name,
        response_time=milliseconds,
        response_length=0,
        response=answer,
        exception=exception,
        context={},
        start_time=start_time,
    )
