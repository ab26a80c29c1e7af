//! One of each node, stored and compressed.

use super::*;
use crate::read::pickle::{Array, Call, Data, Object, ObjectId, Objects};

const FILES: [&[u8]; 2] = [
    include_bytes!("../../../testdata/formats/everything.skops"),
    include_bytes!("../../../testdata/formats/everything.deflated.skops"),
];

/// The objects of a file, by the key of the dict that it is.
struct Everything<'a>(Pickle<'a>);

impl<'a> Everything<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mut budget = Budget::of_file(1 << 26, bytes.len());
        Self(load(Archive::new(bytes, &mut budget).unwrap(), &mut budget).unwrap())
    }

    fn objects(&self) -> &Objects<'a> {
        &self.0.objects
    }

    fn entries(&self, id: ObjectId) -> &[(ObjectId, ObjectId)] {
        match self.objects().get(id) {
            Object::Dict(entries) => entries,
            Object::Call(call) if call.state.is_none() => &call.entries,
            other => panic!("{other:?}"),
        }
    }

    fn entry(&self, id: ObjectId, key: &str) -> ObjectId {
        let found = self.entries(id).iter().find(|(name, _)| self.objects().text(*name) == Some(key));
        found.unwrap_or_else(|| panic!("no {key}")).1
    }

    fn id(&self, key: &str) -> ObjectId {
        self.entry(self.0.root, key)
    }

    fn get(&self, key: &str) -> &Object<'a> {
        self.objects().get(self.id(key))
    }

    fn items(&self, id: ObjectId) -> Vec<String> {
        let items = self.objects().items(id).unwrap();
        items.iter().map(|id| format!("{:?}", self.objects().get(*id))).collect()
    }

    fn array(&self, key: &str) -> &Array<'a> {
        self.array_of(self.id(key))
    }

    fn array_of(&self, id: ObjectId) -> &Array<'a> {
        match self.objects().get(id) {
            Object::Array(array) => array,
            other => panic!("{other:?}"),
        }
    }

    fn floats(&self, id: ObjectId) -> Vec<f64> {
        self.array_of(id).floats(self.objects()).unwrap()
    }

    fn call(&self, key: &str) -> (String, &Call) {
        match self.get(key) {
            Object::Call(call) => (self.objects().name(call.callable).unwrap(), call),
            other => panic!("{key}: {other:?}"),
        }
    }
}

fn each_file(check: impl Fn(&Everything<'_>)) {
    for bytes in FILES {
        check(&Everything::new(bytes));
    }
}

#[test]
fn plain_values() {
    each_file(|file| {
        assert!(matches!(file.get("none"), Object::None));
        assert_eq!(file.items(file.id("bools")), ["Bool(true)", "Bool(false)"]);
        assert_eq!(file.items(file.id("ints")), ["Int(0)", "Int(-1)", "Int(1099511627776)"]);
        assert!(matches!(file.get("big"), Object::BigInt(digits) if digits.len() == 31));
        assert_eq!(
            file.items(file.id("floats")),
            ["Float(0.1)", "Float(inf)", "Float(-inf)", "Float(1e300)"]
        );
        assert!(matches!(file.get("nan"), Object::Float(value) if value.is_nan()));
        assert_eq!(file.objects().text(file.id("text")), Some("café \"quoted\"\n"));
        assert_eq!(file.items(file.id("tuple")), ["Int(1)", "Str(\"a\")"]);
        assert!(matches!(file.get("tuple"), Object::Tuple(_)));
        for key in ["set", "frozenset"] {
            assert!(matches!(file.get(key), Object::Set(items) if items.len() == 1), "{key}");
        }
        assert!(matches!(file.get("bytes"), Object::Bytes(bytes) if **bytes == *b"\x00\xff"));
        assert!(matches!(file.get("bytearray"), Object::Bytes(bytes) if **bytes == *b"ab"));
        assert_eq!(file.objects().name(file.id("type")).unwrap(), "numpy.float64");
        assert!(file.objects().name(file.id("function")).unwrap().contains("log1p"));
        assert_eq!(file.objects().name(file.id("own function")).unwrap(), "__main__.named");
        assert_eq!(file.items(file.id("scalars")), ["Float(1.5)", "Int(-7)", "Bool(true)", "Str(\"s\")"]);
    });
}

#[test]
fn dicts_have_the_keys_that_they_had() {
    each_file(|file| {
        let keys = |key| -> Vec<String> {
            let entries = file.entries(file.id(key)).iter();
            entries.map(|(key, _)| format!("{:?}", file.objects().get(*key))).collect()
        };
        assert_eq!(keys("numpy keys"), ["Int(7)"]);
        // Two of them are the same text in JSON.
        assert_eq!(keys("keys"), ["Int(1)", "Str(\"1\")", "Float(2.5)", "None"]);
        let (name, call) = file.call("ordered");
        assert_eq!((name.as_str(), call.entries.len()), ("collections.OrderedDict", 2));
        let (name, call) = file.call("default");
        assert_eq!((name.as_str(), call.entries.len()), ("collections.defaultdict", 1));
    });
}

#[test]
fn arrays() {
    each_file(|file| {
        let whole = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        for key in ["array", "fortran", "big endian"] {
            assert_eq!((file.floats(file.id(key)), file.array(key).shape()), (whole.to_vec(), &[2, 3][..]));
        }
        assert_eq!(file.array("empty").shape(), [0, 3]);
        let texts = |key| file.array(key).strings(file.objects(), &mut Budget::new(1000)).unwrap();
        assert_eq!(texts("texts"), ["a", "長さ"]);
        assert_eq!(texts("table of objects"), ["a", "b", "c", "d"]);
        assert_eq!(file.array("table of objects").shape(), [2, 2]);
        assert_eq!(file.array("raw texts").dtype().to_string(), "S2");
        let Data::Objects(items) = file.array("objects").data() else { panic!() };
        assert!(matches!(file.objects().get(items[1]), Object::None));
        assert_eq!(file.array("records").field_integers("count").unwrap(), [1, -3]);
        assert_eq!(file.array("records").field_floats("size").unwrap(), [2.5, 4.5]);
        assert_eq!(file.array("aligned").field_floats("size").unwrap(), [2.5]);
        assert!(matches!(file.get("dtype"), Object::Dtype(dtype) if dtype.is_single()));
        let shared = file.objects().items(file.id("shared")).unwrap();
        assert_eq!(shared[0], shared[1]);
    });
}

#[test]
fn what_is_stored_as_it_is_stays_where_it_lies() {
    let [stored, deflated] = FILES.map(Everything::new);
    let is_borrowed = |file: &Everything<'_>| match file.array("array").data() {
        Data::Raw(bytes) => matches!(bytes, std::borrow::Cow::Borrowed(_)),
        Data::Objects(_) => false,
    };
    assert!(is_borrowed(&stored) && !is_borrowed(&deflated));
}

#[test]
fn instances_and_calls() {
    each_file(|file| {
        let (name, call) = file.call("estimator");
        assert_eq!(name, "sklearn.preprocessing._data.StandardScaler");
        let with_mean = file.entry(call.state.unwrap(), "with_mean");
        assert!(matches!(file.objects().get(with_mean), Object::Bool(true)));
        assert!(file.items(call.args).is_empty());
        let (name, call) = file.call("tree");
        assert_eq!((name.as_str(), file.items(call.args).len()), ("sklearn.tree._tree.Tree", 3));
        let nodes = file.entry(call.state.unwrap(), "nodes");
        let children = file.array_of(nodes).field_integers("left_child").unwrap();
        assert_eq!(children, [1, -1, 3, -1, -1]);
        assert_eq!(file.array_of(nodes).field_floats("threshold").unwrap().len(), 5);
        for (key, named, n_args) in [
            ("slice", "builtins.slice", 3),
            ("named tuple", "__main__.Pair", 2),
            ("partial", "functools.partial", 1),
            ("operator", "operator.itemgetter", 1),
            ("method", "builtins.getattr", 2),
            ("masked", "numpy.ma.MaskedArray", 2),
            ("random", "numpy.random.mtrand.RandomState", 0),
            ("generator", "numpy.random._generator.Generator", 0),
            ("date", "datetime.timedelta", 3),
        ] {
            let (name, call) = file.call(key);
            assert_eq!((name.as_str(), file.items(call.args).len()), (named, n_args));
        }
        for (key, named) in
            [("sparse", "scipy.sparse._csr.csr_matrix"), ("sparse array", "scipy.sparse._coo.coo_array")]
        {
            let (name, call) = file.call(key);
            assert_eq!(name, named);
            let state = call.state.unwrap();
            assert_eq!(file.items(file.entry(state, "_shape")), ["Int(2)", "Int(3)"]);
            assert_eq!(file.floats(file.entry(state, "data")), [1.0, 2.0, 3.0, 4.0, 5.0]);
        }
    });
}
