"""A fitted model as files of every form."""

import pickle

import joblib

COMPRESSIONS = ["zlib", "gzip", "bz2", "xz", "lzma", "lz4"]


def write(estimator, folder, stem, number):
    """Joblib's file, a pickle of some protocol, now and then a compressed one or skops'; their names."""
    names = [f"{stem}.joblib", f"{stem}.p{number % 6}.pkl"]
    joblib.dump(estimator, folder / names[0])
    (folder / names[1]).write_bytes(pickle.dumps(estimator, protocol=number % 6))
    if number % 4 == 0:
        method = COMPRESSIONS[number // 4 % len(COMPRESSIONS)]
        names.append(f"{stem}.{method}.joblib")
        joblib.dump(estimator, folder / names[-1], compress=(method, 3))
    written = _skops(estimator) if number % 2 else None
    if written:
        names.append(f"{stem}.skops")
        (folder / names[-1]).write_bytes(written)
    return names


def _skops(estimator):
    """What skops writes, if it can read it again; else None."""
    try:
        from skops import io
    except ImportError:
        return None
    try:
        written = io.dumps(estimator)
        io.loads(written, trusted=io.get_untrusted_types(data=written))
    except Exception:
        # Whatever its reasons are, such a file is of no use to anybody.
        return None
    return written
