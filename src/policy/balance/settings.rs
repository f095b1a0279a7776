//! What a balancer can be told: its words, its settings, and what it makes of them.

use super::ring::Luck;

/// A kind of balancer.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The words for it, the usual one first.
    pub words: &'static [&'static str],
    /// What it does, and where that is described.
    pub about: &'static str,
    /// What can be said of it.
    pub settings: &'static [Setting],
    /// Whether it can be given the weight of each group, by name, beside its settings.
    pub by_group: bool,
}

/// One thing that can be said of a balancer.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in a model.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Its value when it is not given, as a model would write it; `None` = it must be given, or may be absent.
    pub default: Option<&'static str>,
    /// Whether it must be given.
    pub required: bool,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A whole number from 1 on.
    Count,
    /// A number above 0.
    Number,
    /// A duration above 0.
    Duration,
    /// True or false.
    Switch,
    /// Whose requests are counted: `central` or `caller`.
    View,
    /// Whether every replication draws anew: `drawn` or `fixed`.
    Luck,
    /// The name of an attribute or a data set.
    Key,
}

/// What a balancer knows of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// The true numbers.
    #[default]
    Central,
    /// Only the calls of the calling replica itself.
    Caller,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// A number.
    Number(f64),
    /// A duration \[ns\].
    Duration(u64),
    /// True or false.
    Switch(bool),
    /// A view.
    View(View),
    /// Luck.
    Luck(Luck),
    /// A name.
    Key(String),
}

/// What has been said of a balancer, defaults filled in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(pub Vec<(&'static str, Value)>);

/// Why a balancer cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The setting at fault.
    pub setting: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl Refusal {
    /// A setting is at fault.
    pub fn of(setting: &'static str, message: String) -> Self {
        Self { setting, message }
    }
}

impl Settings {
    fn find(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.0.iter().find(|(own, _)| *own == name)?;
        Some(value)
    }

    /// A whole number, if it was given.
    pub fn count(&self, name: &str) -> Option<u64> {
        match self.find(name)? {
            Value::Count(count) => Some(*count),
            _ => None,
        }
    }

    /// A number, if it was given.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.find(name)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A duration \[ns\], if it was given.
    pub fn duration(&self, name: &str) -> Option<u64> {
        match self.find(name)? {
            Value::Duration(ns) => Some(*ns),
            _ => None,
        }
    }

    /// Whether something is so.
    pub fn switch(&self, name: &str) -> bool {
        matches!(self.find(name), Some(Value::Switch(true)))
    }

    /// Whose requests are counted.
    pub fn view(&self) -> View {
        match self.find("view") {
            Some(Value::View(view)) => *view,
            _ => View::Central,
        }
    }

    /// Whether every replication draws anew.
    pub fn luck(&self) -> Luck {
        match self.find("luck") {
            Some(Value::Luck(luck)) => *luck,
            _ => Luck::default(),
        }
    }

    /// The name of an attribute or a data set.
    pub fn key(&self) -> Option<String> {
        match self.find("key")? {
            Value::Key(name) => Some(name.clone()),
            _ => None,
        }
    }
}

impl Setting {
    /// Whose requests are counted.
    pub(super) const VIEW: Self = Self {
        name: "view",
        about: "Whose requests it counts: `central` knows them all, `caller` only those of the calling replica.",
        form: Form::View,
        default: Some("central"),
        required: false,
    };

    /// Of how many replicas.
    pub(super) const CHOICES: Self = Self {
        name: "choices",
        about: "How many replicas it looks at.",
        form: Form::Count,
        default: Some("2"),
        required: false,
    };

    /// Whether they are different ones.
    pub(super) const DISTINCT: Self = Self {
        name: "distinct",
        about: "Whether they are distinct; otherwise the same one may be drawn twice.",
        form: Form::Switch,
        default: Some("true"),
        required: false,
    };
}
