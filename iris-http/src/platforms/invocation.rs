//! A body of JSON at `/invocations`: in one of `MLflow`'s forms, or as `/predict` takes it.

use iris_core::Error;
use iris_serving::{Asked, Exchange, Model, Predictions, Want};

use crate::predict::decode::{Form, mlflow};
use crate::predict::{Predict, refused};
use crate::{Failure, v1};

/// Answered in the form in which it asks.
pub(super) struct Invocation<'b> {
    body: &'b [u8],
    own: Predict<'b>,
    /// The form of `MLflow`'s, if it is one.
    frame: Option<Form>,
}

impl<'b> Invocation<'b> {
    pub(super) fn new(body: &'b [u8]) -> Self {
        Self { body, own: Predict::new(body), frame: None }
    }
}

impl Exchange for Invocation<'_> {
    type Answer = Vec<u8>;
    type Refusal = Failure;

    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        match mlflow::decode(model.schema(), model.max_rows(), self.body) {
            Some(decoded) => {
                let decoded = decoded?;
                self.frame = Some(decoded.form);
                Ok(Asked { rows: decoded.values, want: Want::default() })
            }
            None => self.own.decode(model),
        }
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Vec<u8> {
        match self.frame {
            Some(_) => v1::answer(model, predictions),
            None => self.own.encode(model, predictions),
        }
    }

    fn refuse(&self, error: Error) -> Failure {
        match self.frame {
            Some(form) => refused(&error, form),
            None => self.own.refuse(error),
        }
    }
}
