"""Users of `POST /predict`."""

from __future__ import annotations

from flowers import WrongAnswer, check, flower
from locust import FastHttpUser, task


class HttpDoor(FastHttpUser):
    """Posts one flower at a time, over a connection of its own that stays open."""

    abstract = True
    host = "http://127.0.0.1:8080"
    # What takes longer has failed.
    connection_timeout = network_timeout = 30

    @task
    def predict(self) -> None:
        with self.client.post("/predict", json=flower(), catch_response=True) as response:
            if response.status_code == 0:
                # Nothing came; Locust knows why, and reports it.
                return
            if response.status_code != 200:
                response.failure(WrongAnswer(f"the status is {response.status_code}"))
                return
            try:
                answer = response.json()
                check(answer["predicted_species"], answer["prediction_probability"])
            except WrongAnswer as wrong:
                response.failure(wrong)
            except (ValueError, TypeError, KeyError):
                response.failure(WrongAnswer("the body is not a prediction as JSON"))
