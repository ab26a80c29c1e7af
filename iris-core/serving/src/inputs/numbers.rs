//! Elements of any numeric datatype as `f64`.

use half::{bf16, f16};

use crate::{Datatype, InputData, Refusal, Tensor};

impl InputData<'_> {
    /// Elements, or bytes of raw ones.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Raw(bytes) => bytes.len(),
            Self::Json(values) | Self::F64(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::U32(values) => values.len(),
            Self::U64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::Texts(texts) => texts.len(),
        }
    }
}

/// Writes the elements to every `stride`-th place of `out`, which has room for
/// them; the number of elements has been checked.
#[expect(clippy::cast_precision_loss, reason = "features are f64; scikit-learn rounds wide integers alike")]
pub(super) fn read(tensor: &Tensor<'_>, out: &mut [f64], stride: usize) -> Result<(), Refusal> {
    let out = Places { out, stride };
    match tensor.data {
        InputData::Raw(bytes) => raw(tensor.datatype, bytes, out),
        InputData::Json(values) => return json(tensor, values, out),
        InputData::Bool(values) => out.fill(values, |value| f64::from(u8::from(value))),
        InputData::I32(values) => {
            check_range(tensor, values.iter().copied().map(f64::from))?;
            out.fill(values, f64::from);
        }
        InputData::I64(values) => out.fill(values, |value| value as f64),
        InputData::U32(values) => {
            check_range(tensor, values.iter().copied().map(f64::from))?;
            out.fill(values, f64::from);
        }
        InputData::U64(values) => out.fill(values, |value| value as f64),
        InputData::F32(values) => out.fill(values, f64::from),
        InputData::F64(values) => out.fill(values, |value| value),
        InputData::Texts(_) => return Err(Refusal::strings(tensor.name)),
    }
    Ok(())
}

struct Places<'o> {
    out: &'o mut [f64],
    stride: usize,
}

impl Places<'_> {
    #[inline]
    fn fill<T: Copy>(self, values: &[T], convert: impl Fn(T) -> f64) {
        // Apart, so that the compiler makes a copy or a vector loop of it.
        if self.stride == 1 {
            self.out.iter_mut().zip(values).for_each(|(out, value)| *out = convert(*value));
        } else {
            let out = self.out.iter_mut().step_by(self.stride);
            out.zip(values).for_each(|(out, value)| *out = convert(*value));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "as in `read`")]
fn raw(datatype: Datatype, bytes: &[u8], out: Places<'_>) {
    fn chunks<const N: usize>(bytes: &[u8]) -> &[[u8; N]] {
        bytes.as_chunks().0
    }
    match datatype {
        Datatype::Bool => out.fill(bytes, |byte| f64::from(u8::from(byte != 0))),
        Datatype::Uint8 => out.fill(bytes, f64::from),
        Datatype::Int8 => out.fill(chunks(bytes), |bytes| i8::from_le_bytes(bytes).into()),
        Datatype::Uint16 => out.fill(chunks(bytes), |bytes| u16::from_le_bytes(bytes).into()),
        Datatype::Int16 => out.fill(chunks(bytes), |bytes| i16::from_le_bytes(bytes).into()),
        Datatype::Fp16 => out.fill(chunks(bytes), |bytes| f16::from_le_bytes(bytes).into()),
        Datatype::Bf16 => out.fill(chunks(bytes), |bytes| bf16::from_le_bytes(bytes).into()),
        Datatype::Uint32 => out.fill(chunks(bytes), |bytes| u32::from_le_bytes(bytes).into()),
        Datatype::Int32 => out.fill(chunks(bytes), |bytes| i32::from_le_bytes(bytes).into()),
        Datatype::Fp32 => out.fill(chunks(bytes), |bytes| f32::from_le_bytes(bytes).into()),
        Datatype::Uint64 => out.fill(chunks(bytes), |bytes| u64::from_le_bytes(bytes) as f64),
        Datatype::Int64 => out.fill(chunks(bytes), |bytes| i64::from_le_bytes(bytes) as f64),
        Datatype::Fp64 => out.fill(chunks(bytes), f64::from_le_bytes),
        // Strings are read otherwise.
        Datatype::Bytes => {}
    }
}

/// JSON has one kind of number; here it becomes what a tensor of this datatype
/// holds, so that the same request in bytes gets the same answer.
fn json(tensor: &Tensor<'_>, values: &[f64], out: Places<'_>) -> Result<(), Refusal> {
    check_range(tensor, values.iter().copied())?;
    #[expect(clippy::cast_possible_truncation, reason = "rounding to the datatype is the point")]
    match tensor.datatype {
        Datatype::Fp16 => out.fill(values, |value| f16::from_f64(value).into()),
        Datatype::Bf16 => out.fill(values, |value| bf16::from_f64(value).into()),
        Datatype::Fp32 => out.fill(values, |value| f64::from(value as f32)),
        _ => out.fill(values, |value| value),
    }
    Ok(())
}

/// Smaller integers travel as wider ones, or as any number: each must be one of the datatype's.
fn check_range(tensor: &Tensor<'_>, values: impl Iterator<Item = f64>) -> Result<(), Refusal> {
    let Some((low, high)) = integers(tensor.datatype) else { return Ok(()) };
    let fits = |value: f64| value.fract() == 0.0 && (low..=high).contains(&value);
    let Some((index, value)) = values.enumerate().find(|(_, value)| !fits(*value)) else { return Ok(()) };
    let datatype = tensor.datatype;
    Err(Refusal::input(tensor.name, format!("element {index} is {value}, which is no {datatype}")))
}

/// The range of a datatype of integers; the ends of 64 bits as near as `f64` has them.
fn integers(datatype: Datatype) -> Option<(f64, f64)> {
    let bits = |bits: i32| 2f64.powi(bits);
    match datatype {
        Datatype::Bool => Some((0.0, 1.0)),
        Datatype::Uint8 => Some((0.0, bits(8) - 1.0)),
        Datatype::Uint16 => Some((0.0, bits(16) - 1.0)),
        Datatype::Uint32 => Some((0.0, bits(32) - 1.0)),
        Datatype::Uint64 => Some((0.0, bits(64))),
        Datatype::Int8 => Some((-bits(7), bits(7) - 1.0)),
        Datatype::Int16 => Some((-bits(15), bits(15) - 1.0)),
        Datatype::Int32 => Some((-bits(31), bits(31) - 1.0)),
        Datatype::Int64 => Some((-bits(63), bits(63))),
        Datatype::Fp16 | Datatype::Bf16 | Datatype::Fp32 | Datatype::Fp64 | Datatype::Bytes => None,
    }
}
