//! The columns of the archive: names, types and meanings, in one list. Names and types never change; new
//! columns are appended.
//!
//! An event has one row per product, with the event's own columns repeated and the rows numbered by `line`;
//! an event without products has one row with empty product columns. So every column is flat, and any engine
//! reads it without unnesting: `WHERE line = 1` counts events and sums `value`, `quantity * price` sums
//! products, a self-join on `message_id` finds baskets.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};
use tastemaker_index::context::Context;
use tastemaker_index::event::{Event, EventProduct};

/// One row of the archive.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArchiveRow<'a> {
    /// The event.
    pub(super) event: &'a Event,
    /// Position of the product in the event, from 1; 1 for an event without products.
    pub(super) line: i32,
    /// The product.
    pub(super) product: Option<&'a EventProduct>,
}

/// A function that takes a text from a row.
type Text = for<'a> fn(&ArchiveRow<'a>) -> Option<Cow<'a, str>>;

/// The type of a column, with the function that takes its value from a row.
#[derive(Clone, Copy)]
pub(super) enum ColumnContent {
    /// UTF-8 text.
    Text(Text),
    /// 64-bit signed integer.
    Whole(fn(&ArchiveRow<'_>) -> Option<i64>),
    /// 32-bit signed integer.
    Small(fn(&ArchiveRow<'_>) -> Option<i32>),
    /// Milliseconds since 1970, UTC.
    Moment(fn(&ArchiveRow<'_>) -> Option<Timestamp>),
    /// 64-bit floating point number.
    Real(fn(&ArchiveRow<'_>) -> Option<f64>),
    /// Boolean.
    Flag(fn(&ArchiveRow<'_>) -> Option<bool>),
}

/// One column of the archive.
#[derive(Clone, Copy)]
pub(super) struct ArchiveColumn {
    /// Name of the column.
    pub(super) name: &'static str,
    /// Type and values.
    pub(super) content: ColumnContent,
    /// True if every row has a value.
    pub(super) required: bool,
}

const fn text(name: &'static str, text: Text) -> ArchiveColumn {
    ArchiveColumn { name, content: ColumnContent::Text(text), required: false }
}

const fn column(name: &'static str, content: ColumnContent) -> ArchiveColumn {
    ArchiveColumn { name, content, required: false }
}

const fn required(name: &'static str, content: ColumnContent) -> ArchiveColumn {
    ArchiveColumn { name, content, required: true }
}

fn some(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

fn json(value: Option<&impl serde::Serialize>) -> Option<Cow<'static, str>> {
    value.and_then(|value| serde_json::to_string(value).ok()).map(Cow::Owned)
}

fn context<'a>(row: &ArchiveRow<'a>) -> Option<&'a Context> {
    row.event.context.as_deref()
}

/// The column of message ids. Every value differs, so it has no dictionary.
pub(super) const MESSAGE_ID: &str = "message_id";
/// The column of user ids.
pub(super) const USER_ID: &str = "user_id";
/// The column of device ids.
pub(super) const ANONYMOUS_ID: &str = "anonymous_id";

/// Every column, in the order of the file.
pub(super) const COLUMNS: &[ArchiveColumn] = &[
    // The id given by the sender, used for deduplication.
    text(MESSAGE_ID, |row| some(&row.event.message_id)),
    // Event type, as in the API: view, purchase, impression, ...
    required("type", ColumnContent::Text(|row| Some(Cow::Borrowed(row.event.kind.name())))),
    // Time of the event; `day=` of the folder is its UTC day.
    required("time", ColumnContent::Moment(|row| Some(moment(row.event)))),
    // Time of receipt.
    column("received_at", ColumnContent::Moment(|row| row.event.received_at)),
    // User id and device id.
    text(USER_ID, |row| some(&row.event.user_id)),
    text(ANONYMOUS_ID, |row| some(&row.event.anonymous_id)),
    text("session_id", |row| some(&row.event.session_id)),
    // web, app, email, push or store.
    text("channel", |row| {
        let channel = row.event.channel.or_else(|| context(row)?.channel);
        channel.map(|channel| Cow::Borrowed(channel.name()))
    }),
    // The response that led here, the searched words, the placement.
    text("query_id", |row| some(&row.event.query_id)),
    text("query", |row| some(&row.event.query)),
    text("placement", |row| some(&row.event.placement)),
    // Order id, value in minor units (cents) as sent by the shop, and currency.
    text("order_id", |row| some(&row.event.order_id)),
    column("value", ColumnContent::Whole(|row| row.event.value)),
    text("currency", |row| some(&row.event.currency)),
    // Position of the product in the event, from 1; 1 in the one row of an event without products.
    required("line", ColumnContent::Small(|row| Some(row.line))),
    text("product_id", |row| row.product.map(|product| Cow::Borrowed(&*product.id))),
    column("quantity", ColumnContent::Whole(|row| row.product.map(|product| i64::from(product.quantity)))),
    // Unit price in minor units.
    column("price", ColumnContent::Whole(|row| row.product?.price)),
    // Position in the list it was shown in or chosen from, from 1.
    column("position", ColumnContent::Whole(|row| row.product?.position.map(i64::from))),
    // Name and address of a page; name of a custom event.
    text("name", |row| some(&row.event.name)),
    text("url", |row| some(&row.event.url)),
    // Further properties sent by the shop, as JSON.
    text("properties", |row| json(row.event.properties.as_deref())),
    // Consent, given or refused.
    column("consent_personalization", ColumnContent::Flag(|row| row.event.consent?.personalization)),
    column("consent_storage", ColumnContent::Flag(|row| row.event.consent?.storage)),
    // Stated preferences, as JSON.
    text("preferences", |row| json(row.event.preferences.as_deref())),
    // The request context.
    column("shopper_time", ColumnContent::Moment(|row| context(row)?.time)),
    text("country", |row| some(&context(row)?.country)),
    text("region", |row| some(&context(row)?.region)),
    column("latitude", ColumnContent::Real(|row| context(row)?.location.map(|place| place.lat))),
    column("longitude", ColumnContent::Real(|row| context(row)?.location.map(|place| place.lon))),
    text("weather", |row| some(&context(row)?.weather.as_ref()?.condition)),
    column("temperature_c", ColumnContent::Real(|row| context(row)?.weather.as_ref()?.temperature_c)),
    text("device", |row| some(&context(row)?.device)),
    text("store_id", |row| some(&context(row)?.store_id)),
];

/// Time of an event, else its time of receipt, else 1970.
pub(super) fn moment(event: &Event) -> Timestamp {
    event.time.or(event.received_at).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The rows of an event, at least one.
pub(super) fn rows(event: &Event) -> impl Iterator<Item = ArchiveRow<'_>> {
    let none = event.products.is_empty().then_some(ArchiveRow { event, line: 1, product: None });
    let products =
        event.products.iter().zip(1..).map(move |(product, line)| ArchiveRow { event, line, product: Some(product) });
    none.into_iter().chain(products)
}

/// The Parquet schema of every file.
pub(super) fn schema() -> Result<TypePtr, ParquetError> {
    let fields = COLUMNS.iter().map(|column| {
        let (physical, logical) = match column.content {
            ColumnContent::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnContent::Whole(_) => (Physical::INT64, None),
            ColumnContent::Small(_) => (Physical::INT32, None),
            ColumnContent::Moment(_) => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            ColumnContent::Real(_) => (Physical::DOUBLE, None),
            ColumnContent::Flag(_) => (Physical::BOOLEAN, None),
        };
        let repetition = if column.required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let built = Type::primitive_type_builder(column.name, physical).with_repetition(repetition);
        built.with_logical_type(logical).build().map(Arc::new)
    });
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("event").with_fields(fields).build().map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_documented_and_named_once() {
        let page = include_str!("../../../docs/reference/parquet.md");
        for (at, column) in COLUMNS.iter().enumerate() {
            assert!(page.contains(&format!("`{}`", column.name)), "docs/reference/parquet.md lacks {}", column.name);
            assert!(COLUMNS[..at].iter().all(|other| other.name != column.name), "{} twice", column.name);
        }
    }
}
