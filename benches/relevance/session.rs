//! What is clicked next in a short visit of nobody known? The product's own build learns from the visits
//! of a week; each visit of the next day is replayed click after click, and after every click but the last
//! the next one is looked for, which may be of a product clicked already. Some of these places have lists
//! of known methods: there the product and they are held side by side.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tastemaker_index::Engine;
use tastemaker_index::engine::Shopper;
use tastemaker_index::event::{Event, EventKind, EventProduct};
use tastemaker_index::id::ShopperId;
use tastemaker_index::placement::PlacementKind;
use tastemaker_index::product::Product;
use tastemaker_index::profile::Profile;

use crate::figure::{Bar, Figure};
use crate::indexed::{NAMELESS, csv_lines, index, separated};
use crate::options::Split;
use crate::placed::{each, placement, up_to};
use crate::suite::{Bench, Failure, Outcome};

const DEPTH: usize = 20;
/// Wanted HR and MRR where the lists are.
const WANTED: (f64, f64) = (0.62, 0.34);
/// How far a mean may fall below the baseline.
const TOLERANCE: f64 = 0.005;
/// The known methods, the best first, by the name of their file.
const METHODS: [(&str, &str); 4] = [("V-SKNN", "vsknn"), ("rules", "ar"), ("sequential", "sr"), ("GRU4Rec", "gru4rec")];

/// One click, as the product is told.
type Click = (Timestamp, String);

/// The clicks of one visit, oldest first.
struct Visit {
    number: String,
    clicks: Vec<Click>,
}

impl Visit {
    /// The visits of a file, in the order in which they end.
    fn read(path: &Path) -> Result<Vec<Self>, Failure> {
        let mut visits: BTreeMap<String, Vec<Click>> = BTreeMap::new();
        for line in separated::<(String, String, f64)>(path, b'\t')? {
            let (visit, item, seconds) = line?;
            let time = Timestamp::from_millisecond((seconds * 1000.0).round() as i64)?;
            visits.entry(visit).or_default().push((time, item));
        }
        let mut visits: Vec<Self> = visits.into_iter().map(|(number, clicks)| Self { number, clicks }).collect();
        visits.iter_mut().for_each(|visit| visit.clicks.sort_by_key(|click| click.0));
        visits.sort_by_key(Self::end);
        Ok(visits)
    }

    fn end(&self) -> Option<Timestamp> {
        self.clicks.last().map(|click| click.0)
    }

    /// A view for each click, by a device that is seen this once.
    fn events(&self) -> impl Iterator<Item = Event> + '_ {
        self.clicks.iter().enumerate().map(|(at, (time, item))| Event {
            message_id: Some(format!("{}-{at}", self.number)),
            anonymous_id: Some(self.number.clone()),
            session_id: Some(self.number.clone()),
            time: Some(*time),
            products: vec![EventProduct { id: item.clone(), quantity: 1, price: None, position: None }],
            ..Event::new(EventKind::View)
        })
    }

    /// The place of the next click among what is shown after each click but the last, from 1.
    fn replay(&self, engine: &Engine) -> Result<Vec<Option<usize>>, Failure> {
        let (id, mut profile) = (ShopperId::Anonymous(self.number.clone()), Profile::default());
        let mut places = Vec::new();
        for (event, pair) in self.events().zip(self.clicks.windows(2)) {
            profile.record(&id, &event);
            let shopper = engine.shopper(Arc::new(profile.clone()), event.time_ms());
            places.push(place(&ask(engine, &shopper)?, &pair[1].1));
        }
        Ok(places)
    }
}

/// What is shown next in a visit: the only place that says which placement foresees it.
fn ask(engine: &Engine, shopper: &Shopper) -> Result<Vec<String>, Failure> {
    placement(engine, PlacementKind::Next, &[], Some(shopper), DEPTH)
}

fn place(shown: &[String], wanted: &str) -> Option<usize> {
    shown.iter().take(DEPTH).position(|item| item == wanted).map(|at| at + 1)
}

/// The lists of one method, by visit and click.
fn lists(path: &Path) -> Result<HashMap<(String, usize), Vec<String>>, Failure> {
    let list = |(visit, at, items): (String, usize, String)| {
        ((visit, at), items.split_whitespace().map(str::to_owned).collect())
    };
    csv_lines(path)?.map(|line| line.map(list)).collect()
}

/// Runs the suite.
pub(crate) fn yoochoose(bench: &mut Bench) -> Result<Outcome, Failure> {
    let Some([train, test]) = bench.files(["yoochoose-100k/train.tsv.gz", "yoochoose-100k/test.tsv.gz"]) else {
        return Ok(Outcome::NotRun);
    };
    let reference = METHODS.map(|(_, file)| format!("yoochoose-100k/reference_{file}.csv.gz"));
    let Some(reference) = bench.files(reference.each_ref().map(String::as_str)) else { return Ok(Outcome::NotRun) };
    let split = bench.options.split;
    let (mut learnt, test) = (Visit::read(&train)?, Visit::read(&test)?);
    let items = catalogue(&learnt, &test);
    // Choosing looks at the last day of what is learnt from otherwise.
    let asked = match split {
        Split::Test => test,
        Split::Valid => {
            let last_day = learnt.last().and_then(Visit::end).map(|end| end - SignedDuration::from_hours(24));
            learnt.split_off(learnt.partition_point(|visit| visit.end() <= last_day))
        }
    };
    let asked: Vec<Visit> = asked.into_iter().step_by(bench.options.sample).collect();
    let now = learnt.last().and_then(Visit::end).ok_or("no visits to learn from")?;
    let (events, build) = (learnt.iter().flat_map(Visit::events), &bench.config.reindex.build);
    let indexed = index(bench, items.into_iter().map(Ok), events, build, now)?;
    println!(
        "suite session/yoochoose, {}: {} products, {} clicks of {} visits learnt from, {} visits replayed; built in {:.1} s",
        split.name(),
        indexed.products,
        indexed.events,
        learnt.len(),
        asked.len(),
        indexed.build_seconds
    );
    let engine = up_to(bench, &indexed.engine, DEPTH)?;
    let places = each(&asked, |visit| visit.replay(&engine))?;
    let all = places.concat();
    println!("{} places of a next click", all.len());
    let mut figures = of_places("all", &all);
    if split == Split::Test {
        figures.extend(listed(&asked, &places, &reference)?);
    }
    figures.iter_mut().take(2).for_each(|figure| figure.tolerance = Some(TOLERANCE));
    Ok(bench.report(&figures))
}

/// Every item as a product, of which nothing is known.
fn catalogue(learnt: &[Visit], test: &[Visit]) -> Vec<Product> {
    let clicks = learnt.iter().chain(test).flat_map(|visit| &visit.clicks);
    let mut seen = HashSet::new();
    let items = clicks.map(|(_, item)| item).filter(|item| seen.insert(*item));
    items.map(|item| Product { id: item.clone(), title: NAMELESS.to_owned(), ..Product::default() }).collect()
}

/// The product and the known methods at the places that have lists.
fn listed(asked: &[Visit], places: &[Vec<Option<usize>>], reference: &[PathBuf]) -> Result<Vec<Figure>, Failure> {
    let reference = reference.iter().map(|path| lists(path)).collect::<Result<Vec<_>, _>>()?;
    let (mut own, mut others) = (Vec::new(), vec![Vec::new(); METHODS.len()]);
    for (visit, places) in asked.iter().zip(places) {
        for (at, (found, next)) in places.iter().zip(&visit.clicks[1..]).enumerate() {
            let key = (visit.number.clone(), at);
            if !reference.iter().all(|lists| lists.contains_key(&key)) {
                continue;
            }
            own.push(*found);
            others.iter_mut().zip(&reference).for_each(|(other, lists)| other.push(place(&lists[&key], &next.1)));
        }
    }
    let mut figures = of_places(&format!("{} listed", own.len()), &own);
    let bars = [WANTED.0, WANTED.1].map(|bar| Some(Bar::Wanted(bar)));
    figures.iter_mut().zip(bars).for_each(|(figure, bar)| figure.bar = bar);
    let best = of_places("", &others[0]);
    let ahead = figures.iter().zip(&best).zip(["HR", "MRR"]).map(|((own, best), metric)| {
        let values = own.values.iter().zip(&best.values).map(|(own, best)| own - best).collect();
        Figure::mean(format!("{metric} over {}", METHODS[0].0), values)
    });
    let ahead: Vec<Figure> = ahead.collect();
    figures.extend(ahead);
    figures.extend(METHODS.iter().zip(&others).flat_map(|((name, _), other)| of_places(name, other)));
    Ok(figures)
}

fn of_places(name: &str, places: &[Option<usize>]) -> Vec<Figure> {
    let hits = places.iter().map(|place| f64::from(place.is_some())).collect();
    let reciprocal = places.iter().map(|place| place.map_or(0.0, |place| 1.0 / place as f64)).collect();
    vec![Figure::mean(format!("{name} HR@{DEPTH}"), hits), Figure::mean(format!("{name} MRR@{DEPTH}"), reciprocal)]
}
