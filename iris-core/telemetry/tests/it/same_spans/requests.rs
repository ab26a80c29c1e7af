//! One of each kind of request.

use std::fmt::Display;

use iris_core::{ErrorClass, LinearModel, Link, Predictor};
use iris_telemetry::{
    Client, Endpoint, HttpVersion, Origin, Recorded, RecordedModel, Recorder, health_check, model_loading,
};

pub(crate) static PREDICT: Endpoint = Endpoint::http("POST", "/predict");
pub(crate) static INFER: Endpoint = Endpoint::grpc("inference.GRPCInferenceService/ModelInfer");
static HEALTH: Endpoint = Endpoint::http("GET", "/health");
static CHECK: Endpoint = Endpoint::grpc("grpc.health.v1.Health/Check");

pub(crate) const ROW: [f64; 4] = [5.1, 3.5, 1.4, 0.2];

/// What a request is called, the names of its spans in their order, and itself.
pub(crate) type Request = (&'static str, &'static [&'static str], fn(&Recorder));

const ALL_FOUR: &[&str] =
    &["data_preparation", "model_inference", "prediction_request", "response_formatting"];
const UP_TO_THE_MODEL: &[&str] = &["data_preparation", "model_inference", "prediction_request"];
const UP_TO_THE_ROW: &[&str] = &["data_preparation", "prediction_request"];

pub(crate) const REQUESTS: [Request; 26] = [
    ("over HTTP", ALL_FOUR, |recorder| row(&iris(recorder), &Origin::new(&PREDICT), &ROW, 200)),
    ("over HTTP/2 under another path", ALL_FOUR, |recorder| {
        let origin = Origin::new(&PREDICT).path("/v2/models/äpfel/infer").http_version(HttpVersion::Http2);
        row(&iris(recorder), &origin, &ROW, 200);
    }),
    ("by a client over HTTP", ALL_FOUR, |recorder| {
        let user_agent = Some(&b"gardener/1 (r\xc3\xb6slein)"[..]);
        let client = Client { address: Some([203, 0, 113, 9].into()), user_agent };
        row(&iris(recorder), &Origin::new(&PREDICT).client(client), &ROW, 200);
    }),
    ("by a client without a name over gRPC", ALL_FOUR, |recorder| {
        let client = Client { address: "2001:db8::7".parse().ok(), user_agent: None };
        row(&iris(recorder), &Origin::new(&INFER).client(client), &ROW, 0);
    }),
    ("over gRPC", ALL_FOUR, |recorder| row(&iris(recorder), &Origin::new(&INFER), &ROW, 0)),
    ("by a call", ALL_FOUR, |recorder| assert!(iris(recorder).predict(&ROW).is_ok())),
    ("of a client's mistake over HTTP", UP_TO_THE_MODEL, |recorder| {
        row(&iris(recorder), &Origin::new(&PREDICT), &[5.1, f64::NAN, 1.4, 0.2], 422);
    }),
    ("of a client's mistake over gRPC", UP_TO_THE_MODEL, |recorder| {
        row(&iris(recorder), &Origin::new(&INFER), &[1.0], 3);
    }),
    ("of a caller's mistake", UP_TO_THE_ROW, |recorder| assert!(iris(recorder).predict(&[1.0]).is_err())),
    ("refused before its first stage", &["prediction_request"], |recorder| {
        refused(recorder, &Origin::new(&PREDICT), 404, ErrorClass::NotFound, &"no such model");
    }),
    ("of the server's mistake over HTTP", &["prediction_request"], |recorder| {
        refused(recorder, &Origin::new(&PREDICT), 500, ErrorClass::Internal, &"the disk is on fire");
    }),
    ("of the server's absence over HTTP", &["prediction_request"], |recorder| {
        refused(recorder, &Origin::new(&PREDICT), 503, ErrorClass::Unavailable, &"stopping");
    }),
    ("of the server's mistake with another status", &["prediction_request"], |recorder| {
        refused(recorder, &Origin::new(&PREDICT), 502, ErrorClass::InvalidModel, &"");
    }),
    ("of the server's mistake over gRPC", &["prediction_request"], |recorder| {
        refused(recorder, &Origin::new(&INFER), 13, ErrorClass::Internal, &"the disk is on fire");
    }),
    ("of an error without end", &["prediction_request"], |recorder| {
        refused(recorder, &Origin::call(), 0, ErrorClass::Internal, &"ä".repeat(2_000));
    }),
    ("for a batch", ALL_FOUR, |recorder| batch(recorder, Some(&[2, 0, 1]))),
    ("for a batch of values", ALL_FOUR, |recorder| batch(recorder, None)),
    ("to a regressor", ALL_FOUR, |recorder| {
        assert!(regressor(recorder, 1).predict(&[1.5, -2.0]).is_ok());
    }),
    ("to a regressor of two targets", ALL_FOUR, |recorder| {
        let model = regressor(recorder, 2);
        let mut request = model.start(&Origin::new(&PREDICT));
        request.data_preparation(|| ());
        request.features(&[1.5, -2.0]);
        let mut values = [0.0; 2];
        request
            .values_inference(|| model.predictor().predict_values_into(&[1.5, -2.0], &mut values))
            .unwrap();
        request.response_formatting(|| ());
        request.succeed(200);
    }),
    ("to a model of other features, with labels that are numbers", ALL_FOUR, |recorder| {
        let two = crate::cases::model("logistic_regression_two_ints_double.onnx");
        assert!(Recorded::new(two, recorder, "two", "9").predict(&ROW).is_ok());
    }),
    ("of more features than are kept", UP_TO_THE_ROW, |recorder| {
        let row: Vec<f64> = (0..300).map(f64::from).collect();
        let model = regressor(recorder, 1);
        let mut request = model.start(&Origin::call());
        request.data_preparation(|| ());
        request.features(&row);
        request.fail(0, ErrorClass::InvalidInput, &"too wide");
    }),
    ("for a model that is there", &["model_loading"], |recorder| {
        model_loading(recorder, || Predictor::read(Predictor::IRIS)).unwrap();
    }),
    ("for a model that is none", &["model_loading"], |recorder| {
        model_loading(recorder, || Predictor::read(&[0xff; 9])).unwrap_err();
    }),
    ("for health", &["health_check"], |recorder| health(recorder, &Origin::new(&HEALTH), [200, 503], &ROW)),
    ("for health, which is bad", &["health_check"], |recorder| {
        health(recorder, &Origin::new(&HEALTH), [200, 503], &[]);
    }),
    ("for health over gRPC, which is bad", &["health_check"], |recorder| {
        health(recorder, &Origin::new(&CHECK), [0, 0], &[]);
    }),
];

pub(crate) fn iris(recorder: &Recorder) -> Recorded {
    Recorded::new(Predictor::iris(), recorder, "iris", "1")
}

/// A regressor of two features.
pub(crate) fn regressor(recorder: &Recorder, n_targets: usize) -> Recorded {
    let model = LinearModel {
        features: vec!["age".to_owned(), "weight".to_owned()],
        coefficients: vec![vec![0.5, -1.0]; n_targets],
        intercepts: vec![0.25; n_targets],
        labels: None,
        link: Link::Identity,
    };
    Recorded::new(Predictor::linear(&model).unwrap(), recorder, "regressor", "1")
}

/// A whole request for one row; the error of the model is the client's.
pub(crate) fn row(model: &Recorded, origin: &Origin<'_>, row: &[f64], status: u16) {
    let mut request = model.start(origin);
    let row = request.data_preparation(|| row);
    request.features(row);
    match request.model_inference(|| model.predictor().predict(row)) {
        Ok(prediction) => {
            request.response_formatting(|| prediction.to_string());
            request.succeed(status);
        }
        Err(error) => drop(request.fail(status, ErrorClass::InvalidInput, &error)),
    }
}

fn refused(recorder: &Recorder, origin: &Origin<'_>, status: u16, class: ErrorClass, error: &dyn Display) {
    iris(recorder).start(origin).fail(status, class, error);
}

fn batch(recorder: &Recorder, classes: Option<&[u32]>) {
    let model = iris(recorder);
    let mut request = model.start(&Origin::new(&PREDICT));
    request.data_preparation(|| ());
    request.batch_inference(3, || ());
    match classes {
        Some(counts) => request.batch_classes(counts),
        None => request.values(),
    }
    request.response_formatting(|| ());
    request.succeed(200);
}

fn health(recorder: &Recorder, origin: &Origin<'_>, statuses: [u16; 2], row: &[f64]) {
    let model = iris(recorder);
    let check = || model.predictor().predict_class(row);
    drop(health_check(recorder, RecordedModel::default(), origin, statuses, check));
}
