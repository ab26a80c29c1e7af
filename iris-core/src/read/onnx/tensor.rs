//! Constants of the graph, checked against their declared shape.

use super::proto::{self, DataType};
use crate::error::{Error, Result};

/// A constant: a checked shape and as many values as it says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub(super) dims: Vec<usize>,
    pub(super) data: Data,
}

/// Values by what they are for; single precision is widened, exactly.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    Floats(Vec<f64>),
    Ints(Vec<i64>),
    Strings(Vec<String>),
}

impl Tensor {
    pub(super) fn new(proto: &proto::Tensor) -> Result<Self> {
        Self::read(proto).map_err(|error| error.within(format_args!("tensor '{}'", proto.name)))
    }

    fn read(proto: &proto::Tensor) -> Result<Self> {
        if !proto.external_data.is_empty() {
            return Err(Error::unsupported(
                "its values lie in another file; save the model as a single file",
            ));
        }
        let dims: Vec<usize> =
            proto
                .dims
                .iter()
                .map(|dim| usize::try_from(*dim))
                .collect::<Result<_, _>>()
                .map_err(|_| Error::malformed(format!("shape {:?} has a negative dimension", proto.dims)))?;
        let len = dims
            .iter()
            .try_fold(1usize, |product, dim| product.checked_mul(*dim))
            .ok_or_else(|| Error::malformed(format!("shape {dims:?} overflows")))?;
        let data = Self::data(proto)?;
        if data.len() != len {
            return Err(Error::malformed(format!(
                "shape {dims:?} needs {len} values, the file holds {}",
                data.len()
            )));
        }
        Ok(Self { dims, data })
    }

    fn data(proto: &proto::Tensor) -> Result<Data> {
        let raw = &proto.raw_data;
        Ok(match DataType::try_from(proto.data_type) {
            Ok(DataType::Float) if raw.is_empty() => {
                Data::Floats(proto.float_data.iter().copied().map(f64::from).collect())
            }
            Ok(DataType::Float) => {
                Data::Floats(words(raw)?.map(|word| f64::from(f32::from_le_bytes(word))).collect())
            }
            Ok(DataType::Double) if raw.is_empty() => Data::Floats(proto.double_data.clone()),
            Ok(DataType::Double) => Data::Floats(words(raw)?.map(f64::from_le_bytes).collect()),
            Ok(DataType::Int64) if raw.is_empty() => Data::Ints(proto.int64_data.clone()),
            Ok(DataType::Int64) => Data::Ints(words(raw)?.map(i64::from_le_bytes).collect()),
            Ok(DataType::Uint32) if raw.is_empty() => {
                return Err(Error::unsupported("unsigned integers of 32 bits that are written as of 64"));
            }
            Ok(DataType::Uint32) => {
                Data::Ints(words(raw)?.map(|word| i64::from(u32::from_le_bytes(word))).collect())
            }
            Ok(data_type) if raw.is_empty() && is_small(data_type) => {
                Data::Ints(proto.int32_data.iter().copied().map(i64::from).collect())
            }
            Ok(DataType::Uint8 | DataType::Bool) => Data::Ints(raw.iter().copied().map(i64::from).collect()),
            Ok(DataType::Int8) => {
                Data::Ints(words(raw)?.map(|word| i64::from(i8::from_le_bytes(word))).collect())
            }
            Ok(DataType::Int16) => {
                Data::Ints(words(raw)?.map(|word| i64::from(i16::from_le_bytes(word))).collect())
            }
            Ok(DataType::Uint16) => {
                Data::Ints(words(raw)?.map(|word| i64::from(u16::from_le_bytes(word))).collect())
            }
            Ok(DataType::Int32) => {
                Data::Ints(words(raw)?.map(|word| i64::from(i32::from_le_bytes(word))).collect())
            }
            Ok(DataType::String) => {
                Data::Strings(proto.string_data.iter().map(|bytes| text(bytes)).collect::<Result<_>>()?)
            }
            _ => {
                return Err(Error::unsupported(format!(
                    "data type {} is none of float, double, integers, bool, string",
                    proto.data_type
                )));
            }
        })
    }

    /// The values as numbers; `what` names them in the error.
    pub(super) fn numbers(&self, what: &str) -> Result<Vec<f64>> {
        match &self.data {
            Data::Floats(values) => Ok(values.clone()),
            #[expect(
                clippy::cast_precision_loss,
                reason = "an integer constant in arithmetic is a small one"
            )]
            Data::Ints(values) => Ok(values.iter().map(|value| *value as f64).collect()),
            Data::Strings(_) => Err(Error::malformed(format!("{what} holds strings, not numbers"))),
        }
    }

    /// The same, every one finite.
    pub(super) fn finite(&self, what: &str) -> Result<Vec<f64>> {
        let values = self.numbers(what)?;
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => Err(Error::malformed(format!("{what} holds {value}, which is not finite"))),
        }
    }

    /// The values spread over `width` columns, one for each or one for all.
    pub(super) fn columns(&self, width: usize) -> Result<Vec<f64>> {
        let values = self.finite("the constant")?;
        match (self.dims.as_slice(), values.as_slice()) {
            ([] | [1] | [1, 1], [value]) => Ok(vec![*value; width]),
            ([columns] | [1, columns], _) if *columns == width => Ok(values),
            // Not of one row's numbers, perhaps, and so for the planner of whole graphs.
            _ => Err(Error::unsupported(format!(
                "a constant of shape {:?} does not fit {width} columns",
                self.dims
            ))),
        }
    }

    /// The value of a constant that is one number.
    pub(super) fn scalar(&self) -> Result<f64> {
        match self.finite("the constant")?.as_slice() {
            [value] => Ok(*value),
            values => Err(Error::unsupported(format!("{} numbers where one is expected", values.len()))),
        }
    }

    pub(super) fn ints(&self, what: &str) -> Result<&[i64]> {
        match &self.data {
            Data::Ints(values) => Ok(values),
            _ => Err(Error::malformed(format!("{what} holds no integers"))),
        }
    }
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Ints(values) => values.len(),
            Self::Strings(values) => values.len(),
        }
    }
}

/// Whether values stand in 32 bits each where they are not raw.
fn is_small(data_type: DataType) -> bool {
    matches!(
        data_type,
        DataType::Uint8
            | DataType::Int8
            | DataType::Uint16
            | DataType::Int16
            | DataType::Int32
            | DataType::Bool
    )
}

/// UTF-8 text, as ONNX wants its strings.
pub(super) fn text(bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::malformed("a string is not UTF-8"))
}

fn words<const N: usize>(raw: &[u8]) -> Result<impl Iterator<Item = [u8; N]>> {
    let (words, rest) = raw.as_chunks::<N>();
    if rest.is_empty() {
        Ok(words.iter().copied())
    } else {
        Err(Error::malformed(format!("raw_data of {} bytes is no multiple of {N}", raw.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(dims: &[i64], data_type: DataType) -> proto::Tensor {
        proto::Tensor {
            name: "t".into(),
            dims: dims.to_vec(),
            data_type: data_type as i32,
            ..Default::default()
        }
    }

    fn message(proto: &proto::Tensor) -> String {
        Tensor::new(proto).unwrap_err().to_string()
    }

    #[test]
    fn every_data_type_reads_packed_and_raw() {
        let floats = proto::Tensor { float_data: vec![0.5, -2.0], ..tensor(&[2], DataType::Float) };
        let raw = [0.5f32, -2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        let raw = proto::Tensor { raw_data: raw, ..tensor(&[2], DataType::Float) };
        assert_eq!(Tensor::new(&floats).unwrap(), Tensor::new(&raw).unwrap());
        let ints = proto::Tensor { int64_data: vec![7], ..tensor(&[1], DataType::Int64) };
        let raw = proto::Tensor { raw_data: 7i64.to_le_bytes().to_vec(), ..tensor(&[1], DataType::Int64) };
        assert_eq!(Tensor::new(&ints).unwrap(), Tensor::new(&raw).unwrap());
        let scalar = proto::Tensor { double_data: vec![1.0], ..tensor(&[], DataType::Double) };
        assert_eq!(Tensor::new(&scalar).unwrap().data, Data::Floats(vec![1.0]));
    }

    #[test]
    fn shapes_that_lie_are_refused() {
        assert!(message(&tensor(&[3], DataType::Float)).contains("tensor 't': shape [3] needs 3 values"));
        assert!(message(&tensor(&[-1], DataType::Float)).contains("negative"));
        assert!(message(&tensor(&[1 << 40, 1 << 40], DataType::Float)).contains("overflows"));
        let odd = proto::Tensor { raw_data: vec![0; 7], ..tensor(&[1], DataType::Double) };
        assert!(message(&odd).contains("no multiple of 8"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert!(
            message(&proto::Tensor { data_type: 16, ..tensor(&[0], DataType::Float) }).contains("type 16")
        );
        let external = vec![proto::Property::default()];
        let external = proto::Tensor { external_data: external, ..tensor(&[0], DataType::Float) };
        assert!(message(&external).contains("another file"));
        let nan = proto::Tensor { float_data: vec![f32::NAN], ..tensor(&[1], DataType::Float) };
        assert!(Tensor::new(&nan).unwrap().finite("coef").unwrap_err().to_string().contains("NaN"));
    }
}
