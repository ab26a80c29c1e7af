//! A body of JSON at `/invocations`: in one of `MLflow`'s forms, or as `/predict` takes it.

use iris_core::Error;
use iris_serving::{Asked, Exchange, Model, Predictions, Want, budget};

use crate::content::Written;
use crate::predict::decode::{Form, mlflow};
use crate::predict::{InPieces, refused};
use crate::{Failure, v1};

/// Answered in the form in which it asks.
pub(super) struct Invocation<'b> {
    body: &'b [u8],
    own: InPieces<'b>,
    /// The form of `MLflow`'s, if it is one.
    frame: Option<Form>,
}

impl<'b> Invocation<'b> {
    pub(super) fn new(body: &'b [u8]) -> Self {
        Self { body, own: InPieces::new(body), frame: None }
    }
}

impl Exchange for Invocation<'_> {
    type Answer = Written;
    type Refusal = Failure;

    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        match mlflow::decode(model.schema(), model.max_rows(), self.body) {
            Some(decoded) => {
                let decoded = decoded?;
                self.frame = Some(decoded.form);
                Ok(Asked { rows: decoded.values, texts: decoded.texts, want: Want::default() })
            }
            None => self.own.decode(model),
        }
    }

    fn answer_len(&self, model: &Model, n_rows: usize, want: Want) -> usize {
        match self.frame {
            Some(_) => budget::answer_len(model, n_rows, want),
            None => self.own.answer_len(model, n_rows, want),
        }
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Written {
        match self.frame {
            Some(_) => Written::Whole(v1::answer(model, predictions)),
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
