//! Which products belong to a product? From purchases and texts alone `similar` and `complementary` are
//! asked; the relations that a large shop showed are the answer, never an input. Few substitutes should
//! be among the complementary: what was viewed with a product and not bought with it. The data has no
//! baskets: every purchase is a visit of its own, and only its shopper ties it to another. How many are
//! shown is told, because few hits and few substitutes are no merit of an empty list.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use tastemaker_index::id::Ordinal;
use tastemaker_index::placement::PlacementKind;

use crate::figure::{Bar, Figure};
use crate::indexed::csv_lines;
use crate::placed::{each, found, gain, placement, up_to};
use crate::sequences::Shoppers;
use crate::suite::{Bench, Failure, Outcome};
use crate::together::Together;

const DEPTH: usize = 10;
const COSINE: &str = "cosine";
const SIMILAR: &str = "similar";
const COMPLEMENTARY: &str = "complementary";
/// How far a mean may fall below the baseline.
const TOLERANCE: f64 = 0.005;
/// How much better than plain co-occurrence the complementary should be.
const BETTER: f64 = 1.3;
/// What share of the substitutes among the similar the complementary may have.
const FEWER: f64 = 0.5;

/// What a product is related to.
#[derive(Default)]
struct Relations {
    bought_together: HashSet<String>,
    also_bought: HashSet<String>,
    also_viewed: HashSet<String>,
}

impl Relations {
    fn read(path: &Path) -> Result<BTreeMap<String, Self>, Failure> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        for line in csv_lines::<(String, String, String, u32)>(path)? {
            let (item, related, relation, _) = line?;
            let relations = all.entry(item).or_default();
            match relation.as_str() {
                "bought_together" => relations.bought_together.insert(related),
                "also_bought" => relations.also_bought.insert(related),
                "also_viewed" => relations.also_viewed.insert(related),
                other => return Err(format!("{}: `{other}` is no relation", path.display()).into()),
            };
        }
        Ok(all)
    }

    /// The share of substitutes among what is shown; nothing where they are not known, or nothing is shown.
    fn substitutes(&self, shown: &[String]) -> Option<f64> {
        let substitute = |id: &&String| self.also_viewed.contains(*id) && !self.also_bought.contains(*id);
        let known = !self.also_viewed.is_empty() && !shown.is_empty();
        known.then(|| shown.iter().filter(substitute).count() as f64 / shown.len() as f64)
    }
}

/// How good a list is where these are right, at a depth.
type Measure = fn(&[String], &HashSet<String>, usize) -> f64;

/// One of the lists for a product.
type List = fn(&Shown) -> &Vec<String>;

/// What is shown for one product.
struct Shown {
    similar: Vec<String>,
    complementary: Vec<String>,
    cosine: Vec<String>,
}

/// Runs the suite.
pub(crate) fn beauty(bench: &mut Bench) -> Result<Outcome, Failure> {
    let names =
        ["amazon-sequences/Beauty.txt", "amazon-sequences/Beauty_items.jsonl.gz", "amazon-related/Beauty.csv.gz"];
    let Some([purchases, items, relations]) = bench.files(names) else { return Ok(Outcome::NotRun) };
    let shoppers = Shoppers::read(&purchases)?;
    let relations = Relations::read(&relations)?;
    let asked: Vec<(&String, &Relations)> = relations.iter().step_by(bench.options.sample).collect();
    let indexed = shoppers.learnt_whole(bench, &items)?;
    println!(
        "suite related/beauty: {} products, {} purchases learnt from, {} products asked about, {} bought together with \
         others; built in {:.1} s",
        indexed.products,
        indexed.events,
        asked.len(),
        asked.iter().filter(|(_, relations)| !relations.bought_together.is_empty()).count(),
        indexed.build_seconds
    );
    let engine = &up_to(bench, &indexed.engine, DEPTH)?;
    let products = &engine.generation().products;
    let ordinal = |id: &str| products.ordinal(id);
    let baskets = shoppers.everything().map(|all| {
        all.iter()
            .flat_map(|event| &event.products)
            .filter_map(|product| ordinal(&product.id))
            .collect::<Vec<Ordinal>>()
    });
    let together = Together::new(products.len(), baskets);
    let shown = each(&asked, |(id, _)| {
        let seed = ordinal(id).ok_or_else(|| format!("product {id} is not in the catalogue"))?;
        let ids = |best: Vec<Ordinal>| best.into_iter().map(|other| products.id(other).to_owned()).collect();
        Ok(Shown {
            similar: placement(engine, PlacementKind::Similar, &[id], None, DEPTH)?,
            complementary: placement(engine, PlacementKind::Complementary, &[id], None, DEPTH)?,
            cosine: ids(together.cosine(&[seed], DEPTH)),
        })
    })?;
    Ok(bench.report(&figures(&asked, &shown)))
}

fn figures(asked: &[(&String, &Relations)], shown: &[Shown]) -> Vec<Figure> {
    let pairs = || asked.iter().map(|(_, relations)| *relations).zip(shown);
    let with_partners = || pairs().filter(|(relations, _)| !relations.bought_together.is_empty());
    let lists: [(&str, List); 3] =
        [(COSINE, |s| &s.cosine), (SIMILAR, |s| &s.similar), (COMPLEMENTARY, |s| &s.complementary)];
    let mut figures = Vec::new();
    for (metric, measure) in [("recall", found as Measure), ("NDCG", gain)] {
        let mut plain = 0.0;
        for (name, list) in lists {
            let values = with_partners().map(|(right, shown)| measure(list(shown), &right.bought_together, DEPTH));
            let figure = Figure::mean(format!("{name} {metric}@{DEPTH}"), values.collect());
            figures.push(match name {
                COSINE => {
                    plain = figure.mean;
                    figure
                }
                SIMILAR => Figure { tolerance: Some(TOLERANCE), ..figure },
                _ => Figure { bar: Some(Bar::Wanted(rounded(BETTER * plain))), tolerance: Some(TOLERANCE), ..figure },
            });
        }
    }
    let mut bar = None;
    for (name, list) in lists {
        let values = pairs().filter_map(|(relations, shown)| relations.substitutes(list(shown)));
        let figure = Figure::mean(format!("{name} substitutes"), values.collect());
        if name == SIMILAR {
            bar = Some(Bar::WantedBelow(rounded(FEWER * figure.mean)));
        }
        figures.push(Figure { bar: bar.filter(|_| name == COMPLEMENTARY), ..figure });
    }
    for (name, list) in lists {
        figures
            .push(Figure::mean(format!("{name} shown"), pairs().map(|(_, shown)| list(shown).len() as f64).collect()));
    }
    figures
}

fn rounded(bar: f64) -> f64 {
    (bar * 10_000.0).round() / 10_000.0
}
