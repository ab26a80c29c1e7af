//! A predictor for the models people train with scikit-learn, XGBoost, LightGBM
//! and CatBoost: it reads the model's file as data and answers what the library
//! answered, without Python.
//!
//! ```
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::iris();
//! let prediction = predictor.predict(&[5.1, 3.5, 1.4, 0.2])?;
//! println!("{prediction}"); // setosa (0.982)
//! # assert!(prediction.label().unwrap() == "setosa");
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! # Contents
//!
//! - [Overview](#overview): the four types that there are to know
//! - [Cookbook](#cookbook)
//!   - [Read a model of your own](#read-a-model-of-your-own)
//!   - [Ask what a model wants](#ask-what-a-model-wants)
//!   - [Classify one row](#classify-one-row)
//!   - [Get the probability of every class](#get-the-probability-of-every-class)
//!   - [Get scores](#get-scores)
//!   - [Answer with numbers: regressors](#answer-with-numbers-regressors)
//!   - [Answer many rows](#answer-many-rows)
//!   - [Answer arrays of `ndarray`](#answer-arrays-of-ndarray)
//!   - [Leave values out](#leave-values-out)
//!   - [Share a model between threads](#share-a-model-between-threads)
//!   - [Allocate nothing, ever](#allocate-nothing-ever)
//!   - [Tell errors apart](#tell-errors-apart)
//!   - [Take files from strangers](#take-files-from-strangers)
//!   - [Make a model without a file](#make-a-model-without-a-file)
//! - [What it reads](#what-it-reads)
//! - [How exact it is](#how-exact-it-is)
//! - [What it costs](#what-it-costs)
//! - [Features of the crate](#features-of-the-crate)
//! - [What it does not do](#what-it-does-not-do)
//!
//! # Overview
//!
//! | type | is |
//! |---|---|
//! | [`Predictor`] | a trained model, ready to answer: immutable, shared by all threads, cheap to clone |
//! | [`Schema`] | what it expects and answers: [features](Feature), [task](Task), [labels](Labels) |
//! | [`Prediction`] | its answer for one row: a [label](Label) and its probability, or a number |
//! | [`Error`] | what was wrong, where, and what would be right |
//!
//! Beside these, [`Reader`] reads models within other limits or under other
//! names, [`Rows`] and [`RowsMut`] are views of batches, and [`Scratch`] is
//! working memory for those who must not allocate.
//!
//! A predictor neither records nor logs, and opens nothing but the model's
//! file. Traces and metrics, HTTP, gRPC and Python are crates above this one.
//!
//! # Cookbook
//!
//! ## Read a model of your own
//!
//! [`Predictor::open`] takes a path, [`Predictor::read`] the bytes. What a file
//! is follows from its content; its name does not matter.
//!
//! ```no_run
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::open("model.joblib")?;
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! A file that is not a model is told what it looks like instead:
//!
//! ```
//! use iris_core::Predictor;
//!
//! let error = Predictor::read(b"version https://git-lfs.github.com/spec/v1\n").unwrap_err();
//! assert!(error.is_model());
//! assert!(error.to_string().contains("git lfs pull"));
//! ```
//!
//! ## Ask what a model wants
//!
//! ```
//! use iris_core::{Predictor, Task};
//!
//! let predictor = Predictor::iris();
//! let schema = predictor.schema();
//! let first = &schema.features()[0];
//! assert_eq!((first.name(), first.unit()), ("sepal_length", Some("cm")));
//! assert_eq!(schema.feature_index("petal_width"), Some(3));
//! match schema.task() {
//!     Task::Classify { labels, has_probabilities } => {
//!         assert_eq!((labels.len(), *has_probabilities), (3, true));
//!     }
//!     Task::Regress { n_targets } => println!("{n_targets} numbers a row"),
//! }
//! ```
//!
//! Where its file carries them, a feature also tells how it was
//! [distributed](Statistics) over the training data.
//!
//! ## Classify one row
//!
//! A row is a slice of `f64`, in the order and units of the schema's features.
//!
//! ```
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::iris();
//! let prediction = predictor.predict(&[6.3, 3.3, 6.0, 2.5])?;
//! assert_eq!(prediction.label(), Some("virginica".into()));
//! assert_eq!(prediction.class_index(), Some(2));
//! assert!(prediction.probability() > Some(0.99));
//! // Where only the class is wanted, no exponential is computed.
//! assert_eq!(predictor.predict_class(&[6.3, 3.3, 6.0, 2.5])?, 2);
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! ## Get the probability of every class
//!
//! ```
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::iris();
//! let mut probabilities = [0.0; 3];
//! predictor.predict_proba_into(&[5.9, 3.0, 4.2, 1.5], &mut probabilities)?;
//! for (label, probability) in predictor.schema().labels().iter().zip(probabilities) {
//!     println!("{label:12} {probability:.3}");
//! }
//! # assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-15);
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! ## Get scores
//!
//! [`decision_function_into`](Predictor::decision_function_into) gives what
//! scikit-learn's method of that name gives: a score a class, or a single one
//! for two classes, which is positive for the second. Every classifier has
//! scores; some, such as a ridge classifier, have nothing else.
//!
//! ```
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::iris();
//! let mut scores = vec![0.0; predictor.n_scores()];
//! predictor.decision_function_into(&[5.1, 3.5, 1.4, 0.2], &mut scores)?;
//! assert!(scores[0] > scores[1] && scores[1] > scores[2]);
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! ## Answer with numbers: regressors
//!
//! A regressor of one target answers [`predict`](Predictor::predict) with a
//! [value](Prediction::value). However many targets there are,
//! [`predict_values_into`](Predictor::predict_values_into) writes a number for
//! each.
//!
//! ```
//! use iris_core::{LinearModel, Link, Predictor};
//!
//! let predictor = Predictor::linear(&LinearModel {
//!     features: vec!["rooms".to_owned(), "age".to_owned()],
//!     coefficients: vec![vec![40.0, -0.5]],
//!     intercepts: vec![100.0],
//!     labels: None,
//!     link: Link::Identity,
//! })?;
//! assert_eq!(predictor.predict(&[3.0, 20.0])?.value(), Some(210.0));
//! let mut values = vec![0.0; predictor.schema().n_targets()];
//! predictor.predict_values_into(&[3.0, 20.0], &mut values)?;
//! assert_eq!(values, [210.0]);
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! ## Answer many rows
//!
//! Batches go into your buffers. Each row gets the bits that it would get alone.
//!
//! ```
//! use iris_core::{Predictor, Rows, RowsMut};
//!
//! let predictor = Predictor::iris();
//! let flowers = [5.1, 3.5, 1.4, 0.2, 5.9, 3.0, 4.2, 1.5, 6.3, 3.3, 6.0, 2.5];
//! let rows = Rows::new(&flowers, 4)?;
//! let mut classes = vec![0; rows.n_rows()];
//! predictor.predict_batch_into(rows, &mut classes)?;
//! assert_eq!(classes, [0, 1, 2]);
//!
//! let mut probabilities = vec![0.0; rows.n_rows() * 3];
//! predictor.predict_proba_batch_into(rows, RowsMut::new(&mut probabilities, 3)?)?;
//! assert!(probabilities[8] > 0.99);
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! ## Answer arrays of `ndarray`
//!
//! With the feature `ndarray`, views of two-dimensional arrays are rows, and
//! buffers, in any memory layout; those in C order are read where they are. The
//! crate's own edition is re-exported, so that the versions agree.
//!
#![cfg_attr(feature = "ndarray", doc = "```")]
#![cfg_attr(not(feature = "ndarray"), doc = "```ignore")]
//! use iris_core::Predictor;
//! use iris_core::ndarray::{Array2, array};
//!
//! let predictor = Predictor::iris();
//! let flowers = array![[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]];
//! let mut probabilities = Array2::zeros((2, 3));
//! predictor.predict_proba_batch_into(flowers.view(), probabilities.view_mut())?;
//! assert!(probabilities[[1, 2]] > 0.99);
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! ## Leave values out
//!
//! A value that is missing is written as NaN, where the model's preprocessing
//! fills it in: [`Feature::accepts_missing`] says for which columns. Anywhere
//! else NaN is an error that names the feature, and so is an infinity. A
//! missing value never becomes an answer by itself.
//!
//! ```
//! use iris_core::{ErrorKind, Predictor};
//!
//! let predictor = Predictor::iris();
//! assert!(!predictor.schema().accepts_missing());
//! let error = predictor.predict(&[5.1, f64::NAN, 1.4, 0.2]).unwrap_err();
//! assert_eq!((error.kind(), error.feature()), (ErrorKind::InputNotFinite, Some(1)));
//! assert!(error.to_string().starts_with("sepal_width is NaN"));
//! ```
//!
//! ## Share a model between threads
//!
//! A predictor is `Send + Sync`; clones share one model and cost a counter.
//!
//! ```
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::iris();
//! std::thread::scope(|scope| {
//!     for flower in [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]] {
//!         let predictor = predictor.clone();
//!         scope.spawn(move || predictor.predict_class(&flower));
//!     }
//! });
//! ```
//!
//! ## Allocate nothing, ever
//!
//! The plain forms work on the stack and allocate only for models that need
//! more than 2,048 numbers to work in, for a row or for the eight rows that a
//! batch takes at least together. The forms that end in `_with` take a
//! [`Scratch`], made once, and never allocate.
//!
//! ```
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::iris();
//! let mut scratch = predictor.scratch();
//! let mut probabilities = [0.0; 3];
//! for flower in [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]] {
//!     predictor.predict_proba_with(&mut scratch, &flower, &mut probabilities)?;
//! }
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! ## Tell errors apart
//!
//! An [`Error`] has a [kind](ErrorKind), of which there will be more, and each
//! kind a [class](ErrorKind::class), of which there is a closed list: what a
//! program that answers others maps to its statuses. The message is for people.
//!
//! ```
//! use iris_core::{ErrorClass, Predictor, Rows};
//!
//! let flowers = [5.1, 3.5, 1.4, 0.2, 5.9, f64::INFINITY, 4.2, 1.5];
//! let error = Predictor::iris().predict_batch_into(Rows::new(&flowers, 4)?, &mut [0; 2]).unwrap_err();
//! assert_eq!(error.kind().class(), ErrorClass::InvalidInput);
//! assert_eq!((error.row(), error.feature()), (Some(1), Some(1)));
//! assert_eq!(error.to_string(), "row 1: sepal_width is inf, not a finite number");
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! ## Take files from strangers
//!
//! Model files are untrusted: sizes are checked before memory is taken, indices
//! before they are used, and nothing in a file is executed, imported or looked
//! up elsewhere. A [`Reader`] sets the limits; its defaults suit files of your
//! own.
//!
//! ```
//! use iris_core::{ErrorKind, Predictor, Reader};
//!
//! let reader = Reader::new().max_bytes(64 << 10).max_numbers(1 << 16).name("upload");
//! assert_eq!(reader.read(Predictor::IRIS)?.schema().name(), Some("upload"));
//! let error = reader.read(&[0; 100_000]).unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::ModelTooLarge);
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! A file may carry golden vectors, rows with the answers that the library
//! gave; they are replayed before the model is handed over.
//!
//! ## Make a model without a file
//!
//! [`Predictor::linear`] takes the numbers of a linear model, as scikit-learn's
//! `coef_` and `intercept_` have them. It is all that is left of the readers
//! when every feature is switched off.
//!
//! # What it reads
//!
//! *Pickles*, as `joblib.dump` (compressed or not), `pickle.dump` in any protocol
//! and dill write them, and *skops' files*: what a training script leaves. It is
//! read as data: nothing that it names is imported or called. Of a dict,
//! [`Reader::key`] says which entry is the model. And *ONNX files*, as skl2onnx
//! and its like write them from single or double precision. Of
//!
//! - *classifiers*: logistic regression (multinomial, binary, one-vs-rest),
//!   linear discriminant analysis, ridge classifiers, linear SVC, perceptrons,
//!   SGD and passive-aggressive classifiers; in pickles also support vectors,
//!   naive Bayes, neighbours, perceptrons of layers, Gaussian processes, and what
//!   calibrates, stacks or lets vote;
//! - *regressors*, of one target or several: linear regression, ridge, lasso,
//!   elastic net, SGD regressors, linear SVR, and whatever else scikit-learn fits
//!   that answers `coef_` times the row;
//! - *before them*: `StandardScaler`, `MinMaxScaler`, `MaxAbsScaler`,
//!   `RobustScaler`, `Normalizer`, `SimpleImputer` and `PCA`, one behind the
//!   other or side by side; and in pickles `OneHotEncoder`, `OrdinalEncoder` and
//!   `TargetEncoder`; `KNNImputer` and `MissingIndicator`; `Binarizer`,
//!   `KBinsDiscretizer`, `PowerTransformer`, `QuantileTransformer`,
//!   `PolynomialFeatures`, `SplineTransformer` and numpy's functions of one value
//!   in a `FunctionTransformer`; `IncrementalPCA`, `TruncatedSVD`,
//!   `FactorAnalysis`, `FastICA`, linear discriminant analysis and partial least
//!   squares; and what selects columns: `SelectKBest` and its kin,
//!   `VarianceThreshold`, `RFE`, `RFECV`, `SequentialFeatureSelector` and
//!   `SelectFromModel`;
//! - *around them*: `Pipeline`, `ColumnTransformer`, `FeatureUnion`,
//!   `FrozenEstimator`, `GridSearchCV` and its kin.
//!
//! Labels are strings, integers, booleans or floats, and keep their type. A pickle
//! answers as the release of scikit-learn that wrote it. Anything else is refused
//! by the name of the class or operator that is not read, which [`Error::operator`]
//! gives, and where it stands.
//!
//! # How exact it is
//!
//! The class and the number are the library's. Of a file in double precision,
//! scores, probabilities and values are within 1e-12 (relative to the largest
//! score, where scalers do not subtract means thousands of times larger than the
//! spread around them); of a file in single precision, to the seven digits that
//! it carries of each weight. The class comes from the scores, so two
//! probabilities that both round to 1 still leave it right. One row or a batch,
//! in any layout, on any CPU, in any of the forms: the same bits. Logarithms,
//! powers and the like in a `FunctionTransformer` or a `PowerTransformer` are the
//! platform's, whose last digits may depend on it.
//!
//! A scaler in front of a linear estimator is folded into it; in front of
//! anything that may tell a number from the next one, such as bins, it rounds as
//! scikit-learn's does.
//!
//! Everything is computed in double precision. Where scikit-learn computes in
//! single, for rows of float32 or a `PCA` that was fitted on them, its answers
//! carry seven digits, and these are the closer ones.
//!
//! # What it costs
//!
//! For the embedded model, on one core: a class in about 5 ns, with all
//! probabilities in about 27 ns; in batches hundreds of millions of classes a
//! second. `benches/README.md` of the repository has the figures and what they
//! were measured beside.
//!
//! # Features of the crate
//!
//! | feature | on by default | brings |
//! |---|---|---|
//! | `onnx` | yes, by the next | the reader of ONNX files (`prost`, `serde_json`) |
//! | `pickle` | yes, by the next two | the reader of pickles and joblib's files (`flate2`) |
//! | `compression` | yes | joblib's other compressions (`bzip2`, `lzma-rust2`, `lz4_flex`) |
//! | `skops` | yes | the reader of skops' files (`rawzip`, `serde_json`) |
//! | `inspect` | no | what a file is, read or not: `Reader::inspect` (`serde`, `sha2`) |
//! | `folders` | no | folders of MLflow and platforms, and `model.tar.gz` (`tar`, `serde-saphyr`) |
//! | `embedded-iris` | yes | [`Predictor::iris`], 3 kB of model |
//! | `ndarray` | no | arrays as rows and buffers |
//! | `serde` | no | `Serialize` for [`Schema`], [`Prediction`] and what they hold |
//! | `tracing` | no | the spans of a call for a `tracing` subscriber |
//!
//! Each works alone. With none of them the crate depends on `thiserror` and
//! `multiversion`, and is a predictor for [linear models](LinearModel).
//!
//! # What it does not do
//!
//! It does not train. It does not run graphs of ONNX in general: of the
//! operators it has those that estimators are converted to. It opens no socket, starts no thread and reads no clock. It keeps no global state.

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(
    not(any(feature = "onnx", feature = "pickle")),
    expect(dead_code, reason = "only readers of files make every kind of program")
)]
#![cfg_attr(
    not(any(feature = "onnx", feature = "pickle")),
    expect(unused_imports, reason = "only readers of files make programs with steps")
)]

mod affine;
mod columns;
mod elementary;
mod error;
#[cfg(any(feature = "onnx", feature = "skops"))]
mod golden;
mod linear;
mod math;
mod model;
mod prediction;
mod predictor;
mod program;
mod read;
mod refused;
mod rows;
mod schema;
mod scratch;
#[cfg(feature = "tracing")]
pub mod spans;
mod texts;
#[cfg_attr(
    not(all(feature = "boosters", feature = "onnx", feature = "inspect")),
    expect(dead_code, reason = "readers of files alone plant trees")
)]
mod trees;
#[cfg_attr(
    not(any(feature = "onnx", feature = "pickle")),
    expect(dead_code, unused_imports, reason = "only these hold vectorizers")
)]
#[cfg_attr(
    all(feature = "onnx", not(feature = "pickle")),
    expect(dead_code, reason = "only pickles hold every kind of vectorizer")
)]
mod words;
#[cfg(feature = "onnx")]
mod write;

#[cfg(feature = "ndarray")]
pub use ndarray;

pub use error::{Error, ErrorClass, ErrorKind, Result};
pub use linear::Quantization;
pub use prediction::Prediction;
pub use predictor::{Classified, LinearModel, Link, Predictor};
pub use read::Reader;
#[cfg(feature = "inspect")]
pub use read::{ForestShape, Inspection, NotRead, Outline};
pub use rows::{Rows, RowsMut};
pub use schema::{
    Categories, Cell, ColumnKind, Distribution, Dtype, Feature, Label, Labels, Schema, Statistics, Task,
};
pub use scratch::Scratch;
pub use texts::Texts;

/// The README's example, run with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
