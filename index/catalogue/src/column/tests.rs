//! Columns from products to file to results, and the effect of damage.

use std::path::Path;

use super::*;
use crate::flat::FlatWriter;
use crate::id::Ordinal;
use crate::product::{AttributeValue, Product};

/// Builds and opens the columns of `products`.
pub(super) fn columns_of(products: &[Product]) -> Result<Columns> {
    let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
    let path = folder.path().join("columns.flat");
    write(&path, products)?;
    Columns::open(&path)
}

fn write(path: &Path, products: &[Product]) -> Result<()> {
    let mut builder = ColumnsBuilder::new();
    products.iter().try_for_each(|product| builder.push(product))?;
    let mut writer = FlatWriter::create(path)?;
    builder.finish(&mut writer)?;
    writer.finish()
}

/// A facet without refinements, groups or interests.
fn facet_counts(columns: &Columns, field: &str, matches: &Bitmap, limit: usize) -> Result<FacetAnswer> {
    count_facet(columns, &field.into(), matches, limit, &FacetContext::default())
}

/// One page of a sort order without relevance.
fn sorted(columns: &Columns, order: &str, matches: &Bitmap, offset: usize, limit: usize) -> Result<Vec<u32>> {
    let page = top(matches, &Sort::parse(order, columns, None)?, columns, &[], None, offset, limit);
    Ok(page.into_iter().map(Ordinal::get).collect())
}

/// A product with these attributes.
pub(super) fn with_attributes(attributes: &[(&str, AttributeValue)]) -> Product {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Product { attributes, ..Product::default() }
}

/// An attribute that is a text.
pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::Text(value.to_owned())
}

fn shop() -> Vec<Product> {
    let product = |brand: &str, category: &str, price| Product {
        brand: (!brand.is_empty()).then(|| brand.to_owned()),
        categories: vec![category.to_owned()],
        price,
        ..Product::default()
    };
    let mut products = vec![
        product("Zeta", "Shoes > Boots", Some(300)),
        product("acme", "Shoes > Sandals", Some(100)),
        product("Acme", "Shoes > Boots", None),
        product("", "Hats", Some(200)),
        product("Acme", "Hats", Some(100)),
    ];
    products[3].attributes.insert("size".into(), AttributeValue::List(vec![text("L"), AttributeValue::Number(41.5)]));
    products
}

#[test]
fn a_product_reads_back_what_it_was_given() -> Result<()> {
    let columns = columns_of(&shop())?;
    let texts = |field: &str, ordinal| -> Vec<&str> {
        let ordinal = Ordinal::new(ordinal);
        let view = columns.keyword(field).map(|column| column.view());
        view.map(|view| view.values(ordinal).iter().map(|&id| view.text(id)).collect()).unwrap_or_default()
    };
    assert_eq!(columns.len(), 5);
    assert_eq!(texts("brand", 1), ["acme"]);
    assert!(texts("brand", 3).is_empty());
    assert_eq!(texts("category", 1), ["Shoes", "Shoes > Sandals"]);
    assert_eq!(texts("size", 3), ["41.5", "L"]);
    assert_eq!(texts("attributes.size", 3), ["41.5", "L"]);
    assert!(texts("size", 2).is_empty());
    assert_eq!(columns.numeric("size").and_then(|column| column.view().first(Ordinal::new(3))), Some(41.5));
    assert_eq!(columns.numeric("price").and_then(|column| column.view().first(Ordinal::new(2))), None);
    assert_eq!(columns.numeric("price").and_then(|column| column.extent()), Some((100.0, 300.0)));
    assert_eq!(columns.numeric("rating").and_then(|column| column.extent()), None);
    Ok(())
}

#[test]
fn a_dictionary_keeps_spellings_apart_and_side_by_side() -> Result<()> {
    let columns = columns_of(&shop())?;
    let view = columns.require("test", "brand")?.keyword.as_ref().map(|column| column.view());
    let Some(view) = view else { panic!("brand has texts") };
    assert_eq!(ValueId::all(3).map(|id| view.text(id)).collect::<Vec<_>>(), ["Acme", "acme", "Zeta"]);
    assert_eq!(view.equal_to("ACME"), ValueId::new(0)..ValueId::new(2));
    assert_eq!((view.id_of("acme"), view.id_of("ACME")), (Some(ValueId::new(1)), None));
    assert_eq!(view.products_of(ValueId::new(0)..ValueId::new(1)), Ordinal::array([2, 4]));
    assert_eq!(view.text(ValueId::new(99)), "");
    Ok(())
}

#[test]
fn facets_count_a_product_once_a_value_commonest_first() -> Result<()> {
    let columns = columns_of(&shop())?;
    let all = Bitmap::full(5);
    let answer = facet_counts(&columns, "category", &all, 3)?;
    let listed: Vec<_> = answer.values.iter().map(|value| (value.value.as_str(), value.count)).collect();
    assert_eq!(listed, [("Shoes", 3), ("Hats", 2), ("Shoes > Boots", 2)]);
    assert_eq!((answer.distinct, answer.stats), (4, None));
    assert!(facet_counts(&columns, "category", &all, 0)?.values.is_empty());
    let answer = facet_counts(&columns, "price", &Bitmap::from_ordinals(5, Ordinal::array([0, 1, 2])), 3)?;
    assert_eq!(answer.stats, Some(FacetStats { min: 100.0, max: 300.0, avg: 200.0, count: 2 }));
    assert_eq!(facet_counts(&columns, "price", &Bitmap::new(5), 3)?.stats, None);
    let error = facet_counts(&columns, "pryce", &all, 3).map_err(|error| error.to_string());
    assert_eq!(error, Err("facets: `pryce` is not a field of the catalogue; did you mean `price`?".to_owned()));
    Ok(())
}

#[test]
fn sparse_and_dense_columns_give_the_same_facets() -> Result<()> {
    let products: Vec<Product> = (0..400)
        .map(|at| {
            let value = text(["red", "blue", "green"][at % 3]);
            if at % 40 == 0 {
                with_attributes(&[("rare", value.clone()), ("all", value)])
            } else {
                with_attributes(&[])
            }
        })
        .collect();
    let few: Vec<Product> = products.iter().step_by(40).cloned().collect();
    let (sparse, dense) = (columns_of(&products)?, columns_of(&few)?);
    for places in [vec![0], vec![0, 1, 2], (0..10).collect::<Vec<u32>>()] {
        let spread = Bitmap::from_ordinals(400, places.iter().map(|at| Ordinal::new(at * 40)));
        let packed = Bitmap::from_ordinals(10, places.into_iter().map(Ordinal::new));
        assert_eq!(facet_counts(&sparse, "rare", &spread, 9)?, facet_counts(&dense, "rare", &packed, 9)?);
    }
    Ok(())
}

#[test]
fn pages_of_a_sort_are_total_and_never_overlap() -> Result<()> {
    let columns = columns_of(&shop())?;
    let all = Bitmap::full(5);
    for (order, expected) in [
        ("price:asc", [1, 4, 3, 0, 2]),
        ("price:DESC", [0, 3, 1, 4, 2]),
        ("brand:asc", [1, 2, 4, 0, 3]),
        ("brand:desc", [0, 1, 2, 4, 3]),
        ("rating:desc", [0, 1, 2, 3, 4]),
    ] {
        let pages = (0..4).map(|page| sorted(&columns, order, &all, page * 2, 2)).collect::<Result<Vec<_>>>()?;
        assert_eq!(pages.concat(), expected, "{order}");
        assert_eq!(sorted(&columns, order, &all, 0, usize::MAX)?, expected, "{order}");
    }
    assert!(Sort::parse("relevance", &columns, None)?.is_relevance());
    for wrong in ["price", "price:up", "", ":asc", "cost:asc"] {
        assert!(matches!(Sort::parse(wrong, &columns, None), Err(Error::Invalid { .. })), "{wrong}");
    }
    Ok(())
}

#[test]
fn many_rare_attributes_cost_what_they_hold() -> Result<()> {
    let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
    let path = folder.path().join("columns.flat");
    let name = |at: usize| format!("attribute {at}");
    let products: Vec<Product> = (0..5_000).map(|at| with_attributes(&[(&name(at), text("x"))])).collect();
    write(&path, &products)?;
    let bytes = path.metadata().map_err(Error::io("read", &path))?.len();
    assert!(bytes < 5_000 * 500, "{bytes} bytes");
    let columns = Columns::open(&path)?;
    assert_eq!(
        Filter::parse("'attribute 4711' = 'X'")?.eval(&columns)?.iter().collect::<Vec<_>>(),
        Ordinal::array([4711])
    );
    let mut builder = ColumnsBuilder::new();
    let all: Vec<_> = (0..=MAX_ATTRIBUTES).map(|at| (name(at), text("x"))).collect();
    let product = Product { attributes: all.into_iter().collect(), ..Product::default() };
    assert!(matches!(builder.push(&product), Err(Error::Refused(_))));
    Ok(())
}

#[test]
fn an_empty_catalogue_has_the_built_in_fields() -> Result<()> {
    let columns = columns_of(&[])?;
    assert!(columns.is_empty());
    assert!(Filter::parse("NOT brand = 'x' OR price < 3 OR EXISTS tags")?.eval(&columns)?.is_empty());
    assert_eq!(facet_counts(&columns, "brand", &Bitmap::new(0), 5)?, FacetAnswer::default());
    Ok(())
}

#[test]
fn damage_is_an_error_or_a_wrong_answer_but_never_a_panic() -> Result<()> {
    let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
    let path = folder.path().join("columns.flat");
    write(&path, &shop())?;
    let whole = std::fs::read(&path).map_err(Error::io("read", &path))?;
    let damaged = folder.path().join("damaged.flat");
    let mut refused = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8) | 1;
        std::fs::write(&damaged, &bytes).map_err(Error::io("write", &damaged))?;
        match Columns::open(&damaged) {
            Err(_) => refused += 1,
            Ok(columns) => read_everything(&columns),
        }
    }
    assert!(refused > whole.len() / 4, "{refused} of {} refused", whole.len());
    Ok(())
}

fn read_everything(columns: &Columns) {
    let all = Bitmap::full(columns.len().min(1_000));
    for (name, _) in columns.fields() {
        let _ = facet_counts(columns, name, &all, 10);
        let _ = sorted(columns, &format!("{name}:desc"), &all, 0, 10);
    }
    let _ = sorted(columns, "distance(55,12):asc", &all, 0, 10);
    for text in [
        "brand = 'acme' OR category UNDER 'Shoes'",
        "EXISTS size AND size != 3",
        "price < 3 AND size UNDER 'L'",
        "distance(55, 12) < 900km OR within(-90, -180, 90, 180) OR EXISTS locations",
    ] {
        if let Ok(filter) = Filter::parse(text) {
            let _ = filter.eval(columns);
        }
    }
}

#[test]
fn a_file_of_the_format_before_is_read_and_knows_no_places() -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/formats/columns-1.flat");
    let columns = Columns::open(&path)?;
    assert_eq!((columns.len(), columns.geo().is_none()), (3, true));
    let passing = |text: &str| -> Result<Vec<u32>> {
        Ok(Filter::parse(text)?.eval(&columns)?.iter().map(Ordinal::get).collect())
    };
    assert_eq!(passing("brand = 'ACME' AND price < 10000")?, [2]);
    assert_eq!(passing("distance(0, 0) < 1km OR within(-90, -180, 90, 180)")?, Vec::<u32>::new());
    let listed = facet_counts(&columns, "tags", &Bitmap::full(3), 9)?.values.len();
    assert_eq!(listed, 2, "spellings are told apart as they were");
    assert_eq!(sorted(&columns, "price:asc", &Bitmap::full(3), 0, 9)?, [2, 1, 0]);
    Ok(())
}

#[test]
fn a_newer_format_is_named_as_such() -> Result<()> {
    let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
    let path = folder.path().join("columns.flat");
    let mut writer = FlatWriter::create(&path)?;
    writer.section("directory", br#"{"version":3,"products":0,"columns":[]}"#)?;
    writer.finish()?;
    assert!(matches!(Columns::open(&path), Err(Error::NewerFormat { found: 3, supported: VERSION, .. })));
    Ok(())
}
