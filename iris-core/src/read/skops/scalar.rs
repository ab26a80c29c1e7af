//! What stands as JSON in a node, and the keys of dicts.

use serde_json::Value;

use super::node;
use crate::error::{Error, Result};
use crate::read::pickle::Object;

/// A string, a number, a flag or nothing, as Python's `json` writes it.
pub(super) fn of_json(text: &str) -> Result<Object<'static>> {
    let text = text.trim();
    // JSON has no words for these.
    match text {
        "NaN" => return Ok(Object::Float(f64::NAN)),
        "Infinity" => return Ok(Object::Float(f64::INFINITY)),
        "-Infinity" => return Ok(Object::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    if text.starts_with(['[', '{']) {
        return Err(Error::unsupported("a list or an object in JSON where a single value is written"));
    }
    Ok(match node::parse(text)? {
        Value::Bool(flag) => Object::Bool(flag),
        Value::String(text) => Object::Str(text.into()),
        Value::Number(number) => integer(text).unwrap_or_else(|| match number.as_f64() {
            Some(value) => Object::Float(value),
            None => Object::None,
        }),
        _ => Object::None,
    })
}

/// The key of a dict, which JSON only has as text, of the type that it had.
pub(super) fn key(text: String, module: &str, class: &str) -> Result<Object<'static>> {
    let wrong = || Error::malformed(format!("a key of a dict that is no {class}"));
    match (module, class) {
        ("builtins", "NoneType") => Ok(Object::None),
        ("builtins", "bool") | ("numpy", "bool" | "bool_") => match text.as_str() {
            "true" | "True" => Ok(Object::Bool(true)),
            "false" | "False" => Ok(Object::Bool(false)),
            _ => Err(wrong()),
        },
        ("builtins" | "numpy", class) if class.starts_with("int") || class.starts_with("uint") => {
            integer(&text).ok_or_else(wrong)
        }
        ("builtins" | "numpy", class) if class.starts_with("float") => match of_json(&text)? {
            Object::Int(value) => {
                #[expect(clippy::cast_precision_loss, reason = "as Python's float()")]
                let value = value as f64;
                Ok(Object::Float(value))
            }
            float @ Object::Float(_) => Ok(float),
            _ => Err(wrong()),
        },
        _ => Ok(Object::Str(text.into())),
    }
}

fn integer(text: &str) -> Option<Object<'static>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().map_or_else(|_| Object::BigInt(text.as_bytes().to_vec().into()), Object::Int))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(object: Result<Object<'_>>) -> String {
        object.map_or_else(|error| error.to_string(), |object| format!("{object:?}"))
    }

    #[test]
    fn what_python_writes_as_json() {
        for (text, object) in [
            ("null", "None"),
            ("true", "Bool(true)"),
            ("-7", "Int(-7)"),
            ("1e300", "Float(1e300)"),
            ("0.1", "Float(0.1)"),
            ("NaN", "Float(NaN)"),
            ("-Infinity", "Float(-inf)"),
            ("\"caf\\u00e9\"", "Str(\"café\")"),
        ] {
            assert_eq!(shown(of_json(text)), object);
        }
        assert!(
            matches!(of_json("123456789012345678901234567890"), Ok(Object::BigInt(digits)) if digits.len() == 30)
        );
        for text in ["[1]", "{}", "nil", "", "\"a", "1 2", "\"\\ud800\"", "1e999"] {
            of_json(text).unwrap_err();
        }
    }

    #[test]
    fn keys_have_the_type_that_they_had() {
        let key = |text: &str, module, class| shown(key(text.to_owned(), module, class));
        assert_eq!(key("3", "builtins", "int"), "Int(3)");
        assert_eq!(key("3", "numpy", "int64"), "Int(3)");
        assert_eq!(key("3", "builtins", "str"), "Str(\"3\")");
        assert_eq!(key("0.5", "builtins", "float"), "Float(0.5)");
        assert_eq!(key("3", "builtins", "float"), "Float(3.0)");
        assert_eq!(key("NaN", "builtins", "float"), "Float(NaN)");
        assert_eq!(key("true", "builtins", "bool"), "Bool(true)");
        assert_eq!(key("null", "builtins", "NoneType"), "None");
        assert!(key("x", "builtins", "int").contains("no int"));
        assert!(key("1", "builtins", "bool").contains("no bool"));
    }
}
