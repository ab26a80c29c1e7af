"""The files of `graphs/` and their list, `graphs.json`: each with rows and what onnxruntime answers to them.

One script makes those of texts, another one all others; each leaves the other's as they are.
"""

import copy
import json
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import helper

HERE = Path(__file__).parent
FOLDER = HERE / "graphs"
LIST = HERE / "graphs.json"


def is_of_texts(name):
    """Whether a file is one of those of texts."""
    return name.startswith("text_")


def begin(of_texts):
    """Takes away the files of one of the scripts."""
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.onnx"):
        if is_of_texts(file.name) == of_texts:
            file.unlink()


def end(cases, skipped, of_texts):
    """Writes the list, and prints what no file could be made of."""
    known = json.loads(LIST.read_text()) if LIST.exists() else []
    others = [case for case in known if is_of_texts(case["file"]) != of_texts]
    LIST.write_text(json.dumps(others + cases if of_texts else cases + others) + "\n")
    print(f"{len(cases)} files")
    print("\n".join(skipped))


def anywhere(graph):
    """Lower case by the locale that every machine has; of one character it is the same in all of UTF-8."""
    for node in graph.node:
        if node.op_type == "StringNormalizer":
            node.attribute.append(helper.make_attribute("locale", "C.UTF-8"))
        for attribute in node.attribute:
            anywhere(attribute.g)


def answers(model, inputs):
    """What onnxruntime says to each row alone: labels, if there are any, and numbers."""
    model = copy.deepcopy(model)
    anywhere(model.graph)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    labels, numbers = [], []
    n_rows = len(next(iter(inputs.values())))
    for row in range(n_rows):
        outputs = session.run(None, {name: values[row : row + 1] for name, values in inputs.items()})
        columns = []
        for output in outputs:
            if isinstance(output, list):
                columns.append(np.array([list(output[0].values())]))
            elif output.dtype.kind in "iOU":
                labels.append(output.ravel().tolist()[0])
            else:
                columns.append(output.reshape(1, -1))
        separate = len(columns) > 1 and all(column.size == 1 for column in columns)
        chosen = np.concatenate(columns, axis=1) if separate else columns[0]
        numbers.append([float(number) for number in chosen[0]])
    return labels or None, numbers


def write(cases, name, model, inputs, rows, **more):
    """One file and its case."""
    if name in {case["file"] for case in cases}:
        raise ValueError(name)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())
    labels, numbers = answers(model, inputs)
    cases.append({"file": f"{name}.onnx", "rows": rows, "labels": labels, "numbers": numbers, **more})


def cell(value):
    """A value as JSON has it: null where a number is missing."""
    if isinstance(value, str):
        return value
    return None if value != value else float(value)
