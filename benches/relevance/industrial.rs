//! What does a shopper buy next, where half of what is bought was hardly ever bought before? The
//! product's own build learns from an earlier part of a time split; the profile holds nothing but the
//! history that comes with the purchase to be foreseen; `for-you` is asked. Once with what products say
//! of themselves, and once without any of it.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use tastemaker_index::Engine;
use tastemaker_index::event::Event;
use tastemaker_index::placement::PlacementKind;
use tastemaker_index::product::Product;

use crate::figure::{Bar, Figure};
use crate::indexed::{NAMELESS, csv_lines, json_lines};
use crate::options::Split;
use crate::placed::{self, placement};
use crate::sequences::{self, ndcg};
use crate::suite::{Bench, Failure, Outcome};

const DEPTH: usize = 10;
/// A product bought less often in what is learnt from is told apart.
const OFTEN: usize = 5;
/// Reached with texts; aimed at without.
const NDCG_BAR: f64 = 0.1;

#[derive(Deserialize)]
struct Item {
    id: u32,
    title: String,
    brand: Option<String>,
    description: String,
}

/// The catalogue; without texts a product is its id alone.
fn products(path: &Path, texts: bool) -> Result<impl Iterator<Item = Result<Product, Failure>>, Failure> {
    let product = move |Item { id, title, brand, description }| match texts {
        true => Product { id: id.to_string(), title, brand, description, ..Product::default() },
        false => Product { id: id.to_string(), title: NAMELESS.to_owned(), ..Product::default() },
    };
    Ok(json_lines::<Item>(path)?.map(move |item| item.map(product)))
}

/// What a shopper had bought, and what came next.
#[derive(Deserialize)]
struct Row {
    user: String,
    history: String,
    item: String,
}

impl Row {
    fn history(&self) -> Vec<&str> {
        self.history.split_whitespace().collect()
    }
}

/// What is known of everybody, once: a shopper's later rows repeat what the earlier ones say, so that it
/// is the history of the first, and after it, where they may be known, the purchases that came next.
fn known(rows: &[Row], with_next: bool) -> Vec<(&str, Vec<&str>)> {
    let (mut everybody, mut places) = (Vec::new(), HashMap::new());
    for row in rows {
        let place = *places.entry(row.user.as_str()).or_insert(everybody.len());
        if place == everybody.len() {
            everybody.push((row.user.as_str(), row.history()));
        }
        if with_next {
            everybody[place].1.push(&row.item);
        }
    }
    everybody
}

/// Runs the suite.
pub(crate) fn run(bench: &mut Bench) -> Result<Outcome, Failure> {
    let names = ["items.jsonl.gz", "valid.csv.gz", "test.csv.gz"].map(|name| format!("amazon-industrial/{name}"));
    let Some([items, valid, test]) = bench.files(names.each_ref().map(String::as_str)) else {
        return Ok(Outcome::NotRun);
    };
    let (split, sample) = (bench.options.split, bench.options.sample);
    let earlier: Vec<Row> = csv_lines(&valid)?.collect::<Result<_, _>>()?;
    let later: Option<Vec<Row>> = match split {
        Split::Test => Some(csv_lines(&test)?.collect::<Result<_, _>>()?),
        Split::Valid => None,
    };
    let known = known(&earlier, later.is_some());
    let foreseen: Vec<&Row> = later.as_ref().unwrap_or(&earlier).iter().step_by(sample).collect();
    let mut bought: HashMap<&str, usize> = HashMap::new();
    known.iter().flat_map(|(_, items)| items).for_each(|item| *bought.entry(*item).or_default() += 1);
    let often: Vec<bool> =
        foreseen.iter().map(|row| bought.get(row.item.as_str()).is_some_and(|&times| times >= OFTEN)).collect();

    let mut figures = Vec::new();
    for texts in [true, false] {
        let purchases: Vec<Vec<Event>> =
            known.iter().map(|(user, items)| sequences::dated(user, items)).collect::<Result<_, _>>()?;
        let indexed = sequences::learnt(bench, products(&items, texts)?, purchases.into_iter().flatten())?;
        println!(
            "suite next/industrial, {}, {}: {} products, {} purchases learnt from, {} to be foreseen, {} of them of a \
             product bought less than {OFTEN} times; built in {:.1} s",
            split.name(),
            if texts { "title, brand and description" } else { "no text" },
            indexed.products,
            indexed.events,
            foreseen.len(),
            often.iter().filter(|&&often| !often).count(),
            indexed.build_seconds
        );
        let ranked = placed::up_to(bench, &indexed.engine, DEPTH)?;
        let places = placed::each(&foreseen, |row| place(&ranked, row))?;
        figures.extend(of_places(&places, &often, split, texts));
        // Beside the order, the items with evidence enough to be shown.
        let shown = placed::each(&foreseen, |row| place(&indexed.engine, row))?;
        let gains: Vec<f64> = shown.into_iter().map(|place| ndcg(place, DEPTH)).collect();
        println!(
            "with the default evidence NDCG@{DEPTH} is {:.4}",
            gains.iter().sum::<f64>() / gains.len().max(1) as f64
        );
    }
    Ok(bench.report(&figures))
}

/// The place of what came next among what is recommended, from 1.
fn place(engine: &Engine, row: &Row) -> Result<Option<usize>, Failure> {
    let shopper = sequences::shopper(engine, &row.user, &sequences::dated(&row.user, &row.history())?)?;
    let items = placement(engine, PlacementKind::ForYou, &[], Some(&shopper), DEPTH)?;
    Ok(items.iter().position(|item| *item == row.item).map(|at| at + 1))
}

fn of_places(places: &[Option<usize>], often: &[bool], split: Split, texts: bool) -> Vec<Figure> {
    let of = if texts { split.name().to_owned() } else { format!("{} no text", split.name()) };
    let mut figures = Vec::new();
    for (which, name) in [(None, ""), (Some(false), " < 5"), (Some(true), " >= 5")] {
        let chosen = || places.iter().zip(often).filter(|(_, often)| which.is_none_or(|which| which == **often));
        let hits = chosen().map(|(place, _)| f64::from(place.is_some())).collect();
        let gains = chosen().map(|(&place, _)| ndcg(place, DEPTH)).collect();
        let headline = which.is_none() && split == Split::Test;
        let published = match (headline, texts) {
            (true, true) => ("with more to learn from: 0.1088 to 0.1586", "0.0806 to 0.1167"),
            _ => ("", ""),
        };
        let bar = if texts { Bar::AtLeast(NDCG_BAR) } else { Bar::Wanted(NDCG_BAR) };
        let bar = headline.then_some(bar);
        let hits = Figure::mean(format!("{of} HR@{DEPTH}{name}"), hits);
        let gains = Figure::mean(format!("{of} NDCG@{DEPTH}{name}"), gains);
        figures.push(Figure { published: published.0, tolerance: Some(0.005), ..hits });
        figures.push(Figure { published: published.1, bar, tolerance: Some(0.003), ..gains });
    }
    figures
}
