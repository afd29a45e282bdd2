//! Links between devices and users that are one person. A link is a last-writer-wins register: the latest mark
//! between a user and a device counts, and of two with the same time the one that unlinks, so any order and
//! any repetition of marks gives the same state. A device has at most one owner, the user linked last; users
//! are never joined through a device they share.
//!
//! Guard rails: a device with too many users ([`LinkLimits::users_per_device`], such as a till or a tablet in
//! a waiting room) has no owner, and a user with too many devices (such as "guest") is joined with none.

use serde::{Deserialize, Serialize};

/// The most marks on one side; the oldest are removed first.
pub const MAX_LINKS: usize = 128;

/// A mark that links two ids, or unlinks them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The id on the other side.
    pub id: String,
    /// The time of the mark in Unix milliseconds.
    pub at_ms: i64,
    /// True if the ids are linked from then on.
    pub linked: bool,
}

impl Link {
    /// The order of marks: later ones count, and of two with the same time the one that unlinks.
    fn rank(&self) -> (i64, bool) {
        (self.at_ms, !self.linked)
    }
}

/// The marks of one id with the ids on the other side, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links(Vec<Link>);

/// Limits beyond which linked ids are not one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkLimits {
    /// The most devices of a user, 1 to 100; a user with more is joined with none.
    pub devices_per_user: usize,
    /// The most users of a device, 1 to 100; a device with more has no owner.
    pub users_per_device: usize,
}

impl Default for LinkLimits {
    fn default() -> Self {
        Self { devices_per_user: 50, users_per_device: 5 }
    }
}

impl Links {
    /// Sets a mark; one older than the mark present changes nothing.
    pub fn mark(&mut self, id: &str, at_ms: i64, linked: bool) {
        let new = Link { id: id.to_owned(), at_ms, linked };
        match self.0.binary_search_by(|link| link.id.as_str().cmp(id)) {
            Ok(at) if self.0[at].rank() < new.rank() => self.0[at] = new,
            Ok(_) => {}
            Err(at) => self.0.insert(at, new),
        }
        if self.0.len() > MAX_LINKS {
            let rank = |link: &Link| (link.rank(), link.id.clone());
            let oldest = (0..self.0.len()).min_by_key(|&at| rank(&self.0[at]));
            oldest.map(|at| self.0.remove(at));
        }
    }

    /// Sets every mark of another state of the same id.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|link| self.mark(&link.id, link.at_ms, link.linked));
    }

    /// The ids linked now, in order.
    pub fn linked(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|link| link.linked).map(|link| link.id.as_str())
    }

    /// Every mark, by id.
    pub fn marks(&self) -> &[Link] {
        &self.0
    }

    /// The owner of the device with these links: the user linked last, of equals the greatest id.
    pub fn owner(&self, limits: &LinkLimits) -> Option<&str> {
        if self.has_too_many_users(limits) {
            return None;
        }
        let linked = self.0.iter().filter(|link| link.linked);
        linked.max_by_key(|link| (link.at_ms, &link.id)).map(|link| link.id.as_str())
    }

    /// True if the device with these links has too many users to have an owner.
    pub fn has_too_many_users(&self, limits: &LinkLimits) -> bool {
        self.linked().count() > limits.users_per_device
    }

    /// The devices of the user with these links; each counts only if its own links make the user its owner.
    pub fn devices(&self, limits: &LinkLimits) -> impl Iterator<Item = &str> {
        let joined = !self.has_too_many_devices(limits);
        self.linked().filter(move |_| joined)
    }

    /// True if the user with these links has too many devices to be one person.
    pub fn has_too_many_devices(&self, limits: &LinkLimits) -> bool {
        self.linked().count() > limits.devices_per_user
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links(marks: &[(u8, i64, bool)]) -> Links {
        let mut links = Links::default();
        marks.iter().for_each(|&(id, at, linked)| links.mark(&format!("{id:03}"), at, linked));
        links
    }

    #[test]
    fn the_last_to_sign_in_owns_the_device_until_that_is_undone() {
        let limits = LinkLimits::default();
        let mut device = links(&[(1, 10, true), (2, 20, true)]);
        assert_eq!(device.owner(&limits), Some("002"));
        device.mark("002", 30, false);
        assert_eq!(device.owner(&limits), Some("001"), "as if the second had never been there");
        device.mark("002", 25, true);
        assert_eq!(device.owner(&limits), Some("001"), "a late mark from before the undoing changes nothing");
    }

    #[test]
    fn a_device_of_many_and_a_user_of_many_join_nobody() {
        let limits = LinkLimits { devices_per_user: 2, users_per_device: 2 };
        let many = links(&[(1, 1, true), (2, 2, true), (3, 3, true)]);
        assert_eq!((many.owner(&limits), many.devices(&limits).count()), (None, 0));
        let fewer = links(&[(1, 1, true), (2, 2, true), (3, 3, true), (3, 4, false)]);
        assert_eq!((fewer.owner(&limits), fewer.devices(&limits).count()), (Some("002"), 2));
    }

    proptest! {
        /// More ids than the limit, so that the limit is tested too.
        #[test]
        fn any_order_and_any_repetition_ends_the_same(
            marks in prop::collection::vec((any::<u8>(), 0..50i64, any::<bool>()), 0..400),
            order in any::<prop::sample::Index>(),
        ) {
            let mut shuffled = marks.clone();
            let turn = order.index(marks.len().max(1));
            shuffled.rotate_left(turn.min(marks.len()));
            shuffled.reverse();
            shuffled.extend(marks.iter().take(turn).copied());
            let expected = links(&marks);
            prop_assert_eq!(&links(&shuffled), &expected);
            let (left, right) = marks.split_at(turn.min(marks.len()));
            let mut joined = links(right);
            joined.join(&links(left));
            joined.join(&links(left));
            prop_assert_eq!(joined, expected);
        }
    }
}
