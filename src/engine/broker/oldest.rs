//! The least of many numbers that change one at a time: a tree of minima (a tournament).

#[derive(Debug)]
pub(super) struct Oldest {
    leaves: usize,
    /// The root at 1, the children of `k` at `2k` and `2k + 1`.
    tree: Vec<u64>,
}

impl Oldest {
    pub(super) fn new(numbers: usize) -> Self {
        let leaves = numbers.next_power_of_two();
        Self {
            leaves,
            tree: vec![u64::MAX; 2 * leaves],
        }
    }

    pub(super) fn set(&mut self, at: usize, number: u64) {
        let mut at = self.leaves + at;
        self.tree[at] = number;
        while at > 1 {
            at /= 2;
            let least = self.tree[2 * at].min(self.tree[2 * at + 1]);
            if self.tree[at] == least {
                return;
            }
            self.tree[at] = least;
        }
    }

    pub(super) fn least(&self) -> u64 {
        self.tree[1]
    }
}

#[cfg(test)]
mod tests {
    use super::Oldest;

    #[test]
    fn the_least_is_that_of_a_plain_search() {
        for size in [1, 2, 3, 7, 24] {
            let (mut tree, mut plain) = (Oldest::new(size), vec![u64::MAX; size]);
            for step in 0..200_u64 {
                let (at, number) = ((step * 7 % size as u64) as usize, step * 37 % 101);
                tree.set(at, number);
                plain[at] = number;
                assert_eq!(Some(tree.least()), plain.iter().copied().min());
            }
        }
    }
}
