"""A model written as ONNX answers in ONNX Runtime as it does here, or what cannot be written is named."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from iris_py import ModelError, Predictor

TESTDATA = Path(__file__).parents[2] / "iris-core/testdata"
FOLDERS = ["pickles", "trees", "transformers", "xgboost", "lightgbm", "catboost", "composites", "others"]

# Every file of these is written; of the others, which hold every step there is, some are not.
ALWAYS = {
    "pickles": ["logisticregression", "linearregression", "ridge", "lasso", "linearsvc", "sgdclassifier"],
    "trees": ["decisiontree", "randomforest", "extratrees", "gradientboosting"],
}


def files() -> list[Path]:
    folders = (TESTDATA / folder for folder in FOLDERS)
    return sorted(
        path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()
    )


def written(path: Path) -> tuple[Predictor, bytes] | None:
    """The model and its ONNX file; None where the file is no model, or one that ONNX cannot say."""
    try:
        predictor = Predictor.load(path.read_bytes())
    except (ModelError, ValueError):
        return None
    try:
        return predictor, predictor.to_onnx()
    except ModelError as error:
        assert "cannot be written as ONNX" in str(error), f"{path.name}: {error}"
        return None


def rows(predictor: Predictor, n: int = 200) -> np.ndarray:
    """Rows where the trees ask and where they do not, those that the model refuses left out."""
    width = predictor.n_features_in_
    generator = np.random.default_rng(7)
    drawn = [generator.normal(0, scale, (n, width)) for scale in (0.5, 3, 30)]
    whole = generator.integers(-3, 12, (n, width)).astype(float)
    return np.concatenate([*drawn, whole, np.abs(np.concatenate(drawn))])


def answered(file: bytes, x: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"X": x}), strict=True))


def hold(predictor: Predictor, found: dict[str, np.ndarray], x: np.ndarray, name: str) -> None:
    """Labels are equal but where two classes are as near as single precision tells."""
    if "variable" in found:
        expected = np.asarray(predictor.predict(x)).reshape(len(x), -1)
        scale = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(found["variable"], expected, rtol=2e-6, atol=2e-6 * scale, err_msg=name)
        return
    expected, labels = np.asarray(predictor.predict(x)), found["label"]
    differ = np.flatnonzero(expected.astype(str) != np.asarray(labels).astype(str))
    if "probabilities" in found:
        shares = predictor.predict_proba(x)
        np.testing.assert_allclose(found["probabilities"], shares, rtol=2e-6, atol=2e-6, err_msg=name)
        two = np.sort(shares[differ], axis=1)[:, -2:]
        assert np.all(two[:, 1] - two[:, 0] < 1e-6), f"{name}: {len(differ)} labels differ"
        return
    assert len(differ) == 0, f"{name}: {len(differ)} labels differ"
    if "scores" in found:
        scores = np.asarray(predictor.decision_function(x)).reshape(len(x), -1)
        scale = max(1.0, np.abs(scores).max())
        np.testing.assert_allclose(found["scores"], scores, rtol=2e-6, atol=2e-6 * scale, err_msg=name)


def test_what_is_written_answers_the_same() -> None:
    n_written, refused = 0, []
    for path in files():
        pair = written(path)
        if pair is None:
            refused.append(path.name)
            continue
        predictor, file = pair
        onnx.checker.check_model(file)
        x = rows(predictor)
        try:
            hold(predictor, answered(file, x), x, path.name)
        except ValueError as error:
            pytest.fail(f"{path.name}: {error}")
        n_written += 1
    assert n_written > 150, f"{n_written} written"
    for folder, names in ALWAYS.items():
        for name in names:
            of_name = {path.name for path in (TESTDATA / folder).iterdir() if path.name.startswith(name)}
            assert of_name and not of_name & set(refused), f"{folder}/{name}: {of_name & set(refused)}"


def test_missing_values_go_where_they_go_here() -> None:
    n = 0
    for path in files():
        pair = written(path)
        if pair is None:
            continue
        predictor, file = pair
        x = rows(predictor, 20)
        x[::2, 0] = math.nan
        try:
            predictor.predict(x)
        except ValueError:
            continue
        hold(predictor, answered(file, x), x, path.name)
        n += 1
    assert n > 10, n


def test_a_file_names_its_operators_versions_and_what_it_is() -> None:
    model = onnx.load_from_string(Predictor().to_onnx())
    assert {opset.domain: opset.version for opset in model.opset_import} == {"": 13, "ai.onnx.ml": 3}
    told = {property.key: property.value for property in model.metadata_props}
    assert json.loads(told["iris.feature_names"]) == Predictor().feature_names_in_.tolist()
    assert (told["iris.name"], told["iris.version"]) == (Predictor().name, Predictor().version)


@pytest.mark.parametrize(
    ("folder", "start", "what"),
    [
        ("texts", "spam_filter.joblib", "columns of texts"),
        ("others", "calibratedclassifiercv", "neither linear nor of trees"),
    ],
)
def test_what_cannot_be_said_is_named(folder: str, start: str, what: str) -> None:
    paths = [path for path in (TESTDATA / folder).iterdir() if path.name.startswith(start)]
    assert paths
    with pytest.raises(ModelError, match=what):
        Predictor.load(paths[0].read_bytes()).to_onnx()
