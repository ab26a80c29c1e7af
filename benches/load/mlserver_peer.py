"""MLServer as benches/peers/mlserver/run.py starts it, until it is told to stop.

Run by the Python that has that folder's requirements.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "peers" / "mlserver"))

import run  # noqa: E402  (found only from here on)
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402


def main() -> None:
    # An exception, so that the server below is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    features, labels = load_iris(return_X_y=True)
    with run.mlserver(LogisticRegression(max_iter=1_000).fit(features, labels), 0) as doors:
        print(f"listening http={doors.http}", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
