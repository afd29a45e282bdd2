//! The deduplication window: hashes of the most recent message ids, so that an event sent again counts once.
//! Bounded; the oldest hash is removed first.

use std::collections::{HashSet, VecDeque};

/// The hashes of the most recent events, at most `limit`.
#[derive(Debug)]
pub struct SeenWindow {
    limit: usize,
    order: VecDeque<u128>,
    seen: HashSet<u128>,
}

impl SeenWindow {
    /// A window over the last `limit` events, filled with `hashes`, oldest first.
    pub fn new(limit: usize, hashes: impl IntoIterator<Item = u128>) -> Self {
        let mut window = Self { limit, order: VecDeque::new(), seen: HashSet::new() };
        hashes.into_iter().for_each(|hash| window.insert(hash));
        window
    }

    /// True if the hash is in the window.
    pub fn contains(&self, hash: u128) -> bool {
        self.seen.contains(&hash)
    }

    /// Adds a hash, and removes the oldest one beyond the limit.
    pub fn insert(&mut self, hash: u128) {
        // A hash in the window retains its age.
        if !self.seen.insert(hash) {
            return;
        }
        self.order.push_back(hash);
        if self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut window = SeenWindow::new(2, [1, 2]);
        window.insert(2);
        assert!(window.contains(1), "seeing 2 again costs nothing");
        window.insert(3);
        assert_eq!([1, 2, 3].map(|hash| window.contains(hash)), [false, true, true]);
    }
}
