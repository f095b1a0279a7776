//! A message is lost on its way and sent again: how TCP does it on a connection that is open already.
//!
//! Each sending is lost with the same chance, independently of all others. The sender notices when no acknowledgement has come within
//! its retransmission timeout, which doubles with each loss (RFC 6298, 2011, section 5.5). As in Linux (`net/ipv4/tcp_input.c`,
//! `tcp_set_rto`: the smoothed round trip plus its deviation, which never counts as less than `TCP_RTO_MIN`), the first timeout over a way
//! of steady length is its round trip and 200 ms more; none is longer than 120 s (`TCP_RTO_MAX`), and after 15 repetitions (`tcp_retries2`) the
//! sender gives up, and the call is `unreachable`. Over a way that takes no time that is after 924.6 s, the figure of the kernel's own documentation
//! (`ip-sysctl`); mostly a caller's own timeout comes long before.
//!
//! Not modelled: the single packets of a message, and with them fast retransmission and the congestion window (a large message loses more often and
//! recovers faster than here); connections being opened (whose first timeout is 1 s); losses that come in bursts; acknowledgements that are
//! lost; cancellations, which always come through.

use crate::chance::key::Draw;

/// What a timeout is longer than the round trip \[ns\]: `TCP_RTO_MIN`.
const MARGIN: u64 = 200_000_000;
/// The longest timeout \[ns\]: `TCP_RTO_MAX`.
const LONGEST: u64 = 120_000_000_000;
/// How often a message is sent at most: once, and `tcp_retries2` times again.
const MOST_SENDINGS: u32 = 16;

/// A way on which messages are lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resend {
    /// Chance that a sending is lost.
    loss: f64,
    /// The first retransmission timeout \[ns\].
    first: u64,
}

/// How the sendings of one message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Sendings that were lost.
    pub lost: u32,
    /// The time until the last sending, or until the sender gave up \[ns\].
    pub after: u64,
    /// Whether the last sending was not lost.
    pub arrives: bool,
}

impl Resend {
    /// Over a way with this loss (0 to 1) and mean round trip \[ns\]; `None` when nothing is ever lost.
    pub fn new(loss: f64, round_trip: f64) -> Option<Self> {
        let first = (round_trip + 0.5) as u64;
        let first = first.saturating_add(MARGIN).min(LONGEST);
        (loss > 0.0).then_some(Self { loss, first })
    }

    /// Send a message until it comes through, or the sender gives up.
    pub fn send(&self, draw: &mut Draw) -> Sent {
        let mut after = 0;
        for lost in 0..MOST_SENDINGS {
            if !draw.chance(self.loss) {
                return Sent {
                    lost,
                    after,
                    arrives: true,
                };
            }
            after += self.timeout(lost);
        }
        Sent {
            lost: MOST_SENDINGS,
            after,
            arrives: false,
        }
    }

    /// What losses add to the time of a message in the mean \[ns\].
    pub fn mean(&self) -> f64 {
        let mut chance = 1.0;
        let mut timeout = |lost| {
            chance *= self.loss;
            chance * self.timeout(lost) as f64
        };
        (0..MOST_SENDINGS).map(&mut timeout).sum()
    }

    /// The timeout after so many losses before.
    fn timeout(&self, lost: u32) -> u64 {
        self.first.saturating_mul(1 << lost).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::key::{root, site};

    #[test]
    fn nothing_comes_through_a_cut_way_and_the_sender_gives_up_when_linux_does() {
        let resend = Resend::new(1.0, 0.0).expect("it loses");
        let sent = resend.send(&mut root(1, 0).draw(site(&["loss"])));
        assert_eq!((sent.lost, sent.arrives), (16, false));
        assert_eq!(sent.after, 924_600_000_000);
        assert!((resend.mean() - 924.6e9).abs() < 1.0);
        assert_eq!(Resend::new(0.0, 1e6), None);
    }

    #[test]
    fn timeouts_are_the_round_trip_and_a_margin_and_double() {
        let resend = Resend::new(0.5, 80e6).expect("it loses");
        // 280 + 560 + 1120 ms, and the longest is 120 s.
        let first: u64 = (0..3).map(|lost| resend.timeout(lost)).sum();
        assert_eq!(first, 1_960_000_000);
        assert_eq!(resend.timeout(9), LONGEST);
    }

    #[test]
    fn the_mean_is_that_of_many_messages() {
        let resend = Resend::new(0.1, 50e6).expect("it loses");
        // 0.1 × 250 + 0.01 × 500 + 0.001 × 1000 + … = 25 / (1 - 0.2) ms while timeouts double.
        assert!((resend.mean() / 31.25e6 - 1.0).abs() < 1e-6);
        let sends = 400_000;
        let one = |number| resend.send(&mut root(3, 0).numbered(number).draw(site(&["loss"])));
        let (mut time, mut square, mut lost) = (0.0, 0.0, 0);
        for sent in (0..sends).map(one) {
            time += sent.after as f64;
            square += (sent.after as f64).powi(2);
            lost += sent.lost;
        }
        let (count, mean) = (sends as f64, time / sends as f64);
        let deviation = ((square / count - mean * mean) / count).sqrt();
        assert!((mean - resend.mean()).abs() < 4.0 * deviation, "{mean}");
        let expected = count * 0.1 / 0.9;
        assert!((f64::from(lost) - expected).abs() < 4.0 * (count * 0.1 / 0.81).sqrt());
    }
}
