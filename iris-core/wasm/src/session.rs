//! One model and the memory through which whoever holds the module asks it.

use iris_core::{Cell, Error, ErrorKind, Predictor, Reader, Result, Rows, RowsMut, Scratch, Task, Texts};
use serde_json::json;

/// What an instance of the module is: at most one model, and a buffer for each thing that goes in or comes out.
///
/// The host writes into a buffer at the address that it was given, then calls; nothing here looks at an address.
#[derive(Default)]
pub struct Session {
    model: Option<Model>,
    bytes: Vec<u8>,
    rows: Vec<f64>,
    texts: Texts,
    numbers: Vec<f64>,
    classes: Vec<u32>,
    said: String,
}

struct Model {
    predictor: Predictor,
    scratch: Scratch,
}

/// What is asked about rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Asked {
    /// The index of each row's class.
    Classes = 0,
    /// The probability of every class.
    Probabilities = 1,
    /// What `decision_function` gives.
    Scores = 2,
    /// A regressor's values, one a target.
    Values = 3,
    /// What each feature contributes.
    Contributions = 4,
}

impl Asked {
    /// The question of this number, if there is one.
    #[must_use]
    pub fn of(number: u32) -> Option<Self> {
        [Self::Classes, Self::Probabilities, Self::Scores, Self::Values, Self::Contributions]
            .into_iter()
            .find(|asked| *asked as u32 == number)
    }
}

impl Session {
    /// Room for `len` bytes of a file or a text; none if there is no such memory.
    pub fn bytes(&mut self, len: usize) -> Option<&mut [u8]> {
        room(&mut self.bytes, len)
    }

    /// Room for rows, `len` numbers in all; none if there is no such memory.
    pub fn rows(&mut self, len: usize) -> Option<&mut [f64]> {
        room(&mut self.rows, len)
    }

    /// Begins new rows: forgets the free texts of those before.
    pub fn begin_rows(&mut self) {
        self.texts = Texts::new();
    }

    /// Reads the model of which the file is in `bytes`, and gives their memory back.
    ///
    /// # Errors
    ///
    /// As [`Reader::read`]; what was said then is the error.
    pub fn load(&mut self, max_numbers: usize) -> Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let reader = if max_numbers == 0 { Reader::new() } else { Reader::new().max_numbers(max_numbers) };
        let read = reader.read(&bytes);
        self.told(read).map(|predictor| self.begin(predictor))
    }

    /// Takes the model that is built in.
    pub fn embedded(&mut self) {
        self.begin(Predictor::iris());
    }

    fn begin(&mut self, predictor: Predictor) {
        let scratch = predictor.scratch();
        self.said = description(&predictor);
        self.begin_rows();
        self.model = Some(Model { predictor, scratch });
    }

    /// What stands in a row for a text, which is in `bytes`: the code of a category, or of a free text its place among
    /// those that were encoded since [`begin_rows`](Self::begin_rows).
    ///
    /// # Errors
    ///
    /// As [`iris_core::Schema::encode_with`]; and of a text that is no UTF-8.
    pub fn encode_text(&mut self, feature: usize) -> Result<f64> {
        let bytes = std::mem::take(&mut self.bytes);
        let code = match std::str::from_utf8(&bytes) {
            Ok(text) => self.encode(feature, Cell::Text(text)),
            Err(_) => Err(Error::new(ErrorKind::InputType, "a text is not valid UTF-8")),
        };
        self.bytes = bytes;
        self.told(code)
    }

    /// What stands for a number in a column.
    ///
    /// # Errors
    ///
    /// As [`iris_core::Schema::encode_with`].
    pub fn encode_number(&mut self, feature: usize, number: f64) -> Result<f64> {
        let code = self.encode(feature, Cell::Number(number));
        self.told(code)
    }

    fn encode(&mut self, feature: usize, cell: Cell<'_>) -> Result<f64> {
        let Some(model) = &self.model else { return Err(no_model()) };
        let schema = model.predictor.schema();
        if feature >= schema.n_features() {
            return Err(Error::new(ErrorKind::InputType, "there is no such feature"));
        }
        schema.encode_with(feature, cell, &mut self.texts)
    }

    /// Answers the rows in `rows`. `classes` or `numbers` then have the answer.
    ///
    /// # Errors
    ///
    /// As the predictor's calls; what was said then is the error.
    pub fn answer(&mut self, asked: Asked) -> Result<()> {
        let answered = self.answered(asked);
        self.told(answered)
    }

    fn answered(&mut self, asked: Asked) -> Result<()> {
        let Self { model: Some(Model { predictor, scratch }), rows, texts, numbers, classes, .. } = self
        else {
            return Err(no_model());
        };
        // The texts stay, so that more than one thing can be asked about the same rows.
        let reading = (!texts.is_empty()).then(|| predictor.reading(texts.clone()));
        let predictor = reading.as_ref().unwrap_or(predictor);
        let rows = Rows::new(rows, predictor.schema().n_features())?;
        if asked == Asked::Classes {
            room(classes, rows.n_rows()).ok_or_else(no_memory)?;
            return predictor.predict_batch_with(scratch, rows, classes);
        }
        let width = match asked {
            Asked::Classes => 1,
            Asked::Probabilities => predictor.schema().n_classes(),
            Asked::Scores => predictor.n_scores(),
            Asked::Values => predictor.schema().n_targets(),
            Asked::Contributions => predictor.contributions_len(),
        }
        .max(1);
        room(numbers, rows.n_rows().saturating_mul(width)).ok_or_else(no_memory)?;
        let out = RowsMut::new(numbers, width)?;
        match asked {
            Asked::Classes | Asked::Probabilities => predictor.predict_proba_batch_with(scratch, rows, out),
            Asked::Scores => predictor.decision_function_batch_with(scratch, rows, out),
            Asked::Values => predictor.predict_values_batch_with(scratch, rows, out),
            Asked::Contributions => predictor.contributions_batch_with(scratch, rows, out),
        }
    }

    /// The classes of the last answer.
    #[must_use]
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }

    /// The numbers of the last answer, row by row.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// JSON: of the last error what it is, or of a model that was just read what it takes and answers.
    #[must_use]
    pub fn said(&self) -> &str {
        &self.said
    }

    fn told<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            let feature = error.feature().and_then(|index| {
                let model = self.model.as_ref()?;
                Some(model.predictor.schema().features().get(index)?.name())
            });
            self.said = json!({
                "message": error.to_string(),
                "kind": format!("{:?}", error.kind()),
                "class": error.kind().class().as_str(),
                "row": error.row(),
                "feature": feature,
                "operator": error.operator(),
            })
            .to_string();
        }
        result
    }
}

/// Room for so many entries, all of them defaults where they are new. Memory that a caller can ask for without a limit
/// is asked for in a way that may fail.
fn room<T: Default + Clone>(buffer: &mut Vec<T>, len: usize) -> Option<&mut [T]> {
    buffer.truncate(len);
    buffer.try_reserve_exact(len - buffer.len()).ok()?;
    buffer.resize(len, T::default());
    Some(buffer)
}

fn description(predictor: &Predictor) -> String {
    let schema = predictor.schema();
    let has_scores = matches!(schema.task(), Task::Classify { .. }) && predictor.n_scores() > 0;
    json!({
        "schema": schema,
        "contract": schema.contract(),
        "nScores": if has_scores { predictor.n_scores() } else { 0 },
        "nContributions": if schema.contributions().is_ok() { predictor.contributions_len() } else { 0 },
    })
    .to_string()
}

fn no_model() -> Error {
    Error::new(ErrorKind::InputType, "no model was loaded")
}

fn no_memory() -> Error {
    Error::new(ErrorKind::InputType, "there is no memory for the answers to so many rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(rows: &[f64], asked: Asked) -> Session {
        let mut session = Session::default();
        session.embedded();
        session.rows(rows.len()).unwrap().copy_from_slice(rows);
        let _ = session.answer(asked);
        session
    }

    #[test]
    fn an_answer_is_the_predictors() {
        let rows = [5.1, 3.5, 1.4, 0.2, 6.3, 3.3, 6.0, 2.5];
        assert_eq!(asked(&rows, Asked::Classes).classes(), [0, 2]);
        let mut expected = [0.0; 6];
        let out = RowsMut::new(&mut expected, 3).unwrap();
        Predictor::iris().predict_proba_batch_into(Rows::new(&rows, 4).unwrap(), out).unwrap();
        assert_eq!(asked(&rows, Asked::Probabilities).numbers(), expected);
    }

    #[test]
    fn an_error_says_which_row_and_feature() {
        let session = asked(&[5.1, 3.5, 1.4, 0.2, 6.3, f64::NAN, 6.0, 2.5], Asked::Classes);
        let said: serde_json::Value = serde_json::from_str(session.said()).unwrap();
        assert_eq!((&said["row"], &said["feature"]), (&json!(1), &json!("sepal_width")));
        assert_eq!(said["class"], "invalid_input");
    }

    #[test]
    fn half_a_file_is_an_error_and_leaves_the_model_that_was_there() {
        let mut session = Session::default();
        session.embedded();
        let half = &Predictor::IRIS[..Predictor::IRIS.len() / 2];
        session.bytes(half.len()).unwrap().copy_from_slice(half);
        assert!(session.load(0).unwrap_err().is_model());
        session.rows(4).unwrap().copy_from_slice(&[5.1, 3.5, 1.4, 0.2]);
        session.answer(Asked::Classes).unwrap();
    }

    #[test]
    fn free_texts_belong_to_the_rows_since_the_last_beginning() {
        let file = include_bytes!("../../testdata/texts/spam_filter.joblib");
        let mut session = Session::default();
        session.bytes(file.len()).unwrap().copy_from_slice(file);
        session.load(0).unwrap();
        for _ in 0..2 {
            session.begin_rows();
            let [spam, ham] = ["free money", "see you at lunch"].map(|text| {
                session.bytes(text.len()).unwrap().copy_from_slice(text.as_bytes());
                session.encode_text(0).unwrap()
            });
            session.rows(2).unwrap().copy_from_slice(&[spam, ham]);
            session.answer(Asked::Classes).unwrap();
            assert_eq!(session.classes(), [1, 0]);
            session.answer(Asked::Probabilities).unwrap();
            assert!(session.numbers()[1] > 0.5 && session.numbers()[3] < 0.5);
        }
        session.begin_rows();
        assert!(session.answer(Asked::Classes).is_err(), "no text stands for these rows any more");
    }

    #[test]
    fn memory_that_there_is_not_is_refused() {
        let mut session = Session::default();
        assert!(session.rows(usize::MAX / 8).is_none());
        assert!(session.answer(Asked::Classes).is_err());
    }
}
