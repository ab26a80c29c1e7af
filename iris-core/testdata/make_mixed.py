"""Makes a model of columns of kinds, and scikit-learn's answers, for the tests of every door.

`python make_mixed.py` writes `mixed/churn.joblib` and `mixed/churn.json`, with scikit-learn 1.9 and pandas 3.
"""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

HERE = Path(__file__).parent / "mixed"
NAMES = ["age", "income", "city", "plan", "vip", "note"]
CITIES = ["Berlin", "Lyon", "Zürich", 'New "Old" York']
PLANS = ["basic", "plus", "pro"]
N_ROWS = 400

# Beside what the model was fitted on: missing values, a city that it does not know, texts that need escapes.
ASKED = [
    (34.0, 52_000.0, "Berlin", "pro", True, "paid late"),
    (None, 18_500.0, "Lyon", "basic", False, None),
    (61.0, None, None, "plus", True, ""),
    (19.5, 0.0, "Atlantis", "basic", False, "?"),
    (47.0, 33_000.0, "Zürich", "pro", False, "ü"),
    (28.0, 41_000.0, 'New "Old" York', "plus", True, "line\nbreak"),
    (None, 1e6, None, "pro", True, "x"),
    (-0.0, 250_000.25, "", "basic", True, "a, b"),
]


def customers() -> tuple[pd.DataFrame, np.ndarray]:
    """Customers by a seed, and whether each left."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "age": rng.normal(42, 12, N_ROWS).round(1),
            "income": rng.gamma(4, 12_000, N_ROWS).round(2),
            "city": rng.choice(CITIES, N_ROWS),
            "plan": rng.choice(PLANS, N_ROWS),
            "vip": rng.random(N_ROWS) < 0.3,
            "note": rng.choice(["", "paid late", "asked twice"], N_ROWS),
        }
    )
    leaning = (frame.age - 42) / 12 + (frame.city == "Lyon") * 1.5 - (frame.plan == "pro") * 1.2 - frame.vip
    left = leaning + rng.normal(0, 1, N_ROWS) > 0
    for name in ("age", "income", "city"):
        frame[name] = frame[name].astype(object if name == "city" else float)
        frame.loc[rng.random(N_ROWS) < 0.1, name] = np.nan
    return frame, np.where(left, "yes", "no")


def model() -> Pipeline:
    """Columns by name, each of its kind; `note` is dropped, and a plan must be known."""
    columns = ColumnTransformer(
        [
            ("amounts", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["age", "income"]),
            (
                "cities",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
                ),
                ["city"],
            ),
            ("plans", OrdinalEncoder(), ["plan"]),
            ("vips", StandardScaler(), ["vip"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression())


def main() -> None:
    """Writes both files."""
    HERE.mkdir(exist_ok=True)
    frame, left = customers()
    fitted = model().fit(frame[NAMES], left)
    joblib.dump(fitted, HERE / "churn.joblib")
    asked = pd.DataFrame(ASKED, columns=NAMES)
    asked = asked.astype({"age": float, "income": float, "city": object})
    asked["city"] = asked["city"].where(asked["city"].notna(), np.nan)
    answers = {
        "columns": NAMES,
        "classes": fitted.classes_.tolist(),
        "rows": [dict(zip(NAMES, row, strict=True)) for row in ASKED],
        "labels": fitted.predict(asked).tolist(),
        "decision_function": fitted.decision_function(asked).tolist(),
        "probabilities": fitted.predict_proba(asked).tolist(),
    }
    (HERE / "churn.json").write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
