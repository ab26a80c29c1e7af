//! Views of many rows, and of room for their answers.

use crate::columns::Columns;
use crate::error::{Error, ErrorKind, Result};

/// Many rows of numbers, a row a sample: borrowed, and cheap to copy.
///
/// ```
/// use iris_core::{Predictor, Rows};
///
/// let flowers = [5.1, 3.5, 1.4, 0.2, 6.3, 3.3, 6.0, 2.5];
/// let mut classes = [0; 2];
/// Predictor::iris().predict_batch_into(Rows::new(&flowers, 4)?, &mut classes)?;
/// assert_eq!(classes, [0, 2]);
/// # Ok::<(), iris_core::Error>(())
/// ```
///
/// With the feature `ndarray`, an `ArrayView2` of any layout is one too.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    layout: Layout<'a>,
    height: usize,
    width: usize,
}

#[derive(Debug, Clone, Copy)]
enum Layout<'a> {
    /// Each row in one piece, `stride` numbers behind the one before.
    Strided { data: &'a [f64], stride: usize },
    #[cfg(feature = "ndarray")]
    Scattered(ndarray::ArrayView2<'a, f64>),
}

/// Room for one answer of several numbers for each of many rows.
///
/// With the feature `ndarray`, an `ArrayViewMut2` of any layout is one too.
#[derive(Debug)]
pub struct RowsMut<'a> {
    layout: LayoutMut<'a>,
    height: usize,
    width: usize,
}

#[derive(Debug)]
enum LayoutMut<'a> {
    /// Each row in one piece, `stride` numbers behind the one before.
    Strided { data: &'a mut [f64], stride: usize },
    #[cfg(feature = "ndarray")]
    Scattered(ndarray::ArrayViewMut2<'a, f64>),
}

impl<'a> Rows<'a> {
    /// Rows of `n_columns` numbers, one behind the other.
    ///
    /// # Errors
    ///
    /// [`InputLength`](ErrorKind::InputLength) if the numbers are no whole
    /// number of such rows, or if a row has none.
    pub fn new(data: &'a [f64], n_columns: usize) -> Result<Self> {
        let n_rows = whole_rows(data.len(), n_columns).ok_or_else(|| not_whole(data.len(), n_columns))?;
        Ok(Self { layout: Layout::Strided { data, stride: n_columns }, height: n_rows, width: n_columns })
    }

    /// `n_rows` rows of `n_columns` numbers, each beginning `stride` numbers
    /// behind the one before, as in the first columns of a wider table.
    ///
    /// # Errors
    ///
    /// [`InputLength`](ErrorKind::InputLength) if rows overlap or do not fit.
    pub fn with_stride(data: &'a [f64], n_rows: usize, n_columns: usize, stride: usize) -> Result<Self> {
        if !rows_fit(data.len(), n_rows, n_columns, stride) {
            let message = apart(data.len(), n_rows, n_columns, stride);
            return Err(Error::new(ErrorKind::InputLength, message));
        }
        Ok(Self { layout: Layout::Strided { data, stride }, height: n_rows, width: n_columns })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.height
    }

    /// Numbers of a row.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.width
    }

    /// All numbers, if the rows lie one behind the other without a gap.
    pub(crate) fn as_slice(&self) -> Option<&'a [f64]> {
        match self.layout {
            Layout::Strided { data, stride } if stride == self.width => Some(&data[..self.height * stride]),
            Layout::Strided { .. } => None,
            #[cfg(feature = "ndarray")]
            Layout::Scattered(_) => None,
        }
    }

    /// One row where it is, or gathered into `room`, which is `n_columns` long.
    pub(crate) fn row<'r>(&self, index: usize, room: &'r mut [f64]) -> &'r [f64]
    where
        'a: 'r,
    {
        match self.layout {
            Layout::Strided { data, stride } => {
                let _ = room;
                &data[index * stride..][..self.width]
            }
            #[cfg(feature = "ndarray")]
            Layout::Scattered(view) => {
                let row = view.index_axis_move(ndarray::Axis(0), index);
                room.iter_mut().zip(row).for_each(|(to, from)| *to = *from);
                room
            }
        }
    }

    /// Copies some rows from `first` on to `to`, a column behind the other, as
    /// many rows as fill it.
    pub(crate) fn columns(&self, first: usize, to: &mut [f64]) {
        let n_rows = to.len() / self.width;
        for (index, column) in to.chunks_exact_mut(n_rows).enumerate() {
            match self.layout {
                Layout::Strided { data, stride } => {
                    let from = data[first * stride + index..].iter().step_by(stride);
                    column.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
                #[cfg(feature = "ndarray")]
                Layout::Scattered(view) => {
                    let mut from = view.index_axis_move(ndarray::Axis(1), index);
                    from.slice_axis_inplace(ndarray::Axis(0), ndarray::Slice::from(first..first + n_rows));
                    column.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}

impl<'a> RowsMut<'a> {
    /// Room for `n_columns` numbers a row, one row behind the other.
    ///
    /// # Errors
    ///
    /// [`OutputLength`](ErrorKind::OutputLength) if the buffer is no whole
    /// number of such rows, or if a row has none.
    pub fn new(data: &'a mut [f64], n_columns: usize) -> Result<Self> {
        let n_rows = whole_rows(data.len(), n_columns).ok_or_else(|| {
            let message =
                format!("a buffer of {} numbers is no whole number of rows of {n_columns}", data.len());
            Error::new(ErrorKind::OutputLength, message)
        })?;
        Ok(Self { layout: LayoutMut::Strided { data, stride: n_columns }, height: n_rows, width: n_columns })
    }

    /// Room for `n_rows` rows of `n_columns` numbers, each beginning `stride`
    /// numbers behind the one before; what lies between is left as it is.
    ///
    /// # Errors
    ///
    /// [`OutputLength`](ErrorKind::OutputLength) if rows overlap or do not fit.
    pub fn with_stride(data: &'a mut [f64], n_rows: usize, n_columns: usize, stride: usize) -> Result<Self> {
        if !rows_fit(data.len(), n_rows, n_columns, stride) {
            let message = apart(data.len(), n_rows, n_columns, stride);
            return Err(Error::new(ErrorKind::OutputLength, message));
        }
        Ok(Self { layout: LayoutMut::Strided { data, stride }, height: n_rows, width: n_columns })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.height
    }

    /// Numbers of a row.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.width
    }

    /// All of the room, if its rows lie one behind the other without a gap.
    pub(crate) fn as_slice_mut(&mut self) -> Option<&mut [f64]> {
        match &mut self.layout {
            LayoutMut::Strided { data, stride } if *stride == self.width => {
                Some(&mut data[..self.height * self.width])
            }
            LayoutMut::Strided { .. } => None,
            #[cfg(feature = "ndarray")]
            LayoutMut::Scattered(_) => None,
        }
    }

    /// Writes the rows from `first` on, which come a column behind the other.
    pub(crate) fn write_columns(&mut self, first: usize, columns: Columns<'_>) {
        for (index, column) in columns.iter().enumerate() {
            match &mut self.layout {
                LayoutMut::Strided { data, stride } => {
                    let to = data[first * *stride + index..].iter_mut().step_by(*stride);
                    to.zip(column).for_each(|(to, from)| *to = *from);
                }
                #[cfg(feature = "ndarray")]
                LayoutMut::Scattered(view) => {
                    let rows = ndarray::Slice::from(first..first + column.len());
                    let to =
                        view.slice_axis_mut(ndarray::Axis(0), rows).index_axis_move(ndarray::Axis(1), index);
                    to.into_iter().zip(column).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }

    /// Lets `work` write one row where it is, or by way of `room`, which is `n_columns` long.
    pub(crate) fn write<R>(
        &mut self,
        index: usize,
        room: &mut [f64],
        work: impl FnOnce(&mut [f64]) -> R,
    ) -> R {
        match &mut self.layout {
            LayoutMut::Strided { data, stride } => {
                let _ = room;
                work(&mut data[index * *stride..][..self.width])
            }
            #[cfg(feature = "ndarray")]
            LayoutMut::Scattered(view) => {
                let result = work(room);
                view.row_mut(index).iter_mut().zip(&*room).for_each(|(to, from)| *to = *from);
                result
            }
        }
    }
}

#[cfg(feature = "ndarray")]
impl<'a> From<ndarray::ArrayView2<'a, f64>> for Rows<'a> {
    fn from(view: ndarray::ArrayView2<'a, f64>) -> Self {
        let (height, width) = view.dim();
        let layout = match view.to_slice() {
            Some(data) => Layout::Strided { data, stride: width },
            None => Layout::Scattered(view),
        };
        Self { layout, height, width }
    }
}

#[cfg(feature = "ndarray")]
impl<'a> From<ndarray::ArrayViewMut2<'a, f64>> for RowsMut<'a> {
    fn from(view: ndarray::ArrayViewMut2<'a, f64>) -> Self {
        let (height, width) = view.dim();
        let layout = if view.is_standard_layout() {
            let data = view.into_slice().expect("a view in standard layout is a slice");
            LayoutMut::Strided { data, stride: width }
        } else {
            LayoutMut::Scattered(view)
        };
        Self { layout, height, width }
    }
}

/// How many rows so many numbers are, if they are whole ones.
fn whole_rows(len: usize, n_columns: usize) -> Option<usize> {
    (n_columns > 0 && len.is_multiple_of(n_columns)).then(|| len / n_columns)
}

/// Whether so many numbers hold rows that do not overlap.
fn rows_fit(len: usize, n_rows: usize, n_columns: usize, stride: usize) -> bool {
    let end = n_rows.saturating_sub(1).checked_mul(stride).and_then(|last| last.checked_add(n_columns));
    let fits = n_rows == 0 || end.is_some_and(|end| end <= len);
    fits && stride >= n_columns && n_columns > 0
}

#[cold]
fn apart(len: usize, n_rows: usize, n_columns: usize, stride: usize) -> String {
    format!("{len} numbers do not hold {n_rows} rows of {n_columns}, {stride} numbers apart")
}

#[cold]
fn not_whole(len: usize, n_columns: usize) -> Error {
    Error::new(ErrorKind::InputLength, format!("{len} values are no whole number of rows of {n_columns}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lie_where_they_are_said_to() {
        let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let rows = Rows::new(&data, 3).unwrap();
        assert_eq!((rows.n_rows(), rows.n_columns(), rows.as_slice()), (2, 3, Some(&data[..])));
        assert_eq!(rows.row(1, &mut [0.0; 3]), [4.0, 5.0, 6.0]);
        let apart = Rows::with_stride(&data, 2, 2, 4).unwrap();
        assert_eq!(apart.row(1, &mut [0.0; 2]), [5.0, 6.0]);
        assert_eq!(apart.as_slice(), None);
    }

    #[test]
    fn answers_leave_what_lies_between_them_alone() {
        let mut table = [-1.0; 6];
        let mut out = RowsMut::with_stride(&mut table, 2, 2, 4).unwrap();
        assert!(out.as_slice_mut().is_none());
        for index in 0..2 {
            out.write(index, &mut [0.0; 2], |row| row.fill(7.0));
        }
        assert_eq!(table, [7.0, 7.0, -1.0, -1.0, 7.0, 7.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let data = [0.0; 6];
        assert_eq!(Rows::new(&data, 4).unwrap_err().kind(), ErrorKind::InputLength);
        assert_eq!(Rows::new(&data, 0).unwrap_err().kind(), ErrorKind::InputLength);
        for (n_rows, n_columns, stride) in [(3, 2, 3), (2, 3, 2), (usize::MAX, 2, usize::MAX), (1, 0, 0)] {
            let error = Rows::with_stride(&data, n_rows, n_columns, stride).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InputLength, "{n_rows} × {n_columns}, {stride}");
        }
        assert_eq!(RowsMut::with_stride(&mut [0.0; 5], 2, 2, 4).unwrap_err().kind(), ErrorKind::OutputLength);
        assert_eq!(RowsMut::new(&mut [0.0; 5], 2).unwrap_err().kind(), ErrorKind::OutputLength);
    }
}
