"""The service that iris replaces, as people write it: FastAPI, a DataFrame a request, scikit-learn, spans.

    export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
    python benches/peers/fastapi/original.py --http 127.0.0.1:8080

Without an endpoint the spans are made and go nowhere; with OTEL_SDK_DISABLED=true there are none.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pandas as pd
from contract import Flower, Health, Prediction
from fastapi import FastAPI, HTTPException
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from serve import serve
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def start_tracing() -> TracerProvider:
    provider = TracerProvider(ALWAYS_ON, Resource.create({SERVICE_NAME: "iris-prediction-api"}))
    if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


provider = start_tracing()
tracer = provider.get_tracer("iris-prediction-api")


def load() -> LogisticRegression:
    """Fitted as make_iris.py fits the model that `iris-server` embeds, so that both give the same answers."""
    with tracer.start_as_current_span("model_loading") as span:
        start = time.perf_counter()
        data = load_iris()
        rows = pd.DataFrame(data.data, columns=FEATURES)
        model = LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000)
        model.fit(rows, data.target_names[data.target])
        span.set_attribute("model.load_time_seconds", time.perf_counter() - start)
        span.set_attribute("model.status", "loaded")
        return model


model = load()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    # What is still in the batch is sent.
    provider.shutdown()


app = FastAPI(title="Iris on scikit-learn", lifespan=lifespan)


def predict_one(flower: Flower) -> Prediction:
    with tracer.start_as_current_span("data_preparation") as span:
        start = time.perf_counter()
        row = pd.DataFrame([flower.model_dump()], columns=FEATURES)
        span.set_attribute("data_preparation.time_seconds", time.perf_counter() - start)
    with tracer.start_as_current_span("model_inference") as span:
        start = time.perf_counter()
        species = str(model.predict(row)[0])
        probability = float(model.predict_proba(row)[0].max())
        span.set_attribute("model.inference_time_seconds", time.perf_counter() - start)
        span.set_attribute("model.predicted_species", species)
        span.set_attribute("model.prediction_probability", probability)
    with tracer.start_as_current_span("response_formatting"):
        return Prediction(predicted_species=species, prediction_probability=probability)


# In FastAPI's thread pool, as its documentation advises for what blocks; on the loop it takes as much CPU.
@app.post("/predict")
def predict(flower: Flower) -> Prediction:
    with tracer.start_as_current_span("prediction_request") as span:
        start = time.perf_counter()
        for feature, value in flower:
            span.set_attribute(f"request.{feature}", value)
        try:
            prediction = predict_one(flower)
        except Exception as error:
            span.set_attribute("request.status", "error")
            span.set_attribute("request.error", str(error))
            raise HTTPException(500, str(error)) from error
        span.set_attribute("request.status", "success")
        span.set_attribute("request.total_time_seconds", time.perf_counter() - start)
        return prediction


@app.get("/health")
def health() -> Health:
    with tracer.start_as_current_span("health_check") as span:
        start = time.perf_counter()
        try:
            predict_one(Flower(sepal_length=5.1, sepal_width=3.5, petal_length=1.4, petal_width=0.2))
        except Exception as error:
            span.set_attribute("health.status", "unhealthy")
            span.set_attribute("health.reason", str(error))
            raise HTTPException(503, str(error)) from error
        seconds = time.perf_counter() - start
        span.set_attribute("health.status", "healthy")
        span.set_attribute("health.model_test_time_seconds", seconds)
        return Health(status="healthy", timestamp=time.time(), model_loaded=True, model_test_time=seconds)


if __name__ == "__main__":
    serve(app)
