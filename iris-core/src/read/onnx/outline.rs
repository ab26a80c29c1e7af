//! What a graph is made of, and what wrote it, without running it.

use prost::Message;

use super::proto;
use crate::error::{Error, Result};
use crate::read::inspect::Contents;
use crate::read::outline::Outline;

/// Nodes that are listed.
const MAX_NODES: usize = 2_000;

/// The fields of a model that say where it comes from.
#[derive(Clone, PartialEq, Message)]
struct Header {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(string, tag = "3")]
    producer_version: String,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
    #[prost(message, optional, tag = "7")]
    graph: Option<proto::Graph>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

/// The producer, the versions of the operators, and these in the order of the graph.
pub(in crate::read) fn contents(bytes: &[u8]) -> Result<Contents> {
    let header = Header::decode(bytes).map_err(|_| Error::malformed("not an ONNX file"))?;
    let shown = |text: &str| text.chars().take(60).flat_map(char::escape_debug).collect::<String>();
    let mut contents = Contents::default();
    let producer = format!("{} {}", shown(&header.producer_name), shown(&header.producer_version));
    contents.versions.insert("producer", producer.trim().to_owned());
    contents.versions.insert("ONNX IR", header.ir_version.to_string());
    let sets = header.opset_import.iter().take(8).map(|set| {
        let domain = if set.domain.is_empty() { "ai.onnx" } else { &set.domain };
        format!("{} {}", shown(domain), set.version)
    });
    contents.versions.insert("operators", sets.collect::<Vec<_>>().join(", "));
    let mut outline = Outline::new("graph".to_owned(), true);
    for node in header.graph.iter().flat_map(|graph| &graph.node).take(MAX_NODES) {
        let domain = if node.domain.is_empty() { "ai.onnx" } else { &node.domain };
        let operator = Outline::new(format!("{}.{}", shown(domain), shown(&node.op_type)), true);
        outline
            .within
            .push(Outline { name: Some(shown(&node.name)).filter(|name| !name.is_empty()), ..operator });
    }
    contents.outline = Some(outline);
    Ok(contents)
}
