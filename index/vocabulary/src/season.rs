//! Meteorological seasons: three whole calendar months each, half a year apart in the two hemispheres.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use crate::context::Context;

/// ISO 3166 codes of countries that lie mostly in the southern hemisphere.
const SOUTHERN: [&str; 24] = [
    "AO", "AR", "AU", "BO", "BR", "BW", "CL", "FJ", "LS", "MG", "MU", "MW", "MZ", "NA", "NZ", "PE", "PG", "PY", "RE",
    "SZ", "UY", "ZA", "ZM", "ZW",
];

/// A season, with the names that products use in their own seasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Season {
    /// March to May in the north.
    Spring,
    /// June to August in the north.
    Summer,
    /// September to November in the north.
    Autumn,
    /// December to February in the north.
    Winter,
}

impl Season {
    /// The season at a time (by its UTC month) in the hemisphere of the context: by latitude, else by
    /// country, else the northern one.
    pub fn at(now: Timestamp, context: &Context) -> Self {
        let month = Offset::UTC.to_datetime(now).month();
        let by_country = || {
            let country = context.country.as_deref().unwrap_or_default();
            SOUTHERN.iter().any(|southern| southern.eq_ignore_ascii_case(country))
        };
        let south = context.location.map_or_else(by_country, |location| location.lat < 0.0);
        let quarter = (month % 12) / 3 + if south { 2 } else { 0 };
        match quarter % 4 {
            0 => Self::Winter,
            1 => Self::Spring,
            2 => Self::Summer,
            _ => Self::Autumn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Location;

    #[test]
    fn a_season_follows_month_and_hemisphere() -> Result<(), jiff::Error> {
        let (january, july): (Timestamp, Timestamp) =
            ("2026-01-15T00:00:00Z".parse()?, "2026-07-15T00:00:00Z".parse()?);
        let country = |code: &str| Context { country: Some(code.to_owned()), ..Context::default() };
        assert_eq!(Season::at(january, &Context::default()), Season::Winter);
        assert_eq!(Season::at("2026-12-01T00:00:00Z".parse()?, &country("SE")), Season::Winter);
        assert_eq!(Season::at(july, &country("au")), Season::Winter);
        assert_eq!(Season::at("2026-04-30T23:59:59Z".parse()?, &country("NZ")), Season::Autumn);
        let cape = Context { location: Some(Location { lat: -33.9, lon: 18.4 }), ..country("SE") };
        assert_eq!(Season::at(january, &cape), Season::Summer, "the location takes precedence over the country");
        Ok(())
    }
}
