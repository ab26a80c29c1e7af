//! The one taxonomy of errors, and what each door makes of it.

use iris_core::{ErrorClass, ErrorKind};
use iris_http::Failure;

use super::{code, hold, table};

const CLASSES: &str = "\
# Errors

Everything that can go wrong has one of these classes. `iris_errors_total{kind}` counts by them, traces carry them as
`error.type`, and each door has one status or code for each.

Under `/v2` and `/v1` the body of a refusal is `{\"error\": \"…\"}`. Elsewhere it is FastAPI's `{\"detail\": …}`, or to who sends
`Accept: application/problem+json` a problem document (RFC 9457). A body of JSON with mistakes gets 422 with every mistake in a
list outside `/v2` and `/v1`, and 400 there. In Python rows raise `InputError` and files `ModelError`, which are
`ValueError`s; what a model does not have raises `AttributeError`.

";

const KINDS: &str = "
## From the model

What `iris-core` itself reports, as `Error::kind` has it in Rust. Of errors with a row or a feature, the message names both.

";

#[test]
fn the_page_of_errors_is_what_the_doors_answer() {
    let classes = ErrorClass::ALL.into_iter().map(|class| {
        let status = Failure::new(class, "").status();
        let grpc = iris_grpc::code_of(class);
        let whose = if class.is_servers() { "the server's" } else { "the client's" };
        let (status, grpc) = (status.as_u16(), screaming(&format!("{grpc:?}")));
        vec![
            code(class.as_str()),
            status.to_string(),
            code(grpc),
            whose.to_owned(),
            meaning(class).to_owned(),
        ]
    });
    let classes = table(&["class", "HTTP", "gRPC", "whose doing", "what it means"], classes);
    let kinds = ErrorKind::ALL.into_iter();
    let kinds = kinds.map(|kind| vec![code(format_args!("{kind:?}")), code(kind.class().as_str())]);
    let kinds = table(&["kind", "class"], kinds);
    hold("errors.md", &[CLASSES, &classes, KINDS, &kinds].concat());
}

/// No wildcard, so that a new class does not compile until it is described.
fn meaning(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::InvalidInput => "the request says something that the model or the route does not take",
        ErrorClass::TooLarge => {
            "it is over a limit of size: `--max-body`, `--max-rows`, or the memory for clients"
        }
        ErrorClass::UnsupportedMediaType => {
            "its content type or encoding is not read; the answer lists what is"
        }
        ErrorClass::Timeout => "the client took too long to send it",
        ErrorClass::Aborted => "the client went away, or broke off",
        ErrorClass::Unauthenticated => "a key is needed, and none that is known was sent",
        ErrorClass::PermissionDenied => "the key is known, and not for this class of routes",
        ErrorClass::RateLimited => "the key is over its rate; `Retry-After` says for how long",
        ErrorClass::NotFound => "there is no such route, model or version",
        ErrorClass::MethodNotAllowed => "the route is there for another method; `Allow` names it",
        ErrorClass::Unimplemented => "it is understood, and not done here",
        ErrorClass::InvalidModel => "a model's file cannot be read, or does not answer as it says",
        ErrorClass::Unavailable => {
            "no answer is possible now: the server is stopping, or out of memory for clients"
        }
        ErrorClass::Overloaded => {
            "there is more to do than can be done in time; come back after `Retry-After`"
        }
        ErrorClass::Internal => "a mistake of ours",
    }
}

/// `InvalidArgument` as gRPC's documents write it.
fn screaming(name: &str) -> String {
    let mut written = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_uppercase() {
            written.push('_');
        }
        written.push(letter.to_ascii_uppercase());
    }
    written
}
