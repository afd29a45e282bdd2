//! Shopify's product export (help.shopify.com/en/manual/products/import-export/using-csv), with the
//! headers written before 2025 ("Handle", "Variant SKU", "Variant Price") and since ("URL handle",
//! "SKU", "Price").
//!
//! Consecutive rows with one handle are the variants of one product; rows without a variant hold
//! further pictures. The id of a variant is its SKU; Shopify does not ask that a SKU is unique, so variants that share
//! one, or have none, get their handle and option values as id. The handle is also the group and, as
//! `/products/HANDLE`, the address. The
//! compare-at price is the regular price. Drafts, archived and unpublished products are dropped and
//! counted. The file names no currency, so the shop's own is used.

mod columns;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io;

use xxhash_rust::xxh3::xxh3_64;

use self::columns::ShopifyColumn;
use super::merchant::{Attributes, margin};
use super::table::{TableRecord, TextTable};
use super::value::{Price, attribute_name, category_path, parse_price, plain_text, yes_no};
use super::{BadRow, Feed, FeedContext, FeedNotes, FeedRow, FeedSource, MAX_RECORD_BYTES};
use crate::product::{Availability, FieldError, Product};

/// The most rows of one product. Shopify allows 2,048 variants and 250 pictures.
const MAX_ROWS: usize = 4096;

/// The most bytes in the rows of one product; further rows are read as another product.
const MAX_PRODUCT_BYTES: usize = 4 * MAX_RECORD_BYTES;

/// A row to be returned, parsed when it is requested.
#[derive(Debug)]
enum PendingRow {
    /// The variant in the row with this index.
    Variant(usize),
    /// A row that is not valid.
    Bad(BadRow),
}

/// Streams products from Shopify's export.
#[derive(Debug)]
pub struct Shopify {
    table: TextTable,
    columns: Vec<ShopifyColumn>,
    reading: FeedContext,
    /// The first row of the next product.
    ahead: Option<TableRecord>,
    /// The rows of the current product.
    rows: Vec<TableRecord>,
    /// The rows to be returned for them, in order.
    ready: VecDeque<PendingRow>,
    /// The SKUs of the current product that several of its variants share.
    shared: BTreeSet<String>,
    /// The SKUs that are ids, with the handles of their products, as hashes.
    taken: HashMap<u64, u64>,
    line: u64,
    notes: FeedNotes,
}

impl Shopify {
    /// Reads the header.
    ///
    /// # Errors
    /// If the file cannot be read; the inner error is a message for a header that lacks a required column.
    pub fn open(source: FeedSource, reading: FeedContext) -> io::Result<Result<Self, String>> {
        let table = match TextTable::open(source)? {
            Ok(table) => table,
            Err(message) => return Ok(Err(message)),
        };
        let columns: Vec<ShopifyColumn> = table.columns().iter().map(|column| ShopifyColumn::of(column)).collect();
        for (key, names) in [("title", "Title"), ("handle", "URL handle` or `Handle")] {
            if !columns.contains(&ShopifyColumn::Known(key)) {
                return Ok(Err(format!("the header has no column `{names}`")));
            }
        }
        Ok(Ok(Self {
            table,
            columns,
            reading,
            ahead: None,
            rows: Vec::new(),
            ready: VecDeque::new(),
            shared: BTreeSet::new(),
            taken: HashMap::new(),
            line: 0,
            notes: FeedNotes::default(),
        }))
    }

    /// Reads all rows of the next product; false at the end.
    fn gather(&mut self) -> io::Result<bool> {
        let mut rows: Vec<TableRecord> = self.ahead.take().into_iter().collect();
        let mut bytes = 0;
        while self.ready.len() < MAX_ROWS {
            match self.table.next()? {
                None => break,
                Some(Err(bad)) => self.ready.push_back(PendingRow::Bad(bad)),
                Some(Ok(row)) => {
                    let same = rows.first().is_none_or(|first| self.get(first, "handle") == self.get(&row, "handle"));
                    bytes += row.fields.iter().map(String::len).sum::<usize>();
                    if !same || rows.len() >= MAX_ROWS || (bytes > MAX_PRODUCT_BYTES && !rows.is_empty()) {
                        self.ahead = Some(row);
                        break;
                    }
                    rows.push(row);
                }
            }
        }
        let more = !rows.is_empty() || !self.ready.is_empty();
        if !rows.is_empty() {
            self.plan(rows);
        }
        Ok(more)
    }

    /// Finds the variants among the rows of a product.
    fn plan(&mut self, rows: Vec<TableRecord>) {
        let first = &rows[0];
        if let Some(reason) = self.left_out(first) {
            let handle = self.get(first, "handle").to_owned();
            self.notes.drop(first.line, "status", reason, &handle);
            return;
        }
        let sold = |row: &TableRecord| {
            ["sku", "price"].iter().any(|key| !self.get(row, key).is_empty()) || self.has_option(row)
        };
        let mut variants: Vec<usize> = (0..rows.len()).filter(|&at| sold(&rows[at])).collect();
        if variants.is_empty() {
            // A product without variants may leave all columns of variants empty.
            variants.push(0);
        }
        self.shared = self.repeated(variants.iter().map(|&at| &rows[at]));
        self.ready.extend(variants.into_iter().map(PendingRow::Variant));
        self.rows = rows;
    }

    /// The SKUs that several of these rows have.
    fn repeated<'r>(&self, rows: impl Iterator<Item = &'r TableRecord>) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        rows.map(|row| sku(self.get(row, "sku"))).filter(|sku| !seen.insert(sku.clone())).collect()
    }

    /// The id of a variant, and its SKU if the id is another one.
    fn id(&mut self, handle: &str, own: &str, options: &[(String, String)]) -> (String, Option<String>) {
        let own = sku(own);
        if !own.is_empty() && !self.shared.contains(&own) {
            let of = xxh3_64(handle.as_bytes());
            // A product that is in the file twice is reported as such.
            if *self.taken.entry(xxh3_64(own.as_bytes())).or_insert(of) == of {
                return (own, None);
            }
        }
        let id = options.iter().fold(handle.to_owned(), |id, (_, value)| format!("{id}/{value}"));
        (id, Some(own).filter(|own| !own.is_empty()))
    }

    /// Makes the product of a variant from its row.
    fn made(&mut self, at: usize) -> FeedRow {
        let rows = std::mem::take(&mut self.rows);
        let made = self.variant(&rows[0], &rows[at]).map_err(|error| BadRow::of(rows[at].line, error));
        self.line = rows[at].line;
        self.rows = rows;
        made
    }

    /// The reason why a product is not on sale; `None` if it is.
    fn left_out(&self, first: &TableRecord) -> Option<&'static str> {
        match &*self.get(first, "status").to_lowercase() {
            "draft" => return Some("is a draft, left out"),
            "archived" => return Some("is archived, left out"),
            _ => {}
        }
        (yes_no(self.get(first, "published")) == Some(false)).then_some("is not published, left out")
    }

    /// The handle of a product.
    fn handle(&self, first: &TableRecord) -> Result<String, FieldError> {
        match self.get(first, "handle") {
            "" => {
                let message = "is empty; every row names its product by the handle, the last part of its address";
                Err(FieldError::new("handle", message))
            }
            handle => Ok(handle.to_owned()),
        }
    }

    fn variant(&mut self, first: &TableRecord, row: &TableRecord) -> Result<Product, FieldError> {
        let own = |key: &str| Some(self.get(row, key)).filter(|value| !value.is_empty());
        let shared = |key: &str| own(key).unwrap_or_else(|| self.get(first, key)).to_owned();
        let options = self.options(first, row);
        let handle = self.handle(first)?;
        let price = self.prices(row)?;
        let (availability, stock) = self.stock(row)?;
        // The product's pictures are spread over the rows of its variants, one on each; the first is used.
        let image = own("variant_image").unwrap_or_else(|| self.get(first, "image")).to_owned();
        let categories = ["type", "collection"].map(|key| category_path(&shared(key), false));
        let standard = [shared("category"), shared("google_category")].into_iter().find(|path| !path.is_empty());
        let tags = self.get(first, "tags").split(',').map(|tag| tag.trim().trim_matches('"'));
        let tags: Vec<String> = tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        let cells = |record: &TableRecord| -> Vec<(ShopifyColumn, String)> {
            self.columns
                .iter()
                .cloned()
                .zip(record.fields.iter().cloned())
                .filter(|(_, value)| !value.is_empty())
                .collect()
        };
        let (row_cells, first_cells) = (cells(row), cells(first));
        let simple = ["title", "description"].map(|key| (key, self.get(first, key).to_owned()));
        let shared_texts = ["gender", "age_group", "condition"].map(|key| (key, shared(key)));
        let own_texts = ["mpn", "barcode"].map(|key| (key, self.get(row, key).to_owned()));
        let grams = own("grams").map(|grams| format!("{grams} g"));

        let (id, other_sku) = self.id(&handle, self.get(row, "sku"), &options);

        let mut attributes = Attributes::new(self.reading, row.line, &mut self.notes);
        attributes.take("id", &id)?;
        for (name, value) in simple.iter().chain(&shared_texts).chain(&own_texts) {
            attributes.take(name, value)?;
        }
        attributes.take("brand", &shared_vendor(&first_cells))?;
        attributes.take("image_link", &image)?;
        attributes.take("item_group_id", &handle)?;
        attributes.take("link", &format!("/products/{handle}"))?;
        for path in categories.iter().flatten() {
            attributes.take("product_type", path)?;
        }
        if let Some(sku) = &other_sku {
            attributes.text("sku", sku);
        }
        attributes.take("google_product_category", &standard.unwrap_or_default())?;
        for (name, value) in &options {
            attributes.text(name, value);
        }
        if let Some(grams) = grams.filter(|grams| !grams.starts_with("0 ") && !grams.starts_with("0.0 ")) {
            attributes.take("product_weight", &grams)?;
        }
        take_own(&mut attributes, &first_cells, &row_cells, &options)?;
        let mut product = attributes.finish();
        (product.availability, product.stock, product.tags) = (availability, stock, tags);
        price.write(&mut product);
        Ok(product)
    }

    fn prices(&self, row: &TableRecord) -> Result<VariantPrices, FieldError> {
        let read = |key: &str| {
            let text = self.get(row, key);
            let price = (!text.is_empty()).then(|| parse_price(text, self.reading.currency)).transpose();
            price.map_err(|error| FieldError::new(self.name(key), error.to_string()))
        };
        Ok(VariantPrices { price: read("price")?, compare_at: read("compare_at")?, cost: read("cost").unwrap_or(None) })
    }

    /// Availability and stock; the number of pieces counts only if the shop tracks it.
    fn stock(&self, row: &TableRecord) -> Result<(Availability, Option<u64>), FieldError> {
        let text = self.get(row, "stock");
        let tracked = !self.get(row, "tracker").is_empty() || !self.columns.contains(&ShopifyColumn::Known("tracker"));
        if text.is_empty() || !tracked {
            return Ok((Availability::InStock, None));
        }
        let pieces: f64 = text
            .parse()
            .map_err(|_| FieldError::new(self.name("stock"), format!("`{text}` is no number of pieces")))?;
        if pieces >= 1.0 {
            return Ok((Availability::InStock, Some(pieces as u64)));
        }
        let oversell = self.get(row, "oversell");
        let goes_on = oversell.eq_ignore_ascii_case("continue") || yes_no(oversell) == Some(true);
        Ok(if goes_on { (Availability::Backorder, None) } else { (Availability::OutOfStock, Some(0)) })
    }

    /// Names and values of the options. Only the first row of a product has the names.
    fn options(&self, first: &TableRecord, row: &TableRecord) -> Vec<(String, String)> {
        let cell = |record: &TableRecord, number: usize, is_name: bool| {
            let place = self.columns.iter().position(|column| *column == ShopifyColumn::Option { number, is_name });
            place.map_or(String::new(), |place| plain_text(&record.fields[place]))
        };
        let options = (1..=3).map(|number| {
            let name =
                Some(cell(row, number, true)).filter(|name| !name.is_empty()).unwrap_or(cell(first, number, true));
            (attribute_name(&name), cell(row, number, false))
        });
        // Shopify writes this value for a product without options.
        let real = |(name, value): &(String, String)| !value.is_empty() && value != "Default Title" && !name.is_empty();
        options.filter(real).collect()
    }

    fn has_option(&self, row: &TableRecord) -> bool {
        self.columns
            .iter()
            .zip(&row.fields)
            .any(|(column, value)| matches!(column, ShopifyColumn::Option { is_name: false, .. }) && !value.is_empty())
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| matches!(column, ShopifyColumn::Known(known) if *known == key))
    }

    fn get<'r>(&self, record: &'r TableRecord, key: &str) -> &'r str {
        self.place(key).map_or("", |place| &record.fields[place])
    }

    /// The column's name in this file's header.
    fn name(&self, key: &str) -> &str {
        self.place(key).map_or("", |place| &self.table.columns()[place])
    }
}

/// The prices and the cost of a variant.
struct VariantPrices {
    price: Option<Price>,
    compare_at: Option<Price>,
    cost: Option<Price>,
}

impl VariantPrices {
    fn write(&self, product: &mut Product) {
        let Some(price) = self.price.or(self.compare_at) else { return };
        let regular = self.compare_at.filter(|regular| regular.minor > price.minor);
        product.price = Some(regular.unwrap_or(price).minor);
        product.sale_price = regular.map(|_| price.minor);
        product.currency = price.currency.map(|currency| currency.to_string());
        if let Some(cost) = self.cost.filter(|_| price.minor > 0) {
            product.margin = Some(margin(price.minor, cost.minor));
        }
    }
}

/// The SKU in a cell; spreadsheets write an apostrophe before a number that is to stay a text.
fn sku(cell: &str) -> String {
    cell.trim_start_matches('\'').to_owned()
}

fn shared_vendor(first: &[(ShopifyColumn, String)]) -> String {
    let vendor = first.iter().find(|(column, _)| *column == ShopifyColumn::Known("vendor"));
    vendor.map_or(String::new(), |(_, value)| value.clone())
}

/// Takes the shop's own fields, preferring the variant's value to the product's; counts all other columns as ignored.
fn take_own(
    attributes: &mut Attributes<'_>,
    first: &[(ShopifyColumn, String)],
    row: &[(ShopifyColumn, String)],
    options: &[(String, String)],
) -> Result<(), FieldError> {
    // Values of an option for all variants together also appear in a field of the product; the variant's own value is
    // right.
    let is_option = |name: &str| options.iter().any(|(option, _)| option == name);
    for (column, value) in row {
        match column {
            ShopifyColumn::Own(name) if !is_option(name) => attributes.list(name, value.split([';', '\n'])),
            ShopifyColumn::Label(name) => attributes.take(name, value)?,
            ShopifyColumn::Ignored(name) => attributes.ignore(name),
            _ => {}
        }
    }
    for (column, value) in first.iter().filter(|(column, _)| !row.iter().any(|(own, _)| own == column)) {
        match column {
            ShopifyColumn::Own(name) if !is_option(name) => attributes.list(name, value.split([';', '\n'])),
            ShopifyColumn::Label(name) => attributes.take(name, value)?,
            _ => {}
        }
    }
    Ok(())
}

impl Feed for Shopify {
    fn next_row(&mut self) -> io::Result<Option<FeedRow>> {
        loop {
            match self.ready.pop_front() {
                Some(PendingRow::Variant(at)) => return Ok(Some(self.made(at))),
                Some(PendingRow::Bad(bad)) => {
                    self.line = bad.line;
                    return Ok(Some(Err(bad)));
                }
                None => {}
            }
            if !self.gather()? {
                return Ok(None);
            }
        }
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn encoding(&self) -> &'static str {
        self.table.source().encoding()
    }

    fn notes(&self) -> &FeedNotes {
        &self.notes
    }
}
