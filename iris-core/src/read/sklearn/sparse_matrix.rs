//! Sparse matrices of scipy's, as `sparsify()` makes of coefficients.

use super::estimator::Estimator;
use super::flow::Flow;
use crate::error::{Error, Result};
use crate::read::pickle::ObjectId;

/// The table of `width` numbers a row that a matrix in compressed rows is, written out; `None` if it is no such matrix.
pub(super) fn table(flow: &mut Flow<'_, '_>, id: ObjectId, width: usize) -> Result<Option<Vec<f64>>> {
    let is_sparse = Estimator::class_of(flow.objects(), id).is_some_and(|(module, class)| {
        module.starts_with("scipy.sparse") && matches!(class, "csr_matrix" | "csr_array")
    });
    if !is_sparse {
        return Ok(None);
    }
    let matrix = flow.open(id)?;
    let shape = matrix.required("_shape")?;
    let (n_rows, n_columns) = match matrix.objects.items(shape) {
        Some([rows, columns]) => (matrix.objects.size(*rows), matrix.objects.size(*columns)),
        _ => (None, None),
    };
    let (Some(n_rows @ 1..), Some(n_columns)) = (n_rows, n_columns) else {
        return Err(matrix.unexpected("_shape", shape));
    };
    if n_columns != width || width == 0 {
        return Err(Error::malformed(format!(
            "a sparse matrix of shape [{n_rows}, {n_columns}] where {width} columns come in"
        )));
    }
    flow.spend(n_rows.saturating_mul(width))?;
    let (starts, columns) = (places(&matrix, "indptr")?, places(&matrix, "indices")?);
    let values = matrix.numbers("data")?.values;
    let are_starts = starts.len() == n_rows + 1 && starts.is_sorted() && starts[0] == 0;
    if !are_starts || starts[n_rows] > values.len() || columns.len() != values.len() {
        return Err(Error::malformed("a sparse matrix whose parts do not fit each other"));
    }
    let mut table = vec![0.0; n_rows * width];
    for (row, bounds) in table.chunks_exact_mut(width).zip(starts.windows(2)) {
        for place in bounds[0]..bounds[1] {
            let cell = row.get_mut(columns[place]);
            // What stands twice is added up.
            *cell.ok_or_else(|| Error::malformed("a sparse matrix with an index beyond its columns"))? +=
                values[place];
        }
    }
    Ok(Some(table))
}

/// The diagonal of a square matrix of `width` that has nothing else, in compressed rows or as one; `None` if
/// it is no such matrix.
pub(super) fn diagonal(flow: &mut Flow<'_, '_>, id: ObjectId, width: usize) -> Result<Option<Vec<f64>>> {
    let class =
        Estimator::class_of(flow.objects(), id).filter(|(module, _)| module.starts_with("scipy.sparse"));
    let is_by_rows = match class {
        Some((_, "csr_matrix" | "csr_array")) => true,
        Some((_, "dia_matrix" | "dia_array")) => false,
        _ => return Ok(None),
    };
    let matrix = flow.open(id)?;
    flow.spend(3 * width)?;
    let values = matrix.numbers("data")?.values;
    let is_diagonal = if is_by_rows {
        let in_turn = |name: &str, len: usize| Ok::<_, Error>(places(&matrix, name)?.into_iter().eq(0..len));
        in_turn("indptr", width + 1)? && in_turn("indices", width)?
    } else {
        places(&matrix, "offsets")? == [0]
    };
    if !is_diagonal || values.len() != width {
        return Err(Error::malformed("a matrix that should be a diagonal is something else"));
    }
    Ok(Some(values))
}

fn places(matrix: &Estimator<'_, '_>, name: &str) -> Result<Vec<usize>> {
    let id = matrix.required(name)?;
    let crate::read::pickle::Object::Array(array) = matrix.objects.get(id) else {
        return Err(matrix.unexpected(name, id));
    };
    let numbers = array.integers(matrix.objects)?;
    let places: Option<Vec<usize>> = numbers.into_iter().map(|number| usize::try_from(number).ok()).collect();
    places.ok_or_else(|| matrix.unexpected(name, id))
}
