//! One of each kind of object, in every protocol and as joblib writes them.

use super::*;
use crate::read::format::Format;
use crate::read::joblib;

/// Files with the same objects; `make_pickles.py` says which.
const FILES: [(&str, &[u8]); 9] = [
    ("protocol 0", include_bytes!("../../../testdata/pickles/objects.p0.pkl")),
    ("protocol 1", include_bytes!("../../../testdata/pickles/objects.p1.pkl")),
    ("protocol 2", include_bytes!("../../../testdata/pickles/objects.p2.pkl")),
    ("protocol 3", include_bytes!("../../../testdata/pickles/objects.p3.pkl")),
    ("protocol 4", include_bytes!("../../../testdata/pickles/objects.p4.pkl")),
    ("protocol 5", include_bytes!("../../../testdata/pickles/objects.p5.pkl")),
    ("joblib", include_bytes!("../../../testdata/pickles/objects.joblib")),
    ("joblib, protocol 2", include_bytes!("../../../testdata/pickles/objects.p2.joblib")),
    ("joblib, protocol 5", include_bytes!("../../../testdata/pickles/objects.p5.joblib")),
];

const COMPRESSED: [&[u8]; 2] = [
    include_bytes!("../../../testdata/pickles/objects.zlib.joblib"),
    include_bytes!("../../../testdata/pickles/objects.gzip.joblib"),
];

/// The same compressed otherwise; `make_formats.py` makes them.
#[cfg(feature = "compression")]
const COMPRESSED_OTHERWISE: &[&[u8]] = &[
    include_bytes!("../../../testdata/formats/objects.bz2.joblib"),
    include_bytes!("../../../testdata/formats/objects.xz.joblib"),
    include_bytes!("../../../testdata/formats/objects.lzma.joblib"),
    include_bytes!("../../../testdata/formats/objects.lz4.joblib"),
];
#[cfg(not(feature = "compression"))]
const COMPRESSED_OTHERWISE: &[&[u8]] = &[];

/// A dict whose keys are strings.
struct Dict<'p, 'a>(&'p Objects<'a>, &'p [(ObjectId, ObjectId)]);

impl<'p, 'a> Dict<'p, 'a> {
    fn new(objects: &'p Objects<'a>, id: ObjectId) -> Self {
        match objects.get(id) {
            Object::Dict(entries) => Self(objects, entries),
            other => panic!("{other:?}"),
        }
    }

    fn id(&self, key: &str) -> ObjectId {
        self.1.iter().find(|(name, _)| self.0.text(*name) == Some(key)).expect(key).1
    }

    fn get(&self, key: &str) -> &'p Object<'a> {
        self.0.get(self.id(key))
    }

    fn items(&self, key: &str) -> Vec<&'p Object<'a>> {
        self.0.items(self.id(key)).expect(key).iter().map(|id| self.0.get(*id)).collect()
    }

    fn array(&self, key: &str) -> &'p Array<'a> {
        match self.get(key) {
            Object::Array(array) => array,
            other => panic!("{key}: {other:?}"),
        }
    }
}

fn each_file(check: impl Fn(&str, &Dict<'_, '_>)) {
    let budget = || Budget::new(1 << 20);
    let inflate = |bytes: &&[u8]| joblib::inflate(Format::of(bytes), bytes, &mut budget()).unwrap();
    let inflated: Vec<Vec<u8>> = COMPRESSED.iter().chain(COMPRESSED_OTHERWISE).map(inflate).collect();
    let compressed = inflated.iter().map(|bytes| ("compressed", bytes.as_slice()));
    for (form, bytes) in FILES.into_iter().chain(compressed) {
        let pickle = load(bytes, &mut budget()).unwrap_or_else(|error| panic!("{form}: {error}"));
        check(form, &Dict::new(&pickle.objects, pickle.root));
    }
}

#[test]
fn plain_objects() {
    each_file(|form, dict| {
        assert!(matches!(dict.get("none"), Object::None), "{form}");
        assert!(matches!(dict.items("bools")[..], [Object::Bool(true), Object::Bool(false)]), "{form}");
        let ints: Vec<i64> = dict.items("ints").into_iter().map(int).collect();
        let large = [1 << 31, -(1 << 31), 1 << 62, -(1 << 62)];
        assert_eq!(ints, [&[0, 1, 255, 256, 65536, -1, -300][..], &large].concat(), "{form}");
        // In digits or in two's complement, nine bytes at the least.
        let is_big = |big: &Object<'_>| matches!(big, Object::BigInt(bytes) if bytes.len() > 8);
        assert!(dict.items("big").into_iter().all(is_big), "{form}");
        let floats: Vec<f64> = dict.items("floats").into_iter().map(float).collect();
        assert_eq!(floats, [0.0, -1.5, 1e300, f64::INFINITY, f64::NEG_INFINITY], "{form}");
        let all: Vec<u8> = (0..=255).collect();
        let bytes: Vec<&[u8]> = dict.items("bytes").into_iter().map(bytes).collect();
        assert_eq!(bytes, [&b""[..], b"abc", &all, b"\xffy"], "{form}");
        let texts: Vec<&str> = dict.items("texts").into_iter().map(text).collect();
        let long = "x".repeat(300);
        assert_eq!(texts, ["", "plain", "café", "長さ 😀", "line\nbreak\\u0041'\"", &long], "{form}");
        for (length, tuple) in dict.items("tuples").into_iter().enumerate() {
            assert!(matches!(tuple, Object::Tuple(items) if items.len() == length), "{form}");
        }
        assert!(
            dict.items("sets").into_iter().all(|set| matches!(set, Object::Set(items) if items.len() == 1))
        );
        let shared = dict.0.items(dict.id("shared")).unwrap();
        assert_eq!(shared[0], shared[1], "{form}");
    });
}

#[test]
fn arrays_of_every_type_and_order() {
    each_file(|form, dict| {
        let objects = dict.0;
        let Dict(_, arrays) = Dict::new(objects, dict.id("arrays"));
        assert_eq!(arrays.len(), 20);
        for (dtype, array) in arrays {
            let Object::Array(array) = objects.get(*array) else { panic!("{form}: {dtype:?}") };
            assert_eq!(array.shape(), [2, 3], "{form}");
            assert_eq!(array.floats(objects).unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "{form} {array:?}");
        }
        let floats = |key| dict.array(key).floats(objects).unwrap();
        assert_eq!(floats("bool"), [1.0, 0.0], "{form}");
        assert_eq!(floats("fortran"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "{form}");
        assert!(
            floats("cube").iter().zip(0u8..24).all(|(value, index)| *value == f64::from(index)),
            "{form}"
        );
        assert_eq!(floats("strided"), [0.0, 2.0, 8.0, 10.0], "{form}");
        assert_eq!((floats("empty"), dict.array("empty").shape()), (vec![], &[0, 3][..]), "{form}");
        assert_eq!((floats("point"), dict.array("point").shape()), (vec![1.5], &[][..]), "{form}");
        for key in ["unicode", ">unicode"] {
            assert_eq!(
                dict.array(key).strings(objects, &mut Budget::new(1000)).unwrap(),
                ["a", "長さ", ""],
                "{form}"
            );
        }
        assert_eq!(dict.array("S").dtype().to_string(), "S2", "{form}");
        assert_eq!(dict.array("object").shape(), [3], "{form}");
        dict.array("object").strings(objects, &mut Budget::new(1000)).unwrap_err();
        assert_eq!(dict.array("records").dtype().to_string(), "3 named fields", "{form}");
        assert_eq!(dict.array("records").field_integers("n").unwrap(), [1, 3], "{form}");
        assert_eq!(dict.array("records").field_floats("v").unwrap(), [2.5, 4.5], "{form}");
        dict.array("records").field_floats("t").unwrap_err();
        assert_eq!(dict.array("dates").dtype().to_string(), "M8", "{form}");
        dict.array("dates").floats(objects).unwrap_err();
    });
}

/// What pandas keeps texts in is an array of them, by joblib and by dill.
#[test]
fn arrays_of_pandas_are_arrays_of_objects() {
    for bytes in [
        &include_bytes!("../../../testdata/formats/frames.joblib")[..],
        include_bytes!("../../../testdata/formats/frames.dill"),
    ] {
        let pickle = load(bytes, &mut Budget::new(1 << 20)).unwrap();
        let dict = Dict::new(&pickle.objects, pickle.root);
        let texts = |key| dict.array(key).strings(dict.0, &mut Budget::new(1000)).unwrap();
        for key in ["index", "arrow index", "arrow", "arrow slice", "strings", "object array"] {
            assert_eq!(texts(key), ["setosa", "versicolor", "café"], "{key}");
        }
        let items = dict.0.object_items(dict.id("arrow with none")).unwrap();
        assert_eq!((text(dict.0.get(items[0])), text(dict.0.get(items[2]))), ("a", ""));
        assert!(matches!(dict.0.get(items[1]), Object::None));
        let items = dict.0.object_items(dict.id("categorical")).unwrap();
        let found = [0, 1, 3].map(|index: usize| text(dict.0.get(items[index])));
        assert_eq!(found, ["b", "a", "b"]);
        assert!(float(dict.0.get(items[2])).is_nan());
        for key in ["numbers", "range", "dates"] {
            assert!(matches!(dict.get(key), Object::Call(_)), "{key}: {:?}", dict.get(key));
        }
    }
}

#[test]
fn arrays_and_types_of_dill() {
    let bytes = include_bytes!("../../../testdata/formats/arrays.dill");
    let pickle = load(bytes, &mut Budget::new(1 << 20)).unwrap();
    let dict = Dict::new(&pickle.objects, pickle.root);
    assert_eq!(dict.array("numbers").floats(dict.0).unwrap(), [0.5, 1.5]);
    assert_eq!(dict.array("objects").shape(), [2]);
    assert_eq!(dict.0.global(dict.id("type")), Some(("builtins", "int")));
}

#[test]
fn strings_of_python_2_are_texts_or_bytes() {
    let bytes = include_bytes!("../../../testdata/formats/python2.p2.pkl");
    let pickle = load(bytes, &mut Budget::new(1 << 20)).unwrap();
    let dict = Dict::new(&pickle.objects, pickle.root);
    assert_eq!(dict.array("array").floats(dict.0).unwrap(), [0.5, -2.0]);
    assert_eq!(float(dict.get("scalar")), 0.5);
    assert_eq!(text(dict.get("text")), "abc");
    assert_eq!(self::bytes(dict.get("latin")), b"caf\xe9");
}

#[test]
fn scalars_and_what_is_only_noted() {
    each_file(|form, dict| {
        let scalars = dict.items("scalars");
        assert_eq!((float(scalars[0]), float(scalars[1])), (1.5, 0.5), "{form}");
        assert_eq!((int(scalars[2]), int(scalars[3])), (-7, 200), "{form}");
        assert!(matches!(scalars[4], Object::Bool(true)), "{form}");
        assert_eq!(text(scalars[5]), "s", "{form}");
        let Object::Call(random) = dict.get("random") else { panic!("{form}") };
        let (module, name) = dict.0.global(random.callable).unwrap();
        assert_eq!((module, name), ("numpy.random._pickle", "__randomstate_ctor"), "{form}");
        assert!(random.state.is_some() && random.kwargs.is_none(), "{form}");
        assert!(dict.0.items(random.args).is_some(), "{form}");
        let Object::Call(named) = dict.get("named") else { panic!("{form}") };
        assert_eq!(named.entries.len() + named.items.len(), 1, "{form}");
    });
}

#[test]
fn what_the_file_holds_as_it_is_costs_nothing() {
    let large: Vec<u8> = [&b"\x80\x04B\x00\x00\x10\x00"[..], &vec![7; 1 << 20], b"."].concat();
    load(&large, &mut Budget::new(16)).unwrap();
}

fn int(object: &Object<'_>) -> i64 {
    match object {
        Object::Int(value) => *value,
        other => panic!("{other:?}"),
    }
}

fn float(object: &Object<'_>) -> f64 {
    match object {
        Object::Float(value) => *value,
        other => panic!("{other:?}"),
    }
}

fn text<'o>(object: &'o Object<'_>) -> &'o str {
    match object {
        Object::Str(text) => text,
        other => panic!("{other:?}"),
    }
}

fn bytes<'o>(object: &'o Object<'_>) -> &'o [u8] {
    match object {
        Object::Bytes(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}
