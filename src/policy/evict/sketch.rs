//! Roughly how often objects were asked for of late: G. Cormode and S. Muthukrishnan, "An improved data stream summary: the count-min
//! sketch and its applications", 2005, with counters of four bits that are halved now and then (Einziger et al. 2017).

use super::index::mixed;

/// Counters per object.
const ROWS: u64 = 4;
/// Counters in a word, each of four bits.
const COUNTERS: u64 = 16;
/// The largest count.
const MOST: u64 = 15;
/// Requests per word between two halvings.
const SAMPLE: u64 = 10;

/// Counts of all objects, too high where several share all of their counters.
#[derive(Debug)]
pub(super) struct Sketch {
    /// A power of two; sixteen counters in each.
    words: Vec<u64>,
    counted: u64,
}

impl Sketch {
    pub(super) fn new() -> Self {
        Self {
            words: vec![0; 64],
            counted: 0,
        }
    }

    /// Word and shift of an object's counter in a row; each row has its own four counters of a word.
    #[inline]
    fn counter(&self, hash: u64, row: u64) -> (usize, u64) {
        let own = (hash >> 32 | 1).wrapping_mul(row).wrapping_add(hash);
        let own = own ^ (own >> 29);
        let word = own & (self.words.len() as u64 - 1);
        let among = (hash >> (56 + 2 * row)) & 3;
        (word as usize, 4 * (row * (COUNTERS / ROWS) + among))
    }

    /// An object was asked for.
    pub(super) fn count(&mut self, object: u64) {
        let hash = mixed(object);
        for row in 0..ROWS {
            let (word, shift) = self.counter(hash, row);
            if self.words[word] >> shift & MOST < MOST {
                self.words[word] += 1 << shift;
            }
        }
        self.counted += 1;
        if self.counted >= SAMPLE * self.words.len() as u64 {
            self.counted /= 2;
            for word in &mut self.words {
                *word = *word >> 1 & 0x7777_7777_7777_7777;
            }
        }
    }

    /// How often it was asked for, at most.
    pub(super) fn estimate(&self, object: u64) -> u64 {
        let hash = mixed(object);
        let counts = (0..ROWS).map(|row| {
            let (word, shift) = self.counter(hash, row);
            self.words[word] >> shift & MOST
        });
        counts.min().unwrap_or(0)
    }

    /// Make room for so many objects; counts stay as they are, for each half of the larger table is the smaller one.
    pub(super) fn grow(&mut self, objects: u64) {
        while (self.words.len() as u64) < objects {
            self.words.extend_from_within(..);
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::Sketch;

    #[test]
    fn counts_up_to_fifteen_and_halves() {
        let mut sketch = Sketch::new();
        for _ in 0..20 {
            sketch.count(7);
        }
        sketch.count(8);
        assert_eq!((sketch.estimate(7), sketch.estimate(8)), (15, 1));
        sketch.grow(1000);
        assert_eq!((sketch.words.len(), sketch.estimate(7)), (1024, 15));
        for object in 0..10_239 - 21 {
            sketch.count(1_000 + object);
        }
        assert_eq!(sketch.estimate(7), 15);
        sketch.count(7);
        assert_eq!(sketch.estimate(7), 7);
    }

    #[test]
    fn never_too_low_and_seldom_too_high() {
        let mut sketch = Sketch::new();
        sketch.grow(1024);
        for object in 0..1024 {
            for _ in 0..object % 3 {
                sketch.count(object);
            }
        }
        let off = |object: &u64| sketch.estimate(*object) > object % 3;
        assert!((0..1024).all(|object| sketch.estimate(object) >= object % 3));
        assert!((0..1024).filter(off).count() < 40);
    }
}
