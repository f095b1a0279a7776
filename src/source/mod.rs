//! The text: where it came from, places in it, what is wrong with it and how that is drawn.
//!
//! A document is read in two passes. [`yaml`] turns text into a tree of [`Node`]s that keeps every place; `model` reads
//! the tree. Both put what is wrong into [`Diagnostics`], with a [`Code`] that `scaleproof explain` describes, and
//! [`render`] draws it. May import nothing but `units`.

mod diagnostic;
mod node;
mod place;

pub mod codes;
pub mod render;
pub mod suggest;
pub mod write;
pub mod yaml;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use node::{Content, Entry, Node};
pub use place::{At, Place, Source, Sources};
