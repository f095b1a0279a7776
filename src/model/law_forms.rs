//! How laws are written: one table of their forms, from which they are told apart, described and shown.

use super::law::{DurationLaw, Law, NumberLaw, SizeLaw};
use super::law_show::show;
use super::reader::{Reader, shortened};
use super::shape::{ASSUMED, Definitions, Shape};
use super::synonym;
use crate::source::{At, Content, Diagnostic, Node, codes, suggest};
use crate::units::{Dimension, Duration, Size};
use serde_json::{Value, json};

/// One way to write a law: its name, its parameters and what it is.
struct Form {
    name: &'static str,
    /// Names of a map's parameters; none if the value is not a map with fixed names.
    parameters: &'static [&'static str],
    about: &'static str,
}

const FORMS: &[Form] = &[
    Form {
        name: "exponential",
        parameters: &[],
        about: "Memoryless, by its mean.",
    },
    Form {
        name: "uniform",
        parameters: &["from", "to"],
        about: "Any value between two, all alike.",
    },
    Form {
        name: "erlang",
        parameters: &["mean", "stages"],
        about: "The sum of alike exponential stages: cv = 1/√stages.",
    },
    Form {
        name: "gamma",
        parameters: &["mean", "cv", "shape", "scale"],
        about: "By mean and cv, or by shape and scale.",
    },
    Form {
        name: "weibull",
        parameters: &["mean", "cv", "shape", "scale"],
        about: "By mean and cv, or by shape and scale.",
    },
    Form {
        name: "hyper-exponential",
        parameters: &["mean", "cv", "branches"],
        about: "One of several exponentials: by mean and cv (two branches with balanced means), or by its branches.",
    },
    Form {
        name: "lognormal",
        parameters: &["mean", "cv", "p50", "p90", "p95", "p99"],
        about: "By mean and cv, or by two percentiles.",
    },
    Form {
        name: "pareto",
        parameters: &["min", "shape", "max"],
        about: "Heavy-tailed, by its least value and the exponent of its tail.",
    },
    Form {
        name: "coxian",
        parameters: &["stages"],
        about: "Exponential stages, each left or followed by the next.",
    },
    Form {
        name: "mixture",
        parameters: &[],
        about: "One of several laws each time, by weight.",
    },
    Form {
        name: "sum",
        parameters: &[],
        about: "The sum of independent values.",
    },
    Form {
        name: "empirical",
        parameters: &["values", "quantiles", "file"],
        about: "What was measured: values, or quantiles with lines between.",
    },
    Form {
        name: "attribute",
        parameters: &[],
        about: "The value of an attribute of the request.",
    },
    Form {
        name: "object-size",
        parameters: &[],
        about: "The size of the request's object of a data set.",
    },
];

/// One law being read: its name, its parameters and the dimension of its numbers.
pub(super) struct Words<'n, 'r, 'd> {
    pub(super) law: &'static str,
    pub(super) node: &'n Node,
    pub(super) dimension: Dimension,
    pub(super) reader: &'r mut Reader<'d>,
}

/// Reads a law whose numbers have this dimension.
pub(super) fn read(node: &Node, dimension: Dimension, reader: &mut Reader<'_>) -> Option<Law> {
    if node.as_text().is_some() && !node.is_null() {
        return number(node, dimension, reader).map(Law::Constant);
    }
    let (key, value) = reader.single(
        node,
        &format!("a law is {} alone or a map with its name", dimension.name()),
    )?;
    let Some(form) = FORMS.iter().find(|form| form.name == key.value) else {
        let names: Vec<&str> = FORMS.iter().map(|form| form.name).collect();
        let message = format!("there is no law `{}`", shortened(&key.value));
        let of_another_tool = synonym::hint(&key.value, &names);
        let near =
            suggest::nearest(&key.value, names).map(|near| format!("did you mean `{near}`?"));
        reader.push(
            Diagnostic::new(codes::UNKNOWN_WORD, message)
                .at(key.place)
                .hint(of_another_tool.or(near).unwrap_or_else(|| {
                    "a value alone is constant; `exponential: 5ms` has a mean of 5 ms".to_owned()
                })),
        );
        return None;
    };
    let mut words = Words {
        law: form.name,
        node: value,
        dimension,
        reader,
    };
    if !form.parameters.is_empty() {
        words.map_of(form.parameters)?;
    }
    match form.name {
        "exponential" => words.exponential(),
        "uniform" => words.uniform(),
        "erlang" => words.erlang(),
        "gamma" => words.spread().map(Law::Gamma),
        "weibull" => words.spread().map(Law::Weibull),
        "hyper-exponential" => words.hyper_exponential(),
        "lognormal" => words.lognormal(),
        "pareto" => words.pareto(),
        "coxian" => words.coxian(),
        "mixture" => words.mixture(),
        "sum" => words.sum(),
        "empirical" => words.empirical(),
        "attribute" => At::<String>::read(value, words.reader).map(Law::Attribute),
        _ => words.object_size(),
    }
}

/// A number of this dimension in base units: ns, bytes or plain.
pub(super) fn number(node: &Node, dimension: Dimension, reader: &mut Reader<'_>) -> Option<f64> {
    match dimension {
        Dimension::Duration => Duration::read(node, reader).map(Duration::ns_f64),
        Dimension::Size => Size::read(node, reader).map(Size::bytes),
        _ => f64::read(node, reader),
    }
}

impl Words<'_, '_, '_> {
    /// Complains unless this is a map of parameters that the law has.
    pub(super) fn map_of(&mut self, parameters: &[&str]) -> Option<()> {
        let Content::Map(entries) = &self.node.content else {
            let names = parameters
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let message = format!(
                "`{}` takes a map of its parameters ({names}), not {}",
                self.law,
                self.node.kind()
            );
            self.reader.wrong_shape(self.node.place, message);
            return None;
        };
        let mut all = Some(());
        for entry in entries {
            let name = entry.key.value.as_str();
            if !parameters.contains(&name) {
                let message = format!("`{}` has no parameter `{}`", self.law, shortened(name));
                let hint = self.reader.suggest(name, parameters.iter().copied());
                self.reader.push(
                    Diagnostic::new(codes::UNKNOWN_FIELD, message)
                        .at(entry.key.place)
                        .maybe_hint(hint),
                );
                all = None;
            } else if entry.value.is_null() {
                self.reader.report(
                    codes::EMPTY_VALUE,
                    entry.key.place,
                    format!("`{name}` has no value"),
                );
                all = None;
            }
        }
        all
    }

    /// Whether a parameter is given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.node.entry(name).is_some()
    }

    /// Whether just these parameters are given; the complaint names the ways to give them.
    pub(super) fn only(&mut self, names: &[&str], ways: &str) -> Option<()> {
        let Content::Map(entries) = &self.node.content else {
            return None;
        };
        if entries.len() == names.len() && names.iter().all(|name| self.has(name)) {
            return Some(());
        }
        self.reader.report(
            codes::EXACTLY_ONE,
            self.node.place,
            format!("`{}` takes {ways}", self.law),
        );
        None
    }

    /// A parameter of any shape, which must be given.
    pub(super) fn any<T: Shape>(&mut self, name: &str) -> Option<T> {
        if let Some(node) = self.node.get(name) {
            return T::read(node, self.reader);
        }
        self.reader
            .missing(self.node, format!("`{}` needs `{name}`", self.law), &[]);
        None
    }

    /// A parameter in the law's own dimension [base units].
    pub(super) fn value(&mut self, name: &str) -> Option<f64> {
        match self.node.get(name) {
            Some(node) => number(node, self.dimension, self.reader),
            None => self.any::<f64>(name),
        }
    }

    /// Such a parameter that must be above 0.
    pub(super) fn positive(&mut self, name: &str) -> Option<f64> {
        let value = self.value(name)?;
        self.above_zero(name, value)
    }

    /// A plain number that must be above 0.
    pub(super) fn positive_number(&mut self, name: &str) -> Option<f64> {
        let value = self.any::<f64>(name)?;
        self.above_zero(name, value)
    }

    fn above_zero(&mut self, name: &str, value: f64) -> Option<f64> {
        if value <= 0.0 {
            self.impossible(name, format!("`{name}` of `{}` must be above 0", self.law));
        }
        (value > 0.0).then_some(value)
    }

    /// Complains about a parameter that no such law can have.
    pub(super) fn impossible(&mut self, parameter: &str, message: impl Into<String>) {
        let place = self
            .node
            .get(parameter)
            .map_or(self.node.place, |node| node.place);
        self.reader.report(codes::IMPOSSIBLE_LAW, place, message);
    }
}

macro_rules! shape_of_a_law {
    ($($Type:ident, $about:literal;)+) => {
        $(impl Shape for $Type {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                read(node, Self::DIMENSION, reader).map(|law| Self { law, place: node.place })
            }

            fn schema(definitions: &mut Definitions) -> Value {
                definitions.define(stringify!($Type), |_| schema(Self::DIMENSION, $about))
            }

            fn show(&self) -> Option<Node> {
                Some(show(&self.law, Self::DIMENSION))
            }
        })+
    };
}

shape_of_a_law! {
    DurationLaw, "A time, constant or random.";
    SizeLaw, "A size, constant or random.";
    NumberLaw, "A number, constant or random.";
}

fn schema(dimension: Dimension, about: &str) -> Value {
    let constant = json!({ "type": ["string", "number"], "description": format!("{} alone: constant.", dimension.name()) });
    let forms = FORMS.iter().filter(|form| dimension == Dimension::Size || form.name != "object-size").map(|form| {
        let value = if form.parameters.is_empty() {
            json!({ "type": ["string", "number", "array"] })
        } else {
            let names: serde_json::Map<String, Value> = form.parameters.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
            json!({ "type": ["object", "string"], "pattern": ASSUMED, "properties": names, "additionalProperties": false })
        };
        json!({
            "type": "object",
            "description": form.about,
            "properties": { form.name: value },
            "required": [form.name],
            "additionalProperties": false,
        })
    });
    let forms: Vec<Value> = std::iter::once(constant).chain(forms).collect();
    json!({ "description": about, "anyOf": forms })
}
