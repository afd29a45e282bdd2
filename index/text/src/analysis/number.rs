//! One spelling for numbers: `2-1/2`, `2 1/2`, `2.50` and `2,5` become `2.5`, and `1,000` becomes `1000`. Leading
//! zeros stay, since they may belong to a model number.

/// The sign before the decimals of a language; the other sign separates thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decimal {
    /// `2.5` and `1,000`.
    Point,
    /// `2,5` and `1.000`.
    Comma,
}

impl Decimal {
    fn thousands(self) -> char {
        if self == Self::Point { ',' } else { '.' }
    }
}

/// The largest denominator of a fraction in a measure.
const MAX_DENOMINATOR: f64 = 128.0;

/// The number at the start of `text`, which starts with a digit: its spelling, and its length in bytes. A
/// fraction may follow a whole number after a blank or a hyphen; commas may separate thousands.
pub(super) fn number(text: &str, decimal: Decimal) -> (String, usize) {
    if let Some((value, length)) = fraction(text) {
        return (shown(value), length);
    }
    let whole = digits(text);
    let (mut value, mut end) = (text[..whole].to_owned(), whole);
    let grouped = whole <= 3 && !value.starts_with('0');
    while grouped && text[end..].starts_with(decimal.thousands()) && digits(&text[end + 1..]) == 3 {
        value.push_str(&text[end + 1..end + 4]);
        end += 4;
    }
    // `20 000` is one number; `20 500` may be two sizes.
    while grouped && text[end..].starts_with(" 000") && digits(&text[end + 1..]) == 3 {
        value.push_str("000");
        end += 4;
    }
    let decimals = text[end..].strip_prefix('.').map_or(0, digits).max(decimals_after_comma(&text[end..]));
    if decimals > 0 {
        let kept = text[end + 1..end + 1 + decimals].trim_end_matches('0');
        let spelled = if kept.is_empty() { value } else { format!("{value}.{kept}") };
        return (spelled, end + 1 + decimals);
    }
    if text[end..].starts_with([' ', '-'])
        && let Some((share, length)) = fraction(&text[end + 1..])
        && let Ok(ones) = value.parse::<f64>()
    {
        return (shown(ones + share), end + 1 + length);
    }
    (value, end)
}

/// The number of decimals after a comma at the start of `text`; 0 if the comma separates two numbers, as in `1,2,3`.
fn decimals_after_comma(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(',') else { return 0 };
    let decimals = digits(rest);
    let more = rest[decimals..].strip_prefix([',', '.']).is_some_and(|rest| digits(rest) > 0);
    if decimals > 3 || more { 0 } else { decimals }
}

/// The value and length of a fraction such as `3/8`; `None` for `24/7`, which is no measure.
fn fraction(text: &str) -> Option<(f64, usize)> {
    let above = digits(text);
    let rest = text[above..].strip_prefix('/')?;
    let below = digits(rest);
    let (over, under) = (text[..above].parse::<f64>().ok()?, rest[..below].parse::<f64>().ok()?);
    (over < under && under <= MAX_DENOMINATOR).then_some((over / under, above + 1 + below))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Writes a number with at most three decimals, which tells thirty-seconds apart.
fn shown(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_size_has_one_spelling() {
        for (text, expected) in [
            ("2-1/2 in", ("2.5", 5)),
            ("2 1/2", ("2.5", 5)),
            ("2.50", ("2.5", 4)),
            ("1/2", ("0.5", 3)),
            ("1,000 sheets", ("1000", 5)),
            ("10x12", ("10", 2)),
            ("24/7", ("24", 2)),
            ("3.0", ("3", 3)),
            ("007", ("007", 3)),
            ("5 10", ("5", 1)),
            ("20 000 mAh", ("20000", 6)),
            ("1 000 000", ("1000000", 9)),
            ("10 500 ml", ("10", 2)),
            ("0 000", ("0", 1)),
            ("1,00", ("1", 4)),
            ("2,5 l", ("2.5", 3)),
            ("0,125", ("0.125", 5)),
            ("1,2,3", ("1", 1)),
        ] {
            assert_eq!(number(text, Decimal::Point), (expected.0.to_owned(), expected.1), "{text}");
        }
        for (text, expected) in [("1.000 Blatt", ("1000", 5)), ("2,5 l", ("2.5", 3)), ("2.5 l", ("2.5", 3))] {
            assert_eq!(number(text, Decimal::Comma), (expected.0.to_owned(), expected.1), "{text}");
        }
    }
}
