//! CatBoost's models, as `cbm` and as JSON, alone or kept by one of its estimators.
//!
//! Both formats end in the same [`Parts`](parts::Parts). Trees ask questions by
//! number: whether a number is above a border, whether a column holds a text,
//! whether what was counted for texts is above a border. Texts are known by
//! their hashes alone, so that any text can be asked about.

mod answer;
mod cbm;
mod columns;
mod flatbuffer;
mod json;
mod parts;
mod questions;
mod statistics;
mod trees;

use super::booster::{Booster, model};
use super::budget::Budget;
use crate::error::Result;
use crate::model::Model;
use crate::program::{Ending, ProgramBuilder, ValueId};
use crate::read::names::Names;
use crate::schema::{Feature, Task};
use crate::trees::Forest;
use answer::Answer;
pub(super) use answer::Keeper;
use questions::Asked;

/// A model, checked and planted.
pub(super) struct CatBoost {
    features: Vec<Feature>,
    asked: Asked,
    forest: Forest,
    answer: Answer,
}

/// The model that a file of either format holds.
pub(super) fn read(bytes: &[u8], mut budget: Budget, names: &Names) -> Result<Model> {
    model(CatBoost::new(bytes, Keeper::File, &mut budget)?, names)
}

/// Whether this JSON is a model of CatBoost's.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    json::is_one(bytes)
}

/// The columns that a kept model was trained on.
#[cfg(feature = "pickle")]
pub(super) fn features(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Feature>> {
    columns::of(&cbm::read(bytes, budget)?, budget)
}

impl CatBoost {
    /// The model of a file, whose answers depend on who keeps it.
    pub(super) fn new(bytes: &[u8], keeper: Keeper, budget: &mut Budget) -> Result<Self> {
        let parts =
            if bytes.starts_with(b"CBM1") { cbm::read(bytes, budget) } else { json::read(bytes, budget) }?;
        let answer = Answer::of(&parts, keeper)?;
        let features = columns::of(&parts, budget)?;
        let asked = Asked::of(&parts, features.len(), budget)?;
        let forest = trees::forest(&parts, &asked)?;
        Ok(Self { features, asked, forest, answer })
    }
}

impl Booster for CatBoost {
    fn features(&self) -> Vec<Feature> {
        self.features.clone()
    }

    fn task(&self) -> Task {
        self.answer.task()
    }

    fn plant(self, program: &mut ProgramBuilder, columns: ValueId) -> Result<Ending> {
        if columns == ValueId::FEATURES {
            // CatBoost takes no text that is missing, also where trees could do without it.
            let is_text = |(index, feature): (usize, &Feature)| feature.categories().map(|_| index);
            let texts: Vec<usize> = self.features.iter().enumerate().filter_map(is_text).collect();
            program.require(&texts);
        }
        let rows = self.asked.beside(program, columns);
        Ok(self.answer.end(program, rows, self.forest))
    }
}
