//! The same over encrypted connections.

use std::fs;

use iris_grpc::pb::iris::v1;
use iris_grpc::{GrpcService, Limits, serve};
use iris_serving::net::{Listener, Tls, TlsFiles};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::sync::oneshot;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use crate::server::Client;

#[tokio::test]
async fn encrypted_calls_are_answered() {
    let folder = std::env::temp_dir().join(format!("iris-grpc-tls-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files =
        TlsFiles { certificates: folder.join("cert.pem"), key: folder.join("key.pem"), client_ca: None };
    fs::write(&files.certificates, cert.pem()).unwrap();
    fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    let tls = Tls::open(files).unwrap();
    fs::remove_dir_all(&folder).unwrap();

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = GrpcService::new(crate::direct::iris());
    let listener = Listener::from(listener).with_tls(Some(tls));
    let serving = tokio::spawn(serve(listener, service, Limits::default(), async { drop(stopped.await) }));

    let trusting = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(cert.pem()));
    let endpoint = Endpoint::from_shared(format!("https://localhost:{port}")).unwrap();
    let client = Client(endpoint.tls_config(trusting).unwrap().connect().await.unwrap());
    let [sepal_length, sepal_width, petal_length, petal_width] = [5.1, 3.5, 1.4, 0.2].map(Some);
    let flower =
        v1::PredictRequest { sepal_length, sepal_width, petal_length, petal_width, contributions: false };
    let answer: v1::PredictResponse = client.call("iris.v1.Predictor/Predict", flower).await.unwrap();
    assert_eq!(answer.species, "setosa");

    let plain = Endpoint::from_shared(format!("http://localhost:{port}")).unwrap();
    let refused = Client(plain.connect_lazy());
    assert!(refused.call::<_, v1::PredictResponse>("iris.v1.Predictor/Predict", flower).await.is_err());
    drop((client, refused, stop));
    assert_eq!(serving.await.unwrap(), 0);
}
