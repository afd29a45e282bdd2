//! What does a shopper buy next? The product's own build learns from all but the last two purchases of
//! everybody; the profile holds what the shopper bought before the one to be foreseen; `for-you` is asked,
//! and every product that was not bought yet could be its answer.

use tastemaker_index::Engine;
use tastemaker_index::event::Event;
use tastemaker_index::placement::PlacementKind;

use crate::figure::{Bar, Figure};
use crate::options::Split;
use crate::placed::{self, placement};
use crate::sequences::{self, Shoppers, ndcg};
use crate::suite::{Bench, Failure, Outcome};

/// How many products are asked for.
const DEPTH: usize = 20;

/// Runs the suite.
pub(crate) fn beauty(bench: &mut Bench) -> Result<Outcome, Failure> {
    let names = ["amazon-sequences/Beauty.txt", "amazon-sequences/Beauty_items.jsonl.gz"];
    let Some([purchases, items]) = bench.files(names) else { return Ok(Outcome::NotRun) };
    let shoppers = Shoppers::read(&purchases)?;
    let (split, sample) = (bench.options.split, bench.options.sample);
    let foreseen: Vec<_> = shoppers.foreseen(split).into_iter().step_by(sample).collect();
    let mut all = Vec::new();
    for texts in [true, false] {
        let indexed = if texts { shoppers.learnt(bench, &items)? } else { shoppers.learnt_alone(bench, &items)? };
        println!(
            "suite next/beauty, strict, {}, {}: {} products, {} purchases learnt from, {} shoppers; built in {:.1} s",
            split.name(),
            if texts { "title, brand and categories" } else { "no text" },
            indexed.products,
            indexed.events,
            foreseen.len(),
            indexed.build_seconds
        );
        let engine = placed::up_to(bench, &indexed.engine, DEPTH)?;
        let places = placed::each(&foreseen, |(user, before, next)| place(&engine, *user, before, next))?;
        all.extend(figures(&places, split, texts));
    }
    Ok(bench.report(&all))
}

/// The place of the purchase among what is recommended, from 1.
fn place(engine: &Engine, user: u32, before: &[Event], next: &Event) -> Result<Option<usize>, Failure> {
    let shopper = sequences::shopper(engine, &user.to_string(), before)?;
    let wanted = next.products.first().map(|product| product.id.as_str());
    let items = placement(engine, PlacementKind::ForYou, &[], Some(&shopper), DEPTH)?;
    Ok(items.iter().position(|item| Some(item.as_str()) == wanted).map(|at| at + 1))
}

fn figures(places: &[Option<usize>], split: Split, texts: bool) -> Vec<Figure> {
    let each = |value: &dyn Fn(Option<usize>) -> f64| places.iter().map(|&place| value(place)).collect();
    let mut figures = Vec::new();
    for depth in [5, 10, 20] {
        let within = |place: Option<usize>| f64::from(place.is_some_and(|place| place <= depth));
        let published = match (split, depth) {
            (Split::Test, 10) => ("best known 0.0928 to 0.0959", "best known 0.0531 to 0.0578"),
            _ => ("", ""),
        };
        let wanted = match (split, depth, texts) {
            (Split::Test, 10, true) => (Some(Bar::Wanted(0.118)), Some(Bar::Wanted(0.072))),
            (Split::Test, 10, false) => (Some(Bar::Wanted(0.089)), Some(Bar::Wanted(0.0565))),
            _ => (None, None),
        };
        let name = format!("{}{}", split.name(), if texts { "" } else { " no text" });
        let hits = Figure::mean(format!("{name} HR@{depth}"), each(&within));
        let gains = Figure::mean(format!("{name} NDCG@{depth}"), each(&|place| ndcg(place, depth)));
        figures.push(Figure { published: published.0, tolerance: Some(0.002), bar: wanted.0, ..hits });
        figures.push(Figure { published: published.1, tolerance: Some(0.001), bar: wanted.1, ..gains });
    }
    figures
}
