"""The data that cases are fitted on: scikit-learn's own, and a table of houses made by a seed."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from sentences import SENTENCES


def iris():
    return load_iris(return_X_y=True)


def wine():
    return load_wine(return_X_y=True)


def cancer():
    x, y = load_breast_cancer(return_X_y=True)
    return x[:250, :12], y[:250]


def diabetes():
    x, y = load_diabetes(return_X_y=True)
    return x[:200], y[:200]


def scaled():
    """Wine in units of its own deviations, for what sums squares or powers."""
    x, y = wine()
    return (x[:, :5] - x[:, :5].mean(0)) / x[:, :5].std(0), y


def squared():
    """Similarities of flowers instead of their numbers."""
    x, y = iris()
    return x @ x.T, y


def lone():
    """One measurement."""
    x, y = diabetes()
    return x[:, 2:3], y


def holes():
    """Flowers with a sixth of the numbers missing, and none in the last column."""
    x, y = iris()
    x[:, :3][np.random.RandomState(1).rand(len(x), 3) < 1 / 6] = np.nan
    return x, y


def empty():
    """Flowers of which one number was never measured."""
    x, y = holes()
    x[:, 1] = np.nan
    return x, y


def gaps():
    """Measurements with a sixth missing; no two rows are equally far from a third."""
    x, _ = cancer()
    random = np.random.RandomState(12)
    x = x[:160, :6] + random.normal(scale=1e-3, size=(160, 6))
    y = np.digitize(x[:, 0], np.quantile(x[:, 0], [1 / 3, 2 / 3]))
    x[random.rand(*x.shape) < 1 / 6] = np.nan
    return x, y


def zeros():
    """Numbers of which many are zero, with a constant column and one that hardly varies."""
    random = np.random.RandomState(2)
    x = np.round(random.normal(size=(160, 5)), 1) * (random.rand(160, 5) < 0.6)
    x[:, 3] = 2.5
    x[:, 4] = 1.0 + 1e-9 * random.rand(160)
    return x, (x[:, 0] + x[:, 1] > 0).astype(int) + (x[:, 2] > 0.5)


def codes():
    """Whole numbers that stand for categories, some of them rare."""
    random = np.random.RandomState(3)
    x = np.column_stack(
        [random.choice([-1, 3, 10], 180), random.poisson(1.5, 180), random.randint(0, 12, 180)]
    )
    return x.astype(float), x[:, 0] % 2 + (x[:, 1] > 1)


def code_holes():
    x, y = codes()
    x[:, :2][np.random.RandomState(4).rand(len(x), 2) < 0.1] = np.nan
    return x, y


def positive():
    """Columns of positive and skewed numbers."""
    random = np.random.RandomState(5)
    x = np.column_stack([random.lognormal(s, 0.5 + s / 2, 200) for s in range(3)] + [random.gamma(2, 3, 200)])
    return x, np.digitize(x[:, 0] * x[:, 3], [3, 8])


def houses():
    """Every kind of column by name: the target is whole numbers, three in all."""
    random = np.random.RandomState(6)
    n = 240

    def some(values, share):
        values = pd.Series(values)
        return values.mask(pd.Series(random.rand(n) < share))

    frame = pd.DataFrame(
        {
            "city": some(
                random.choice(["Oslo", "Bergen", "Tromsø", "Ålesund"], n, p=[0.5, 0.3, 0.17, 0.03]), 0.08
            ),
            "size": random.choice(["small", "medium", "large"], n),
            "rooms": random.randint(1, 8, n),
            "age": some(np.round(random.gamma(2.0, 15.0, n), 1), 0.1),
            "income": random.lognormal(3.0, 0.7, n),
            "garden": random.rand(n) < 0.4,
        }
    )
    return frame, _price_band(frame)


def kinds():
    """The houses with pandas' own kinds of columns: a category, whole numbers with some missing, an order."""
    frame, y = houses()
    frame["city"] = frame["city"].astype("category")
    frame["size"] = pd.Categorical(frame["size"], ["small", "medium", "large"], ordered=True)
    frame["floor"] = pd.Series(np.random.RandomState(7).randint(0, 5, len(frame)), dtype="Int64")
    frame.loc[frame.index % 9 == 4, "floor"] = pd.NA
    return frame, y


def words():
    """Columns of strings alone, none missing."""
    frame, y = houses()
    frame["city"] = frame["city"].fillna("nowhere")
    return frame[["city", "size"]], y


def crowds():
    """Columns of strings, each of hundreds."""
    random = np.random.RandomState(12)
    shops = random.permutation([f"shop {index % 300}" for index in range(600)])
    items = random.permutation([f"item {index % 120}" for index in range(600)])
    return pd.DataFrame({"shop": shops, "item": items}), random.randint(0, 3, 600)


def lost_words():
    """Columns of strings, of which some are missing as NaN."""
    frame, y = houses()
    frame["size"] = frame["size"].mask(frame.index % 7 == 3)
    return frame[["city", "size"]], y


def none_words():
    """The same as objects, missing as None."""
    frame, y = lost_words()
    return frame.astype(object).where(frame.notna(), None), y


def flags():
    """Columns of booleans and of whole numbers, by name."""
    frame, y = houses()
    frame["new"] = frame["rooms"] % 3 == 0
    return frame[["garden", "rooms", "new"]], y


def plain():
    """The houses with no word missing, and with a number that stands for a kind."""
    frame, y = houses()
    frame["city"] = frame["city"].fillna("nowhere")
    frame["street"] = np.random.RandomState(8).choice([-4, 0, 7, 30, 1000], len(frame))
    return frame, y


def stocked():
    """The houses with words as pandas' categories, some missing."""
    frame, y = houses()
    return frame.assign(city=frame["city"].astype("category"), size=frame["size"].astype("category")), y


def shelves():
    """Whole numbers as pandas' categories, and a number with some missing."""
    frame, y = plain()
    frame = frame[["street", "rooms", "age", "income"]]
    return frame.assign(street=frame["street"].astype("category"), rooms=frame["rooms"].astype("category")), y


def mails():
    """Messages in many scripts, and how long they are."""
    random = np.random.RandomState(10)
    kinds = random.randint(0, 3, 120)
    texts = [" ".join(random.choice(SENTENCES[kind], 1 + i % 3)) for i, kind in enumerate(kinds)]
    return pd.DataFrame({"text": texts, "length": [float(len(text)) for text in texts]}), kinds


def indices():
    """Categories from 0 on: few, some, and more than a word has bits; then a number. Some are missing."""
    random = np.random.RandomState(9)
    x = np.column_stack(
        [
            random.randint(0, 3, 300),
            random.randint(0, 9, 300),
            random.randint(0, 70, 300),
            random.normal(size=300),
        ]
    ).astype(float)
    y = (x[:, 0] == 1).astype(int) + ((x[:, 1] % 4 < 2) ^ (x[:, 2] % 3 == 0)) * (x[:, 3] > -1)
    x[random.rand(*x.shape) < 0.05] = np.nan
    return x, y


def _price_band(frame):
    price = frame["rooms"] * 2.0 + frame["income"] / 10 + 4.0 * frame["garden"] + frame["size"].str.len() % 3
    return np.digitize(price, [10.0, 15.0])


def amounts(x, y):
    """Positive targets to be estimated, one a row."""
    if hasattr(x, "columns"):
        numbers = [x[name].to_numpy(dtype=float, na_value=np.nan) for name in x.select_dtypes("number")]
        x = np.column_stack([*numbers, np.arange(len(x)) % 7])
    rows = np.nan_to_num(x)
    spread = rows.std(0)
    return np.exp(((rows - rows.mean(0)) / np.where(spread > 0, spread, 1.0)).mean(1)) + y
