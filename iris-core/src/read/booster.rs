//! What the readers of boosters' own files have in common: from what a file says to a model.

use crate::error::{Error, Result};
use crate::model::Model;
use crate::program::{Ending, ProgramBuilder, ValueId};
use crate::read::names::Names;
use crate::schema::{Dtype, Feature, Features, Schema, Task, check_names};

/// A booster as its file has it, alone or kept by an estimator of scikit-learn's kind.
pub(super) trait Booster {
    /// The columns that it was trained on, called `x0`, `x1`, … where the file has no names.
    fn features(&self) -> Vec<Feature>;

    /// What it answers, with the labels 0, 1, … of a classifier.
    fn task(&self) -> Task;

    /// What the file does not tell, and how it is read then: a sentence each.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Its steps behind the columns, in the order of [`features`](Self::features).
    fn plant(self, program: &mut ProgramBuilder, columns: ValueId) -> Result<Ending>;
}

/// The model that a booster is by itself, under the names given.
pub(super) fn model(booster: impl Booster, names: &Names) -> Result<Model> {
    let features = named(booster.features(), names.features.as_deref())?;
    let (task, notes) = (booster.task(), booster.notes());
    let mut program = ProgramBuilder::new(features.len());
    let ending = booster.plant(&mut program, ValueId::FEATURES)?;
    let schema = Schema {
        name: names.name.clone(),
        version: names.version.clone(),
        description: None,
        features: Features::new(features),
        task,
        answers_column: false,
        answer_distribution: None,
        is_of_trees: false,
        contributions: Ok(0),
        dtype: Dtype::F64,
        notes,
    };
    Ok(Model::new(schema, program.end(&ending)))
}

fn named(mut features: Vec<Feature>, given: Option<&[String]>) -> Result<Vec<Feature>> {
    if let Some(given) = given {
        if given.len() != features.len() {
            let message = format!("{} feature names for {} features", given.len(), features.len());
            return Err(Error::malformed(message));
        }
        features.iter_mut().zip(given).for_each(|(feature, name)| feature.name.clone_from(name));
    }
    check_names(features.iter().map(|feature| &feature.name))?;
    Ok(features)
}
