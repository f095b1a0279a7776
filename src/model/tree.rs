//! A value that is kept as it was written, whatever it is.

use super::reader::Reader;
use super::shape::{Definitions, Shape};
use crate::source::Node;

/// Any value, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw(pub Node);

impl Shape for Raw {
    fn read(node: &Node, _reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self(node.clone()))
    }

    fn schema(_definitions: &mut Definitions) -> serde_json::Value {
        serde_json::Value::Bool(true)
    }

    fn show(&self) -> Option<Node> {
        Some(self.0.clone())
    }
}
