//! A row on its way through the estimators, as a program is made of them.

use super::estimator::Estimator;
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::linear::{Linear, Link};
use crate::program::{Classes, Clip, Estimator as Last, Given, Program, ProgramBuilder, Step, ValueId};
use crate::read::pickle::{Array, Budget, ObjectId, Objects};
use crate::schema::{Categories, ColumnKind, Feature, Labels, Task};

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
        let rows = Rows { numbers, features: (0..n_features).map(Some).collect() };
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

    /// The objects of the file.
    pub(super) fn objects(&self) -> &'t Objects<'a> {
        self.objects
    }

    /// The texts that an array holds.
    pub(super) fn strings(&mut self, array: &Array<'_>) -> Result<Vec<String>> {
        array.strings(self.objects, &mut self.budget)
    }

    /// The rows' map behind another, `weights` with `n_outputs` numbers a column.
    pub(super) fn times(&mut self, affine: &Affine, weights: &[f64], n_outputs: usize) -> Result<Affine> {
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

    fn build(&mut self, id: ObjectId, rows: Rows) -> Result<Output> {
        let Some((module, class)) = Estimator::class_of(self.objects, id) else {
            return Err(Estimator::new(self.objects, id, &mut self.budget).err().unwrap_or_else(not_read));
        };
        let builder = (self.builders)(module, class).ok_or_else(not_read)?;
        let estimator = Estimator::new(self.objects, id, &mut self.budget)?;
        builder(&estimator, self, rows)
    }

    /// An estimator within another that is no step on a row's way.
    pub(super) fn open(&mut self, id: ObjectId) -> Result<Estimator<'t, 'a>> {
        Estimator::new(self.objects, id, &mut self.budget)
    }

    /// The columns as numbers; a column of texts is refused. A map that had
    /// better not be folded is none any more.
    pub(super) fn numbers(&mut self, rows: Rows) -> Result<Numbers> {
        for feature in rows.features.into_iter().flatten() {
            let feature = &mut self.features[feature];
            match feature.kind {
                ColumnKind::Ignored => feature.kind = ColumnKind::Number,
                ColumnKind::Number => {}
                ColumnKind::Category(_) => {
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

    /// The vocabulary of a column, which holds texts; `None` if it holds numbers.
    pub(super) fn categories(&mut self, rows: &Rows, column: usize) -> Option<&mut Categories> {
        let kind = &mut self.features[rows.features[column]?].kind;
        if *kind == ColumnKind::Ignored {
            *kind = ColumnKind::Category(Categories::default());
        }
        match kind {
            ColumnKind::Category(categories) => Some(categories),
            ColumnKind::Number | ColumnKind::Ignored => None,
        }
    }

    /// Notes that a column holds numbers; `false` if it holds texts.
    pub(super) fn holds_numbers(&mut self, rows: &Rows, column: usize) -> bool {
        let Some(feature) = rows.features[column] else { return true };
        let kind = &mut self.features[feature].kind;
        if *kind == ColumnKind::Ignored {
            *kind = ColumnKind::Number;
        }
        *kind == ColumnKind::Number
    }

    /// Notes that it matters whether a column is missing. Unless somebody else
    /// finds texts in it, it holds numbers.
    pub(super) fn ask_whether_missing(&mut self, rows: &Rows, column: usize) {
        self.asked.extend(rows.features[column]);
    }

    /// Some of the columns, by indices that are in range.
    pub(super) fn select(&mut self, rows: &Rows, columns: &[usize]) -> Result<Rows> {
        self.budget.spend(3 * columns.len())?;
        let affine = rows.numbers.affine.columns(columns);
        self.budget.spend(affine.size())?;
        Ok(Rows {
            numbers: Numbers { source: rows.numbers.source, affine },
            features: columns.iter().map(|column| rows.features[*column]).collect(),
        })
    }

    /// The same columns as a value of their own, behind which nothing is left of
    /// others: not even NaN times zero.
    pub(super) fn apart(&mut self, rows: Rows) -> Result<Rows> {
        let source = self.in_full(rows.numbers)?;
        Ok(Rows { numbers: self.plain(source)?, features: rows.features })
    }

    /// Columns side by side; there is at least one part.
    pub(super) fn concat(&mut self, parts: Vec<Rows>) -> Result<Rows> {
        let features = parts.iter().flat_map(|part| part.features.iter().copied()).collect();
        let numbers = self.beside(parts.into_iter().map(|part| part.numbers).collect())?;
        Ok(Rows { numbers, features })
    }

    /// Numbers side by side; there is at least one part.
    pub(super) fn beside(&mut self, mut parts: Vec<Numbers>) -> Result<Numbers> {
        let source = parts[0].source;
        if parts.len() == 1 {
            return Ok(parts.swap_remove(0));
        }
        if parts.iter().all(|part| part.source == source) {
            let affines: Vec<&Affine> = parts.iter().map(|part| &part.affine).collect();
            self.budget.spend(affines.iter().map(|affine| affine.size()).sum())?;
            // Picked columns beside a product would be written out as one.
            let n_picked = affines.iter().filter(|affine| affine.picked().is_some()).count();
            if n_picked == 0 || n_picked == affines.len() {
                return Ok(Numbers { source, affine: Affine::concatenated(&affines) });
            }
        }
        let values: Result<Vec<ValueId>> = parts.into_iter().map(|part| self.in_full(part)).collect();
        let source = self.program.concat(values?);
        self.plain(source)
    }

    /// The numbers under another affine map, which was made of theirs.
    pub(super) fn mapped(&mut self, source: ValueId, affine: Affine) -> Result<Numbers> {
        self.budget.spend(affine.size())?;
        check_finite(&affine)?;
        Ok(Numbers { source, affine })
    }

    /// Some of the numbers, by indices that are in range.
    pub(super) fn columns(&mut self, numbers: &Numbers, columns: &[usize]) -> Result<Numbers> {
        let affine = numbers.affine.columns(columns);
        self.budget.spend(affine.size())?;
        Ok(Numbers { source: numbers.source, affine })
    }

    /// The numbers times `weights`, with `n_outputs` a column.
    pub(super) fn weighted(
        &mut self,
        numbers: &Numbers,
        weights: &[f64],
        n_outputs: usize,
    ) -> Result<Numbers> {
        let affine = self.times(&numbers.affine, weights, n_outputs)?;
        check_finite(&affine)?;
        Ok(Numbers { source: numbers.source, affine })
    }

    /// Votes for whatever is nearest; of those too far away to tell, the first.
    pub(super) fn nearest(&mut self, distances: Numbers) -> Result<Numbers> {
        let votes = self.mapped(distances.source, distances.affine.scaled(|_| -1.0))?;
        self.stepped(votes, Step::Clip(Clip { low: -f64::MAX, high: f64::MAX }))
    }

    /// Numbers that are the same whatever comes, also where columns hold nothing.
    pub(super) fn constant(&mut self, rows: &Rows, values: &[f64]) -> Result<Numbers> {
        let Numbers { source, affine } = &rows.numbers;
        let none =
            self.program.step(Step::Affine(Affine::select(affine.n_inputs(), [].into_iter())), *source);
        let affine = Affine::identity(0).times(&[], values.len()).shifted(|column| values[column]);
        self.mapped(none, affine)
    }

    /// The numbers behind a step.
    pub(super) fn stepped(&mut self, numbers: Numbers, step: Step) -> Result<Numbers> {
        let source = self.in_full(numbers)?;
        let source = self.program.step(step, source);
        self.plain(source)
    }

    /// The columns behind a step that leaves each what it is, or looks it up.
    pub(super) fn looked_up(&mut self, rows: Rows, step: Step) -> Result<Numbers> {
        self.stepped(rows.numbers, step)
    }

    /// A value as it is.
    fn plain(&mut self, source: ValueId) -> Result<Numbers> {
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

    /// A classifier's answer as numbers that steps can go on with.
    pub(super) fn classes(&mut self, answer: Answer) -> Result<ClassAnswer> {
        let (scores, link, labels) = match answer {
            Answer::Classes(classes) => return Ok(classes),
            Answer::Scores { scores, link, labels } => (scores, link, labels),
            Answer::Values(_) => {
                return Err(Error::unsupported("a regressor stands where a classifier would"));
            }
        };
        let probabilities = if link.has_probabilities() {
            Some(self.stepped(scores.clone(), Step::Link(link))?)
        } else {
            None
        };
        let decision = match labels.len() {
            2 => Numbers { source: scores.source, affine: scores.affine.columns(&[1]) },
            _ => scores.clone(),
        };
        Ok(ClassAnswer { labels, votes: scores, scores: Some(decision), probabilities })
    }

    /// Notes whether one value a row is answered as a table. Who is further outside says it later.
    pub(super) fn answer_column(&mut self, is_column: bool) {
        self.answers_column = is_column;
    }

    /// What was said of it last.
    pub(super) fn answers_column(&self) -> bool {
        self.answers_column
    }

    /// The features, the program, and what it is for.
    pub(super) fn finish(mut self, answer: Answer) -> Result<(Vec<Feature>, Program, Task)> {
        for feature in std::mem::take(&mut self.asked) {
            let kind = &mut self.features[feature].kind;
            if *kind == ColumnKind::Ignored {
                *kind = ColumnKind::Number;
            }
        }
        let (source, estimator, task) = match answer {
            Answer::Scores { scores, link, labels } => {
                let Numbers { source, affine } = self.without_ignored(scores)?;
                self.spend(affine.n_inputs().saturating_mul(affine.n_outputs()))?;
                let task = Task::Classify { labels, has_probabilities: link.has_probabilities() };
                (source, Last::Linear(Linear::classifier(&affine, link)), task)
            }
            Answer::Values(values) => {
                let Numbers { source, affine } = self.without_ignored(values)?;
                let task = Task::Regress { n_targets: affine.n_outputs() };
                if affine.is_identity() && source != ValueId::FEATURES {
                    (source, Last::Given(Given::Values { n_targets: affine.n_outputs() }), task)
                } else {
                    self.spend(affine.n_inputs().saturating_mul(affine.n_outputs()))?;
                    (source, Last::Linear(Linear::regressor(&affine)), task)
                }
            }
            Answer::Classes(answer) => self.given(answer)?,
        };
        Ok((self.features, self.program.finish(source, estimator), task))
    }

    /// The numbers without the features that nobody looks at: these may hold
    /// anything, while a linear estimator would multiply it by zero.
    fn without_ignored(&mut self, numbers: Numbers) -> Result<Numbers> {
        let is_used = |index: &usize| self.features[*index].kind != ColumnKind::Ignored;
        let used: Vec<usize> = (0..self.features.len()).filter(is_used).collect();
        if numbers.source != ValueId::FEATURES || used.len() == self.features.len() {
            return Ok(numbers);
        }
        self.spend(3 * used.len())?;
        let select = Affine::select(self.features.len(), used.iter().copied());
        let source = self.program.step(Step::Affine(select), ValueId::FEATURES);
        Ok(Numbers { source, affine: numbers.affine.of_inputs(&used) })
    }

    /// A classifier's answers side by side, each once.
    fn given(&mut self, answer: ClassAnswer) -> Result<(ValueId, Last, Task)> {
        let ClassAnswer { labels, votes, scores, probabilities } = answer;
        labels.check(votes.width())?;
        let has_probabilities = probabilities.is_some();
        let mut values: Vec<ValueId> = Vec::new();
        let mut ranges = Vec::new();
        for part in [Some(votes), scores, probabilities] {
            let Some(part) = part else {
                ranges.push(0..0);
                continue;
            };
            let value = self.in_full(part)?;
            let at = values.iter().position(|known| *known == value).unwrap_or_else(|| {
                values.push(value);
                values.len() - 1
            });
            let start = values[..at].iter().map(|value| self.program.width(*value)).sum();
            ranges.push(start..start + self.program.width(value));
        }
        let [votes, scores, probabilities] = ranges.try_into().expect("there are three parts");
        let source = match values.as_slice() {
            [one] => *one,
            _ => self.program.concat(values),
        };
        let given = Given::Classes(Classes { votes, scores, probabilities });
        Ok((source, Last::Given(given), Task::Classify { labels, has_probabilities }))
    }
}

impl Answer {
    /// A regressor's answer as numbers that steps can go on with.
    pub(super) fn into_values(self) -> Result<Numbers> {
        match self {
            Self::Values(values) => Ok(values),
            Self::Scores { .. } | Self::Classes(_) => {
                Err(Error::unsupported("a classifier stands where a regressor would"))
            }
        }
    }
}

impl Rows {
    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.features.len()
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
}

impl From<Numbers> for Rows {
    fn from(numbers: Numbers) -> Self {
        Self { features: vec![None; numbers.width()], numbers }
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
fn not_read() -> Error {
    Error::unsupported("this class is not read; what is read is listed under 'Model files' in the README")
}
