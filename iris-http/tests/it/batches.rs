//! Many rows in one request.

use crate::server::Server;

#[test]
fn a_large_batch_is_answered_in_order() {
    let server = Server::iris();
    let rows: Vec<String> = (0..10_000)
        .map(|index| if index % 2 == 0 { "[5.1,3.5,1.4,0.2]".into() } else { "[6.3,3.3,6,2.5]".into() })
        .collect();
    let answer = server.predict(&format!("[{}]", rows.join(","))).json();
    let answers = answer.as_array().unwrap();
    assert_eq!(answers.len(), 10_000);
    assert!(answers.iter().step_by(2).all(|answer| answer["predicted_species"] == "setosa"));
    assert!(answers.iter().skip(1).step_by(2).all(|answer| answer["predicted_species"] == "virginica"));
}

#[test]
fn every_bad_row_is_named_in_its_place() {
    let server = Server::iris();
    let rows = r#"[5,3,1,0],[1,2,3],[1,2,3,4,5],{"sepal_length":1},null,7,"x",true,[1,2,"3",{}],[]"#;
    let missing = |index: usize, name: &str| format!("body.{index}.{name}: missing: Field required");
    let length = |index: usize, len: usize| {
        format!("body.{index}: wrong_length: List should have 4 items, one a feature, not {len}")
    };
    let row = |index: usize, kind: &str| {
        format!(
            "body.{index}: row_type: Input should be an object or a list with \
             sepal_length, sepal_width, petal_length, petal_width, not {kind}"
        )
    };
    let number = |index: usize, name: &str, kind: &str| {
        format!("body.{index}.{name}: float_type: Input should be a valid number, not {kind}")
    };
    let expected = [
        length(1, 3),
        length(2, 5),
        missing(3, "sepal_width"),
        missing(3, "petal_length"),
        missing(3, "petal_width"),
        row(4, "null"),
        row(5, "a number"),
        row(6, "a string"),
        row(7, "a boolean"),
        number(8, "petal_length", "a string"),
        number(8, "petal_width", "an object"),
        length(9, 0),
    ];
    assert_eq!(server.predict(&format!("[{rows}]")).mistakes(), expected);
    let under_instances = expected.map(|mistake| mistake.replacen("body.", "body.instances.", 1));
    assert_eq!(server.predict(&format!(r#"{{"instances":[{rows}]}}"#)).mistakes(), under_instances);
}

#[test]
fn after_a_hundred_mistakes_the_rest_is_not_checked() {
    let server = Server::iris();
    let mistakes = server.predict(&format!("[{}]", vec!["[]"; 250].join(","))).mistakes();
    assert_eq!(mistakes.len(), 101);
    assert_eq!(mistakes[100], "body: too_many_errors: The rest of the body was not checked");
    let wide = server.predict(&format!("[{}]", vec!["{}"; 100_000].join(","))).mistakes();
    assert_eq!((wide.len(), &wide[100]), (101, &mistakes[100]));
    let broken = server.predict(&format!("[{}", vec!["[]"; 250].join(","))).mistakes();
    assert!(broken[0].contains("json_invalid"), "{broken:?}");
}

#[test]
fn more_rows_than_are_accepted() {
    let service = iris_http::HttpService::serving(iris_serving::Catalog::new(
        iris_serving::Model::new("iris", "1", iris_core::Predictor::iris()).with_max_rows(3),
    ));
    let server = Server::start(service, iris_http::Limits::default());
    let rows = |n: usize| format!("[{}]", vec!["[5,3,1,0]"; n].join(","));
    assert_eq!(server.predict(&rows(3)).json().as_array().unwrap().len(), 3);
    let expected = ["body: too_long: List should have at most 3 items"];
    assert_eq!(server.predict(&rows(4)).mistakes(), expected);
    let instances = server.predict(&format!("{{\"instances\":{}}}", rows(9))).mistakes();
    assert_eq!(instances, ["body.instances: too_long: List should have at most 3 items"]);
}

#[test]
fn a_row_that_overflows_the_model_is_named() {
    let server = Server::iris();
    let mistakes = server.predict("[[1,2,3,4],[1.7e308,-1.7e308,1.7e308,-1.7e308]]").mistakes();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].starts_with("body.1: score_overflow: "), "{mistakes:?}");
}

#[test]
fn empty_batches() {
    let server = Server::iris();
    let msg = "too_short: List should have at least 1 item, not 0";
    assert_eq!(server.predict("[]").mistakes(), [format!("body: {msg}")]);
    assert_eq!(server.predict(r#"{"instances":[]}"#).mistakes(), [format!("body.instances: {msg}")]);
}
