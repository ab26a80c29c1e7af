"""MLServer as benches/peers/mlserver/run.py starts it, until it ends or is told to stop.

Run by the Python that has that folder's requirements.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "peers" / "mlserver"))

import numpy as np  # noqa: E402  (found only from here on)
import run  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402


def main() -> None:
    # An exception, so that the server below is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    features, labels = load_iris(return_X_y=True)
    with run.mlserver(LogisticRegression(max_iter=1_000).fit(features, labels), 0) as doors:
        check(doors.http)
        print(f"listening http={doors.http}", flush=True)
        # Left to be waited for by whoever started it.
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    sys.exit("MLServer ended by itself")


def check(address: str) -> None:
    """That it takes the flower for what iris takes it for: the last class, virginica."""
    body = run.json_request(np.array([run.ROW]))
    request = urllib.request.Request(
        f"http://{address}{run.INFER}", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=run.lab.ANSWER_S) as answer:
        said = json.load(answer)
    if said["outputs"][0]["data"] != [2]:
        sys.exit(f"MLServer gives another class: {said}")


if __name__ == "__main__":
    main()
