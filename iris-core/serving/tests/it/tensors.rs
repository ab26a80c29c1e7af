//! Tensors in, tensors out: what every transport of the inference protocol gives.

use iris_core::{ErrorClass, Predictor, Texts};
use iris_serving::{Catalog, Datatype, DeclaredInput, InputData, Model, OutputData, Tensor};

const ROWS: [f64; 8] = [6.8, 2.8, 4.8, 1.4, 6.0, 3.4, 4.5, 1.6];

fn iris() -> Model {
    Model::new("iris", "1", Predictor::iris())
}

fn tensor<'a>(name: &'a str, datatype: Datatype, shape: &'a [i64], data: InputData<'a>) -> Tensor<'a> {
    Tensor { name, datatype, shape, data }
}

/// A model from the core's test data.
fn test_data(file: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/onnx").join(file)
}

/// The message of a refusal of these tensors.
fn refused(inputs: &[Tensor<'_>]) -> String {
    let refusal = iris().rows(inputs, &mut Texts::new()).unwrap_err();
    assert_eq!(refusal.class(), ErrorClass::InvalidInput);
    refusal.to_string()
}

#[test]
fn rows_come_as_a_matrix_as_one_row_or_as_columns() {
    let raw: Vec<u8> = ROWS.iter().flat_map(|value| value.to_le_bytes()).collect();
    for data in [InputData::F64(&ROWS), InputData::Json(&ROWS), InputData::Raw(&raw)] {
        assert_eq!(
            iris().rows(&[tensor("any", Datatype::Fp64, &[2, 4], data)], &mut Texts::new()).unwrap(),
            ROWS
        );
    }
    let one = tensor("any", Datatype::Fp64, &[4], InputData::F64(&ROWS[..4]));
    assert_eq!(iris().rows(&[one], &mut Texts::new()).unwrap(), ROWS[..4]);

    let column = |feature: usize| [ROWS[feature], ROWS[4 + feature]];
    let (lengths, widths) = ([column(0), column(2)], [column(1), column(3)]);
    let columns = [
        tensor("petal_width", Datatype::Fp64, &[2], InputData::Json(&widths[1])),
        tensor("sepal_length", Datatype::Fp64, &[2, 1], InputData::F64(&lengths[0])),
        tensor("sepal_width", Datatype::Fp64, &[2], InputData::F64(&widths[0])),
        tensor("petal_length", Datatype::Fp64, &[2, 1], InputData::F64(&lengths[1])),
    ];
    assert_eq!(iris().rows(&columns, &mut Texts::new()).unwrap(), ROWS);
}

#[test]
fn every_numeric_datatype_holds_the_same_numbers() {
    let numbers = [1u8, 0, 1, 1];
    let expected = numbers.map(f64::from);
    let bytes = |size: usize, one: &[u8]| -> Vec<u8> {
        numbers.iter().flat_map(|value| if *value == 1 { one.to_vec() } else { vec![0; size] }).collect()
    };
    for datatype in Datatype::ALL {
        let Some(size) = datatype.size() else { continue };
        let one = match datatype {
            Datatype::Fp16 => vec![0x00, 0x3C],
            Datatype::Bf16 => vec![0x80, 0x3F],
            Datatype::Fp32 => 1f32.to_le_bytes().to_vec(),
            Datatype::Fp64 => 1f64.to_le_bytes().to_vec(),
            _ => std::iter::once(1).chain(vec![0; size - 1]).collect(),
        };
        let raw = bytes(size, &one);
        for data in [InputData::Raw(&raw), InputData::Json(&expected)] {
            assert_eq!(
                iris().rows(&[tensor("x", datatype, &[1, 4], data)], &mut Texts::new()).unwrap(),
                expected,
                "{datatype}"
            );
        }
        assert_eq!(Datatype::named(datatype.name()), Some(datatype));
    }
    let typed: [InputData<'_>; 6] = [
        InputData::Bool(&[true, false, true, true]),
        InputData::I32(&[1, 0, 1, 1]),
        InputData::I64(&[1, 0, 1, 1]),
        InputData::U32(&[1, 0, 1, 1]),
        InputData::U64(&[1, 0, 1, 1]),
        InputData::F32(&[1.0, 0.0, 1.0, 1.0]),
    ];
    for data in typed {
        assert_eq!(
            iris().rows(&[tensor("x", Datatype::Fp64, &[4], data)], &mut Texts::new()).unwrap(),
            expected
        );
    }
}

#[test]
fn numbers_in_json_are_what_the_same_tensor_in_bytes_holds() {
    let json = [5.1, 3.5, 1.4, 0.2];
    let single: Vec<u8> = [5.1f32, 3.5, 1.4, 0.2].iter().flat_map(|value| value.to_le_bytes()).collect();
    let read = |data| iris().rows(&[tensor("x", Datatype::Fp32, &[1, 4], data)], &mut Texts::new()).unwrap();
    assert_eq!(read(InputData::Json(&json)), read(InputData::Raw(&single)));
    assert_ne!(read(InputData::Json(&json)), json);
    for (datatype, value) in
        [(Datatype::Int8, 128.0), (Datatype::Uint8, -1.0), (Datatype::Int32, 1.5), (Datatype::Bool, 2.0)]
    {
        let values = [0.0, 0.0, value, 0.0];
        let message = refused(&[tensor("x", datatype, &[1, 4], InputData::Json(&values))]);
        assert_eq!(message, format!("input 'x': element 2 is {value}, which is no {datatype}"));
    }
    let wide = refused(&[tensor("x", Datatype::Int8, &[4], InputData::I32(&[1, 2, 3, -129]))]);
    assert_eq!(wide, "input 'x': element 3 is -129, which is no INT8");
    let wide = refused(&[tensor("x", Datatype::Uint16, &[4], InputData::U32(&[1, 65_536, 3, 4]))]);
    assert_eq!(wide, "input 'x': element 1 is 65536, which is no UINT16");
}

#[test]
fn a_tensor_that_lies_is_named() {
    let f64s = |shape: &[i64]| refused(&[tensor("x", Datatype::Fp64, shape, InputData::F64(&ROWS))]);
    assert!(f64s(&[1, 4]).contains("'x': 8 elements, but FP64 of shape [1, 4] has 4"));
    assert!(f64s(&[2, 3]).contains("its shape is [2, 3]; expected one tensor [rows, 4]"));
    assert!(f64s(&[]).contains("its shape is []"));
    assert!(f64s(&[1, 2, 4]).contains("its shape is [1, 2, 4]"));
    assert!(f64s(&[0, 4]).contains("0 rows"));
    assert!(f64s(&[-2, 4]).contains("-2 rows"));
    assert!(f64s(&[2, -4]).contains("its shape"));
    for rows in [65_537, i64::MAX, i64::MAX / 2 + 1] {
        assert!(f64s(&[rows, 4]).contains("at most 65536"), "{rows}");
    }
    let raw = [0; 63];
    let short = refused(&[tensor("x", Datatype::Fp64, &[2, 4], InputData::Raw(&raw))]);
    assert!(short.contains("'x': 63 bytes, but FP64 of shape [2, 4] has 64"), "{short}");
    let bytes = refused(&[tensor("x", Datatype::Bytes, &[1, 4], InputData::Raw(&raw))]);
    assert!(bytes.contains("BYTES"), "{bytes}");
    assert!(refused(&[]).contains("no input"));
}

#[test]
fn elements_are_looked_for_once_the_declaration_is_sound() {
    let declared =
        |datatype, in_shared_memory| DeclaredInput { name: "x", datatype, shape: &[4], in_shared_memory };
    let tensor = declared("FP64", false).tensor(|_| Ok(InputData::F64(&ROWS[..4]))).unwrap();
    assert_eq!((tensor.name, tensor.datatype, tensor.shape), ("x", Datatype::Fp64, &[4][..]));
    for (datatype, in_shared_memory, said) in [
        ("FP128", true, "input 'x': datatype 'FP128' is unknown"),
        ("BYTES", true, "input 'x': shared memory is not supported"),
    ] {
        let refused = declared(datatype, in_shared_memory).tensor(|_| panic!("looked for")).unwrap_err();
        assert_eq!(refused.class(), ErrorClass::InvalidInput);
        assert!(refused.to_string().starts_with(said), "{refused}");
    }
}

#[test]
fn columns_that_do_not_fit_are_named() {
    let column = |name| tensor(name, Datatype::Fp64, &[2], InputData::F64(&ROWS[..2]));
    let [a, b, c, d] = ["sepal_length", "sepal_width", "petal_length", "petal_width"].map(column);
    assert_eq!(refused(&[a, b]), "inputs are missing: petal_length, petal_width");
    assert!(refused(&[a, b, c, a]).contains("'sepal_length': given twice"));
    assert!(refused(&[a, b, c, d, column("x")]).contains("'x': unknown"));
    let longer = tensor("petal_width", Datatype::Fp64, &[3], InputData::F64(&ROWS[..3]));
    assert!(refused(&[a, b, c, longer]).contains("'petal_width': 3 rows, but 'sepal_length' has 2"));
    let scalar = tensor("petal_width", Datatype::Fp64, &[], InputData::F64(&ROWS[..1]));
    assert!(refused(&[a, b, c, scalar]).contains("a column is [rows]"));
    let empty = tensor("petal_width", Datatype::Fp64, &[2], InputData::F64(&[]));
    assert!(refused(&[a, b, c, empty]).contains("0 elements"));
}

#[test]
fn outputs_are_asked_for_by_name_or_alias() {
    let iris = iris();
    for (alias, name) in [
        ("output-0", "predict"),
        ("label", "predict"),
        ("output_label", "predict"),
        ("probabilities", "predict_proba"),
        ("output_probability", "predict_proba"),
    ] {
        assert_eq!(iris.select([alias]).unwrap().want(), iris.select([name]).unwrap().want());
    }
    assert_eq!(iris.select::<&str>([]), iris.select(["predict"]));
    let unknown = iris.select(["predict", "x"]).unwrap_err().to_string();
    assert!(unknown.contains("'x'") && unknown.contains("predict_proba"), "{unknown}");
    assert!(iris.select(["predict", "predict"]).unwrap_err().to_string().contains("twice"));
}

#[test]
fn a_model_has_the_outputs_that_it_gives() {
    let of = |file: &str| Model::new("m", "1", Predictor::open(test_data(file)).unwrap());
    let scores = of("ridge_classifier_three_strings_float.onnx");
    assert!(scores.select(["predict_proba"]).is_err());
    let names: Vec<&str> = scores.metadata().outputs.iter().map(|output| output.name).collect();
    assert_eq!(names, ["predict", "decision_function", "class_index"]);
    assert_eq!(scores.metadata().inputs[0].datatype, Datatype::Fp32);

    let integers = of("logistic_regression_three_ints_double.onnx");
    assert_eq!(integers.metadata().outputs[0].datatype, Datatype::Int64);
    let metadata = iris();
    let metadata = metadata.metadata();
    assert_eq!((metadata.name, metadata.versions), ("iris", vec!["1"]));
    assert_eq!(
        (metadata.inputs[0].shape.as_slice(), metadata.inputs[0].datatype),
        (&[-1, 4][..], Datatype::Fp64)
    );
    let shapes: Vec<&[i64]> = metadata.outputs.iter().map(|output| output.shape.as_slice()).collect();
    assert_eq!(shapes, [&[-1][..], &[-1, 3], &[-1, 3], &[-1]]);
}

#[test]
fn strings_are_written_behind_their_lengths() {
    let mut bytes = Vec::new();
    let strings = OutputData::Strings(vec!["ab", "", "c"]);
    strings.write_raw(&mut bytes);
    assert_eq!(bytes, [2, 0, 0, 0, b'a', b'b', 0, 0, 0, 0, 1, 0, 0, 0, b'c']);
    assert_eq!(strings.raw_len(), bytes.len());
    OutputData::I64(vec![-1]).write_raw(&mut bytes);
    OutputData::F64(vec![1.0].into()).write_raw(&mut bytes);
    assert_eq!(bytes[15..], [vec![255; 8], 1f64.to_le_bytes().to_vec()].concat());
}

#[test]
fn only_the_model_and_version_served_are_found() {
    let catalog = Catalog::new(iris());
    let snapshot = catalog.snapshot();
    for version in [None, Some(""), Some("1")] {
        assert_eq!(snapshot.find("iris", version).unwrap().name(), "iris");
    }
    for (name, version, said) in [("rose", None, "'iris'"), ("iris", Some("2"), "version '2'")] {
        let refusal = snapshot.find(name, version).unwrap_err();
        assert_eq!(refusal.class(), ErrorClass::NotFound);
        assert!(refusal.to_string().contains(said), "{refusal}");
    }
}

#[test]
fn a_request_under_way_keeps_the_model_that_it_began_with() {
    let catalog = Catalog::new(iris());
    let before = catalog.snapshot();
    catalog.clone().replace(Model::new("iris", "2", Predictor::iris()));
    assert_eq!(before.default_model().version(), "1");
    assert_eq!(catalog.snapshot().default_model().version(), "2");
}

#[test]
fn who_waits_for_readiness_is_told_once() {
    let catalog = Catalog::new(iris());
    let mut told = catalog.readiness().subscribe();
    assert!(catalog.readiness().is_ready() && !told.has_changed().unwrap());
    catalog.clone().readiness().set(false);
    assert!(told.has_changed().unwrap() && !*told.borrow_and_update());
    assert!(!catalog.readiness().is_ready() && !told.has_changed().unwrap());
}

#[test]
fn a_classifier_without_scores_lists_and_gives_none() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../testdata/composites/nearestcentroid_manhattan.pkl");
    let model = Model::new("nearest", "1", Predictor::open(file).unwrap());
    let outputs: Vec<&str> = model.metadata().outputs.iter().map(|output| output.name).collect();
    assert_eq!(outputs, ["predict", "class_index"]);
    let refusal = model.select(["decision_function"]).unwrap_err();
    assert_eq!(refusal.class(), ErrorClass::InvalidInput);
    assert!(refusal.to_string().contains("this model has predict, class_index"), "{refusal}");
    let none: [&str; 0] = [];
    assert_eq!(model.select(none).unwrap(), model.select(["predict"]).unwrap());
}
