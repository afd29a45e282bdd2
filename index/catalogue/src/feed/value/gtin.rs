//! Global trade item numbers (GS1 General Specifications, 7.9): 8, 12, 13 or 14 digits, the last a check digit.

/// The number without spaces and dashes, repaired after common spreadsheet damage: a leading quote, a trailing `.0`,
/// lost leading zeros. `None` if the check digit is wrong.
pub(in super::super) fn gtin(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('\'').trim_matches('"');
    let text = text.strip_suffix(".0").unwrap_or(text);
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
    if digits.len() < 7 || digits.len() > 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = [8, 12, 13, 14].into_iter().find(|&length| length >= digits.len())?;
    let digits = format!("{digits:0>padded$}");
    let weighted = |(place, byte): (usize, u8)| u32::from(byte - b'0') * if place % 2 == 0 { 1 } else { 3 };
    let sum: u32 = digits.bytes().rev().enumerate().map(weighted).sum();
    (sum.is_multiple_of(10) && digits.bytes().any(|byte| byte != b'0')).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cleaned_and_checked() {
        assert_eq!(gtin("4006381333931").as_deref(), Some("4006381333931"));
        assert_eq!(gtin(" 4-006381-333931 ").as_deref(), Some("4006381333931"));
        assert_eq!(gtin("'036000291452").as_deref(), Some("036000291452"));
        assert_eq!(gtin("36000291452").as_deref(), Some("036000291452"), "a lost zero");
        assert_eq!(gtin("96385074.0").as_deref(), Some("96385074"));
        for wrong in ["4006381333932", "4.00638E+12", "123", "", "n/a", "00000000"] {
            assert_eq!(gtin(wrong), None, "{wrong}");
        }
    }
}
