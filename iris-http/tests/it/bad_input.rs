//! Bad requests: the right status, and what would be right.

use proptest::prelude::*;

use iris_telemetry::Origin;

use crate::server::Server;

#[test]
fn every_bad_field_is_named_at_once() {
    let server = Server::iris();
    let body =
        r#"{"sepal_lenth":5.1,"sepal_width":"3.5","petal_length":1e400,"petal_width":0.2,"petal_width":1}"#;
    let expected = [
        "body.sepal_width: float_type: Input should be a valid number, not a string",
        "body.petal_length: finite_number: Input should be a finite number",
        "body.petal_width: duplicate: Field given twice",
        "body.sepal_length: missing: Field required",
    ];
    assert_eq!(server.predict(body).mistakes(), expected);
}

#[test]
fn instances_are_given_once() {
    let server = Server::iris();
    for again in ["[[6,3,5,2]]", "5"] {
        let body = format!(r#"{{"instances":[[5,3,1,0]],"parameters":{{}},"instances":{again}}}"#);
        let expected = ["body.instances: duplicate: Field given twice"];
        assert_eq!(server.predict(&body).mistakes(), expected);
    }
}

#[test]
fn every_kind_of_value_that_is_no_number() {
    let server = Server::iris();
    for (value, kind) in
        [("\"5.1\"", "a string"), ("null", "null"), ("[5.1]", "a list"), ("{\"cm\":5.1}", "an object")]
    {
        let body = format!(r#"{{"sepal_length":{value},"sepal_width":3,"petal_length":1,"petal_width":0}}"#);
        let expected = format!("body.sepal_length: float_type: Input should be a valid number, not {kind}");
        assert_eq!(server.predict(&body).mistakes(), [expected]);
    }
    for value in ["-1e400", "1e309", "9".repeat(400).as_str()] {
        let body = format!(r#"{{"sepal_length":{value},"sepal_width":3,"petal_length":1,"petal_width":0}}"#);
        let expected = "body.sepal_length: finite_number: Input should be a finite number";
        assert_eq!(server.predict(&body).mistakes(), [expected]);
    }
}

#[test]
fn what_is_not_json_is_located() {
    let server = Server::iris();
    for (body, offset) in [
        ("{\"sepal_length\":5.1,", 20),
        ("{\"sepal_length\":nan}", 18),
        ("{\"sepal_length\":-NaN}", 18),
        ("{NaN:5}", 2),
        ("[[NaN,2,3,4]", 12),
        ("{\"instances\":Infinity}", 14),
        ("{\n\n \"sepal_length\" 5}", 20),
        ("[[1,2,3,4]", 10),
        ("{} {}", 4),
        ("{'sepal_length':5}", 2),
        ("{\"sepal_length\":+5}", 17),
        ("{\"sepal_length\":05}", 18),
        ("\u{feff}{}", 1),
    ] {
        let mistakes = server.predict(body).mistakes();
        assert_eq!(mistakes.len(), 1, "{body}: {mistakes:?}");
        let expected = format!("body.{offset}: json_invalid: JSON decode error: ");
        assert!(mistakes[0].starts_with(&expected), "{body}: {mistakes:?}");
    }
}

#[test]
fn bodies_that_are_neither_object_nor_list() {
    let server = Server::iris();
    for body in ["5", "\"text\"", "null", "true", "{\"instances\":5}"] {
        let mistakes = server.predict(body).mistakes();
        assert!(
            mistakes[0].starts_with("body: model_attributes_type: Input should be an object or a list"),
            "{mistakes:?}"
        );
    }
    for body in ["", " \n\t"] {
        let expected = "body: missing: Field required: a JSON object with \
                        sepal_length, sepal_width, petal_length, petal_width";
        assert_eq!(server.predict(body).mistakes(), [expected]);
    }
}

#[test]
fn content_types() {
    let server = Server::iris();
    let body = br#"{"sepal_length":5,"sepal_width":3,"petal_length":1,"petal_width":0}"#;
    for good in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.iris+json"] {
        assert_eq!(server.post_with("/predict", &[("content-type", good)], body).status, 200, "{good}");
    }
    let answer = server.post_with("/predict", &[("content-encoding", "br")], body);
    assert_eq!(answer.status, 415);
    assert!(answer.body.contains("the content encoding is"), "{answer:?}");
    assert_eq!(answer.accept_encoding.as_deref(), Some("gzip, deflate, identity"));
    for bad in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"] {
        let answer = server.post_with("/predict", &[("content-type", bad)], body);
        assert_eq!(answer.status, 415);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(detail, format!("the content type is {bad:?}; send content-type: application/json"));
    }
}

#[test]
fn a_problem_document_for_those_who_ask() {
    let server = Server::iris();
    let headers =
        [("content-type", "application/json"), ("accept", "text/html, application/problem+json;q=0.9")];
    let answer = server.post_with("/predict", &headers, b"{\"sepal_length\":1,\"sepal_width\":\"wide\"}");
    assert_eq!((answer.status, answer.content_type.as_str()), (422, "application/problem+json"));
    let json = answer.json();
    assert_eq!((json["type"].as_str(), json["status"].as_u64()), (Some("about:blank"), Some(422)));
    assert_eq!(json["title"], "Unprocessable Entity");
    assert_eq!(json["errors"].as_array().unwrap().len(), 3);
    assert!(json["detail"].as_str().unwrap().starts_with("body.sepal_width: Input should be a valid number"));
    let headers = [("content-type", "text/csv"), ("accept", "application/problem+json")];
    let json = server.post_with("/predict", &headers, b"1,2,3,4").json();
    assert_eq!((json["status"].as_u64(), json.get("errors")), (Some(415), None));
}

/// What asks for a problem document names it, and JSON no more than that.
#[test]
fn a_problem_document_is_for_those_who_name_it() {
    let server = Server::iris();
    for (accept, is_problem) in [
        ("application/problem+json", true),
        ("Application/Problem+JSON;q=0.1", true),
        ("application/json, application/problem+json", true),
        ("application/*;q=0.5, application/problem+json", true),
        ("*/*", false),
        ("application/*", false),
        ("application/problem+json;q=0, */*", false),
        ("application/json, application/problem+json;q=0.5", false),
        ("application/problem+jsonx", false),
    ] {
        let answer = server.post_with("/predict", &[("accept", accept)], b"{}");
        assert_eq!(answer.content_type == "application/problem+json", is_problem, "{accept}: {answer:?}");
    }
}

/// Python writes these into JSON; they are read, and refused by their names.
#[test]
fn numbers_that_no_json_has() {
    let server = Server::iris();
    let finite = |name: &str| format!("body.{name}: finite_number: Input should be a finite number");
    let body =
        r#"{"x":NaN,"sepal_length":NaN,"sepal_width":-Infinity,"petal_length":Infinity,"petal_width":"NaN"}"#;
    let expected = [
        finite("sepal_length"),
        finite("sepal_width"),
        finite("petal_length"),
        "body.petal_width: float_type: Input should be a valid number, not a string".to_owned(),
    ];
    assert_eq!(server.predict(body).mistakes(), expected);
    assert_eq!(server.predict("[[5,3,NaN,0]]").mistakes(), [finite("0.petal_length")]);
    let row = "body.0: row_type: Input should be an object or a list with \
               sepal_length, sepal_width, petal_length, petal_width, not a number";
    assert_eq!(server.predict("[NaN]").mistakes(), [row]);
    // What stands for them inside is a string like any other when it comes from outside.
    let imputing = Server::of_model("simple_imputer_logistic_regression_three_strings_double.onnx");
    let outside = imputing.predict("[[5,3,\"\u{7f}\",0]]").mistakes();
    assert!(outside[0].ends_with("not a string"), "{outside:?}");
}

#[test]
fn a_body_over_the_limit() {
    let server = Server::iris();
    let answer = server.post("/predict", &vec![b' '; (2 << 20) + 1]);
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["detail"], "the body is larger than the 2097152 bytes accepted here");
    assert_eq!(server.post("/predict", &vec![b' '; 2 << 20]).status, 422);
}

#[test]
fn nesting_does_not_exhaust_anything() {
    let server = Server::iris();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let bomb = format!("{}1{}", open.repeat(300_000), close.repeat(300_000));
        let body =
            format!(r#"{{"x":{bomb},"sepal_length":5,"sepal_width":3,"petal_length":1,"petal_width":0}}"#);
        assert_eq!(server.predict(&body).status, 200);
        assert_eq!(server.predict(&bomb).status, 422);
    }
    assert_eq!(server.get("/livez").status, 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the bytes: an answer or a list of mistakes, and no panic.
    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..200)) {
        assert_answered(&body);
    }

    /// The same closer to what clients send.
    #[test]
    fn anything_like_json_is_answered(body in r#"[\[{]?("(sepal|petal)_(length|width)"|[\[\]{},:]|-?[0-9]{1,3}(\.[0-9])?(e[0-9]{1,3})?|null|true|"instances"| ){0,24}[\]}]?"#) {
        assert_answered(body.as_bytes());
    }

    /// A valid body is answered as the core answers the numbers in it.
    #[test]
    fn any_finite_numbers_arrive_unchanged(row in prop::array::uniform4(-1e6..1e6f64)) {
        let service = iris_http::HttpService::new("iris", "1", iris_core::Predictor::iris());
        let [a, b, c, d] = row;
        let body = format!(r#"{{"petal_width":{d:e},"sepal_length":{a},"petal_length":{c},"sepal_width":{b}}}"#);
        let answer = iris_http::predict::predict(&service, &Origin::call(), body.as_bytes()).result.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        let snapshot = service.catalog().snapshot();
        let expected = snapshot.default_model().predictor().predict(&row).unwrap();
        prop_assert_eq!(answer["prediction_probability"].as_f64(), expected.probability());
    }
}

fn assert_answered(body: &[u8]) {
    let service = iris_http::HttpService::new("iris", "1", iris_core::Predictor::iris());
    match iris_http::predict::predict(&service, &Origin::call(), body).result {
        Ok(json) => drop(serde_json::from_slice::<serde_json::Value>(&json).unwrap()),
        Err(failure) => assert_eq!(failure.status().as_u16(), 422),
    }
}
