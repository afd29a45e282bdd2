//! The three treatments of sold-out products, and the order of a page without words.

use super::super::{Engine, EngineSettings, RequestContext, SoldOut, testing};
use crate::engine::{NavigationQuery, SuggestQuery};
use crate::product::{Availability, Product};
use crate::query::{Refinement, SearchQuery};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Mugs, some of them sold out, the ids against the shop's order.
fn shop(sold_out: SoldOut) -> Done<Engine> {
    let mug = |id: &str, title: &str, availability, stock| Product {
        id: id.into(),
        title: title.into(),
        mpn: Some(format!("KX-100{id}")),
        categories: vec!["Kitchen > Mugs".into()],
        availability,
        stock,
        ..Product::default()
    };
    let (can, cannot) = (Availability::InStock, Availability::OutOfStock);
    let products = [
        mug("z", "Mug with dots", can, Some(0)),
        mug("y", "Mug with stripes", can, Some(3)),
        mug("x", "Mug with flowers", cannot, Some(9)),
        mug("w", "Mug with birds", Availability::Preorder, Some(0)),
        mug("v", "Mug with leaves", can, None),
    ];
    testing::engine(&products, EngineSettings { sold_out, ..EngineSettings::default() })
}

fn search(engine: &Engine, query: &SearchQuery) -> Done<(Vec<String>, usize)> {
    let answer = engine.search(query, &RequestContext::default())?;
    Ok((answer.hits.into_iter().map(|hit| hit.id).collect(), answer.total))
}

fn named(text: &str) -> SearchQuery {
    SearchQuery { query: text.into(), ..SearchQuery::default() }
}

fn filtered(text: &str) -> SearchQuery {
    SearchQuery { filter: Some(text.into()), ..SearchQuery::default() }
}

#[test]
fn a_page_without_words_has_the_shop_s_order_and_what_is_sold_out_where_the_setting_says() -> Done {
    let page = |sold_out, filter: SearchQuery| search(&shop(sold_out)?, &filter);
    for query in [SearchQuery::default(), filtered("category UNDER \"Kitchen\"")] {
        assert_eq!(page(SoldOut::Bury, query.clone())?.0, ["y", "w", "v", "z", "x"]);
        assert_eq!(page(SoldOut::Mark, query.clone())?.0, ["z", "y", "x", "w", "v"]);
        assert_eq!(page(SoldOut::Hide, query)?, (vec!["y".to_owned(), "w".to_owned(), "v".to_owned()], 3));
    }
    Ok(())
}

#[test]
fn hidden_products_are_found_by_a_filter_on_availability_and_by_their_exact_name_alone() -> Done {
    let engine = shop(SoldOut::Hide)?;
    assert_eq!(search(&engine, &named("mug"))?.1, 3);
    assert_eq!(search(&engine, &named("mug with flowers"))?.0, ["x"]);
    assert_eq!(search(&engine, &named("KX-100z"))?.0, ["z"]);
    assert_eq!(search(&engine, &named("mug flowers"))?.0.iter().filter(|id| *id == "x").count(), 0);
    assert_eq!(search(&engine, &filtered("availability = \"out_of_stock\""))?.0, ["z", "x"]);
    assert_eq!(search(&engine, &filtered("stock = 0"))?.1, 3, "the preorder has no piece either");
    assert_eq!(search(&engine, &filtered("stock > 0"))?.0, ["y"], "pieces that are not for sale count as none");
    let mut refined = named("mug");
    refined.refinements.insert("in_stock".into(), Refinement::Any(vec!["false".into()]));
    assert_eq!(search(&engine, &refined)?.1, 2);
    Ok(())
}

#[test]
fn hidden_products_are_neither_counted_nor_suggested() -> Done {
    for (sold_out, count) in [(SoldOut::Bury, 5), (SoldOut::Hide, 3)] {
        let engine = shop(sold_out)?;
        let query = NavigationQuery { filter: None, under: None, depth: 2, limit: 9, facets: Vec::new() };
        let tree = engine.navigation(&query, &RequestContext::default())?;
        assert_eq!(tree.categories[0].count, count, "{sold_out:?}");
        let query = SuggestQuery { typed: "mug".into(), limit: 20, filter: None };
        let suggested = engine.suggest(&query, &RequestContext::default())?.suggestions;
        let products = suggested.iter().filter(|one| one.product_id.is_some()).count();
        assert_eq!(products, count as usize, "{sold_out:?}");
        let mug = suggested.iter().find(|one| one.text.ends_with("Mugs"));
        assert_eq!(mug.and_then(|mug| mug.products), Some(count), "{sold_out:?}");
    }
    Ok(())
}

#[test]
fn availability_and_stock_agree_in_filter_facet_and_answer_and_a_later_change_counts_in_full() -> Done {
    let engine = shop(SoldOut::Bury)?;
    let facets = vec!["availability".into(), "in_stock".into()];
    let answer = engine.search(&SearchQuery { facets, ..SearchQuery::default() }, &RequestContext::default())?;
    let counted = |field: &str| -> Vec<(String, u32)> {
        answer.facets[field].values.iter().map(|value| (value.value.clone(), value.count)).collect()
    };
    assert_eq!(counted("in_stock"), [("true".to_owned(), 3), ("false".to_owned(), 2)]);
    let mut availability = counted("availability");
    availability.sort();
    let expected = [("in_stock", 2), ("out_of_stock", 2), ("preorder", 1)];
    assert_eq!(availability, expected.map(|(value, count)| (value.to_owned(), count)));
    for hit in &answer.hits {
        let shown: Product = serde_json::from_str(hit.product.get())?;
        assert_eq!(shown.supply().conflict, None, "{}", hit.id);
        assert_eq!(shown.in_stock(), !["x", "z"].contains(&&*hit.id), "{}", hit.id);
    }
    // What the shop stated is still there: with pieces the mug is in stock again.
    let stated = engine.product("z").ok_or("no mug")?;
    assert_eq!((stated.availability, stated.stock), (Availability::InStock, Some(0)));
    let (engine, _) = engine.changed(&[("z".to_owned(), Some(Product { stock: Some(2), ..stated }))])?;
    assert_eq!(search(&engine, &filtered("in_stock = true AND stock = 2"))?.0, ["z"]);
    Ok(())
}
