//! What is made up, what is stored and what a request carries: `assumptions:`, `data:` and `attributes:`.

use super::count::CountLaw;
use super::law::{NumberLaw, SizeLaw};
use super::number::Positive;
use super::reader::Reader;
use super::shape::{Definitions, Shape};
use super::tree::Raw;
use super::word::Text;
use crate::source::{At, Node};
use crate::units::{Duration, Share};

record! {
    /// A number that somebody made up, once: any place of the model may say `$name` for it.
    pub struct Assumption {
        /// The value itself, of any kind: `4ms`, `10%`, a whole law.
        value: Raw,
        /// The lowest and the highest value it may have, for sweeps and uncertainty studies.
        between: Option<Vec<Raw>>,
        /// The most likely value within `between`, where that is not `value`.
        likely: Option<Raw>,
        /// Why this value was chosen.
        why: Option<Text>,
        /// Where the value comes from: a measurement, a paper, a vendor's page.
        source: Option<Text>,
    }
    check: check_assumption;
}

fn check_assumption(assumption: &Assumption, node: &Node, reader: &mut Reader<'_>) {
    if let Some(between) = &assumption.between
        && between.len() != 2
    {
        let place = node.get("between").map_or(node.place, |value| value.place);
        reader.wrong_shape(
            place,
            "`between` takes two values, the lowest and the highest: `[1ms, 5ms]`",
        );
    }
}

record! {
    /// A set of things with keys (products, customers, media): what caches hold and databases store.
    pub struct Dataset {
        /// How many there are.
        items: At<u64>,
        /// How often each is asked for.
        popularity: Popularity = "uniform",
        /// How large one is, in bytes: a fixed function of its key, so that it has one size everywhere.
        size: Option<SizeLaw>,
        /// The data set whose items own these, all the same number: a request is about one that belongs to the item of the owners' set that
        /// it is about, any of them as likely as the others, so that their popularity is that of their owners.
        belongs_to: Option<At<String>>,
        /// How popularity moves from some items to others; not at all when absent.
        drift: Option<At<Drift>>,
    }
    never: {
        "age": "objects grow old where they are kept: `stores: { archive: { of: …, age: { exponential: 90d } } }`",
    };
    check: check_dataset;
}

fn check_dataset(dataset: &Dataset, _node: &Node, reader: &mut Reader<'_>) {
    if dataset.items.value == 0 {
        reader.out_of_range(dataset.items.place, "a data set needs at least 1 item");
    }
    let Some(owners) = &dataset.belongs_to else {
        return;
    };
    if dataset.popularity != Popularity::Uniform {
        let message = format!(
            "how often items are asked for that belong to `{}` is given by the popularity of those",
            owners.value
        );
        reader.contradiction(owners.place, &message);
    }
    if dataset.drift.is_some() {
        let message = format!(
            "items that belong to `{}` drift with those: say `drift` there",
            owners.value
        );
        reader.contradiction(owners.place, &message);
    }
}

record! {
    /// Items that change places in the order of popularity: what was asked for most is not always the same.
    pub struct Drift {
        /// How often.
        every: At<Duration>,
        /// Which part of the items changes places each time, in pairs drawn at random.
        moves: At<Share>,
    }
    check: check_drift;
}

fn check_drift(drift: &Drift, _node: &Node, reader: &mut Reader<'_>) {
    if drift.every.ns() == 0 {
        reader.out_of_range(drift.every.place, "a time above 0 is needed here");
    }
    if drift.moves.get() == 0.0 {
        reader.out_of_range(
            drift.moves.place,
            "where nothing moves nothing drifts: leave `drift` out",
        );
    }
}

choice! {
    /// How often each item of a data set is asked for.
    pub enum Popularity {
        /// All alike.
        Uniform = "uniform",
        /// The item of rank k is asked for in proportion to 1/k^exponent (Zipf 1949).
        Zipf(Zipf) = "zipf",
        /// A few items have most of the requests, all within each part alike.
        HotSet(HotSet) = "hot-set",
        /// As often as in a file of recorded requests; a workload that replays this file asks for its objects in their order, and each
        /// has the size that the file says.
        Trace(At<Text>) = "trace",
    }
}

record! {
    /// The parameter of Zipf's law.
    pub struct Zipf {
        /// The exponent: 0 is uniform, web traffic is near 0.8.
        exponent: At<f64>,
    }
}

record! {
    /// A hot set: so many of the items get so many of the requests.
    pub struct HotSet {
        /// Share of the items that is hot.
        items: At<Share>,
        /// Share of the requests that goes to the hot items.
        share: At<Share>,
    }
}

/// One property that every request carries from its birth, inherited by its calls.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    /// A key of this data set, drawn by its popularity.
    Key(At<String>),
    /// A real number.
    Number(NumberLaw),
    /// A whole number: what `repeat` and `batch` can use.
    Count(CountLaw),
}

impl Shape for Attribute {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let (key, value) = reader.single(
            node,
            "an attribute is `{ key: DATASET }` or `{ number: LAW }`",
        )?;
        match key.value.as_str() {
            "key" => At::<String>::read(value, reader).map(Self::Key),
            "number" if CountLaw::claims(value) => CountLaw::read(value, reader).map(Self::Count),
            "number" => NumberLaw::read(value, reader).map(Self::Number),
            _ => {
                reader.unknown(&key, "kind of attribute", &["key", "number"]);
                None
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        let number = serde_json::json!({ "anyOf": [NumberLaw::schema(definitions), CountLaw::schema(definitions)] });
        let key = serde_json::json!({ "type": "string", "description": "A key of this data set, drawn by its popularity." });
        definitions.single_keys(
            "Attribute",
            "One property that every request carries from its birth: a key of a data set or a number.",
            vec![("key", key), ("number", number)],
        )
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Key(name) => Some(Node::single("key", name.show()?)),
            Self::Number(law) => Some(Node::single("number", law.show()?)),
            Self::Count(law) => Some(Node::single("number", law.show()?)),
        }
    }
}

record! {
    /// How quickly a demand grows with the data: multiplied by f(x)/f(at).
    pub struct Scale {
        /// The data set (its number of items) or the attribute that stands for x.
        with: At<String>,
        /// The law f.
        law: ScaleLaw = "linear",
        /// The x at which the demand was measured.
        at: At<Positive> = "1",
    }
    check: check_scale;
}

fn check_scale(scale: &Scale, _node: &Node, reader: &mut Reader<'_>) {
    let logarithmic = matches!(scale.law, ScaleLaw::Log | ScaleLaw::LinearLog);
    if logarithmic && scale.at.get() <= 1.0 {
        reader.out_of_range(
            scale.at.place,
            "a logarithmic law needs `at` above 1: the logarithm of 1 is 0, and the demand is divided by it",
        );
    }
}

choice! {
    /// How a demand grows with x.
    pub enum ScaleLaw {
        /// As x.
        Linear = "linear",
        /// As the logarithm of x: a search tree.
        Log = "log",
        /// As the square root of x.
        Sqrt = "sqrt",
        /// As x times its logarithm: sorting.
        LinearLog = "n-log-n",
        /// As the square of x: comparing all with all.
        Quadratic = "quadratic",
    }
}
