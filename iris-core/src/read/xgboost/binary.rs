//! XGBoost's old binary format, as releases up to 3.0 write or read it: structures of C one after another.

use std::collections::BTreeSet;

use super::grown::{Condition, RawNode, children, grown, spend};
use super::learner::{BaseScore, Boosting, Ensemble, Learner};
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// What some files begin with.
const MAGIC: &[u8] = b"binf";

/// Bytes of the structures with room for fields to come.
const LEARNER: usize = 136;
const TREES: usize = 160;
const TREE: usize = 148;
const LINEAR: usize = 136;

/// Texts of names and attributes are no longer.
const MAX_TEXT: usize = 1 << 26;

/// Whether a file is a model of this format, which has no mark of its own: numbers that could
/// be a learner's, and then the names of an objective and of a booster.
pub(in crate::read) fn is_one(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::of_file(bytes);
    let Ok(header) = Header::read(&mut cursor) else { return false };
    let is_name =
        |text: &str| !text.is_empty() && text.len() < 64 && text.bytes().all(|byte| byte.is_ascii_graphic());
    let booster = cursor.text();
    header.n_classes < 1 << 20
        && is_name(&header.objective)
        && booster.is_ok_and(|booster| matches!(booster.as_str(), "gbtree" | "dart" | "gblinear"))
}

/// The model of these bytes.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Learner> {
    let mut cursor = Cursor::of_file(bytes);
    let learner = learner(&mut cursor, budget);
    learner.map_err(|error| error.within(format_args!("byte {}", cursor.at)))
}

/// What stands in front.
struct Header {
    base_score: f32,
    n_features: usize,
    n_classes: usize,
    has_attributes: bool,
    version: (u32, u32),
    n_targets: usize,
    objective: String,
}

impl Header {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let mut fields = Cursor::new(cursor.take(LEARNER)?);
        let base_score = fields.float()?;
        let (n_features, n_classes) = (fields.size()?, fields.size()?);
        let (has_attributes, _has_metrics) = (fields.int()? != 0, fields.int()?);
        let version = (fields.word()?, fields.word()?);
        let n_targets = fields.size()?.max(1);
        let objective = cursor.text()?;
        Ok(Self { base_score, n_features, n_classes, has_attributes, version, n_targets, objective })
    }
}

fn learner(cursor: &mut Cursor<'_>, budget: &mut Budget) -> Result<Learner> {
    let header = Header::read(cursor)?;
    let booster = cursor.text()?;
    let mut keeps_predictions = false;
    let boosting = match booster.as_str() {
        "gbtree" | "dart" => {
            let (mut ensemble, has_buffer) = ensemble(cursor, budget)?;
            keeps_predictions = has_buffer;
            if booster == "dart" && !ensemble.trees.is_empty() {
                ensemble.weights = Some(cursor.floats(budget)?);
            }
            Boosting::Trees(ensemble)
        }
        "gblinear" => {
            cursor.take(LINEAR)?;
            Boosting::Linear(cursor.floats(budget)?)
        }
        _ => return Err(Error::unsupported(format!("the booster '{}'", booster.escape_debug()))),
    };
    // What releases before 0.5 kept of predictions stands in front of the attributes.
    let attributes =
        if header.has_attributes && !keeps_predictions { cursor.attributes(budget)? } else { Vec::new() };
    let (version, base_score) = match header.version {
        (0, _) => ((0, 90), BaseScore::Margin(header.base_score)),
        version => (version, BaseScore::Answer(vec![header.base_score])),
    };
    Ok(Learner {
        version,
        base_score,
        n_features: header.n_features,
        n_classes: header.n_classes,
        n_targets: header.n_targets,
        objective: header.objective,
        boosting,
        attributes,
        feature_names: Vec::new(),
        categories: Vec::new(),
    })
}

/// The trees, and whether predictions follow them.
fn ensemble(cursor: &mut Cursor<'_>, budget: &mut Budget) -> Result<(Ensemble, bool)> {
    let mut fields = Cursor::new(cursor.take(TREES)?);
    let (n_trees, n_parallel) = (fields.size()?, fields.size()?);
    fields.take(8)?;
    let n_predictions = fields.long()?;
    let mut ensemble = Ensemble { n_parallel: Some(n_parallel.max(1)), ..Ensemble::default() };
    for number in 0..n_trees {
        let tree = tree(cursor, budget, &mut ensemble.categorical);
        ensemble.trees.push(tree.map_err(|error| error.within(format_args!("tree {number}")))?);
    }
    ensemble.groups = (0..n_trees).map(|_| cursor.size()).collect::<Result<_>>()?;
    Ok((ensemble, n_predictions != 0))
}

fn tree(
    cursor: &mut Cursor<'_>,
    budget: &mut Budget,
    categorical: &mut BTreeSet<usize>,
) -> Result<crate::trees::Tree> {
    let mut fields = Cursor::new(cursor.take(TREE)?);
    let (n_roots, n_nodes) = (fields.int()?, fields.size()?);
    fields.take(12)?;
    let leaf_width = fields.size()?;
    if n_roots > 1 {
        return Err(Error::unsupported(format!("it has {n_roots} roots")));
    }
    // Sizes are held against the file before anything is made of them.
    let nodes = cursor.take_many(n_nodes, 20)?;
    let statistics = cursor.take_many(n_nodes, 16)?;
    spend(n_nodes, budget)?;
    let nodes = nodes.chunks_exact(20).zip(statistics.chunks_exact(16)).enumerate();
    let nodes = nodes.map(|(index, (node, statistics))| {
        let (mut node, mut statistics) = (Cursor::new(node), Cursor::new(statistics));
        let _parent = node.int()?;
        let (left, right, split) = (node.int()?, node.int()?, node.word()?);
        let condition = Condition::Number(node.float()?);
        statistics.take(4)?;
        Ok(RawNode {
            children: children(f64::from(left), f64::from(right))
                .map_err(|error| error.within(format_args!("node {index}")))?,
            feature: (split & (u32::MAX >> 1)) as usize,
            default_left: split >> 31 == 1,
            condition,
            cover: Some(f64::from(statistics.float()?)),
        })
    });
    let nodes = nodes.collect::<Result<_>>()?;
    if leaf_width > 1 {
        // Written beside the leaves, and never used.
        cursor.floats(budget)?;
    }
    grown(nodes, categorical)
}

/// The bytes, and how far they were read; numbers begin with their lowest byte.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Behind the mark of a file that has one.
    fn of_file(bytes: &'a [u8]) -> Self {
        Self { bytes, at: if bytes.starts_with(MAGIC) { MAGIC.len() } else { 0 } }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| Error::malformed("the file ends too early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn take_many(&mut self, count: usize, size: usize) -> Result<&'a [u8]> {
        self.take(count.saturating_mul(size))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("as many were taken"))
    }

    fn float(&mut self) -> Result<f32> {
        self.array().map(f32::from_le_bytes)
    }

    fn int(&mut self) -> Result<i32> {
        self.array().map(i32::from_le_bytes)
    }

    fn word(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Result<i64> {
        self.array().map(i64::from_le_bytes)
    }

    /// A number of 32 bits that counts something.
    fn size(&mut self) -> Result<usize> {
        let size = self.int()?;
        usize::try_from(size).map_err(|_| Error::malformed(format!("a count of {size}")))
    }

    /// A number of 64 bits that counts something.
    fn length(&mut self) -> Result<usize> {
        let length = u64::from_le_bytes(self.array()?);
        usize::try_from(length).map_err(|_| Error::malformed(format!("a length of {length}")))
    }

    fn text(&mut self) -> Result<String> {
        let length = self.length()?;
        if length > MAX_TEXT {
            return Err(Error::malformed(format!("a text of {length} bytes")));
        }
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn floats(&mut self, budget: &mut Budget) -> Result<Vec<f32>> {
        let length = self.length()?;
        let bytes = self.take_many(length, 4)?;
        budget.spend(length)?;
        bytes.chunks_exact(4).map(|bytes| Cursor::new(bytes).float()).collect()
    }

    fn attributes(&mut self, budget: &mut Budget) -> Result<Vec<(String, String)>> {
        let mut attributes = Vec::new();
        for _ in 0..self.length()? {
            let start = self.at;
            let attribute = (self.text()?, self.text()?);
            budget.spend_bytes(2 * (self.at - start) + size_of::<(String, String)>())?;
            attributes.push(attribute);
        }
        Ok(attributes)
    }
}
