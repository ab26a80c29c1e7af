//! A tensor as an operator reads it: numbers that came, or constants.

/// Numbers, one for each place of what is computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// Those that come, from this one on.
    Input {
        start: usize,
    },
    /// Those that come, by their places.
    Places(Box<[u32]>),
    Constants(Box<[f64]>),
    /// One number for every place.
    Same(f64),
    /// By their places among those that come, or among the constants behind these.
    Mixed {
        places: Box<[u32]>,
        constants: Box<[f64]>,
        n_inputs: usize,
    },
}

impl Operand {
    /// The number of a place.
    #[inline(always)]
    pub(super) fn at(&self, from: &[f64], place: usize) -> f64 {
        match self {
            Self::Input { start } => from[start + place],
            Self::Places(places) => from[places[place] as usize],
            Self::Constants(constants) => constants[place],
            Self::Same(number) => *number,
            Self::Mixed { places, constants, n_inputs } => {
                let place = places[place] as usize;
                if place < *n_inputs { from[place] } else { constants[place - n_inputs] }
            }
        }
    }

    /// Which of the numbers that come it is; `None` of a constant.
    pub(super) fn place(&self, place: usize) -> Option<usize> {
        match self {
            Self::Input { start } => Some(start + place),
            Self::Places(places) => Some(places[place] as usize),
            Self::Constants(_) | Self::Same(_) => None,
            Self::Mixed { places, n_inputs, .. } => {
                Some(places[place] as usize).filter(|place| place < n_inputs)
            }
        }
    }

    /// All of its numbers, where they stand one behind the other.
    #[inline]
    pub(super) fn slice<'n>(&'n self, from: &'n [f64], len: usize) -> Option<&'n [f64]> {
        match self {
            Self::Input { start } => Some(&from[*start..start + len]),
            Self::Constants(constants) => Some(&constants[..len]),
            _ => None,
        }
    }

    /// Writes all of its numbers; which kind it is, is asked once for them.
    pub(super) fn copy(&self, from: &[f64], to: &mut [f64]) {
        match self {
            Self::Input { start } => to.copy_from_slice(&from[*start..][..to.len()]),
            Self::Constants(constants) => to.copy_from_slice(&constants[..to.len()]),
            Self::Same(number) => to.fill(*number),
            Self::Places(places) => {
                to.iter_mut().zip(&places[..]).for_each(|(to, place)| *to = from[*place as usize]);
            }
            Self::Mixed { .. } => {
                to.iter_mut().enumerate().for_each(|(place, to)| *to = self.at(from, place));
            }
        }
    }
}
