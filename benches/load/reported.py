"""What the replaced service's own report says of it, on two to fifteen pods behind a load balancer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reported:
    requests_per_second: float
    mean_ms: float
    max_ms: float
    failed: str


# By connections.
WRK = {
    50: Reported(414.56, 120.34, 500, "0"),
    150: Reported(535.82, 245.67, 2_100, "–"),
    300: Reported(524.73, 456.78, 5_200, "23 timeouts"),
}

# By users; the last run had "500+".
LOCUST = {
    150: Reported(304.2, 245, 2_340, "0.28 %"),
    300: Reported(448.7, 456, 8_970, "2.61 %"),
    500: Reported(672.8, 1_234, 30_000, "6.64 %"),
}

# Milliseconds at 150 users. The network is what the stages leave of the request.
SPANS_MS = {
    "data_preparation": 3.0,
    "model_inference": 15.0,
    "response_formatting": 2.0,
    "network": 225.0,
}

# Milliseconds of `model_inference` by users.
INFERENCE_MS = {50: 15.0, 150: 25.0, 300: 45.0, 500: 120.0}
