"""What /openapi.json says, against OpenAPI's own schema, and against what the server does.

Its examples are sent as they stand; schemathesis makes other requests of it.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import TEST_DATA, started
from openapi_spec_validator import OpenAPIV31SpecValidator

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]


# One model of each form of answer; without a file, the embedded one.
MODELS = [
    None,
    "onnx/logistic_regression_three_ints_double.onnx",
    "regressors/linear_regression_one_target_double.onnx",
    "regressors/linear_regression_three_targets_double.onnx",
]


# One of each family, with texts, missing values and steps that take no zero; the last is of two files.
FAMILIES = [
    None,
    "mixed/churn.joblib",
    "onnx/column_transformer_simple_imputer_logistic_regression_three_strings_double_columns.onnx",
    "regressors/linear_regression_three_targets_double.onnx",
    "catboost/combined.cbm",
    "lightgbm/*.txt",
    "xgboost/3.2.0/codes.json",
    "trees/*.joblib",
    "composites/*.joblib",
    "transformers/functiontransformer_log.pkl",
    "folders/mlflow_pickle",
    "folders/pair",
]

KEYS = """
[[keys]]
name = "all"
key = "a-key"
classes = ["predict", "observe", "manage"]
"""


@pytest.mark.parametrize("model", FAMILIES)
def test_every_example_is_answered(model: str | None) -> None:
    with started(*served(model)) as server:
        connection = http.client.HTTPConnection(server.http, timeout=20)
        document = described(connection)
        OpenAPIV31SpecValidator(document).validate()
        n_answered = 0
        for method, path, media_type, body in examples(document):
            connection.request(method, path, body, {"content-type": media_type} if media_type else {})
            answer = connection.getresponse()
            said = answer.read()
            # Loading a model is refused, and says so.
            assert answer.status in (200, 501), (method, path, body, said)
            n_answered += answer.status == http.client.OK
        assert n_answered > len(document["paths"])


def test_a_document_with_keys_is_one_too(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(KEYS)
    with started("--api-keys", str(keys), "--server-timing", AIP_PREDICT_ROUTE="/vertex") as server:
        document = described(http.client.HTTPConnection(server.http, timeout=20), "a-key")
    OpenAPIV31SpecValidator(document).validate()
    assert set(document["components"]["securitySchemes"]) == {"key", "header"}
    assert document["paths"]["/vertex"]["post"]["security"] == [{"key": []}, {"header": []}]


def served(model: str | None) -> list[str]:
    """The arguments for this file, for the first of those that fit, or for the two of a pair."""
    if model is None:
        return []
    path = min(TEST_DATA.glob(model))
    files = [path / "preprocessor.joblib", path / "model.pkl"] if path.name == "pair" else [path]
    return ["--model", f"model={','.join(map(str, files))}"]


def described(connection: http.client.HTTPConnection, key: str = "none") -> dict:
    connection.request("GET", "/openapi.json", headers={"authorization": f"Bearer {key}"})
    return json.load(connection.getresponse())


def examples(document: dict) -> Iterator[tuple[str, str, str | None, bytes | None]]:
    """Every request that the document shows: method, path, media type and body."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            filled = path
            for parameter in operation["parameters"]:
                if parameter.get("in") == "path":
                    filled = filled.replace(f"{{{parameter['name']}}}", parameter["example"])
            if "requestBody" not in operation:
                yield method.upper(), filled, None, None
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                named = content.get("examples", {"only": {"value": content.get("example")}})
                for example in named.values():
                    value = example["value"]
                    body = value if isinstance(value, str) else json.dumps(value)
                    yield method.upper(), filled, media_type, body.encode()


@pytest.mark.parametrize("model", MODELS)
def test_no_answer_is_undocumented(model: str | None, tmp_path: Path) -> None:
    with started(*([] if model is None else ["--model", f"model={TEST_DATA / model}"])) as server:
        check(server.url, tmp_path)


def check(url: str, tmp_path: Path) -> None:
    command = [
        Path(sys.executable).parent / "schemathesis",
        *("--config-file", Path(__file__).parent / "schemathesis.toml"),
        *("run", f"{url}/openapi.json"),
        *("--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing", "-n", "50"),
        *("--generation-deterministic", "--request-timeout", "10", "--no-color"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
