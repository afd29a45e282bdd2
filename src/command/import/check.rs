//! The report of `import --check` for the author of a feed: the format, the values of each field, and everything that
//! was left out, with line numbers.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde_json::Value;
use tastemaker_index::feed::{self, BadRow, Currency, FeedFormat, FeedNotes};
use tastemaker_index::product::Product;
use xxhash_rust::xxh3::xxh3_64;

use super::Incoming;
use super::contradictions::Contradictions;
use super::difference::Difference;
use super::take::refusal;

/// The most different fields, categories and reasons that are counted; further ones are ignored.
const MAX_KINDS: usize = 1000;

/// The most line numbers printed for one reason.
const LINES_SHOWN: usize = 8;

/// The most different messages printed for one reason.
const EXAMPLES_SHOWN: usize = 3;

/// The most categories printed, the largest first.
const CATEGORIES_SHOWN: usize = 8;

/// The longest example, in characters.
const EXAMPLE_CHARS: usize = 60;

/// The number of products with a field, and its first value.
#[derive(Debug, Default)]
struct FilledField {
    count: u64,
    example: String,
}

/// The bad rows with one reason.
#[derive(Debug, Default)]
struct BadRowReason {
    count: u64,
    lines: Vec<u64>,
    /// The first different messages with their lines, unshortened.
    examples: Vec<(u64, String)>,
}

/// The least and the highest price in one currency, in minor units.
#[derive(Debug)]
struct PriceRange {
    least: i64,
    most: i64,
    count: u64,
}

/// Everything that is printed about a feed.
#[derive(Debug)]
pub(super) struct FeedReport {
    format: FeedFormat,
    encoding: &'static str,
    products: u64,
    bad: u64,
    /// The number of products by the hash of their group.
    groups: HashMap<u64, u64>,
    fields: BTreeMap<String, FilledField>,
    prices: BTreeMap<String, PriceRange>,
    availability: BTreeMap<&'static str, u64>,
    categories: BTreeMap<String, u64>,
    reasons: BTreeMap<(String, String), BadRowReason>,
    notes: FeedNotes,
    contradictions: Contradictions,
    difference: Option<Difference>,
    /// The largest shares of bad rows and of deleted products.
    limits: (f64, f64),
}

/// Reads the whole feed.
///
/// # Errors
/// If the file is not a feed or cannot be read.
pub(super) fn check(incoming: Incoming, stored: Option<Difference>) -> anyhow::Result<FeedReport> {
    let limits = (incoming.max_bad_share, incoming.max_deleted_share);
    let (format, mut feed) = feed::open(incoming.input, incoming.format, incoming.reading)?;
    let mut report = FeedReport {
        format,
        encoding: "",
        products: 0,
        bad: 0,
        groups: HashMap::new(),
        fields: BTreeMap::new(),
        prices: BTreeMap::new(),
        availability: BTreeMap::new(),
        categories: BTreeMap::new(),
        reasons: BTreeMap::new(),
        notes: FeedNotes::default(),
        contradictions: Contradictions::default(),
        difference: stored,
        limits,
    };
    while let Some(row) = feed.next_row()? {
        match row {
            Ok(product) => report.good(&product, feed.line())?,
            Err(row) => report.bad(&row),
        }
    }
    report.encoding = feed.encoding();
    report.notes = feed.notes().clone();
    Ok(report)
}

impl FeedReport {
    fn good(&mut self, product: &Product, line: u64) -> anyhow::Result<()> {
        self.products += 1;
        self.contradictions.see(product, line);
        if let Some(group) = &product.group_id {
            *self.groups.entry(xxh3_64(group.as_bytes())).or_default() += 1;
        }
        *self.availability.entry(product.supply().availability.as_str()).or_default() += 1;
        if let Some(price) = product.price {
            let paid = product.sale_price.unwrap_or(price);
            let currency = product.currency.clone().unwrap_or_default();
            let prices = self.prices.entry(currency).or_insert(PriceRange { least: paid, most: paid, count: 0 });
            (prices.least, prices.most) = (prices.least.min(paid), prices.most.max(paid));
            prices.count += 1;
        }
        for category in &product.categories {
            if self.categories.len() < MAX_KINDS || self.categories.contains_key(category) {
                *self.categories.entry(category.clone()).or_default() += 1;
            }
        }
        if let Some(difference) = &mut self.difference {
            difference.see(&product.id, &serde_json::to_string(product)?)?;
        }
        if let Value::Object(fields) = serde_json::to_value(product)? {
            for (name, value) in &fields {
                match value {
                    Value::Object(parts) if name == "attributes" => {
                        parts.iter().for_each(|(part, value)| self.fill(&format!("attributes.{part}"), value));
                    }
                    value => self.fill(name, value),
                }
            }
        }
        Ok(())
    }

    fn fill(&mut self, name: &str, value: &Value) {
        if self.fields.len() >= MAX_KINDS && !self.fields.contains_key(name) {
            return;
        }
        let filled = self.fields.entry(name.to_owned()).or_default();
        if filled.count == 0 {
            let text = value.as_str().map_or_else(|| value.to_string(), |text| text.replace('\n', " "));
            filled.example = cut(&text);
        }
        filled.count += 1;
    }

    fn bad(&mut self, row: &BadRow) {
        self.bad += 1;
        let key = (row.field.clone().unwrap_or_else(|| "(row)".to_owned()), general(&row.message));
        if self.reasons.len() >= MAX_KINDS && !self.reasons.contains_key(&key) {
            return;
        }
        let reason = self.reasons.entry(key).or_default();
        reason.count += 1;
        if reason.lines.len() < LINES_SHOWN {
            reason.lines.push(row.line);
        }
        if reason.examples.len() < EXAMPLES_SHOWN && !reason.examples.iter().any(|(_, told)| *told == row.message) {
            reason.examples.push((row.line, row.message.clone()));
        }
    }

    /// Prints the report. `recognised` is true if the format was recognised by the content.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub(super) fn print(&self, out: &mut dyn Write, recognised: bool) -> anyhow::Result<()> {
        self.print_whole(out, recognised)?;
        self.print_fields(out)?;
        self.print_dropped(out)?;
        Ok(())
    }

    /// The reason for which an import would refuse the feed; none if it would take it.
    pub(super) fn refusal(&self) -> Option<String> {
        refusal((self.products, self.bad), self.limits, self.difference.as_ref())
    }

    fn print_whole(&self, out: &mut dyn Write, recognised: bool) -> io::Result<()> {
        writeln!(out, "format        {}{}", self.format, if recognised { " (recognised)" } else { "" })?;
        writeln!(out, "encoding      {}", self.encoding)?;
        writeln!(out, "products      {}, and {} bad rows", self.products, self.bad)?;
        let several = self.groups.values().filter(|count| **count > 1).count();
        let variants: u64 = self.groups.values().sum();
        writeln!(out, "groups        {} with {variants} variants; {several} have more than one", self.groups.len())?;
        for (code, prices) in &self.prices {
            let decimals = Currency::of_code(code).map_or(2, Currency::decimals);
            let money = |minor: i64| {
                let unit = 10f64.powi(decimals as i32);
                format!("{:.*}", decimals as usize, minor as f64 / unit)
            };
            let code = if code.is_empty() { "without a currency (name it with --currency)" } else { code };
            writeln!(
                out,
                "prices        {} to {} {code}, {} products",
                money(prices.least),
                money(prices.most),
                prices.count
            )?;
        }
        let priced: u64 = self.prices.values().map(|prices| prices.count).sum();
        if priced < self.products {
            writeln!(out, "no price      {} products", self.products - priced)?;
        }
        let availability: Vec<String> =
            self.availability.iter().map(|(word, count)| format!("{word} {count}")).collect();
        writeln!(out, "availability  {}", availability.join(", "))?;
        write!(out, "{}", self.contradictions)?;
        let named: Vec<String> = self.prices.iter().filter(|(code, _)| !code.is_empty()).map(priced_in).collect();
        if named.len() > 1 {
            let several = named.join(", ");
            writeln!(
                out,
                "warning: prices in {} currencies ({several}); orders and ranges compare them as numbers",
                named.len()
            )?;
        }
        let mut categories: Vec<(&String, &u64)> = self.categories.iter().collect();
        categories.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        writeln!(out, "categories    {}", categories.len())?;
        for (category, count) in categories.iter().take(CATEGORIES_SHOWN) {
            writeln!(out, "  {count:>8}  {category}")?;
        }
        for spellings in alike(&self.categories).into_iter().take(CATEGORIES_SHOWN) {
            writeln!(out, "warning: one category in several spellings: {}", spellings.join(", "))?;
        }
        if let Some(difference) = &self.difference {
            writeln!(out, "would change  {difference}")?;
        }
        Ok(())
    }

    fn print_fields(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = self.fields.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
        writeln!(out, "\n{:<width$}  filled  example", "field")?;
        for (name, filled) in &self.fields {
            let share = filled.count as f64 / self.products.max(1) as f64 * 100.0;
            writeln!(out, "{name:<width$}  {share:>5.1}%  {}", filled.example)?;
        }
        Ok(())
    }

    fn print_dropped(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.notes.ignored.is_empty() {
            writeln!(out, "\nignored columns")?;
            for (column, count) in &self.notes.ignored {
                writeln!(out, "  {column}: filled in {count} rows")?;
            }
        }
        if !self.notes.dropped.is_empty() {
            writeln!(out, "\nvalues left out")?;
            for ((field, reason), dropped) in &self.notes.dropped {
                let (count, line, example) = (dropped.count, dropped.line, &dropped.example);
                writeln!(out, "  {field} {reason}: {count}, first on line {line}: {example}")?;
            }
        }
        if !self.reasons.is_empty() {
            writeln!(out, "\nbad rows")?;
            for ((field, _), reason) in &self.reasons {
                let lines: Vec<String> = reason.lines.iter().map(u64::to_string).collect();
                let more = if reason.count > lines.len() as u64 { ", ..." } else { "" };
                let mut examples = reason.examples.iter();
                let first = examples.next().map_or("", |(_, message)| message);
                writeln!(out, "  {field}: {first} ({} on line {}{more})", reason.count, lines.join(", "))?;
                for (line, message) in examples {
                    writeln!(out, "    on line {line}: {message}")?;
                }
            }
        }
        Ok(())
    }
}

/// A currency with the number of its products.
fn priced_in((code, prices): (&String, &PriceRange)) -> String {
    format!("{code} {}", prices.count)
}

/// Categories that differ by case and blanks only, each spelling with its number of products.
fn alike(categories: &BTreeMap<String, u64>) -> Vec<Vec<String>> {
    let mut by_form: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (category, count) in categories {
        let form: String = category.to_lowercase().split_whitespace().collect();
        by_form.entry(form).or_default().push(format!("`{category}` ({count})"));
    }
    by_form.into_values().filter(|spellings| spellings.len() > 1).collect()
}

/// The message without the values it quotes, so that the same reason counts as one.
fn general(message: &str) -> String {
    let outside = message.split('`').step_by(2);
    outside.collect::<Vec<_>>().join("`…`").chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(EXAMPLE_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
