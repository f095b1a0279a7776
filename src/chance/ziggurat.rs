//! The standard exponential and the standard normal, by ziggurats. Stands on `key`; `law`, `count` and the arrival
//! processes stand on it.
//!
//! G. Marsaglia and W. W. Tsang, "The ziggurat method for generating random variables", Journal of Statistical Software
//! 5(8), 2000, with 256 layers; layer, sign and place in the layer are disjoint bits of one word, which cures the
//! correlation found by J. A. Doornik, "An improved ziggurat method to generate normal random samples", 2005. More than
//! 98 draws in 100 need that one word only; the others walk on in their own draw.
//!
//! *Design note.* `rand_distr` has both laws; on words made from keys its ziggurats cost three to five times as much.
//! The tables are computed by the compiler in plain arithmetic, so they are the same on every target and no
//! initialisation is checked at run time.

use super::key::Draw;

const LAYERS: usize = 256;

/// The layers of one density, widest first: layer i is a box of width `edge[i]`, all of whose points left of
/// `edge[i + 1]` lie under the curve. Every layer has the same area; layer 0 includes the tail.
struct Ziggurat {
    edge: [f64; LAYERS + 1],
    height: [f64; LAYERS + 1],
}

/// Where the tail of the exponential begins.
///
/// Here and for the normal, start and area solve "layer 255 ends at the top of the curve" (found with 40 digits).
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
const EXPONENTIAL_AREA: f64 = 0.003_949_659_822_581_557;
/// Where the tail of the (halved, unnormalised) normal begins.
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;
const NORMAL_AREA: f64 = 0.004_928_673_233_974_655;

static EXPONENTIAL: Ziggurat = exponential_ziggurat();
static NORMAL: Ziggurat = normal_ziggurat();

/// A standard exponential value (mean 1).
#[inline]
pub fn exp1(draw: &mut Draw) -> f64 {
    let word = draw.word();
    let layer = (word & 255) as usize;
    let value = place(word) * EXPONENTIAL.edge[layer];
    if value < EXPONENTIAL.edge[layer + 1] {
        value
    } else {
        exp1_outside(draw, layer, value)
    }
}

/// A standard normal value (mean 0, variance 1).
#[inline]
pub fn normal(draw: &mut Draw) -> f64 {
    let word = draw.word();
    let layer = (word & 255) as usize;
    let value = signed_place(word) * NORMAL.edge[layer];
    if value.abs() < NORMAL.edge[layer + 1] {
        value
    } else {
        normal_outside(draw, layer, value)
    }
}

/// Uniform on [0, 1) from the upper 53 bits; the layer has the lowest 8.
#[inline]
fn place(word: u64) -> f64 {
    (word >> 11).cast_signed() as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Uniform on [-1, 1) from the upper 53 bits, sign included.
#[inline]
fn signed_place(word: u64) -> f64 {
    (word.cast_signed() >> 11) as f64 * (1.0 / (1u64 << 52) as f64)
}

/// The two draws in a hundred that fall beside the sure part of their layer.
#[cold]
#[inline(never)]
fn exp1_outside(draw: &mut Draw, mut layer: usize, mut value: f64) -> f64 {
    // What lies beyond the start of the tail is again exponential: begin anew, that much further on.
    let mut beyond = 0.0;
    loop {
        if value < EXPONENTIAL.edge[layer + 1] {
            return beyond + value;
        }
        if layer == 0 {
            beyond += EXPONENTIAL_TAIL;
        } else if EXPONENTIAL.height_in(layer, draw) < libm::exp(-value) {
            return beyond + value;
        }
        let word = draw.word();
        layer = (word & 255) as usize;
        value = place(word) * EXPONENTIAL.edge[layer];
    }
}

#[cold]
#[inline(never)]
fn normal_outside(draw: &mut Draw, mut layer: usize, mut value: f64) -> f64 {
    loop {
        if value.abs() < NORMAL.edge[layer + 1] {
            return value;
        }
        if layer == 0 {
            return normal_tail(draw).copysign(value);
        }
        if NORMAL.height_in(layer, draw) < libm::exp(-0.5 * value * value) {
            return value;
        }
        let word = draw.word();
        layer = (word & 255) as usize;
        value = signed_place(word) * NORMAL.edge[layer];
    }
}

/// The normal beyond the start of its tail: G. Marsaglia, "Generating a variable from the tail of the normal
/// distribution", Technometrics 6, 1964.
fn normal_tail(draw: &mut Draw) -> f64 {
    loop {
        let beyond = -libm::log(draw.open_unit()) / NORMAL_TAIL;
        let height = -libm::log(draw.open_unit());
        if height + height > beyond * beyond {
            return NORMAL_TAIL + beyond;
        }
    }
}

impl Ziggurat {
    /// A uniform height between floor and ceiling of `layer`.
    fn height_in(&self, layer: usize, draw: &mut Draw) -> f64 {
        self.height[layer] + (self.height[layer + 1] - self.height[layer]) * draw.unit()
    }
}

const fn exponential_ziggurat() -> Ziggurat {
    let mut edge = [0.0; LAYERS + 1];
    let mut height = [1.0; LAYERS + 1];
    height[0] = 0.0;
    height[1] = exp(-EXPONENTIAL_TAIL);
    edge[0] = EXPONENTIAL_AREA / height[1];
    edge[1] = EXPONENTIAL_TAIL;
    let mut layer = 1;
    while layer + 1 < LAYERS {
        height[layer + 1] = height[layer] + EXPONENTIAL_AREA / edge[layer];
        edge[layer + 1] = -ln(height[layer + 1]);
        layer += 1;
    }
    Ziggurat { edge, height }
}

const fn normal_ziggurat() -> Ziggurat {
    let mut edge = [0.0; LAYERS + 1];
    let mut height = [1.0; LAYERS + 1];
    height[0] = 0.0;
    height[1] = exp(-0.5 * NORMAL_TAIL * NORMAL_TAIL);
    edge[0] = NORMAL_AREA / height[1];
    edge[1] = NORMAL_TAIL;
    let mut layer = 1;
    while layer + 1 < LAYERS {
        height[layer + 1] = height[layer] + NORMAL_AREA / edge[layer];
        edge[layer + 1] = sqrt(-2.0 * ln(height[layer + 1]));
        layer += 1;
    }
    Ziggurat { edge, height }
}

/// eˣ for -8 < x ≤ 0 at compile time: reduced by halves, then Taylor's series.
const fn exp(x: f64) -> f64 {
    let mut rest = x;
    let mut scale = 1.0;
    while rest < -0.5 {
        rest += std::f64::consts::LN_2;
        scale *= 0.5;
    }
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut n = 1.0;
    while n < 20.0 {
        term *= rest / n;
        sum += term;
        n += 1.0;
    }
    sum * scale
}

/// ln y for e⁻⁸ < y ≤ 1 at compile time: Halley's iteration on eˣ = y.
const fn ln(y: f64) -> f64 {
    let mut x = 0.0;
    let mut round = 0;
    while round < 12 {
        let power = exp(x);
        x += 2.0 * (y - power) / (y + power);
        round += 1;
    }
    x
}

/// √y at compile time: Newton's iteration.
const fn sqrt(y: f64) -> f64 {
    let mut x = 1.0 + y;
    let mut round = 0;
    while round < 40 {
        x = 0.5 * (x + y / x);
        round += 1;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::key::{root, site};
    use crate::chance::trial::{Moments, kolmogorov_z, sample, standard_normal_cdf};

    /// Heights and edges must lie on the curve, and every layer must have the same area.
    fn assert_sound(ziggurat: &Ziggurat, area: f64, density: impl Fn(f64) -> f64) {
        for layer in 1..LAYERS {
            let off = density(ziggurat.edge[layer]) / ziggurat.height[layer] - 1.0;
            assert!(off.abs() < 1e-13, "layer {layer} is off the curve by {off}");
            let top = (ziggurat.height[layer + 1] - ziggurat.height[layer]) * ziggurat.edge[layer];
            assert!(
                (top / area - 1.0).abs() < 1e-10,
                "layer {layer} has area {top}"
            );
            assert!(ziggurat.edge[layer + 1] < ziggurat.edge[layer]);
        }
        assert_eq!((ziggurat.edge[LAYERS], ziggurat.height[LAYERS]), (0.0, 1.0));
    }

    #[test]
    fn layers_lie_on_the_curve_and_are_equal() {
        assert_sound(&EXPONENTIAL, EXPONENTIAL_AREA, |x| libm::exp(-x));
        assert_sound(&NORMAL, NORMAL_AREA, |x| libm::exp(-0.5 * x * x));
    }

    #[test]
    fn the_area_of_layer_0_includes_the_tail() {
        let exponential = (EXPONENTIAL_TAIL + 1.0) * libm::exp(-EXPONENTIAL_TAIL);
        assert!((exponential / EXPONENTIAL_AREA - 1.0).abs() < 1e-13);
        let tail = (std::f64::consts::PI / 2.0).sqrt() * libm::erfc(NORMAL_TAIL / 2f64.sqrt());
        let normal = NORMAL_TAIL * libm::exp(-0.5 * NORMAL_TAIL * NORMAL_TAIL) + tail;
        assert!((normal / NORMAL_AREA - 1.0).abs() < 1e-13);
    }

    #[test]
    fn exponential_follows_its_law() {
        let mut values = sample(root(11, 0), 1_000_000, exp1);
        Moments::of(&values).assert_near("exponential", 1.0, 1.0);
        assert!(values.iter().all(|value| *value >= 0.0));
        assert!(kolmogorov_z(&mut values, |x| -libm::expm1(-x)) < 2.0);
    }

    #[test]
    fn normal_follows_its_law() {
        let mut values = sample(root(12, 0), 1_000_000, normal);
        Moments::of(&values).assert_near("normal", 0.0, 1.0);
        assert!(kolmogorov_z(&mut values, standard_normal_cdf) < 2.0);
    }

    /// The tails are a draw in thousands: their shape is tested by itself.
    #[test]
    fn tails_follow_their_laws() {
        let beyond = |values: Vec<f64>, start: f64| -> Vec<f64> {
            values
                .into_iter()
                .map(f64::abs)
                .filter(|value| *value > start)
                .collect()
        };
        let mut exponential = beyond(sample(root(13, 0), 4_000_000, exp1), EXPONENTIAL_TAIL);
        assert!(kolmogorov_z(&mut exponential, |x| -libm::expm1(EXPONENTIAL_TAIL - x)) < 2.0);
        let expected = 4e6 * libm::exp(-EXPONENTIAL_TAIL);
        assert!((exponential.len() as f64 - expected).abs() < 4.0 * expected.sqrt());
        let survival = |x: f64| 2.0 * standard_normal_cdf(-x);
        let mut normal = beyond(sample(root(14, 0), 4_000_000, normal), NORMAL_TAIL);
        assert!(kolmogorov_z(&mut normal, |x| 1.0 - survival(x) / survival(NORMAL_TAIL)) < 2.0);
        let expected = 4e6 * survival(NORMAL_TAIL);
        assert!((normal.len() as f64 - expected).abs() < 4.0 * expected.sqrt());
    }

    #[test]
    fn a_value_is_named_by_its_key_and_site_alone() {
        let draw = root(1, 0).draw(site(&["twice"]));
        assert_eq!(exp1(&mut { draw }).to_bits(), exp1(&mut { draw }).to_bits());
    }
}
