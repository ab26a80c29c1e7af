//! Graphs that take a text apart, and those that cannot be meant.

use super::*;
use crate::Texts;

/// Reads a graph over `x`, a column of texts or several, which answers `y`.
fn read(width: i64, nodes: Vec<Node>) -> Result<Predictor> {
    let dimension = |size| Dimension { size };
    let shape = Shape { dim: vec![dimension(None), dimension(Some(Size::Value(width)))] };
    let tensor = TensorType { elem_type: DataType::String as i32, shape: Some(shape) };
    let input = ValueInfo { name: "x".into(), r#type: Some(Type { tensor_type: Some(tensor) }) };
    let output = ValueInfo { name: "y".into(), r#type: None };
    let constants = vec![wholes("first", &[0]), floats("halves", &[1, 3], &[0.5, 1.0, 2.0])];
    let graph = Graph { node: nodes, initializer: constants, input: vec![input], output: vec![output] };
    let set = proto::OperatorSet { domain: String::new(), version: 18 };
    let model = proto::Model { graph: Some(graph), opset_import: vec![set], metadata_props: Vec::new() };
    Reader::new().max_numbers(1 << 16).read(&model.encode_to_vec())
}

fn refused(nodes: Vec<Node>) -> String {
    read(1, nodes).map(|_| "it is read").map_err(|error| error.to_string()).unwrap_err()
}

fn answers(nodes: Vec<Node>, text: &str) -> Vec<f64> {
    let mut texts = Texts::new();
    let row = [texts.push(text)];
    let predictor = read(1, nodes).unwrap().reading(texts);
    let mut values = vec![0.0; predictor.schema().n_targets()];
    predictor.predict_values_into(&row, &mut values).unwrap();
    values
}

fn text(name: &str, text: &str) -> Attribute {
    Attribute { name: name.into(), s: Some(text.into()), ..Attribute::default() }
}

fn strings(name: &str, texts: &[&str]) -> Attribute {
    let strings = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    Attribute { name: name.into(), strings, ..Attribute::default() }
}

fn weights(numbers: &[f32]) -> Attribute {
    Attribute { name: "weights".into(), floats: numbers.to_vec(), ..Attribute::default() }
}

fn lower(attributes: &[Attribute]) -> Node {
    let all = [&[text("case_change_action", "LOWER")], attributes].concat();
    node("StringNormalizer", &["x"], "lower", &all)
}

fn tokens(of: &str, attributes: &[Attribute]) -> Node {
    Node { domain: "com.microsoft".into(), ..node("Tokenizer", &[of], "tokens", attributes) }
}

/// Of `a`, `b` and the pair `a b`, unless it is said otherwise.
fn counts(attributes: &[Attribute]) -> Node {
    let usual = [
        text("mode", "TF"),
        int("min_gram_length", 1),
        int("max_gram_length", 2),
        ints("ngram_counts", &[0, 2]),
        ints("ngram_indexes", &[2, 0, 1]),
        strings("pool_strings", &["a", "b", "a", "b"]),
    ];
    let is_usual = |usual: &&Attribute| attributes.iter().all(|other| other.name != usual.name);
    let all: Vec<Attribute> = usual.iter().filter(is_usual).chain(attributes).cloned().collect();
    node("TfIdfVectorizer", &["tokens"], "y", &all)
}

fn expression(expression: &str) -> [Attribute; 1] {
    [text("tokenexp", expression)]
}

#[test]
fn n_grams_are_counted_in_their_columns() {
    let graph = |more: &[Attribute]| vec![lower(&[]), tokens("lower", &expression("[a-z]+")), counts(more)];
    assert_eq!(answers(graph(&[]), "A b, a-b c a"), [2.0, 2.0, 3.0]);
    assert_eq!(answers(graph(&[]), ""), [0.0, 0.0, 0.0]);
    // Weights come in the order of the n-grams, not of the columns.
    let weighed = [weights(&[10.0, 20.0, 30.0]), text("mode", "TFIDF")];
    assert_eq!(answers(graph(&weighed), "a b a b"), [40.0, 60.0, 20.0]);
    let there = [weights(&[10.0, 20.0, 30.0]), text("mode", "IDF")];
    assert_eq!(answers(graph(&there), "a b a b"), [20.0, 30.0, 10.0]);
    assert_eq!(answers(graph(&[text("mode", "TFIDF")]), "a b a b"), [2.0, 2.0, 2.0]);
}

#[test]
fn what_follows_keeps_the_row_or_reads_all_of_it() {
    let behind = |operator: &str, inputs: &[&str]| {
        let mut counted = counts(&[]);
        counted.output = vec!["counted".into()];
        vec![tokens("x", &expression("[a-z]+")), counted, node(operator, inputs, "y", &[])]
    };
    assert_eq!(answers(behind("Mul", &["halves", "counted"]), "a b"), [0.5, 1.0, 2.0]);
    assert_eq!(answers(behind("Div", &["counted", "halves"]), "a b"), [2.0, 1.0, 0.5]);
    assert_eq!(answers(behind("Div", &["halves", "counted"]), "a b"), [0.5, 1.0, 2.0]);
    assert_eq!(answers(behind("Add", &["counted", "halves"]), "a b"), [1.5, 2.0, 3.0]);
    assert_eq!(answers(behind("Exp", &["counted"]), "c"), [1.0, 1.0, 1.0]);
}

#[test]
fn a_stop_word_is_refused_that_is_counted_too() {
    let with = |word: &str, more: &[Attribute]| {
        let attributes = [&[strings("stopwords", &[word])], more].concat();
        vec![lower(&attributes), tokens("lower", &expression("[a-z]+")), counts(&[])]
    };
    assert_eq!(answers(with("the", &[]), "the a"), [0.0, 0.0, 1.0]);
    assert!(refused(with("B", &[])).contains("the stop word 'B', which has a term"));
    let kept = with("the", &[text("case_change_action", "NONE")]);
    let kept = Node { attribute: kept[0].attribute[1..].to_vec(), ..kept[0].clone() };
    assert!(refused(vec![kept]).contains("case makes a difference"));
}

#[test]
fn lists_that_do_not_fit_are_refused() {
    let with = |more: &[Attribute]| refused(vec![tokens("x", &expression("[a-z]+")), counts(more)]);
    for (more, expected) in [
        (vec![strings("pool_strings", &[]), ints("ngram_counts", &[0]), ints("ngram_indexes", &[])], "empty"),
        (vec![ints("ngram_counts", &[])], "'ngram_counts' []"),
        (vec![ints("ngram_counts", &[0, 5])], "for 4 tokens"),
        (vec![ints("ngram_counts", &[3, 2])], "'ngram_counts' [3, 2]"),
        (vec![ints("ngram_counts", &[0, -1])], "'ngram_counts'"),
        (vec![ints("ngram_counts", &[0, 2, 4])], "n-grams of up to 2"),
        (vec![ints("ngram_counts", &[0, 1])], "3 tokens in n-grams of 2"),
        (vec![ints("ngram_indexes", &[0, 1])], "not 0, 1 and so on"),
        (vec![ints("ngram_indexes", &[0, 1, 1])], "not 0, 1 and so on"),
        (vec![ints("ngram_indexes", &[0, 1, 1 << 40])], "not 0, 1 and so on"),
        (vec![ints("ngram_indexes", &[0, 1, -1])], "not 0, 1 and so on"),
        (vec![ints("ngram_indexes", &[0, 1, 2, 3])], "not 0, 1 and so on"),
        (vec![strings("pool_strings", &["a", "a", "a", "b"])], "an n-gram is there twice"),
        (vec![int("min_gram_length", 0)], "n-grams of 0 to 2"),
        (vec![int("min_gram_length", 2)], "never counted"),
        (vec![int("max_gram_length", i64::MAX)], "n-grams of 1 to"),
        (vec![int("max_skip_count", 1)], "do not follow each other"),
        (vec![text("mode", "TF-IDF")], "none of TF, IDF, TFIDF"),
        (vec![text("mode", "IDF"), weights(&[1.0])], "1 weights for 3 n-grams"),
        (vec![text("mode", "IDF"), weights(&[1.0, f32::NAN, 1.0])], "not finite"),
    ] {
        let message = with(&more);
        assert!(message.contains(expected), "{more:?}: {message}");
    }
}

#[test]
fn texts_are_taken_apart_once_and_in_ways_that_are_known() {
    let cut = |attributes: &[Attribute]| refused(vec![tokens("x", attributes), counts(&[])]);
    assert!(cut(&expression("(a|b)+")).contains("tokens by '(a|b)+'"));
    assert!(cut(&[strings("separators", &["ab"])]).contains("tokens by 'ab'"));
    assert!(cut(&[int("mark", 1), text("tokenexp", "[a-z]+")]).contains("marks"));
    assert!(cut(&[int("mincharnum", 2), text("tokenexp", "[a-z]+")]).contains("several characters"));
    // Tokens with spaces in them are no n-grams by their own.
    assert!(cut(&expression("[a-z ]+")).contains("spaces in them"));
    let mut again = tokens("tokens", &expression("[a-z]+"));
    again.output = vec!["again".into()];
    assert!(refused(vec![tokens("x", &expression("[a-z]+")), again]).contains("tokens of tokens"));
    let mut late = lower(&[]);
    late.input = vec!["tokens".into()];
    assert!(refused(vec![tokens("x", &expression("[a-z]+")), late]).contains("tokens that are put"));
    let mut upper = lower(&[]);
    upper.attribute = vec![text("case_change_action", "UPPER")];
    assert!(refused(vec![upper]).contains("'UPPER'"));
    let mut whole = counts(&[]);
    whole.input = vec!["x".into()];
    assert!(refused(vec![whole]).contains("a text's tokens"));
    let error = read(2, vec![tokens("x", &expression("[a-z]+"))]).unwrap_err().to_string();
    assert!(error.contains("one column of texts"), "{error}");
    let cut = || tokens("x", &expression("[a-z]+"));
    let shape = vec![cut(), node("Shape", &["tokens"], "y", &[])];
    assert!(refused(shape).contains("how many tokens"));
    let again = vec![cut(), node("Tile", &["tokens", "three"], "y", &[])];
    assert!(refused(again).contains("'three'"));
    let twice = vec![cut(), node("Concat", &["tokens", "tokens"], "y", &[int("axis", 1)])];
    assert!(refused(twice).contains("free text"));
}

#[test]
fn a_column_is_counted_or_encoded() {
    let codes = Node {
        domain: "ai.onnx.ml".into(),
        ..node(
            "LabelEncoder",
            &["x"],
            "codes",
            &[strings("keys_strings", &["a"]), ints("values_int64s", &[1])],
        )
    };
    let mut counted = counts(&[]);
    counted.output = vec!["counted".into()];
    let cast = node("Cast", &["codes"], "numbers", &[int("to", i64::from(DataType::Float as i32))]);
    let both = node("Concat", &["counted", "numbers"], "y", &[int("axis", 1)]);
    let error = refused(vec![codes, cast, tokens("x", &expression("[a-z]+")), counted, both]);
    assert!(error.contains("column 'x0' is encoded whole"), "{error}");
}
