//! Values by which products fit each other: the base of a bulb, and the cells or volts that a device runs on. An `E27` bulb
//! fits no lamp for `E14`, `AA` cells fit no headlamp for `AAA`, and a drill of 18 V takes no battery of 12 V. They are read
//! from titles and attributes; bases and cells from descriptions too, where lamps and devices name what they take.

use crate::product::{AttributeValue, Product};

/// Bases of bulbs, by IEC 60061, that hardly anything else is called by.
const BASES: [&str; 15] =
    ["e14", "e26", "e27", "e39", "e40", "b15d", "b22", "b22d", "ba15d", "gu4", "gu5.3", "gu10", "gx53", "mr16", "r7s"];
/// Bases that are names of much else: they count in attributes about bases.
const SHORT_BASES: [&str; 9] = ["e5", "e10", "e11", "e12", "e17", "g4", "g5", "g9", "g13"];
/// Parts of the names of attributes about bases.
const BASE_ATTRIBUTES: [&str; 7] = ["socket", "base", "sockel", "fassung", "culot", "attacco", "casquillo"];
/// Cells that have several names (IEC 60086), each with the name that stands for it here.
const CELLS: [(&str, &str); 12] = [
    ("AA", "aa"),
    ("LR6", "aa"),
    ("HR6", "aa"),
    ("MIGNON", "aa"),
    ("AAA", "aaa"),
    ("LR03", "aaa"),
    ("HR03", "aaa"),
    ("AAAA", "aaaa"),
    ("LR44", "lr44"),
    ("AG13", "lr44"),
    ("18650", "18650"),
    ("21700", "21700"),
];
/// The first letters of the names of coin cells, before two to four digits.
const COINS: [&str; 3] = ["CR", "LR", "SR"];
/// Volts of batteries of devices; below are single cells and USB, above is the mains.
const VOLTS: std::ops::RangeInclusive<f32> = 7.0..=80.0;

/// What a value is about; products fit only if they share a value of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fitting {
    /// The base of a bulb.
    Base,
    /// The cells that it runs on.
    Cell,
    /// The volts of its battery. Devices of different volts can be alternatives.
    Volts,
}

/// The values of a product, sorted, each once.
pub fn fitting_values(product: &Product) -> Vec<(Fitting, String)> {
    let mut values = Vec::new();
    read(&product.title, true, &mut values);
    read(&product.description, false, &mut values);
    for (name, value) in &product.attributes {
        let name = name.to_lowercase();
        let in_volts = name.contains("volt");
        let is_base = BASE_ATTRIBUTES.iter().any(|part| name.contains(part));
        value.for_each(&mut |value| match value {
            AttributeValue::Text(text) if is_base && SHORT_BASES.contains(&&*text.trim().to_lowercase()) => {
                values.push((Fitting::Base, text.trim().to_lowercase()));
            }
            AttributeValue::Text(text) => read(text, true, &mut values),
            AttributeValue::Whole(number) if in_volts => volts(*number as f32, &mut values),
            AttributeValue::Number(number) if in_volts => volts(*number as f32, &mut values),
            _ => {}
        });
    }
    values.sort_unstable();
    values.dedup();
    values
}

/// Reads the values of a text; volts only `with_volts`.
fn read(text: &str, with_volts: bool, values: &mut Vec<(Fitting, String)>) {
    let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == ',';
    let mut before = "";
    for word in text.split(|c: char| !is_part(c)).map(|word| word.trim_matches(['.', ','])) {
        let lower = word.to_lowercase();
        if BASES.contains(&lower.as_str()) {
            values.push((Fitting::Base, lower));
        } else if let Some(cell) = cell(word) {
            values.push((Fitting::Cell, cell));
        } else if with_volts {
            let number = if lower == "v" || lower == "volt" { Some(before) } else { lower.strip_suffix('v') };
            let number = number.and_then(|number| number.replace(',', ".").parse().ok());
            number.into_iter().for_each(|number| volts(number, values));
        }
        before = word;
    }
}

fn volts(number: f32, values: &mut Vec<(Fitting, String)>) {
    if VOLTS.contains(&number) {
        // Three cells of a tool are called 10.8 V or 12 V, five 18 V or 20 V, ten 36 V or 40 V.
        let called = match number {
            10.8 => 12.0,
            20.0 => 18.0,
            40.0 => 36.0,
            other => other,
        };
        values.push((Fitting::Volts, called.to_string()));
    }
}

/// The name of a cell; letters must be capitals, for `aa` in lower case may be anything.
fn cell(word: &str) -> Option<String> {
    if let Some((_, name)) = CELLS.iter().find(|(written, _)| *written == word) {
        return Some((*name).to_owned());
    }
    let digits = COINS.iter().find_map(|coin| word.strip_prefix(coin))?;
    ((2..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then(|| word.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str, description: &str) -> Vec<String> {
        let product = Product { title: title.to_owned(), description: description.to_owned(), ..Product::default() };
        fitting_values(&product).into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn bases_cells_and_volts_are_read_as_people_write_them() {
        assert_eq!(of("LED bulb E27, 806 lm", ""), ["e27"]);
        assert_eq!(of("Table lamp", "For one E14 bulb, not included."), ["e14"]);
        assert_eq!(of("Charger for AA and AAA cells", ""), ["aa", "aaa"]);
        assert_eq!(of("Alkaline batteries LR03, 8 pieces", ""), ["aaa"]);
        assert_eq!(of("CR2032 coin cells", ""), ["cr2032"]);
        assert_eq!(of("Fast charger for 12 V and 18V", ""), ["12", "18"]);
        assert_eq!(of("Akkuschrauber 10,8 V", ""), ["12"]);
        assert_eq!(of("Travel adapter 230 V, 5 V USB", "Runs on 24 V too"), [] as [&str; 0]);
        assert_eq!(of("Kit v2, aa lower", ""), [] as [&str; 0]);
    }
}
