//! `grpc.reflection`: the services, described to tools such as grpcurl.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tonic::body::Body;
use tonic::codegen::Service;
use tonic_reflection::server::Builder;

use crate::pb::DESCRIPTORS;

type Answering = Pin<Box<dyn Future<Output = http::Response<Body>> + Send>>;
type Reflect = Arc<dyn Fn(http::Request<Body>) -> Answering + Send + Sync>;

/// The version that a client asks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Version {
    V1,
    V1Alpha,
}

/// Both versions of the service.
#[derive(Clone)]
pub(crate) struct Reflection {
    v1: Reflect,
    v1alpha: Reflect,
}

impl Default for Reflection {
    fn default() -> Self {
        let proof = "the tests read the descriptors";
        Self {
            v1: erased(builder().build_v1().expect(proof)),
            v1alpha: erased(builder().build_v1alpha().expect(proof)),
        }
    }
}

impl Reflection {
    /// Answers a call of this version's only method.
    pub(crate) async fn answer(
        &self,
        version: Version,
        request: http::Request<Body>,
    ) -> http::Response<Body> {
        let answer = match version {
            Version::V1 => &self.v1,
            Version::V1Alpha => &self.v1alpha,
        };
        answer(request).await
    }
}

/// Either version lists both, whichever a tool asks.
fn builder() -> Builder<'static> {
    Builder::configure()
        .include_reflection_service(false)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// The library's services have types without a name.
fn erased<S>(service: S) -> Reflect
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = std::convert::Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    Arc::new(move |request| {
        let answer = service.clone().call(request);
        Box::pin(async move {
            let Ok(response) = answer.await;
            response
        })
    })
}

impl fmt::Debug for Reflection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reflection")
    }
}
