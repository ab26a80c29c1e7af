//! `cbm`: a flatbuffer of the trees, and behind it what was counted for texts.

use std::collections::HashMap;

use super::flatbuffer::Table as Fields;
use super::parts::{
    ClassParams, CountKind, Counted, Counts, Grown, Info, Loss, Node, NumberColumn, OneHot, Parts, Position,
    Statistic, Symmetric, Table, TextColumn, Trees,
};
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// What stands in a file of this format.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Parts> {
    let mut rest = bytes.strip_prefix(b"CBM1").ok_or_else(cut_short)?;
    let core = Fields::root(sized(&mut rest)?, budget)?;
    match core.text(0)? {
        Some("FlabuffersModel_v1") => {}
        other => {
            let message = format!("its version is '{}', which is not read", other.unwrap_or_default());
            return Err(Error::unsupported(message));
        }
    }
    let trees = core.table(1, budget)?.ok_or_else(|| Error::malformed("it has no trees"))?;
    let mut tables = Vec::new();
    for part in core.texts(3, budget)? {
        if part != "static_provider_v1" {
            // Texts in words, and embeddings, whose features are refused by name.
            break;
        }
        for _ in 0..count(&mut rest)? {
            let table = Fields::root(sized(&mut rest)?, budget)?;
            tables.push(table_of(&table, budget)?);
        }
    }
    let n_outputs = index(trees.integer(0, 0)?)?;
    if n_outputs == 0 {
        return Err(Error::malformed("its leaves have no numbers"));
    }
    let mut bias = trees.doubles(16, budget)?;
    if bias.is_empty() {
        let same = trees.double(15, 0.0)?;
        budget.spend(n_outputs)?;
        bias = vec![same; n_outputs];
    }
    Ok(Parts {
        numbers: numbers(&trees, budget)?,
        texts: texts(&trees, budget)?,
        others: others(&trees, budget)?,
        one_hots: one_hots(&trees, budget)?,
        statistics: statistics(&trees, budget)?,
        tables,
        trees: trees_of(&trees, n_outputs, budget)?,
        n_outputs,
        scale: trees.double(14, 1.0)?,
        bias,
        info: info(&core, budget)?,
    })
}

/// Columns of words and of embeddings, of which models are made that are not read.
fn others(trees: &Fields<'_>, budget: &mut Budget) -> Result<Vec<Position>> {
    let is_asked = !trees.tables(13, budget)?.is_empty();
    let mut others = Vec::new();
    for (field, what) in [(12, "texts that are read as words"), (18, "embeddings")] {
        for column in trees.tables(field, budget)? {
            let position = position(&column, [0, 1, 2], budget)?;
            if is_asked {
                let Position { column, name, .. } = position;
                return Err(Error::unsupported(format!(
                    "column {column} '{name}' holds {what}, which are not read"
                )));
            }
            others.push(position);
        }
    }
    Ok(others)
}

fn numbers(trees: &Fields<'_>, budget: &mut Budget) -> Result<Vec<NumberColumn>> {
    let columns = trees.tables(5, budget)?;
    let column = |fields: &Fields<'_>, budget: &mut Budget| {
        Ok(NumberColumn {
            position: position(fields, [1, 2, 4], budget)?,
            borders: fields.singles(3, budget)?,
            missing_is_above: fields.flag(0)? && fields.byte(5)? == 2,
        })
    };
    columns.iter().map(|fields| column(fields, budget)).collect()
}

fn texts(trees: &Fields<'_>, budget: &mut Budget) -> Result<Vec<TextColumn>> {
    let columns = trees.tables(4, budget)?;
    let column = |fields: &Fields<'_>, budget: &mut Budget| {
        Ok(TextColumn { position: position(fields, [0, 1, 2], budget)?, known: Vec::new() })
    };
    let mut columns: Vec<TextColumn> =
        columns.iter().map(|fields| column(fields, budget)).collect::<Result<_>>()?;
    let places: HashMap<usize, usize> =
        columns.iter().enumerate().map(|(place, column)| (column.position.of_kind, place)).collect();
    for one_hot in trees.tables(6, budget)? {
        let Some(place) = places.get(&index(one_hot.integer(0, -1)?)?) else { continue };
        for text in one_hot.texts(2, budget)? {
            budget.spend_bytes(text.len())?;
            columns[*place].known.push(text.to_owned());
        }
    }
    Ok(columns)
}

fn position(fields: &Fields<'_>, places: [usize; 3], budget: &mut Budget) -> Result<Position> {
    let [of_kind, column, name] = places;
    let name = fields.text(name)?.unwrap_or_default();
    budget.spend_bytes(name.len())?;
    Ok(Position {
        of_kind: index(fields.integer(of_kind, -1)?)?,
        column: index(fields.integer(column, -1)?)?,
        name: name.to_owned(),
    })
}

fn one_hots(trees: &Fields<'_>, budget: &mut Budget) -> Result<Vec<OneHot>> {
    let one_hots = trees.tables(6, budget)?;
    let one_hot = |fields: &Fields<'_>, budget: &mut Budget| {
        let hashes = fields.integers(1, budget)?.into_iter().map(i32::cast_unsigned).collect();
        Ok(OneHot { text: index(fields.integer(0, -1)?)?, hashes })
    };
    one_hots.iter().map(|fields| one_hot(fields, budget)).collect()
}

fn statistics(trees: &Fields<'_>, budget: &mut Budget) -> Result<Vec<Statistic>> {
    let features = trees.tables(7, budget)?;
    let statistic = |fields: &Fields<'_>, budget: &mut Budget| {
        let of = fields.table(0, budget)?.ok_or_else(nothing_counted)?;
        let counted = of.table(0, budget)?.ok_or_else(nothing_counted)?;
        Ok(Statistic {
            of: self::counted(&counted, budget)?,
            target_border: index(of.integer(1, 0)?)?,
            prior: of.single(2, 0.0)?,
            prior_weight: of.single(3, 1.0)?,
            shift: of.single(4, 0.0)?,
            scale: of.single(5, 1.0)?,
            borders: fields.singles(1, budget)?,
        })
    };
    features.iter().map(|fields| statistic(fields, budget)).collect()
}

fn counted(fields: &Fields<'_>, budget: &mut Budget) -> Result<Counted> {
    let kind = match fields.byte(1)? {
        0 => CountKind::Borders,
        1 => CountKind::Buckets,
        2 => CountKind::BinarizedTargetMeanValue,
        3 => CountKind::FloatTargetMeanValue,
        4 => CountKind::Counter,
        5 => CountKind::FeatureFreq,
        other => return Err(Error::unsupported(format!("statistics of kind {other} are not read"))),
    };
    let combination = fields.table(0, budget)?.ok_or_else(nothing_counted)?;
    let pair = |[a, b, c, d, e, f, g, h]: [u8; 8]| (i32::from_le_bytes([a, b, c, d]), [e, f, g, h]);
    let above = combination.list(1, 8)?.each(budget, pair)?;
    let equal = combination.list(2, 8)?.each(budget, pair)?;
    let above = above.into_iter().map(|(number, border)| Ok((index(number)?, f32::from_le_bytes(border))));
    let equal = equal.into_iter().map(|(text, hash)| Ok((index(text)?, u32::from_le_bytes(hash))));
    Ok(Counted {
        kind,
        classifier: fields.integer(2, 0)?,
        texts: combination.integers(0, budget)?.into_iter().map(index).collect::<Result<_>>()?,
        above: above.collect::<Result<_>>()?,
        equal: equal.collect::<Result<_>>()?,
    })
}

/// Marks a place of a table of hashes at which there is none.
const NO_HASH: u64 = u64::MAX;

fn table_of(fields: &Fields<'_>, budget: &mut Budget) -> Result<Table> {
    let of = counted(&fields.table(0, budget)?.ok_or_else(nothing_counted)?, budget)?;
    let (buckets, blob) = (fields.bytes(1)?, fields.bytes(2)?);
    let n_classes = index(fields.integer(4, 0)?)?;
    let (width, is_mean) = match of.kind {
        CountKind::BinarizedTargetMeanValue | CountKind::FloatTargetMeanValue => (2, true),
        CountKind::Counter | CountKind::FeatureFreq => (1, false),
        CountKind::Borders | CountKind::Buckets => (n_classes, false),
    };
    let blob = blob.as_chunks::<4>().0;
    if width == 0 {
        return Err(Error::malformed("a table counts targets of no classes"));
    }
    let mut counts = Counts { hashes: Vec::new(), width, numbers: Vec::new() };
    for bucket in buckets.as_chunks::<12>().0 {
        let (hash, place) = bucket.split_first_chunk::<8>().expect("there are twelve bytes");
        let hash = u64::from_le_bytes(*hash);
        if hash == NO_HASH {
            continue;
        }
        let place = u32::from_le_bytes(place.try_into().expect("four bytes are left")) as usize;
        let start = place.checked_mul(width);
        let numbers = start.and_then(|start| blob.get(start..start.checked_add(width)?));
        let numbers = numbers.ok_or_else(|| Error::malformed("a hash leads out of its table of counts"))?;
        budget.spend(1 + width)?;
        counts.hashes.push(hash);
        counts.numbers.extend(numbers.iter().enumerate().map(|(index, bytes)| match (is_mean, index) {
            (true, 0) => f64::from(f32::from_le_bytes(*bytes)),
            _ => f64::from(i32::from_le_bytes(*bytes)),
        }));
    }
    Ok(Table { of, denominator: fields.integer(3, 0)?, counts })
}

fn trees_of(trees: &Fields<'_>, n_outputs: usize, budget: &mut Budget) -> Result<Trees> {
    let questions = trees.integers(1, budget)?.into_iter().map(index).collect::<Result<Vec<_>>>()?;
    let sizes = trees.integers(2, budget)?.into_iter().map(index).collect::<Result<Vec<_>>>()?;
    let values = trees.doubles(8, budget)?;
    let steps = trees
        .list(10, 4)?
        .each(budget, |[a, b, c, d]: [u8; 4]| [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])])?;
    if steps.is_empty() {
        let mut weights = trees.doubles(9, budget)?;
        if weights.len().checked_mul(n_outputs) != Some(values.len()) {
            weights.clear();
        }
        return symmetric(&questions, &sizes, (&values, &weights), n_outputs).map(Trees::Oblivious);
    }
    let leaves = trees.list(11, 4)?.each(budget, u32::from_le_bytes)?;
    if leaves.len() != steps.len() || questions.len() != steps.len() {
        let message =
            format!("{} steps with {} questions and {} leaves", steps.len(), questions.len(), leaves.len());
        return Err(Error::malformed(message));
    }
    let nodes = Nodes { steps: &steps, questions: &questions, leaves: &leaves, values: &values, n_outputs };
    let mut start = 0;
    let grown = sizes.iter().enumerate().map(|(number, size)| {
        let tree = nodes.tree(start, *size, budget);
        start += size;
        tree.map_err(|error| error.within(format!("tree {number}")))
    });
    grown.collect::<Result<_>>().map(Trees::Other)
}

/// Trees lie one behind another, and so do their leaves with what came to them, if that is known.
fn symmetric(
    mut questions: &[usize],
    sizes: &[usize],
    (mut values, mut weights): (&[f64], &[f64]),
    n_outputs: usize,
) -> Result<Vec<Symmetric>> {
    let tree = |size: &usize| {
        let n_values =
            u32::try_from(*size).ok().and_then(|size| n_outputs.checked_mul(1usize.checked_shl(size)?));
        let (of_tree, behind) = questions.split_at_checked(*size)?;
        let (leaves, further) = values.split_at_checked(n_values?)?;
        (questions, values) = (behind, further);
        let (covers, later) = weights.split_at_checked(leaves.len() / n_outputs).unwrap_or_default();
        weights = later;
        Some(Symmetric { questions: of_tree.to_vec(), values: leaves.to_vec(), covers: covers.to_vec() })
    };
    let trees: Option<Vec<Symmetric>> = sizes.iter().map(tree).collect();
    trees.ok_or_else(|| Error::malformed("there are more trees than questions and leaves"))
}

/// The nodes of all trees, one behind another.
struct Nodes<'t> {
    /// How far ahead it goes on if the answer is no, and if it is yes; 0 is the end of the way.
    steps: &'t [[u16; 2]],
    questions: &'t [usize],
    /// Where the numbers of the leaf begin, at the end of a way.
    leaves: &'t [u32],
    values: &'t [f64],
    n_outputs: usize,
}

impl Nodes<'_> {
    fn tree(&self, start: usize, size: usize, budget: &mut Budget) -> Result<Grown> {
        let end = start.checked_add(size).filter(|end| *end <= self.steps.len() && size > 0);
        let end = end.ok_or_else(|| Error::malformed("its nodes lie behind the last one"))?;
        // A node and two leaves, at the most, for each.
        budget.spend(size.saturating_mul(3 * (4 + self.n_outputs)))?;
        let mut tree = Grown::default();
        // Leaves come behind the nodes, so that these keep their places.
        let mut leaves = Vec::new();
        for node in start..end {
            let [no, yes] = self.steps[node];
            if no == 0 && yes == 0 {
                let leaf = self.leaf(node, &mut tree)?;
                tree.nodes.push(Node::Leaf(leaf));
                continue;
            }
            let mut next = |step: u16| -> Result<u32> {
                let place = match step {
                    0 => {
                        leaves.push(self.leaf(node, &mut tree)?);
                        size + leaves.len() - 1
                    }
                    step => node - start + usize::from(step),
                };
                // Beyond the tree's own nodes are its leaves, to which nobody else leads.
                if step != 0 && place >= size {
                    return Err(Error::malformed(format!(
                        "node {}: it goes on behind the tree",
                        node - start
                    )));
                }
                u32::try_from(place).map_err(|_| Error::malformed("it has more than 2^32 nodes"))
            };
            let (no, yes) = (next(no)?, next(yes)?);
            tree.nodes.push(Node::Asks { question: self.questions[node], no, yes });
        }
        tree.nodes.extend(leaves.into_iter().map(Node::Leaf));
        Ok(tree)
    }

    /// The number that the leaf of a node has in its tree.
    fn leaf(&self, node: usize, tree: &mut Grown) -> Result<u32> {
        let start = self.leaves[node] as usize;
        let values = start.checked_add(self.n_outputs).and_then(|end| self.values.get(start..end));
        let values = values.ok_or_else(|| Error::malformed("a leaf has no numbers"))?;
        let number = tree.values.len() / self.n_outputs;
        tree.values.extend_from_slice(values);
        u32::try_from(number).map_err(|_| Error::malformed("it has more than 2^32 leaves"))
    }
}

fn info(core: &Fields<'_>, budget: &mut Budget) -> Result<Info> {
    let mut info = Info::default();
    let mut loss: Option<Loss> = None;
    for entry in core.tables(2, budget)? {
        let (Some(key), Some(value)) = (entry.text(0)?, entry.text(1)?) else { continue };
        match key {
            "params" => {
                budget.spend_bytes(value.len())?;
                info.params = json(key, value)?;
            }
            // The older name; the newer one comes first in the order of names.
            "class_params" | "multiclass_params" if info.class_params.is_none() => {
                budget.spend_bytes(value.len())?;
                info.class_params = Some(json::<ClassParams>(key, value)?);
            }
            "loss_function" => loss = Some(json(key, value)?),
            "binclass_probability_threshold" => info.threshold = value.trim().parse().ok(),
            _ => {}
        }
    }
    info.params.loss_function = info.params.loss_function.or(loss);
    Ok(info)
}

fn json<'v, T: serde::Deserialize<'v>>(key: &str, value: &'v str) -> Result<T> {
    serde_json::from_str(value).map_err(|error| Error::malformed(format!("'{key}': {error}")))
}

/// How many items follow.
fn count(rest: &mut &[u8]) -> Result<usize> {
    let (short, behind) = rest.split_first_chunk::<4>().ok_or_else(cut_short)?;
    *rest = behind;
    let mut count = u64::from(u32::from_le_bytes(*short));
    if count == u64::from(u32::MAX) {
        let (long, behind) = rest.split_first_chunk::<8>().ok_or_else(cut_short)?;
        *rest = behind;
        count = u64::from_le_bytes(*long);
    }
    usize::try_from(count).map_err(|_| cut_short())
}

/// The bytes behind their count.
fn sized<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8]> {
    let len = count(rest)?;
    let (bytes, behind) = rest.split_at_checked(len).ok_or_else(cut_short)?;
    *rest = behind;
    Ok(bytes)
}

fn index(number: i32) -> Result<usize> {
    usize::try_from(number).map_err(|_| Error::malformed(format!("{number} stands where a place would")))
}

#[cold]
fn cut_short() -> Error {
    Error::malformed("the file is cut short")
}

#[cold]
fn nothing_counted() -> Error {
    Error::malformed("statistics of nothing")
}
