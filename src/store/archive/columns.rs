//! The columns of the archive: the one list that says what each is called,
//! holds and means. A name or type is never changed; new columns go last.
//!
//! One row a product of an event, the event's own columns repeated, numbered
//! by `line`; an event without products is one row whose product columns are
//! empty. So every column is flat and any engine reads it without unnesting:
//! `WHERE line = 1` counts events and sums `value`, `quantity * price` sums
//! products, a self-join on `message_id` finds baskets.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};
use tastemaker_index::context::Context;
use tastemaker_index::event::{Event, EventProduct};

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    /// The event.
    pub(super) event: &'a Event,
    /// The product's place in the event, from 1; 1 where there is none.
    pub(super) line: i32,
    /// The product.
    pub(super) product: Option<&'a EventProduct>,
}

/// A text of a row.
type Text = for<'a> fn(&Row<'a>) -> Option<Cow<'a, str>>;

/// How a column is stored, and where its values come from.
#[derive(Clone, Copy)]
pub(super) enum Content {
    /// UTF-8.
    Text(Text),
    /// 64 bits, signed.
    Whole(fn(&Row<'_>) -> Option<i64>),
    /// 32 bits, signed.
    Small(fn(&Row<'_>) -> Option<i32>),
    /// Milliseconds since 1970, UTC.
    Moment(fn(&Row<'_>) -> Option<Timestamp>),
    /// 64 bits, floating.
    Real(fn(&Row<'_>) -> Option<f64>),
    /// Yes or no.
    Flag(fn(&Row<'_>) -> Option<bool>),
}

/// One column.
#[derive(Clone, Copy)]
pub(super) struct Column {
    /// What it is called.
    pub(super) name: &'static str,
    /// Its values.
    pub(super) content: Content,
    /// Whether every row has a value.
    pub(super) required: bool,
}

const fn text(name: &'static str, text: Text) -> Column {
    Column { name, content: Content::Text(text), required: false }
}

const fn column(name: &'static str, content: Content) -> Column {
    Column { name, content, required: false }
}

const fn required(name: &'static str, content: Content) -> Column {
    Column { name, content, required: true }
}

fn some(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

fn json(value: Option<&impl serde::Serialize>) -> Option<Cow<'static, str>> {
    value.and_then(|value| serde_json::to_string(value).ok()).map(Cow::Owned)
}

fn context<'a>(row: &Row<'a>) -> Option<&'a Context> {
    row.event.context.as_deref()
}

/// What tells events apart; every value differs, so a dictionary is of no use.
pub(super) const MESSAGE_ID: &str = "message_id";
/// The column of signed-in shoppers.
pub(super) const USER_ID: &str = "user_id";
/// The column of devices.
pub(super) const ANONYMOUS_ID: &str = "anonymous_id";

/// Every column, in the order of the file.
pub(super) const COLUMNS: &[Column] = &[
    // The event's own name; counted once however often it was sent.
    text(MESSAGE_ID, |row| some(&row.event.message_id)),
    // What happened, as in the API: view, purchase, impression, ...
    required("type", Content::Text(|row| Some(Cow::Borrowed(row.event.kind.name())))),
    // When it happened; `day=` of the folder is its UTC day.
    required("time", Content::Moment(|row| Some(moment(row.event)))),
    // When the server took it.
    column("received_at", Content::Moment(|row| row.event.received_at)),
    // The signed-in shopper and the device, as the shop names them.
    text(USER_ID, |row| some(&row.event.user_id)),
    text(ANONYMOUS_ID, |row| some(&row.event.anonymous_id)),
    text("session_id", |row| some(&row.event.session_id)),
    // web, app, email, push or store.
    text("channel", |row| {
        let channel = row.event.channel.or_else(|| context(row)?.channel);
        channel.map(|channel| Cow::Borrowed(channel.name()))
    }),
    // The answer that led here, the words searched, the placement.
    text("query_id", |row| some(&row.event.query_id)),
    text("query", |row| some(&row.event.query)),
    text("placement", |row| some(&row.event.placement)),
    // The order, its value in minor units (cents) as the shop said it, and the currency.
    text("order_id", |row| some(&row.event.order_id)),
    column("value", Content::Whole(|row| row.event.value)),
    text("currency", |row| some(&row.event.currency)),
    // The product's place in the event, from 1; 1 in the one row of an event without products.
    required("line", Content::Small(|row| Some(row.line))),
    text("product_id", |row| row.product.map(|product| Cow::Borrowed(&*product.id))),
    column("quantity", Content::Whole(|row| row.product.map(|product| i64::from(product.quantity)))),
    // Unit price in minor units.
    column("price", Content::Whole(|row| row.product?.price)),
    // Place in the list it was shown in or picked from, from 1.
    column("position", Content::Whole(|row| row.product?.position.map(i64::from))),
    // Name and address of a page; name of a custom event.
    text("name", |row| some(&row.event.name)),
    text("url", |row| some(&row.event.url)),
    // What else the shop wanted kept, as JSON.
    text("properties", |row| json(row.event.properties.as_deref())),
    // What the shopper allowed or forbade.
    column("consent_personalization", Content::Flag(|row| row.event.consent?.personalization)),
    column("consent_storage", Content::Flag(|row| row.event.consent?.storage)),
    // What the shopper said to like, as JSON.
    text("preferences", |row| json(row.event.preferences.as_deref())),
    // The reported context.
    column("shopper_time", Content::Moment(|row| context(row)?.time)),
    text("country", |row| some(&context(row)?.country)),
    text("region", |row| some(&context(row)?.region)),
    column("latitude", Content::Real(|row| context(row)?.location.map(|place| place.lat))),
    column("longitude", Content::Real(|row| context(row)?.location.map(|place| place.lon))),
    text("weather", |row| some(&context(row)?.weather.as_ref()?.condition)),
    column("temperature_c", Content::Real(|row| context(row)?.weather.as_ref()?.temperature_c)),
    text("device", |row| some(&context(row)?.device)),
    text("store_id", |row| some(&context(row)?.store_id)),
];

/// When an event happened, as far as is known.
pub(super) fn moment(event: &Event) -> Timestamp {
    event.time.or(event.received_at).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The rows of an event.
pub(super) fn rows(event: &Event) -> impl Iterator<Item = Row<'_>> {
    let none = event.products.is_empty().then_some(Row { event, line: 1, product: None });
    let products =
        event.products.iter().zip(1..).map(move |(product, line)| Row { event, line, product: Some(product) });
    none.into_iter().chain(products)
}

/// The schema of every file.
pub(super) fn schema() -> Result<TypePtr, ParquetError> {
    let fields = COLUMNS.iter().map(|column| {
        let (physical, logical) = match column.content {
            Content::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Content::Whole(_) => (Physical::INT64, None),
            Content::Small(_) => (Physical::INT32, None),
            Content::Moment(_) => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            Content::Real(_) => (Physical::DOUBLE, None),
            Content::Flag(_) => (Physical::BOOLEAN, None),
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
        let readme = include_str!("../../../README.md");
        for (at, column) in COLUMNS.iter().enumerate() {
            assert!(readme.contains(&format!("`{}`", column.name)), "README.md lacks {}", column.name);
            assert!(COLUMNS[..at].iter().all(|other| other.name != column.name), "{} twice", column.name);
        }
    }
}
