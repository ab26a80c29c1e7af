//! Places of atoms, kept among the numbers that a step works in.

#[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 atoms")]
pub(super) fn number(atom: usize) -> f64 {
    atom as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was an atom")]
pub(super) fn atom(number: f64) -> usize {
    number as usize
}
