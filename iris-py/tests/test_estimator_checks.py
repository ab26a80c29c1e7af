"""scikit-learn's own checks of a classifier, on one that is fitted by scikit-learn and predicts with iris_py.

One that scikit-learn keeps for its own estimators would not pass: `check_dataframe_column_names_consistency`
wants frames refused whose columns are in another order, which here are found by their names.
"""

from __future__ import annotations

from typing import Any

import pytest
from iris_py import Predictor
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import check_is_fitted


class Converted(ClassifierMixin, BaseEstimator):
    """Fits with scikit-learn; what is checked is what comes after."""

    def fit(self, X: Any, y: Any) -> Converted:
        model = LogisticRegression(max_iter=1000).fit(X, y)
        self.n_features_in_, self.classes_ = model.n_features_in_, model.classes_
        if hasattr(model, "feature_names_in_"):
            self.feature_names_in_ = model.feature_names_in_
        self.predictor_ = Predictor.from_sklearn(model)
        return self

    def predict(self, X: Any) -> Any:
        check_is_fitted(self)
        return self.predictor_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        check_is_fitted(self)
        return self.predictor_.predict_proba(X)

    def predict_log_proba(self, X: Any) -> Any:
        check_is_fitted(self)
        return self.predictor_.predict_log_proba(X)

    def decision_function(self, X: Any) -> Any:
        check_is_fitted(self)
        return self.predictor_.decision_function(X)


NOT_APPLICABLE = {
    "check_estimator_sparse_tag": "fits on a sparse matrix, which scikit-learn's own fit accepts",
}


def checks() -> list[Any]:
    found = estimator_checks_generator(Converted(), expected_failed_checks=NOT_APPLICABLE, mark="skip")
    return [pytest.param(estimator, check, id=str(_name(check))) for estimator, check in found]


def _name(check: Any) -> Any:
    return getattr(getattr(check, "func", check), "__name__", check)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks())
def test_check(estimator: Any, check: Any) -> None:
    check(estimator)
