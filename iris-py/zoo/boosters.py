"""What boosters answer beside scikit-learn's methods, and their own files with what is expected of those."""

import importlib.util
import re
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import is_classifier

from frames import kinds, to_table
from sift import finite, sift


def _version(name):
    return importlib.import_module(name).__version__ if importlib.util.find_spec(name) else None


VERSIONS = {name: _version(name) for name in ("xgboost", "lightgbm", "catboost")}
EXPLAINED = 12
"""Rows of which contributions are asked, of each file."""
CLASSES = ("XGB", "LGBM", "CatBoost")
"""How the names of their classes begin."""
MARGINS = {
    "xgboost": {"output_margin": True},
    "lightgbm": {"raw_score": True},
    "catboost": {"prediction_type": "RawFormulaVal"},
}


def completed(said, estimator, table):
    """Answers of scikit-learn's methods with those of a booster, if it is one."""
    more = answers(estimator, table)
    return {**(_probable(said) if more else said), **more}


def answers(estimator, table):
    """The margin of a booster, alone or behind steps: `decision_function` of classes, else `margin`."""
    keywords = MARGINS.get(_library(_last(estimator)))
    if type(estimator).__name__ == "HistGradientBoostingRegressor":
        return {"margin": estimator._raw_predict(table).ravel().tolist()}
    if keywords is None:
        return {}
    if type(_last(estimator)).__name__ == "CatBoostRanker":
        # Its prediction is the margin, and nothing else can be asked.
        keywords = {}
    margin = np.asarray(estimator.predict(table, **keywords))
    said = {"decision_function" if is_classifier(estimator) else "margin": margin.tolist()}
    if _library(_last(estimator)) == "catboost" and is_classifier(estimator):
        labels = np.asarray(estimator.predict(table))
        # It has a column of labels where there are more than two.
        said["predict"] = (labels[:, 0] if labels.shape[1:] == (1,) else labels).tolist()
    return said


def asking(estimator, table, rows):
    """Rows as the library is asked. XGBoost's categories have the codes with which it was fitted."""
    columns = kinds(table)
    asked = to_table(columns, rows)
    for name, kind in columns or []:
        if kind == "category" and _library(estimator) == "xgboost":
            categories = table[name].cat.categories.tolist()
            if not asks_codes(estimator, table):
                # It knows the names, and is told others, which it refuses.
                categories += [each for each in asked[name].cat.categories if each not in categories]
            asked[name] = pd.Categorical(asked[name].astype(object), categories)
    return asked


def asks_codes(estimator, table):
    """Whether the file of a model will have no names of categories, so that codes have to be asked."""
    codes = any(kind == "category" for _, kind in kinds(table) or [])
    return codes and _library(estimator) == "xgboost" and _number(VERSIONS["xgboost"]) < (3, 1)


def coded(table, rows):
    """Kinds and rows with codes instead of categories; what is missing or unknown is NaN."""
    columns = kinds(table)
    codes = {
        name: {value: float(code) for code, value in enumerate(table[name].cat.categories)}
        for name, kind in columns
        if kind == "category"
    }
    rows = [
        [codes[name].get(value, np.nan) if name in codes else value for (name, _), value in zip(columns, row)]
        for row in rows
    ]
    return [[name, "float64" if name in codes else kind] for name, kind in columns], rows


def native(estimator, table, rows, stem):
    """The library's own files, with what they answer; nothing if it is no booster alone."""
    write = {"xgboost": _xgboost, "lightgbm": _lightgbm, "catboost": _catboost}.get(_library(estimator))
    if write is None:
        return []
    found = []
    for path, ask in write(estimator, table, stem):

        def fails(some, ask=ask):
            try:
                ask(asking(estimator, table, some))
            except Exception as error:
                return str(error)

        # A loaded model may go another way than the fitted one, on which infinity is refused.
        taken = [row for _, row in sift([("", row) for row in rows], fails)[0]]
        if not taken:
            raise RuntimeError(f"{path.name}, loaded again, answers nothing: {fails(rows)}")
        asked = asking(estimator, table, taken)
        said = ask(asked)
        explained = said.pop("contributions", None)
        item = {"answers": said}
        if explained is not None and finite(explained):
            item["contributions"] = explained
        if path.suffix == ".model" and kinds(table) is not None:
            # It knows columns by number only.
            item.update(columns=None, rows=asked.astype(float).to_numpy().tolist())
        elif len(taken) < len(rows):
            item["rows"] = coded(table, taken)[1] if asks_codes(estimator, table) else taken
        same = [each for each in found if {**each, "files": 0} == {**item, "files": 0}]
        if same:
            same[0]["files"].append(path.name)
        else:
            found.append({"files": [path.name], **item})
    return found


def _xgboost(estimator, _, stem):
    version = _number(VERSIONS["xgboost"])
    endings = {".model": version < (3, 1), ".json": version >= (1, 0), ".ubj": version >= (1, 6)}
    for ending in (ending for ending, there in endings.items() if there):
        path = _own(stem, ending)
        if ending == ".model" and version >= (1, 6):
            old = _own(stem, ".deprecated")
            try:
                estimator.save_model(str(old))
            except Exception:
                # It cannot hold categories, or vectors in leaves.
                continue
            old.rename(path)
        elif ending == ".ubj" and not (
            is_classifier(estimator) and str(estimator.objective).startswith("reg:")
        ):
            # As it is without the wrapper, which would add what it knows.
            estimator.get_booster().save_model(str(path))
        else:
            estimator.save_model(str(path))
        if version < (1, 0):
            yield path, partial(_bare, path, is_classifier(estimator))
            continue
        loaded = type(estimator)()
        loaded.load_model(str(path))
        # The file has these, but a loaded wrapper does not look; `set_params` would overwrite its others.
        loaded.booster, loaded.objective = estimator.booster, estimator.objective
        loaded.enable_categorical = True
        loaded.feature_types = getattr(estimator, "feature_types", None)
        yield path, partial(_loaded, loaded)


def _bare(path, classes, asked):
    """Of a file from which that version's wrapper does not learn how many classes there are."""
    from xgboost import Booster, DMatrix

    loaded = Booster()
    loaded.load_model(str(path))
    margin, values = (loaded.predict(DMatrix(asked), output_margin=only) for only in (True, False))
    said = {"predict": values, "margin": margin}
    if classes:
        shares = values if values.ndim == 2 else np.column_stack([1.0 - values, values])
        labels = values if values.ndim == 1 and margin.ndim == 2 else shares.argmax(axis=1)
        said = {"predict": labels.astype(int), "predict_proba": shares, "decision_function": margin}
        if labels is values:
            del said["predict_proba"]
    return _probable({name: answer.tolist() for name, answer in said.items()})


def _explained(explain, asked):
    """What each feature contributes, of the first rows; nothing where the library has no answer either."""
    try:
        return {"contributions": np.asarray(explain(asked[:EXPLAINED]), dtype=float).tolist()}
    except Exception:
        return {}


def _loaded(model, asked):
    """Of a model that knows its classes by number only; with what its features contribute."""
    from xgboost import DMatrix

    def explain(rows):
        rounds = getattr(model, "best_iteration", None) if "best_iteration" in booster.attributes() else None
        until = {} if rounds is None else {"iteration_range": (0, rounds + 1)}
        data = DMatrix(rows, missing=model.missing, enable_categorical=True)
        return booster.predict(data, pred_contribs=True, **until)

    booster = model.get_booster()
    if re.search(rb'"size_leaf_vector":"([2-9]|\d\d)', bytes(booster.save_raw("json"))):
        # Before 3.2 files tell no covers of such trees, and since then it explains none.
        return _answered(model, asked)
    return {**_answered(model, asked), **_explained(explain, asked)}


def _answered(model, asked):
    margin = np.asarray(model.predict(asked, output_margin=True))
    if margin.ndim == 2 and str(model.objective).startswith("binary:"):
        # Several labels a row, of which the loaded wrapper of some versions knows nothing.
        return {"predict": (margin > 0).astype(int).tolist()}
    if not is_classifier(model):
        return {"predict": np.asarray(model.predict(asked)).tolist(), "margin": margin.tolist()}
    if not hasattr(model, "n_classes_"):
        # Without the wrapper's own attributes, some versions do not count them.
        model.n_classes_ = margin.shape[1] if margin.ndim == 2 else 2
    said = {"predict_proba": np.asarray(model.predict_proba(asked)), "decision_function": margin}
    try:
        said["predict"] = np.asarray(model.predict(asked))
    except Exception:
        # In old versions the file has no names of classes, and without them there is no prediction.
        said["predict"] = said["predict_proba"].argmax(axis=1)
    return _probable({name: answer.tolist() for name, answer in said.items()})


def _probable(said):
    """Without probabilities that are none: of some objectives the wrapper hands out margins by that name."""
    shares = np.asarray(said.get("predict_proba", 0.5))
    return (
        said
        if ((shares >= 0) & (shares <= 1)).all()
        else {name: said[name] for name in said if name != "predict_proba"}
    )


def _lightgbm(estimator, _, stem):
    from lightgbm import Booster

    path = _own(stem, ".txt")
    estimator.booster_.save_model(str(path))
    loaded = Booster(model_file=str(path))

    def ask(asked):
        margin, values = loaded.predict(asked, raw_score=True), loaded.predict(asked)
        said = {"predict": values, "margin": margin}
        if is_classifier(estimator):
            shares = values if values.ndim == 2 else np.column_stack([1.0 - values, values])
            said = {"predict": shares.argmax(axis=1), "predict_proba": shares, "decision_function": margin}
        said = {name: answer.tolist() for name, answer in said.items()}
        return {**said, **_explained(explain, asked)}

    def explain(rows):
        # One array for all classes side by side.
        said = np.asarray(loaded.predict(rows, pred_contrib=True))
        several = margin_width(rows)
        return said.reshape(len(rows), several, -1) if several > 1 else said

    def margin_width(rows):
        margin = loaded.predict(rows, raw_score=True)
        return margin.shape[1] if margin.ndim == 2 else 1

    yield path, ask


def _catboost(estimator, table, stem):
    from catboost import Pool

    places = estimator.get_cat_feature_indices()
    for form in ("json", "cbm"):
        path = _own(stem, f".{form}")
        pool = Pool(table, cat_features=places) if form == "json" and places else None
        estimator.save_model(str(path), format=form, pool=pool)
        loaded = type(estimator)()
        loaded.load_model(str(path), format=form)
        methods = ["predict"] + ["predict_proba"] * is_classifier(estimator)

        def ask(asked, loaded=loaded, methods=methods):
            said = {method: np.asarray(getattr(loaded, method)(asked)).tolist() for method in methods}
            # Of texts it has statistics, which are no sums; of other trees its files tell no covers;
            # and of a mean with its variance it explains the mean alone.
            asked_for = estimator.get_all_params()
            explains = (
                not places
                and asked_for["grow_policy"] == "SymmetricTree"
                and asked_for["loss_function"] != "RMSEWithUncertainty"
            )
            explained = _explained(partial(_shap, loaded), asked) if explains else {}
            return {**said, **answers(loaded, asked), **explained}

        yield path, ask


def _shap(model, rows):
    from catboost import Pool

    return model.get_feature_importance(Pool(rows), type="ShapValues")


def _own(stem, ending):
    return stem.with_name(f"{stem.name}.own{ending}")


def _last(estimator):
    return getattr(estimator, "steps", [(None, estimator)])[-1][1]


def _library(model):
    return type(model).__module__.split(".")[0]


def _number(version):
    return tuple(int(part) for part in version.split(".")[:2])
