"""Users of iris_py: the same predictor without a server, and so without a network."""

from __future__ import annotations

from functools import partial
from typing import Any

from flowers import WrongAnswer, check, flower
from locust import User, tag, task
from locust.env import Environment
from locust.exception import StopTest
from reporting import report


class InProcessDoor(User):
    """Predicts one flower at a time, in Locust's own process."""

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        # Only here, so that the other users need no Rust.
        try:
            from iris_py import Predictor
        except ImportError:
            environment.process_exit_code = 1
            raise StopTest("Users in process need iris_py: pip install ./iris-py") from None
        self.predictor = Predictor()

    @tag("predict_one")
    @task
    def predict_one(self) -> None:
        call = partial(self.predictor.predict_one, **flower())
        report(self.environment, "in-process", "predict_one", call, check_one)

    @tag("predict")
    @task
    def predict(self) -> None:
        row = [list(flower().values())]
        report(self.environment, "in-process", "predict", partial(self.predictor.predict, row), check_labels)


def check_one(prediction: Any) -> None:
    check(prediction.label, prediction.probability)


def check_labels(labels: Any) -> None:
    if len(labels) != 1:
        raise WrongAnswer("there is not one label for one row")
    # A class comes without a probability here.
    check(labels[0], 1.0)
