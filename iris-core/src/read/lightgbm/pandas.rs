//! `pandas_categorical`: the categories of a frame's columns, by the codes that the trees know.

use serde_json::Value;

use super::super::budget::Budget;
use super::Header;
use super::header::Info;
use crate::error::{Error, Result};
use crate::program::{Keys, LookUp, Otherwise, Step, Table};
use crate::schema::{Categories, ColumnKind};

/// What stands for the values of columns.
#[derive(Debug, Default)]
pub(in crate::read) struct Coding {
    /// Columns with their categories, in ascending order.
    pub(super) columns: Vec<(usize, Codes)>,
    /// Why there are none, where there should be.
    pub(super) note: Option<&'static str>,
}

/// The categories of a column, by their codes: 0, 1, ….
#[derive(Debug, Clone, PartialEq)]
pub(in crate::read) enum Codes {
    Texts(Vec<String>),
    Numbers(Vec<f64>),
}

/// What the line begins with.
const KEY: &str = "pandas_categorical:";

/// Numbers that a byte of JSON may take.
const BYTE: usize = 8;

const AMBIGUOUS: &str = "The file has categories of columns without saying which columns: \
                         they take the codes of categories as numbers.";

impl Coding {
    /// What the last line of a file says of its columns.
    pub(super) fn of(header: &Header, trailer: &str, budget: &mut Budget) -> Result<Self> {
        let Some(json) = trailer.lines().rev().find_map(|line| line.strip_prefix(KEY)) else {
            return Ok(Self::default());
        };
        let within = |error: Error| error.within("'pandas_categorical'");
        budget.spend(json.len().saturating_mul(BYTE))?;
        let lists: Option<Vec<Vec<Value>>> = serde_json::from_str(json)
            .map_err(|error| within(Error::malformed(error.to_string()).caused_by(error)))?;
        let lists: Vec<Codes> =
            lists.unwrap_or_default().into_iter().map(Codes::of).collect::<Result<_>>().map_err(within)?;
        if lists.is_empty() {
            return Ok(Self::default());
        }
        budget.spend(lists.len().saturating_mul(header.infos.len()))?;
        match placed(&header.infos, &lists) {
            Some(places) => Ok(Self { columns: places.into_iter().zip(lists).collect(), note: None }),
            None => Ok(Self { columns: Vec::new(), note: Some(AMBIGUOUS) }),
        }
    }

    /// The step that puts codes in the place of values, if any are.
    pub(super) fn step(&self, n_features: usize) -> Option<Step> {
        if self.columns.is_empty() {
            return None;
        }
        let mut outputs: Vec<(usize, Table)> =
            (0..n_features).map(|column| (column, Table::keeping())).collect();
        for (column, codes) in &self.columns {
            outputs[*column].1 = codes.table();
        }
        Some(Step::LookUp(LookUp { outputs }))
    }
}

impl Codes {
    fn of(list: Vec<Value>) -> Result<Self> {
        let refused = || Error::unsupported("categories that are neither all texts nor all numbers");
        if list.iter().all(Value::is_string) && !list.is_empty() {
            let texts: Vec<String> =
                list.into_iter().filter_map(|text| text.as_str().map(str::to_owned)).collect();
            let mut known = Categories::default();
            if (0..).zip(&texts).any(|(code, text)| known.learn(text) != code) {
                return Err(Error::malformed("a category stands there twice"));
            }
            return Ok(Self::Texts(texts));
        }
        let number = |value: &Value| match value {
            Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
            value => value.as_f64(),
        };
        let numbers: Option<Vec<f64>> = list.iter().map(number).collect();
        numbers.map(Self::Numbers).ok_or_else(refused)
    }

    fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// What a column of them holds.
    pub(super) fn kind(&self) -> ColumnKind {
        match self {
            Self::Numbers(_) => ColumnKind::Number,
            Self::Texts(texts) => {
                let mut categories = Categories::default();
                texts.iter().for_each(|text| {
                    categories.learn(text);
                });
                ColumnKind::Category(categories)
            }
        }
    }

    /// Each category's code; NaN for what is none, as pandas has it.
    fn table(&self) -> Table {
        #[expect(clippy::cast_precision_loss, reason = "a budget ends before 2^53 categories")]
        let code = |place: usize| Some(place as f64);
        let (keys, values) = match self {
            Self::Texts(texts) => (Keys::Codes, (0..texts.len()).map(code).collect()),
            Self::Numbers(numbers) => {
                let mut places: Vec<usize> = (0..numbers.len()).collect();
                places.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
                let keys = places.iter().map(|place| numbers[*place]).collect();
                (Keys::Numbers(keys), places.into_iter().map(code).collect())
            }
        };
        Table { keys, values, missing: Otherwise::Value(f64::NAN), unknown: Otherwise::Value(f64::NAN) }
    }
}

/// The column of each list, if there is only one way to give the lists to columns in their
/// order. All columns of categories have one; others may, whose categories have an order,
/// or of which there was one category only.
fn placed(infos: &[Info], lists: &[Codes]) -> Option<Vec<usize>> {
    let n_lists = lists.len();
    #[expect(clippy::cast_precision_loss, reason = "a budget ends before 2^53 categories")]
    let fits = |info: &Info, codes: &Codes| match info {
        Info::None => true,
        Info::Numbers(low, high) => {
            *low >= 0.0 && *high < codes.len() as f64 && low.trunc() == *low && high.trunc() == *high
        }
        Info::Categories(largest) => usize::try_from(*largest).map_or(true, |largest| largest < codes.len()),
    };
    let is_certain = |info: &Info| matches!(info, Info::Categories(_));
    if infos.iter().filter(|info| is_certain(info)).count() == n_lists {
        let columns: Vec<usize> = (0..infos.len()).filter(|column| is_certain(&infos[*column])).collect();
        let fit = columns.iter().zip(lists).all(|(column, codes)| fits(&infos[*column], codes));
        return fit.then_some(columns);
    }
    // How many ways there are, up to two, to give the lists from one on to the columns from one on.
    let width = n_lists + 1;
    let mut ways = vec![0u8; (infos.len() + 1) * width];
    ways[infos.len() * width + n_lists] = 1;
    for (column, info) in infos.iter().enumerate().rev() {
        for list in 0..=n_lists {
            let passed = if is_certain(info) { 0 } else { ways[(column + 1) * width + list] };
            let taken = match lists.get(list) {
                Some(codes) if fits(info, codes) => ways[(column + 1) * width + list + 1],
                _ => 0,
            };
            ways[column * width + list] = (passed + taken).min(2);
        }
    }
    if ways[0] != 1 {
        return None;
    }
    let mut columns = Vec::with_capacity(n_lists);
    for (column, info) in infos.iter().enumerate() {
        let list = columns.len();
        let takes = lists
            .get(list)
            .is_some_and(|codes| fits(info, codes) && ways[(column + 1) * width + list + 1] == 1);
        if takes {
            columns.push(column);
        }
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(n_texts: usize) -> Codes {
        Codes::Texts((0..n_texts).map(|text| text.to_string()).collect())
    }

    #[test]
    fn lists_belong_to_the_columns_of_categories_in_their_order() {
        use Info::{Categories, None, Numbers};
        for (infos, lists, columns) in [
            (vec![Numbers(0.0, 1.0), Categories(2), Categories(1)], vec![3, 2], Some(vec![1, 2])),
            // Of one category only, or none of the training data.
            (vec![Numbers(0.5, 1.0), None, Categories(1)], vec![1, 2], Some(vec![1, 2])),
            (vec![Categories(-1), Categories(1)], vec![1, 2], Some(vec![0, 1])),
            // Categories that have an order are numbers to LightGBM.
            (vec![Numbers(0.0, 2.0), Numbers(0.0, 7.5), Categories(1)], vec![3, 2], Some(vec![0, 2])),
            (vec![Numbers(0.0, 2.0), Numbers(0.0, 2.0), Categories(1)], vec![3, 2], Option::None),
            // A column of categories that pandas did not have.
            (vec![Categories(2), Categories(5)], vec![3], Option::None),
            (vec![Categories(3)], vec![3], Option::None),
            (vec![Numbers(0.5, 1.5)], vec![3], Option::None),
        ] {
            let lists: Vec<Codes> = lists.into_iter().map(texts).collect();
            assert_eq!(placed(&infos, &lists), columns, "{infos:?}");
        }
    }

    #[test]
    fn values_that_are_no_category_are_missing() {
        let table = Codes::of(vec![20.into(), 7.into(), (-1).into()]).unwrap().table();
        assert_eq!([20.0, 7.0, -1.0].map(|value| table.get(value)), [Some(0.0), Some(1.0), Some(2.0)]);
        assert!([0.0, f64::NAN].iter().all(|value| table.get(*value).is_some_and(f64::is_nan)));
        let flags = Codes::of(vec![true.into(), false.into()]).unwrap();
        assert_eq!(flags, Codes::Numbers(vec![1.0, 0.0]));
        assert!(texts(2).table().get(2.0).is_some_and(f64::is_nan));
    }

    #[test]
    fn categories_of_several_kinds_are_refused() {
        for list in [vec![Value::from("a"), 1.into()], vec![Value::Null], vec!["a".into(), "a".into()]] {
            assert!(Codes::of(list).is_err());
        }
    }
}
