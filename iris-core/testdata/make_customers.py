"""Makes `customers/`: a model of 500 trees of XGBoost's over columns of texts, and what XGBoost answers.

`python make_customers.py` needs xgboost 3.1 or newer, whose files hold the names of categories, and pandas.
What is there was made with 3.2.0.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost

HERE = Path(__file__).parent / "customers"
# Of letters that XGBoost can save: of others it cuts the names at wrong places.
CITIES = ["Bergen", "Buenos Aires", "Lima", "Oslo", "Paris", "Rome", "Sao Paulo"]
PLANS = ["basic", "pro", "team"]


def customers(n_rows, seed):
    """Two columns of texts and two of numbers, with missing values in one of each, and whether they leave."""
    random = np.random.RandomState(seed)
    age = np.round(random.uniform(18, 90, n_rows), 1)
    age[random.random_sample(n_rows) < 0.1] = np.nan
    city = random.choice(len(CITIES), n_rows)
    plan = random.choice(len(PLANS), n_rows)
    months = random.randint(0, 60, n_rows)
    leaning = np.nan_to_num(age, nan=40.0) / 30 - 1 + (city % 3) - plan * 0.5 - months / 30
    leaves = (leaning + random.normal(size=n_rows) > 0.3).astype(int)
    codes = np.where(random.random_sample(n_rows) < 0.1, -1, city)
    table = pd.DataFrame(
        {
            "age": age,
            "city": pd.Categorical.from_codes(codes, CITIES),
            "plan": pd.Categorical.from_codes(plan, PLANS),
            "months": months.astype(float),
        }
    )
    return table, leaves


def main():
    """Fits, saves, and asks what was saved."""
    HERE.mkdir(exist_ok=True)
    table, leaves = customers(600, 1)
    model = xgboost.XGBClassifier(
        n_estimators=500, max_depth=2, learning_rate=0.1, enable_categorical=True, max_cat_to_onehot=1
    )
    model.fit(table, leaves)
    model.save_model(HERE / "customers.ubj")
    booster = xgboost.Booster(model_file=HERE / "customers.ubj")
    asked, _ = customers(60, 2)
    data = xgboost.DMatrix(asked, enable_categorical=True)
    rows = asked.astype(object).where(asked.notna(), None).to_numpy().tolist()
    said = {
        "columns": asked.columns.tolist(),
        "rows": rows,
        "margins": booster.predict(data, output_margin=True).astype(float).tolist(),
        "probabilities": booster.predict(data).astype(float).tolist(),
        "contributions": booster.predict(data, pred_contribs=True).astype(float).tolist(),
    }
    text = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(each, ensure_ascii=False)}" for name, each in said.items()
    )
    (HERE / "answers.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
