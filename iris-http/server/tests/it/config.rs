//! The file of flags, looking at it, and looking whether it could be served so.

use crate::predict::{Folder, Ran, ran, testdata};
use crate::process::{Process, command, read_status};

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = command(arguments);
    command.env_remove("IRIS_GRPC_ADDR").envs(variables.iter().copied());
    ran(command.output().unwrap())
}

#[test]
fn flags_go_before_variables_and_these_before_the_file() {
    let folder = Folder::new();
    let file = folder.file(
        "iris.toml",
        "max-rows = 1\nmax-body = \"1KiB\"\nmax-wait = \"1s\"\naccess-log = true\nserver-timing = true\n",
    );
    let variables = [
        ("IRIS_CONFIG", &*file),
        ("IRIS_MAX_BODY", "2KiB"),
        ("IRIS_MAX_WAIT", "2s"),
        ("IRIS_SERVER_TIMING", "false"),
    ];
    for serve in [&[][..], &["serve"]] {
        let Ran { code, out, log } =
            run(&[serve, &["--max-wait", "3s", "--print-config"]].concat(), &variables);
        assert_eq!((code, log.as_str()), (Some(0), ""));
        for line in [
            &format!("max-rows = 1  # {file}, line 1"),
            "max-body = \"2KiB\"  # IRIS_MAX_BODY",
            "max-wait = \"3s\"  # command line",
            &format!("access-log = true  # {file}, line 4"),
            "server-timing = false  # IRIS_SERVER_TIMING",
            "grpc = \"127.0.0.1:8081\"  # default",
        ] {
            assert!(out.lines().any(|printed| printed == line), "{line} in {out}");
        }
    }
}

#[test]
fn nothing_secret_is_printed() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20sesame"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:sesame@localhost:4318"),
    ];
    let Ran { code, out, log } = run(&["--print-config"], &variables);
    assert_eq!(code, Some(0), "{log}");
    assert!(out.contains("OTEL_EXPORTER_OTLP_HEADERS") && !out.contains("sesame"), "{out}");
}

#[test]
fn a_file_is_served_and_health_finds_it_there() {
    let folder = Folder::new();
    let socket = format!("unix:{}", folder.path("http"));
    let file = folder.file("iris.toml", format!("http = \"{socket}\"\nmax-rows = 1\n"));
    let process = Process::start(command(&["--config", &file]));
    assert_eq!(process.address, socket);
    let Ran { code, log, .. } = run(&["health"], &[("IRIS_CONFIG", &file)]);
    assert_eq!(code, Some(0), "{log}");
    let elsewhere = run(&["health", "--config", &file, "--http", "127.0.0.1:1"], &[]);
    assert_eq!(elsewhere.code, Some(1));
    let Ran { code, .. } = run(&["health", "--config", "/nowhere.toml"], &[]);
    assert_eq!(code, Some(2));
    drop(process);
    let file = folder.file("limits.toml", "http = \"127.0.0.1:0\"\nmax-rows = 1\n");
    let process = Process::start(command(&["--config", &file]));
    let rows = "[[5,3.5,1,0],[5,3.5,1,0]]";
    let request =
        format!("POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: {}\r\n\r\n{rows}", rows.len());
    assert_eq!(read_status(process.send(&request)), "HTTP/1.1 413 Payload Too Large");
}

#[test]
fn a_file_with_mistakes_starts_nothing() {
    let folder = Folder::new();
    for (text, said) in [
        ("max_rows = 3", "iris.toml: line 1: there is no flag max_rows; did you mean max-rows?"),
        ("\nmax-rows = 0", "iris.toml, line 2"),
        ("tls-cert = 'c'", "--tls-key"),
        ("http = ", "iris.toml: line 1: "),
        ("[http]\nport = 3", "http takes no table"),
    ] {
        let file = folder.file("iris.toml", text);
        for look in [&[][..], &["--check"], &["--print-config"]] {
            let Ran { code, out, log } = run(&[&["--config", &file], look].concat(), &[]);
            assert_eq!((code, out.as_str()), (Some(2), ""), "{text}: {log}");
            assert!(log.contains(said), "{text}: {log}");
        }
    }
}

#[test]
fn all_that_is_wrong_is_found_without_serving() {
    let Ran { code, out, log } = run(&["--check"], &[]);
    assert_eq!((code, out.as_str()), (Some(0), "all is well: model iris, version 1, 4 features\n"), "{log}");
    let folder = Folder::new();
    let wrong = folder.file("wrong.pem", "no certificate");
    let keys = folder.file("keys.toml", "[[keys]]\nname = 3\n");
    let refused = testdata("pickles/refused_forest.joblib");
    for (arguments, said) in [
        (&["--model", &*refused][..], &["cannot serve the model"][..]),
        (&["--model", "/nowhere.onnx", "--api-keys", &keys], &["/nowhere.onnx", "no keys: "]),
        (
            &["--tls-cert", &wrong, "--tls-key", &wrong, "--model", "/nowhere.onnx"],
            &["no TLS: ", "/nowhere.onnx"],
        ),
        (&["--trusted-proxy", "garden"], &["--trusted-proxy"]),
        (&["--cors-origin", "garden"], &["--cors-origin"]),
        (&["--trace-buffer", "1KiB"], &["--trace-buffer"]),
    ] {
        let Ran { code, out, log } = run(&[&["--check"], arguments].concat(), &[]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{log}");
        assert!(said.iter().all(|said| log.contains(said)), "{log}");
    }
    let Ran { code, log, .. } = run(&["--check"], &[("OTEL_TRACES_SAMPLER", "garden")]);
    assert!(code == Some(1) && log.contains("OTEL_TRACES_SAMPLER"), "{log}");
}

#[test]
fn a_port_that_is_taken_is_no_reason_against_it() {
    let process = Process::start(command(&["--http", "127.0.0.1:0"]));
    let Ran { code, log, .. } = run(&["--http", &process.address, "--check"], &[]);
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn short_help_is_short_and_long_help_has_examples() {
    let (short, long) = (run(&["-h"], &[]).out, run(&["--help"], &[]).out);
    assert!(short.lines().count() * 2 < long.lines().count(), "{short}");
    assert!(
        short.contains("Listeners:") && !short.contains("--silent-timeout") && !short.contains("Examples:")
    );
    for said in ["Examples:", "Exit codes:", "--silent-timeout", "Limits of connections:"] {
        assert!(long.contains(said), "{long}");
    }
    let predict = run(&["predict", "--help"], &[]).out;
    assert!(predict.contains("Examples:") && predict.contains("Formats:"), "{predict}");
}
