"""Makes models of CatBoost's in every form, and its own answers, for the tests of their reader.

`python make_catboost.py` writes `catboost/` and `catboost.json`, with CatBoost 1.2.8, numpy 1.26 or later,
pandas and scikit-learn. `python make_catboost.py old` does the same for `old_catboost` with CatBoost 0.26.1.
"""

from __future__ import annotations

import json
import pickle
import re
import struct
import sys
from pathlib import Path
from typing import Any

import catboost
import joblib
import numpy as np
import pandas as pd
from catboost import CatBoost, CatBoostClassifier, CatBoostRanker, CatBoostRegressor, Pool
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

NAME = "old_catboost" if sys.argv[1:] == ["old"] else "catboost"
HERE = Path(__file__).parent
N_ROWS = 160
SEVERAL_LABELS = ("MultiLogloss", "MultiCrossEntropy")
"""Losses of which a row has a label for each number."""
CITIES = [
    "Berlin",
    "Paris",
    "Łódź",
    "Oslo",
    "a city whose name is so long that its hash is computed in blocks of bytes",
]


def numbers(seed: int, n_columns: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(N_ROWS, n_columns))


def frame() -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers and texts, and how likely it is."""
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "age": rng.normal(size=N_ROWS),
            "city": rng.choice(CITIES, N_ROWS),
            "shop": rng.integers(-3, 9, N_ROWS),
            "plan": rng.choice(["basic", "plus", "pro"], N_ROWS),
            "note": "same",
        }
    )
    likely = (table.city == "Paris") * 1.5 + (table["shop"] > 4) * 1.2 - (table.plan == "pro") + table.age
    table.loc[::9, "age"] = np.nan
    return table, (likely + rng.normal(size=N_ROWS) * 0.5).to_numpy()


def asked_numbers(model: Any, fitted: np.ndarray) -> list[list[float]]:
    """Rows of training, far ones, what is missing, and each border met and missed by a step."""
    rows = [list(row) for row in fitted[:4]]
    n_columns = fitted.shape[1]
    rows += [[value] * n_columns for value in (0.0, -0.0, 1e30, -1e30, 1e300, np.inf, -np.inf, np.nan)]
    middle = list(np.median(np.nan_to_num(fitted), axis=0))
    for column, borders in sorted(model.get_borders().items())[:2]:
        for border in borders[:2]:
            single = np.float32(border)
            for value in (
                single,
                np.nextafter(single, np.float32(-9)),
                np.nextafter(single, np.float32(9)),
                float(border) * (1 + 2e-9),
            ):
                rows.append([*middle[:column], float(value), *middle[column + 1 :]])
    return rows


def plain(rows: list[list[Any]]) -> list[list[Any]]:
    """What JSON has no word for is written as a text."""

    def cell(value: Any) -> Any:
        if isinstance(value, float) and not np.isfinite(value):
            return {"nan": None}.get(str(value), str(value))
        return value

    return [[cell(value) for value in row] for row in rows]


def bits(values: Any) -> list[list[str]]:
    """Doubles as their bits."""
    table = np.asarray(values, dtype=float)
    table = table.reshape(len(table), -1)
    return [[struct.pack(">d", value).hex() for value in row] for row in table]


def shorten(model: Any) -> None:
    """Leaves of what was written beside the trees what is needed to answer; one model keeps all."""
    metadata = model.get_metadata()
    for key in ("training", "output_options", "train_finish_time", "catboost_version_info", "model_guid"):
        if key in list(metadata.keys()):
            del metadata[key]
    metadata["params"] = json.dumps({"loss_function": json.loads(metadata["params"])["loss_function"]})


def case(
    name: str,
    model: Any,
    rows: list[list[Any]],
    table: Any = None,
    files: tuple[str, ...] = ("cbm",),
    core: Any = None,
) -> dict[str, Any]:
    core = core or model
    if name != "binary":
        shorten(core)
    folder = HERE / NAME
    names = []
    for ending in files if NAME == "catboost" else files[:1]:
        path = folder / f"{name}.{ending}"
        if ending == "cbm":
            core.save_model(str(path))
        elif ending == "json":
            core.save_model(str(path), format="json")
            # Every number stays as it was written.
            path.write_text(re.sub(r"\n\s*", "", path.read_text()))
        elif ending == "joblib":
            joblib.dump(model, path)
        else:
            path.write_bytes(pickle.dumps(model, protocol=4))
        names.append(path.name)
    given = np.array(rows, dtype=float) if table is None else table(rows)
    item: dict[str, Any] = {
        "name": name,
        "files": names,
        "rows": plain(rows),
        "features": core.feature_names_,
    }
    behind = given if core is model else model[:-1].transform(given)
    raw = CatBoost.predict(core, behind, prediction_type="RawFormulaVal")
    item["raw"] = bits(raw)
    if str(core.get_param("loss_function")).startswith(SEVERAL_LABELS):
        item["values"] = model.predict(given).tolist()
    elif isinstance(core, CatBoostClassifier):
        item["labels"] = [
            label if isinstance(label, str) else label.item() for label in np.ravel(model.predict(given))
        ]
        item["classes"] = [label if isinstance(label, str) else label.item() for label in core.classes_]
        item["probabilities"] = model.predict_proba(given).tolist()
    else:
        values = np.reshape(model.predict(given), (len(rows), -1))
        # Most are as they are.
        if bits(values) != item["raw"]:
            item["values"] = values.tolist()
    return item


def several_labels(x: np.ndarray, options: dict[str, Any]) -> list[dict[str, Any]]:
    """A label for each number: 1 from a number above zero on, or from another probability."""
    labels = np.stack([x[:, 0] > 0, x[:, 1] + x[:, 2] > 0, x[:, 3] > 1], axis=1).astype(int)
    found = []
    for name, loss in zip(["several_labels", "several_shares"], SEVERAL_LABELS, strict=True):
        model = CatBoostClassifier(iterations=4, depth=2, loss_function=loss, **options).fit(x, labels)
        if name == "several_shares":
            model.set_probability_threshold(0.6)
        found.append(case(name, model, asked_numbers(model, x), files=("cbm", "json", "pkl")))
    return found


def cases() -> list[dict[str, Any]]:
    options: dict[str, Any] = {
        "verbose": False,
        "allow_writing_files": False,
        "random_seed": 1,
        "thread_count": 1,
    }
    x = numbers(1, 4)
    score = x[:, 0] + x[:, 1] ** 2 - x[:, 2] * 0.5
    two = (score > 0.6).astype(int)
    three = np.digitize(score, [0.0, 1.0])
    missing = x.copy()
    missing[::5, 0] = np.nan
    missing[1::5, 1] = np.nan
    found = []

    def numeric(name: str, model: Any, target: Any, given: np.ndarray = x, **more: Any) -> None:
        core = more.get("core") or model
        model.fit(given, target)
        found.append(case(name, model, asked_numbers(core, given), **more))

    every = ("cbm", "json", "pkl", "joblib")
    numeric("binary", CatBoostClassifier(iterations=5, depth=4, **options), two, files=every)
    numeric("nan_min", CatBoostClassifier(iterations=8, depth=3, nan_mode="Min", **options), two, missing)
    numeric(
        "nan_max",
        CatBoostRegressor(iterations=8, depth=3, nan_mode="Max", **options),
        score,
        missing,
        files=("cbm", "json", "pkl"),
    )
    numeric("depthwise", CatBoostRegressor(iterations=3, depth=4, grow_policy="Depthwise", **options), score)
    numeric(
        "lossguide",
        CatBoostClassifier(iterations=3, depth=8, max_leaves=12, grow_policy="Lossguide", **options),
        np.where(two, "yes", "no"),
        files=("cbm", "json"),
    )
    numeric(
        "lossguide_three",
        CatBoostClassifier(
            iterations=4, max_leaves=6, grow_policy="Lossguide", loss_function="MultiClass", **options
        ),
        three,
        files=("cbm", "json"),
    )
    numeric(
        "multiclass",
        CatBoostClassifier(iterations=6, depth=3, loss_function="MultiClass", **options),
        np.array(["c", "a", "b"])[three],
        files=("cbm", "json", "pkl"),
    )
    numeric(
        "one_vs_all",
        CatBoostClassifier(iterations=6, depth=3, loss_function="MultiClassOneVsAll", **options),
        three * 2.5,
        files=("cbm", "json"),
    )
    numeric(
        "cross_entropy",
        CatBoostClassifier(iterations=4, depth=3, loss_function="CrossEntropy", **options),
        1 / (1 + np.exp(-score)),
    )
    numeric("truths", CatBoostClassifier(iterations=4, depth=2, **options), two == 1, files=("cbm", "json"))
    numeric(
        "poisson",
        CatBoostRegressor(iterations=6, depth=3, loss_function="Poisson", **options),
        np.abs(score).round(),
        files=("cbm", "pkl"),
    )
    numeric(
        "quantile",
        CatBoostRegressor(iterations=6, depth=3, loss_function="Quantile:alpha=0.8", **options),
        score,
        files=("cbm",),
    )
    numeric(
        "several_targets",
        CatBoostRegressor(iterations=5, depth=3, loss_function="MultiRMSE", **options),
        np.column_stack([score, x[:, 3], score * 2]),
        files=("cbm", "json"),
    )
    if NAME == "catboost":
        numeric(
            "uncertain",
            CatBoostRegressor(iterations=6, depth=3, loss_function="RMSEWithUncertainty", **options),
            score,
            files=("cbm", "pkl"),
        )
        numeric(
            "quantiles",
            CatBoostRegressor(
                iterations=5, depth=3, loss_function="MultiQuantile:alpha=0.1,0.5,0.9", **options
            ),
            score,
            files=("cbm",),
        )
    numeric(
        "shallow",
        CatBoostRegressor(iterations=3, depth=1, **options),
        np.sign(x[:, 0]),
        files=("cbm", "json"),
    )

    threshold = CatBoostClassifier(iterations=5, depth=3, **options).fit(x, two)
    if hasattr(threshold, "set_probability_threshold"):
        threshold.set_probability_threshold(0.8)
        found.append(case("threshold", threshold, asked_numbers(threshold, x), files=("cbm", "pkl")))

    scaled = CatBoostRegressor(iterations=5, depth=3, **options).fit(x, score)
    scaled.set_scale_and_bias(0.75, 2.125)
    found.append(case("scaled", scaled, asked_numbers(scaled, x), files=("cbm", "json")))

    ranker = CatBoostRanker(iterations=5, depth=3, loss_function="YetiRank", **options)
    ranker.fit(Pool(x, two, group_id=np.arange(N_ROWS) // 10))
    found.append(case("ranker", ranker, asked_numbers(ranker, x), files=("cbm", "pkl")))

    bare = CatBoost({"iterations": 5, "depth": 3, "loss_function": "RMSE", **options}).fit(x, score)
    found.append(case("bare", bare, asked_numbers(bare, x), files=("pkl",)))

    named = pd.DataFrame(x, columns=["a", "b", "c", "d"])
    piped = make_pipeline(StandardScaler(), CatBoostClassifier(iterations=5, depth=3, **options)).fit(
        named.to_numpy(), two
    )
    rows = [list(row) for row in x[:8]]
    found.append(case("piped", piped, rows, files=("joblib",), core=piped[-1]))

    found += several_labels(x, options)

    table, likely = frame()
    texts = ["city", "shop", "plan", "note"]

    def asked(rows: list[list[Any]]) -> pd.DataFrame:
        given = pd.DataFrame(rows, columns=list(table.columns))
        return given.astype({"age": float, "shop": object})

    rows = [list(row) for row in table.iloc[:8].astype(object).to_numpy()]
    rows += [
        [0.1, "Atlantis", 2, "pro", "same"],
        [np.inf, "Paris", 999, "basic", "other"],
        [-np.inf, "", -3, "", ""],
        [np.nan, CITIES[-1], 0, "plus", "same"],
        [0.5, "Łódź", 7, "Plus", "same"],
    ]

    def textual(name: str, model: Any, target: Any, **more: Any) -> None:
        model.fit(table, target, cat_features=texts)
        found.append(case(name, model, rows, asked, **more))

    textual(
        "one_hot",
        CatBoostClassifier(iterations=8, depth=4, one_hot_max_size=20, **options),
        likely > 0.5,
        files=every,
    )
    textual(
        "one_hot_grown",
        CatBoostRegressor(iterations=3, depth=3, one_hot_max_size=20, grow_policy="Depthwise", **options),
        likely,
    )
    textual(
        "counted",
        CatBoostClassifier(iterations=8, depth=4, one_hot_max_size=2, max_ctr_complexity=1, **options),
        (likely > 0.5).astype(int),
        files=every,
    )
    textual(
        "combined",
        CatBoostClassifier(iterations=6, depth=4, one_hot_max_size=3, max_ctr_complexity=3, **options),
        np.digitize(likely, [0, 1]),
        files=("cbm", "json"),
    )
    kinds = [
        "Borders:TargetBorderCount=3",
        "Buckets:TargetBorderCount=3",
        "BinarizedTargetMeanValue:TargetBorderCount=3",
        "Counter",
    ]
    for kind in kinds:
        name = "kind_" + kind.split(":")[0].lower()
        model = CatBoostRegressor(
            iterations=5,
            depth=3,
            one_hot_max_size=2,
            max_ctr_complexity=2,
            simple_ctr=[kind],
            combinations_ctr=[kind],
            **options,
        )
        textual(name, model, likely, files=("cbm", "json") if "Buckets" in kind else ("cbm",))
    return found


def main() -> None:
    (HERE / NAME).mkdir(exist_ok=True)
    found = cases()
    text = ",\n".join(json.dumps(item, ensure_ascii=False) for item in found)
    (HERE / f"{NAME}.json").write_text(f"[\n{text}\n]\n")
    print(catboost.__version__, len(found), "models")


if __name__ == "__main__":
    main()
