//! Version 1 of the protocol, Vertex AI, and `SageMaker`.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use iris_core::{Labels, LinearModel, Link, Predictor};
use iris_http::{HttpService, Limits, VertexRouteError, VertexRoutes};
use serde_json::json;

use crate::server::Server;

const INSTANCES: &[u8] = br#"{"instances":[[6.8,2.8,4.8,1.4],{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}]}"#;

#[test]
fn version_1_answers_labels() {
    let server = Server::iris();
    let answer = server.post("/v1/models/iris:predict", INSTANCES);
    assert_eq!((answer.status, answer.json()), (200, json!({ "predictions": ["versicolor", "setosa"] })));
    assert_eq!(server.get("/v1/models").json(), json!({ "models": ["iris"] }));
    let model = server.get("/v1/models/iris").json();
    assert_eq!((&model["name"], &model["ready"]), (&json!("iris"), &json!(true)));
    assert_eq!(model["model_version_status"][0]["state"], "AVAILABLE");
    let integers = Server::of_model("logistic_regression_three_ints_double.onnx");
    let answer = integers.post("/v1/models/model:predict", br#"{"instances":[[5.1,3.5,1.4,0.2]]}"#);
    assert!(answer.json()["predictions"][0].is_i64());
}

#[test]
fn version_1_refuses_in_its_own_form() {
    let server = Server::iris();
    for (path, body, status, said) in [
        ("/v1/models/rose:predict", INSTANCES, 404, "no model 'rose'"),
        ("/v1/models/iris", INSTANCES, 404, ":predict"),
        ("/v1/models/iris:explain", INSTANCES, 404, ":predict"),
        ("/v1/models/iris:predict", b"[[5,3,1,0]]", 400, "instances"),
        ("/v1/models/iris:predict", br#"{"instances":[[5,3,1]]}"#, 400, "4 items"),
        ("/v1/models/iris:predict", br#"{"instances":[[1e308,1e308,1e308,1e308]]}"#, 400, "overflow"),
    ] {
        let answer = server.post(path, body);
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.json()["error"].as_str().unwrap().contains(said), "{answer:?}");
    }
    assert_eq!(server.get("/v1/models/rose").status, 404);
}

/// `curl -d` says that any body is a form; a client of few words says nothing.
#[test]
fn what_curl_sends_is_read_as_json() {
    let server = Server::iris();
    let form = ("content-type", "application/x-www-form-urlencoded");
    for headers in [&[][..], &[form], &[("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8")]]
    {
        for path in ["/v1/models/iris:predict", "/invocations"] {
            let answer = server.post_with(path, headers, INSTANCES);
            assert_eq!((answer.status, &answer.body), (200, &server.post(path, INSTANCES).body), "{path}");
        }
    }
    for path in ["/v1/models/iris:predict", "/invocations"] {
        assert_eq!(server.post_with(path, &[("content-type", "text/plain")], INSTANCES).status, 415);
        let refused = server.post_with(path, &[form], b"instances=1");
        assert!(refused.body.contains("JSON decode error"), "{refused:?}");
    }
    assert_eq!(server.post_with("/predict", &[form], INSTANCES).status, 415);
}

#[test]
fn csv_may_be_compressed_in_members_and_its_type_have_parameters() {
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let headers = [("content-type", "Text/CSV ; charset=\"utf-8\""), ("content-encoding", "gzip")];
    let members = [gzip("5.1,3.5,1.4,0.2\n"), gzip("6.8,2.8,4.8,1.4\n")].concat();
    let answer = Server::iris().post_with("/invocations", &headers, &members);
    assert_eq!((answer.status, answer.body.as_str()), (200, "setosa\nversicolor\n"));
}

#[test]
fn sagemaker_pings_and_invokes() {
    let server = Server::iris();
    assert_eq!(server.get("/ping").status, 200);
    let csv = |body: &str| server.post_with("/invocations", &[("content-type", "text/csv")], body.as_bytes());
    let answer = csv("6.8,2.8,4.8,1.4\r\n 5.1, 3.5,1.4,2e-1");
    assert_eq!((answer.status, answer.body.as_str()), (200, "versicolor\nsetosa\n"));
    assert!(answer.content_type.starts_with("text/csv"));
    let json = server.post("/invocations", INSTANCES);
    assert_eq!(json.json(), server.post("/predict", INSTANCES).json());
    for (body, said) in [
        ("", "no row"),
        ("1,2,3\n", "row 0: 3 values; expected 4"),
        ("1,2,3,4\n1,2,3,4,5\n", "row 1: 5 values"),
        ("sepal,b,c,d\n", "sepal_length is \"sepal\", no number"),
        ("1,2,,4\n", "petal_length is NaN"),
        ("1,2,inf,4\n", "petal_length is inf"),
        ("\"1,2,3,4", "row 0"),
    ] {
        let answer = csv(body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(said), "{answer:?}");
    }
    server.service.catalog().readiness().set(false);
    assert_eq!(server.get("/ping").status, 503);
}

#[test]
fn labels_in_lines_are_quoted_where_they_have_to_be() {
    let labels = Labels::Strings(["a,b", "c\nd", "\"e\"", "f"].map(str::to_owned).to_vec());
    let predictor = Predictor::linear(&LinearModel {
        features: vec!["x".to_owned()],
        coefficients: vec![vec![0.0], vec![1.0], vec![2.0], vec![3.0]],
        intercepts: vec![0.0, -1.0, -3.0, -6.0],
        labels: Some(labels),
        link: Link::Softmax,
    })
    .unwrap();
    let server = Server::start(HttpService::new("quoted", "1", predictor), Limits::default());
    let rows = b"0.5\n1.5\n2.5\n3.5\n";
    let answer = server.post_with("/invocations", &[("content-type", "text/csv")], rows);
    assert_eq!(answer.body, "\"a,b\"\n\"c\nd\"\n\"\"\"e\"\"\"\nf\n");
}

#[test]
fn labels_keep_their_type_by_every_door() {
    let of_type = [
        (Labels::Booleans(vec![false, true]), "BOOL", "[false,true]", "false\ntrue\n", ["false", "true"]),
        (Labels::Floats(vec![0.0, 2.5]), "FP64", "[0.0,2.5]", "0.0\n2.5\n", ["0.0", "2.5"]),
        (Labels::Integers(vec![0, 1]), "INT64", "[0,1]", "0\n1\n", ["0", "1"]),
    ];
    for (labels, datatype, list, lines, keys) in of_type {
        let predictor = Predictor::linear(&LinearModel {
            features: vec!["x".to_owned()],
            coefficients: vec![vec![1.0]],
            intercepts: vec![0.0],
            labels: Some(labels),
            link: Link::Logistic,
        })
        .unwrap();
        let server = Server::start(HttpService::new("typed", "1", predictor), Limits::default());
        let expected: serde_json::Value = serde_json::from_str(list).unwrap();
        let answers = server.post("/predict", b"[[-1],[1]]").json();
        for (index, answer) in answers.as_array().unwrap().iter().enumerate() {
            assert_eq!(
                (&answer["label"], &answer["predicted_species"]),
                (&expected[index], &expected[index])
            );
            let probabilities = answer["probabilities"].as_object().unwrap();
            assert!(probabilities.keys().eq(keys), "{probabilities:?}");
        }
        let answer = server.post("/v1/models/typed:predict", br#"{"instances":[[-1],[1]]}"#);
        assert_eq!(answer.json()["predictions"], expected, "{answer:?}");
        let body = br#"{"inputs":[{"name":"x","datatype":"FP64","shape":[2,1],"data":[-1,1]}]}"#;
        let output = &server.post("/v2/models/typed/infer", body).json()["outputs"][0];
        assert_eq!((&output["datatype"], &output["data"]), (&datatype.into(), &expected));
        let metadata = server.get("/v2/models/typed").json();
        assert_eq!(metadata["outputs"][0]["datatype"], datatype);
        let answer = server.post_with("/invocations", &[("content-type", "text/csv")], b"-1\n1\n");
        assert_eq!(answer.body, lines);
        let document = server.get("/openapi.json").body;
        assert!(document.contains(&format!(r#""enum":{list}"#)), "{document}");
    }
}

fn vertex(health: &str, predict: &str) -> Server {
    let routes = VertexRoutes::new(Some(health), Some(predict)).unwrap();
    Server::start(
        HttpService::new("iris", "1", Predictor::iris()).with_vertex_routes(routes),
        Limits::default(),
    )
}

#[test]
fn vertex_ai_chooses_the_routes() {
    for (health, predict) in [
        ("/v1/endpoints/7/deployedModels/8", "/v1/endpoints/7/deployedModels/8:predict"),
        ("/same", "/same"),
        ("/health", "/predict"),
        ("/ping", "/p"),
    ] {
        let server = vertex(health, predict);
        assert_eq!(server.get(health).status, 200, "{health}");
        assert_eq!(server.post(predict, INSTANCES).json(), server.post("/predict", INSTANCES).json());
    }
}

#[test]
fn vertex_routes_that_cannot_be_are_refused() {
    let no_path = ["predict", "", "/{x}", "/:x", "/a?b", "/v2/models/{model}"];
    let no_path = no_path.map(|path| (path, VertexRouteError::NoPath(path.to_owned())));
    let taken =
        ["/metrics", "/v2", "/v2/models"].map(|path| (path, VertexRouteError::Taken(path.to_owned())));
    for (path, error) in no_path.into_iter().chain(taken) {
        assert_eq!(VertexRoutes::new(None, Some(path)).unwrap_err(), error);
        assert_eq!(VertexRoutes::new(Some(path), None).unwrap_err(), error);
        assert!(error.to_string().starts_with(&format!("{path:?} is ")), "{error}");
    }
}

#[test]
fn mlflow_sends_frames_and_tensors() {
    let server = Server::iris();
    let columns = r#"["petal_width","sepal_length","sepal_width","petal_length","id"]"#;
    for body in [
        format!(
            r#"{{"dataframe_split":{{"index":[7,8],"columns":{columns},"data":[[1.4,6.8,2.8,4.8,"a"],[0.2,5.1,3.5,1.4,null]]}}}}"#
        ),
        r#"{"dataframe_split":{"data":[[6.8,2.8,4.8,1.4],[5.1,3.5,1.4,0.2]]}}"#.to_owned(),
        r#"{"dataframe_records":[{"petal_width":1.4,"sepal_length":6.8,"sepal_width":2.8,"petal_length":4.8},{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}]}"#.to_owned(),
        r#"{"inputs":[[6.8,2.8,4.8,1.4],[5.1,3.5,1.4,0.2]],"params":{}}"#.to_owned(),
        r#"{"inputs":{"petal_width":[1.4,0.2],"sepal_length":[6.8,5.1],"sepal_width":[[2.8],[3.5]],"petal_length":[4.8,1.4],"id":["a"]}}"#.to_owned(),
    ] {
        let answer = server.post("/invocations", body.as_bytes());
        assert_eq!((answer.status, answer.json()), (200, json!({ "predictions": ["versicolor", "setosa"] })), "{body}");
    }
    let one = r#"{"inputs":{"petal_width":0.2,"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4}}"#;
    assert_eq!(server.post("/invocations", one.as_bytes()).json(), json!({ "predictions": ["setosa"] }));
    for (body, at, said) in [
        (r#"{"dataframe_split":{"columns":["a"],"data":[[1]]}}"#, "dataframe_split", "Field required"),
        (r#"{"dataframe_split":{"data":[[1,2,3]]}}"#, "dataframe_split", "4 items, one a column, not 3"),
        (r#"{"dataframe_split":[[1,2,3,4]]}"#, "dataframe_split", "an object with columns and data"),
        (r#"{"dataframe_records":{"a":1}}"#, "dataframe_records", "a list of objects"),
        (r#"{"inputs":[[1,2,3,"4"]]}"#, "inputs", "not a string"),
        (r#"{"inputs":[[1,2,3,NaN]]}"#, "inputs", "number"),
        (r#"{"inputs":[]}"#, "inputs", "at least 1"),
        (
            r#"{"inputs":{"sepal_length":[1,2],"sepal_width":[1]}}"#,
            "inputs",
            "Column sepal_width has 1 values",
        ),
        (r#"{"inputs":[[1,2,3,4]],"dataframe_records":[]}"#, "dataframe_records", "expected one of them"),
        (r#"{"inputs":[[1e308,1e308,1e308,1e308]]}"#, "inputs", "overflow"),
    ] {
        let answer = server.post("/invocations", body.as_bytes());
        assert_eq!(answer.status, 422, "{answer:?}");
        let detail = &answer.json()["detail"][0];
        assert_eq!(detail["loc"][1], at, "{answer:?}");
        assert!(detail["msg"].as_str().unwrap().contains(said), "{answer:?}");
    }
}

#[test]
fn csv_with_a_header_is_answered_as_mlflow_answers() {
    let server = Server::iris();
    let csv = |body: &str| server.post_with("/invocations", &[("content-type", "text/csv")], body.as_bytes());
    let header = "id,petal_width,sepal_length,sepal_width,petal_length\n";
    let answer = csv(&format!("{header}a,1.4,6.8,2.8,4.8\nb,0.2,5.1,3.5,1.4\n"));
    assert_eq!((answer.status, answer.json()), (200, json!({ "predictions": ["versicolor", "setosa"] })));
    assert_eq!(answer.content_type, "application/json");
    for (body, said) in [
        (header.to_owned(), "no row"),
        (format!("{header}1,2\n"), "row 0: 2 values; expected 5"),
        (format!("{header}1,x,3,4,5\n"), "petal_width is \"x\""),
        ("sepal_length,b,c,d\n1,2,3,4\n".to_owned(), "no column sepal_width"),
        ("sepal_length,sepal_length,c,d\n1,2,3,4\n".to_owned(), "sepal_length twice"),
    ] {
        let answer = csv(&body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(said), "{answer:?}");
    }
}
