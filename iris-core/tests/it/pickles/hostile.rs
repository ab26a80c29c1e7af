//! Pickles that were made to do harm, or came to it: an error that says where,
//! never a panic, in bounded time and memory.

mod composites;
mod others;
mod trees;

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use iris_core::{Error, ErrorKind, Predictor, Reader};

use crate::cases;

pub(super) fn refused(bytes: &[u8]) -> Error {
    Predictor::read(bytes).expect_err("no model")
}

/// A short string, as protocol 4 writes it.
pub(super) fn text(text: &str) -> Vec<u8> {
    [&[0x8c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

pub(super) fn global(module: &str, name: &str) -> Vec<u8> {
    [text(module), text(name), vec![0x93]].concat()
}

/// An array of `n` objects, which `items` put on the stack.
pub(super) fn object_array(items: &[u8], n: u16) -> Vec<u8> {
    let empty = [global("numpy._core.multiarray", "_reconstruct"), b")R(K\x01M".to_vec()].concat();
    let dtype = [global("numpy", "dtype"), text("O"), b"\x85R\x89](".to_vec()].concat();
    [&empty, &n.to_le_bytes()[..], b"\x85", &dtype, items, b"etb"].concat()
}

/// An estimator with these attributes.
pub(super) fn instance(module: &str, class: &str, attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let attributes = attributes.iter().flat_map(|(name, value)| [text(name), value.clone()].concat());
    [global(module, class), b")\x81}(".to_vec(), attributes.collect(), b"ub".to_vec()].concat()
}

/// A whole pickle of protocol 4.
pub(super) fn pickle(parts: &[&[u8]]) -> Vec<u8> {
    [&[0x80, 4], parts.concat().as_slice(), b"."].concat()
}

#[test]
fn what_is_not_read_is_named_with_where_it_stands() {
    let cases = cases::refused_pickles();
    assert!(cases.len() > 10);
    for case in cases {
        let error = refused(&cases::model_in("pickles", &case.file));
        assert_eq!(error.operator(), Some(case.operator.as_str()), "{}: {error}", case.file);
        assert_eq!(error.kind(), ErrorKind::UnsupportedModel, "{}: {error}", case.file);
        assert!(error.to_string().contains(&case.says), "{}: {error}", case.file);
    }
}

#[test]
fn nothing_that_a_file_names_is_called() {
    let trace = std::env::temp_dir().join(format!("iris-pickle-{}", std::process::id()));
    let command = format!("touch {}", trace.display());
    let calls: [(&str, &str, &str); 5] = [
        ("os", "system", &command),
        ("posix", "system", &command),
        ("builtins", "eval", "__import__('os').system('true')"),
        ("builtins", "__import__", "antigravity"),
        ("subprocess", "check_output", &command),
    ];
    for (module, name, argument) in calls {
        let call = [global(module, name), text(argument), vec![0x85, b'R']].concat();
        let error = refused(&pickle(&[&call]));
        assert_eq!(error.operator(), Some(format!("{module}.{name}").as_str()), "{error}");
        // Also as a state, where a model would be, and in the form of protocol 0.
        let scaler = global("sklearn.preprocessing._data", "StandardScaler");
        refused(&pickle(&[&scaler, b")\x81", &call, b"b"]));
        let old = format!("c{module}\n{name}\n(S\"{}\"\ntR.", argument.replace('\'', "\\'"));
        assert_eq!(refused(old.as_bytes()).operator(), Some(format!("{module}.{name}").as_str()));
    }
    assert!(!trace.exists());
}

#[test]
fn what_lies_outside_of_the_file_is_refused_by_name() {
    for (opcodes, named) in [
        (&b"\x82\x01"[..], "registry of extensions"),
        (b"\x83\x01\x00", "registry of extensions"),
        (b"NQ", "outside of the pickle"),
        (b"\x97", "written beside the pickle"),
        (b"\xff", "0xff is no opcode"),
        (b"b", "the stack is empty"),
        (b"Nb", "the stack is empty"),
        (b"NNb", "a state for None"),
        (b"(N0000", "the stack is empty"),
        (b"t", "no mark"),
        (b"N(a", "the stack is empty"),
        (b"NNa", "no container"),
        (b"}(Nu", "a key without its value"),
        (b"h\x07", "nothing was put down as number 7"),
        (b"NN\x93", "whose name is no string"),
    ] {
        let error = refused(&pickle(&[opcodes]));
        assert!(error.to_string().contains(named), "{error}");
        assert!(error.to_string().starts_with("byte "), "{error}");
    }
    let error = refused(b"\x80\x04\x80\x06N.");
    assert!(error.to_string().starts_with("byte 2: protocol 6"), "{error}");
}

#[test]
fn lengths_that_are_lies() {
    let huge = [0xff; 8];
    for (opcode, length) in [
        (&b"\x8e"[..], 8),
        (b"\x96", 8),
        (b"\x8d", 8),
        (b"\x95", 8),
        (b"B", 4),
        (b"X", 4),
        (b"Nr", 4),
        (b"\x8b", 4),
    ] {
        let error = refused(&pickle(&[opcode, &huge[..length]]));
        assert_eq!(error.kind(), ErrorKind::MalformedModel, "{error}");
        assert!(error.to_string().starts_with("byte "), "{error}");
    }
}

/// An array whose state says that it has this shape, this type and this data.
pub(super) fn array(shape: &[u8], dtype: &str, data: &[u8]) -> Vec<u8> {
    let dtype = [global("numpy", "dtype"), text(dtype), b"\x89\x88\x87R".to_vec()].concat();
    let made = [
        global("numpy._core.multiarray", "_reconstruct"),
        global("numpy", "ndarray"),
        b"K\x00\x85C\x01b\x87R(K\x01".to_vec(),
    ];
    [made.concat(), shape.to_vec(), dtype, b"\x89".to_vec(), data.to_vec(), b"tb".to_vec()].concat()
}

#[test]
fn arrays_that_are_lies() {
    let right = refused(&pickle(&[&array(b"K\x02\x85", "f8", b"C\x100123456789abcdef")]));
    assert!(right.to_string().contains("an array of float64 in [2] stands where"), "{right}");
    let largest = b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
    let square = [&largest[..], largest, b"\x86"].concat();
    for wrong in [
        array(b"K\x03\x85", "f8", b"C\x100123456789abcdef"),
        array(b"J\xff\xff\xff\xff\x85", "f8", b"C\x00"),
        array(&square, "f8", b"C\x00"),
        array(&[&b"K\x00"[..], largest, largest, b"\x87"].concat(), "f8", b"C\x00"),
        array(&[&largest[..], b"\x85"].concat(), "U0", b"C\x00"),
        array(b"K\x01\x85", "O", b"C\x080123456"),
        array(b"K\x02\x85", "f8", b"]"),
        array(b"N", "f8", b"C\x00"),
        array(b"K\x01\x85", "f8", b"N"),
    ] {
        let error = refused(&pickle(&[&wrong]));
        assert!(error.to_string().starts_with("byte "), "{error}");
    }
}

/// An estimator whose attributes these opcodes leave behind a mark.
fn estimator(module: &str, class: &str, attributes: &[u8]) -> Vec<u8> {
    [global(module, class), b")\x81}(".to_vec(), attributes.to_vec(), b"ub".to_vec()].concat()
}

/// A ridge regression of two columns with one attribute more, which counts.
fn ridge(name: &str, value: &[u8]) -> Vec<u8> {
    let coefficients = array(b"K\x02\x85", "f8", &doubles(&[0.5, 2.0]));
    let attributes = [
        [text("n_features_in_"), b"K\x02".to_vec()].concat(),
        [text("coef_"), coefficients].concat(),
        [text("intercept_"), b"K\x01".to_vec()].concat(),
        [text(name), value.to_vec()].concat(),
    ];
    pickle(&[&estimator("sklearn.linear_model._ridge", "Ridge", &attributes.concat())])
}

pub(super) fn doubles(values: &[f64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [&[b'C', u8::try_from(bytes.len()).unwrap()], bytes.as_slice()].concat()
}

#[test]
fn attributes_that_do_not_fit_are_named() {
    let right = Predictor::read(&ridge("alpha", b"K\x01")).unwrap();
    assert_eq!(right.predict(&[4.0, 1.0]).unwrap().value(), Some(5.0));
    for (name, value, named) in [
        ("coef_", array(b"K\x03\x85", "f8", &doubles(&[1.0; 3])), "'coef_' is of shape [3] where 2 columns"),
        ("coef_", array(b"K\x02\x85", "f8", &doubles(&[1.0, f64::NAN])), "not finite"),
        ("coef_", array(b"K\x02\x85", "S8", &doubles(&[1.0; 2])), "'coef_': an array of S8"),
        ("coef_", text("none"), "'coef_' is 'none'"),
        ("intercept_", array(b"K\x02\x85", "f8", &doubles(&[1.0; 2])), "2 numbers for 1 scores"),
        ("intercept_", b"N".to_vec(), "'intercept_' is None"),
        ("n_features_in_", b"K\x00".to_vec(), "0 input columns"),
        ("n_features_in_", b"J\x00\x00\x00\x7f".to_vec(), "2130706432 input columns"),
        ("n_features_in_", b"K\x03".to_vec(), "where 3 columns come in"),
        ("feature_names_in_", array(b"K\x01\x85", "U1", b"C\x04a\0\0\0"), "1 feature names for 2"),
        ("feature_names_in_", array(b"K\x02\x85", "U1", b"C\x08a\0\0\0a\0\0\0"), "'a' is named twice"),
    ] {
        let error = refused(&ridge(name, &value));
        assert!(error.is_model() && error.to_string().contains(named), "{error}");
    }
}

const DEPTH: usize = 100_000;

#[test]
fn depth_costs_no_stack() {
    for nested in [
        [vec![b']'; DEPTH], vec![b'a'; DEPTH - 1]].concat(),
        [vec![b')'], vec![0x85; DEPTH]].concat(),
        [vec![b'('; DEPTH], vec![b't'; DEPTH]].concat(),
        [&b"cos\nsystem\nq\x00"[..], &b"h\x00)R\x85h\x00".repeat(DEPTH), b")R"].concat(),
    ] {
        refused(&pickle(&[&nested]));
    }
}

#[test]
fn pipelines_in_pipelines_come_to_an_end() {
    let class = [global("sklearn.pipeline", "Pipeline"), b"r\x00\x00\x00\x000".to_vec()].concat();
    let steps = [text("steps"), b"r\x01\x00\x00\x000".to_vec()].concat();
    let columns = [text("n_features_in_"), b"K\x01".to_vec()].concat();
    let open = [&b"h\x00)\x81}("[..], &columns, b"h\x01]((h\x01"].concat();
    // Pipeline in pipeline in pipeline.
    let nested = [open.repeat(DEPTH), b"N".to_vec(), b"teub".repeat(DEPTH)].concat();
    let error = refused(&pickle(&[&class, &steps, &nested]));
    assert!(error.to_string().contains("nested more than 32 deep"), "{error}");
    assert_eq!(error.operator(), Some("sklearn.pipeline.Pipeline"));
    // A pipeline that is its own step.
    let itself = [&b"h\x00)\x81q\x02}("[..], &columns, b"h\x01]((h\x01h\x02teub"].concat();
    let error = refused(&pickle(&[&class, &steps, &itself]));
    assert!(error.to_string().contains("nested more than 32 deep"), "{error}");
    // Thirty pipelines, each twice the one before: a billion steps.
    let mut doubled = b"N".to_vec();
    for _ in 0..30 {
        doubled.extend(b"q\x020h\x00)\x81}(");
        doubled.extend(&columns);
        doubled.extend(b"h\x01]((h\x01h\x02t(h\x01h\x02teub");
    }
    let error = refused(&pickle(&[&class, &steps, &doubled]));
    assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{error}");
}

#[test]
fn floods_meet_the_limit() {
    let reader = Reader::new().max_numbers(1 << 16);
    let mut doubling = b"]q\x00".to_vec();
    for _ in 0..64 {
        // A list that holds the one before twice: 2^64 items to whoever unfolds it.
        doubling.extend(b"0](h\x00h\x00eq\x00");
    }
    assert!(reader.read(&pickle(&[&doubling])).unwrap_err().to_string().contains("a list stands where"));
    let long_text = [b"X\x00\x00\x01\x00".to_vec(), vec![b'a'; 1 << 16], b"q\x000".to_vec()].concat();
    let encode = [global("_codecs", "encode"), b"q\x010".to_vec()].concat();
    let copied = [text("latin1"), b"q\x020".to_vec(), b"h\x01h\x00h\x02\x86R".repeat(1 << 10)].concat();
    for flood in [
        b"]".repeat(1 << 17),
        b"N".repeat(1 << 17),
        b"(".repeat(1 << 17),
        [&b"N"[..], &b"2".repeat(1 << 17)].concat(),
        [&b"N"[..], &b"\x94".repeat(1 << 17)].concat(),
        b"K\x01".repeat(1 << 17),
        [long_text, encode, copied].concat(),
    ] {
        let error = reader.read(&pickle(&[&flood])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{error}");
        assert!(error.to_string().starts_with("byte "), "{error}");
    }
}

/// One long text that is the name of every feature, or every label.
#[test]
fn many_references_to_one_text_are_counted_as_texts() {
    let long_text = [b"X\x00\x00\x01\x00".to_vec(), vec![b'a'; 1 << 16], b"q\x000".to_vec()].concat();
    let texts = object_array(b"h\x00".repeat(1 << 10).as_slice(), 1 << 10);
    let n_features = [b"M".to_vec(), (1u16 << 10).to_le_bytes().to_vec()].concat();
    for attributes in [
        vec![("n_features_in_", n_features), ("feature_names_in_", texts.clone())],
        vec![("n_features_in_", b"K\x01".to_vec()), ("classes_", texts)],
    ] {
        let estimator = instance("sklearn.svm._classes", "LinearSVC", &attributes);
        let bytes = pickle(&[&long_text, &estimator]);
        let error = Reader::new().max_numbers(1 << 17).read(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{error}");
    }
}

#[test]
fn what_inflates_without_end_meets_the_limit() {
    let zeroes = vec![0; 1 << 24];
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(&zeroes).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&zeroes).unwrap();
    for bytes in [zlib.finish().unwrap(), gzip.finish().unwrap()] {
        let error = Reader::new().max_numbers(1 << 20).read(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{error}");
        let error = refused(&bytes);
        assert!(error.to_string().starts_with("inside of what is compressed"), "{error}");
    }
}

#[test]
fn what_follows_the_end_is_not_dropped_in_silence() {
    let model = cases::model_in("pickles", "logisticregression_iris.p4.pkl");
    let error = refused(&[model.clone(), model.clone()].concat());
    assert!(
        error.to_string().contains(&format!("byte {}: {} bytes follow", model.len(), model.len())),
        "{error}"
    );
    let model = cases::model_in("pickles", "logisticregression_iris.zlib.joblib");
    let error = refused(&[&model[..], b"x"].concat());
    assert!(error.to_string().starts_with(&format!("byte {}: bytes follow", model.len())), "{error}");
}

/// Whatever the bytes are, a model that loads answers or says why not.
pub(super) fn try_all(bytes: &[u8]) -> bool {
    let reader = Reader::new().max_bytes(1 << 20).max_numbers(1 << 20);
    let Ok(predictor) = reader.read(bytes) else { return false };
    let row = vec![0.5; predictor.schema().n_features()];
    let answered = predictor.predict(&row).is_ok();
    if predictor.schema().has_probabilities() {
        let mut out = vec![0.0; predictor.schema().n_classes()];
        assert_eq!(predictor.predict_proba_into(&row, &mut out).is_ok(), answered);
    }
    true
}

/// One of each form: text, binary, framed, arrays in the stream, compressed, by dill, with arrays of pandas'.
const SMALL: [(&str, &str); 10] = [
    ("pickles", "logisticregression_iris.p0.pkl"),
    ("pickles", "logisticregression_iris.p1.pkl"),
    ("pickles", "logisticregression_iris.p2.pkl"),
    ("pickles", "logisticregression_iris.p5.pkl"),
    ("pickles", "logisticregression_iris_objects.joblib"),
    ("pickles", "logisticregression_iris.zlib.joblib"),
    ("pickles", "logisticregression_iris.gzip.joblib"),
    ("formats", "logisticregression.dill"),
    ("formats", "pandas_arrow.joblib"),
    ("formats", "pandas_category.joblib"),
];

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    for (folder, file) in SMALL {
        let bytes = cases::model_in(folder, file);
        for length in 0..bytes.len() {
            assert!(!try_all(&bytes[..length]), "{file} cut to {length} bytes is a model");
        }
        assert!(try_all(&bytes));
    }
}

#[test]
fn a_byte_changed_anywhere_is_survived() {
    for (folder, file) in SMALL {
        let bytes = cases::model_in(folder, file);
        for index in 0..bytes.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[index] ^= change;
                try_all(&bytes);
            }
        }
    }
}
