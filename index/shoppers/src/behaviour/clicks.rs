//! Attraction of products per query, estimated from clicks on search results without the bias of their
//! position: higher positions are examined more. The position-based model (Craswell et al., "An
//! experimental comparison of click position-bias models", WSDM 2008): a click happens if the position is
//! examined, with a probability per position, and the product attracts, with a probability per query and
//! product. Both are estimated by expectation maximisation over all lists shown. Nothing here is stored
//! in a generation.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::event::{Event, EventKind};

/// The most lists collected; later ones are not counted.
const MAX_LISTS: usize = 1_000_000;

/// The most clicks collected; later ones are not counted.
const MAX_CLICKS: usize = 10_000_000;

/// The number of distinct positions; lower ones count as the last.
const POSITIONS: usize = 50;

/// The most rounds of expectation maximisation. If the shop rarely shows a product in another position,
/// hundreds are needed.
const ROUNDS: usize = 1000;

/// The rounds end when no attraction changes by more.
const CONVERGED: f64 = 1e-5;

/// Impressions without a click added to each pair of query and product (the prior).
const PRIOR_IMPRESSIONS: f64 = 2.0;

/// The fewest observations for an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickLimits {
    /// Lists shown for the query.
    pub lists: u32,
    /// Clicks in these lists.
    pub clicks: u32,
    /// Impressions of the product in these lists.
    pub shows: u32,
}

impl Default for ClickLimits {
    fn default() -> Self {
        Self { lists: 20, clicks: 3, shows: 10 }
    }
}

/// One list of results that was shown.
#[derive(Debug, PartialEq)]
struct List {
    query: u32,
    /// Product number and position, from 0.
    shown: Vec<(u32, u8)>,
}

/// Collects lists and clicks, in journal order.
#[derive(Debug, Default)]
pub struct Clicks {
    texts: HashMap<String, u32>,
    queries: Vec<String>,
    ids: HashMap<String, u32>,
    products: Vec<String>,
    lists: HashMap<String, Vec<List>>,
    count: usize,
    clicked: HashSet<(String, u32)>,
}

/// The attraction of products for one query.
#[derive(Debug, Clone, PartialEq)]
pub struct ClickedQuery {
    /// The query in lower case with single blanks.
    pub query: String,
    /// Product ids with their attraction, 0 to 1, by id.
    pub products: Vec<(String, f64)>,
}

impl Clicks {
    /// Takes an impression of search results or a click on one; other events change nothing.
    pub fn observe(&mut self, event: &Event) {
        let Some(response) = &event.query_id else { return };
        match event.kind {
            EventKind::Impression => self.push_list(response, event),
            EventKind::Click => {
                let room = MAX_CLICKS.saturating_sub(self.clicked.len());
                for product in event.products.iter().take(room) {
                    let number = number(&mut self.ids, &mut self.products, &product.id);
                    self.clicked.insert((response.clone(), number));
                }
            }
            _ => {}
        }
    }

    fn push_list(&mut self, response: &str, event: &Event) {
        let query = event.query.as_deref().unwrap_or_default().to_lowercase();
        let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
        if query.is_empty() || self.count >= MAX_LISTS {
            return;
        }
        let query = number(&mut self.texts, &mut self.queries, &query);
        let placed = event.products.iter().filter_map(|product| Some((product, product.position?.checked_sub(1)?)));
        let shown = placed.map(|(product, place)| {
            let place = (place as usize).min(POSITIONS - 1) as u8;
            (number(&mut self.ids, &mut self.products, &product.id), place)
        });
        let list = List { query, shown: shown.collect() };
        let lists = self.lists.entry(response.to_owned()).or_default();
        // An impression that is sent again has the same query and products.
        if !lists.contains(&list) {
            lists.push(list);
            self.count += 1;
        }
    }

    /// The attraction of products by query, and the probability that each position is examined, relative to
    /// the first, which is 1. Queries and products with fewer observations than `limits` are left out.
    pub fn estimate(&self, limits: ClickLimits) -> (Vec<ClickedQuery>, Vec<f64>) {
        let counts = self.counts();
        let (attraction, examined) = maximise(&counts.cells);
        let mut found: BTreeMap<u32, ClickedQuery> = BTreeMap::new();
        for ((query, product), attraction) in attraction {
            let (lists, clicks) = counts.queries.get(&query).copied().unwrap_or_default();
            let shows = counts.products.get(&(query, product)).copied().unwrap_or_default();
            if lists >= limits.lists && clicks >= limits.clicks && shows >= limits.shows {
                let text = &self.queries[query as usize];
                let clicked =
                    found.entry(query).or_insert_with(|| ClickedQuery { query: text.clone(), products: Vec::new() });
                clicked.products.push((self.products[product as usize].clone(), attraction));
            }
        }
        let mut found: Vec<ClickedQuery> = found.into_values().collect();
        found.iter_mut().for_each(|query| query.products.sort_by(|a, b| a.0.cmp(&b.0)));
        found.sort_by(|a, b| a.query.cmp(&b.query));
        (found, examined)
    }

    fn counts(&self) -> ClickCounts {
        let mut counts = ClickCounts::default();
        for (response, lists) in &self.lists {
            for list in lists {
                let query = counts.queries.entry(list.query).or_default();
                query.0 += 1;
                for &(product, place) in &list.shown {
                    let clicked = self.clicked.contains(&(response.clone(), product));
                    query.1 += u32::from(clicked);
                    *counts.products.entry((list.query, product)).or_default() += 1;
                    let cell = counts.cells.entry((list.query, product, place)).or_default();
                    cell.0 += 1.0;
                    cell.1 += f64::from(u8::from(clicked));
                }
            }
        }
        counts
    }
}

/// Impressions and clicks by query, product and position.
type Cells = BTreeMap<(u32, u32, u8), (f64, f64)>;

/// The attraction by query and product, 0 to 1.
type Attraction = Vec<((u32, u32), f64)>;

/// The counts that the estimate starts from.
#[derive(Debug, Default)]
struct ClickCounts {
    cells: Cells,
    /// Lists and clicks by query.
    queries: BTreeMap<u32, (u32, u32)>,
    /// Impressions by query and product.
    products: BTreeMap<(u32, u32), u32>,
}

/// The attraction by query and product, and the examination by position, the first being 1.
fn maximise(cells: &Cells) -> (Attraction, Vec<f64>) {
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let mut flat: Vec<(usize, usize, f64, f64)> = Vec::with_capacity(cells.len());
    for (&(query, product, place), &(shows, clicks)) in cells {
        if pairs.last() != Some(&(query, product)) {
            pairs.push((query, product));
        }
        flat.push((pairs.len() - 1, usize::from(place), shows, clicks));
    }
    let mut examined = vec![0.5; POSITIONS];
    examined[0] = 1.0;
    let mut attraction = vec![0.2; pairs.len()];
    for _ in 0..ROUNDS {
        let mut looked = vec![(0.0, 0.0); POSITIONS];
        let mut attracted = vec![(0.0, PRIOR_IMPRESSIONS); pairs.len()];
        for &(pair, place, shows, clicks) in &flat {
            let (alpha, theta) = (attraction[pair], examined[place]);
            let none = f64::max(1.0 - alpha * theta, 1e-9);
            let unclicked = shows - clicks;
            looked[place].0 += clicks + unclicked * theta * (1.0 - alpha) / none;
            looked[place].1 += shows;
            attracted[pair].0 += clicks + unclicked * alpha * (1.0 - theta) / none;
            attracted[pair].1 += shows;
        }
        let mut moved: f64 = 0.0;
        for (alpha, (part, whole)) in attraction.iter_mut().zip(attracted) {
            moved = moved.max((part / whole - *alpha).abs());
            *alpha = part / whole;
        }
        // Only the product of attraction and examination is observed, so one of them needs a unit: position 1.
        let first = if looked[0].1 > 0.0 { (looked[0].0 / looked[0].1).max(1e-6) } else { 1.0 };
        for (theta, (part, whole)) in examined.iter_mut().zip(looked) {
            *theta = if whole > 0.0 { (part / whole / first).clamp(1e-3, 1.0) } else { *theta };
        }
        if moved < CONVERGED {
            break;
        }
    }
    (pairs.into_iter().zip(attraction).collect(), examined)
}

fn number(known: &mut HashMap<String, u32>, texts: &mut Vec<String>, text: &str) -> u32 {
    if let Some(&number) = known.get(text) {
        return number;
    }
    let number = texts.len() as u32;
    known.insert(text.to_owned(), number);
    texts.push(text.to_owned());
    number
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;
    use crate::event::EventProduct;

    fn event(kind: EventKind, answer: &str, products: Vec<EventProduct>) -> Event {
        let query = (kind == EventKind::Impression).then(|| " Trail  Boots".to_owned());
        Event { query_id: Some(answer.into()), query, products, ..Event::new(kind) }
    }

    fn product(at: usize, place: Option<usize>) -> EventProduct {
        EventProduct { id: format!("p{at}"), quantity: 1, price: None, position: place.map(|place| place as u32 + 1) }
    }

    /// Lists of five products of known attraction, shown rotated by at most one position, so that the
    /// best product is often low and a poor one often first.
    fn simulated(lists: usize) -> Clicks {
        let (attraction, examined) = ([0.1, 0.2, 0.3, 0.4, 0.6], [1.0, 0.6, 0.4, 0.25, 0.15]);
        let chance = |key: &str| (xxh3_64(key.as_bytes()) % 100_000) as f64 / 100_000.0;
        let mut clicks = Clicks::default();
        for list in 0..lists {
            let answer = format!("answer {list}");
            let turn = usize::from(chance(&format!("{list} turn")) < 0.3);
            let shown: Vec<usize> = (0..5).map(|place| (place + turn) % 5).collect();
            let placed = shown.iter().enumerate().map(|(place, &at)| product(at, Some(place)));
            clicks.observe(&event(EventKind::Impression, &answer, placed.collect()));
            for (place, &at) in shown.iter().enumerate() {
                let looked = chance(&format!("{list} {place} looks")) < examined[place];
                if looked && chance(&format!("{list} {at} likes")) < attraction[at] {
                    clicks.observe(&event(EventKind::Click, &answer, vec![product(at, None)]));
                }
            }
        }
        clicks
    }

    #[test]
    fn the_estimate_removes_the_position_bias_of_simulated_clicks() {
        let (found, examined) = simulated(20_000).estimate(ClickLimits::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].query, "trail boots");
        for ((id, attraction), truth) in found[0].products.iter().zip([0.1, 0.2, 0.3, 0.4, 0.6]) {
            assert!((attraction - truth).abs() < 0.07, "{id}: {attraction} is not {truth}");
        }
        for (place, truth) in [1.0, 0.6, 0.4, 0.25, 0.15].into_iter().enumerate() {
            assert!((examined[place] - truth).abs() < 0.07, "place {place}: {} is not {truth}", examined[place]);
        }
    }

    #[test]
    fn raw_click_rates_would_rank_differently() {
        let clicks = simulated(5_000);
        let counts = clicks.counts();
        let rate = |id: &str| {
            let number = clicks.ids[id];
            let of_product = counts.cells.iter().filter(|((_, product, _), _)| *product == number);
            let (shows, clicked) = of_product.fold((0.0, 0.0), |sum, (_, cell)| (sum.0 + cell.0, sum.1 + cell.1));
            clicked / shows
        };
        assert!(rate("p1") > rate("p4") * 0.9, "the last place hides the best product");
        let (found, _) = clicks.estimate(ClickLimits::default());
        let best = found[0].products.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id.as_str());
        assert_eq!(best, Some("p4"));
    }

    #[test]
    fn too_few_observations_give_no_estimate() {
        assert!(simulated(10).estimate(ClickLimits::default()).0.is_empty());
        assert!(Clicks::default().estimate(ClickLimits::default()).0.is_empty());
    }
}
