//! Texts as fields of CSV and as texts of JSON.

use memchr::{memchr, memchr3};

/// A field of CSV, quoted where it has to be; an empty one always, since it might be alone on its line.
pub(super) fn csv_field(text: &[u8], delimiter: u8, out: &mut Vec<u8>) {
    let is_plain =
        !text.is_empty() && memchr3(b'"', b'\n', b'\r', text).is_none() && memchr(delimiter, text).is_none();
    if is_plain {
        return out.extend_from_slice(text);
    }
    out.push(b'"');
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// A text of JSON.
pub(super) fn json_text(text: &str, out: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_have_to_be() {
        let field = |text: &str| {
            let mut out = Vec::new();
            csv_field(text.as_bytes(), b';', &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(field("a,b"), "a,b");
        assert_eq!(field("a;b"), "\"a;b\"");
        assert_eq!(field("say \"a\""), "\"say \"\"a\"\"\"");
        assert_eq!(field("a\nb"), "\"a\nb\"");
        assert_eq!(field(""), "\"\"");
    }
}
