//! The universal scalability law (Gunther, "A simple capacity model of massively parallel transaction systems", 1993; "Guerrilla
//! Capacity Planning", 2007): n at once do C(n) = n / (1 + σ(n-1) + κn(n-1)) times the work of one.
//!
//! Here every job is slowed by the divisor. It is a description, not a mechanism: what a job waits for (a lock, a cache line) is
//! not modelled, and the slowdown follows the number present at once, without delay.

/// What n is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Cores that are busy.
    Cores,
    /// Requests that compute, however many cores there are for them.
    InProgress,
}

/// Its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usl {
    /// σ: the part of the work that only one can do at a time; from 0 to 1.
    pub contention: f64,
    /// κ: what each pays for each of the others to agree with it; 0 or more.
    pub coherency: f64,
    /// What n is.
    pub over: Over,
}

impl Usl {
    /// By how much everybody is slowed down with so many jobs on so many cores; at least 1.
    pub fn slowdown(&self, jobs: u32, cores: f64) -> f64 {
        let present = f64::from(jobs);
        let n = match self.over {
            Over::Cores => present.min(cores),
            Over::InProgress => present,
        }
        .max(1.0);
        1.0 + self.contention * (n - 1.0) + self.coherency * n * (n - 1.0)
    }

    /// The most that so many cores do at once, in cores of one job alone.
    pub fn peak(&self, cores: f64) -> f64 {
        let mut most = cores.min(1.0);
        let mut jobs = 1_u32;
        // Throughput rises to one peak and falls from there on.
        while f64::from(jobs) < cores && jobs < 1 << 20 {
            jobs += 1;
            let busy = f64::from(jobs).min(cores);
            let done = busy / self.slowdown(jobs, cores);
            if done < most {
                break;
            }
            most = done;
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// σ = κ = 0.02: C(8) = 8/(1 + 0.14 + 1.12) = 3.5398, C(10) = 3.3557; the peak is at 7: 7/(1 + 0.12 + 0.84) = 3.5714.
    #[test]
    fn capacity_rises_to_a_peak_and_falls() {
        let mut law = Usl {
            contention: 0.02,
            coherency: 0.02,
            over: Over::InProgress,
        };
        assert!((8.0 / law.slowdown(8, 10.0) - 3.539_823).abs() < 1e-6);
        assert!((10.0 / law.slowdown(10, 10.0) - 3.355_705).abs() < 1e-6);
        assert!((law.peak(10.0) - 3.571_429).abs() < 1e-6);
        // Over cores, those who wait for one slow nobody down.
        assert!(law.slowdown(8, 2.0) > 2.0);
        law.over = Over::Cores;
        assert!((law.slowdown(8, 2.0) - 1.06).abs() < 1e-12);
        assert!((law.slowdown(8, 0.2) - 1.0).abs() < 1e-12);
    }
}
