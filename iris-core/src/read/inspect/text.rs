//! What is known of a file, for people.

use std::fmt;

use super::{ForestShape, Inspection};
use crate::read::outline::Outline;
use crate::schema::{Feature, Schema, Task};

/// Columns and classes that are printed; the rest is counted.
const SHOWN: usize = 40;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "format      {}", self.format)?;
        writeln!(f, "size        {} bytes", self.size)?;
        writeln!(f, "sha256      {}", self.sha256)?;
        for (what, version) in &self.versions {
            writeln!(f, "written by  {what} {version}")?;
        }
        if let Some(schema) = &self.schema {
            model(f, schema)?;
        }
        if let Some(contract) = self.contract {
            writeln!(f, "exactness   {contract}")?;
        }
        match (&self.schema, &self.no_contributions) {
            (Some(_), None) => writeln!(f, "explains    what each feature contributes")?,
            (_, Some(why)) => writeln!(f, "explains    nothing: {why}")?,
            (None, None) => {}
        }
        for ForestShape { trees, nodes, leaves, depth, kernel } in &self.forests {
            writeln!(
                f,
                "trees       {trees} of {nodes} nodes and {leaves} leaves, up to {depth} questions deep"
            )?;
            writeln!(f, "kernel      {kernel}")?;
        }
        for note in self.schema.iter().flat_map(Schema::notes) {
            writeln!(f, "note        {note}")?;
        }
        match self.golden {
            0 => {}
            rows => writeln!(f, "golden      {rows} rows replayed")?,
        }
        if let Some(outline) = &self.outline {
            writeln!(f, "\n{}", line(outline))?;
            tree(f, outline, "")?;
        }
        if let Some(schema) = &self.schema {
            columns(f, schema)?;
        }
        if !self.not_read.is_empty() {
            writeln!(f, "\nnot read")?;
            for not_read in &self.not_read {
                let place = match not_read.path.join(" → ") {
                    path if path.is_empty() => "the file itself".to_owned(),
                    path => path,
                };
                writeln!(f, "  {}, at: {place}", not_read.class)?;
            }
        }
        if let Some(error) = &self.error {
            writeln!(f, "\nrefused     {error}")?;
        }
        Ok(())
    }
}

fn model(f: &mut fmt::Formatter<'_>, schema: &Schema) -> fmt::Result {
    if let Some(name) = schema.name() {
        let version = schema.version().map(|version| format!(", version {version}")).unwrap_or_default();
        writeln!(f, "model       {name}{version}")?;
    }
    if let Some(description) = schema.description() {
        writeln!(f, "            {description}")?;
    }
    match schema.task() {
        Task::Classify { labels, has_probabilities } => {
            let what = if *has_probabilities { "with probabilities" } else { "with scores only" };
            writeln!(f, "task        classifies, {what}")?;
            let shown: Vec<String> = labels.iter().take(SHOWN).map(|label| label.to_string()).collect();
            let more = if labels.len() > SHOWN { ", …" } else { "" };
            writeln!(f, "classes     {}: {}{more}", labels.len(), shown.join(", "))
        }
        Task::Regress { n_targets: 1 } => writeln!(f, "task        answers with a number"),
        Task::Regress { n_targets } => writeln!(f, "task        answers with {n_targets} numbers"),
    }
}

fn columns(f: &mut fmt::Formatter<'_>, schema: &Schema) -> fmt::Result {
    let features = schema.features();
    let shown = &features[..features.len().min(SHOWN)];
    let width = |of: fn(&Feature) -> usize| shown.iter().map(of).max().unwrap_or(0);
    let name = width(|feature| feature.name().chars().count());
    writeln!(f, "\ncolumns     {}", features.len())?;
    for feature in shown {
        let unit = feature.unit().map(|unit| format!(", {unit}")).unwrap_or_default();
        let missing = if feature.accepts_missing() { ", may be missing" } else { "" };
        let range = feature.statistics().map(|of| format!(", {} to {} in training", of.min, of.max));
        let kind = feature.kind().name();
        let texts = feature.categories().map(|known| {
            let others = if known.accepts_unknown() { ", or any other" } else { "" };
            if known.texts().is_empty() && known.accepts_unknown() {
                ": any text".to_owned()
            } else {
                format!(": {}{others}", known.list())
            }
        });
        let (range, texts) = (range.unwrap_or_default(), texts.unwrap_or_default());
        writeln!(f, "  {:name$}  {kind}{texts}{unit}{missing}{range}", feature.name())?;
    }
    match features.len() - shown.len() {
        0 => Ok(()),
        more => writeln!(f, "  and {more} more"),
    }
}

fn line(outline: &Outline) -> String {
    let columns = outline.columns.as_ref().map(|columns| format!(" [{columns}]")).unwrap_or_default();
    let name = outline.name.as_ref().map(|name| format!("{name}{columns}: ")).unwrap_or_default();
    let is_estimator = outline.class.contains('.');
    let mark = if is_estimator && !outline.is_read { "   ← not read" } else { "" };
    format!("{name}{}{mark}", outline.line())
}

/// The tree's depth is bounded where it is made.
fn tree(f: &mut fmt::Formatter<'_>, outline: &Outline, indent: &str) -> fmt::Result {
    let last = outline.within.len().saturating_sub(1);
    for (index, within) in outline.within.iter().enumerate() {
        let (corner, bar) = if index == last { ("└─", "  ") } else { ("├─", "│ ") };
        writeln!(f, "{indent}{corner} {}", line(within))?;
        tree(f, within, &format!("{indent}{bar} "))?;
    }
    Ok(())
}
