//! The few lines that a reindex prints at its end.

use std::fmt;
use std::time::Duration;

use tastemaker_index::generation::{Built, Manifest};

use crate::command::import::Taken;

/// The outcome of a reindex. Displayed, it is one line for the generation and one for each further fact.
#[derive(Debug)]
pub struct ReindexSummary {
    /// The published generation and the counts of its events.
    pub built: Built,
    /// The newest generation before it, if there was one.
    pub previous: Option<Manifest>,
    /// The feed that replaced the stored catalogue.
    pub taken: Option<Taken>,
    /// A line about the learned order of search results, if there was anything to learn from.
    pub ranking: Option<String>,
    /// The duration of the whole reindex.
    pub elapsed: Duration,
}

impl fmt::Display for ReindexSummary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.built.generation.manifest;
        let Manifest { id, products, with_vector, events, .. } = manifest;
        let seconds = self.elapsed.as_secs_f64();
        let done = if self.built.held_by.is_some() { "built" } else { "published" };
        writeln!(out, "{done} generation {id}: {products} products, {events} events, in {seconds:.1} s")?;
        if let Some(held) = &self.built.held_by {
            writeln!(
                out,
                "generation {held} stays in force, because it was chosen by name; `tastemaker generations use --latest` \
                 goes over to the new one and lets later reindexes publish again"
            )?;
        }
        if let Some(previous) = &self.previous {
            let products = change(u64::from(previous.products), u64::from(*products), "product");
            let events = change(previous.events, *events, "event");
            writeln!(out, "since generation {}: {products}, {events}", previous.id)?;
        }
        if let Some(Taken { difference, contradictions }) = &self.taken {
            writeln!(out, "catalogue: {difference}")?;
            write!(out, "{contradictions}")?;
        }
        let without_vector = products - with_vector;
        if without_vector > 0 {
            writeln!(out, "{without_vector} products have no vector in the feed and are found by words only")?;
        }
        let unknown = self.built.events.unknown_products;
        if unknown > 0 {
            writeln!(out, "{unknown} times an event names a product that is not in the catalogue")?;
        }
        if let Some(ranking) = &self.ranking {
            writeln!(out, "{ranking}")?;
        }
        Ok(())
    }
}

/// The difference of two counts in words: "3 more products", "1 fewer event", "as many events".
fn change(before: u64, now: u64, noun: &str) -> String {
    let plural = if before.abs_diff(now) == 1 { "" } else { "s" };
    match now.cmp(&before) {
        std::cmp::Ordering::Greater => format!("{} more {noun}{plural}", now - before),
        std::cmp::Ordering::Less => format!("{} fewer {noun}{plural}", before - now),
        std::cmp::Ordering::Equal => format!("as many {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_count_is_said_in_words() {
        assert_eq!(change(400, 403, "product"), "3 more products");
        assert_eq!(change(404, 403, "product"), "1 fewer product");
        assert_eq!(change(403, 403, "event"), "as many events");
    }
}
