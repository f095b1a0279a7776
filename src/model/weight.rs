//! Weights: how often something is chosen, compared with its neighbours.

use super::reader::Reader;
use super::shape::{Definitions, Shape};
use crate::source::{Diagnostic, Node, Place, codes};
use crate::units::{self, Share};
use serde_json::Value;

/// How often something is chosen, compared with its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// The weight: a number, or the share from 0 to 1.
    pub value: f64,
    /// Whether it was written as a share in per cent.
    pub share: bool,
    /// Where it stands.
    pub place: Place,
}

impl Shape for Weight {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let share = reader.scalar(node, "a weight")?.ends_with('%');
        let value = if share {
            Share::read(node, reader)?.get()
        } else {
            f64::read(node, reader)?
        };
        Some(Self {
            value,
            share,
            place: node.place,
        })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.quantity(
            "Weight",
            "A weight: 3, or 25% where all are shares that make up 100 %.",
        )
    }

    fn show(&self) -> Option<Node> {
        if self.share {
            Share::new(self.value).show()
        } else {
            self.value.show()
        }
    }
}

/// Complains about weights that cannot be weighed: none, all 0, shares and numbers mixed, shares that are not the whole.
pub(super) fn check_weights<'w>(
    weights: impl Iterator<Item = &'w Weight>,
    all: Option<&Node>,
    reader: &mut Reader<'_>,
) {
    let weights: Vec<&Weight> = weights.collect();
    let Some(place) = all
        .map(|node| node.place)
        .or_else(|| weights.first().map(|weight| weight.place))
    else {
        return;
    };
    let Some(first) = weights.first() else {
        return reader.report(
            codes::BAD_WEIGHTS,
            place,
            "nothing to choose from: at least one weight is needed",
        );
    };
    let sum: f64 = weights.iter().map(|weight| weight.value).sum();
    if let Some(other) = weights.iter().find(|weight| weight.share != first.share) {
        let message = "weights are all shares or all numbers, not a mix";
        let diagnostic = Diagnostic::new(codes::BAD_WEIGHTS, message).at(other.place);
        let kind = if first.share {
            "this one is a share"
        } else {
            "this one is a number"
        };
        reader.push(diagnostic.label(first.place, kind));
    } else if sum <= 0.0 {
        reader.report(
            codes::BAD_WEIGHTS,
            place,
            "all weights are 0: nothing would ever be chosen",
        );
    } else if first.share && (sum - 1.0).abs() > 1e-6 {
        reader.report(
            codes::BAD_WEIGHTS,
            place,
            format!(
                "the shares make up {}, not 100%",
                units::format::percent(sum)
            ),
        );
    }
}
