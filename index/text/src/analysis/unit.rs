//! One spelling for units after numbers: `inch`, `inches`, `in.` and `"` become `in`, so a size is found
//! whatever its spelling.

/// The one spelling of a unit in lower case; `None` for other words. `a` is a unit only if `joined`, directly
/// after the number.
pub(super) fn unit(word: &str, joined: bool) -> Option<&'static str> {
    Some(match word {
        "in" | "inch" | "inches" | "zoll" | "pouces" => "in",
        "ft" | "foot" | "feet" => "ft",
        "yd" | "yds" | "yard" | "yards" => "yd",
        "mm" | "millimeter" | "millimeters" | "millimetre" | "millimetres" => "mm",
        "cm" | "centimeter" | "centimeters" | "centimetre" | "centimetres" => "cm",
        "m" | "meter" | "meters" | "metre" | "metres" => "m",
        "km" | "kilometer" | "kilometers" | "kilometre" | "kilometres" => "km",
        "sq" | "square" | "sqft" => "sq",
        "cu" | "cubic" => "cu",
        "oz" | "ounce" | "ounces" => "oz",
        "lb" | "lbs" | "pound" | "pounds" => "lb",
        "g" | "gr" | "gram" | "grams" | "gramm" => "g",
        "mg" | "milligram" | "milligrams" => "mg",
        "kg" | "kilo" | "kilos" | "kilogram" | "kilograms" | "kilogramm" => "kg",
        "gal" | "gallon" | "gallons" => "gal",
        "qt" | "quart" | "quarts" => "qt",
        "pt" | "pint" | "pints" => "pt",
        "l" | "liter" | "liters" | "litre" | "litres" => "l",
        "ml" | "milliliter" | "milliliters" | "millilitre" | "millilitres" => "ml",
        "cl" | "centiliter" | "centilitre" => "cl",
        "dl" | "deciliter" | "decilitre" => "dl",
        "a" | "amp" | "amps" | "ampere" | "amperes" if joined || word.len() > 1 => "amp",
        "ah" => "ah",
        "mah" => "mah",
        "v" | "volt" | "volts" => "volt",
        "w" | "watt" | "watts" => "w",
        "kw" | "kilowatt" | "kilowatts" => "kw",
        "hp" | "horsepower" => "hp",
        "btu" => "btu",
        "hz" | "hertz" => "hz",
        "khz" => "khz",
        "mhz" => "mhz",
        "ghz" => "ghz",
        "kb" => "kb",
        "mb" | "megabyte" | "megabytes" => "mb",
        "gb" | "gigabyte" | "gigabytes" => "gb",
        "tb" | "terabyte" | "terabytes" => "tb",
        "mp" | "megapixel" | "megapixels" => "mp",
        "dpi" => "dpi",
        "rpm" => "rpm",
        "psi" => "psi",
        "pk" | "pack" | "packs" => "pack",
        "pc" | "pcs" | "piece" | "pieces" => "piece",
        _ => return None,
    })
}

/// Units of one kind, each with the number of the smallest that it is.
const KINDS: [&[(&str, f64)]; 6] = [
    &[("ml", 1.0), ("cl", 10.0), ("dl", 100.0), ("l", 1000.0)],
    &[("mm", 1.0), ("cm", 10.0), ("in", 25.4), ("ft", 304.8), ("m", 1000.0), ("km", 1_000_000.0)],
    &[("mg", 1.0), ("g", 1000.0), ("kg", 1_000_000.0)],
    &[("w", 1.0), ("kw", 1000.0)],
    &[("mb", 1.0), ("gb", 1000.0), ("tb", 1_000_000.0)],
    &[("hz", 1.0), ("khz", 1e3), ("mhz", 1e6), ("ghz", 1e9)],
];

/// The same measure in the other units of its kind, where three decimals say it exactly: `0.5 l` and `50 cl` for
/// `500 ml`. `number` and `unit` are in their one spelling.
pub(crate) fn same_measures(number: &str, unit: &str) -> Vec<(String, &'static str)> {
    let kind = KINDS.iter().find(|kind| kind.iter().any(|(name, _)| *name == unit));
    let (Some(kind), Ok(value)) = (kind, number.parse::<f64>()) else { return Vec::new() };
    let size = |name: &str| kind.iter().find(|(known, _)| *known == name).map_or(1.0, |(_, size)| *size);
    let others = kind.iter().filter(|(name, _)| *name != unit).filter_map(|&(name, _)| {
        let other = value * size(unit) / size(name);
        let rounded = (other * 1000.0).round() / 1000.0;
        let exact = (other - rounded).abs() <= other.abs() * 1e-9 && rounded > 0.0;
        exact.then(|| (rounded.to_string(), name))
    });
    others.collect()
}

/// The unit of a sign directly after a number.
pub(super) fn sign(c: char) -> Option<&'static str> {
    match c {
        '"' | '″' | '”' => Some("in"),
        '\'' | '′' | '’' => Some("ft"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_the_same_in_the_units_of_its_kind() {
        let same = |number, unit| -> Vec<String> {
            same_measures(number, unit).into_iter().map(|(number, unit)| format!("{number} {unit}")).collect()
        };
        assert_eq!(same("500", "ml"), ["50 cl", "5 dl", "0.5 l"]);
        assert_eq!(same("1.5", "m"), ["1500 mm", "150 cm", "0.002 km"].map(str::to_owned)[..2].to_vec());
        assert_eq!(same("25.4", "mm"), ["2.54 cm", "1 in", "0.025 m"].map(str::to_owned)[..2].to_vec());
        assert_eq!(same("3", "pack"), Vec::<String>::new());
    }
}
