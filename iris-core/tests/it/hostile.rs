//! Files that are not what they claim: an error that says what, never a panic.

mod trees;

use iris_core::{ErrorKind, Predictor, Reader};
use proptest::prelude::*;
use prost::Message;

use crate::cases;

/// Just enough of `onnx.proto` to write files that no converter would.
#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "14")]
    metadata_props: Vec<Property>,
}

#[derive(Clone, PartialEq, Message)]
struct Property {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Tensor>,
    #[prost(bytes = "vec", repeated, tag = "11")]
    input: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "12")]
    output: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(bytes = "vec", repeated, tag = "5")]
    attribute: Vec<Vec<u8>>,
    #[prost(string, tag = "7")]
    domain: String,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(int64, repeated, tag = "7")]
    int64_data: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    string_data: Vec<Vec<u8>>,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
    #[prost(double, repeated, tag = "10")]
    double_data: Vec<f64>,
}

/// The embedded model, taken apart to be put together wrongly.
fn iris() -> Model {
    let bytes = include_bytes!("../../models/iris.onnx");
    Model::decode(&bytes[..]).unwrap()
}

fn graph(model: &mut Model) -> &mut Graph {
    model.graph.as_mut().unwrap()
}

/// The error that `change` makes of the embedded model.
fn refused(change: impl FnOnce(&mut Model)) -> (ErrorKind, String) {
    let mut model = iris();
    change(&mut model);
    let error = Predictor::read(&model.encode_to_vec()).unwrap_err();
    (error.kind(), error.to_string())
}

fn metadata<'a>(model: &'a mut Model, key: &str) -> &'a mut String {
    &mut model.metadata_props.iter_mut().find(|property| property.key == key).unwrap().value
}

#[test]
fn the_untouched_file_loads() {
    Predictor::read(&iris().encode_to_vec()).unwrap();
}

#[test]
fn what_is_no_model_at_all() {
    let (malformed, unsupported) = (ErrorKind::MalformedModel, ErrorKind::UnsupportedModel);
    for (bytes, kind, named) in [
        (&[0xFF; 64][..], malformed, "not an ONNX file"),
        (b"\x08\x0a", malformed, "holds no graph"),
        (b"", malformed, "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", malformed, "git lfs pull"),
        (b"<html><title>Sign in</title>", malformed, "HTML"),
        (b"\x80\x04\x95pickle", malformed, "byte 2: the file is cut short"),
        (b"{\"json\": 1}", unsupported, "JSON"),
        (b"\x1f\x8b\x08\x00", malformed, "cannot be inflated"),
        (b"BZh91AY", malformed, "cannot be inflated"),
        (b"\xfd7zXZ\x00", malformed, "cannot be inflated"),
        (b"\x04\x22\x4d\x18", malformed, "cannot be inflated"),
        (b"\x28\xb5\x2f\xfd", unsupported, "zstd"),
        (b"PK\x03\x04", malformed, "zip archive is broken"),
    ] {
        let error = Predictor::read(bytes).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.is_model() && error.to_string().contains(named), "{error}");
    }
}

#[test]
fn a_file_that_is_not_there_or_too_large() {
    use std::error::Error;

    let error = Predictor::open("testdata/nowhere.onnx").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(error.to_string().starts_with("the file cannot be read: "), "{error}");
    assert!(error.source().is_some());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/iris.onnx");
    assert_eq!(Predictor::open(&path).unwrap().schema().name(), Some("iris"));
    for error in [
        Reader::new().max_bytes(100).open(&path).unwrap_err(),
        Reader::new().max_numbers(10).open(&path).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::ModelTooLarge);
    }
}

#[test]
fn what_stopped_the_reader_is_its_cause_or_its_operator() {
    use std::error::Error;

    assert!(Predictor::read(&[0xFF; 64]).unwrap_err().source().is_some());
    let mut model = iris();
    graph(&mut model).node[0].op_type = "Conv".into();
    let error = Predictor::read(&model.encode_to_vec()).unwrap_err();
    assert_eq!(error.operator(), Some("ai.onnx.Conv"));
}

#[test]
fn an_unknown_operator_is_named_with_its_node() {
    let (kind, message) = refused(|model| graph(model).node[0].op_type = "Conv".into());
    assert_eq!(kind, ErrorKind::UnsupportedModel);
    assert!(message.starts_with("node 0 ") && message.contains("(ai.onnx.Conv)"), "{message}");
    let (_, message) = refused(|model| graph(model).node[0].domain = "com.acme".into());
    assert!(message.contains("(com.acme.MatMul)"), "{message}");
}

#[test]
fn a_cycle_or_a_name_that_nothing_makes() {
    let (kind, message) = refused(|model| {
        let output = graph(model).node[1].output[0].clone();
        graph(model).node[0].input[0] = output;
    });
    assert_eq!(kind, ErrorKind::MalformedModel);
    assert!(
        message.starts_with("node 0 ") && message.contains("which nothing in front of it makes"),
        "{message}"
    );
}

#[test]
fn a_value_defined_twice() {
    let (_, message) = refused(|model| {
        let copy = graph(model).node[0].clone();
        graph(model).node.insert(0, copy);
    });
    assert!(message.contains("is defined twice"), "{message}");
}

#[test]
fn missing_inputs_and_outputs() {
    let (_, message) = refused(|model| graph(model).node[0].input.truncate(1));
    assert!(message.contains("(ai.onnx.MatMul): input 1 is missing"), "{message}");
    let (_, message) = refused(|model| graph(model).output.clear());
    assert!(message.contains("no output is a class label"), "{message}");
    let (_, message) = refused(|model| graph(model).input.clear());
    assert!(message.contains("no input columns"), "{message}");
}

#[test]
fn tensors_that_lie_about_their_size() {
    for dims in [vec![4, 4], vec![-4, 3], vec![i64::MAX, i64::MAX], vec![12, 1], vec![]] {
        let (kind, message) = refused(|model| {
            graph(model).initializer.iter_mut().find(|tensor| tensor.name == "coef").unwrap().dims =
                dims.clone();
        });
        assert_eq!(kind, ErrorKind::MalformedModel);
        assert!(message.contains("shape"), "{dims:?}: {message}");
    }
}

#[test]
fn weights_that_are_no_numbers() {
    let (kind, message) = refused(|model| {
        let tensor = graph(model).initializer.iter_mut().find(|tensor| tensor.name == "coef").unwrap();
        let nan = f64::NAN.to_le_bytes();
        if tensor.raw_data.is_empty() {
            tensor.double_data[5] = f64::NAN;
        } else {
            tensor.raw_data[40..48].copy_from_slice(&nan);
        }
    });
    assert_eq!(kind, ErrorKind::MalformedModel);
    assert!(message.contains("(ai.onnx.MatMul)") && message.contains("NaN"), "{message}");
}

#[test]
fn labels_that_do_not_match_the_scores() {
    let classes = |model: &mut Model, labels: &[&str]| {
        let tensor =
            graph(model).initializer.iter_mut().find(|tensor| !tensor.string_data.is_empty()).unwrap();
        tensor.dims = vec![i64::try_from(labels.len()).unwrap()];
        tensor.string_data = labels.iter().map(|label| label.as_bytes().to_vec()).collect();
    };
    let (_, message) = refused(|model| classes(model, &["a", "b"]));
    assert!(message.contains("2 class labels for 3 scores"), "{message}");
    let (_, message) = refused(|model| classes(model, &["a", "b", "a"]));
    assert!(message.contains("class label 'a' appears twice"), "{message}");
}

#[test]
fn metadata_that_does_not_fit() {
    let (_, message) = refused(|model| *metadata(model, "iris.feature_names") = "[\"a\"]".into());
    assert!(message.contains("feature_names has 1 entries, 4 are needed"), "{message}");
    let (_, message) = refused(|model| *metadata(model, "iris.feature_units") = "cm".into());
    assert!(message.contains("metadata 'iris.feature_units'"), "{message}");
    let (_, message) =
        refused(|model| *metadata(model, "iris.feature_names") = r#"["a", "b", "a", "c"]"#.into());
    assert!(message.contains("feature 'a' is named twice"), "{message}");
}

#[test]
fn golden_vectors_that_the_model_does_not_reproduce() {
    let (kind, message) = refused(|model| {
        let golden = metadata(model, "iris.golden");
        *golden = golden.replacen("setosa", "virginica", 1);
    });
    assert_eq!(kind, ErrorKind::GoldenMismatch);
    assert!(message.contains("golden row 0: the model answers setosa"), "{message}");
    let (kind, message) = refused(|model| {
        let mut golden: serde_json::Value = serde_json::from_str(metadata(model, "iris.golden")).unwrap();
        golden["probabilities"][1][0] = 0.5.into();
        *metadata(model, "iris.golden") = golden.to_string();
    });
    assert_eq!(kind, ErrorKind::GoldenMismatch);
    assert!(message.contains("golden row 1: probabilities are"), "{message}");
}

/// A `ValueInfo` that declares `X` as doubles with this many columns.
fn declare(width: i64) -> Vec<u8> {
    let field = |tag: u8, body: &[u8]| [&[tag, u8::try_from(body.len()).unwrap()], body].concat();
    let mut columns = vec![0x08];
    prost::encoding::encode_varint(width.cast_unsigned(), &mut columns);
    let shape = [field(0x0A, &[]), field(0x0A, &columns)].concat();
    let tensor = field(0x0A, &[&[0x08, 0x0B][..], &field(0x12, &shape)].concat());
    [field(0x0A, b"X"), field(0x12, &tensor)].concat()
}

/// A few bytes that declare a huge width must not make a huge allocation.
#[test]
fn declared_widths_are_bounded() {
    for (width, expected) in [
        (i64::MAX, "more than 1048576 input columns"),
        (1 << 40, "more than 1048576 input columns"),
        (1 << 20, "does not fit rows of 1048576 values"),
        (0, "does not say how many columns"),
    ] {
        let (_, message) = refused(|model| graph(model).input = vec![declare(width)]);
        assert!(message.contains(expected), "{width}: {message}");
    }
    let (_, message) = refused(|model| {
        graph(model).input = vec![declare(1 << 20)];
        let many = Node {
            op_type: "FeatureVectorizer".into(),
            domain: "ai.onnx.ml".into(),
            input: vec!["X".to_owned(); 100],
            output: vec!["many".to_owned()],
            ..Default::default()
        };
        graph(model).node.insert(0, many);
    });
    assert!(message.contains("FeatureVectorizer): the graph expands to more than"), "{message}");
}

/// The product and the sum of the embedded model as one operator.
#[test]
fn gemm_is_the_product_and_the_sum() {
    let iris = Predictor::iris();
    for transposed in [false, true] {
        let mut model = iris_with_gemm(transposed);
        let predictor = Predictor::read(&model.encode_to_vec()).unwrap();
        for row in [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]] {
            assert_eq!(predictor.predict(&row).unwrap(), iris.predict(&row).unwrap());
        }
        graph(&mut model).node[0].attribute.push(attribute("transA", 1));
        let error = Predictor::read(&model.encode_to_vec()).unwrap_err();
        assert!(error.to_string().contains("(ai.onnx.Gemm): transA"), "{error}");
    }
}

fn iris_with_gemm(transposed: bool) -> Model {
    let mut model = iris();
    let graph = graph(&mut model);
    let sum = graph.node.remove(1);
    assert_eq!((graph.node[0].op_type.as_str(), sum.op_type.as_str()), ("MatMul", "Add"));
    graph.node[0].op_type = "Gemm".into();
    graph.node[0].input.push(sum.input[1].clone());
    graph.node[0].output = sum.output;
    if transposed {
        graph.node[0].attribute.push(attribute("transB", 1));
        let coef = graph.initializer.iter_mut().find(|tensor| tensor.name == "coef").unwrap();
        coef.dims = vec![3, 4];
        let turned = |values: &[[u8; 8]]| -> Vec<u8> {
            (0..3)
                .flat_map(|class| (0..4).map(move |feature| feature * 3 + class))
                .flat_map(|i| values[i])
                .collect()
        };
        if coef.raw_data.is_empty() {
            coef.raw_data = coef.double_data.drain(..).flat_map(f64::to_le_bytes).collect();
        }
        coef.raw_data = turned(coef.raw_data.as_chunks::<8>().0);
    }
    model
}

/// An `AttributeProto` that holds one integer.
fn attribute(name: &str, value: u8) -> Vec<u8> {
    [&[0x0A, u8::try_from(name.len()).unwrap()], name.as_bytes(), &[0x18, value]].concat()
}

/// What no link makes of scores is no probability, whatever its output is called.
#[test]
fn an_unknown_link_gives_scores_alone() {
    let (kind, message) = refused(|model| {
        let graph = graph(model);
        let softmax = graph.node.iter_mut().find(|node| node.op_type == "Softmax").unwrap();
        softmax.op_type = "Exp".into();
        softmax.attribute.clear();
    });
    assert_eq!(kind, ErrorKind::GoldenMismatch);
    assert!(message.contains("golden row 0: this model gives scores, not probabilities"), "{message}");
}

#[test]
fn every_truncation_of_every_small_model() {
    let files = cases::estimators().into_iter().map(|case| cases::model(&case.file));
    let regressors = cases::regressors().into_iter().map(|case| cases::model_in("regressors", &case.file));
    let small: Vec<Vec<u8>> = files.chain(regressors).filter(|bytes| bytes.len() < 1_500).collect();
    assert!(small.len() > 20, "only {} small models", small.len());
    for bytes in small {
        for len in 0..bytes.len() {
            // A cut in front of optional fields can still be a model. What is none
            // is the file's fault, and says so.
            if let Err(error) = Predictor::read(&bytes[..len]) {
                assert!(error.is_model(), "cut at {len}: {error}");
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn flipped_bits_never_panic(
        file in prop::sample::select(cases::estimators().into_iter().map(|case| case.file).collect::<Vec<_>>()),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8u8), 1..8),
    ) {
        let mut bytes = cases::model(&file);
        for (index, bit) in flips {
            let index = index.index(bytes.len());
            bytes[index] ^= 1 << bit;
        }
        if let Ok(predictor) = Predictor::read(&bytes) {
            let row = vec![1.0; predictor.schema().n_features()];
            drop(predictor.predict(&row));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        drop(Predictor::read(&bytes));
    }
}
