//! Queries and the parts that are read in them.

use std::collections::BTreeMap;

use super::*;

fn read(language: Language, query: &str) -> Vec<(String, Meaning)> {
    let parts = Phrases::new(language, &[], &BTreeMap::new()).read(query, Some("EUR"));
    parts.into_iter().map(|part| (query[part.range].to_owned(), part.meaning)).collect()
}

fn price(least: Option<f64>, most: Option<f64>, money: Option<&str>) -> Meaning {
    Meaning::Price { least, most, money: money.map(str::to_owned), about: false }
}

#[track_caller]
fn has_price(language: Language, query: &str, text: &str, least: Option<f64>, most: Option<f64>, money: Option<&str>) {
    assert_eq!(read(language, query), [(text.to_owned(), price(least, most, money))], "{query}");
}

#[test]
fn prices_are_read_in_every_spelling() {
    let en = Language::En;
    has_price(en, "lamp under 50", "under 50", None, Some(50.0), None);
    has_price(en, "lamp up to 49,99 €", "up to 49,99 €", None, Some(49.99), Some("EUR"));
    has_price(en, "tap less than $20", "less than $20", None, Some(20.0), Some("USD"));
    has_price(en, "rucksack over 150 euros", "over 150 euros", Some(150.0), None, Some("EUR"));
    has_price(en, "lamp between 40 and 20 euros", "between 40 and 20 euros", Some(20.0), Some(40.0), Some("EUR"));
    has_price(en, "lamp from 20 to 40", "from 20 to 40", Some(20.0), Some(40.0), None);
    has_price(en, "lamp €20-€40", "€20-€40", Some(20.0), Some(40.0), Some("EUR"));
    has_price(en, "lamp 20 to 40 euro", "20 to 40 euro", Some(20.0), Some(40.0), Some("EUR"));
    has_price(en, "lamp 50 euros or less", "50 euros or less", None, Some(50.0), Some("EUR"));
    has_price(en, "lamp <50", "<50", None, Some(50.0), None);
    has_price(en, "shoes under 50 in wide", "under 50", None, Some(50.0), None);
    has_price(Language::De, "jacke unter 1.000 euro", "unter 1.000 euro", None, Some(1000.0), Some("EUR"));
    has_price(Language::De, "zwischen 20 und 40 lampe", "zwischen 20 und 40", Some(20.0), Some(40.0), None);
    has_price(Language::De, "lampe bis 50 €", "bis 50 €", None, Some(50.0), Some("EUR"));
    has_price(Language::Fr, "lampe à moins de 30 euros", "moins de 30 euros", None, Some(30.0), Some("EUR"));
    has_price(Language::Sv, "lampa mellan 20 och 40 kr", "mellan 20 och 40 kr", Some(20.0), Some(40.0), Some("SEK"));
    has_price(Language::Ru, "лампа до 500 руб", "до 500 руб", None, Some(500.0), Some("RUB"));
    has_price(Language::Tr, "lamba 500 tl altı", "500 tl altı", None, Some(500.0), Some("TRY"));
}

#[test]
fn a_number_that_measures_is_no_price() {
    for query in [
        "shampoo under 100 ml",
        "tent for up to 4 people",
        "disk over 500gb",
        "toy under 3 years",
        "hose 20-40 m",
        "monitor under 27\"",
        "screws 40 to 60 mm",
        "rug between 100 and 200 cm",
        "size 38-40",
        "weights under 5 pounds",
        "brand 2 under",
        "cotton over 50 %",
    ] {
        assert!(
            read(Language::En, query).iter().all(|(_, meaning)| !matches!(meaning, Meaning::Price { .. })),
            "{query}"
        );
    }
    let pounds = Phrases::new(Language::En, &[], &BTreeMap::new()).read("weights under 5 pounds", Some("GBP"));
    assert_eq!(pounds[0].meaning, price(None, Some(5.0), Some("GBP")));
}

#[test]
fn a_price_is_wished_for_without_an_amount() {
    for (language, query, wish) in [
        (Language::En, "most expensive drill", Some(PriceWish::Highest)),
        (Language::De, "teuerste Lampe", Some(PriceWish::Highest)),
        (Language::En, "boots on sale", Some(PriceWish::Reduced)),
        (Language::De, "Jacken im Angebot", Some(PriceWish::Reduced)),
        (Language::Fr, "chaussures en soldes", Some(PriceWish::Reduced)),
        (Language::En, "cheapest drill", Some(PriceWish::Lowest)),
        (Language::En, "sofa for sale", None),
    ] {
        let wishes = read(language, query).into_iter().map(|(_, meaning)| meaning).collect::<Vec<_>>();
        let expected: Vec<Meaning> = wish.map(Meaning::PriceWish).into_iter().collect();
        assert_eq!(wishes, expected, "{query}");
    }
}

fn unwanted(language: Language, query: &str) -> Vec<(String, String)> {
    let parts = Phrases::new(language, &[], &BTreeMap::new()).read(query, None);
    let things = parts.into_iter().filter_map(|part| match part.meaning {
        Meaning::Without { first, whole, .. } => Some((query[first].to_owned(), query[whole].to_owned())),
        _ => None,
    });
    things.collect()
}

#[test]
fn what_is_not_wanted_is_the_next_word_and_perhaps_more() {
    let pair = |first: &str, whole: &str| vec![(first.to_owned(), whole.to_owned())];
    assert_eq!(unwanted(Language::En, "boots not black"), pair("black", "black"));
    assert_eq!(unwanted(Language::En, "drink with no added sugar"), pair("sugar", "sugar"));
    assert_eq!(unwanted(Language::En, "shirt without front pocket for men"), pair("front", "front pocket"));
    assert_eq!(unwanted(Language::En, "shoes -sandals"), pair("sandals", "sandals"));
    assert_eq!(unwanted(Language::En, "shoes -\"flip flops\""), pair("\"flip flops\"", "\"flip flops\""));
    assert_eq!(unwanted(Language::En, "boots NOT leather"), pair("leather", "leather"));
    assert_eq!(unwanted(Language::De, "jacke nicht schwarz"), pair("schwarz", "schwarz"));
    assert_eq!(unwanted(Language::De, "pullover ohne eine Kapuze"), pair("Kapuze", "Kapuze"));
    assert_eq!(unwanted(Language::Tr, "ayakkabı siyah değil"), pair("siyah", "siyah"));
    assert_eq!(unwanted(Language::En, "milk without lactose or sugar").len(), 2);
    assert_eq!(unwanted(Language::En, "not waterproof trail running shoes"), pair("waterproof", "waterproof"));
    for query in ["no 5", "not only boots", "trail-boot", "size 5 - 6", "without"] {
        assert_eq!(unwanted(Language::En, query), [], "{query}");
    }
}

#[test]
fn people_gifts_and_occasions_are_words_of_intent() {
    let women = MeantPerson::of("women");
    let person = |query: &str| {
        read(Language::En, query).into_iter().find_map(|(_, meaning)| match meaning {
            Meaning::Person(person, _) => Some(person),
            _ => None,
        })
    };
    assert_eq!(person("women's jeans"), women);
    assert_eq!(person("gift for my wife"), women);
    assert_eq!(person("wife jeans"), None);
    assert_eq!(person("puzzle for a 3 year old"), MeantPerson::of("kids"));
    let said = |language, query: &str| read(language, query).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    assert_eq!(said(Language::En, "birthday present"), ["birthday", "present"]);
    assert_eq!(said(Language::De, "geschenk zur geburt"), ["geschenk", "zur geburt"]);
    assert_eq!(said(Language::De, "damenschuhe"), ["damenschuhe"]);
    assert_eq!(said(Language::En, "gift card"), [""; 0]);
    assert_eq!(said(Language::En, "birthday card"), [""; 0]);
    assert_eq!(said(Language::En, "shoes size 42"), ["size 42"]);
    assert_eq!(read(Language::En, "red OR blue boots")[1].1, Meaning::Either(0..3, 7..11));
}
