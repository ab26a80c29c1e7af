//! Arithmetic on the outputs of a map, as it was written.

/// The arithmetic of a map as it was written, term by term.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Written {
    pub(super) terms: Vec<Term>,
    /// Terms that an output has at the most.
    pub(super) layers: usize,
}

/// A step of the arithmetic, on one output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    pub(super) output: usize,
    pub(super) operation: Operation,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operation {
    Add(f64),
    Multiply(f64),
    Divide(f64),
}

/// Layers of terms that are kept; of more than a pipeline has, only what they come to.
pub(super) const MAX_LAYERS: usize = 16;

impl Operation {
    /// The same on a column.
    pub(super) fn apply_all(self, values: &mut [f64]) {
        match self {
            Self::Add(term) => values.iter_mut().for_each(|value| *value += term),
            Self::Multiply(factor) => values.iter_mut().for_each(|value| *value *= factor),
            Self::Divide(divisor) => values.iter_mut().for_each(|value| *value /= divisor),
        }
    }

    #[inline]
    pub(super) fn apply(self, value: f64) -> f64 {
        match self {
            Self::Add(term) => value + term,
            _ => self.of_factor(value),
        }
    }

    /// What becomes of the factor in front of an input.
    #[inline]
    pub(super) fn of_factor(self, value: f64) -> f64 {
        match self {
            Self::Add(_) => value,
            Self::Multiply(factor) => value * factor,
            Self::Divide(divisor) => value / divisor,
        }
    }

    pub(super) fn changes(self) -> bool {
        !matches!(self, Self::Add(0.0) | Self::Multiply(1.0) | Self::Divide(1.0))
    }

    /// Whether the factor in front of an input becomes another.
    pub(super) fn changes_factor(self) -> bool {
        self.changes() && !matches!(self, Self::Add(_))
    }
}

/// The terms that a factor and an offset each are.
pub(super) fn folded(factors: &[f64], offset: &[f64]) -> Vec<Term> {
    let multiply = factors.iter().map(|factor| Operation::Multiply(*factor)).enumerate();
    let add = offset.iter().map(|offset| Operation::Add(*offset)).enumerate();
    multiply.chain(add).map(|(output, operation)| Term { output, operation }).collect()
}

/// The terms of some outputs, which may be the same one twice.
pub(super) fn terms_of(terms: &[Term], outputs: &[usize]) -> Vec<Term> {
    let mut sorted = terms.to_vec();
    sorted.sort_by_key(|term| term.output);
    let of_output = |(place, output): (usize, &usize)| {
        let start = sorted.partition_point(|term| term.output < *output);
        let own = sorted[start..].iter().take_while(|term| term.output == *output);
        own.map(|term| Term { output: place, ..*term }).collect::<Vec<Term>>()
    };
    outputs.iter().enumerate().flat_map(of_output).collect()
}
