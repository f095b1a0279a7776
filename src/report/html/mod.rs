//! The report as one page that opens from disk: charts and style inside, no network, no script, readable on paper.
//!
//! [`run`] and [`comparison`] decide what stands where; the template `page.html` sets it and escapes every word.

mod comparison;
mod page;
mod reading;
mod run;

pub use comparison::comparison;
pub use run::run;

#[cfg(test)]
mod tests;
