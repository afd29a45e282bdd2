//! The page for eyes: one HTML file without scripts.

use std::fmt::Write;

use tastemaker_index::hit::Hit;
use tastemaker_index::product::Product;

use super::Asked;
use super::rows::OfProduct;

/// Hits shown a query.
const SHOWN: usize = 5;
/// Signals told a hit, the strongest first.
const SIGNALS: usize = 3;

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>What shoppers see</title><style>\
body{font:14px/1.45 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222}\
h1{font-size:1.6em}h2{margin-top:2.5em;border-bottom:1px solid #ccc}h3{margin:1.6em 0 .3em;font-size:1.05em}\
ol{margin:.3em 0;padding-left:1.8em}li{margin:.15em 0}.why{color:#666;font-size:.9em}.bad{color:#b3261e}\
.good{color:#2e7d32}small{color:#666}nav a{margin-right:1em}</style>";

/// The page: queries by shop, then rows by product.
pub(super) fn page(asked: &[Asked], products: &[OfProduct]) -> String {
    let mut page = HEAD.to_owned();
    let passed = asked.iter().filter(|asked| asked.faults.is_empty()).count();
    let _ = write!(
        page,
        "<h1>What shoppers see</h1><p>{passed} of {} judged queries pass. For each: the first {SHOWN} hits, their price, and \
         the strongest signals of their score. Below: every row of {} products of the demo shop.</p><nav>",
        asked.len(),
        products.len()
    );
    let mut shops: Vec<&str> = asked.iter().map(|asked| asked.judged.shop.as_str()).collect();
    shops.dedup();
    for shop in shops.iter().chain(&["rows"]) {
        let _ = write!(page, "<a href=\"#{shop}\">{shop}</a>");
    }
    page.push_str("</nav>");
    for shop in shops {
        let _ = write!(page, "<h2 id={shop}>{shop}</h2>");
        asked.iter().filter(|asked| asked.judged.shop == shop).for_each(|asked| query(&mut page, asked));
    }
    page.push_str("<h2 id=rows>Rows of the demo shop</h2>");
    products.iter().for_each(|product| rows(&mut page, product));
    page
}

fn query(page: &mut String, Asked { judged, answer, faults }: &Asked) {
    let sort = judged.sort.as_ref().map_or_else(String::new, |sort| format!(", sorted by {sort}"));
    let _ = write!(
        page,
        "<h3>{} <small>{}{}, {} found",
        text(&judged.query),
        text(&judged.kind),
        text(&sort),
        answer.total
    );
    if let Some(corrected) = &answer.corrected_query {
        let _ = write!(page, ", read as {}", text(corrected));
    }
    page.push_str("</small></h3>");
    let verdict = if faults.is_empty() { ("good", "passes".to_owned()) } else { ("bad", faults.join("; ")) };
    let _ = write!(
        page,
        "<p class={}>{} <small>expected: {}</small></p><ol>",
        verdict.0,
        text(&verdict.1),
        text(&judged.why)
    );
    for hit in answer.hits.iter().take(SHOWN) {
        let _ = write!(page, "<li>{}<br><span class=why>{}</span>", named(hit.product.get()), text(&why(hit)));
    }
    page.push_str("</ol>");
}

/// The strongest signals of a hit, with what each adds.
fn why(hit: &Hit) -> String {
    let Some(explain) = &hit.explain else { return String::new() };
    let mut signals: Vec<_> = explain.signals.iter().filter(|signal| signal.contribution != 0.0).collect();
    signals.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()).then(a.name.cmp(b.name)));
    let told = signals.iter().take(SIGNALS).map(|signal| format!("{:+.2} {}", signal.contribution, signal.sentence));
    told.collect::<Vec<_>>().join(" ")
}

fn rows(page: &mut String, OfProduct { product, rows }: &OfProduct) {
    let _ = write!(page, "<h3>{} <small>{}</small></h3>", text(&product.title), text(&product.id));
    for row in rows {
        let _ = write!(
            page,
            "<p><b>{}</b> <small>{}: {}</small></p><ol>",
            text(&row.title),
            row.kind.name(),
            text(&row.because)
        );
        for item in &row.items {
            let _ = write!(page, "<li>{} <span class=why>{}</span>", named(item.product.get()), text(&item.because));
        }
        page.push_str("</ol>");
    }
}

/// A product's title and price.
fn named(json: &str) -> String {
    let product: Product = serde_json::from_str(json).unwrap_or_default();
    let price = product.sale_price.or(product.price);
    let price = price.map_or_else(String::new, |minor| format!(" <small>{}.{:02}</small>", minor / 100, minor % 100));
    format!("{}{price}", text(&product.title))
}

fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
