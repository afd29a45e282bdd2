//! Requirements on matching, with a handful of products.

use std::collections::HashSet;
use std::path::Path;

use super::analysis::Language;
use super::*;
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::{AttributeValue, Product};

/// An open index and the folder it lies in.
pub(super) struct Shop {
    pub(super) index: TextIndex,
    _folder: tempfile::TempDir,
}

pub(super) fn product(id: &str, title: &str, description: &str) -> Product {
    Product { id: id.into(), title: title.into(), description: description.into(), ..Product::default() }
}

fn shop(products: &[Product]) -> Result<Shop> {
    shop_in(Language::En, products)
}

pub(super) fn shop_in(language: Language, products: &[Product]) -> Result<Shop> {
    let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
    let path = folder.path().join("text");
    let (settings, mut words) = (AnalysisSettings { language }, HashSet::new());
    products.iter().for_each(|product| words_of(product, &settings, &mut words));
    let mut writer = TextWriter::create(&path, &settings, words)?;
    products.iter().try_for_each(|product| writer.push(product))?;
    writer.finish()?;
    Ok(Shop { index: TextIndex::open(&path, products.len() as u32, language)?, _folder: folder })
}

fn outdoor() -> Result<Shop> {
    let mut boots = product("b-1", "Trail boots", "Made for long walks.");
    boots.brand = Some("Tarnholt".into());
    boots.mpn = Some("TX-410".into());
    boots.attributes.insert("waterproof".into(), AttributeValue::Bool(true));
    let wax = product("w-1", "Boot wax", "Keeps trail shoes and boots dry.");
    let tent = product("t-1", "Dome tent", "Sleeps two on the trail.");
    let lamp = product("l-1", "Tent lamp", "Hangs from the ceiling.");
    shop(&[boots, wax, tent, lamp])
}

fn read(shop: &Shop, query: &str) -> Result<Understood> {
    shop.index.understand(query, QueryOptions::default(), &TextSettings::default())
}

/// Matching ordinals, best first.
fn found(
    shop: &Shop,
    query: &str,
    settings: &TextSettings,
    allowed: Option<&Bitmap>,
) -> Result<(Vec<u32>, MatchLevel)> {
    let matches = shop.index.matches(&read(shop, query)?, settings, allowed)?;
    let mut ranked: Vec<_> = matches.products.iter().zip(matches.scores).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Ok((ranked.into_iter().map(|(ordinal, _)| ordinal.get()).collect(), matches.level))
}

fn strict() -> TextSettings {
    TextSettings { enough: 1, ..TextSettings::default() }
}

#[test]
fn with_enough_complete_products_only_those_with_every_word_match() -> Result<()> {
    let shop = outdoor()?;
    assert_eq!(
        found(&shop, "trail boot", &strict(), None)?,
        (vec![0, 1], MatchLevel::AllWords),
        "the title counts most"
    );
    assert_eq!(found(&shop, "trail boot tent", &strict(), None)?.1, MatchLevel::SomeWords, "nothing has all three");
    Ok(())
}

#[test]
fn missing_words_cost_and_products_with_too_few_stay_out() -> Result<()> {
    let shop = outdoor()?;
    let relaxed = TextSettings { relaxed_share: 0.4, ..TextSettings::default() };
    let (ordinals, level) = found(&shop, "trail boot", &relaxed, None)?;
    assert_eq!((ordinals[..2].to_vec(), level), (vec![0, 1], MatchLevel::SomeWords));
    let all = TextSettings { relaxed_share: 1.0, ..relaxed };
    assert_eq!(found(&shop, "trail boot", &all, None)?.0, [0, 1]);
    Ok(())
}

#[test]
fn a_product_in_another_language_is_read_in_its_own() -> Result<()> {
    let german = |id: &str, title: &str| Product { lang: Some("de-AT".into()), ..product(id, title, "") };
    let shop = shop(&[
        product("e-1", "Winter jackets", ""),
        german("d-1", "Winterjacke aus Wolle"),
        german("d-2", "Jacke für den Winter, aus Häusern"),
    ])?;
    let found = |query: &str, lang: Option<&str>| -> Result<Vec<u32>> {
        let understood = shop.index.understand(query, QueryOptions { lang, ..QueryOptions::default() }, &strict())?;
        Ok(shop.index.matches(&understood, &strict(), None)?.products.iter().map(Ordinal::get).collect())
    };
    assert_eq!(found("jacken", Some("de"))?, [1, 2], "one stem, and inside a compound");
    assert_eq!(found("haus", Some("de"))?, [2]);
    assert_eq!(found("aus wolle", Some("de"))?, [1], "a stop word of German is not required");
    assert_eq!(found("jacket", None)?, [0], "the shop's language if the query has none");
    Ok(())
}

#[test]
fn stop_words_are_never_required() -> Result<()> {
    assert_eq!(found(&outdoor()?, "a tent for the trail", &strict(), None)?, (vec![2], MatchLevel::AllWords));
    Ok(())
}

#[test]
fn part_numbers_are_found_with_and_without_punctuation() -> Result<()> {
    let shop = outdoor()?;
    for query in ["TX-410", "tx410", "TX 410"] {
        let understood = read(&shop, query)?;
        let matches = shop.index.matches(&understood, &TextSettings::default(), None)?;
        assert_eq!(matches.products.iter().map(Ordinal::get).collect::<Vec<_>>(), [0], "{query}");
        assert!(understood.part_number, "{query}");
    }
    Ok(())
}

#[test]
fn a_filter_is_held_to_before_deciding_what_is_enough() -> Result<()> {
    let shop = outdoor()?;
    let allowed = Bitmap::from_ordinals(4, Ordinal::array([2, 3]));
    assert_eq!(found(&shop, "tent", &strict(), Some(&allowed))?, (vec![2, 3], MatchLevel::AllWords));
    assert_eq!(found(&shop, "boots", &strict(), Some(&allowed))?, (vec![], MatchLevel::Meaning));
    Ok(())
}

#[test]
fn yes_attributes_are_words_and_unknown_words_match_nothing() -> Result<()> {
    let shop = outdoor()?;
    assert_eq!(found(&shop, "waterproof", &strict(), None)?.0, [0]);
    assert_eq!(found(&shop, "zeppelin", &strict(), None)?, (vec![], MatchLevel::Meaning));
    assert_eq!(found(&shop, "!?", &strict(), None)?, (vec![], MatchLevel::Meaning));
    Ok(())
}

#[test]
fn an_explanation_names_every_word_and_field_and_sums_to_the_score() -> Result<()> {
    let shop = outdoor()?;
    let settings = TextSettings { tie: 1.0, ..strict() };
    let matches = shop.index.matches(&read(&shop, "trail boot")?, &settings, None)?;
    let explained = shop.index.explain(&read(&shop, "trail boot")?, &settings, Ordinal::new(0))?;
    assert!(explained.iter().any(|one| one.word == "boot" && one.field == TextField::Title));
    let sum: f32 = explained.iter().map(|scored| scored.score).sum();
    assert!((sum - matches.scores[0]).abs() < 1e-4, "{sum} and {}", matches.scores[0]);
    Ok(())
}

#[test]
fn queries_leave_no_trace_for_the_next_one() -> Result<()> {
    let shop = outdoor()?;
    let first = found(&shop, "tent lamp", &strict(), None)?;
    found(&shop, "trail boots wax tent", &TextSettings::default(), None)?;
    assert_eq!(found(&shop, "tent lamp", &strict(), None)?, first);
    Ok(())
}

#[test]
fn words_written_together_are_found_by_their_parts() -> Result<()> {
    let jackets =
        [product("a", "Winterjacke", ""), product("b", "Jacke", ""), product("c", "Schuhe für den Winter", "")];
    let shop = shop_in(Language::De, &jackets)?;
    assert_eq!(found(&shop, "jacken", &strict(), None)?, (vec![1, 0], MatchLevel::AllWords));
    assert_eq!(found(&shop, "winter schuh", &strict(), None)?, (vec![2], MatchLevel::AllWords));
    Ok(())
}

#[test]
fn writing_without_blanks_is_found() -> Result<()> {
    let shop = shop_in(Language::Any, &[product("a", "東京の靴", ""), product("b", "京都の靴", "")])?;
    assert_eq!(found(&shop, "東京", &strict(), None)?, (vec![0], MatchLevel::AllWords));
    Ok(())
}

#[test]
fn a_model_number_is_found_apart_and_together() -> Result<()> {
    let shop = shop(&[product("a", "RTX2060 card", ""), product("b", "RTX 2070 card", "")])?;
    assert_eq!(found(&shop, "rtx 2060", &strict(), None)?.0, [0]);
    assert_eq!(found(&shop, "rtx2070", &strict(), None)?.0, [1]);
    assert_eq!(found(&shop, "rtx2060", &strict(), None)?, (vec![0], MatchLevel::AllWords));
    Ok(())
}

#[test]
fn a_slip_is_mended_by_what_stands_with_the_other_words() -> Result<()> {
    let shop = outdoor()?;
    let understood = read(&shop, "trial boots")?;
    assert_eq!(understood.corrected.as_deref(), Some("trail boots"));
    let joined = read(&shop, "trailboots")?;
    assert_eq!(joined.corrected.as_deref(), Some("trail boots"));
    let insisted = QueryOptions { correct: false, ..QueryOptions::default() };
    assert_eq!(shop.index.understand("trial boots", insisted, &TextSettings::default())?.corrected, None);
    Ok(())
}
