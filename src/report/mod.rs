//! Results become something to read: a terminal, a document, a page, tables and charts. Nothing is computed here.
//!
//! `tables` says once what there is to say, in words; [`terminal`], [`markdown`] and [`html`] set it, [`csv`] and
//! [`json`] keep full precision for programs, [`charts`] draws, [`mod@forecast`] says what
//! a run will take, [`mod@write`] puts all of it on disk, [`place`] keeps that whole, [`manifest`] says what it is.

pub mod charts;
pub mod csv;
pub mod forecast;
pub mod format;
pub mod html;
pub mod json;
pub mod manifest;
pub mod markdown;
pub mod place;
pub mod terminal;
pub mod validation;
pub mod write;

mod tables;
pub(crate) mod text;

#[cfg(test)]
pub(crate) mod fixture;

#[cfg(test)]
mod tests;
