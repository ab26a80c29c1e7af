"""Converts cases with skl2onnx, and writes down what onnxruntime answers to the graphs.

`python graphs.py FOLDER [--only CLASS...]` writes `FOLDER/CLASS/NN.json` with the graphs beside it. It needs
skl2onnx, onnxruntime and what `make.py` needs. What has no graph is in `FOLDER/absent.json`, with the reason.
"""

import argparse
import json
import shutil
import sys
import time
import warnings
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import skl2onnx
import sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.base import is_classifier

import boosters
from cases import cases
from frames import kinds
from make import fit, takes_records, tells_apart
from rows import asked

CASES_OF_A_CLASS = 2
OPERATORS = {"": skl2onnx.__max_supported_opset__, "ai.onnx.ml": 3}
WITHIN = 1e-5
"""How near a number has to be: graphs calculate in single precision."""
VERSIONS = {
    "scikit-learn": sklearn.__version__,
    "skl2onnx": skl2onnx.__version__,
    "onnxruntime": onnxruntime.__version__,
}


def inputs(table):
    """What the graph is told of its inputs: one of all numbers, or one of each column."""
    if not isinstance(table, pd.DataFrame):
        return [("X", FloatTensorType([None, table.shape[1]]))]
    types = {"text": StringTensorType, "object": StringTensorType, "category": StringTensorType}
    return [(name, types.get(kind, FloatTensorType)([None, 1])) for name, kind in kinds(table)]


def single(table):
    """The rows as a graph takes them: numbers in single precision."""
    if not isinstance(table, pd.DataFrame):
        return np.asarray(table, dtype=np.float32)
    numbers = [name for name, kind in kinds(table) if kind not in ("text", "object", "category")]
    return table.astype(dict.fromkeys(numbers, "float32"))


def fed(table):
    """The same by the names of inputs."""
    if not isinstance(table, pd.DataFrame):
        return {"X": table}
    return {name: table[[name]].to_numpy() for name in table.columns}


def graph(estimator, table):
    """The model as a graph. Of what has no probabilities, skl2onnx does not know the option."""
    convert = partial(skl2onnx.to_onnx, estimator, initial_types=inputs(table), target_opset=OPERATORS)
    if is_classifier(estimator) and hasattr(estimator, "predict_proba"):
        return convert(options={id(estimator): {"zipmap": False}}).SerializeToString()
    return convert().SerializeToString()


def anywhere(graph):
    """Lower case by the locale that every machine has: of one character it is the same in all of UTF-8."""
    for node in graph.node:
        if node.op_type == "StringNormalizer":
            node.attribute.append(onnx.helper.make_attribute("locale", "C.UTF-8"))
        for attribute in node.attribute:
            anywhere(attribute.g)


def answers(estimator, written, table):
    """What onnxruntime answers to a graph, by the names of methods."""
    model = onnx.load_from_string(written)
    anywhere(model.graph)
    written = model.SerializeToString()
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(written, settings, providers=["CPUExecutionProvider"])
    # skl2onnx calls a column that no step looks at a text, whatever it holds.
    numbers = {name for name, kind in inputs(table) if isinstance(kind, FloatTensorType)}
    of_texts = {each.name for each in session.get_inputs() if each.type == "tensor(string)"} & numbers
    rows = {
        name: column.astype(str).astype(object) if name in of_texts else column
        for name, column in fed(table).items()
    }
    first, *others = session.run(None, rows)
    # Of one answer a row, some graphs make a row or a column; of several, some make one column of all rows'.
    said = {"predict": first.reshape(-1) if first.size == len(table) else first.reshape(len(table), -1)}
    # Of several labels a row there are as many tables.
    if hasattr(estimator, "predict_proba") and not isinstance(others[0], list):
        said["predict_proba"] = others[0]
    return {
        method: [each.tolist() for each in answer] if isinstance(answer, list) else answer.tolist()
        for method, answer in said.items()
    }


def make(case, folder, count):
    """One case: its graph and the answers of that. Says why, if there is none."""
    try:
        estimator, table = fit(case)
    except Exception as error:
        return f"no such class: {type(error).__name__}: {error}"[:200]
    first = getattr(estimator, "steps", [(None, estimator)])[0][1]
    if takes_records(first):
        return "dictionaries are no input of a graph"
    table = single(table)
    rows, _ = asked(table, first)
    chosen = boosters.asking(estimator, table, rows)
    try:
        written = graph(estimator, table)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
    silent = None
    try:
        said = answers(estimator, written, single(chosen))
    except Exception as error:
        # As with texts, where the machine has not the locale. Whether it is refused is still to be seen.
        said, silent = {}, f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
    folder = folder / case.subject
    folder.mkdir(exist_ok=True)
    (folder / f"{count:02}.onnx").write_bytes(written)
    item = {
        "class": case.subject,
        "title": case.title,
        "versions": VERSIONS,
        "files": [f"{count:02}.onnx"],
        "labels": tells_apart(estimator),
        "columns": kinds(table),
        "rows": rows,
        "answers": said,
        "raises": [],
        "within": WITHIN,
    }
    (folder / f"{count:02}.json").write_text(json.dumps(item), encoding="utf-8")
    return silent


def main():
    """Of each class the first cases of which there is a graph."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", metavar="CLASS")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    began, made, tried, absent = time.monotonic(), Counter(), Counter(), {}
    for case in cases():
        of = case.subject
        wanted = not of.startswith(boosters.CLASSES) and (not options.only or of in options.only)
        if not wanted or made[of] == CASES_OF_A_CLASS or tried[of] == 2 * CASES_OF_A_CLASS:
            continue
        tried[of] += 1
        why_not = make(case, options.folder, tried[of])
        if why_not is None:
            made[of] += 1
        else:
            absent.setdefault(of, why_not)
    absent = {of: why_not for of, why_not in absent.items() if not made[of]}
    (options.folder / "absent.json").write_text(json.dumps(absent, indent=1), encoding="utf-8")
    print(
        f"skl2onnx {skl2onnx.__version__}: {sum(made.values())} graphs of {len(made)} classes, "
        f"none of {len(absent)}, {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
