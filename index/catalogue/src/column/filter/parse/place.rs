//! Conditions on locations: `distance(55.68, 12.57) < 20km`, `distance(here) < 5mi`, `within(south,
//! west, north, east)`.

use super::{FilterTokenKind, Parser, error};
use crate::column::filter::{Centre, Test};
use crate::column::geo::{GeoBox, GeoPoint};
use crate::error::Result;
use crate::product::is_place;

const LENGTH: &str = "a length with m, km or mi, such as 20km";
/// Metres in each unit; the mile is the international one.
const UNITS: [(&str, f64); 3] = [("m", 1.0), ("km", 1_000.0), ("mi", 1_609.344)];

impl Parser {
    /// Parses the rest of `name(…)`; the name has been read.
    pub(super) fn place(&mut self, name: &str, position: usize) -> Result<Test> {
        if name.eq_ignore_ascii_case("within") {
            self.advance()?;
            let (south, west) = self.degrees()?;
            self.comma()?;
            let corner = self.current.position;
            let (north, east) = self.degrees()?;
            if north < south {
                let found = format!("the latitude {north} north of {south}");
                return Err(error(corner, found, "the south-west corner before the north-east one"));
            }
            self.close()?;
            let (south_west, north_east) = (GeoPoint::new(south, west), GeoPoint::new(north, east));
            return Ok(Test::Within(GeoBox { south_west, north_east }));
        }
        if !name.eq_ignore_ascii_case("distance") {
            return Err(error(position, format!("`{name}(`"), "`distance(` or `within(`, the only functions"));
        }
        self.advance()?;
        let centre = if self.current.kind.is_keyword("here") {
            self.advance()?;
            Centre::Here
        } else {
            let (lat, lon) = self.degrees()?;
            Centre::At(GeoPoint::new(lat, lon))
        };
        self.close()?;
        let Some(comparison) = self.take_comparison()? else { return Err(self.expected("one of < <= > >=")) };
        Ok(Test::Distance(centre, comparison, self.metres()?))
    }

    /// Parses a latitude and a longitude.
    fn degrees(&mut self) -> Result<(f64, f64)> {
        let position = self.current.position;
        let lat = self.number("a latitude in degrees")?;
        self.comma()?;
        let lon = self.number("a longitude in degrees")?;
        if is_place(lat, lon) {
            return Ok((lat, lon));
        }
        Err(error(position, format!("{lat}, {lon}"), "a latitude from -90 to 90 and a longitude from -180 to 180"))
    }

    /// Parses a length in metres: a number and its unit, with or without a space between.
    fn metres(&mut self) -> Result<f64> {
        let (number, unit) = match &self.current.kind {
            FilterTokenKind::Number(number) => {
                let number = *number;
                self.advance()?;
                let FilterTokenKind::Word(unit) = &self.current.kind else { return Err(self.expected(LENGTH)) };
                (number, unit.clone())
            }
            FilterTokenKind::Word(word) => {
                let unit = word.find(char::is_alphabetic).map_or("", |at| &word[at..]);
                match word[..word.len() - unit.len()].parse() {
                    Ok(number) => (number, unit.to_owned()),
                    Err(_) => return Err(self.expected(LENGTH)),
                }
            }
            _ => return Err(self.expected(LENGTH)),
        };
        let metres = UNITS.iter().find(|(name, _)| unit.eq_ignore_ascii_case(name)).map(|(_, metres)| number * metres);
        match metres.filter(|metres| metres.is_finite() && *metres >= 0.0) {
            Some(metres) => self.advance().map(|()| metres + 0.0),
            None => Err(self.expected(LENGTH)),
        }
    }

    fn number(&mut self, expected: &str) -> Result<f64> {
        let FilterTokenKind::Number(number) = self.current.kind else { return Err(self.expected(expected)) };
        self.advance().map(|()| number)
    }

    fn comma(&mut self) -> Result<()> {
        if self.take_symbol(",")? { Ok(()) } else { Err(self.expected("`,`")) }
    }

    fn close(&mut self) -> Result<()> {
        if self.take_symbol(")")? { Ok(()) } else { Err(self.expected("`)`")) }
    }
}
