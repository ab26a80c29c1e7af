//! CatBoost's models as JSON, which `save_model(format='json')` writes.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::parts::{
    ClassParams, CountKind, Counted, Counts, Grown, Info, Loss, Node, NumberColumn, OneHot, Params, Parts,
    Position, Statistic, Symmetric, Table, TextColumn, Trees,
};
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// Whether an object of JSON has the key that every model of CatBoost's has, and no other library's.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    const KEY: &[u8] = b"\"features_info\"";
    let mut ends = bytes.windows(KEY.len()).enumerate().filter(|(_, window)| *window == KEY);
    ends.any(|(start, _)| bytes[start + KEY.len()..].trim_ascii_start().starts_with(b":"))
}

/// What stands in a file of this format.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Parts> {
    // No number takes less than two bytes, with what is between it and the next.
    budget.spend(bytes.len() / 2)?;
    let file: File<'_> = serde_json::from_slice(bytes)
        .map_err(|error| Error::malformed(format!("no model of CatBoost's: {error}")))?;
    let FeaturesInfo { float_features, categorical_features, ctrs, cat_features_hash } = file.features_info;
    let texts = categorical_features.unwrap_or_default();
    let one_hots = texts.iter().filter_map(|text| {
        let hashes = text.values.as_ref()?.iter().map(|hash| hash.cast_unsigned()).collect();
        Some(OneHot { text: text.feature_index, hashes })
    });
    let (trees, n_outputs) = match (file.oblivious_trees, file.trees) {
        (Some(trees), _) => symmetric(trees)?,
        (None, Some(trees)) => grown(trees)?,
        (None, None) => return Err(Error::malformed("it has neither 'oblivious_trees' nor 'trees'")),
    };
    let (scale, bias) = match file.scale_and_bias {
        None => (1.0, Vec::new()),
        Some((scale, OneOrMany::One(bias))) => (scale, vec![bias]),
        Some((scale, OneOrMany::Many(bias))) => (scale, bias),
    };
    let known = cat_features_hash.unwrap_or_default();
    let known: HashMap<u32, String> = known.into_iter().map(|text| (text.hash, text.value)).collect();
    let tables = file.ctr_data.unwrap_or_default().into_iter().map(|(name, table)| {
        table.counted(&name).map_err(|error| error.within(format!("'ctr_data' of {name}")))
    });
    // A model without trees has a bias alone.
    let n_outputs = n_outputs.unwrap_or(bias.len().max(1));
    let one_hots = one_hots.collect();
    Ok(Parts {
        numbers: float_features.unwrap_or_default().into_iter().map(FloatFeature::column).collect(),
        texts: texts.into_iter().map(|text| text.column(&known)).collect(),
        others: Vec::new(),
        one_hots,
        statistics: ctrs.unwrap_or_default().into_iter().map(Ctr::statistic).collect(),
        tables: tables.collect::<Result<_>>()?,
        trees,
        n_outputs,
        scale,
        bias,
        info: file.model_info.unwrap_or_default().info()?,
    })
}

#[derive(Deserialize)]
struct File<'a> {
    features_info: FeaturesInfo,
    oblivious_trees: Option<Vec<ObliviousTree>>,
    trees: Option<Vec<TreeNode>>,
    scale_and_bias: Option<(f64, OneOrMany)>,
    #[serde(borrow)]
    ctr_data: Option<HashMap<String, CtrTable<'a>>>,
    model_info: Option<ModelInfo>,
}

#[derive(Deserialize)]
struct FeaturesInfo {
    float_features: Option<Vec<FloatFeature>>,
    categorical_features: Option<Vec<CategoricalFeature>>,
    ctrs: Option<Vec<Ctr>>,
    cat_features_hash: Option<Vec<KnownText>>,
}

#[derive(Deserialize)]
struct FloatFeature {
    feature_index: usize,
    flat_feature_index: usize,
    feature_id: Option<String>,
    feature_name: Option<String>,
    borders: Option<Vec<f64>>,
    #[serde(default)]
    has_nans: bool,
    nan_value_treatment: Option<String>,
}

#[derive(Deserialize)]
struct CategoricalFeature {
    feature_index: usize,
    flat_feature_index: usize,
    feature_id: Option<String>,
    feature_name: Option<String>,
    values: Option<Vec<i32>>,
    string_values: Option<Vec<String>>,
}

/// A text of whatever column, and its hash.
#[derive(Deserialize)]
struct KnownText {
    hash: u32,
    value: String,
}

#[derive(Deserialize)]
struct ObliviousTree {
    leaf_values: Vec<f64>,
    #[serde(default)]
    leaf_weights: Vec<f64>,
    splits: Option<Vec<Split>>,
}

#[derive(Deserialize)]
struct Split {
    split_index: usize,
}

/// JSON nests no deeper than its reader lets it, and nor do these.
#[derive(Deserialize)]
struct TreeNode {
    split: Option<Split>,
    left: Option<Box<TreeNode>>,
    right: Option<Box<TreeNode>>,
    value: Option<OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(f64),
    Many(Vec<f64>),
}

#[derive(Deserialize)]
struct Ctr {
    elements: Vec<Element>,
    #[serde(rename = "ctr_type")]
    kind: CountKind,
    target_border_idx: usize,
    prior_numerator: f64,
    prior_denomerator: f64,
    shift: f64,
    scale: f64,
    borders: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(tag = "combination_element", rename_all = "snake_case")]
enum Element {
    CatFeatureValue { cat_feature_index: usize },
    FloatFeature { float_feature_index: usize, border: f64 },
    CatFeatureExactValue { cat_feature_index: usize, value: i32 },
}

#[derive(Deserialize)]
struct CtrTable<'a> {
    #[serde(borrow)]
    hash_map: Vec<Entry<'a>>,
    hash_stride: usize,
    #[serde(default)]
    counter_denominator: i32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry<'a> {
    /// Of digits.
    Hash(&'a str),
    Count(f64),
}

/// What a table is of, as its own name says.
#[derive(Deserialize)]
struct Identifier {
    identifier: Vec<Element>,
    #[serde(rename = "type")]
    kind: CountKind,
}

#[derive(Deserialize, Default)]
struct ModelInfo {
    params: Option<Params>,
    class_params: Option<ClassParams>,
    multiclass_params: Option<ClassParams>,
    /// JSON within JSON.
    loss_function: Option<Value>,
    binclass_probability_threshold: Option<Value>,
}

impl FloatFeature {
    fn column(self) -> NumberColumn {
        NumberColumn {
            position: Position {
                of_kind: self.feature_index,
                column: self.flat_feature_index,
                name: name(self.feature_name, self.feature_id),
            },
            borders: self.borders.unwrap_or_default().into_iter().map(single).collect(),
            missing_is_above: self.has_nans && self.nan_value_treatment.as_deref() == Some("AsTrue"),
        }
    }
}

impl CategoricalFeature {
    /// The texts that it is asked for are known where the file has them somewhere.
    fn column(self, known: &HashMap<u32, String>) -> TextColumn {
        let asked = self.values.unwrap_or_default().into_iter();
        let of_file = asked.filter_map(|hash| known.get(&hash.cast_unsigned()).cloned());
        TextColumn {
            position: Position {
                of_kind: self.feature_index,
                column: self.flat_feature_index,
                name: name(self.feature_name, self.feature_id),
            },
            known: self.string_values.unwrap_or_else(|| of_file.collect()),
        }
    }
}

fn name(given: Option<String>, id: Option<String>) -> String {
    given.filter(|name| !name.is_empty()).or(id).unwrap_or_default()
}

impl Ctr {
    fn statistic(self) -> Statistic {
        Statistic {
            of: counted(self.elements, self.kind),
            target_border: self.target_border_idx,
            prior: single(self.prior_numerator),
            prior_weight: single(self.prior_denomerator),
            shift: single(self.shift),
            scale: single(self.scale),
            borders: self.borders.into_iter().map(single).collect(),
        }
    }
}

fn counted(elements: Vec<Element>, kind: CountKind) -> Counted {
    let mut counted =
        Counted { kind, classifier: 0, texts: Vec::new(), above: Vec::new(), equal: Vec::new() };
    for element in elements {
        match element {
            Element::CatFeatureValue { cat_feature_index } => counted.texts.push(cat_feature_index),
            Element::FloatFeature { float_feature_index, border } => {
                counted.above.push((float_feature_index, single(border)));
            }
            Element::CatFeatureExactValue { cat_feature_index, value } => {
                counted.equal.push((cat_feature_index, value.cast_unsigned()));
            }
        }
    }
    counted
}

impl CtrTable<'_> {
    fn counted(self, name: &str) -> Result<Table> {
        let of: Identifier =
            serde_json::from_str(name).map_err(|error| Error::malformed(error.to_string()))?;
        let width = self.hash_stride.checked_sub(1).filter(|width| *width > 0);
        let width = width.ok_or_else(|| Error::malformed("it has no counts"))?;
        if !self.hash_map.len().is_multiple_of(self.hash_stride) {
            return Err(Error::malformed("the last hash has too few counts"));
        }
        let mut counts = Counts { hashes: Vec::new(), width, numbers: Vec::new() };
        for (index, entry) in self.hash_map.iter().enumerate() {
            match (entry, index % self.hash_stride) {
                (Entry::Hash(hash), 0) => counts.hashes.push(
                    hash.parse()
                        .map_err(|_| Error::malformed(format!("'{hash}' stands where a hash would")))?,
                ),
                (Entry::Count(count), 1..) => counts.numbers.push(*count),
                (Entry::Count(_), _) => return Err(Error::malformed("a count stands where a hash would")),
                (Entry::Hash(_), _) => return Err(Error::malformed("a hash stands where a count would")),
            }
        }
        let of = counted(of.identifier, of.kind);
        Ok(Table { of, denominator: self.counter_denominator, counts })
    }
}

impl ModelInfo {
    fn info(self) -> Result<Info> {
        let mut params = self.params.unwrap_or_default();
        if params.loss_function.is_none()
            && let Some(Value::String(text)) = self.loss_function
        {
            let loss: Loss = serde_json::from_str(&text)
                .map_err(|error| Error::malformed(format!("'loss_function': {error}")))?;
            params.loss_function = Some(loss);
        }
        let threshold = match self.binclass_probability_threshold {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(Value::Number(number)) => number.as_f64(),
            _ => None,
        };
        Ok(Info { params, class_params: self.class_params.or(self.multiclass_params), threshold })
    }
}

/// The trees, and how many numbers a leaf has if there is any.
fn symmetric(trees: Vec<ObliviousTree>) -> Result<(Trees, Option<usize>)> {
    let mut width = None;
    let each = trees.into_iter().enumerate().map(|(number, tree)| {
        let questions: Vec<usize> =
            tree.splits.unwrap_or_default().into_iter().map(|split| split.split_index).collect();
        let n_leaves = u32::try_from(questions.len()).ok().and_then(|levels| 1usize.checked_shl(levels));
        let n_outputs = n_leaves.map_or(0, |n_leaves| tree.leaf_values.len() / n_leaves);
        if n_outputs == 0 || *width.get_or_insert(n_outputs) != n_outputs {
            let message = format!(
                "tree {number}: {} numbers for the leaves of {} questions",
                tree.leaf_values.len(),
                questions.len()
            );
            return Err(Error::malformed(message));
        }
        Ok(Symmetric { questions, values: tree.leaf_values, covers: tree.leaf_weights })
    });
    let trees: Vec<Symmetric> = each.collect::<Result<_>>()?;
    Ok((Trees::Oblivious(trees), width))
}

fn grown(trees: Vec<TreeNode>) -> Result<(Trees, Option<usize>)> {
    let mut width = None;
    let each = trees
        .into_iter()
        .enumerate()
        .map(|(number, root)| tree(root, &mut width).map_err(|error| error.within(format!("tree {number}"))));
    let trees: Vec<Grown> = each.collect::<Result<_>>()?;
    Ok((Trees::Other(trees), width))
}

fn tree(root: TreeNode, width: &mut Option<usize>) -> Result<Grown> {
    let mut tree = Grown::default();
    let mut n_nodes = 1u32;
    let mut level = vec![root];
    while !level.is_empty() {
        let mut below = Vec::new();
        for node in level {
            let number = tree.nodes.len();
            tree.nodes.push(match node {
                TreeNode { split: Some(split), left: Some(left), right: Some(right), value: None } => {
                    below.extend([*left, *right]);
                    n_nodes += 2;
                    Node::Asks { question: split.split_index, no: n_nodes - 2, yes: n_nodes - 1 }
                }
                TreeNode { split: None, left: None, right: None, value: Some(value) } => {
                    let values = match value {
                        OneOrMany::One(value) => vec![value],
                        OneOrMany::Many(values) => values,
                    };
                    let n_outputs = *width.get_or_insert(values.len());
                    if n_outputs == 0 || values.len() != n_outputs {
                        let message = format!("node {number}: a leaf of {} numbers", values.len());
                        return Err(Error::malformed(message));
                    }
                    let leaf =
                        u32::try_from(tree.values.len() / n_outputs).expect("it has fewer leaves than bytes");
                    tree.values.extend(values);
                    Node::Leaf(leaf)
                }
                _ => {
                    let message = format!("node {number}: it is neither a leaf nor a split with two ways");
                    return Err(Error::malformed(message));
                }
            });
        }
        level = below;
    }
    Ok(tree)
}

#[expect(clippy::cast_possible_truncation, reason = "it was of single precision before it was written")]
fn single(number: f64) -> f32 {
    number as f32
}
