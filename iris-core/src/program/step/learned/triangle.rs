//! Cholesky's triangles: a line every `width` numbers, of which those up to the diagonal count.

/// Makes a line of the triangle, up to its diagonal, of the system's numbers in it; `above` has the lines before.
pub(super) fn line(above: &[f64], width: usize, line: &mut [f64]) {
    for column in 0..line.len() {
        let other = &above[column * width..];
        let known = (0..column).fold(line[column], |sum, at| sum - line[at] * other[at]);
        line[column] = known / other[column];
    }
}

/// Solves the system of a triangle for its right side.
pub(super) fn solve(triangle: &[f64], width: usize, side: &mut [f64]) {
    let n = side.len();
    let at = |line: usize, column: usize| triangle[line * width + column];
    for line in 0..n {
        let known = (0..line).fold(side[line], |sum, column| sum - at(line, column) * side[column]);
        side[line] = known / at(line, line);
    }
    for line in (0..n).rev() {
        let known = (line + 1..n).fold(side[line], |sum, below| sum - at(below, line) * side[below]);
        side[line] = known / at(line, line);
    }
}
