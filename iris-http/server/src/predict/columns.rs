//! Which column of the rows is which feature, and which are kept.

use std::collections::HashMap;

use iris_core::{ColumnKind, Schema};

/// What becomes of one column of the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// The feature that it is.
    pub(super) feature: Option<usize>,
    /// Its place among those that are kept.
    pub(super) keep: Option<usize>,
}

/// What was asked of the columns.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Those to keep, by name.
    pub(super) keep: Vec<String>,
    /// Take them by their place.
    pub(super) by_position: bool,
}

/// Finds each feature, and each column to keep, among the names of the input.
///
/// # Errors
///
/// A sentence about what is missing, doubled or no name at all.
pub(super) fn columns(schema: &Schema, names: &[String], wanted: &Wanted) -> Result<Vec<Column>, String> {
    let mut columns = vec![Column::default(); names.len()];
    if wanted.by_position {
        if names.len() != schema.n_features() {
            return Err(format!(
                "there are {} columns, and the model has {} features: {}",
                names.len(),
                schema.n_features(),
                schema.feature_list()
            ));
        }
        columns.iter_mut().enumerate().for_each(|(index, column)| column.feature = Some(index));
    } else {
        find_features(schema, names, &mut columns)?;
    }
    find_kept(names, &wanted.keep, &mut columns)?;
    Ok(columns)
}

fn find_features(schema: &Schema, names: &[String], columns: &mut [Column]) -> Result<(), String> {
    let mut found: Vec<Option<usize>> = vec![None; schema.n_features()];
    for (place, name) in names.iter().enumerate() {
        let Some(feature) = schema.feature_index(name) else { continue };
        if found[feature].replace(place).is_some() {
            return Err(format!("there are two columns {name}"));
        }
        columns[place].feature = Some(feature);
    }
    let features = schema.features().iter().zip(&found);
    let missing: Vec<&str> = features
        .filter(|(feature, place)| place.is_none() && !matches!(feature.kind(), ColumnKind::Ignored))
        .map(|(feature, _)| feature.name())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !names.is_empty() && names.iter().all(|name| name.trim().parse::<f64>().is_ok()) {
        return Err(format!(
            "the first line has numbers where names belong ({}); --no-header takes columns by their place",
            list(names)
        ));
    }
    let hint = match names {
        [only] => ["tab", ";", "|"]
            .into_iter()
            .find(|delimiter| only.contains(if *delimiter == "tab" { "\t" } else { *delimiter }))
            .map(|delimiter| format!("; do its fields have '{delimiter}' between? See --delimiter"))
            .unwrap_or_default(),
        _ if names.len() == schema.n_features() => "; --by-position takes columns by their place".to_owned(),
        _ => String::new(),
    };
    let near = missing.first().and_then(|missing| near(missing, names));
    let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    let missing: Vec<String> = missing.into_iter().map(str::to_owned).collect();
    Err(format!("there is no column {}; found are {}{near}{hint}", list(&missing), list(names)))
}

fn find_kept(names: &[String], keep: &[String], columns: &mut [Column]) -> Result<(), String> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut doubled: Vec<&str> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        if places.insert(name, place).is_some() {
            doubled.push(name);
        }
    }
    for (index, name) in keep.iter().enumerate() {
        let Some(place) = places.get(name.as_str()) else {
            let near = near(name, names).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(format!("--keep: there is no column {name}; found are {}{near}", list(names)));
        };
        if doubled.contains(&name.as_str()) {
            return Err(format!("--keep: there are two columns {name}"));
        }
        columns[*place].keep = Some(index);
    }
    Ok(())
}

/// The first eight, then `…`.
pub(super) fn list(names: &[String]) -> String {
    let mut first: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
    if first.len() < names.len() {
        first.push("…");
    }
    first.join(", ")
}

/// The one of these names that is the same but for case, spaces and marks.
fn near<'n>(name: &str, names: &'n [String]) -> Option<&'n str> {
    let letters = |name: &str| -> String {
        name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = letters(name);
    names.iter().map(String::as_str).find(|found| letters(found) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use iris_core::Predictor;

    const NAMES: [&str; 4] = ["sepal_length", "sepal_width", "petal_length", "petal_width"];

    fn found(names: &[&str], keep: &[&str], by_position: bool) -> Result<Vec<Column>, String> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let wanted = Wanted { keep: owned(keep), by_position };
        columns(Predictor::iris().schema(), &owned(names), &wanted)
    }

    #[test]
    fn columns_are_found_in_any_order_among_others() {
        let names = ["id", NAMES[3], NAMES[1], NAMES[0], "note", NAMES[2]];
        let columns = found(&names, &["note", "petal_width"], false).unwrap();
        let features: Vec<_> = columns.iter().map(|column| column.feature).collect();
        assert_eq!(features, [None, Some(3), Some(1), Some(0), None, Some(2)]);
        let kept: Vec<_> = columns.iter().map(|column| column.keep).collect();
        assert_eq!(kept, [None, Some(1), None, None, Some(0), None]);
        assert_eq!(found(&["a", "b", "c", "d"], &[], true).unwrap()[2].feature, Some(2));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        let says = |names: &[&str], keep: &[&str], by_position, said: &[&str]| {
            let message = found(names, keep, by_position).unwrap_err();
            assert!(said.iter().all(|said| message.contains(said)), "{message}");
        };
        says(&NAMES[..3], &[], false, &["no column petal_width", "found are sepal_length"]);
        says(&[NAMES[0], NAMES[1], NAMES[2], "Petal Width"], &[], false, &["did you mean Petal Width?"]);
        says(&["a", "b", "c", "d"], &[], false, &["no column sepal_length, sepal_width", "--by-position"]);
        says(&["5.1", "3.5", "1.4", "0.2"], &[], false, &["numbers where names belong", "--no-header"]);
        says(&["sepal_length;sepal_width"], &[], false, &["';'", "--delimiter"]);
        says(&["sepal_length\tsepal_width"], &[], false, &["'tab'"]);
        says(&[NAMES[0], NAMES[0]], &[], false, &["two columns sepal_length"]);
        says(&NAMES, &["ID"], false, &["--keep", "no column ID"]);
        let doubled = [NAMES[0], NAMES[1], NAMES[2], NAMES[3], "id", "id"];
        says(&doubled, &["id"], false, &["--keep", "two columns id"]);
        says(&["a"], &[], true, &["1 columns", "4 features"]);
    }
}
