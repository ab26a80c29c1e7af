//! The plan under way: values by their names, and what is computed of a row, in order.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::shape;
use super::value::{Kind, Numbers, Texts, Value};
use crate::error::{Error, Result};
use crate::program::{Calculation, Operand, Step, ValueId, What};
use crate::read::onnx::steps::StepBuilder;
use crate::schema::Categories;

/// What has been planned so far.
pub(super) struct Planner<'a> {
    /// The graph's values, and behind them those of a body that is planned within.
    scopes: Vec<HashMap<&'a str, Value>>,
    pub(super) steps: StepBuilder,
    /// Columns of texts, by feature.
    pub(super) texts: HashSet<usize>,
    /// What those hold that are encoded.
    pub(super) vocabularies: HashMap<usize, Categories>,
    /// Columns whose texts are counted.
    pub(super) free_texts: HashSet<usize>,
    /// Sums by the values that they are of.
    sums: HashMap<ValueId, (ValueId, ValueId)>,
    /// Sparse rows by what they are when one is added to every number.
    above_sparse: HashMap<ValueId, Value>,
    /// Values that say where another is missing.
    missing: HashMap<ValueId, ValueId>,
    /// The version of the operators of `ai.onnx`.
    pub(super) opset: i64,
}

/// Graphs within graphs; converters write one.
const MAX_DEPTH: usize = 4;

impl<'a> Planner<'a> {
    pub(super) fn new(steps: StepBuilder, opset: i64) -> Self {
        Self {
            scopes: vec![HashMap::new()],
            steps,
            texts: HashSet::new(),
            vocabularies: HashMap::new(),
            free_texts: HashSet::new(),
            sums: HashMap::new(),
            above_sparse: HashMap::new(),
            missing: HashMap::new(),
            opset,
        }
    }

    /// The value of this name, of the innermost graph that has it.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    pub(super) fn define(&mut self, name: &'a str, value: Value) -> Result<()> {
        let scope = self.scopes.last_mut().expect("the graph's own scope is never left");
        if scope.insert(name, value).is_some() {
            return Err(Error::malformed(format!("'{name}' is defined twice")));
        }
        Ok(())
    }

    /// What `work` makes of a graph within, whose values nobody sees outside.
    pub(super) fn within<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.scopes.len() > MAX_DEPTH {
            return Err(Error::unsupported("graphs within graphs, too deep"));
        }
        self.scopes.push(HashMap::new());
        let made = work(self);
        self.scopes.pop();
        made
    }

    /// What an operator makes of tensors that it reads whole.
    pub(super) fn whole(
        &mut self,
        inputs: &[&Value],
        shape: Vec<usize>,
        kind: Kind,
        what: impl FnOnce(&mut Vec<Operand>) -> What,
    ) -> Result<Value> {
        let (mut operands, sources) = self.operands(inputs, None)?;
        self.emit(what(&mut operands), sources, shape, kind)
    }

    /// What an operator makes of one tensor, whose numbers it takes as they come.
    pub(super) fn direct(
        &mut self,
        value: &Value,
        shape: Vec<usize>,
        kind: Kind,
        what: What,
    ) -> Result<Value> {
        match &value.numbers {
            Numbers::Computed(source) => self.emit(what, vec![*source], shape, kind),
            Numbers::Constant(numbers) => {
                let width = shape::len(&shape)?;
                self.steps.spend(width)?;
                folded(Calculation { what, rounding: kind.rounding(), width }, numbers, shape, kind)
            }
        }
    }

    /// Notes that a value says where another is missing.
    pub(super) fn is_missing(&mut self, which: &Value, of: &Value) {
        if let (Some(which), Some(of)) = (which.source(), of.source()) {
            self.missing.insert(which, of);
        }
    }

    /// Whether a value says where another is missing.
    pub(super) fn is_missing_of(&self, which: ValueId, of: ValueId) -> bool {
        self.missing.get(&which) == Some(&of)
    }

    /// Notes which values a sum is of.
    pub(super) fn note_sum(&mut self, sum: &Value, a: &Value, b: &Value) {
        if let (Some(sum), Some(a), Some(b)) = (sum.source(), a.source(), b.source()) {
            self.sums.insert(sum, (a, b));
        }
    }

    /// Which values a value is the sum of, if it is one.
    pub(super) fn sum_of(&self, value: &Value) -> Option<(ValueId, ValueId)> {
        self.sums.get(&value.source()?).copied()
    }

    /// Notes that a value is a sparse row with one added to each number.
    pub(super) fn note_one_above(&mut self, value: &Value, sparse: &Value) {
        if let Some(source) = value.source() {
            self.above_sparse.insert(source, sparse.clone());
        }
    }

    /// The sparse row that a value is when one is taken from each number.
    pub(super) fn one_below(&self, value: &Value) -> Option<Value> {
        self.above_sparse.get(&value.source()?).cloned()
    }

    /// What an operator makes of tensors, number by number, each spread over this shape.
    pub(super) fn each(
        &mut self,
        inputs: &[&Value],
        shape: Vec<usize>,
        kind: Kind,
        what: impl FnOnce(&mut Vec<Operand>) -> What,
    ) -> Result<Value> {
        let (mut operands, sources) = self.operands(inputs, Some(&shape))?;
        self.emit(what(&mut operands), sources, shape, kind)
    }

    /// The numbers of a tensor that these strides lead to, in the order of a shape.
    pub(super) fn moved(
        &mut self,
        value: &Value,
        shape: Vec<usize>,
        strides: &[usize],
        start: usize,
    ) -> Result<Value> {
        self.steps.spend(shape::len(&shape)?)?;
        let places = shape::places(&shape, strides, start)?;
        self.pick(value, places, shape)
    }

    /// A tensor spread over a shape, its numbers repeated as often as it takes.
    pub(super) fn spread(&mut self, value: &Value, shape: Vec<usize>) -> Result<Value> {
        self.steps.spend(shape::len(&shape)?)?;
        let places = shape::spread(&value.shape, &shape)?;
        self.pick(value, places, shape)
    }

    /// The numbers of a tensor by their places, of which there are no more than were spent.
    pub(super) fn pick(&mut self, value: &Value, places: Vec<u32>, shape: Vec<usize>) -> Result<Value> {
        let is_identity =
            places.len() == value.len() && places.iter().zip(0..).all(|(place, index)| *place == index);
        if is_identity {
            return Ok(value.reshaped(shape));
        }
        let texts = match &value.texts {
            Texts::Free(_) => return Err(Error::unsupported("tokens of a text by their places")),
            Texts::Columns(columns) => {
                Texts::Columns(places.iter().map(|place| columns[*place as usize]).collect())
            }
            texts => texts.clone(),
        };
        let known = super::value::Known { above: None, ..value.known.clone() };
        let picked = match &value.numbers {
            Numbers::Constant(numbers) => {
                let numbers: Rc<[f64]> = places.iter().map(|place| numbers[*place as usize]).collect();
                Value { shape, numbers: Numbers::Constant(numbers), ..value.clone() }
            }
            Numbers::Computed(source) => {
                let what = What::Pick(Operand::Places(places.into()));
                self.emit(what, vec![*source], shape, value.kind)?
            }
        };
        Ok(Value { kind: value.kind, texts, known, ..picked })
    }

    /// Runs what depends on no row at once, and everything else for every row.
    pub(super) fn emit(
        &mut self,
        what: What,
        sources: Vec<ValueId>,
        shape: Vec<usize>,
        kind: Kind,
    ) -> Result<Value> {
        let width = shape::len(&shape)?;
        self.steps.spend(width)?;
        let calculation = Calculation { what, rounding: kind.rounding(), width };
        if sources.is_empty() {
            return folded(calculation, &[], shape, kind);
        }
        let step = Step::Calculation(Box::new(calculation));
        let source = match sources.as_slice() {
            [source] => *source,
            _ => self.steps.beside(sources)?,
        };
        Ok(Value::computed(shape, kind, self.steps.step(step, source)))
    }

    /// Tensors as an operator reads them, and the values that it reads, side by side.
    fn operands(
        &mut self,
        inputs: &[&Value],
        shape: Option<&[usize]>,
    ) -> Result<(Vec<Operand>, Vec<ValueId>)> {
        let mut sources: Vec<(ValueId, usize)> = Vec::new();
        let mut width = 0;
        let mut operands = Vec::new();
        for value in inputs {
            let spread = match shape {
                Some(shape)
                    if shape != value.shape && (value.len() != 1 || value.as_constant().is_none()) =>
                {
                    self.steps.spend(shape::len(shape)?)?;
                    Some(shape::spread(&value.shape, shape)?)
                }
                _ => None,
            };
            operands.push(match &value.numbers {
                Numbers::Constant(numbers) => match (&**numbers, spread) {
                    ([number], _) if shape.is_some() => Operand::Same(*number),
                    (numbers, None) => Operand::Constants(numbers.into()),
                    (numbers, Some(places)) => {
                        Operand::Constants(places.iter().map(|place| numbers[*place as usize]).collect())
                    }
                },
                Numbers::Computed(source) => {
                    let known = sources.iter().find(|(known, _)| known == source);
                    let start = known.map_or(width, |(_, start)| *start);
                    if known.is_none() {
                        sources.push((*source, width));
                        width += value.len();
                    }
                    let start_u32 = u32::try_from(start).map_err(|_| shape::too_large())?;
                    match spread {
                        None => Operand::Input { start },
                        Some(places) => {
                            Operand::Places(places.iter().map(|place| place + start_u32).collect())
                        }
                    }
                }
            });
        }
        Ok((operands, sources.into_iter().map(|(source, _)| source).collect()))
    }
}

/// What depends on no row.
fn folded(calculation: Calculation, from: &[f64], shape: Vec<usize>, kind: Kind) -> Result<Value> {
    let mut numbers = vec![0.0; calculation.width];
    let step = Step::Calculation(Box::new(calculation));
    let mut scratch = vec![0.0; step.scratch_len(from.len())];
    step.apply(from, &mut numbers, &mut scratch)
        .map_err(|_| Error::malformed("a constant that is none of the operator's keys"))?;
    Ok(Value::constant(shape, kind, numbers))
}
