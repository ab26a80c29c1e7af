//! What columns hold, and which are taken.

use super::{Flow, Numbers, Rows};
use crate::error::{Error, Result};
use crate::schema::{Categories, ColumnKind, Feature};
use crate::words::Counter;

impl Flow<'_, '_> {
    /// The columns as numbers; a column of texts is refused. A map that had
    /// better not be folded is none any more.
    pub(in crate::read::sklearn) fn numbers(&mut self, rows: Rows) -> Result<Numbers> {
        for feature in rows.features.into_iter().flatten() {
            let feature = &mut self.features[feature];
            match feature.kind {
                ColumnKind::Ignored => feature.kind = ColumnKind::Number,
                ColumnKind::Number => {}
                ColumnKind::Category(_) | ColumnKind::Text => {
                    let message = format!("it takes numbers, and '{}' holds texts", feature.name);
                    return Err(Error::unsupported(message));
                }
            }
        }
        if rows.numbers.affine.is_steep() {
            let source = self.in_full(rows.numbers)?;
            return self.plain(source);
        }
        Ok(rows.numbers)
    }

    /// The columns as a booster was trained on them, each of the kind that it says.
    #[cfg(feature = "boosters")]
    pub(in crate::read::sklearn) fn as_trained(
        &mut self,
        rows: Rows,
        features: Vec<Feature>,
    ) -> Result<Numbers> {
        for (column, Feature { name, kind, .. }) in features.into_iter().enumerate() {
            if let ColumnKind::Category(_) = kind {
                let feature = rows.features[column].map(|feature| &mut self.features[feature].kind);
                match feature {
                    Some(known) if *known == ColumnKind::Ignored || *known == kind => *known = kind,
                    _ => {
                        let message = format!(
                            "'{name}' holds texts to its booster, and something else to a step before it"
                        );
                        return Err(Error::unsupported(message));
                    }
                }
            } else if kind == ColumnKind::Number && !self.holds_numbers(&rows, column) {
                return Err(Error::unsupported(format!("it takes numbers, and '{name}' holds texts")));
            }
        }
        if rows.numbers.affine.is_steep() {
            let source = self.in_full(rows.numbers)?;
            return self.plain(source);
        }
        Ok(rows.numbers)
    }

    /// The vocabulary of a column, which holds texts; `None` if it holds numbers.
    pub(in crate::read::sklearn) fn categories(
        &mut self,
        rows: &Rows,
        column: usize,
    ) -> Option<&mut Categories> {
        let kind = &mut self.features[rows.features[column]?].kind;
        if *kind == ColumnKind::Ignored {
            *kind = ColumnKind::Category(Categories::default());
        }
        match kind {
            // Those of hashes learn no texts, and whoever asks is told that there are none.
            ColumnKind::Category(categories) => (!categories.are_hashes()).then_some(categories),
            ColumnKind::Number | ColumnKind::Text | ColumnKind::Ignored => None,
        }
    }

    /// The feature that the only column is, which holds any text from now on.
    pub(in crate::read::sklearn) fn text(&mut self, rows: &Rows) -> Result<usize> {
        let [Some(feature)] = rows.features[..] else {
            let n_columns = rows.width();
            return Err(Error::unsupported(format!(
                "it takes one column of texts, and gets {n_columns} that may be something else"
            )));
        };
        let Feature { name, kind, .. } = &mut self.features[feature];
        match kind {
            ColumnKind::Ignored => *kind = ColumnKind::Text,
            ColumnKind::Text => {}
            ColumnKind::Number | ColumnKind::Category(_) => {
                let message = format!("it takes any text, and '{name}' holds something else to another step");
                return Err(Error::unsupported(message));
            }
        }
        Ok(feature)
    }

    /// What a counter finds in the only column, a column for each term.
    pub(in crate::read::sklearn) fn counted(&mut self, rows: &Rows, counter: Counter) -> Result<Numbers> {
        let feature = self.text(rows)?;
        let source = self.program.terms(feature, counter);
        self.plain(source)
    }

    /// Notes that a column holds numbers; `false` if it holds texts.
    pub(in crate::read::sklearn) fn holds_numbers(&mut self, rows: &Rows, column: usize) -> bool {
        let Some(feature) = rows.features[column] else { return true };
        let kind = &mut self.features[feature].kind;
        if *kind == ColumnKind::Ignored {
            *kind = ColumnKind::Number;
        }
        *kind == ColumnKind::Number
    }

    /// Notes that it matters whether a column is missing. Unless somebody else
    /// finds texts in it, it holds numbers.
    pub(in crate::read::sklearn) fn ask_whether_missing(&mut self, rows: &Rows, column: usize) {
        self.asked.extend(rows.features[column]);
    }

    /// Some of the columns, by indices that are in range.
    pub(in crate::read::sklearn) fn select(&mut self, rows: &Rows, columns: &[usize]) -> Result<Rows> {
        self.budget.spend(3 * columns.len())?;
        let affine = rows.numbers.affine.columns(columns);
        self.budget.spend(affine.size())?;
        Ok(Rows {
            numbers: Numbers { source: rows.numbers.source, affine },
            features: columns.iter().map(|column| rows.features[*column]).collect(),
            is_sparse: rows.is_sparse,
        })
    }

    /// The same columns as a value of their own, behind which nothing is left of
    /// others: not even NaN times zero.
    pub(in crate::read::sklearn) fn apart(&mut self, rows: Rows) -> Result<Rows> {
        let source = self.in_full(rows.numbers)?;
        Ok(Rows { numbers: self.plain(source)?, ..rows })
    }

    /// Columns side by side; there is at least one part.
    pub(in crate::read::sklearn) fn concat(&mut self, parts: Vec<Rows>) -> Result<Rows> {
        let features = parts.iter().flat_map(|part| part.features.iter().copied()).collect();
        let is_sparse = parts.iter().any(|part| part.is_sparse);
        let numbers = self.beside(parts.into_iter().map(|part| part.numbers).collect())?;
        Ok(Rows { numbers, features, is_sparse })
    }
}
