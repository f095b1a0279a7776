//! Token buckets: full at first, filled again at a constant rate; each request (or start of an instance) takes a token, and nothing
//! may be done without one (RFC 2697's committed information rate and burst size, in requests instead of bytes; Envoy's local rate
//! limit, 2025; API Gateway's throttling, AWS documentation, 2025: "token bucket algorithm, where a token counts for a request").
//! Instances of functions are started by the same rule (AWS Lambda: 1,000 more every 10 s for each function, "Lambda function
//! scaling", AWS documentation, 2025).
//!
//! Not modelled: the steps in which a real one is filled (Envoy's `fill_interval`, 10 s of Lambda); it is filled without interruption.
//! Requests that wait for a token (a leaky bucket, as of nginx's `limit_req` with a burst): who finds none is turned away.

/// What is allowed at present.
#[derive(Debug, Clone)]
pub struct Bucket {
    most: f64,
    /// Tokens per ns.
    refill: f64,
    left: f64,
    at: u64,
}

impl Bucket {
    /// A full one, filled again at so many tokens per ns; `None` = no limit.
    pub fn new(limit: Option<(u32, f64)>) -> Self {
        let (most, refill) = limit.map_or((f64::INFINITY, 0.0), |(most, refill)| {
            (f64::from(most), refill)
        });
        Self {
            most,
            refill,
            left: most,
            at: 0,
        }
    }

    fn fill(&mut self, now: u64) {
        let more = (now - self.at) as f64 * self.refill;
        self.left = (self.left + more).min(self.most);
        self.at = now;
    }

    /// Takes a token, if there is one.
    pub fn take(&mut self, now: u64) -> bool {
        self.fill(now);
        // A wait is counted in whole ns, and a token is due a little less than a ns before its time.
        let there = self.left >= 1.0 - self.refill;
        if there {
            self.left = (self.left - 1.0).max(0.0);
        }
        there
    }

    /// Time until there is one \[ns\]; `None` = never.
    pub fn wait(&mut self, now: u64) -> Option<u64> {
        self.fill(now);
        let missing = 1.0 - self.left;
        if missing <= 0.0 {
            return Some(0);
        }
        (self.refill > 0.0).then(|| (missing / self.refill).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two at once, then one every 5 ns.
    #[test]
    fn a_burst_and_then_a_rate() {
        let mut bucket = Bucket::new(Some((2, 0.2)));
        assert_eq!(
            [bucket.take(3), bucket.take(3), bucket.take(3)],
            [true, true, false]
        );
        assert_eq!(bucket.wait(3), Some(5));
        assert!(!bucket.take(6) && bucket.take(8) && !bucket.take(8));
        assert!(bucket.take(100) && bucket.take(100) && !bucket.take(100));
        assert!(Bucket::new(None).take(0));
    }
}
