//! A model with its weights in fewer bits.

use std::sync::Arc;

use super::Predictor;
use crate::linear::{DRAWN, Deviation, Quantization};

impl Predictor {
    /// The same, as long as nobody shares it yet, with weights in fewer bits; the schema's notes say
    /// what that does to its scores.
    pub(crate) fn quantized(mut self, to: Quantization) -> Self {
        if let (Some(model), true) = (Arc::get_mut(&mut self.model), to != Quantization::Exact) {
            let done = model.program.linear_mut().and_then(|linear| linear.quantize(to));
            model.schema.notes.push(note(to, done));
        }
        self
    }
}

fn note(to: Quantization, done: Option<Deviation>) -> String {
    let Some(Deviation { largest, other_classes }) = done else {
        return format!(
            "nothing of it is kept as {}: that pays for linear models of 16 scores and 16,384 weights or more, \
             unless the file's own are as narrow",
            to.name()
        );
    };
    format!(
        "weights are kept as {}: scores of {DRAWN} drawn rows differ by at most {:.1e} of the largest, and \
         {other_classes} of the rows have another largest score",
        to.name(),
        largest,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LinearModel, Link};

    /// 1,024 features and 17 targets, weights that no narrower type holds.
    fn model() -> Predictor {
        let weight = |index: u32| f64::from(index.wrapping_mul(2_654_435_761) >> 8) / 1e6 - 8.0;
        let targets = 0..17_u32;
        let model = LinearModel {
            features: (0..1_024).map(|index| format!("x{index}")).collect(),
            coefficients: targets.clone().map(|t| (0..1_024).map(|f| weight(17 * f + t)).collect()).collect(),
            intercepts: targets.map(weight).collect(),
            labels: None,
            link: Link::Identity,
        };
        Predictor::linear(&model).unwrap()
    }

    fn values(predictor: &Predictor) -> Vec<f64> {
        let row: Vec<f64> = (0..1_024).map(|index| f64::from(index % 13) - 6.0).collect();
        let mut values = vec![0.0; 17];
        predictor.predict_values_into(&row, &mut values).unwrap();
        values
    }

    fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
        values.into_iter().fold(0.0, |largest, value| largest.max(value.abs()))
    }

    #[test]
    fn fewer_bits_are_further_away_and_it_is_told_how_far() {
        let exact = values(&model());
        let types = [(Quantization::Float32, 1e-6), (Quantization::Bfloat16, 5e-2)];
        for (to, bound) in types {
            let quantized = model().quantized(to);
            let found = values(&quantized);
            let difference = largest(exact.iter().zip(&found).map(|(a, b)| a - b));
            assert!(difference > 0.0, "{to:?} differs by nothing");
            assert!(difference < bound * largest(exact.iter().copied()), "{to:?} differs by {difference}");
            let [note] = quantized.schema().notes() else { panic!("one note") };
            assert!(note.contains(to.name()) && note.contains("differ by at most"), "{note}");
        }
    }

    #[test]
    fn what_has_no_more_bits_stays() {
        let once = model().quantized(Quantization::Bfloat16);
        let expected = values(&once);
        for to in [Quantization::Exact, Quantization::Float32, Quantization::Bfloat16] {
            let again = model().quantized(Quantization::Bfloat16).quantized(to);
            assert_eq!(values(&again), expected);
        }
    }
}
