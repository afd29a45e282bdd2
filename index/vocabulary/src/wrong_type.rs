//! Messages about values of a wrong type in the words of people who write JSON: the parser speaks of Rust's types.

/// The parser's names of types and what they are, the longer names first.
const TYPES: [(&str, &str); 33] = [
    ("expected usize", "expected a whole number of 0 or more"),
    ("expected u64", "expected a whole number of 0 or more"),
    ("expected u32", "expected a whole number from 0 to 4294967295"),
    ("expected u16", "expected a whole number from 0 to 65535"),
    ("expected u8", "expected a whole number from 0 to 255"),
    ("expected i64", "expected a whole number"),
    ("expected i32", "expected a whole number"),
    ("expected f64", "expected a number"),
    ("expected f32", "expected a number"),
    ("expected a boolean", "expected true or false"),
    ("expected a string", "expected a text"),
    ("expected string or map", "expected a text or an object"),
    ("` as i128", "`"),
    ("expected a tuple of size 2", "expected a list of two"),
    ("EOF while parsing a value", "it ends where a value is expected"),
    ("EOF while parsing an object", "it ends within an object"),
    ("EOF while parsing a list", "it ends within a list"),
    ("EOF while parsing a string", "it ends within a text"),
    ("key must be a string", "a name must be a text in double quotes"),
    (
        "expected ident",
        "what stands there is no JSON: texts need double quotes, and only true, false and null have none",
    ),
    ("trailing comma", "a comma stands where nothing follows"),
    ("expected value", "neither a text in double quotes, a number, an object nor a list stands"),
    ("expected a sequence", "expected a list"),
    ("expected a map", "expected an object"),
    ("expected a formatted timestamp", "expected a time such as 2026-03-01T10:00:00Z"),
    ("invalid type: floating point `", "found the number `"),
    ("invalid type: integer `", "found the number `"),
    ("invalid value: integer `", "found the number `"),
    ("unknown variant `", "found the unknown word `"),
    ("invalid type: sequence", "found a list"),
    ("invalid type: map", "found an object"),
    ("invalid type: null", "found null"),
    ("invalid type: unit value", "found null"),
];

/// The names of fields that hold money.
const MONEY: [&str; 5] = ["price", "sale_price", "value", "cost", "amount"];

/// A message of the parser in plain words; `field` is the path of the field at fault, if known.
pub fn in_plain_words(message: &str, field: Option<&str>) -> String {
    let mut plain = message.replace("Query deserialize error: ", "");
    for (name, words) in TYPES {
        plain = plain.replace(name, words);
    }
    for (name, words) in [("invalid type: string ", "found the text "), ("invalid type: boolean ", "found ")] {
        plain = plain.replace(name, words);
    }
    if let Some(at) = plain.find("expected struct ") {
        let name = at + "expected struct ".len();
        let end = plain[name..].find(|c: char| !c.is_alphanumeric()).map_or(plain.len(), |end| name + end);
        plain.replace_range(at..end, "expected an object");
    }
    if let Some((name, rest)) = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        let own = field.is_some_and(|field| field == name || field.ends_with(&format!(".{name}")));
        plain = if own { format!("is missing{rest}") } else { format!("`{name}` is missing{rest}") };
    }
    let last = field.and_then(|field| field.rsplit('.').next()).unwrap_or_default();
    let money = MONEY.contains(&last.split('[').next().unwrap_or_default());
    if money && plain.contains("expected a whole number") {
        plain.push_str("; money is a whole number of minor units: 1250 for 12.50");
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Body {
        count: Option<usize>,
        price: Option<i64>,
        names: Option<Vec<String>>,
        on: Option<bool>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        share: f64,
    }

    fn told(json: &str, field: &str) -> String {
        let error = serde_json::from_str::<Body>(json).map(|_| String::new()).unwrap_or_else(|error| error.to_string());
        in_plain_words(&error, Some(field))
    }

    #[test]
    fn no_type_of_the_program_is_named() {
        for (json, field, expected) in [
            (r#"{"count": -1}"#, "count", "found the number `-1`, expected a whole number of 0 or more"),
            (r#"{"count": "ten"}"#, "count", "found the text \"ten\", expected a whole number of 0 or more"),
            (r#"{"price": 12.5}"#, "price", "found the number `12.5`, expected a whole number"),
            (r#"{"names": "a"}"#, "names", "found the text \"a\", expected a list"),
            (r#"{"on": 1}"#, "on", "found the number `1`, expected true or false"),
            (r#"{"inner": 4}"#, "inner", "found the number `4`, expected an object"),
            (r#"{"inner": {"share": []}}"#, "inner.share", "found a list, expected a number"),
        ] {
            let plain = told(json, field);
            assert!(plain.starts_with(expected), "{plain}");
            for name in ["usize", "u32", "i64", "f64", "struct", "sequence", "map", "floating point", "Inner"] {
                assert!(!plain.contains(name), "{plain}");
            }
        }
        assert!(told(r#"{"price": 12.5}"#, "products[0].price").contains("1250 for 12.50"));
        assert!(told(r#"{"price": "12,50"}"#, "price").contains("1250 for 12.50"));
        assert!(told(r#"{"inner": {}}"#, "inner").starts_with("`share` is missing"));
        assert!(told(r#"{"inner": {}}"#, "inner.share").starts_with("is missing"));
        assert!(told(r#"{"count""#, "").starts_with("it ends within an object"));
    }
}
