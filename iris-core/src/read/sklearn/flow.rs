//! A row on its way through the estimators, as a program is made of them.

mod answer;
mod columns;
mod numbers;

use super::estimator::Estimator;
use super::{not_read, sparsity};
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::linear::Link;
use crate::program::{ProgramBuilder, Step, ValueId};
use crate::read::pickle::{Array, Budget, ObjectId, Objects};
use crate::schema::{Feature, Labels};

/// From the rows that come to an estimator to what it makes of them.
pub(super) type Builder = fn(&Estimator<'_, '_>, &mut Flow<'_, '_>, Rows) -> Result<Output>;

/// The builder of a module's class, if it is read.
pub(super) type Builders = fn(&str, &str) -> Option<Builder>;

/// The estimators of a file, and the program that they have become so far.
pub(super) struct Flow<'t, 'a> {
    objects: &'t Objects<'a>,
    builders: Builders,
    program: ProgramBuilder,
    features: Vec<Feature>,
    /// Features of which somebody asks whether they are missing, whatever they hold.
    asked: Vec<usize>,
    answers_column: bool,
    budget: Budget,
    depth: usize,
    /// Whether what is visited is to transform rows, where it could predict as well.
    is_transforming: bool,
}

/// Columns of rows, each a feature or computed.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    numbers: Numbers,
    /// The feature that a column is, as it came or filled in; `None` of what is computed.
    features: Vec<Option<usize>>,
    /// Whether scikit-learn has them as a sparse matrix, whose zeros XGBoost takes for missing.
    is_sparse: bool,
}

/// Columns of numbers that are an affine map of a value of the program. Maps
/// are folded into each other, and into the estimator, as long as nothing else
/// comes between.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    pub(super) source: ValueId,
    pub(super) affine: Affine,
}

/// What a predictor answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// A score a class, and what makes probabilities of them.
    Scores {
        scores: Numbers,
        link: Link,
        labels: Labels,
        /// Whether the estimator has a `decision_function`, which these scores are.
        is_decision: bool,
    },
    Classes(ClassAnswer),
    /// A number a target.
    Values(Numbers),
}

/// What a classifier answers, computed by steps.
#[derive(Debug, Clone)]
pub(super) struct ClassAnswer {
    pub(super) labels: Labels,
    /// A number a class; the first of the largest is the class.
    pub(super) votes: Numbers,
    /// What `decision_function` gives, where there is one.
    pub(super) scores: Option<Numbers>,
    /// A number a class, where there are any.
    pub(super) probabilities: Option<Numbers>,
}

/// What an estimator makes of rows.
#[derive(Debug)]
pub(super) enum Output {
    /// A transformer's columns.
    Rows(Rows),
    Answer(Answer),
}

/// Estimators within estimators. People nest three or four.
const MAX_DEPTH: usize = 32;

/// Numbers that a visit costs, so that few bytes cannot ask for many visits.
const VISIT: usize = 1024;

/// Products of maps that count as much as one number held.
const PRODUCTS_A_NUMBER: usize = 1024;

impl<'t, 'a> Flow<'t, 'a> {
    /// A program without steps, and the rows that come in. What the features
    /// hold is found out by what the estimators do with them.
    pub(super) fn new(
        objects: &'t Objects<'a>,
        builders: Builders,
        features: Vec<Feature>,
        mut budget: Budget,
    ) -> Result<(Self, Rows)> {
        let n_features = features.len();
        budget.spend(3 * n_features)?;
        let numbers = Numbers { source: ValueId::FEATURES, affine: Affine::identity(n_features) };
        let rows = Rows { numbers, features: (0..n_features).map(Some).collect(), is_sparse: false };
        let program = ProgramBuilder::new(n_features);
        Ok((
            Self {
                objects,
                builders,
                program,
                features,
                asked: Vec::new(),
                answers_column: false,
                budget,
                depth: 0,
                is_transforming: false,
            },
            rows,
        ))
    }

    /// Counts numbers that are about to be held.
    pub(super) fn spend(&mut self, numbers: usize) -> Result<()> {
        self.budget.spend(numbers)
    }

    /// What may still be held.
    pub(super) fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    /// The objects of the file.
    pub(super) fn objects(&self) -> &'t Objects<'a> {
        self.objects
    }

    /// The texts that an array holds.
    pub(super) fn strings(&mut self, array: &Array<'_>) -> Result<Vec<String>> {
        array.strings(self.objects, &mut self.budget)
    }

    /// The rows' map behind another, `weights` with `n_outputs` numbers a column.
    pub(super) fn times(&mut self, affine: &Affine, weights: Vec<f64>, n_outputs: usize) -> Result<Affine> {
        self.budget.spend(affine.n_inputs().saturating_mul(n_outputs))?;
        if affine.picked().is_none() {
            // A product costs far less than a number that is kept, but there may be far more.
            let products = affine.n_inputs().saturating_mul(weights.len());
            self.budget.spend(products / PRODUCTS_A_NUMBER)?;
        }
        Ok(affine.times(weights, n_outputs))
    }

    /// What an estimator makes of rows.
    pub(super) fn visit(&mut self, id: ObjectId, rows: Rows) -> Result<Output> {
        self.within(id, |flow| flow.build(id, rows))
    }

    /// What a predictor within another answers.
    pub(super) fn answer(&mut self, id: ObjectId, rows: Rows) -> Result<Answer> {
        match self.visit(id, rows)? {
            Output::Answer(answer) => Ok(answer),
            Output::Rows(_) => {
                let class = self.objects.describe(id);
                let message = format!("{class}: a transformer stands where a predictor would");
                Err(Error::unsupported(message).at_operator(class))
            }
        }
    }

    /// What is made of an estimator, as far inside of others and for as much
    /// work as is allowed; an error says whose it is.
    pub(super) fn within<T>(&mut self, id: ObjectId, make: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let class = self.objects.describe(id);
        if self.depth == MAX_DEPTH {
            let message = format!("estimators are nested more than {MAX_DEPTH} deep");
            return Err(Error::unsupported(message).at_operator(class));
        }
        self.budget.spend(VISIT)?;
        self.depth += 1;
        let result = make(self);
        self.depth -= 1;
        result.map_err(|error| match error.operator() {
            // Whoever is further inside has said it.
            Some(_) => error,
            None => error.within(&class).at_operator(class),
        })
    }

    /// The columns that an estimator makes of rows as a step in front of others.
    pub(super) fn transformed(&mut self, id: ObjectId, rows: Rows) -> Result<Rows> {
        let around = std::mem::replace(&mut self.is_transforming, true);
        let output = self.visit(id, rows);
        self.is_transforming = around;
        match output? {
            Output::Rows(rows) => Ok(rows),
            Output::Answer(_) => Err(Error::malformed("a predictor stands where a transformer would")),
        }
    }

    /// Whether an estimator that can do both is to transform rows rather than to predict.
    pub(super) fn is_transforming(&self) -> bool {
        self.is_transforming
    }

    /// Whether an estimator that can do both is to transform rows, from now on; gives what was so before.
    pub(super) fn set_transforming(&mut self, is_transforming: bool) -> bool {
        std::mem::replace(&mut self.is_transforming, is_transforming)
    }

    fn build(&mut self, id: ObjectId, rows: Rows) -> Result<Output> {
        let Some((module, class)) = Estimator::class_of(self.objects, id) else {
            let error = Estimator::new(self.objects, id, &mut self.budget).err();
            return Err(error.unwrap_or_else(|| not_read("", "")));
        };
        let builder = (self.builders)(module, class).ok_or_else(|| not_read(module, class))?;
        let estimator = Estimator::new(self.objects, id, &mut self.budget)?;
        let was_sparse = rows.is_sparse;
        let mut output = builder(&estimator, self, rows)?;
        if let Output::Rows(rows) = &mut output {
            rows.is_sparse = sparsity::of(&estimator, was_sparse, rows.is_sparse)?;
        }
        Ok(output)
    }

    /// An estimator within another that is no step on a row's way.
    pub(super) fn open(&mut self, id: ObjectId) -> Result<Estimator<'t, 'a>> {
        Estimator::new(self.objects, id, &mut self.budget)
    }

    /// The same of one that is an attribute of `estimator`.
    pub(super) fn part_of<'e, 'o>(
        &mut self,
        estimator: &Estimator<'e, 'o>,
        id: ObjectId,
    ) -> Result<Estimator<'e, 'o>> {
        Estimator::new(estimator.objects, id, &mut self.budget)
    }

    /// A value as it is.
    pub(super) fn plain(&mut self, source: ValueId) -> Result<Numbers> {
        let width = self.program.width(source);
        self.budget.spend(3 * width)?;
        Ok(Numbers { source, affine: Affine::identity(width) })
    }

    /// The value that numbers are, with their map as a step if they have one.
    fn in_full(&mut self, numbers: Numbers) -> Result<ValueId> {
        if numbers.affine.is_identity() {
            return Ok(numbers.source);
        }
        self.budget.spend(numbers.affine.size())?;
        Ok(self.program.step(Step::Affine(numbers.affine), numbers.source))
    }
}

impl Rows {
    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.features.len()
    }

    /// Whether they are a sparse matrix.
    pub(super) fn are_sparse(&self) -> bool {
        self.is_sparse
    }

    /// The same columns filled in or looked up, so that each is still the feature it was.
    pub(super) fn filled(self, numbers: Numbers) -> Self {
        Self { numbers, ..self }
    }
}

impl Numbers {
    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.affine.n_outputs()
    }

    /// Whether they are a map of the value that rows are a map of.
    pub(super) fn is_of(&self, rows: &Rows) -> bool {
        self.source == rows.numbers.source
    }
}

impl From<Numbers> for Rows {
    fn from(numbers: Numbers) -> Self {
        Self { features: vec![None; numbers.width()], numbers, is_sparse: false }
    }
}

impl From<Numbers> for Output {
    fn from(numbers: Numbers) -> Self {
        Self::Rows(numbers.into())
    }
}

/// That an estimator's numbers can be computed with, also behind the maps in front of it.
pub(super) fn check_finite(affine: &Affine) -> Result<()> {
    if affine.is_finite() {
        return Ok(());
    }
    Err(Error::malformed("its numbers are not finite, or overflow with those in front of it"))
}

#[cold]
fn not_read(module: &str, class: &str) -> Error {
    Error::unsupported(match not_read::reason(module, class) {
        Some(reason) => format!("this class is not read: {reason}"),
        None => "this class is not read; 'What is read' in the documentation lists what is".to_owned(),
    })
}
