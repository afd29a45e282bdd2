//! Orders by a field hold what is surely asked for.

use crate::engine::{Engine, EngineSettings, RequestContext, testing};
use crate::product::Product;
use crate::query::SearchQuery;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A shop of products with title, category and price; the title is the id.
fn shop(products: &[(&str, &str, i64)]) -> Done<Engine> {
    let product = |&(title, category, price): &(&str, &str, i64)| Product {
        id: title.into(),
        title: title.into(),
        categories: vec![category.into()],
        price: Some(price),
        ..Product::default()
    };
    testing::engine(&products.iter().map(product).collect::<Vec<_>>(), EngineSettings::default())
}

fn found(engine: &Engine, query: &SearchQuery) -> Done<Vec<String>> {
    Ok(engine.search(query, &RequestContext::default())?.hits.into_iter().map(|hit| hit.id).collect())
}

fn cheapest_first(products: &[(&str, &str, i64)], query: &str) -> Done<Vec<String>> {
    let (query, sort) = (query.to_owned(), Some("price:asc".to_owned()));
    found(&shop(products)?, &SearchQuery { query, sort, ..SearchQuery::default() })
}

#[test]
fn a_query_that_names_a_category_is_ordered_within_it() -> Done {
    let shop = [
        ("Cyan bottle", "Office > Printer ink", 900),
        ("InkTank ET-2850", "Office > Printers", 20_000),
        ("LaserJet M110", "Office > Printers", 15_000),
    ];
    assert_eq!(cheapest_first(&shop, "printers")?, ["LaserJet M110", "InkTank ET-2850"]);
    Ok(())
}

#[test]
fn a_model_number_behind_its_name_does_not_make_a_thing_another() -> Done {
    let shop =
        [("Ink for printers", "Office > Supplies", 900), ("InkTank Printer ET-2850", "Office > Devices", 20_000)];
    assert_eq!(cheapest_first(&shop, "printer")?, ["InkTank Printer ET-2850"]);
    Ok(())
}

#[test]
fn an_order_keeps_what_its_category_shows_to_be_of_the_kind_and_leaves_parts_out() -> Done {
    let shop = [
        ("Corner sofa", "Living > Sofas", 90_000),
        ("Guest sofa bed", "Living > Sofas", 95_000),
        ("Sofa leg set", "Living > Sofas", 1_500),
        ("Sofa table", "Living > Tables", 20_000),
        ("Camera body", "Photo > Cameras", 200_000),
        ("Action camera Hero 12", "Photo > Cameras", 30_000),
        ("Camera strap", "Photo > Straps", 2_000),
    ];
    assert_eq!(cheapest_first(&shop, "sofa")?, ["Corner sofa", "Guest sofa bed"]);
    assert_eq!(cheapest_first(&shop, "camera")?, ["Action camera Hero 12", "Camera body"]);
    Ok(())
}

#[test]
fn filter_bags_for_a_vacuum_cleaner_are_none() -> Done {
    let shop = [
        ("Filter bags for wet and dry vacuum", "Home > Vacuum cleaners", 1_400),
        ("Wet and dry vacuum cleaner", "Home > Vacuum cleaners", 8_900),
    ];
    assert_eq!(cheapest_first(&shop, "vacuum cleaner")?, ["Wet and dry vacuum cleaner"]);
    Ok(())
}

#[test]
fn the_thing_comes_before_parts_of_other_categories_and_before_what_it_is_for() -> Done {
    let engine = shop(&[
        ("Drill bit", "Tools > Bits", 200),
        ("Hammer drill", "Tools > Drills & drivers", 5_000),
        ("Combi drill with 2 batteries and charger", "Tools > Drills & drivers", 9_000),
        ("Tool battery", "Tools > Batteries", 4_000),
    ])?;
    let first = |query: &str| -> Done<String> {
        let query = SearchQuery { query: query.to_owned(), ..SearchQuery::default() };
        Ok(found(&engine, &query)?.swap_remove(0))
    };
    assert_eq!(first("drill")?, "Hammer drill");
    assert_eq!(first("battery for drill")?, "Tool battery");
    Ok(())
}

/// The ids of the hits, best first, and of what is only related.
fn with_related(products: &[Product], query: &str) -> Done<(Vec<String>, Vec<String>)> {
    let engine = testing::engine(products, EngineSettings::default())?;
    let query = SearchQuery { query: query.to_owned(), help: true, ..SearchQuery::default() };
    let answer = engine.search(&query, &RequestContext::default())?;
    let related = answer.related.into_iter().map(|related| related.id).collect();
    Ok((answer.hits.into_iter().map(|hit| hit.id).collect(), related))
}

fn described(id: &str, category: &str, description: &str) -> Product {
    Product {
        id: id.into(),
        title: id.into(),
        categories: vec![category.into()],
        description: description.into(),
        ..Product::default()
    }
}

#[test]
fn what_only_a_category_of_several_things_calls_so_is_no_hit() -> Done {
    let shop = [
        described("Free-range eggs", "Dairy & eggs > Eggs", ""),
        described("Whole milk", "Dairy & eggs > Milk", ""),
        described("Yellow lamp", "Lamps", ""),
        described("Yellow raincoat", "Jackets", ""),
        described("Blue raincoat", "Jackets", ""),
    ];
    assert_eq!(with_related(&shop, "eggs")?.0, ["Free-range eggs"]);
    let raincoats = with_related(&shop, "yellow raincoat")?.0;
    assert!(raincoats[0] == "Yellow raincoat" && !raincoats.contains(&"Yellow lamp".to_owned()), "{raincoats:?}");
    Ok(())
}

#[test]
fn what_only_mentions_a_thing_is_related_and_what_a_description_begins_with_is_found() -> Done {
    let shop = [
        described("Power bank", "Energy", "Charges a phone twice."),
        described("Controller", "Games", "Gamepad with haptic feedback."),
        described("Board game", "Games", "No gamepad is needed."),
    ];
    let (hits, related) = with_related(&shop, "phone")?;
    assert_eq!((hits, related), (vec![], vec!["Power bank".to_owned()]));
    assert_eq!(with_related(&shop, "gamepad")?.0.first().map(String::as_str), Some("Controller"));
    Ok(())
}

#[test]
fn a_price_keeps_to_the_thing_and_is_given_up_where_none_is_so_cheap() -> Done {
    let engine = shop(&[
        ("Laptop 14", "Computers > Laptops", 60_000),
        ("Gaming laptop", "Computers > Laptops", 90_000),
        ("Sleeve for laptop", "Computers > Sleeves", 2_000),
    ])?;
    let ids = |query: &str| found(&engine, &SearchQuery { query: query.to_owned(), ..SearchQuery::default() });
    assert_eq!(ids("laptop under 700")?, ["Laptop 14"]);
    assert!(ids("laptop under 100")?.starts_with(&["Laptop 14".to_owned()]) || ids("laptop under 100")?.len() > 1);
    Ok(())
}

#[test]
fn sold_out_things_come_before_other_things_that_can_be_had() -> Done {
    let sold_out = |product: Product| Product { stock: Some(0), ..product };
    let shop = [sold_out(described("Strawberries", "Fruit", "")), described("Strawberry jam", "Spreads", "")];
    assert_eq!(with_related(&shop, "strawberries")?.0, ["Strawberries", "Strawberry jam"]);
    Ok(())
}

#[test]
fn a_colour_that_a_thing_does_not_come_in_does_not_bring_other_things() -> Done {
    let shop = [
        ("Brown boots", "Shoes", 9_000),
        ("Black boots", "Shoes", 8_000),
        ("White kettle", "Kitchen", 4_000),
        ("White fan", "Climate", 3_000),
    ];
    assert_eq!(cheapest_first(&shop, "white boots")?, ["Black boots", "Brown boots"]);
    Ok(())
}

#[test]
fn the_cheapest_comes_first_where_the_query_asks_for_it_and_the_request_for_no_other_order() -> Done {
    let engine = shop(&[
        ("Ink for printers", "Office > Supplies", 900),
        ("Colour printer", "Office > Devices", 20_000),
        ("Laser printer", "Office > Devices", 15_000),
    ])?;
    let ids = |sort: Option<&str>, ignore: &[&str]| -> Done<Vec<String>> {
        let ignore = ignore.iter().map(|&part| part.to_owned()).collect();
        let (query, sort) = ("cheapest printer".to_owned(), sort.map(str::to_owned));
        found(&engine, &SearchQuery { query, sort, ignore, ..SearchQuery::default() })
    };
    assert_eq!(ids(None, &[])?, ["Laser printer", "Colour printer"]);
    assert_eq!(ids(Some("price:desc"), &[])?, ["Colour printer", "Laser printer"]);
    assert!(ids(None, &["low_price"])?.contains(&"Colour printer".to_owned()));
    Ok(())
}

#[test]
fn numbers_alone_mean_nothing() -> Done {
    let product = |id: &str, title: &str| Product { id: id.into(), title: title.into(), ..Product::default() };
    let mut settings = EngineSettings::default();
    settings.rank.meaning = 0.0;
    settings.rank.min_similarity_alone = -1.0;
    let engine = testing::engine(&[product("a", "Kitchen timer"), product("b", "Alarm clock")], settings)?;
    let total = |query: &str| -> Done<usize> {
        let query = SearchQuery { query: query.into(), ..SearchQuery::default() };
        Ok(engine.search(&query, &RequestContext::default())?.total)
    };
    assert!(total("hour")? > 0, "a word has a meaning");
    assert_eq!(total("4-hour")?, 0);
    Ok(())
}
