"""Makes `tree_ensembles/`: ONNX files with ensembles of trees, and what onnxruntime answers.

With onnx, onnxruntime, skl2onnx, onnxmltools, scikit-learn, xgboost, lightgbm and catboost:
`python make_tree_ensembles.py`.
"""

import itertools
import json
import shutil
from pathlib import Path

import catboost
import lightgbm
import numpy as np
import onnx
import onnxruntime
import xgboost
from onnx import TensorProto, helper, numpy_helper
from onnxmltools.convert import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
FOLDER = HERE / "tree_ensembles"
OPSETS = {"": 18, "ai.onnx.ml": 3}
MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]


def model(node, outputs, version=3, dtype=TensorProto.FLOAT):
    """A graph of one node over three columns."""
    types = {"label": (TensorProto.INT64, [None])}
    infos = [
        helper.make_tensor_value_info(name, *types.get(name, (answer, [None, width])))
        for name, answer, width in outputs
    ]
    rows = helper.make_tensor_value_info("x", dtype, [None, 3])
    graph = helper.make_graph([node], "trees", [rows], infos)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", version)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def by_hand(weights, modes=MODES, seed=0, n_trees=4):
    """Nodes of trees of depth two, and leaves that have what `weights` says for each."""
    random = np.random.default_rng(seed)
    lists = {
        name: []
        for name in ["treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids"]
        + ["missing_value_tracks_true"]
    }
    votes = []
    turn = itertools.cycle(modes)
    for tree, node in itertools.product(range(n_trees), range(7)):
        is_leaf = node > 2
        for name, value in {
            "treeids": tree,
            "nodeids": node,
            "featureids": 0 if is_leaf else int(random.integers(3)),
            "modes": "LEAF" if is_leaf else next(turn),
            "values": 0.0 if is_leaf else float(np.float32(random.integers(-3, 4) / 2)),
            "truenodeids": 0 if is_leaf else 2 * node + 1,
            "falsenodeids": 0 if is_leaf else 2 * node + 2,
            "missing_value_tracks_true": int(random.integers(2)),
        }.items():
            lists[name].append(value)
        if is_leaf:
            votes += [(tree, node, target, float(np.float32(weight))) for target, weight in weights(random)]
    return {f"nodes_{name}": values for name, values in lists.items()}, votes


def named(prefix, votes):
    """The weights of leaves, as attributes."""
    names = ["treeids", "nodeids", "ids", "weights"]
    return {
        f"{prefix}_{name}": list(values) for name, values in zip(names, zip(*votes, strict=True), strict=True)
    }


def classifiers():
    """Every `post_transform` over one, two and three scores, with and without base values."""
    kinds = {
        "one_positive": (2, lambda random: [(0, random.uniform(0, 0.2))]),
        "one_mixed": (2, lambda random: [(1, random.normal())]),
        "two": (2, lambda random: [(0, random.normal()), (1, random.normal())]),
        "three": (3, lambda random: [(k, random.normal()) for k in range(3)]),
    }
    for (kind, (n_classes, weights)), transform in itertools.product(
        kinds.items(), ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]
    ):
        for base in [[], [0.25] * n_classes] + ([[0.125]] if kind.startswith("one") else []):
            nodes, votes = by_hand(weights)
            node = helper.make_node(
                "TreeEnsembleClassifier",
                ["x"],
                ["label", "scores"],
                domain="ai.onnx.ml",
                classlabels_int64s=list(range(n_classes)),
                post_transform=transform,
                **nodes,
                **named("class", votes),
                **({"base_values": base} if base else {}),
            )
            outputs = [("label", None, None), ("scores", TensorProto.FLOAT, n_classes)]
            yield f"{kind}_{transform.lower()}_{len(base)}", model(node, outputs)


def sparse():
    """Leaves that have a weight for one of three classes, or of two of them; one list of labels, and both."""
    kinds = {
        "pure": lambda random: [(int(random.integers(3)), random.normal() - 1)],
        "unknown": lambda random: [(int(random.integers(2)), random.normal() - 1)],
    }
    for (kind, weights), transform in itertools.product(kinds.items(), ["NONE", "SOFTMAX", "SOFTMAX_ZERO"]):
        for base in [[], [0.25, -0.5, 0.125]]:
            yield f"{kind}_{transform.lower()}_{len(base)}", classifier(weights, transform, base)
    names = ["ant", "bee", "cat"]
    yield "names", classifier(kinds["pure"], "NONE", [], classlabels_strings=names)
    both = {"classlabels_int64s": [5, 6, 7], "classlabels_strings": names}
    yield "names_and_numbers", classifier(kinds["pure"], "NONE", [], **both)
    yield "numbers", classifier(kinds["pure"], "NONE", [], classlabels_int64s=[7, -5, 6])


def classifier(weights, transform, base, seed=4, **labels):
    """Three classes, whose labels are 0, 1 and 2 unless others are given."""
    labels = labels or {"classlabels_int64s": [0, 1, 2]}
    nodes, votes = by_hand(weights, seed=seed)
    node = helper.make_node(
        "TreeEnsembleClassifier",
        ["x"],
        ["label", "scores"],
        domain="ai.onnx.ml",
        post_transform=transform,
        **labels,
        **nodes,
        **named("class", votes),
        **({"base_values": base} if base else {}),
    )
    made = model(node, [("label", None, None), ("scores", TensorProto.FLOAT, 3)])
    if "classlabels_strings" in labels:
        made.graph.output[0].type.tensor_type.elem_type = TensorProto.STRING
    return made


def aggregates():
    """What is made of trees, some of whose leaves have no weight for some target."""
    kinds = {
        "one": (1, lambda random: [(0, random.uniform(0, 0.2))]),
        "both": (2, lambda random: [(0, random.uniform(0, 0.2)), (1, random.normal())]),
        "either": (2, lambda random: [(int(random.integers(2)), random.normal())]),
        "first": (2, lambda random: [(0, random.normal())]),
        "gaps": (1, lambda random: [(0, random.normal())] if random.random() < 0.4 else []),
    }
    for (kind, (n_targets, weights)), aggregate, transform, base in itertools.product(
        kinds.items(), ["MIN", "MAX", "SUM", "AVERAGE"], ["NONE", "SOFTMAX", "PROBIT"], [[], [0.125, 0.5]]
    ):
        # The transforms are the same for all: of some they are enough.
        if transform not in {"one": ["NONE", "PROBIT"], "both": ["NONE", "SOFTMAX"]}.get(kind, ["NONE"]):
            continue
        nodes, votes = by_hand(weights, seed=6)
        node = helper.make_node(
            "TreeEnsembleRegressor",
            ["x"],
            ["y"],
            domain="ai.onnx.ml",
            n_targets=n_targets,
            aggregate_function=aggregate,
            post_transform=transform,
            **nodes,
            **named("target", votes),
            **({"base_values": base[:n_targets]} if base else {}),
        )
        name = f"{aggregate}_{kind}_{transform}_{len(base[:n_targets])}".lower()
        yield name, model(node, [("y", TensorProto.FLOAT, n_targets)])


def regressors():
    """One target and two, sums and means, single and double precision."""
    for n_targets, aggregate, transform in itertools.product(
        [1, 2], ["SUM", "AVERAGE"], ["NONE", "LOGISTIC", "PROBIT"]
    ):
        nodes, votes = by_hand(
            lambda random, n_targets=n_targets: [(k, random.uniform(0, 0.2)) for k in range(n_targets)],
            seed=1,
        )
        node = helper.make_node(
            "TreeEnsembleRegressor",
            ["x"],
            ["y"],
            domain="ai.onnx.ml",
            n_targets=n_targets,
            aggregate_function=aggregate,
            post_transform=transform,
            base_values=[0.125] * n_targets,
            **nodes,
            **named("target", votes),
        )
        yield (
            f"targets_{n_targets}_{aggregate}_{transform}".lower(),
            model(node, [("y", TensorProto.FLOAT, n_targets)]),
        )
    nodes, votes = by_hand(lambda random: [(0, random.normal())], seed=2, modes=["BRANCH_LEQ"])
    of_target = named("target", votes)
    doubles = {"nodes_values_as_tensor": np.array(nodes.pop("nodes_values")) + 1 / 3}
    doubles["target_weights_as_tensor"] = np.array(of_target.pop("target_weights")) / 3
    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        n_targets=1,
        **nodes,
        **of_target,
        **{name: numpy_helper.from_array(values, name) for name, values in doubles.items()},
    )
    yield "doubles", model(node, [("y", TensorProto.FLOAT, 1)], dtype=TensorProto.DOUBLE)


def version_five():
    """`TreeEnsemble`, with sets of members, in both precisions."""
    types = [(np.float32, TensorProto.FLOAT), (np.float64, TensorProto.DOUBLE)]
    for (dtype, onnx_type), (aggregate, name) in itertools.product(
        types, [(1, "five"), (0, "five_average"), (2, "five_min"), (3, "five_max")]
    ):
        tensor = lambda values, dtype=dtype: numpy_helper.from_array(np.array(values, dtype), "t")  # noqa: E731
        node = helper.make_node(
            "TreeEnsemble",
            ["x"],
            ["y"],
            domain="ai.onnx.ml",
            n_targets=2,
            aggregate_function=aggregate,
            post_transform=0,
            tree_roots=[0, 2],
            nodes_featureids=[0, 1, 2, 0],
            nodes_modes=tensor([0, 6, 4, 3], np.uint8),
            nodes_splits=tensor([0.1, 0.0, 1.0, -0.5]),
            nodes_truenodeids=[1, 0, 2, 4],
            nodes_trueleafs=[0, 1, 1, 1],
            nodes_falsenodeids=[1, 3, 3, 5],
            nodes_falseleafs=[1, 1, 0, 1],
            membership_values=tensor([0.0, 2.0, 3.0, np.nan]),
            leaf_targetids=[0, 1, 0, 1, 0, 1],
            leaf_weights=tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        )
        yield f"{name}_{np.dtype(dtype).name}", model(node, [("y", onnx_type, 2)], 5, onnx_type)


def converted():
    """What the converters write."""
    iris, cancer = load_iris(return_X_y=True), load_breast_cancer(return_X_y=True)
    cancer = (cancer[0][:, :6], cancer[1])
    diabetes = load_diabetes(return_X_y=True)

    def skl(estimator, data):
        rows, target = data[0].astype(np.float32), data[1]
        last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
        options = {id(last): {"zipmap": False}} if hasattr(last, "predict_proba") else None
        return to_onnx(estimator.fit(rows, target), rows[:1], options=options, target_opset=OPSETS)

    def other(convert, estimator, data):
        types = [("x", FloatTensorType([None, data[0].shape[1]]))]
        return convert(estimator.fit(data[0].astype(np.float32), data[1]), initial_types=types)

    few = {"n_estimators": 6, "random_state": 0}
    yield "forest_2", skl(RandomForestClassifier(max_depth=4, **few), cancer)
    yield "forest_3", skl(make_pipeline(StandardScaler(), RandomForestClassifier(max_depth=4, **few)), iris)
    yield (
        "forest_values",
        skl(RandomForestRegressor(max_depth=4, **few), (diabetes[0], np.c_[diabetes[1], -diabetes[1]])),
    )
    yield "boosting_2", skl(GradientBoostingClassifier(**few), cancer)
    yield "boosting_3", skl(GradientBoostingClassifier(**few), iris)
    yield "xgboost_2", other(convert_xgboost, xgboost.XGBClassifier(max_depth=3, **few), cancer)
    yield "xgboost_3", other(convert_xgboost, xgboost.XGBClassifier(max_depth=3, **few), iris)
    yield "xgboost_values", other(convert_xgboost, xgboost.XGBRegressor(max_depth=3, **few), diabetes)
    light = {"num_leaves": 7, "verbose": -1, **few}
    yield "lightgbm_2", other(convert_lightgbm, lightgbm.LGBMClassifier(**light), cancer)
    yield "lightgbm_3", other(convert_lightgbm, lightgbm.LGBMClassifier(**light), iris)
    cat = catboost.CatBoostClassifier(iterations=6, depth=3, verbose=0, allow_writing_files=False)
    cat.fit(iris[0].astype(np.float32), iris[1]).save_model(str(FOLDER / "catboost.onnx"), format="onnx")
    yield "catboost_3", onnx.load(FOLDER / "catboost.onnx")
    (FOLDER / "catboost.onnx").unlink()


def rows_of(made):
    """Rows that are random, on and beside thresholds, and with missing values where a node takes them."""
    column = made.graph.input[0].type.tensor_type
    width, dtype = (
        column.shape.dim[1].dim_value,
        np.float64 if column.elem_type == TensorProto.DOUBLE else np.float32,
    )
    random = np.random.default_rng(3)
    rows = random.integers(-4, 5, (12, width)).astype(dtype) / 2
    for node in made.graph.node:
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        numbers = next(
            (
                attributes[name]
                for name in ["nodes_values", "nodes_values_as_tensor", "nodes_splits"]
                if name in attributes
            ),
            [],
        )
        numbers = numpy_helper.to_array(numbers) if isinstance(numbers, TensorProto) else np.array(numbers)
        chosen = random.choice(len(numbers), min(len(numbers), 14), replace=False) if len(numbers) else []
        for index in chosen:
            value = dtype(numbers[index])
            for near in [np.nextafter(value, dtype(-np.inf)), value, np.nextafter(value, dtype(np.inf))]:
                row = rows[random.integers(12)].copy()
                row[attributes["nodes_featureids"][index]] = near
                rows = np.vstack([rows, row])
        if any(attributes.get("nodes_missing_value_tracks_true", [])):
            lost = rows[:12].copy()
            lost[random.random(lost.shape) < 0.4] = np.nan
            rows = np.vstack([rows, lost])
    return rows


def main():
    """Writes the files, and `tree_ensembles.json`."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    cases = []
    for name, made in itertools.chain(
        classifiers(), regressors(), version_five(), converted(), sparse(), aggregates()
    ):
        file = f"{name}.onnx"
        onnx.save(made, FOLDER / file)
        session = onnxruntime.InferenceSession(FOLDER / file, options)
        rows = rows_of(made)
        said = session.run(None, {session.get_inputs()[0].name: rows})
        said[-1] = (
            [list(row.values()) for row in said[-1]] if isinstance(said[-1], list) else said[-1].tolist()
        )
        listed = [[None if np.isnan(value) else float(value) for value in row] for row in rows]
        labels = np.ravel(said[0]).tolist() if len(said) == 2 else None
        cases.append({"file": file, "rows": listed, "labels": labels, "numbers": said[-1]})
    text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
    (HERE / "tree_ensembles.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
