//! Prices as shops write them, parsed to minor units and a currency: "12.50 USD", "USD 12.50",
//! "$1,299", "1 299,00 kr", "EUR 9.-", "CHF 1'299.50". The text must be one number with its
//! currency, nothing else: a range or "from 9.90" is an error, not a guess.
//!
//! If a point and a comma both occur, the last is the decimal sign. A single one is decimal unless
//! exactly three digits follow, as in price-parser (github.com/scrapinghub/price-parser); in
//! currencies with three decimals it always is.

use super::currency::Currency;

/// The longest price, in bytes.
const MAX_BYTES: usize = 64;

/// The most digits before the decimal sign, leading zeros included.
const MAX_DIGITS: usize = 17;

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// The amount in minor units; further digits are rounded half up.
    pub minor: i64,
    /// The currency; `None` if neither the text nor the shop gives one.
    pub currency: Option<Currency>,
}

/// The reasons why a text is not a price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// The text has no digit.
    #[error("`{0}` has no number")]
    NoNumber(String),
    /// The text has more than a number and a currency.
    #[error("`{0}` is more than a number and a currency, such as 12.50 EUR")]
    Unclear(String),
    /// The number is below 0.
    #[error("`{0}` is negative")]
    Negative(String),
    /// The text is longer than any price.
    #[error("`{0}` is too long a number")]
    TooLong(String),
}

/// Parses a price. `own` is the shop's currency, which a number without currency has.
///
/// # Errors
/// If the text is not one number with at most one currency.
pub fn parse_price(text: &str, own: Option<Currency>) -> Result<Price, PriceError> {
    let shown = || text.chars().take(40).collect::<String>();
    let first = text.find(|c: char| c.is_ascii_digit()).ok_or_else(|| PriceError::NoNumber(shown()))?;
    if text.len() > MAX_BYTES {
        return Err(PriceError::TooLong(shown()));
    }
    // A price such as ".50" begins with its decimal point.
    let first = if text[..first].ends_with(['.', ',']) { first - 1 } else { first };
    let last = text.rfind(|c: char| c.is_ascii_digit()).map_or(first, |at| at + 1);
    let (before, number, after) = (text[..first].trim(), &text[first..last], trim_dashes(&text[last..]));
    if before.ends_with('-') || before.starts_with('-') || before.ends_with('−') {
        return Err(PriceError::Negative(shown()));
    }
    let currency = match (before.is_empty(), after.is_empty()) {
        (true, true) => own,
        (false, true) => named(before, own).ok_or_else(|| PriceError::Unclear(shown()))?,
        (true, false) => named(after, own).ok_or_else(|| PriceError::Unclear(shown()))?,
        (false, false) => both(before, after).ok_or_else(|| PriceError::Unclear(shown()))?,
    };
    let decimals = currency.map_or(2, Currency::decimals);
    let (whole, fraction) = parts(number, decimals).ok_or_else(|| PriceError::Unclear(shown()))?;
    let minor = minor(&whole, fraction, decimals).ok_or_else(|| PriceError::TooLong(shown()))?;
    Ok(Price { minor, currency })
}

/// The text after the number, without the dashes of "9.-" and "9,--".
fn trim_dashes(after: &str) -> &str {
    let bare = after.trim_start_matches(['.', ',']);
    let dashes = bare.trim_start_matches(['-', '–', '—', '=']);
    if dashes.len() < bare.len() { dashes.trim() } else { after.trim() }
}

/// The currency of a word or sign. The outer option is `None` if the word is unknown, the inner one if it is
/// ambiguous.
fn named(word: &str, own: Option<Currency>) -> Option<Option<Currency>> {
    let word = word.trim_end_matches(':').trim_end();
    Currency::of_code(word).map(Some).or_else(|| Currency::of_sign(word, own))
}

/// The currency of a sign on one side with a code on the other, as in "$12.50 USD"; `None` if they contradict.
fn both(before: &str, after: &str) -> Option<Option<Currency>> {
    let (code, sign) = match (Currency::of_code(before), Currency::of_code(after)) {
        (Some(code), None) => (code, after),
        (None, Some(code)) => (code, before),
        _ => return None,
    };
    (Currency::of_sign(sign, Some(code))? == Some(code)).then_some(Some(code))
}

/// The digits before and after the decimal sign; `None` if the grouping is invalid.
fn parts(number: &str, decimals: u32) -> Option<(String, &str)> {
    let decimal = decimal_at(number, decimals);
    let (whole, fraction) = match decimal {
        Some(at) => (&number[..at], &number[at + 1..]),
        None => (number, ""),
    };
    let grouping = |c: char| matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}');
    let groups: Vec<&str> = whole.split(grouping).collect();
    // Groups have three digits; in Indian notation, all but the last have two.
    let sound = groups.iter().skip(1).all(|group| matches!(group.len(), 2 | 3))
        && groups.last().is_none_or(|group| groups.len() == 1 || group.len() == 3)
        && (groups.len() == 1 || !groups[0].is_empty());
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (sound && groups.iter().all(|group| digits(group)) && digits(fraction)).then(|| (groups.concat(), fraction))
}

/// The byte offset of the decimal sign.
fn decimal_at(number: &str, decimals: u32) -> Option<usize> {
    let last = number.rfind(['.', ','])?;
    let sign = &number[last..=last];
    let other = if sign == "." { ',' } else { '.' };
    let (before, behind) = (&number[..last], number.len() - last - 1);
    if before.contains(other) || before.contains(['\'', '’', ' ', '\u{a0}', '\u{2009}', '\u{202f}']) {
        return Some(last);
    }
    if before.contains(sign) {
        return None;
    }
    let zero = before.bytes().all(|byte| byte == b'0');
    (behind != 3 || decimals == 3 || zero).then_some(last)
}

/// The amount in minor units, rounded half up; `None` if it is too large.
fn minor(whole: &str, fraction: &str, decimals: u32) -> Option<i64> {
    if whole.len() > MAX_DIGITS {
        return None;
    }
    let mut minor: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut digits = fraction.bytes().map(|byte| i64::from(byte - b'0'));
    for _ in 0..decimals {
        minor = minor.checked_mul(10)?.checked_add(digits.next().unwrap_or(0))?;
    }
    let up = digits.next().is_some_and(|digit| digit >= 5);
    minor.checked_add(i64::from(up))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Option<(i64, String)> {
        let price = parse_price(text, None).ok()?;
        Some((price.minor, price.currency.map_or(String::new(), |currency| currency.code().into())))
    }

    #[test]
    fn prices_are_read_as_shops_write_them() {
        let cases = [
            ("12.50 USD", 1250, "USD"),
            ("USD 12.50", 1250, "USD"),
            ("12.50USD", 1250, "USD"),
            ("$1,299", 129_900, "USD"),
            ("$1,299.95", 129_995, "USD"),
            ("$12.50 USD", 1250, "USD"),
            ("C$ 12.50", 1250, "CAD"),
            ("1 299,00 kr", 129_900, ""),
            ("1 299,00 SEK", 129_900, "SEK"),
            ("1\u{a0}299,00\u{a0}€", 129_900, "EUR"),
            ("1.299,00 €", 129_900, "EUR"),
            ("1.299 EUR", 129_900, "EUR"),
            ("EUR 9.-", 900, "EUR"),
            ("9,-- €", 900, "EUR"),
            ("CHF 1'299.50", 129_950, "CHF"),
            ("Fr. 19.90", 1990, "CHF"),
            ("₹1,50,087.99", 15_008_799, "INR"),
            ("12", 1200, ""),
            ("12.5", 1250, ""),
            ("12.5000 USD", 1250, "USD"),
            ("0.299 EUR", 30, "EUR"),
            (".50 EUR", 50, "EUR"),
            ("0", 0, ""),
            ("0.00 EUR", 0, "EUR"),
            ("1299.00 jpy", 1299, "JPY"),
            ("¥1,299", 1299, "JPY"),
            ("1.299 KWD", 1299, "KWD"),
            ("12.5 KWD", 12_500, "KWD"),
            ("1,299.500 TND", 1_299_500, "TND"),
            ("1.000.000 VND", 1_000_000, "VND"),
            ("19,99zł", 1999, "PLN"),
        ];
        for (text, minor, currency) in cases {
            assert_eq!(price(text), Some((minor, currency.to_owned())), "{text}");
        }
    }

    #[test]
    fn the_shop_s_own_currency_settles_what_a_sign_leaves_open() {
        let price =
            |text, own| parse_price(text, Currency::of_code(own)).map(|price| price.currency.map(|c| c.to_string()));
        assert_eq!(price("1 299,00 kr", "SEK"), Ok(Some("SEK".into())));
        assert_eq!(price("$12", "CAD"), Ok(Some("CAD".into())));
        assert_eq!(price("$12", "SEK"), Ok(Some("USD".into())));
        assert_eq!(price("12", "EUR"), Ok(Some("EUR".into())));
        assert_eq!(parse_price("1299", Currency::of_code("JPY")).map(|price| price.minor), Ok(1299));
    }

    #[test]
    fn what_is_no_single_price_is_an_error() {
        for text in [
            "",
            "EUR",
            "free",
            "10-20 EUR",
            "from 9.90",
            "9.90 XYZ",
            "-5 EUR",
            "EUR -5",
            "1,2,3",
            "1.2.3",
            "12 34",
            "1e5",
            "USD 5 EUR",
            "99999999999999999999 EUR",
            "9.9 EUR incl. VAT",
            "١٢",
        ] {
            assert!(parse_price(text, None).is_err(), "{text}: {:?}", parse_price(text, None));
        }
        assert!(matches!(parse_price("-5", None), Err(PriceError::Negative(_))));
    }
}
