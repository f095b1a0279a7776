//! Tree to text: how a document is shown again, with everything that was left out filled in.

use super::node::{Content, Node};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// The YAML text of a tree.
///
/// Reading it again gives the same tree, but for places and for quotes that make no difference.
pub fn to_yaml(node: &Node) -> String {
    serde_yaml::to_string(&Written(node))
        .expect("a tree of maps, lists and texts can always be written")
}

struct Written<'n>(&'n Node);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.content {
            Content::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&entry.key.value, &Written(&entry.value))?;
                }
                map.end()
            }
            Content::List(nodes) => {
                let mut list = serializer.serialize_seq(Some(nodes.len()))?;
                for node in nodes {
                    list.serialize_element(&Written(node))?;
                }
                list.end()
            }
            // Numbers and truth values stay bare; a text that looks like one gets quotes from the library.
            Content::Plain(text) => match text.as_str() {
                "true" => serializer.serialize_bool(true),
                "false" => serializer.serialize_bool(false),
                number => match number.parse::<u64>() {
                    Ok(number) if number.to_string() == *text => serializer.serialize_u64(number),
                    _ => match number.parse::<f64>() {
                        Ok(value) if value.to_string() == *text => serializer.serialize_f64(value),
                        _ => serializer.serialize_str(text),
                    },
                },
            },
            Content::Quoted(text) => serializer.serialize_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{Diagnostics, yaml};
    use super::*;

    fn bare(node: &Node) -> Node {
        match &node.content {
            Content::Map(entries) => Node::map(
                entries
                    .iter()
                    .map(|entry| (entry.key.value.clone(), bare(&entry.value))),
            ),
            Content::List(nodes) => Node::list(nodes.iter().map(bare)),
            content => Node::new(content.clone(), super::super::Place::default()),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = "a: { b: 10ms, c: [ 1, 0.25, 10%, true, 450/s, $x ], d: {}, e: [] }\nf: '1'\ng: 'true'\nh: two words\ni: '$x'\n";
        let mut diagnostics = Diagnostics::new();
        let tree = yaml::parse(text, 0, &mut diagnostics).unwrap();
        let written = to_yaml(&tree);
        let again = yaml::parse(&written, 0, &mut diagnostics).unwrap();
        assert_eq!((to_yaml(&again), diagnostics.len()), (written.clone(), 0));
        let texts =
            |node: &Node| format!("{:?}", bare(node)).replace("Quoted(\"$x\")", "Plain(\"$x\")");
        assert_eq!(texts(&again), texts(&tree), "{written}");
    }
}
