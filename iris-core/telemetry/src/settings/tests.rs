use super::*;

fn settings(vars: &[(&str, &str)]) -> Result<Settings, String> {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from_vars("iris", vars).map_err(|error| error.to_string())
}

fn endpoint(vars: &[(&str, &str)]) -> Option<String> {
    settings(vars).unwrap().otlp.map(|otlp| otlp.endpoint)
}

#[test]
fn without_variables_traces_stay_in_memory() {
    let settings = settings(&[("PATH", "/bin"), ("OTEL_SERVICE_NAME", " ")]).unwrap();
    assert_eq!((settings.otlp.is_none(), settings.console, settings.disabled), (true, false, false));
    assert_eq!(settings.sampler, Sampler::ALWAYS_ON);
    assert_eq!(settings.destination(), "memory");
    assert!(settings.warnings().is_empty());
}

#[test]
fn the_endpoint_of_all_signals_is_a_base_that_of_traces_is_not() {
    let base = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let exporter = ("OTEL_TRACES_EXPORTER", "otlp");
    for (vars, expected) in [
        (&[(base, "http://c:4318")][..], "http://c:4318/v1/traces"),
        (&[(base, "http://c:4318/otel/")], "http://c:4318/otel/v1/traces"),
        (&[(traces, "http://c:4318/x")], "http://c:4318/x"),
        (&[(traces, "https://t/x"), (base, "http://c")], "https://t/x"),
        (&[(base, "http://c:4317"), protocol], "http://c:4317"),
        (&[(base, "c:4317"), protocol], "https://c:4317"),
        (&[(base, "c:4317"), protocol, ("OTEL_EXPORTER_OTLP_INSECURE", "true")], "http://c:4317"),
        (&[(base, "http://c:4318?token=a")], "http://c:4318/v1/traces?token=a"),
        (&[(base, "http://c/otel/?a=b/&c=%2F")], "http://c/otel/v1/traces?a=b/&c=%2F"),
        (&[(base, "HTTP://c:4318")], "http://c:4318/v1/traces"),
        (&[(base, "HttpS://[::1]:4318")], "https://[::1]:4318/v1/traces"),
        (&[(traces, "http://c?token=a")], "http://c/?token=a"),
        (&[(traces, "http://c")], "http://c/"),
        (&[(base, "HTTP://c:4317/"), protocol], "http://c:4317"),
        (&[exporter], "http://localhost:4318/v1/traces"),
        (&[exporter, protocol], "http://localhost:4317"),
    ] {
        assert_eq!(endpoint(vars).as_deref(), Some(expected), "{vars:?}");
    }
    assert_eq!(endpoint(&[(base, "http://c"), ("OTEL_TRACES_EXPORTER", "none")]), None);
}

#[test]
fn everything_about_the_exporter() {
    let settings = settings(&[
        ("OTEL_TRACES_EXPORTER", "otlp,console"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x, x-tenant=7"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1500"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "7"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ]);
    let settings = settings.unwrap();
    let otlp = settings.otlp.unwrap();
    assert!(settings.console);
    assert_eq!(otlp.headers[0], ("authorization".to_owned(), "Bearer x".to_owned()));
    assert_eq!(otlp.headers[1].1, "7");
    assert_eq!((otlp.timeout, settings.delay), (Duration::from_millis(1500), Duration::from_millis(50)));
    assert_eq!(otlp.compression, Compression::Gzip);
}

#[test]
fn samplers_and_propagators() {
    let sampler = |name: &str, arg: &str| {
        settings(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", arg)]).unwrap().sampler
    };
    assert_eq!(sampler("always_off", ""), Sampler { root: Root::AlwaysOff, parent_based: false });
    let ratio = Sampler { root: Root::Ratio(0.25), parent_based: true };
    assert_eq!(sampler("parentbased_traceidratio", "0.25"), ratio);
    assert_eq!(sampler("traceidratio", "").root, Root::Ratio(1.0));
    let propagators = |list: &str| settings(&[("OTEL_PROPAGATORS", list)]).unwrap().propagators;
    assert_eq!(propagators("none"), Propagators { tracecontext: false, cloud_trace: false });
    assert_eq!(propagators("tracecontext, baggage"), Propagators { tracecontext: true, cloud_trace: false });
    assert_eq!(propagators("gcp"), Propagators { tracecontext: false, cloud_trace: true });
}

#[test]
fn what_cannot_be_honoured_is_refused_by_name() {
    for (name, value) in [
        ("OTEL_SDK_DISABLED", "maybe"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_PROPAGATORS", "b3"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://c"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:x"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:99999"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http:/c"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "/v1/traces"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a b"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nonexistent.pem"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "yes"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a"),
    ] {
        let error = settings(&[(name, value)]).unwrap_err();
        assert!(error.starts_with(&format!("{name} is \"{value}\"; ")), "{error}");
    }
    let ratio = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "2")];
    assert!(settings(&ratio).unwrap_err().contains("from 0 to 1"));
    let secret = settings(&[("OTEL_EXPORTER_OTLP_HEADERS", "authorization: hunter2")]).unwrap_err();
    assert!(secret.starts_with("OTEL_EXPORTER_OTLP_HEADERS") && !secret.contains("hunter2"), "{secret}");
    let alone = settings(&[("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/dev/null")]).unwrap_err();
    assert!(alone.contains("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"), "{alone}");
}

#[test]
fn what_has_no_effect_is_said() {
    let settings = settings(&[
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "5"),
    ]);
    let warnings = settings.unwrap().warnings().join("\n");
    assert_eq!(warnings.lines().count(), 3, "{warnings}");
    assert!(warnings.contains("OTEL_BSP_MAX_QUEUE_SIZE is set, but has no effect"), "{warnings}");
}

#[test]
fn the_resource_says_who_is_speaking() {
    let settings = settings(&[
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=ignored,team=plants%2Fflowers,k8s.pod.name=mine"),
        ("OTEL_SERVICE_NAME", "species"),
        ("K8S_POD_NAME", "iris-1"),
        ("K8S_NAMESPACE_NAME", "ml"),
        ("CLOUD_REGION", "europe-west1"),
        ("GOOGLE_CLOUD_PROJECT", "garden"),
    ]);
    let resource = settings.unwrap().resource;
    let value = |key: &str| {
        let mut found = resource.iter().filter(|(name, _)| name == key);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{key} twice");
        value
    };
    assert_eq!(value("service.name"), Some("species"));
    assert_eq!(value("service.version"), Some(env!("CARGO_PKG_VERSION")));
    assert!(value("service.instance.id").is_some_and(|id| id.len() == 36));
    assert_eq!(value("team"), Some("plants/flowers"));
    assert_eq!(value("k8s.pod.name"), Some("mine"));
    assert_eq!(value("k8s.namespace.name"), Some("ml"));
    assert_eq!(value("cloud.region"), Some("europe-west1"));
    assert_eq!((value("cloud.account.id"), value("cloud.provider")), (Some("garden"), Some("gcp")));
    assert_eq!(value("gcp.project_id"), Some("garden"));
    assert_eq!(value("telemetry.sdk.language"), Some("rust"));
}

#[test]
fn case_does_not_matter_where_one_of_a_list_is_chosen() {
    let vars = [
        ("OTEL_TRACES_EXPORTER", "OTLP"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "GRPC"),
        ("OTEL_TRACES_SAMPLER", "Always_Off"),
    ];
    let settings = settings(&vars).unwrap();
    assert_eq!(settings.sampler.root, Root::AlwaysOff);
    let otlp = settings.otlp.unwrap();
    assert_eq!((otlp.protocol, otlp.compression), (OtlpProtocol::Grpc, Compression::Gzip));
}

#[test]
fn the_variable_for_traces_goes_before_the_one_for_all() {
    let insecure = |traces| {
        endpoint(&[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"),
            ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
            ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", traces),
        ])
    };
    assert_eq!(insecure("false").as_deref(), Some("https://c:4317"));
    assert_eq!(insecure("").as_deref(), Some("http://c:4317"));
}

#[test]
fn switched_off_nothing_else_matters() {
    let vars =
        [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_PROPAGATORS", "b3"), ("OTEL_TRACES_EXPORTER", "console,otlp")];
    let settings = settings(&vars).unwrap();
    assert_eq!((settings.is_disabled(), settings.console, settings.otlp), (true, false, None));
}

#[test]
fn secrets_are_not_shown() {
    let settings = settings(&[
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://c:4318/v1/traces?api-key=hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=hunter2"),
    ]);
    let settings = settings.unwrap();
    assert_eq!(settings.destination(), "https://c:4318/v1/traces");
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn what_of_an_endpoint_would_not_be_sent_is_refused_without_telling_it() {
    let name = "OTEL_EXPORTER_OTLP_ENDPOINT";
    for (value, protocol, said) in [
        ("https://user:hunter2@c:4318", "http/protobuf", "no user and password"),
        ("https://hunter2@c:4317", "grpc", "no user and password"),
        ("hunter2@c:4317", "grpc", "no user and password"),
        ("http://c:4318/#hunter2", "http/protobuf", "no fragment"),
        ("http://c:4317?token=hunter2", "grpc", "no path and no query"),
        ("http://c:4317/v1/traces", "grpc", "no path and no query"),
    ] {
        let error = settings(&[(name, value), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)]).unwrap_err();
        assert!(error.starts_with(name) && error.contains(said), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
