//! A linear model that is dear: thousands of features, a thousand classes.
//!
//! Written as the fields of an ONNX file that iris reads, protobuf by hand:
//! three wire types and nested messages are less than a library for them.

use crate::uniform;

/// Features of the wide model.
pub const N_FEATURES: usize = 4_096;
/// Classes of the wide model.
pub const N_CLASSES: usize = 1_000;

/// The ONNX file: one `LinearClassifier` with a softmax, in 16 MB.
#[must_use]
pub fn onnx() -> Vec<u8> {
    let mut uniform = uniform();
    let mut weights = Vec::with_capacity(4 * N_FEATURES * N_CLASSES);
    for _ in 0..N_FEATURES * N_CLASSES {
        // Small enough that no probability is 1.
        #[expect(clippy::cast_possible_truncation, reason = "such files hold single precision")]
        let weight = (uniform() / 64.0) as f32;
        weights.extend(weight.to_le_bytes());
    }
    let mut labels = Vec::new();
    (0..N_CLASSES as u64).for_each(|label| varint(&mut labels, label));

    let mut node = Message::default();
    node.bytes(1, b"X").bytes(2, b"label").bytes(2, b"probabilities").bytes(4, b"LinearClassifier");
    node.message(5, |attribute| attribute.bytes(1, b"coefficients").bytes(7, &weights));
    node.message(5, |attribute| attribute.bytes(1, b"classlabels_ints").bytes(8, &labels));
    node.message(5, |attribute| attribute.bytes(1, b"post_transform").bytes(4, b"SOFTMAX"));
    node.bytes(7, b"ai.onnx.ml");

    let mut graph = Message::default();
    graph.bytes(1, &node.0).message(11, |input| input.bytes(1, b"X").message(2, double_rows));
    graph.message(12, |output| output.bytes(1, b"label"));
    graph.message(12, |output| output.bytes(1, b"probabilities"));
    let mut model = Message::default();
    model.bytes(7, &graph.0);
    model.0
}

/// Rows for it, from the same seed as everything else.
#[must_use]
pub fn rows(n_rows: usize) -> Vec<Vec<f64>> {
    let mut uniform = uniform();
    (0..n_rows).map(|_| (0..N_FEATURES).map(|_| uniform()).collect()).collect()
}

/// The type of any number of rows in double precision.
fn double_rows(r#type: &mut Message) -> &mut Message {
    const DOUBLE: u64 = 11;
    r#type.message(1, |tensor| {
        tensor.number(1, DOUBLE).message(2, |shape| {
            shape.message(1, |any| any).message(1, |dim| dim.number(1, N_FEATURES as u64))
        })
    })
}

/// A protobuf message as its bytes so far.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, field: u64, value: u64) -> &mut Self {
        varint(&mut self.0, field << 3);
        varint(&mut self.0, value);
        self
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) -> &mut Self {
        varint(&mut self.0, field << 3 | 2);
        varint(&mut self.0, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn message(&mut self, field: u64, fill: impl FnOnce(&mut Self) -> &mut Self) -> &mut Self {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(field, &inner.0)
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use iris_core::Predictor;

    use super::*;

    #[test]
    fn the_core_reads_it() {
        let predictor = Predictor::read(&onnx()).unwrap();
        assert_eq!(predictor.schema().n_features(), N_FEATURES);
        let mut probabilities = vec![0.0; N_CLASSES];
        predictor.predict_proba_into(&rows(1)[0], &mut probabilities).unwrap();
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(probabilities.iter().all(|probability| *probability < 0.5));
    }
}
