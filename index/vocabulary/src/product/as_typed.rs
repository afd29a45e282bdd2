//! Numbers as people typed them: .01 is stored as the nearest of 32 bits, and written as .01 again.

use serde::{Serialize, Serializer};

/// Serializes a number in its shortest decimal form.
///
/// # Errors
/// Those of the serializer.
pub fn as_typed<S: Serializer>(number: &Option<f32>, out: S) -> Result<S::Ok, S::Error> {
    number.and_then(|number| number.to_string().parse::<f64>().ok()).serialize(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Factor(#[serde(serialize_with = "as_typed")] Option<f32>);

    #[test]
    fn a_number_comes_back_as_it_was_typed() {
        for number in ["0.01", "0.1", "33.3", "2.0", "1e20"] {
            let typed: f32 = number.parse().unwrap_or_default();
            let value = serde_json::to_value(Factor(Some(typed))).unwrap_or_default();
            assert_eq!(value, serde_json::from_str::<serde_json::Value>(number).unwrap_or_default());
        }
    }
}
