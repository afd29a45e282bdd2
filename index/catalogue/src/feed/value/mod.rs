//! Single values in the notations that people use: prices, measures, HTML, words for availability,
//! trade item numbers, category paths, dates. Each is a pure function of a text; its file begins
//! with the accepted notations.

mod category;
mod currency;
mod date;
mod gtin;
mod measure;
mod plain_text;
mod price;
mod words;

pub(super) use category::category_path;
pub use currency::Currency;
pub(super) use date::in_effect;
pub(super) use gtin::gtin;
pub(super) use measure::{measure, with_unit};
pub use plain_text::plain_text;
pub use price::{Price, PriceError, parse_price};
pub(super) use words::{attribute_name, availability, condition, yes_no};
