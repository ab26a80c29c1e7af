//! Who is speaking: the attributes that go with every message.

use std::collections::BTreeMap;

use super::vars::{SettingsError, Vars, pairs};

/// Attributes that a deployment passes on as variables: those of Kubernetes by
/// its downward API, those of a cloud by hand or by its platform.
const FROM_VARIABLES: [(&str, &str); 14] = [
    ("k8s.cluster.name", "K8S_CLUSTER_NAME"),
    ("k8s.namespace.name", "K8S_NAMESPACE_NAME"),
    ("k8s.node.name", "K8S_NODE_NAME"),
    ("k8s.deployment.name", "K8S_DEPLOYMENT_NAME"),
    ("k8s.pod.name", "K8S_POD_NAME"),
    ("k8s.pod.uid", "K8S_POD_UID"),
    ("k8s.container.name", "K8S_CONTAINER_NAME"),
    ("cloud.provider", "CLOUD_PROVIDER"),
    ("cloud.platform", "CLOUD_PLATFORM"),
    ("cloud.account.id", "CLOUD_ACCOUNT_ID"),
    ("cloud.region", "CLOUD_REGION"),
    ("cloud.availability_zone", "CLOUD_AVAILABILITY_ZONE"),
    // Cloud Run's own.
    ("faas.name", "K_SERVICE"),
    ("faas.version", "K_REVISION"),
];

/// What is found out, overridden by what is said.
pub(super) fn attributes(
    service_name: &str,
    vars: &mut Vars,
) -> Result<Vec<(String, String)>, SettingsError> {
    const NAME: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let mut attributes: BTreeMap<String, String> = [
        ("service.name", service_name.to_owned()),
        ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("service.instance.id", uuid::Uuid::new_v4().to_string()),
        ("telemetry.sdk.name", "iris".to_owned()),
        ("telemetry.sdk.language", "rust".to_owned()),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("process.pid", std::process::id().to_string()),
        ("host.name", rustix::system::uname().nodename().to_string_lossy().into_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    let mut add = |key: &str, value: String| drop(attributes.insert(key.to_owned(), value));
    if let Some(project) = vars.take("GOOGLE_CLOUD_PROJECT") {
        add("cloud.provider", "gcp".to_owned());
        // Google's Telemetry API files by its own key, everything else by OpenTelemetry's.
        add("gcp.project_id", project.clone());
        add("cloud.account.id", project);
    }
    for (attribute, variable) in FROM_VARIABLES {
        if let Some(value) = vars.take(variable) {
            add(attribute, value);
        }
    }
    if let Some(value) = vars.take(NAME) {
        for (key, value) in pairs(NAME, &value)? {
            add(&key, value);
        }
    }
    if let Some(name) = vars.take("OTEL_SERVICE_NAME") {
        add("service.name", name);
    }
    Ok(attributes.into_iter().collect())
}
