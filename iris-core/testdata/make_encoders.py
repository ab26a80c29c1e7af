"""Makes pipelines whose first step is one of category_encoders', with what they answer.

`python make_encoders.py FOLDER [--only]` writes `FOLDER/` and `FOLDER.json` with the libraries of
whoever runs it. Committed are `encoders` (scikit-learn 1.9, pandas 3.1, category_encoders 2.11) and
`old_encoders` (0.24, 1.1, 2.2), each with `--only`, which leaves out most ways of filling in. Behind an
encoder stands a regression whose coefficients are the identity.
"""

from __future__ import annotations

import json
import pickle
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import category_encoders
import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

FOLDER = Path(sys.argv[1])
ONLY = "--only" in sys.argv
N_ROWS = 80
INSTEAD = -7.5
NAMES = ["age", "city", "size", "rooms"]
COLS = ["city", "size", "rooms"]


def houses() -> tuple[pd.DataFrame, np.ndarray]:
    """Houses by a seed, and whether each was sold; some sizes are missing, and one city was met once."""
    random = np.random.RandomState(3)
    frame = pd.DataFrame(
        {
            "age": random.randint(1, 90, N_ROWS) / 2,
            "city": random.choice(["Oslo", "Bergen", "Tromsø", "Ålesund"], N_ROWS, p=[0.5, 0.3, 0.15, 0.05]),
            "size": random.choice(["small", "large", "huge"], N_ROWS),
            "rooms": random.randint(1, 6, N_ROWS),
        }
    )
    frame["city"] = frame["city"].astype(object)
    frame["size"] = frame["size"].astype(object)
    frame.loc[5, "city"] = "Narvik"
    frame.loc[random.rand(N_ROWS) < 0.1, "size"] = None
    return frame, (random.rand(N_ROWS) < 0.3 + 0.4 * (frame["city"] == "Oslo")).astype(int).to_numpy()


ASKED = [
    (3.5, "Oslo", "small", 2),
    (11.0, "Bergen", "huge", 5),
    (60.0, "Narvik", "large", 1),
    (60.0, "Tromsø", None, 3),
    (8.0, None, "large", 4),
    (8.0, "Ålesund", "large", None),
    (1.0, "Atlantis", "small", 2),
    (1.0, "Oslo", "tiny", 2),
    (1.0, "Oslo", "small", 77),
    (1.0, "Oslo", "small", 2.5),
    (0.0, "", "large", -0.0),
]

WAYS = ["value", "return_nan", "error"]
BY_TARGET = ["TargetEncoder", "WOEEncoder", "JamesSteinEncoder", "MEstimateEncoder", "QuantileEncoder"]
CLASSES = [
    *BY_TARGET,
    "OrdinalEncoder",
    "OneHotEncoder",
    "BinaryEncoder",
    "BaseNEncoder",
    "CountEncoder",
    "LeaveOneOutEncoder",
    "CatBoostEncoder",
    "GrayEncoder",
    "HelmertEncoder",
    "SumEncoder",
    "BackwardDifferenceEncoder",
    "PolynomialEncoder",
    "RankHotEncoder",
    "HashingEncoder",
]
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "TargetEncoder": [{"smoothing": 2.0, "min_samples_leaf": 3}, {"cols": ["city"]}],
    "OneHotEncoder": [
        {"use_cat_names": True},
        {"handle_unknown": "indicator", "handle_missing": "indicator"},
        {"handle_missing": "ignore"},
        {"cols": ["size"]},
    ],
    "BaseNEncoder": [
        {"base": 3},
        {"base": 1},
        {"handle_unknown": "indicator", "handle_missing": "indicator"},
    ],
    "CountEncoder": [
        {"normalize": True},
        {"min_group_size": 12},
        {"handle_unknown": 17},
        {"min_group_size": 5, "min_group_name": "few", "handle_missing": "return_nan"},
    ],
    "OrdinalEncoder": [
        {"mapping": [{"col": "size", "mapping": {"small": 1, "large": 2, "huge": 5}}], "cols": ["size"]},
        {"handle_unknown": -9, "handle_missing": -8},
    ],
    "CatBoostEncoder": [{"a": 3, "sigma": 0.2}, {"min_group_size": 10}],
    "LeaveOneOutEncoder": [{"sigma": 0.1, "random_state": 0}, {"drop_invariant": True}],
    "RankHotEncoder": [{"use_cat_names": True}, {"handle_missing": "value", "cols": ["size"]}],
    "HashingEncoder": [
        {"n_components": 5, "cols": ["size"]},
        {"n_components": 40, "drop_invariant": True},
        {"hash_method": "sha1"},
    ],
    "WOEEncoder": [{"regularization": 0.1}, {"drop_invariant": True}],
}

WITH_WAYS = ("OneHotEncoder", "TargetEncoder", "CountEncoder", "LeaveOneOutEncoder", "RankHotEncoder")


def cases() -> list[tuple[str, dict[str, Any]]]:
    """Class and keywords of each encoder."""
    found = []
    for name in CLASSES:
        if ONLY and name in (
            "JamesSteinEncoder",
            "MEstimateEncoder",
            "GrayEncoder",
            "HelmertEncoder",
            "SumEncoder",
        ):
            continue
        if name == "HashingEncoder":
            # One process is enough, and numbers are hashed as Python writes them.
            text = {"cols": ["city", "size"], "max_process": 1}
            found += [(name, {**text, **options}) for options in [{}, *OPTIONS[name]]]
            continue
        found.append((name, {}))
        if not ONLY or name in WITH_WAYS:
            for unknown in WAYS:
                for missing in WAYS:
                    if ONLY and unknown != missing or unknown == missing == "value":
                        continue
                    found.append((name, {"handle_unknown": unknown, "handle_missing": missing}))
        found += [(name, options) for options in OPTIONS.get(name, [])[: 2 if ONLY else None]]
    return found


def identity(frame: pd.DataFrame, target: np.ndarray, *steps: Any) -> Pipeline:
    """What steps make of rows, behind which a regression hands on its numbers."""
    rows = np.asarray(make_pipeline(*steps).fit(frame, target).transform(frame), dtype=float)
    end = LinearRegression().fit(rows, rows)
    end.coef_, end.intercept_ = np.eye(rows.shape[1]), np.zeros(rows.shape[1])
    return Pipeline([*((str(index), step) for index, step in enumerate(steps)), ("end", end)])


def answered(model: Any, row: tuple[Any, ...]) -> dict[str, Any]:
    """What a model says of a row; nothing if it raises."""
    frame = pd.DataFrame([row], columns=NAMES)
    frame = frame.astype({"age": float, "city": object, "size": object, "rooms": float})
    # Since pandas 3, None in a column of objects is no key of what was fitted on it; NaN is.
    frame[["city", "size"]] = frame[["city", "size"]].where(frame[["city", "size"]].notna(), np.nan)
    encoder = model[0]
    if type(encoder).__name__ == "HashingEncoder" and any(
        row[NAMES.index(name)] is None for name in encoder.cols
    ):
        # It passes by None and hashes NaN, and which of them a missing text is, a row does not say.
        return {}
    try:
        if hasattr(model, "predict_proba"):
            return {
                "label": model.predict(frame)[0].item(),
                "numbers": model.predict_proba(frame)[0].tolist(),
            }
        return {"numbers": model.predict(frame)[0].tolist()}
    except (ValueError, KeyError, TypeError):
        return {}


def main() -> None:
    """Writes every file."""
    warnings.simplefilter("ignore")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    frame, target = houses()
    frame = frame[NAMES]
    # A column of floats may be asked for a missing value without becoming one of another type.
    frame["rooms"] = frame["rooms"].astype(float)
    models: dict[str, Any] = {}
    for name, options in cases():
        title = f"{name}({', '.join(f'{key}={value!r}' for key, value in options.items())})"
        try:
            encoder = getattr(category_encoders, name)(**{"cols": COLS, **options})
            left_out = set(COLS) - set(encoder.cols)
            data, target_too = frame.copy(), target.copy()
            if options.get("handle_missing") == "error":
                data["size"] = data["size"].fillna("small")
            if options.get("drop_invariant"):
                data["rooms"] = 2.0
            filled = SimpleImputer(strategy="constant", fill_value=INSTEAD)
            encoder.fit(data, pd.Series(target_too))
            if left_out:
                rest = category_encoders.OrdinalEncoder(cols=sorted(left_out))
                models[title] = identity(data, pd.Series(target_too), encoder, rest, filled)
            else:
                models[title] = identity(data, pd.Series(target_too), encoder, filled)
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            print(f"left out: {title}: {error!r:.150}")
    if hasattr(category_encoders, "TargetEncoder"):
        columns = ColumnTransformer(
            [("w", category_encoders.TargetEncoder(), ["size", "city"]), ("n", "passthrough", ["age"])]
        )
        models["ColumnTransformer"] = make_pipeline(columns, LogisticRegression()).fit(frame, target)
    items = []
    for index, (title, model) in enumerate(models.items()):
        stem = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split())[
            :60
        ]
        file = f"{index:03}_{stem}.{'pkl' if index % 2 else 'joblib'}"
        if index % 2:
            (FOLDER / file).write_bytes(pickle.dumps(model, protocol=4))
        else:
            joblib.dump(model, FOLDER / file, compress=3)
        rows = [{"row": list(row), **answered(model, row)} for row in ASKED]
        items.append({"title": title, "file": file, "rows": rows})
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (FOLDER.parent / f"{FOLDER.name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(items)} models")


if __name__ == "__main__":
    main()
