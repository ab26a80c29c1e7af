"""What the replaced service's own report says of it, on two to fifteen pods behind a load balancer."""

from __future__ import annotations

from capacity.reported import RUNS
from capacity.reported import Run as Reported

__all__ = ["INFERENCE_MS", "LOCUST", "SPANS_MS", "WRK", "Reported"]

# By connections, and by users.
WRK = dict(zip((50, 150, 300), RUNS[:3], strict=True))
LOCUST = dict(zip((150, 300, 500), RUNS[3:], strict=True))

# Milliseconds at 150 users. The network is what the stages leave of the request.
SPANS_MS = {
    "data_preparation": 3.0,
    "model_inference": 15.0,
    "response_formatting": 2.0,
    "network": 225.0,
}

# Milliseconds of `model_inference` by users.
INFERENCE_MS = {50: 15.0, 150: 25.0, 300: 45.0, 500: 120.0}
