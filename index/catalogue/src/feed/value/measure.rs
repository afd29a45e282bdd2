//! Weights and lengths with units, converted to grams and centimetres.

/// The kinds of quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Quantity {
    /// A weight, in grams.
    Weight,
    /// A length, in centimetres.
    Length,
}

/// A number in the base unit of its quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Measure {
    /// The kind of the quantity.
    pub(in super::super) quantity: Quantity,
    /// Grams or centimetres, at least 0, rounded to a thousandth.
    pub(in super::super) value: f64,
}

impl Quantity {
    /// The unit, as the suffix of an attribute's name.
    pub(in super::super) fn unit(self) -> &'static str {
        match self {
            Self::Weight => "g",
            Self::Length => "cm",
        }
    }
}

/// Units with their factor to the base unit; includes the codes of UN/CEFACT Recommendation 20 that schema.org uses.
const UNITS: [(&[&str], Quantity, f64); 10] = [
    (&["g", "gr", "gram", "grams", "grm"], Quantity::Weight, 1.0),
    (&["kg", "kilogram", "kilograms", "kgm"], Quantity::Weight, 1000.0),
    (&["mg", "mgm"], Quantity::Weight, 0.001),
    (&["oz", "ounce", "ounces", "onz"], Quantity::Weight, 28.349_523_125),
    (&["lb", "lbs", "pound", "pounds", "lbr"], Quantity::Weight, 453.592_37),
    (&["mm", "mmt"], Quantity::Length, 0.1),
    (&["cm", "cmt"], Quantity::Length, 1.0),
    (&["m", "mtr", "meter", "metre"], Quantity::Length, 100.0),
    (&["in", "inch", "inches", "inh", "\"", "”", "″"], Quantity::Length, 2.54),
    (&["ft", "foot", "feet", "fot", "'", "′"], Quantity::Length, 30.48),
];

/// The number, not converted, and the usual name of its unit; `None` as in [`measure`].
pub(in super::super) fn with_unit(text: &str) -> Option<(f64, &'static str)> {
    let (number, place) = read(text)?;
    Some((number, UNITS[place].0[0]))
}

/// Parses "1.5 kg" or "20cm"; `None` unless the text is one number of at least 0 and one known unit.
pub(in super::super) fn measure(text: &str) -> Option<Measure> {
    let (number, place) = read(text)?;
    let (_, quantity, factor) = UNITS[place];
    Some(Measure { quantity, value: (number * factor * 1000.0).round() / 1000.0 })
}

/// The number and the index of its unit in [`UNITS`].
fn read(text: &str) -> Option<(f64, usize)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))?;
    let (number, unit) = (text[..end].replace(',', "."), text[end..].trim().to_lowercase());
    let number: f64 = number.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    let unit = unit.trim_end_matches('.');
    Some((number, UNITS.iter().position(|(names, _, _)| names.contains(&unit))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_brought_to_one() {
        let value = |text| measure(text).map(|measure| (measure.quantity.unit(), measure.value));
        assert_eq!(value("1.5 kg"), Some(("g", 1500.0)));
        assert_eq!(value("1,5kg"), Some(("g", 1500.0)));
        assert_eq!(value("2 lb"), Some(("g", 907.185)));
        assert_eq!(value("20 cm"), Some(("cm", 20.0)));
        assert_eq!(value("10\""), Some(("cm", 25.4)));
        assert_eq!(value("35 mm"), Some(("cm", 3.5)));
        for wrong in ["", "kg", "12", "-1 kg", "1.2.3 kg", "5 parsec"] {
            assert_eq!(value(wrong), None, "{wrong}");
        }
    }
}
