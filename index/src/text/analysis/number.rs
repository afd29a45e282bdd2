//! Numbers, brought to one spelling: `2-1/2`, `2 1/2` and `2.50` are `2.5`;
//! `1,000` is `1000`. Leading zeros stay, they may be part of a number's name.

/// The largest denominator of a fraction of measure.
const MAX_DENOMINATOR: f64 = 128.0;

/// The number at the start of `text`, which starts with a digit: its one spelling and its length in bytes.
/// A fraction may follow whole ones after a blank or a hyphen; thousands may be set off by commas.
pub(super) fn number(text: &str) -> (String, usize) {
    if let Some((value, length)) = fraction(text) {
        return (shown(value), length);
    }
    let whole = digits(text);
    let (mut value, mut end) = (text[..whole].to_owned(), whole);
    while whole <= 3 && text[end..].starts_with(',') && digits(&text[end + 1..]) == 3 {
        value.push_str(&text[end + 1..end + 4]);
        end += 4;
    }
    let decimals = text[end..].strip_prefix('.').map_or(0, digits);
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

/// `3/8`: its value and its length; nothing for `24/7`, which is no measure.
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

/// At most three decimals: sixteenths and thirty-seconds stay apart.
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
            ("1,00", ("1", 1)),
        ] {
            assert_eq!(number(text), (expected.0.to_owned(), expected.1), "{text}");
        }
    }
}
