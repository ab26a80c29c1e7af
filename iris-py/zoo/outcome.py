"""What became of one case: its files loaded, its rows asked, its answers compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from iris_py import InputError, ModelError, Predictor

from frames import to_table
from rules import Wrong, compare, compare_contributions, compare_labels

WORST_FIRST = ["WRONG", "error", "refused", "inexact", "read"]


class Outcome(NamedTuple):
    """`status` is one of `WORST_FIRST`; `words` say why; `bits`: every number is the same to the last bit."""

    status: str
    words: str = ""
    bits: bool = False


def outcome(path: Path, forms: tuple[str, ...] = ("",)) -> Outcome:
    """The worst of what became of the case's files, or of those whose names end in one of `forms`."""
    item = json.loads(path.read_text(encoding="utf-8"))
    # A library's own file knows less, as the names of classes: what is expected of it stands apart.
    asked = [(name, item) for name in item["files"]]
    asked += [
        (name, {**item, **own, "raises": []}) for own in item.get("native", []) for name in own["files"]
    ]
    asked = [(name, each) for name, each in asked if name.endswith(forms)]
    names = [name for name, _ in asked]
    found = [_file(path.parent / name, each, first=index == 0) for index, (name, each) in enumerate(asked)]
    worst = min(range(len(found)), key=lambda index: WORST_FIRST.index(found[index].status))
    status, words, _ = found[worst]
    if status == "refused" and any(each.status == "read" for each in found):
        words = f"read, but not as {''.join(Path(names[worst]).suffixes)}: {words}"
    return Outcome(status, words, all(each.bits for each in found))


def _file(path: Path, item: dict[str, Any], *, first: bool) -> Outcome:
    try:
        predictor = Predictor.load(path)
    except ModelError as error:
        return Outcome("refused", _sentence(error, path))
    except BaseException as error:
        # A panic is no Exception.
        return Outcome("error", f"load: {type(error).__name__}: {_sentence(error, path)}")
    columns = item["columns"]
    words = any(kind in ("text", "object", "category") for _, kind in columns or [])
    try:
        bits = _answers(predictor, to_table(columns, item["rows"]), item)
        if first:
            _refusals(predictor, item)
    except Wrong as wrong:
        return Outcome("WRONG", f"{path.name}: {wrong}")
    except BaseException as error:
        if words and isinstance(error, InputError | TypeError):
            return Outcome("refused", f"rows of strings: {_sentence(error, path)}")
        return Outcome("error", f"{path.name}: {type(error).__name__}: {_sentence(error, path)}")
    return Outcome("read", bits=bits)


def _sentence(error: BaseException, path: Path) -> str:
    return " ".join(str(error).replace(str(path), path.name).split())[:300]


def _answers(predictor: Predictor, table: Any, item: dict[str, Any]) -> bool:
    bits = True
    for method, expected in item["answers"].items():
        if method == "margin":
            # There is no method of that name; it says whether a prediction is the margin itself.
            continue
        if method != "predict" and has_several_labels(item):
            # They have no classes in common, so no probabilities of those; nothing contributes to a label.
            continue
        got = getattr(predictor, method)(table)
        if method == "predict" and item["labels"]:
            compare_labels(expected, np.asarray(got).tolist())
        elif isinstance(got, list):
            # A table for each of several outputs.
            if len(got) != len(expected):
                raise Wrong(f"{method} has {len(got)} tables, not {len(expected)}")
            for want, have in zip(expected, got, strict=True):
                bits &= compare(item, method, want, have)
        else:
            bits &= compare(item, method, expected, got)
    if (expected := item.get("contributions")) and not has_several_labels(item):
        compare_contributions(
            expected, predictor.predict_contributions(table[: len(expected)]), item["class"]
        )
    return bits


def has_several_labels(item: dict[str, Any]) -> bool:
    """Whether each row is answered with more than one label."""
    return item["labels"] and isinstance(item["answers"]["predict"][0], list)


def _refusals(predictor: Predictor, item: dict[str, Any]) -> None:
    """Rows at which scikit-learn raises are not answered either."""
    for refused in item["raises"]:
        # CatBoost wants texts also where no tree asks for them; what nobody looks at may be missing here.
        if refused["says"].startswith("Invalid type for cat_feature"):
            continue
        table = to_table(item["columns"], [refused["row"]])
        try:
            got = predictor.predict(table)
        except (ValueError, TypeError):
            continue
        raise Wrong(
            f"answers {np.asarray(got).tolist()} to {refused['row']}, to which the oracle says: "
            f"{refused['says']}"
        )
