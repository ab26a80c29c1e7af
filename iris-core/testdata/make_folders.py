"""Makes the folders and the pairs of files that people keep: what MLflow saves, and what goes before models.

`python make_folders.py` with mlflow==3.17.2, scikit-learn==1.9.1, skops==0.16.0 and pandas writes `folders/`.
What MLflow writes beside the model, its `MLmodel` aside, is left out; nobody reads it.
"""

from __future__ import annotations

import json
import pickle
import shutil
import tarfile
from pathlib import Path

import joblib
import mlflow.sklearn
import numpy as np
import sklearn
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

FOLDER = Path(__file__).parent / "folders"
IRIS = load_iris(as_frame=True)
SPECIES = IRIS.target_names[IRIS.target]


def mlflow_folders(model: object) -> None:
    """The same model in each of MLflow's formats, fitted without names but with them in the signature."""
    signature = infer_signature(IRIS.data, SPECIES)
    for kind in ("cloudpickle", "pickle"):
        path = FOLDER / f"mlflow_{kind}"
        mlflow.sklearn.save_model(
            model, path, signature=signature, serialization_format=kind, pip_requirements=["scikit-learn"]
        )
        for file in path.iterdir():
            if file.name not in ("MLmodel", "model.pkl"):
                shutil.rmtree(file) if file.is_dir() else file.unlink()


def archive(path: Path, names: dict[str, Path]) -> None:
    """A `model.tar.gz` as SageMaker has it."""
    with tarfile.open(path, "w:gz") as tar:
        for name, file in names.items():
            tar.add(file, arcname=name)


def main() -> None:
    """Writes every file."""
    assert sklearn.__version__ == "1.9.1"
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    scaler = StandardScaler().fit(IRIS.data)
    encoder = LabelEncoder().fit(SPECIES)
    numbers = encoder.transform(SPECIES)
    model = LogisticRegression(C=0.5).fit(scaler.transform(IRIS.data), numbers)
    (FOLDER / "pair").mkdir()
    joblib.dump(scaler, FOLDER / "pair" / "preprocessor.joblib", compress=3)
    (FOLDER / "pair" / "model.pkl").write_bytes(pickle.dumps(model))
    (FOLDER / "pair" / "label_encoder.pkl").write_bytes(pickle.dumps(encoder, protocol=2))
    unnamed = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(IRIS.data.to_numpy(), SPECIES)
    mlflow_folders(unnamed)
    saved = FOLDER / "mlflow_pickle" / "model.pkl"
    archive(FOLDER / "model.tar.gz", {"./model.pkl": saved, "./code/inference.py": Path(__file__)})
    rows = np.vstack([IRIS.data.to_numpy()[::10], IRIS.data.to_numpy()[:3] * 2])
    answers = {
        "rows": rows.tolist(),
        "labels": encoder.inverse_transform(model.predict(scaler.transform(rows))).tolist(),
        "probabilities": model.predict_proba(scaler.transform(rows)).tolist(),
    }
    (FOLDER / "answers.json").write_text(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main()
