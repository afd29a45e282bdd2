//! The summary names what each step did.

use crate::engine::{Engine, EngineSettings, RequestContext, testing};
use crate::hit::{MeaningBasis, NoMeaning, SearchStep, StepFacts, TasteBasis};
use crate::product::Product;
use crate::query::SearchQuery;
use crate::text::{CorrectionSource, MatchLevel};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn shop() -> Done<Engine> {
    let of = |id: &str, title: &str, category: &str, price: i64| Product {
        id: id.into(),
        title: title.into(),
        categories: vec![category.into()],
        price: Some(price),
        currency: Some("EUR".into()),
        ..Product::default()
    };
    let products = [
        of("lamp", "Brass table lantern", "Lighting", 4000),
        of("floor", "Oak floor lantern", "Lighting", 9000),
        of("rack", "Rack for a lantern", "Storage", 2000),
    ];
    testing::engine(&products, EngineSettings::default())
}

fn steps(query: &str) -> Done<Vec<SearchStep>> {
    let query = SearchQuery { query: query.into(), explain: true, ..SearchQuery::default() };
    Ok(shop()?.search(&query, &RequestContext::default())?.steps)
}

#[test]
fn only_an_explained_search_is_summed_up() -> Done {
    let plain = SearchQuery { query: "lantern".into(), ..SearchQuery::default() };
    assert!(shop()?.search(&plain, &RequestContext::default())?.steps.is_empty());
    let steps = steps("lantern")?;
    assert!(steps.iter().all(|step| step.sentence.ends_with('.')), "{steps:?}");
    Ok(())
}

#[test]
fn corrections_parts_kind_and_match_level_are_named_with_their_reasons() -> Done {
    let steps = steps("lanten under 50")?;
    let corrected = steps.iter().find_map(|step| match &step.facts {
        StepFacts::Spelling { corrections, .. } => corrections.first(),
        _ => None,
    });
    let corrected = corrected.ok_or("no correction")?;
    assert_eq!((&*corrected.typed, &*corrected.meant, corrected.source), ("lanten", "lantern", CorrectionSource::Slip));
    let has = |found: &dyn Fn(&StepFacts) -> bool| steps.iter().any(|step| found(&step.facts));
    assert!(has(&|facts| matches!(facts, StepFacts::Understood { parts } if parts[0].filter.is_some())), "{steps:?}");
    assert!(has(&|facts| matches!(facts, StepFacts::Kind { word, .. } if word == "lantern")));
    assert!(has(&|facts| matches!(facts, StepFacts::Words { matched: MatchLevel::AllWords, all_words: 1, .. })));
    assert!(has(&|facts| matches!(facts, StepFacts::Taste { basis: TasteBasis::NoShopper, .. })));
    Ok(())
}

#[test]
fn why_nothing_is_matched_by_meaning_is_said() -> Done {
    let reason = |query: &str| -> Done<Option<MeaningBasis>> {
        Ok(steps(query)?.into_iter().find_map(|step| match step.facts {
            StepFacts::Meaning { by, .. } => Some(by),
            _ => None,
        }))
    };
    assert_eq!(reason("brass table lantern")?, Some(MeaningBasis::None(NoMeaning::ExactTitle)));
    assert_eq!(reason("xkcdqqz")?, Some(MeaningBasis::None(NoMeaning::Unreadable)));
    assert!(matches!(reason("lantern")?, Some(MeaningBasis::Bound(_))));
    assert_eq!(reason("")?, None, "no words");
    Ok(())
}
