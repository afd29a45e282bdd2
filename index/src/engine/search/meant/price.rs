//! Prices: a range of prices is a filter, a price nearly meant and a low one raise products.

use super::MeaningReader;
use super::part::{PartInPlay, kind};
use crate::column::ValueId;
use crate::error::Result;
use crate::feed::Currency;
use crate::hit::UnderstoodPart;
use crate::text::meant::{Meaning, MeantPart, PriceWish};

const COLUMN: &str = "final_price";
/// The products on sale.
const REDUCED: &str = "EXISTS sale_price";
/// The share of a price by which others may differ from one that is nearly meant.
const NEARLY: f64 = 0.2;
/// The amount that products of nearly that price are raised by.
const NEAR: f32 = 0.3;
/// The amount that the cheapest product of a category is raised by where low prices are asked for.
const LOW: f32 = 0.5;

impl MeaningReader<'_> {
    /// The currency of most products, by its code.
    pub(super) fn currency(self) -> Option<String> {
        let currencies = self.snapshot.generation.columns.keyword("currency")?.view();
        let products = |id: ValueId| currencies.products_of(id..id.next()).len();
        let most = ValueId::all(currencies.distinct()).max_by_key(|&id| (products(id), std::cmp::Reverse(id)))?;
        Some(currencies.text(most).to_ascii_uppercase())
    }

    /// A range of prices. Without a currency it is none if a title has the same words, as `Pro Max 256` has.
    pub(super) fn price(self, part: &MeantPart, text: &str, lang: Option<&str>) -> Result<Option<PartInPlay>> {
        let Meaning::Price { least, most, money, about } = &part.meaning else { return Ok(None) };
        let columns = &self.snapshot.generation.columns;
        if columns.numeric(COLUMN).is_none_or(|prices| prices.extent().is_none()) {
            return Ok(None);
        }
        if money.is_none() && self.in_titles(text, lang)? {
            return Ok(None);
        }
        let own = self.currency();
        let sold_in = |code: &String| {
            columns.keyword("currency").is_some_and(|currencies| !currencies.view().equal_to(code).is_empty())
        };
        // A currency that the shop does not sell in is taken for its own.
        let named = money.clone().filter(sold_in);
        let decimals =
            named.as_ref().or(own.as_ref()).and_then(|code| Currency::of_code(code)).map_or(2, Currency::decimals);
        let minor = |amount: f64| (amount * 10f64.powi(decimals as i32)).round();
        let (least, most) = (least.map(minor), most.map(minor));
        let (least, most) = match about {
            true => {
                (least.map(|price| (price * (1.0 - NEARLY)).floor()), most.map(|price| (price * (1.0 + NEARLY)).ceil()))
            }
            false => (least, most),
        };
        let range = match (least, most) {
            (Some(least), Some(most)) => format!("{COLUMN} BETWEEN {least} AND {most}"),
            (None, Some(most)) => format!("{COLUMN} <= {most}"),
            (Some(least), None) => format!("{COLUMN} >= {least}"),
            (None, None) => return Ok(None),
        };
        let expression = match named.filter(|code| own.as_ref() != Some(code)) {
            Some(code) => format!("{range} AND currency = \"{code}\""),
            None => range,
        };
        let products = self.snapshot.allowed(Some(&expression), None)?;
        let mut shown = UnderstoodPart::new("price", text);
        let hidden = vec![part.range.clone()];
        if *about {
            shown.boost = Some(expression);
            let raises = products.into_iter().map(|products| (products, NEAR)).collect();
            return Ok(Some(PartInPlay { shown, hidden, raises, ..PartInPlay::default() }));
        }
        shown.filter = Some(expression);
        let certainty = if money.is_some() { 6 } else { 5 };
        Ok(Some(PartInPlay { shown, hidden, keeps: products, certainty, ..PartInPlay::default() }))
    }

    /// A wish for a price: a low one raises products, the lowest and the highest order them, and a reduced one keeps those
    /// that are on sale. Words that a title has, as `reduced fat` may be, are no wish.
    pub(super) fn price_wish(
        self,
        part: &MeantPart,
        text: &str,
        wish: PriceWish,
        lang: Option<&str>,
    ) -> Result<Option<PartInPlay>> {
        let columns = &self.snapshot.generation.columns;
        if columns.numeric(COLUMN).is_none_or(|prices| prices.extent().is_none()) {
            return Ok(None);
        }
        let shown = UnderstoodPart::new(kind(&part.meaning), text);
        let ordered = |order| UnderstoodPart { sort: Some(format!("{COLUMN}:{order}")), ..shown.clone() };
        let played = PartInPlay { hidden: vec![part.range.clone()], ..PartInPlay::default() };
        Ok(Some(match wish {
            PriceWish::Low => {
                let boost = Some(format!("low {COLUMN} in its category"));
                PartInPlay { shown: UnderstoodPart { boost, ..shown }, low_price: LOW, ..played }
            }
            PriceWish::Lowest => PartInPlay { shown: ordered("asc"), ..played },
            PriceWish::Highest => PartInPlay { shown: ordered("desc"), ..played },
            PriceWish::Reduced => {
                if self.in_titles(text, lang)? {
                    return Ok(None);
                }
                let filter = Some(REDUCED.to_owned());
                let keeps = self.snapshot.allowed(Some(REDUCED), None)?;
                PartInPlay { shown: UnderstoodPart { filter, ..shown }, keeps, certainty: 5, ..played }
            }
        }))
    }
}
