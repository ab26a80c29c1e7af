//! What the address of `/predict` asks for beside the answer.

use crate::{Detail, Failure, Location};

/// The parameter.
pub(crate) const CONTRIBUTIONS: &str = "contributions";

/// Whether `?contributions=true` asks what each feature contributes. Other parameters are none of ours.
pub(super) fn contributions(query: Option<&str>) -> Result<bool, Failure> {
    let Some(query) = query else { return Ok(false) };
    let asks = |pair: &str| -> Option<String> {
        let (name, value) = pair.split_once('=').unwrap_or((pair, "true"));
        (name == CONTRIBUTIONS).then(|| value.to_ascii_lowercase())
    };
    // The last one counts, as everywhere.
    match query.split('&').filter_map(asks).next_back().as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(Failure::invalid(vec![Detail {
            loc: vec![Location::Name("query".into()), Location::Name(CONTRIBUTIONS.into())],
            msg: "expected true or false".into(),
            r#type: "bool_parsing",
        }])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_true_or_false_or_refused() {
        for (query, asks) in [
            (None, Some(false)),
            (Some(""), Some(false)),
            (Some("x=1&contributionss=true"), Some(false)),
            (Some("contributions"), Some(true)),
            (Some("x=1&contributions=True"), Some(true)),
            (Some("contributions=true&contributions=0"), Some(false)),
            (Some("contributions=maybe"), None),
        ] {
            assert_eq!(contributions(query).ok(), asks, "{query:?}");
        }
    }
}
