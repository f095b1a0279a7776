//! Chance: every random thing of a run, drawn by name.
//!
//! A request carries a [`key::Key`]; a place where something is drawn has a [`key::Site`]; the two together give a
//! [`key::Draw`], whose words depend on nothing else. So there is no generator to keep in step, and two architectures
//! that are compared see the same luck wherever they ask the same question (common random numbers).
//!
//! ```
//! use scaleproof::chance::key::{root, site};
//! use scaleproof::chance::law::Law;
//!
//! let service_time = Law::Lognormal { mean: 4.0, cv: 0.8 };
//! let sampler = service_time.sampler();
//! let request = root(1, 0).child(site(&["shoppers"]), 17);
//! let demand = sampler.sample(&mut request.draw(site(&["web", "product", "compute"])));
//! assert!(demand > 0.0);
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`key`] | the fate of a request: keys, sites, words |
//! | [`ziggurat`] | the standard exponential and the standard normal |
//! | [`weights`] | one of several by weight |
//! | [`law`] | random values: what is written and what is run |
//! | [`count`] | random whole numbers |
//! | [`popularity`] | which object is asked for |
//! | [`permutation`] | which object holds which rank |
//!
//! The same words give the same values on every target: samplers use `+ - * /`, the square root and the functions of
//! the `libm` crate. The exceptions are the gamma law (and Erlang beyond a few stages) and Poisson counts of a large
//! mean, which come from `rand_distr` and promise the same bits on one target only.

pub mod count;
pub mod key;
pub mod law;
pub mod permutation;
pub mod popularity;
pub mod weights;
pub mod ziggurat;

#[cfg(test)]
pub(crate) mod ledger;
#[cfg(test)]
pub(crate) mod trial;
