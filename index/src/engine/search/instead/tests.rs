//! Help for searches of a small shop that find nothing.

use crate::engine::{Engine, EngineSettings, RequestContext, testing};
use crate::hit::{Instead, LeftOutKind, OfferedBy, SearchAnswer};
use crate::product::Product;
use crate::query::{Refinement, SearchQuery};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn shop() -> Done<Engine> {
    let of = |id: &str, title: &str, category: &str, brand: &str| Product {
        id: id.into(),
        title: title.into(),
        categories: vec![category.into()],
        brand: Some(brand.into()),
        ..Product::default()
    };
    let products = [
        of("rice", "Brown rice", "Food > Pantry", "Mill"),
        of("basmati", "Basmati rice", "Food > Pantry", "Mill"),
        of("juice", "Green apples", "Food > Fruit", "Orchard"),
        of("pan", "Iron pan", "Kitchen > Pans", "Forge"),
    ];
    testing::engine(&products, EngineSettings::default())
}

fn ask(query: SearchQuery) -> Done<SearchAnswer> {
    let query = SearchQuery { help: true, group: true, ..query };
    Ok(shop()?.search(&query, &RequestContext::default())?)
}

/// The help of a search, which must find nothing.
fn help(query: SearchQuery) -> Done<Instead> {
    let answer = ask(query)?;
    assert_eq!((answer.total, answer.hits.len()), (0, 0));
    Ok(answer.instead.unwrap_or_default())
}

fn of(query: &str) -> SearchQuery {
    SearchQuery { query: query.into(), ..SearchQuery::default() }
}

fn filtered(query: &str, filter: &str) -> SearchQuery {
    SearchQuery { filter: Some(filter.into()), ..of(query) }
}

#[test]
fn a_page_with_hits_and_a_request_without_help_have_none() -> Done {
    assert!(ask(of("rice"))?.instead.is_none());
    let answer = shop()?.search(&of("xkcdqqz"), &RequestContext::default())?;
    assert!(answer.total == 0 && answer.instead.is_none() && answer.related.is_empty());
    assert!(ask(SearchQuery { per_page: 0, ..of("xkcdqqz") })?.instead.is_none(), "only counts are asked for");
    Ok(())
}

#[test]
fn a_word_of_the_language_is_spelled_as_the_shop_has_it() -> Done {
    let spelled = help(of("rise"))?.spellings;
    assert_eq!(spelled.iter().map(|one| (&*one.query, one.total)).collect::<Vec<_>>(), [("rice", 2)]);
    assert!(help(filtered("rise", "brand = \"Forge\""))?.spellings.is_empty(), "no rice passes the filter");
    assert!(help(of("xkcdqqz"))?.spellings.is_empty());
    Ok(())
}

#[test]
fn each_thing_that_empties_the_page_is_left_out_alone() -> Done {
    let found = help(filtered("rice", "brand = \"Forge\" AND category UNDER \"Food\""))?.without;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].kind, &*found[0].text, found[0].total), (LeftOutKind::Filter, "brand = \"Forge\"", 2));
    assert_eq!(found[0].filter.as_deref(), Some("category UNDER \"Food\""));
    let refinements = [("brand".to_owned(), Refinement::Any(vec!["Forge".to_owned()]))].into();
    let found = help(SearchQuery { refinements, ..of("rice") })?.without;
    let kinds: Vec<_> = found.iter().map(|one| (one.kind, &*one.text, &*one.query, one.total)).collect();
    assert_eq!(kinds, [(LeftOutKind::Refinement, "brand", "rice", 2), (LeftOutKind::Word, "rice", "", 1)]);
    assert!(help(of("xkcdqqz"))?.without.is_empty(), "the whole shop is no answer");
    Ok(())
}

#[test]
fn the_filter_of_a_key_is_never_left_out_nor_shown() -> Done {
    let within = Some("brand = \"Forge\"".to_owned());
    let help = help(SearchQuery { within: within.clone(), ..filtered("rice", "category UNDER \"Food\"") })?;
    assert!(help.without.is_empty() && help.categories.is_empty(), "{help:?}");
    let open = Some("brand = \"Mill\" OR brand = \"Forge\"".to_owned());
    let answer = ask(SearchQuery { within: open, ..filtered("rice", "brand = \"Orchard\"") })?;
    let found = answer.instead.unwrap_or_default().without;
    assert_eq!(found.iter().map(|one| (one.total, one.filter.clone())).collect::<Vec<_>>(), [(2, None)]);
    let sneaky = SearchQuery { within, ..filtered("rice", "brand = \"Mill\") OR (brand = \"Mill\"") };
    assert!(shop()?.search(&sneaky, &RequestContext::default()).is_err(), "each filter is read alone");
    Ok(())
}

#[test]
fn the_largest_categories_are_offered_at_the_level_that_leaves_a_choice() -> Done {
    let of_size = |help: Instead| -> Vec<(String, usize)> {
        assert!(help.categories.iter().all(|one| one.by == OfferedBy::Size));
        help.categories.into_iter().map(|one| (one.category, one.total)).collect()
    };
    let owned =
        |all: &[(&str, usize)]| all.iter().map(|(path, total)| ((*path).to_owned(), *total)).collect::<Vec<_>>();
    assert_eq!(of_size(help(of("xkcdqqz"))?), owned(&[("Food", 3), ("Kitchen", 1)]));
    let inside = help(filtered("xkcdqqz", "category UNDER \"Food\""))?;
    assert_eq!(of_size(inside), owned(&[("Food > Pantry", 2), ("Food > Fruit", 1)]));
    assert!(help(of("xkcdqqz"))?.popular.is_empty(), "without events nothing is popular");
    Ok(())
}
