//! The stores that hold a product. A feed writes `"locations": [{"lat": 55.68, "lon": 12.57,
//! "store_id": "cph"}]`, or `"location": {…}` for a single one.

use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor, value};
use serde::{Deserialize, Serialize};

use super::{FieldError, check_id};

/// The most locations a product may have.
pub const MAX_LOCATIONS: usize = 500;

/// A store that holds a product.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreLocation {
    /// Latitude in degrees, −90 to 90.
    pub lat: f64,
    /// Longitude in degrees, −180 to 180.
    pub lon: f64,
    /// The shop's own id of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
}

/// True if two numbers are a latitude and a longitude in degrees.
pub fn is_place(lat: f64, lon: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

/// Checks the locations of one product.
pub(super) fn check(locations: &[StoreLocation]) -> Result<(), FieldError> {
    if locations.len() > MAX_LOCATIONS {
        let message = format!("has {}, at most {MAX_LOCATIONS} are allowed", locations.len());
        return Err(FieldError::new("locations", message));
    }
    for location in locations {
        if !is_place(location.lat, location.lon) {
            let (lat, lon) = (location.lat, location.lon);
            let message = format!("{lat}, {lon} is no place; lat lies between -90 and 90, lon between -180 and 180");
            return Err(FieldError::new("locations", message));
        }
        location.store_id.as_deref().map_or(Ok(()), |id| check_id("locations.store_id", id))?;
    }
    Ok(())
}

/// Deserializes one location or a list of them.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<StoreLocation>, D::Error> {
    struct OneOrMany;

    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Vec<StoreLocation>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a location {\"lat\", \"lon\"} or a list of them")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(value::SeqAccessDeserializer::new(list))
        }

        fn visit_map<A: MapAccess<'de>>(self, one: A) -> Result<Self::Value, A::Error> {
            StoreLocation::deserialize(value::MapAccessDeserializer::new(one)).map(|one| vec![one])
        }
    }
    input.deserialize_any(OneOrMany)
}

#[cfg(test)]
mod tests {
    use crate::product::Product;

    fn read(rest: &str) -> Result<Product, String> {
        let text = format!(r#"{{"id":"a","title":"A",{rest}}}"#);
        let product: Product = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        product.check().map_err(|error| error.to_string())?;
        Ok(product)
    }

    #[test]
    fn one_place_and_a_list_of_them_are_both_understood() {
        let one = read(r#""location":{"lat":55.7,"lon":12.5}"#);
        let list = read(r#""locations":[{"lat":55.7,"lon":12.5}]"#);
        assert!(one.is_ok() && one == list, "{one:?} {list:?}");
        let stores = read(r#""locations":[{"lat":1,"lon":2,"store_id":"x"},{"lat":-90,"lon":180}]"#);
        assert_eq!(stores.map(|product| product.locations.len()), Ok(2));
        let written = one.map(|product| serde_json::to_string(&product).unwrap_or_default());
        assert!(written.is_ok_and(|text| text.contains(r#""locations":[{"lat":55.7,"lon":12.5}]"#)));
    }

    #[test]
    fn what_is_no_place_is_refused_and_named() {
        for wrong in [
            r#""location":{"lat":91,"lon":0}"#,
            r#""location":{"lat":0,"lon":180.5}"#,
            r#""locations":[{"lat":0,"lon":0,"store_id":" "}]"#,
            r#""location":{"lat":0,"lng":0}"#,
            r#""location":{"lat":0}"#,
            r#""location":"here""#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let many = vec![r#"{"lat":0,"lon":0}"#; super::MAX_LOCATIONS + 1].join(",");
        assert!(read(&format!(r#""locations":[{many}]"#)).is_err_and(|error| error.contains("at most 500")));
    }
}
