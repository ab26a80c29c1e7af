"""Makes files of every format that holds scikit-learn's estimators, and the answers for them.

`python make_formats.py` writes `formats/` and `formats.json`, beside what `make_pickles.py` makes. Made with
scikit-learn 1.9.1, numpy 2.4.6, joblib 1.6.0, lz4 4.4.5, skops 0.16.0, dill 0.4.1, pandas 3.1.1 and
pyarrow 26.0.1.
skops names its files by addresses in memory, so its files come out differently each time.
"""

from __future__ import annotations

import bz2
import collections
import datetime
import functools
import io
import json
import lzma
import operator
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dill
import joblib
import lz4.frame
import numpy as np
import pandas as pd
import scipy.sparse
import skops.io
from make_pickles import answers, asked, data, objects, table, without_names, write
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

HERE = Path(__file__).parent
FOLDER = HERE / "formats"


def compressed(method: str) -> Callable[[Any], bytes]:
    """What joblib writes with this method."""

    def dump(value: Any) -> bytes:
        file = io.BytesIO()
        joblib.dump(value, file, compress=(method, 3))
        return file.getvalue()

    return dump


FORMATS: dict[str, Callable[[Any], bytes]] = {
    "bz2.joblib": compressed("bz2"),
    "xz.joblib": compressed("xz"),
    "lzma.joblib": compressed("lzma"),
    "lz4.joblib": compressed("lz4"),
    "dill": dill.dumps,
    "skops": skops.io.dumps,
    "deflated.skops": lambda value: skops.io.dumps(value, compression=zipfile.ZIP_DEFLATED),
}


def named(value: int, factor: int = 2) -> int:
    """Something to be bound."""
    return value * factor


Pair = collections.namedtuple("Pair", ["left", "right"])


class Held(list):
    """A list that is more than one."""


def everything() -> dict[str, Any]:
    """One of each node that skops has."""
    array = np.arange(6.0).reshape(2, 3)
    shared = np.array([1.5, 2.5])
    return {
        "none": None,
        "bools": [True, False],
        "ints": [0, -1, 1 << 40],
        "big": 1 << 100,
        "floats": [0.1, float("inf"), float("-inf"), 1e300],
        "nan": float("nan"),
        "text": 'café "quoted"\n',
        "tuple": (1, "a"),
        "set": {3},
        "frozenset": frozenset([4]),
        "keys": {1: "int", "1": "str"} | {2.5: "float", None: "none"},
        "numpy keys": {np.int64(7): 1},
        "ordered": collections.OrderedDict(a=1, b=2),
        "default": collections.defaultdict(int, a=1),
        "named tuple": Pair(1, 2),
        "bytes": b"\x00\xff",
        "bytearray": bytearray(b"ab"),
        "slice": slice(1, None, 2),
        "type": np.float64,
        "function": np.log1p,
        "own function": named,
        "partial": functools.partial(named, 3, factor=4),
        "operator": operator.itemgetter(1),
        "method": StandardScaler().fit,
        "array": array,
        "fortran": np.asfortranarray(array),
        "big endian": array.astype(">f4"),
        "texts": np.array(["a", "長さ"]),
        "raw texts": np.array([b"a", b"bc"]),
        "empty": np.zeros((0, 3)),
        "objects": np.array(["a", None, 1.5], dtype=object),
        "table of objects": np.array([["a", "b"], ["c", "d"]], dtype=object),
        "records": np.array([(1, 2.5), (-3, 4.5)], dtype=[("count", "<i4"), ("size", ">f8")]),
        "aligned": np.array([(1, 2.5)], dtype=np.dtype([("count", "i1"), ("size", "f8")], align=True)),
        "scalars": [np.float32(1.5), np.int8(-7), np.bool_(True), np.str_("s")],
        "dtype": np.dtype("float32"),
        "masked": np.ma.MaskedArray([1.0, 2.0], [False, True]),
        "shared": [shared, shared],
        "sparse": scipy.sparse.csr_matrix(array),
        "sparse array": scipy.sparse.coo_array(array),
        "random": np.random.RandomState(0),
        "generator": np.random.default_rng(0),
        "date": datetime.timedelta(days=1),
        "tree": DecisionTreeClassifier(max_depth=2, random_state=0).fit(*data("iris")).tree_,
        "loss": SGDClassifier(loss="hinge", random_state=0).fit(*data("iris two")),
        "estimator": StandardScaler(),
    }


def frames() -> dict[str, Any]:
    """pandas' own arrays, where they stand for an array of texts."""
    texts = ["setosa", "versicolor", "café"]
    return {
        "index": pd.Index(texts, dtype=object),
        "arrow index": pd.Index(texts),
        "arrow": pd.array(texts, dtype="str"),
        "arrow with none": pd.array(["a", None, ""], dtype="string"),
        "arrow slice": pd.Series(["x", *texts]).array[1:],
        "strings": pd.array(texts, dtype=pd.StringDtype("python")),
        "categorical": pd.Categorical(["b", "a", None, "b"]),
        "object array": pd.Series(texts, dtype=object).array,
        "numbers": pd.array([1, 2, None], dtype="Int64"),
        "range": pd.RangeIndex(3),
        "dates": pd.DatetimeIndex(["2026-01-01"]),
    }


def python_2() -> dict[str, bytes]:
    """Opcodes as Python 2 wrote them, whose strings are bytes: of text in ASCII and of an array's numbers."""
    dtype = b"cnumpy\ndtype\n(U\x02f8K\x00K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    numbers = np.array([0.5, -2.0]).tobytes()
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01(K\x02t" + dtype
    array += b"\x89U\x10" + numbers + b"tb"
    scalar = b"cnumpy.core.multiarray\nscalar\n(" + dtype + b"U\x08" + numbers[:8] + b"tR"
    body = b"}(U\x05array" + array + b"U\x06scalar" + scalar + b"U\x04textU\x03abcU\x05latinU\x04caf\xe9u."
    return {"python2.p2.pkl": b"\x80\x02" + body}


def models() -> dict[str, tuple[str, Any]]:
    """Estimators, fitted, each with its data."""
    iris, two, diabetes = (data(name) for name in ("iris", "iris two", "diabetes"))
    logistic = LogisticRegression(max_iter=1000)
    steps = make_pipeline(StandardScaler(), PCA(3), LogisticRegression(max_iter=1000))
    frame = pd.DataFrame(iris[0], columns=["sepal length", "sepal width", "petal length", "petal width"])
    searched = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2)
    found = searched.fit(*diabetes)
    # What fitting took is another each time.
    found.cv_results_ = {}
    return {
        "logisticregression": ("iris", logistic.fit(*iris)),
        "steps": ("iris", steps.fit(*iris)),
        "frame": ("iris", LogisticRegression(max_iter=1000).fit(frame, pd.Series(iris[1]))),
        "sgdclassifier": ("iris two", SGDClassifier(loss="log_loss", random_state=0).fit(*two)),
        "search": ("diabetes", found),
    }


def main() -> None:
    """Writes every file."""
    warnings.simplefilter("ignore")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    items = []
    for name, (source, estimator) in models().items():
        files = []
        for form, dump in FORMATS.items():
            if form.endswith("joblib") and name not in ("logisticregression", "steps"):
                continue
            files.append(f"{name}.{form}")
            (FOLDER / files[-1]).write_bytes(dump(estimator))
        rows = asked(source)
        names = getattr(estimator, "feature_names_in_", None)
        item = {"estimator": name, "files": files, "names": None if names is None else names.tolist()}
        items.append(item | {"rows": table(rows)} | answers(without_names(estimator), rows))
    # Labels and names as pandas keeps them, which fitting on frames leaves in some places.
    _, model = models()["logisticregression"]
    rows = asked("iris")
    expected = answers(model, rows)
    for kind, dtype in (("arrow", "str"), ("python", pd.StringDtype("python")), ("category", "category")):
        model.classes_ = pd.Series(model.classes_, dtype=dtype).array
        model.feature_names_in_ = pd.Index(["a", "b", "c", "d"], dtype=object if kind == "python" else "str")
        file = f"pandas_{kind}.joblib"
        joblib.dump(model, FOLDER / file)
        items.append(
            {"estimator": file, "files": [file], "names": list("abcd"), "rows": table(rows)} | expected
        )
    write(HERE / "formats.json", items)
    for form in list(FORMATS)[:4]:
        (FOLDER / f"objects.{form}").write_bytes(FORMATS[form](objects()))
    (FOLDER / "everything.skops").write_bytes(FORMATS["skops"](everything()))
    (FOLDER / "everything.deflated.skops").write_bytes(FORMATS["deflated.skops"](everything()))
    joblib.dump(frames(), FOLDER / "frames.joblib", protocol=5)
    (FOLDER / "frames.dill").write_bytes(dill.dumps(frames(), protocol=2))
    arrays = {"numbers": np.array([0.5, 1.5]), "objects": np.array(["a", None], dtype=object), "type": int}
    (FOLDER / "arrays.dill").write_bytes(dill.dumps(arrays))
    for file, content in python_2().items():
        (FOLDER / file).write_bytes(content)
    np.save(FOLDER / "records.npy", everything()["records"])
    _, fitted = models()["logisticregression"]
    held = {"threshold": 0.5, "model": fitted, "scaler": StandardScaler().fit(rows), 1: None}
    joblib.dump(held, FOLDER / "held.joblib")
    (FOLDER / "held.skops").write_bytes(skops.io.dumps({"threshold": 0.5, "model": fitted}))
    joblib.dump(collections.OrderedDict(model=fitted), FOLDER / "held_in_order.joblib")
    for method in ("bz2", "xz", "lzma", "lz4"):
        # Four million zeroes, which nothing says of itself.
        module = {"bz2": bz2.compress, "xz": lzma.compress, "lz4": lz4.frame.compress}
        alone = functools.partial(lzma.compress, format=lzma.FORMAT_ALONE)
        (FOLDER / f"zeroes.{method}").write_bytes((module | {"lzma": alone})[method](bytes(1 << 22)))
    print(json.dumps({path.name: path.stat().st_size for path in sorted(FOLDER.iterdir())}, indent=1))


if __name__ == "__main__":
    main()
