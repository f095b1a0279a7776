//! Last come, first served while the queue is long, else first come, first served (Maurer, "Fail at Scale: Reliability in the
//! face of rapid change", ACM Queue 13(8), 2015).
//!
//! In an overload those who came first have mostly been given up when their turn comes: serving the newest keeps some alive. HHVM
//! decides by the number that waits (`thread_job_lifo_switch_threshold`), and so does this.
//!
//! Not modelled: the controlled delay that the article combines it with; that is the discipline `codel`.

/// Whether the newest is next, when so many wait.
#[inline]
pub fn takes_newest(waiting: u32, threshold: u32) -> bool {
    waiting > threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_next_above_the_threshold_only() {
        assert!(!takes_newest(2, 2) && takes_newest(3, 2) && takes_newest(1, 0));
    }
}
