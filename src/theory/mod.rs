//! Closed forms on the compiled plan: what queueing theory says of an architecture where it says anything, and why not where not.
//!
//! | file | what it knows |
//! |---|---|
//! | `erlang`, `mmc`, `mmck` | Poisson arrivals, exponential service: who waits, for how long, who is refused |
//! | `mg1`, `sharing`, `allen_cunneen` | any law of service: first come first served, shared, and the approximation |
//! | `jackson` | open networks: total rates, each station on its own |
//! | `mva`, `convolution` | closed networks: exact and approximate |
//! | `fork_join` | the slowest of several branches |
//! | `bounds` | what demands alone imply |

pub mod allen_cunneen;
pub mod bounds;
pub mod convolution;
pub mod erlang;
pub mod fork_join;
pub mod jackson;
pub mod mg1;
pub mod mmc;
pub mod mmck;
pub mod mva;
pub mod sharing;

#[cfg(test)]
pub(crate) fn near(found: f64, exact: f64) {
    assert!(
        (found - exact).abs() <= 2e-6 * exact.abs(),
        "{found} instead of {exact}"
    );
}
