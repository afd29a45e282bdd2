//! Which messages were seen lately: the hashes of the last so many events, so
//! that an event sent again is counted once. Bounded; the oldest goes first.

use std::collections::{HashSet, VecDeque};

/// The hashes of the last events, at most a fixed number of them.
#[derive(Debug)]
pub struct SeenWindow {
    limit: usize,
    order: VecDeque<u128>,
    seen: HashSet<u128>,
}

impl SeenWindow {
    /// A window over the last `limit` events that has seen `hashes`, oldest
    /// first.
    pub fn new(limit: usize, hashes: impl IntoIterator<Item = u128>) -> Self {
        let mut window = Self { limit, order: VecDeque::new(), seen: HashSet::new() };
        hashes.into_iter().for_each(|hash| window.insert(hash));
        window
    }

    /// Whether the message is in the window.
    pub fn contains(&self, hash: u128) -> bool {
        self.seen.contains(&hash)
    }

    /// Remembers a message, forgetting the oldest beyond the limit.
    pub fn insert(&mut self, hash: u128) {
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
