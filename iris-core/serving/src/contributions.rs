//! Whether a request may have the contributions that it asks for: explaining rows costs more than answering them.

use crate::{Model, Refusal, Want};

/// Steps of a request at the most, each a nanosecond or two: a second or two on one core.
const MAX_STEPS: usize = 1 << 30;

/// Numbers of an answer at the most, 32 MB of them.
const MAX_NUMBERS: usize = 1 << 22;

impl Model {
    /// Checks that rows of so many numbers in all may have what is wanted of them.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](iris_core::ErrorClass::InvalidInput) if contributions are wanted of a model
    /// that has none, saying why; [`TooLarge`](iris_core::ErrorClass::TooLarge) if they would take
    /// too long, or be too many.
    #[inline]
    pub fn check_want(&self, want: Want, n_numbers: usize) -> Result<(), Refusal> {
        if want.contributions { self.check_contributions(n_numbers) } else { Ok(()) }
    }

    #[cold]
    fn check_contributions(&self, n_numbers: usize) -> Result<(), Refusal> {
        let predictor = self.predictor();
        let n_rows = n_numbers / predictor.schema().n_features().max(1);
        if let Err(why) = predictor.schema().contributions() {
            return Err(Refusal::invalid(format!("this model gives no contributions: {why}")));
        }
        let most = (MAX_STEPS / predictor.contribution_steps().max(1))
            .min(MAX_NUMBERS / predictor.contributions_len().max(1))
            .max(1);
        if n_rows > most {
            let message =
                format!("contributions of {n_rows} rows; this model is asked for at most {most} at once");
            return Err(Refusal::too_large(message));
        }
        Ok(())
    }
}
