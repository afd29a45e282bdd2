//! The two structures of a graph walk: a bounded list of the best nodes found so far, and marks for the nodes
//! already seen.
//!
//! An entry of the list is one u64, so comparing two takes one instruction: the score with its order reversed
//! in the high half, then the ordinal, then one bit for "neighbours already visited". Ascending keys are
//! descending scores, ties by ascending ordinal: a total order for every float.

use crate::id::Ordinal;

const EXPANDED: u64 = 1;

/// The best `capacity` nodes, sorted by descending score, then ordinal.
#[derive(Debug, Default)]
pub(super) struct Beam {
    keys: Vec<u64>,
    capacity: usize,
    /// Every entry before this one is expanded.
    cursor: usize,
}

fn key(score: f32, ordinal: Ordinal) -> u64 {
    // Flips the bits so that a larger float becomes a smaller unsigned number.
    let bits = score.to_bits();
    let descending = if bits >> 31 == 0 { !bits & 0x7FFF_FFFF } else { bits };
    (u64::from(descending) << 32) | (u64::from(ordinal.get()) << 1)
}

fn ordinal(key: u64) -> Ordinal {
    Ordinal::new((key as u32) >> 1)
}

impl Beam {
    /// Empties the list and sets its capacity, at least 1.
    pub(super) fn reset(&mut self, capacity: usize) {
        self.keys.clear();
        self.capacity = capacity.max(1);
        self.cursor = 0;
    }

    /// Adds a node if it is among the best.
    #[inline]
    pub(super) fn offer(&mut self, value: f32, node: Ordinal) {
        let key = key(value, node);
        if self.keys.len() >= self.capacity {
            if self.keys.last().is_some_and(|worst| key >= *worst) {
                return;
            }
            self.keys.pop();
        }
        let at = self.keys.partition_point(|other| *other < key);
        self.keys.insert(at, key);
        // A node better than the one at the cursor is expanded before it.
        self.cursor = self.cursor.min(at);
    }

    /// Returns the best node that is not expanded, and marks it as expanded.
    #[inline]
    pub(super) fn expand_next(&mut self) -> Option<Ordinal> {
        while let Some(key) = self.keys.get_mut(self.cursor) {
            self.cursor += 1;
            if *key & EXPANDED == 0 {
                *key |= EXPANDED;
                return Some(ordinal(*key));
            }
        }
        None
    }

    /// The node that [`Self::expand_next`] returns if no better one is offered before.
    #[inline]
    pub(super) fn peek_next(&self) -> Option<Ordinal> {
        self.keys.get(self.cursor..)?.iter().find(|key| **key & EXPANDED == 0).map(|key| ordinal(*key))
    }

    /// The nodes, best first.
    pub(super) fn ordinals(&self) -> impl Iterator<Item = Ordinal> + '_ {
        self.keys.iter().map(|key| ordinal(*key))
    }
}

/// The nodes that a search has seen: one byte a node, cleared once in 255 searches.
#[derive(Debug, Default)]
pub(super) struct Visited {
    marks: Vec<u8>,
    epoch: u8,
}

impl Visited {
    /// Forgets all nodes, for a graph of `count` nodes.
    pub(super) fn reset(&mut self, count: usize) {
        if self.epoch == u8::MAX || self.marks.len() != count {
            self.marks.clear();
            self.marks.resize(count, 0);
            self.epoch = 0;
        }
        self.epoch += 1;
    }

    /// Marks a node as seen. True the first time.
    #[inline]
    pub(super) fn insert(&mut self, node: Ordinal) -> bool {
        let mark = &mut self.marks[node.index()];
        let new = *mark != self.epoch;
        *mark = self.epoch;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_stay_sorted_and_ties_go_to_the_lower_ordinal() {
        let mut beam = Beam::default();
        beam.reset(4);
        for (value, node) in [(0.5, 9), (-0.5, 1), (0.5, 2), (0.0, 3), (0.9, 4), (-0.0, 5)] {
            beam.offer(value, Ordinal::new(node));
        }
        assert_eq!(beam.ordinals().collect::<Vec<_>>(), Ordinal::array([4, 2, 9, 3]));
    }

    #[test]
    fn each_node_is_expanded_once_best_first_even_when_better_ones_come_later() {
        let mut beam = Beam::default();
        beam.reset(3);
        beam.offer(0.1, Ordinal::new(1));
        beam.offer(0.2, Ordinal::new(2));
        assert_eq!(beam.expand_next(), Some(Ordinal::new(2)));
        beam.offer(0.3, Ordinal::new(3));
        assert_eq!(beam.peek_next(), Some(Ordinal::new(3)));
        assert_eq!(beam.expand_next(), Some(Ordinal::new(3)));
        assert_eq!(beam.expand_next(), Some(Ordinal::new(1)));
        assert_eq!(beam.expand_next(), None);
        assert_eq!(beam.ordinals().collect::<Vec<_>>(), Ordinal::array([3, 2, 1]));
    }

    #[test]
    fn marks_last_one_search_only_through_many_searches() {
        let mut visited = Visited::default();
        for search in 0..1000 {
            visited.reset(2);
            assert!(visited.insert(Ordinal::new(1)), "search {search}");
            assert!(!visited.insert(Ordinal::new(1)), "search {search}");
        }
    }
}
