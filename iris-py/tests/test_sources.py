"""Where a model may come from: several files, a folder, an entry of a dict."""

from __future__ import annotations

import pickle
import tarfile
from pathlib import Path

import joblib
import numpy as np
import pytest
from iris_py import ModelError, Predictor
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

X, Y = load_iris(return_X_y=True)
SPECIES = np.array(["setosa", "versicolor", "virginica"])[Y]
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, SPECIES)


def same(predictor: Predictor) -> None:
    assert (predictor.predict(X) == MODEL.predict(X)).all()
    np.testing.assert_allclose(predictor.predict_proba(X), MODEL.predict_proba(X), rtol=1e-9)


def test_files_are_joined_and_an_encoder_gives_the_labels_back(tmp_path: Path) -> None:
    scaler, encoder = StandardScaler().fit(X), LabelEncoder().fit(SPECIES)
    model = LogisticRegression().fit(scaler.transform(X), encoder.transform(SPECIES))
    paths = [tmp_path / name for name in ("scaler.joblib", "model.pkl", "labels.pkl")]
    for estimator, path in zip((scaler, model, encoder), paths, strict=True):
        joblib.dump(estimator, path)
    joined = Predictor.load(paths)
    same(joined)
    same(pickle.loads(pickle.dumps(joined)))
    joined.save(tmp_path / "model.iris")
    same(Predictor.load(tmp_path / "model.iris"))
    with pytest.raises(ModelError, match="no file"):
        Predictor.load([])


def test_a_folder_and_an_archive_of_one(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    joblib.dump(MODEL, folder / "model.joblib")
    same(Predictor.load(folder))
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model.joblib", "model.joblib")
    same(Predictor.load(tmp_path / "model.tar.gz"))
    joblib.dump(MODEL, folder / "model.pkl")
    with pytest.raises(ModelError, match=r"model\.pkl"):
        Predictor.load(folder)


def test_an_entry_of_a_dict(tmp_path: Path) -> None:
    path = tmp_path / "held.pkl"
    joblib.dump({"model": MODEL, "threshold": 0.3}, path)
    same(Predictor.load(f"{path}#model"))
    same(pickle.loads(pickle.dumps(Predictor.load(f"{path}#model"))))
    with pytest.raises(ModelError, match=r"the keys 'model'"):
        Predictor.load(path)
