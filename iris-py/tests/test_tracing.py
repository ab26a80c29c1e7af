"""Every prediction is traced once that is switched on, and none is lost. Each test has its own process."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

STAGES = ["data_preparation", "model_inference", "response_formatting"]


class Collector:
    """Takes OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        received = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.thread.join()
    collector.server.server_close()


def run(code: str, collector: Collector | None = None, **environment: str) -> str:
    variables = {**os.environ, **environment}
    if collector is not None:
        port = collector.server.server_address[1]
        variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def attributes(span: Span) -> dict[str, object]:
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in span.attributes}


def test_each_prediction_has_four_spans(collector: Collector) -> None:
    code = """
        import numpy as np, iris_py
        iris = iris_py.Predictor()
        iris.predict_one(5.1, 3.5, 1.4, 0.2)
        iris_py.enable_tracing("notebook")
        iris_py.enable_tracing("again")
        iris.predict_one(5.1, 3.5, 1.4, 0.2)
        rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]])
        for method in (iris.predict, iris.predict_proba, iris.decision_function):
            method(rows), method(rows[:1]), method(rows[:1].tolist())
        try:
            iris.predict(rows * np.nan)
        except iris_py.InputError as error:
            print(error)
    """
    assert run(code, collector) == "row 0: sepal_length is NaN, and this model declares no missing values\n"
    roots = collector.named("prediction_request")
    assert len(roots) == 11
    assert len({root.trace_id for root in roots}) == 11
    for root in roots[:-1]:
        children = [span for span in collector.spans if span.parent_span_id == root.span_id]
        assert [child.name for child in children] == STAGES
        edges = [root.start_time_unix_nano, *(child.end_time_unix_nano for child in children)]
        assert edges == sorted(edges) and edges[-1] <= root.end_time_unix_nano
    first = attributes(roots[0])
    assert first["request.sepal_length"] == 5.1 and first["request.status"] == "success"
    failed = attributes(roots[-1])
    assert failed["request.status"] == "error" and "sepal_length is NaN" in str(failed["request.error"])
    described = collector.requests[0].resource_spans[0].resource.attributes
    assert {item.key: item.value.string_value for item in described}["service.name"] == "notebook"


def test_a_prediction_is_a_child_of_the_active_span(collector: Collector) -> None:
    code = """
        import iris_py
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        trace.set_tracer_provider(TracerProvider())
        iris_py.enable_tracing()
        iris = iris_py.Predictor()
        with trace.get_tracer("caller").start_as_current_span("outer") as outer:
            iris.predict([[5.1, 3.5, 1.4, 0.2]])
            print(f"{outer.get_span_context().trace_id:032x} {outer.get_span_context().span_id:016x}")
        iris.predict([[5.1, 3.5, 1.4, 0.2]])
    """
    trace_id, span_id = run(code, collector).split()
    child, alone = collector.named("prediction_request")
    assert (child.trace_id.hex(), child.parent_span_id.hex()) == (trace_id, span_id)
    assert alone.trace_id.hex() != trace_id and not alone.parent_span_id


def test_no_prediction_of_many_threads_is_lost(collector: Collector) -> None:
    code = """
        import threading, iris_py
        iris_py.enable_tracing()
        iris = iris_py.Predictor()
        def predict():
            for _ in range(5000):
                iris.predict_one(5.1, 3.5, 1.4, 0.2)
        threads = [threading.Thread(target=predict) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    """
    run(code, collector)
    assert len(collector.named("prediction_request")) == 20_000
    assert len(collector.named("model_loading")) == 1
    assert len(collector.spans) == 80_001


def test_a_regressors_values_are_recorded(collector: Collector) -> None:
    code = """
        import iris_py
        from sklearn.datasets import load_diabetes
        from sklearn.linear_model import LinearRegression
        x, y = load_diabetes(return_X_y=True)
        one = iris_py.Predictor.from_sklearn(LinearRegression().fit(x, y))
        two = iris_py.Predictor.from_sklearn(LinearRegression().fit(x, [[value, value] for value in y]))
        iris_py.enable_tracing()
        for predictor in (one, two):
            predictor.predict_one(*x[0]), predictor.predict(x[:1]), predictor.predict(x)
        print(one.predict_one(*x[0]).value)
    """
    value = float(run(code, collector))
    answers = [attributes(span).get("model.predicted_value") for span in collector.named("model_inference")]
    assert answers == [value, value, None, None, None, None, value]
    sizes = [attributes(span).get("request.batch_size") for span in collector.named("prediction_request")]
    assert sizes == [None, None, 442, None, None, 442, None]


def test_every_exception_is_recorded_as_what_it_is(collector: Collector) -> None:
    code = """
        import iris_py
        class Rows:
            def __init__(self, error):
                self.error = error
            def __array__(self, dtype=None, copy=None):
                raise self.error
        class Stopped(BaseException):
            pass
        iris_py.enable_tracing()
        iris = iris_py.Predictor()
        errors = [ValueError(), TypeError(), RuntimeError(), MemoryError()]
        errors += [KeyboardInterrupt(), SystemExit(), Stopped()]
        for error in errors:
            try:
                iris.predict(Rows(error))
            except BaseException as raised:
                assert raised is error, raised
        for call in (lambda: iris.predict_one(1, 2, 3, float("nan")), lambda: iris.predict_one(1)):
            try:
                call()
            except (ValueError, TypeError):
                pass
    """
    run(code, collector)
    types = [attributes(span)["error.type"] for span in collector.named("prediction_request")]
    assert types == [*["invalid_input"] * 2, *["internal"] * 2, *["aborted"] * 3, *["invalid_input"] * 2]


def test_a_batch_that_is_interrupted_is_recorded_as_aborted(collector: Collector) -> None:
    # A signal may come between two batches, too; that all of ten do is out of the question.
    code = """
        import numpy as np, os, signal, threading, iris_py
        iris_py.enable_tracing()
        iris = iris_py.Predictor()
        rows, out = np.full((10**6, 4), 2.0), np.empty((10**6, 3))
        for _ in range(10):
            try:
                threading.Timer(0.02, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
                while True:
                    iris.predict_proba(rows, out)
            except KeyboardInterrupt:
                print("interrupted")
    """
    assert run(code, collector) == "interrupted\n" * 10
    failed = [span for span in collector.named("prediction_request") if "error.type" in attributes(span)]
    assert failed and {attributes(span)["error.type"] for span in failed} == {"aborted"}


def test_a_model_that_is_loaded_is_recorded(collector: Collector) -> None:
    code = """
        import iris_py
        iris_py.enable_tracing()
        iris_py.Predictor()
        try:
            iris_py.Predictor.load(b"no model")
        except iris_py.ModelError:
            pass
        iris_py.disable_tracing()
        iris_py.Predictor()
    """
    run(code, collector)
    loaded = [attributes(span)["model.status"] for span in collector.named("model_loading")]
    assert loaded == ["loaded", "error"]


def test_a_model_without_the_method_is_recorded_as_a_mistake_of_the_callers(collector: Collector) -> None:
    code = """
        import iris_py
        from sklearn.datasets import load_iris
        from sklearn.svm import LinearSVC
        svc = iris_py.Predictor.from_sklearn(LinearSVC().fit(*load_iris(return_X_y=True)))
        iris_py.enable_tracing()
        try:
            svc.predict_proba([[1, 2, 3, 4]])
        except AttributeError as error:
            print(error)
    """
    assert "ask for decision_function" in run(code, collector)
    (root,) = map(attributes, collector.named("prediction_request"))
    assert (root["request.status"], root["error.type"]) == ("error", "invalid_input")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_traces_too(collector: Collector) -> None:
    code = """
        import os, iris_py
        iris_py.enable_tracing()
        iris = iris_py.Predictor()
        iris.predict_one(5.1, 3.5, 1.4, 0.2)
        child = os.fork()
        iris.predict_one(6.3, 3.3, 6.0, 2.5)
        if child == 0:
            left = iris_py.disable_tracing()
            os._exit(left)
        print(os.waitpid(child, 0)[1])
    """
    assert run(code, collector) == "0\n"
    species = [attributes(span)["model.predicted_species"] for span in collector.named("model_inference")]
    assert sorted(map(str, species)) == ["setosa", "virginica", "virginica"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("way", ["Process", "Pool", "ProcessPoolExecutor"])
def test_what_multiprocessings_children_predict_is_not_lost(way: str, collector: Collector) -> None:
    code = f"""
        import concurrent.futures, multiprocessing, iris_py
        iris_py.enable_tracing()
        iris = iris_py.Predictor()
        def predict(_):
            iris.predict_one(5.1, 3.5, 1.4, 0.2)
        fork = multiprocessing.get_context("fork")
        match {way!r}:
            case "Process":
                children = [fork.Process(target=predict, args=(index,)) for index in range(4)]
                [child.start() for child in children], [child.join() for child in children]
            case "Pool":
                with fork.Pool(2) as pool:
                    pool.map(predict, range(4)), pool.close(), pool.join()
            case "ProcessPoolExecutor":
                with concurrent.futures.ProcessPoolExecutor(2, mp_context=fork) as executor:
                    list(executor.map(predict, range(4)))
    """
    run(code, collector)
    assert len(collector.named("prediction_request")) == 4


def test_timing_of_the_last_prediction() -> None:
    code = """
        import threading, iris_py
        iris = iris_py.Predictor()
        iris.predict_one(5.1, 3.5, 1.4, 0.2)
        assert iris_py.last_timing() is None
        iris_py.enable_tracing()
        iris.predict_one(5.1, 3.5, 1.4, 0.2)
        timing = iris_py.last_timing()
        assert list(timing.stages) == ["data_preparation", "model_inference", "response_formatting"], timing
        nanoseconds = [round(stage * 1e9) for stage in timing.stages.values()]
        assert 0 < sum(nanoseconds) <= round(timing.total * 1e9) < 1e9, timing
        assert len(timing.trace_id) == 32 and len(timing.span_id) == 16
        others = []
        thread = threading.Thread(target=lambda: others.append(iris_py.last_timing()))
        thread.start(), thread.join()
        assert others == [None]
        assert iris_py.disable_tracing() == 0
        iris.predict_one(5.1, 3.5, 1.4, 0.2)
        assert iris_py.last_timing().trace_id == timing.trace_id
        iris_py.enable_tracing()
        iris.predict_one(5.1, 3.5, 1.4, 0.2)
        assert iris_py.last_timing().trace_id != timing.trace_id
    """
    run(code)


def test_a_variable_that_cannot_be_honoured_is_named() -> None:
    code = """
        import iris_py
        try:
            iris_py.enable_tracing()
        except ValueError as error:
            print(error)
        iris_py.Predictor().predict_one(5.1, 3.5, 1.4, 0.2)
        try:
            iris_py.disable_tracing(-1)
        except ValueError as error:
            print(error)
    """
    lines = run(code, OTEL_TRACES_EXPORTER="pigeon").splitlines()
    assert "OTEL_TRACES_EXPORTER" in lines[0] and lines[1] == "timeout must be a number of seconds, not -1"
