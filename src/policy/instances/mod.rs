//! Instances made on demand: when one may be started, which one takes a request, what a request waits for.

/// Which of the instances with room takes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Take {
    /// The one that got room last: the others are left to go.
    #[default]
    Newest,
    /// The one that has had room longest: all are kept.
    Oldest,
}

/// What a request waits for that finds no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WaitsFor {
    /// The instance that is started for it (AWS Lambda; `McGrath` and Brenner 2017).
    #[default]
    OwnInstance,
    /// The first room there is; as many starts as requests wait are under way, the others are called off (M/M/k/setup: Gandhi,
    /// Doroudi, Harchol-Balter and Scheller-Wolf 2013).
    FirstFree,
}

/// How many starts are too many, when so many are under way for so many who wait, with so much room in each.
pub fn too_many(starting: usize, waiting: u32, room: u32) -> usize {
    starting - starting.min(waiting.div_ceil(room) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_nobody_waits_for_is_one_too_many() {
        assert_eq!(
            (too_many(3, 3, 1), too_many(3, 1, 1), too_many(2, 0, 1)),
            (0, 2, 2)
        );
        assert_eq!(
            (too_many(2, 5, 4), too_many(2, 4, 4), too_many(1, 9, 4)),
            (0, 1, 0)
        );
    }
}
