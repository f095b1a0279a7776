//! From what an architect knows, mean and cv or two percentiles, to the parameters of a law.

/// The shape of a Weibull law with this cv, which solves Γ(1 + 2/k) / Γ(1 + 1/k)² = 1 + cv²; halving an interval is
/// slow and sure, and done once per law.
pub(super) fn weibull_shape(cv: f64) -> f64 {
    // So close to a constant that the gamma functions cancel: the Gumbel limit, cv ≈ π / (√6 k).
    if cv < 1e-4 {
        return std::f64::consts::PI / (6f64.sqrt() * cv);
    }
    let target = libm::log1p(cv * cv);
    let (mut low, mut high) = (0.01, 1e5);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if weibull_spread(middle) > target {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The mean of a Weibull law of scale 1: Γ(1 + 1/shape).
pub(super) fn weibull_mean(shape: f64) -> f64 {
    libm::tgamma(1.0 + 1.0 / shape)
}

/// The squared cv of a Weibull law; through logarithms, which neither overflow nor cancel.
pub(super) fn weibull_cv2(shape: f64) -> f64 {
    libm::expm1(weibull_spread(shape))
}

/// ln(1 + cv²).
fn weibull_spread(shape: f64) -> f64 {
    libm::lgamma(1.0 + 2.0 / shape) - 2.0 * libm::lgamma(1.0 + 1.0 / shape)
}

/// The two branches (weight, mean) of a hyper-exponential with balanced means: W. Whitt, "Approximating a point process
/// by a renewal process", Operations Research 30, 1982.
pub(super) fn balanced_branches(mean: f64, cv: f64) -> [(f64, f64); 2] {
    let cv2 = cv * cv;
    let skew = ((cv2 - 1.0) / (cv2 + 1.0)).sqrt();
    let often = 0.5 * (1.0 + skew);
    // 1 - often, without cancellation for a large cv.
    let seldom = 1.0 / ((cv2 + 1.0) * (1.0 + skew));
    [(often, 0.5 * mean / often), (seldom, 0.5 * mean / seldom)]
}

/// Standard deviation of the logarithm of a lognormal with this cv.
pub(super) fn lognormal_sigma(cv: f64) -> f64 {
    libm::log1p(cv * cv).sqrt()
}

/// (median, sigma) of the lognormal through two points (share below, value).
pub(super) fn lognormal_through(points: &[(f64, f64); 2]) -> (f64, f64) {
    let [(p, low), (q, high)] = *points;
    let (z, y) = (normal_quantile(p), normal_quantile(q));
    let sigma = libm::log(high / low) / (y - z);
    (low * libm::exp(-z * sigma), sigma)
}

/// The standard normal value below which a share `p` lies, by Newton's iteration from 0. The distribution function
/// bends towards its end, so the iteration climbs to the root and never passes it.
pub(super) fn normal_quantile(p: f64) -> f64 {
    if p < 0.5 {
        return -normal_quantile(1.0 - p);
    }
    let mut z = 0.0;
    for _ in 0..200 {
        let above = 0.5 * libm::erfc(z / std::f64::consts::SQRT_2);
        let density = libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
        let step = (above - (1.0 - p)) / density;
        z += step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        let table = [
            (0.5, 0.0),
            (0.9, 1.281_551_565_544_600_4),
            (0.95, 1.644_853_626_951_472_2),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_841),
            (0.999, 3.090_232_306_167_813_6),
            (0.01, -2.326_347_874_040_841),
        ];
        for (p, z) in table {
            assert!(
                (normal_quantile(p) - z).abs() < 1e-12,
                "{p}: {}",
                normal_quantile(p)
            );
        }
        assert!((normal_quantile(0.999_999_9) - 5.199_337_582_290_661).abs() < 1e-6);
    }

    #[test]
    fn a_lognormal_goes_through_its_points() {
        for points in [
            [(0.5, 10.0), (0.99, 80.0)],
            [(0.95, 70.0), (0.9, 50.0)],
            [(0.1, 1.0), (0.75, 9.0)],
        ] {
            let (median, sigma) = lognormal_through(&points);
            for (p, value) in points {
                let below = 0.5 * libm::erfc(-(value / median).ln() / sigma / 2f64.sqrt());
                assert!(
                    (below - p).abs() < 1e-12,
                    "{below} below the p{p} of {points:?}"
                );
            }
        }
    }

    #[test]
    fn weibull_shapes_give_back_their_cv() {
        for cv in [0.000_2, 0.01, 0.3, 1.0, 2.0, 10.0, 100.0] {
            let shape = weibull_shape(cv);
            let cv2 =
                libm::exp(libm::lgamma(1.0 + 2.0 / shape) - 2.0 * libm::lgamma(1.0 + 1.0 / shape))
                    - 1.0;
            assert!(
                (cv2.sqrt() / cv - 1.0).abs() < 1e-6,
                "cv {cv}: shape {shape} gives {}",
                cv2.sqrt()
            );
        }
        assert!((weibull_shape(1.0) - 1.0).abs() < 1e-12);
        assert!((weibull_shape(0.000_099_9) / weibull_shape(0.000_100_1) - 1.002).abs() < 1e-3);
    }

    #[test]
    fn balanced_branches_are_balanced() {
        for cv in [1.0, 1.5, 4.0, 1000.0] {
            let [(p, slow), (q, fast)] = balanced_branches(3.0, cv);
            assert!((p + q - 1.0).abs() < 1e-12);
            assert!((p * slow - 1.5).abs() < 1e-12 && (q * fast - 1.5).abs() < 1e-12);
            let cv2 = 2.0 * (p * slow * slow + q * fast * fast) / 9.0 - 1.0;
            assert!((cv2 / (cv * cv) - 1.0).abs() < 1e-12);
        }
    }
}
