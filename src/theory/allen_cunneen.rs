//! G/G/c: an *approximation* of the mean wait, the one of M/M/c times half the sum of two squared coefficients of variation.
//!
//! Allen and Cunneen, in Allen, "Probability, Statistics, and Queueing Theory" (2nd ed., 1990), chapter 5. Exact for M/M/c and, with one
//! server, for M/G/1; for M/G/c it is the rule of Lee and Longton (1959). For one server and regular arrivals it errs upwards.

use super::mmc::Mmc;

/// Approximate mean wait: arrivals per unit of time, squared coefficient of variation of the gaps between them; mean and squared
/// coefficient of variation of service times; servers. `None` when more arrives than is served, or a variance is infinite.
pub fn wait(rate: f64, gaps_cv2: f64, mean: f64, service_cv2: f64, servers: u32) -> Option<f64> {
    let spread = f64::midpoint(gaps_cv2, service_cv2);
    let queue = Mmc::new(rate, mean, servers)?;
    spread.is_finite().then(|| queue.wait() * spread)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{mg1::Mg1, near};
    use super::*;

    /// M/H₂/2 of squared coefficient of variation 4 at 80 %: Lee and Longton say 4.444, the exact chain 4.285.
    #[test]
    fn several_servers_and_any_law() {
        near(wait(1.6, 1.0, 1.0, 4.0, 2).unwrap(), 4.444_444);
        // M/D/2 by Crommelin (1932): 0.9033.
        assert!((wait(1.6, 1.0, 1.0, 0.0, 2).unwrap() - 0.903_284).abs() < 0.02);
    }

    #[test]
    fn exact_where_the_exact_formula_is_known() {
        near(wait(1.6, 1.0, 1.0, 1.0, 2).unwrap(), 1.777_778);
        near(
            wait(0.7, 1.0, 1.0, 4.0, 1).unwrap(),
            Mg1::new(0.7, 1.0, 5.0).unwrap().wait(),
        );
    }

    /// Regular arrivals (D/M/1, D/M/4, E₁₀/M/1; Kleinrock 1975, chapter 6): above the exact wait, by a fifth at most.
    #[test]
    fn regular_arrivals_wait_less_than_it_says() {
        for (rate, gaps, servers, exact) in [
            (0.8, 0.0, 1, 1.692_731),
            (3.6, 0.0, 4, 0.861_178_3),
            (0.9, 0.1, 1, 4.660_276),
        ] {
            let said = wait(rate, gaps, 1.0, 1.0, servers).unwrap();
            assert!(said > exact && said < 1.2 * exact, "{said} for {exact}");
        }
    }

    #[test]
    fn no_answer_where_there_is_none() {
        assert_eq!(wait(2.0, 1.0, 1.0, 1.0, 2), None);
        assert_eq!(wait(1.0, 1.0, 1.0, f64::INFINITY, 2), None);
    }
}
