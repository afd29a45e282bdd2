//! Rising products among the shoppers of one segment, with the formula of [`super::TrendingTable`] over their
//! interactions alone. A segment is a country, a region or one of the shop's own segments, as the context of
//! an event names it. Segments of fewer than [`FEWEST_SHOPPERS`] shoppers are not counted, because they
//! describe persons. Settings: [`AfterSettings`], [`PopularitySettings`]. Sections: `crowds.names` (lines of
//! UTF-8) and the neighbour table `crowds`, one row a segment.

use std::collections::{BTreeMap, HashMap};

use super::interaction::ShopperNumber;
use super::lists::SparseCounter;
use super::settings::{AfterSettings, PopularitySettings};
use super::table::{Neighbour, NeighbourTable, keep_best};
use super::trending::Rise;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::{Event, InteractionKind};
use crate::flat::{FlatFile, FlatWriter};
use crate::id::{Ordinal, SegmentNumber};
use crate::time::day_number;

/// The fewest shoppers of a segment that is counted.
const FEWEST_SHOPPERS: usize = 20;
/// The most segments, those with the most interactions first.
const MAX_SEGMENTS: usize = 1000;
/// The most products of a segment.
const PER_ROW: usize = 200;
/// The most names in the log; names that come later are not counted.
const MAX_NAMES: usize = 20_000;

/// One interaction of a shopper of a segment.
#[derive(Debug, Clone, Copy)]
struct SegmentInteraction {
    segment: SegmentNumber,
    shopper: ShopperNumber,
    ordinal: Ordinal,
    /// The UTC day, in days since 1970-01-01.
    day: i32,
    kind: InteractionKind,
}

/// Interactions by segment, before they are counted.
#[derive(Debug, Default)]
pub(super) struct SegmentLog {
    numbers: HashMap<String, SegmentNumber>,
    interactions: Vec<SegmentInteraction>,
}

impl SegmentLog {
    /// Takes an event; one without time or without a context belongs to no segment.
    pub(super) fn take(&mut self, event: &Event, shopper: ShopperNumber, resolve: impl Fn(&str) -> Option<Ordinal>) {
        let (Some(context), Some(kind), Some(time)) = (&event.context, event.kind.interaction_kind(), event.time)
        else {
            return;
        };
        let day = day_number(time.as_millisecond()) as i32;
        for name in names(context) {
            if !self.numbers.contains_key(&name) && self.numbers.len() == MAX_NAMES {
                continue;
            }
            let next = SegmentNumber::from_index(self.numbers.len());
            let segment = *self.numbers.entry(name).or_insert(next);
            let products = event.products.iter().filter_map(|product| resolve(&product.id));
            self.interactions.extend(products.map(|ordinal| SegmentInteraction {
                segment,
                shopper,
                ordinal,
                day,
                kind,
            }));
        }
    }
}

/// Rising products by segment.
#[derive(Debug, Clone)]
pub struct Segments {
    /// Names by segment number: `country se`, `region se-ab`, `segment trade`.
    names: Vec<String>,
    numbers: BTreeMap<String, SegmentNumber>,
    rising: NeighbourTable<SegmentNumber>,
}

impl Segments {
    /// Counts interactions up to `now_ms`.
    pub(super) fn count(
        log: SegmentLog,
        products: usize,
        popularity: &PopularitySettings,
        settings: &AfterSettings,
        now_ms: i64,
    ) -> Self {
        let today = day_number(now_ms) as i32;
        let days = settings.expected_days.max(1);
        let SegmentLog { numbers, mut interactions } = log;
        interactions
            .retain(|one| one.day <= today && ((today - one.day) as u32) < days && one.ordinal.index() < products);
        interactions.sort_unstable_by_key(|one| (one.segment, one.shopper));
        let enough = |segment: &&[SegmentInteraction]| {
            segment.chunk_by(|a, b| a.shopper == b.shopper).count() >= FEWEST_SHOPPERS
        };
        let mut segments: Vec<&[SegmentInteraction]> =
            interactions.chunk_by(|a, b| a.segment == b.segment).filter(enough).collect();
        let mut names = vec![""; numbers.len()];
        numbers.iter().for_each(|(name, &number)| names[number.index()] = name);
        let name = |segment: &[SegmentInteraction]| names[segment[0].segment.index()];
        segments.sort_by(|a, b| b.len().cmp(&a.len()).then(name(a).cmp(name(b))));
        segments.truncate(MAX_SEGMENTS);
        let (mut recent, mut all) = (SparseCounter::new(products), SparseCounter::new(products));
        let row = |segment: &&[SegmentInteraction]| {
            for one in *segment {
                let weight = popularity.weight(one.kind);
                recent.add(one.ordinal, (weight * settings.daily_decay.powi(today - one.day)) as f32);
                all.add(one.ordinal, weight as f32);
            }
            let oldest = segment.iter().map(|one| today - one.day).max().unwrap_or_default();
            rising(Rise::over(oldest, settings.daily_decay), &mut recent, &mut all)
        };
        let rising = NeighbourTable::from_rows(segments.iter().map(row).collect::<Vec<_>>());
        Self::new(segments.iter().map(|segment| name(segment).to_owned()).collect(), rising)
    }

    fn new(names: Vec<String>, rising: NeighbourTable<SegmentNumber>) -> Self {
        let numbers = SegmentNumber::enumerate(&names).map(|(number, name)| (name.clone(), number)).collect();
        Self { names, numbers, rising }
    }

    /// A table without segments.
    pub(super) fn none() -> Self {
        Self::new(Vec::new(), NeighbourTable::from_rows([]))
    }

    /// The segments of a request, by number: its region, the shop's segments, its country.
    pub fn of(&self, context: &Context) -> Vec<SegmentNumber> {
        names(context).filter_map(|name| self.numbers.get(&name).copied()).collect()
    }

    /// The name of a segment; empty for a number out of range.
    pub fn name(&self, segment: SegmentNumber) -> &str {
        self.names.get(segment.index()).map_or("", String::as_str)
    }

    /// The rising products of a segment with their scores, highest first.
    pub fn rising(&self, segment: SegmentNumber) -> impl Iterator<Item = (Ordinal, f32)> + '_ {
        self.rising.row(segment)
    }

    /// Writes the sections.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        file.section::<u8>("crowds.names", self.names.join("\n").as_bytes())?;
        self.rising.write(file, "crowds")
    }

    /// Opens the sections of a catalogue of `products` products; files of earlier releases have no segments.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the sections do not fit each other or the catalogue.
    pub fn open(file: &FlatFile, products: usize) -> Result<Self> {
        if !file.has("crowds.names") {
            return Ok(Self::none());
        }
        let names = file.section::<u8>("crowds.names")?;
        let names = std::str::from_utf8(&names).map_err(|_| Error::corrupt(file.path(), "crowds have no names"))?;
        let names: Vec<String> = names.lines().map(str::to_owned).collect();
        let rising = NeighbourTable::open(file, "crowds", names.len(), products)?;
        Ok(Self::new(names, rising))
    }
}

/// The rising products of one segment, best first, from its decayed and undecayed weights; empties both.
fn rising(rise: Rise, recent: &mut SparseCounter, all: &mut SparseCounter) -> Vec<Neighbour> {
    let score = |((ordinal, recent), (_, all)): ((Ordinal, f32), (Ordinal, f32))| Neighbour {
        ordinal,
        score: rise.of(f64::from(recent), f64::from(all)),
        evidence: None,
    };
    // Amounts are positive, so both have the same numbers in use and drain in step.
    let mut row: Vec<Neighbour> = recent.drain().zip(all.drain()).map(score).collect();
    row.retain(|neighbour| neighbour.score > Rise::LEAST);
    keep_best(&mut row, PER_ROW);
    row
}

/// The names of all segments of a context, in lower case, the narrowest first.
fn names(context: &Context) -> impl Iterator<Item = String> + '_ {
    let name = |kind: &str, value: &str| {
        let fits = !value.is_empty() && !value.contains('\n');
        fits.then(|| format!("{kind} {}", value.to_lowercase()))
    };
    let region = context.region.iter().filter_map(move |region| name("region", region));
    let segments = context.segments.iter().filter_map(move |segment| name("segment", segment));
    region.chain(segments).chain(context.country.iter().filter_map(move |country| name("country", country)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::DAY_MS;

    const TODAY: i64 = 100;

    fn event(day: i64, shopper: u32, context: &serde_json::Value, product: u32) -> Event {
        let time = jiff::Timestamp::from_millisecond(day * DAY_MS).unwrap_or_default();
        let products = [json!({"id": product.to_string()})];
        let event = json!({"type": "view", "time": time, "user_id": shopper.to_string(), "context": context, "products": products});
        serde_json::from_value(event).unwrap_or_else(|error| panic!("{error}"))
    }

    fn counted(events: &[Event]) -> Segments {
        let mut log = SegmentLog::default();
        for event in events {
            let shopper = event.user_id.as_ref().and_then(|id| id.parse().ok()).unwrap_or_default();
            log.take(event, ShopperNumber(shopper), |id| id.parse().ok().map(Ordinal::new));
        }
        Segments::count(log, 5, &PopularitySettings::default(), &AfterSettings::default(), TODAY * DAY_MS + 1)
    }

    #[test]
    fn products_rise_in_their_own_region_only() -> Result<()> {
        let (north, south) =
            (json!({"region": "North", "country": "SE"}), json!({"region": "south", "segments": ["Trade"]}));
        let mut events = Vec::new();
        for shopper in 0..30 {
            // Sledges (1) rise in the north, parasols (2) rose in the south, bread (0) is viewed every day in both.
            events.push(event(TODAY, shopper, &north, 1));
            events.push(event(TODAY - 9, shopper + 50, &south, 2));
            events.extend((0..10).map(|ago| event(TODAY - ago, shopper, &north, 0)));
            events.extend((0..10).map(|ago| event(TODAY - ago, shopper + 50, &south, 0)));
        }
        events.extend((0..19).map(|shopper| event(TODAY, shopper, &json!({"region": "hamlet"}), 3)));
        let segments = counted(&events);
        let rising = |context: serde_json::Value| {
            let context = serde_json::from_value(context).unwrap_or_default();
            let first = segments.of(&context).first().copied();
            first.map(|segment| segments.rising(segment).map(|(ordinal, _)| ordinal.get()).collect::<Vec<_>>())
        };
        assert_eq!(rising(json!({"region": "NORTH"})), Some(vec![1]));
        assert_eq!(rising(json!({"region": "south"})), Some(vec![]), "it rose nine days ago");
        assert_eq!(rising(json!({"region": "hamlet"})), None, "19 shoppers are too few");
        let both: Context = serde_json::from_value(json!({"country": "se", "region": "north"})).unwrap_or_default();
        let names: Vec<&str> = segments.of(&both).into_iter().map(|segment| segments.name(segment)).collect();
        assert_eq!(names, ["region north", "country se"], "the narrowest first");

        let folder = tempfile::tempdir().map_err(Error::io("create", std::path::Path::new("temp")))?;
        let path = folder.path().join("crowds");
        let mut file = FlatWriter::create(&path)?;
        segments.write(&mut file)?;
        file.finish()?;
        let read = Segments::open(&FlatFile::open(&path)?, 5)?;
        assert_eq!((read.names, read.numbers), (segments.names, segments.numbers));
        assert!(Segments::open(&FlatFile::open(&path)?, 1).is_err(), "another catalogue");
        Ok(())
    }
}
