"""Vertex AI, which says by its environment where it asks."""

from __future__ import annotations

import json
import urllib.request

from conftest import FLOWERS, started


def test_vertex_ai() -> None:
    routes = {"AIP_HEALTH_ROUTE": "/v1/endpoints/7", "AIP_PREDICT_ROUTE": "/v1/endpoints/7:predict"}
    with started(**routes) as server:
        with urllib.request.urlopen(server.url + routes["AIP_HEALTH_ROUTE"]) as answer:
            assert answer.status == 200
        body = json.dumps({"instances": FLOWERS.tolist()}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(server.url + routes["AIP_PREDICT_ROUTE"], body, headers)
        with urllib.request.urlopen(request) as answer:
            predictions = json.load(answer)["predictions"]
        assert [prediction["predicted_species"] for prediction in predictions] == ["versicolor"] * 2
