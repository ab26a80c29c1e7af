"""The service with a faster engine: FastAPI, and onnxruntime on the model that `iris-server` embeds.

    python benches/peers/fastapi/onnx.py --http 127.0.0.1:8080

Nothing is traced.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnxruntime
from contract import Flower, Health, Prediction
from fastapi import FastAPI, HTTPException
from serve import serve

MODEL = Path(__file__).parents[3] / "iris-core" / "models" / "iris.onnx"


def load() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])


session = load()
app = FastAPI(title="Iris on onnxruntime")


def predict_one(flower: Flower) -> Prediction:
    row = np.array(
        [[flower.sepal_length, flower.sepal_width, flower.petal_length, flower.petal_width]], dtype=np.float64
    )
    label, probabilities = session.run(["label", "probabilities"], {"X": row})
    return Prediction(predicted_species=label[0], prediction_probability=probabilities[0].max())


# Not in FastAPI's thread pool: the hop there costs more than the prediction.
@app.post("/predict")
async def predict(flower: Flower) -> Prediction:
    return predict_one(flower)


@app.get("/health")
async def health() -> Health:
    start = time.perf_counter()
    try:
        predict_one(Flower(sepal_length=5.1, sepal_width=3.5, petal_length=1.4, petal_width=0.2))
    except Exception as error:
        raise HTTPException(503, str(error)) from error
    return Health(
        status="healthy",
        timestamp=time.time(),
        model_loaded=True,
        model_test_time=time.perf_counter() - start,
    )


if __name__ == "__main__":
    serve(app)
