"""What both services take and answer."""

from pydantic import BaseModel


class Flower(BaseModel):
    sepal_length: float
    sepal_width: float
    petal_length: float
    petal_width: float


class Prediction(BaseModel):
    predicted_species: str
    prediction_probability: float


class Health(BaseModel):
    status: str
    timestamp: float
    model_loaded: bool
    model_test_time: float
