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
        "g" | "gram" | "grams" => "g",
        "mg" | "milligram" | "milligrams" => "mg",
        "kg" | "kilo" | "kilos" | "kilogram" | "kilograms" => "kg",
        "gal" | "gallon" | "gallons" => "gal",
        "qt" | "quart" | "quarts" => "qt",
        "pt" | "pint" | "pints" => "pt",
        "l" | "liter" | "liters" | "litre" | "litres" => "l",
        "ml" | "milliliter" | "milliliters" | "millilitre" | "millilitres" => "ml",
        "cl" => "cl",
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

/// The unit of a sign directly after a number.
pub(super) fn sign(c: char) -> Option<&'static str> {
    match c {
        '"' | '″' | '”' => Some("in"),
        '\'' | '′' | '’' => Some("ft"),
        _ => None,
    }
}
