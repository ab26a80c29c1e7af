//! What the numbers in the arena are as each node is reached: made of one feature each, or mixed.

use crate::program::graph::{Graph, Node};
use crate::program::step::{MadeOf, Step};

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum State {
    /// The same for every row.
    Constant,
    /// Made of this feature alone.
    Feature(usize),
    /// Made of several, first by a step that is called so.
    Mixed(&'static str),
}

/// For each node, and behind the last, what the numbers are that come to it.
pub(super) fn of(graph: &Graph) -> Vec<Vec<State>> {
    let mut arena = vec![State::Constant; graph.arena_len()];
    (0..graph.n_features).for_each(|feature| arena[feature] = State::Feature(feature));
    let mut states = Vec::with_capacity(graph.nodes.len() + 1);
    for Node { step, from, to } in &graph.nodes {
        let before = arena[from.clone()].to_vec();
        for (place, made_of) in arena[to.clone()].iter_mut().zip(step.made_of(from.len())) {
            *place = match made_of {
                MadeOf::Nothing => State::Constant,
                MadeOf::Column(column) => before[column],
                MadeOf::Several => mixed(step, &before),
            };
        }
        states.push(before);
    }
    states.push(arena[graph.output.clone()].to_vec());
    states
}

/// Whoever mixed columns first is named.
fn mixed(step: &Step, before: &[State]) -> State {
    let first = before.iter().find(|state| matches!(state, State::Mixed(_)));
    first.copied().unwrap_or_else(|| State::Mixed(step.title()))
}
