"""Whoever answers the same forest: each gives a function that answers some rows, in one thread."""

from __future__ import annotations

import ctypes
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from models import Forest

# Answers rows of single precision.
Call = Callable[[np.ndarray], object]

# Bytes of a model's file up to which gcc ends within seconds.
LARGEST_SOURCE = 2_000_000


def peers(forest: Forest, path: Path, folder: Path) -> Iterator[tuple[str, Call, bool]]:
    """Name, call, and whether it takes one row alone; those that do not load are left out, and named."""
    for name, make, only_one_row in globals()[f"_{forest.library}"](path, folder):
        try:
            yield name, make(), only_one_row
        except Exception as error:  # noqa: BLE001  (a peer that fails shall not end the others)
            print(f"  {name} is left out: {type(error).__name__}: {str(error)[:200]}", flush=True)


def _lightgbm(path: Path, folder: Path):
    import lightgbm

    booster = lightgbm.Booster(model_file=path, params={"num_threads": 1})
    yield "LightGBM", lambda: lambda x: booster.predict(x, num_threads=1), False
    yield "LightGBM, C, single row fast", lambda: _lightgbm_fast(booster), True
    yield "lleaves", lambda: _lleaves(path), False
    yield "onnxruntime", lambda: _onnx(_onnx_of_lightgbm(booster)), False
    yield (
        "tl2cgen",
        lambda: _tl2cgen(lambda treelite: treelite.frontend.load_lightgbm_model(path), path, folder),
        False,
    )


def _xgboost(path: Path, folder: Path):
    import xgboost

    booster = xgboost.Booster({"nthread": 1}, model_file=str(path))
    yield "XGBoost, in place", lambda: lambda x: booster.inplace_predict(x), False
    yield "XGBoost, C, dense", lambda: _xgboost_dense(xgboost, booster), False
    yield "onnxruntime", lambda: _onnx(_onnx_of_xgboost(booster)), False
    yield (
        "tl2cgen",
        lambda: _tl2cgen(lambda treelite: treelite.frontend.load_xgboost_model(path), path, folder),
        False,
    )


def _catboost(path: Path, folder: Path):
    import catboost

    model = catboost.CatBoostRegressor().load_model(str(path))
    yield "CatBoost", lambda: lambda x: model.predict(x, thread_count=1), False
    yield "onnxruntime", lambda: _onnx(_onnx_of_catboost(model, path)), False


def _sklearn(path: Path, folder: Path):
    model = pickle.loads(path.read_bytes())
    model.n_jobs = None
    yield "scikit-learn", lambda: model.predict, False
    yield "onnxruntime", lambda: _onnx(_onnx_of_sklearn(model)), False
    yield "YDF", lambda: _ydf(model), False
    if path.stat().st_size < LARGEST_SOURCE:
        yield (
            "tl2cgen",
            lambda: _tl2cgen(lambda treelite: treelite.sklearn.import_model(model), path, folder),
            False,
        )


def _lightgbm_fast(booster) -> Call:
    """`LGBM_BoosterPredictForMatSingleRowFast`, by ctypes."""
    from lightgbm.basic import _LIB, _safe_call

    n_features = booster.num_feature()
    row = np.zeros(n_features)
    out, out_len, config = np.zeros(1), ctypes.c_int64(), ctypes.c_void_p()
    raw_score, float64 = 1, 1
    _safe_call(
        _LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
            booster._handle, raw_score, 0, -1, float64, n_features, b"num_threads=1", ctypes.byref(config)
        )
    )
    call, length = _LIB.LGBM_BoosterPredictForMatSingleRowFast, ctypes.byref(out_len)
    row_at, out_at = row.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.POINTER(ctypes.c_double))

    def answer(x: np.ndarray) -> np.ndarray:
        row[:] = x[0]
        call(config, row_at, length, out_at)
        return out

    return answer


def _xgboost_dense(xgboost, booster) -> Call:
    """`XGBoosterPredictFromDense` by ctypes, whose description of the array is made once a shape."""
    import json

    from xgboost.core import _LIB

    config = (
        json.dumps(
            {
                "type": 1,
                "training": False,
                "iteration_begin": 0,
                "iteration_end": 0,
                "missing": float("nan"),
                "strict_shape": False,
            }
        )
        .replace("NaN", "NaN")
        .encode()
    )
    shape, dim = ctypes.POINTER(ctypes.c_uint64)(), ctypes.c_uint64()
    result = ctypes.POINTER(ctypes.c_float)()
    call = _LIB.XGBoosterPredictFromDense

    def answer(x: np.ndarray) -> np.ndarray:
        array = b'{"data":[%d,true],"shape":[%d,%d],"typestr":"<f4","version":3}' % (x.ctypes.data, *x.shape)
        failed = call(
            booster.handle, array, config, None, ctypes.byref(shape), ctypes.byref(dim), ctypes.byref(result)
        )
        if failed:
            raise RuntimeError(_LIB.XGBGetLastError())
        return np.ctypeslib.as_array(result, shape=(len(x),))

    return answer


def _lleaves(path: Path) -> Call:
    import lleaves

    model = lleaves.Model(model_file=str(path))
    model.compile(cache=str(path.with_suffix(".lleaves")))
    return lambda x: model.predict(x, n_jobs=1)


def _tl2cgen(load: Callable, path: Path, folder: Path) -> Call:
    import tl2cgen
    import treelite

    library = folder / f"{path.stem}.so"
    if path.stat().st_size > LARGEST_SOURCE:
        raise RuntimeError("gcc would take minutes")
    if not library.exists():
        tl2cgen.export_lib(
            load(treelite), toolchain="gcc", libpath=library, params={"parallel_comp": 1}, nthread=1
        )
    predictor = tl2cgen.Predictor(library, nthread=1)
    return lambda x: predictor.predict(tl2cgen.DMatrix(x))


def _ydf(model) -> Call:
    import ydf

    converted = ydf.from_sklearn(model)
    return lambda x: converted.predict({"features": x}, num_threads=1)


def _onnx(model: bytes) -> Call:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})[0]


def _onnx_of_lightgbm(booster) -> bytes:
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    types = [("x", FloatTensorType([None, booster.num_feature()]))]
    return convert_lightgbm(booster, initial_types=types, zipmap=False).SerializeToString()


def _onnx_of_xgboost(booster) -> bytes:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    types = [("x", FloatTensorType([None, booster.num_features()]))]
    return convert_xgboost(booster, initial_types=types).SerializeToString()


def _onnx_of_catboost(model, path: Path) -> bytes:
    file = path.with_suffix(".onnx")
    model.save_model(str(file), format="onnx")
    return file.read_bytes()


def _onnx_of_sklearn(model) -> bytes:
    from skl2onnx import to_onnx

    return to_onnx(model, np.zeros((1, model.n_features_in_), np.float32)).SerializeToString()
