//! From scikit-learn's fitted estimators, as inert objects, to a model.
//!
//! Each class has a builder that takes what fitting left in the estimator's
//! attributes. What no builder knows is refused by its full name and by where it
//! stands, since an answer that is nearly right would be worse than none.

mod ada_boost;
mod bagging;
mod binarizer;
mod bisecting_k_means;
mod boltzmann_machine;
#[cfg(feature = "boosters")]
mod booster;
#[cfg(feature = "boosters")]
mod booster_columns;
mod calibrated;
#[cfg(feature = "boosters")]
mod catboost;
mod categorical_nb;
mod categories;
mod category_encoders;
mod chi_square_features;
mod column_transformer;
mod columns;
mod constant_predictor;
mod count_sketch;
mod decision_tree;
mod dict_vectorizer;
mod discrete_nb;
mod dummy_classifier;
mod dummy_regressor;
mod elliptic_envelope;
mod estimator;
mod factor_analysis;
mod fast_ica;
mod feature_agglomeration;
mod feature_union;
mod flow;
mod frame;
mod frozen_estimator;
mod function_transformer;
mod gaussian_mixture;
mod gaussian_nb;
mod gaussian_process;
mod generalized_linear;
mod gradient_boosting;
mod hist_gradient_boosting;
mod imbalanced;
mod importances;
mod infrequent;
mod inverse;
mod isolation_forest;
mod isomap;
mod isotonic;
mod iterative_imputer;
mod k_bins_discretizer;
mod k_means;
mod kernel;
mod kernel_centerer;
mod kernel_features;
mod kernel_parts;
mod kernel_ridge;
mod knn_imputer;
mod label_position;
mod label_propagation;
mod labels;
mod library_function;
#[cfg(feature = "boosters")]
mod lightgbm;
mod linear;
mod linear_discriminant_analysis;
mod linear_regressor;
mod local_outlier_factor;
mod locally_linear_embedding;
mod logistic_regression;
mod matrix_inverse;
mod max_abs_scaler;
mod members;
mod min_max_scaler;
mod missing_indicator;
mod missing_values;
mod multilayer_perceptron;
mod nearest_center;
mod nearest_centroid;
mod neighbor_graph;
mod neighbor_points;
mod neighbors;
mod non_negative_matrix;
mod normalizer;
mod not_read;
mod one_hot_encoder;
mod one_vs_one;
mod one_vs_rest;
mod ordinal_encoder;
mod outliers;
mod output_code;
mod pairwise_sum;
mod partial_least_squares;
mod pca;
mod pipeline;
mod polynomial_features;
mod power_transformer;
mod projection;
mod quadratic_discriminant;
mod quantile_transformer;
mod random_forest;
mod random_trees_embedding;
mod recursive_elimination;
mod ridge_classifier;
mod robust_scaler;
mod samplers;
mod score_classifier;
mod search;
mod select_from_model;
mod selected;
mod self_training;
mod several_labels;
mod several_outputs;
mod sgd_classifier;
mod sgd_one_class;
mod simple_imputer;
mod sparse_coding;
mod sparse_matrix;
mod sparse_pca;
mod sparsity;
mod spline_transformer;
mod stacking;
mod standard_scaler;
mod support_vectors;
mod table;
mod target_encoder;
mod text_analyzer;
mod tfidf;
mod threshold_classifier;
mod topics;
mod transformed_target;
mod tree;
mod univariate_selection;
mod value;
mod variance_threshold;
mod vectorizer;
mod voting;
mod weights;
#[cfg(feature = "boosters")]
mod xgboost;

#[cfg(feature = "inspect")]
pub(super) use table::is_read;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::read::names::Names;
use crate::read::pickle::{Budget, ObjectId, Objects, Pickle};
use crate::schema::{Dtype, Features, Labels, Schema};
use estimator::Estimator;
use flow::{Flow, Output};

/// The model that a pickle's estimator is. What it expands to is held against `budget`.
pub(super) fn build(pickle: &Pickle<'_>, mut budget: Budget, names: &Names) -> Result<Model> {
    let (objects, root) = (&pickle.objects, pickle.root);
    let Some(columns) = columns::of(objects, root, &mut budget)? else {
        return Err(without_columns(objects, root, budget));
    };
    let features = columns.features(names.features.as_deref())?;
    let (mut flow, rows) = Flow::new(objects, table::builder, features, budget)?;
    let answer = match flow.visit(root, rows)? {
        Output::Answer(answer) => answer,
        Output::Rows(_) => {
            let class = objects.describe(root);
            return Err(Error::unsupported(format!("{class}: this is a transformer without an estimator"))
                .at_operator(class));
        }
    };
    let answers_column = flow.answers_column();
    let (features, program, task) = flow.finish(answer)?;
    let schema = Schema {
        name: names.name.clone(),
        version: names.version.clone(),
        description: None,
        features: Features::new(features),
        task,
        answers_column,
        answer_distribution: None,
        is_of_trees: false,
        contributions: Ok(0),
        dtype: Dtype::F64,
        notes: Vec::new(),
    };
    Ok(Model::new(schema, program))
}

/// The labels of a `LabelEncoder`; `None` if the object is none.
pub(super) fn encoded_labels(
    objects: &Objects<'_>,
    id: ObjectId,
    mut budget: Budget,
) -> Option<Result<Labels>> {
    let estimator = Estimator::new(objects, id, &mut budget).ok()?;
    if !estimator.is("preprocessing", "LabelEncoder") {
        return None;
    }
    let flow = Flow::new(objects, table::builder, Vec::new(), budget);
    Some(flow.and_then(|(mut flow, _)| labels::of(&estimator, &mut flow)))
}

/// An estimator that does not say how many columns it was fitted on is not
/// fitted, or not read: a row on its way meets the reason.
#[cold]
fn without_columns(objects: &Objects<'_>, root: ObjectId, budget: Budget) -> Error {
    let answer = Flow::new(objects, table::builder, Vec::new(), budget)
        .and_then(|(mut flow, rows)| flow.visit(root, rows));
    let class = objects.describe(root);
    answer.err().unwrap_or_else(|| {
        let message = format!("{class}: no estimator in it says how many columns it was fitted on");
        Error::unsupported(message).at_operator(class)
    })
}
