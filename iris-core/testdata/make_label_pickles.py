"""Makes joblib files whose labels are of every type that scikit-learn takes, and its answers.

`python make_label_pickles.py` writes `label_pickles/` and `label_pickles.json`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
FOLDER = HERE / "label_pickles"
X, Y = load_iris(return_X_y=True)

# scikit-learn fits some of these types only under others, but answers with whatever `classes_` holds.
CLASSES: dict[str, NDArray[Any]] = {
    "bool": np.array([False, True]),
    "bool objects": np.array([False, True], object),
    "float64": np.array([0.0, 1.0, 2.5]),
    "float32": np.array([0.5, 1.0], np.float32),
    "float objects": np.array([-1.5, 0.0, 1e300], object),
    "integer objects": np.array([3, 5, 7], object),
    "uint8": np.array([0, 1, 255], np.uint8),
    "big-endian float64": np.array([0.0, 1.0, 2.0], ">f8"),
    "text objects": np.array(["a", "b", "c"], object),
}


def main() -> None:
    """Writes every file."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    items = []
    asked = np.vstack([X[::10], X[:3] * 2 - X[-3:]])
    for title, labels in CLASSES.items():
        estimator = LogisticRegression(max_iter=2000)
        estimator.fit(X, np.minimum(Y, len(labels) - 1))
        estimator.classes_ = labels
        file = f"{title.replace(' ', '_')}.joblib"
        joblib.dump(estimator, FOLDER / file, compress=("zlib", 3))
        items.append(
            {
                "estimator": title,
                "files": [file],
                "names": None,
                "rows": asked.tolist(),
                "labels": estimator.predict(asked).tolist(),
                "decision_function": estimator.decision_function(asked).reshape(len(asked), -1).tolist(),
                "probabilities": estimator.predict_proba(asked).tolist(),
            }
        )
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (HERE / "label_pickles.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
