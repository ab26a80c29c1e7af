"""Makes the test data: scikit-learn's answers for iris.onnx and for models that skl2onnx exports.

`python make_cases.py` writes every file; `--check` compares the committed ones with fresh ones instead.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.impute import SimpleImputer

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "models"))

import estimators  # noqa: E402  (make_iris, which it needs too, is found only from here on)
import make_iris  # noqa: E402
import regressors  # noqa: E402

Rows = NDArray[np.float64]
Labels = NDArray[Any]
Case = estimators.Case | regressors.Case

SEED = 20260101
N_RANDOM_ROWS = 100_000
# The range of the data, widened by one range on each side: what a model meets when its inputs are off.
LOW = np.array([0.7, -0.4, -4.9, -2.3])
HIGH = np.array([11.5, 6.8, 12.8, 4.9])
# A probability in 6 bytes: 2^47 still fits in 48 bits, and 2^-47 is finer than any tolerance in use.
PROBABILITY_UNIT = 2.0**-47
RECORD = np.dtype([("class", "u1"), ("p0", "u1", 6), ("p1", "u1", 6)])

# How far apart scikit-learn and an exported file may be when they compute the same thing in other roundings.
NOISE = {"double": 1e-9, "float": 1e-4}
# How far apart a fresh fit and the committed one may be; an f32 may round to its neighbour.
DRIFT = {"double": 1e-9, "float": 1e-6}
FOLDERS = ("onnx", "regressors", "branches")
EXPECTED = ("estimators.json", "regressors.json", "branches.json")


def uniforms(seed: int, count: int) -> Rows:
    """SplitMix64's numbers in [0, 1): its n-th state needs no loop, its code is short in any language."""
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def random_rows(count: int, low: Rows = LOW, high: Rows = HIGH) -> Rows:
    """The first rows of the one random sequence that all test data is drawn from."""
    return low + (high - low) * uniforms(SEED, count * len(low)).reshape(count, len(low))


def test_rows(case: Case) -> Rows:
    """Rows of the data, then random ones; for an imputer, every third lacks one value and some lack two."""
    if isinstance(case, regressors.Case):
        data = regressors.load()[0]
        spread = np.ptp(data, axis=0)
        outside = random_rows(4, data.min(axis=0) - spread, data.max(axis=0) + spread)
        x = np.vstack([data[:420:70], outside])
    else:
        x = np.vstack([make_iris.load()[0][:140:7], random_rows(10)])
    if case.has_imputer:
        for i in range(1, len(x), 3):
            x[i, case.imputed[i % len(case.imputed)]] = np.nan
        x[4::12, case.imputed[-1]] = np.nan
    return x


def run(case: Case, model: onnx.ModelProto, x: Rows) -> list[Any]:
    """What the exported file itself gives."""
    x = x.astype({"float": np.float32, "double": np.float64}[case.dtype])
    feed = {"X": x}
    if isinstance(case, estimators.Case) and case.one_input_per_feature:
        feed = {feature: x[:, [i]] for i, feature in enumerate(make_iris.FEATURES)}
    if case.has_imputer and case.dtype == "double":  # onnxruntime has no such kernel
        return ReferenceEvaluator(model).run(None, feed)
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3  # skl2onnx declares two columns where a binary LinearSVC gives one
    return onnxruntime.InferenceSession(model.SerializeToString(), settings).run(None, feed)


def run_classifier(case: estimators.Case, model: onnx.ModelProto, x: Rows) -> tuple[Labels, Rows]:
    """The labels and the probabilities, or scores, that the exported file itself gives."""
    labels, scores = run(case, model, x)
    if isinstance(scores, list):
        scores = np.array([list(row.values()) for row in scores])
    return np.asarray(labels), np.asarray(scores, dtype=np.float64)


def columns(values: Rows) -> Rows:
    """A table: scikit-learn gives the scores of two classes, and one target, as a plain vector."""
    return values.reshape(len(values), -1)


def plain(table: Rows) -> list[list[float | None]]:
    """A table as JSON can hold it, with null for a missing value."""
    return [[None if np.isnan(value) else value for value in row] for row in table.tolist()]


def imputers(estimator: BaseEstimator) -> list[SimpleImputer]:
    """The imputers within pipelines and column transformers."""
    if isinstance(estimator, SimpleImputer):
        return [estimator]
    inner = [step for _, step in getattr(estimator, "steps", [])]
    inner += [part for _, part, _ in getattr(estimator, "transformers_", [])]
    return [imputer for part in inner for imputer in imputers(part)]


def round_means(case: Case, estimator: BaseEstimator) -> None:
    """Gives the imputers the means that a double file has: ONNX stores them as f32 whatever the input."""
    if case.dtype == "double":
        for imputer in imputers(estimator):
            imputer.statistics_ = imputer.statistics_.astype(np.float32).astype(np.float64)


def record(
    case: estimators.Case, estimator: ClassifierMixin, model: onnx.ModelProto
) -> tuple[dict[str, Any], str | None]:
    """The expected answers to the test rows, and how the file's own differ from scikit-learn's, if they do.

    A file is the contract of whoever runs it, so where it says something else than the estimator it was made
    from, the file's answers are expected and scikit-learn's stand next to them.
    """
    x = test_rows(case)
    round_means(case, estimator)
    labels = estimator.predict(x)
    decision = columns(estimator.decision_function(x))
    probabilities = estimator.predict_proba(x) if hasattr(estimator, "predict_proba") else None
    file_labels, file_scores = run_classifier(case, model, x)
    expected = decision if probabilities is None else probabilities
    deviation = np.abs(file_scores[:, -expected.shape[1] :] - expected) / max(1.0, np.abs(expected).max())
    n_labels = int(np.count_nonzero(file_labels != labels))
    answer = {
        "file": case.file,
        "estimator": case.title,
        "input": case.dtype,
        "oracle": "scikit-learn",
        "classes": estimator.classes_.tolist(),
        "rows": plain(x),
        "labels": labels.tolist(),
        "decision_function": plain(decision),
        "probabilities": None if probabilities is None else plain(probabilities),
    }
    if n_labels == 0 and deviation.max() <= NOISE[case.dtype]:
        return answer, None
    answer["scikit_learn"] = {"labels": answer["labels"], "probabilities": answer["probabilities"]}
    answer |= {"oracle": "onnxruntime", "labels": file_labels.tolist()}
    answer["probabilities"] = None if probabilities is None else plain(file_scores)
    return answer, f"{case.file}: {n_labels} labels differ, scores by up to {deviation.max():.2g}"


def record_regressor(
    case: regressors.Case, estimator: RegressorMixin, model: onnx.ModelProto
) -> tuple[dict[str, Any], str | None]:
    """scikit-learn's answers to the test rows, and a remark if the file's own are others."""
    x = test_rows(case)
    round_means(case, estimator)
    values = columns(estimator.predict(x))
    answer = {
        "file": case.file,
        "estimator": case.title,
        "input": case.dtype,
        "oracle": "scikit-learn",
        "targets": values.shape[1],
        "rows": plain(x),
        "values": plain(values),
    }
    (file_values,) = run(case, model, x)
    if file_values.shape != values.shape:
        return answer, f"{case.file}: gives {file_values.shape}"
    deviation = (np.abs(file_values - values) / np.maximum(1.0, np.abs(values).max(axis=0))).max()
    if deviation <= NOISE[case.dtype]:
        return answer, None
    return answer, f"{case.file}: values differ by up to {deviation:.2g}"


def regressor_files() -> tuple[dict[str, bytes], list[str]]:
    """The exported regressors with their expected answers, and remarks on what differs."""
    files: dict[str, bytes] = {}
    records: list[dict[str, Any]] = []
    remarks: list[str] = []
    for case in regressors.cases():
        estimator = regressors.fit(case)
        try:
            model = regressors.export(case, estimator)
        except AttributeError as reason:  # an intercept that is no array
            remarks.append(f"{case.file}: skl2onnx fails: {reason}")
            continue
        answer, remark = record_regressor(case, estimator, model)
        files[f"regressors/{case.file}"] = model.SerializeToString(deterministic=True)
        records.append(answer)
        remarks += [remark] if remark else []
    files["regressors.json"] = lines("[", [to_json(answer) for answer in records], "]")
    return files, remarks


def branch_files() -> tuple[dict[str, bytes], list[str]]:
    """What preprocesses columns in different ways: classifiers and regressors, each recorded as its kind."""
    files: dict[str, bytes] = {}
    records: list[tuple[dict[str, Any], str | None]] = []
    for case in estimators.branched_cases():
        classifier = estimators.fit(case)
        model = estimators.export(case, classifier, case.zipmap)
        files[f"branches/{case.file}"] = model.SerializeToString(deterministic=True)
        records.append(record(case, classifier, model))
    for case in regressors.branched_cases():
        regressor = regressors.fit(case)
        model = regressors.export(case, regressor)
        files[f"branches/{case.file}"] = model.SerializeToString(deterministic=True)
        records.append(record_regressor(case, regressor, model))
    files["branches.json"] = lines("[", [to_json(answer) for answer, _ in records], "]")
    return files, [remark for _, remark in records if remark]


def estimator_files() -> tuple[dict[str, bytes], list[str]]:
    """The exported models with their expected answers, and remarks on what was refused or differs."""
    files: dict[str, bytes] = {}
    records: list[dict[str, Any]] = []
    remarks: list[str] = []
    for case in estimators.cases():
        estimator = estimators.fit(case)
        try:
            model = estimators.export(case, estimator, case.zipmap)
        except NotImplementedError as reason:
            remarks.append(f"{case.file}: skl2onnx refuses: {reason}")
            continue
        # ZipMap takes no doubles, so a file with both, though skl2onnx makes it, is run without its ZipMap.
        runnable = estimators.export(case, estimator, case.zipmap and case.dtype == "float")
        answer, remark = record(case, estimator, runnable)
        files[f"onnx/{case.file}"] = model.SerializeToString(deterministic=True)
        records.append(answer)
        remarks += [remark] if remark else []
    files["estimators.json"] = lines("[", [to_json(answer) for answer in records], "]")
    return files, remarks


def flowers_file(model: ClassifierMixin) -> bytes:
    """scikit-learn's answers for the flowers it was fitted on."""
    x = make_iris.load()[0]
    answers = make_iris.golden(model, x)
    head = to_json({"description": "scikit-learn's answers of the model in iris.onnx, one flower a line"})
    keys = {"inputs": "features", "labels": "label"}
    rows = zip(*answers.values(), strict=True)
    cases = [to_json(dict(zip([keys.get(key, key) for key in answers], row, strict=True))) for row in rows]
    return lines(head[:-1] + ', "cases": [', cases, "]}")


def random_files(model: ClassifierMixin) -> dict[str, bytes]:
    """scikit-learn's answers for the random rows, packed, and the first rows themselves."""
    x = random_rows(N_RANDOM_ROWS)
    records = np.zeros(len(x), RECORD)
    records["class"] = np.searchsorted(model.classes_, model.predict(x))
    units = np.rint(model.predict_proba(x)[:, :2] / PROBABILITY_UNIT).astype("<u8")
    for k, field in enumerate(("p0", "p1")):
        records[field] = np.ascontiguousarray(units[:, k]).view("u1").reshape(-1, 8)[:, :6]
    return {
        "random_rows.bin": records.tobytes(),
        "random_rows_head.json": lines("[", [to_json(row) for row in x[:5].tolist()], "]"),
    }


def unpack(data: bytes) -> tuple[NDArray[np.uint8], Rows]:
    """The class and the probabilities of the first two classes in each record of random_rows.bin."""
    records = np.frombuffer(data, RECORD)
    weights = 256.0 ** np.arange(6) * PROBABILITY_UNIT
    return records["class"], np.column_stack([records["p0"] @ weights, records["p1"] @ weights])


def to_json(value: Any) -> str:
    """One line, with floats at full precision."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def lines(head: str, items: Sequence[str], tail: str) -> bytes:
    """A JSON text with one item a line, so that a diff shows which changed."""
    return "\n".join([head, ",\n".join(items), tail, ""]).encode()


def differences(name: str, committed: bytes, fresh: bytes) -> list[str]:
    """How one committed file differs from a fresh one beyond rounding."""
    if name.endswith(".onnx"):
        models = [make_iris.to_plain(onnx.load_model_from_string(data)) for data in (committed, fresh)]
        return make_iris.differences(*models, DRIFT["float" if "_float" in name else "double"])
    if name.endswith(".bin"):
        (classes, probabilities), (fresh_classes, fresh_probabilities) = unpack(committed), unpack(fresh)
        same = np.array_equal(classes, fresh_classes)
        same = same and np.allclose(probabilities, fresh_probabilities, rtol=0, atol=DRIFT["double"])
        return [] if same else ["the packed answers differ"]
    values = [json.loads(data) for data in (committed, fresh)]
    if name not in EXPECTED or len(values[0]) != len(values[1]):
        return make_iris.differences(*values, DRIFT["double"])
    found: list[str] = []
    for one, other in zip(*values, strict=True):
        own = (
            other["oracle"] == "onnxruntime"
        )  # its f32 kernels differ between CPUs, scikit-learn's f64 hardly
        found += make_iris.differences(one, other, DRIFT[other["input"] if own else "double"], other["file"])
    return found


def build() -> tuple[dict[str, bytes], list[str]]:
    """Every file by its path in this folder, and the remarks."""
    model = make_iris.fit()
    files = {"flowers.json": flowers_file(model), **random_files(model)}
    remarks: list[str] = []
    for made, remarked in (estimator_files(), regressor_files(), branch_files()):
        files |= made
        remarks += remarked
    return files, remarks


def check(files: Mapping[str, bytes]) -> int:
    """Compares the folder with fresh files; gives the exit status."""
    found = [
        f"{path.name}: not made by the script"
        for folder in FOLDERS
        for path in HERE.glob(f"{folder}/*")
        if f"{folder}/{path.name}" not in files
    ]
    for name, fresh in files.items():
        path = HERE / name
        lines = differences(name, path.read_bytes(), fresh) if path.exists() else ["missing"]
        found += [f"{name} {line}" for line in lines]
    return make_iris.report("testdata", found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes or checks the files."""
    parser = argparse.ArgumentParser(description="Make the test data of iris-core.")
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed files, write nothing"
    )
    checking = parser.parse_args(arguments).check
    files, remarks = build()
    if checking:
        return check(files)
    for name, content in files.items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    print(f"wrote {len(files)} files", *remarks, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
