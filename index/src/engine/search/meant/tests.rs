//! Searches of a small shop whose queries say more than words.

use crate::engine::{Engine, EngineSettings, RequestContext, testing};
use crate::hit::SearchAnswer;
use crate::product::{AttributeValue, Product};
use crate::query::SearchQuery;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn product(id: &str, title: &str, category: &str, price: i64, attributes: &[(&str, AttributeValue)]) -> Product {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Product {
        id: id.to_owned(),
        title: title.to_owned(),
        categories: vec![category.to_owned()],
        price: Some(price),
        currency: Some("EUR".to_owned()),
        attributes,
        ..Product::default()
    }
}

fn shop() -> Done<Engine> {
    let text = |text: &str| AttributeValue::Text(text.to_owned());
    let (women, men, unisex) = (text("female"), text("male"), text("unisex"));
    let mut dry = product("dry", "Leather boots for meadows", "Shoes > Boots", 9000, &[]);
    dry.description = "Soft and light. They are not waterproof.".to_owned();
    let mut gift = product("scarf", "Silk scarf", "Accessories", 4000, &[("gender", women.clone())]);
    gift.tags = vec!["gift".to_owned()];
    let products = [
        product("her", "Black ankle boots", "Shoes > Boots", 12000, &[("gender", women), ("color", text("black"))]),
        product("him", "Brown Chelsea boots", "Shoes > Boots", 15000, &[("gender", men), ("color", text("brown"))]),
        product(
            "all",
            "Rubber boots, waterproof",
            "Shoes > Boots",
            4900,
            &[("gender", unisex), ("waterproof", AttributeValue::Bool(true))],
        ),
        product("some", "Felt boots", "Shoes > Boots", 3000, &[("waterproof", AttributeValue::Bool(false))]),
        product("milk", "Whole milk 1 l", "Dairy", 120, &[]),
        product("free", "Lactose-free milk 1 l", "Dairy", 160, &[]),
        product("bulb", "Lamp bulbs, 50 pack", "Lamps", 9900, &[]),
        product("lamp", "Desk lamp", "Lamps", 2500, &[]),
        dry,
        gift,
    ];
    testing::engine(&products, EngineSettings::default())
}

fn search(engine: &Engine, text: &str, ignore: &[&str]) -> Done<SearchAnswer> {
    let ignore = ignore.iter().map(|part| (*part).to_owned()).collect();
    let query = SearchQuery { query: text.to_owned(), ignore, correct: false, ..SearchQuery::default() };
    Ok(engine.search(&query, &RequestContext::default())?)
}

fn ids(answer: &SearchAnswer) -> Vec<&str> {
    answer.hits.iter().map(|hit| &*hit.id).collect()
}

#[test]
fn a_price_filters_is_said_back_and_can_be_refused() -> Done {
    let engine = shop()?;
    let answer = search(&engine, "boots under 50", &[])?;
    assert_eq!(answer.understood.len(), 1);
    let part = &answer.understood[0];
    assert_eq!((part.kind, &*part.text, part.filter.as_deref()), ("price", "under 50", Some("final_price <= 5000")));
    assert!(ids(&answer).contains(&"all") && !ids(&answer).contains(&"her") && !ids(&answer).contains(&"bulb"));
    for refused in ["price", "under 50"] {
        let answer = search(&engine, "boots under 50", &[refused])?;
        assert!(answer.understood.is_empty() && ids(&answer).contains(&"her"), "{refused}");
    }
    Ok(())
}

#[test]
fn what_is_on_sale_is_a_filter_and_the_dearest_an_order() -> Done {
    let reduced = Product { sale_price: Some(1000), ..product("sale", "Felt slippers", "Shoes", 2000, &[]) };
    let fat = product("fat", "Reduced fat milk", "Dairy", 100, &[]);
    let others =
        [product("dear", "Leather slippers", "Shoes", 9000, &[]), product("plain", "Slippers", "Shoes", 3000, &[])];
    let engine = testing::engine(&[&[reduced, fat][..], &others].concat(), EngineSettings::default())?;
    let answer = search(&engine, "slippers on sale", &[])?;
    assert_eq!(ids(&answer), ["sale"]);
    assert_eq!(
        (answer.understood[0].kind, answer.understood[0].filter.as_deref()),
        ("reduced", Some("EXISTS sale_price"))
    );
    assert_eq!(ids(&search(&engine, "sale", &[])?), ["sale"], "the word alone shows all that is on sale");
    assert_eq!(ids(&search(&engine, "most expensive slippers", &[])?)[0], "dear");
    assert_eq!(ids(&search(&engine, "reduced fat milk", &[])?)[0], "fat", "words of a title are words");
    assert_eq!(search(&engine, "reduced milk", &[])?.understood, []);
    Ok(())
}

#[test]
fn a_colour_in_a_name_and_a_size_that_nothing_has_are_no_filters() -> Done {
    let products = ["Olive oil", "Olive jacket", "Ice cream", "Coffee filter size 4"];
    let products = products.map(|title| product(title, title, "Shop", 100, &[]));
    let engine = testing::engine(&products, EngineSettings::default())?;
    assert_eq!(search(&engine, "olive oil cold", &[])?.understood, [], "part of a name");
    let size = search(&engine, "jacket size 42", &[])?;
    assert!(size.understood.iter().any(|part| part.kind == "size" && part.relaxed), "{:?}", size.understood);
    assert_eq!(ids(&size), ["Olive jacket"]);
    assert_eq!(ids(&search(&engine, "filter size 4", &[])?)[0], "Coffee filter size 4");
    Ok(())
}

#[test]
fn an_exclusion_alone_leaves_out_what_has_the_thing() -> Done {
    let engine = shop()?;
    let answer = search(&engine, "not black", &[])?;
    assert!(answer.total > 1 && !ids(&answer).contains(&"her"), "{:?}", ids(&answer));
    assert_eq!(answer.understood[0].excluded.as_deref(), Some("black"));
    assert_eq!(ids(&search(&engine, "without lactose", &[])?), ["free"], "what is sold as free of it is meant");
    Ok(())
}

#[test]
fn a_part_that_leaves_nothing_is_given_up() -> Done {
    let engine = shop()?;
    let answer = search(&engine, "boots under 1 euro", &[])?;
    assert!(answer.understood[0].relaxed && ids(&answer).contains(&"some"), "{:?}", answer.understood);
    Ok(())
}

#[test]
fn what_is_unwanted_is_left_out_and_what_is_free_of_it_comes_first() -> Done {
    let engine = shop()?;
    assert_eq!(ids(&search(&engine, "milk without lactose", &[])?)[0], "free");
    let answer = search(&engine, "boots not black", &[])?;
    assert!(!ids(&answer).contains(&"her") && ids(&answer).contains(&"him"));
    assert_eq!(answer.understood[0].excluded.as_deref(), Some("black"));
    Ok(())
}

#[test]
fn a_text_that_denies_a_word_does_not_satisfy_it() -> Done {
    let engine = shop()?;
    let answer = search(&engine, "\"waterproof\"", &[])?;
    assert_eq!(ids(&answer), ["all"]);
    Ok(())
}

#[test]
fn products_for_others_are_left_out_and_those_that_say_nothing_stay_behind() -> Done {
    let engine = shop()?;
    let answer = search(&engine, "ladies boots", &[])?;
    let ids = ids(&answer);
    assert_eq!(ids[0], "her", "{ids:?}");
    assert!(!ids.contains(&"him"), "{ids:?}");
    let place = |id: &str| ids.iter().position(|other| *other == id);
    assert!(place("all").is_some() && place("all") < place("some"), "{ids:?}");
    Ok(())
}

#[test]
fn a_query_for_a_gift_alone_finds_gifts() -> Done {
    let engine = shop()?;
    assert_eq!(ids(&search(&engine, "birthday present", &[])?), ["scarf"]);
    assert_eq!(search(&engine, "Silk scarf", &[])?.understood, []);
    Ok(())
}
