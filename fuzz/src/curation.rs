//! Files of synonyms and documents of rules, as merchants write them.

/// Files of synonyms in both formats: sets that are read and pass the check are compiled, applied, written
/// and read again.
pub fn synonyms(data: &[u8]) {
    use tastemaker_index::synonyms::read::{SynonymFormat, read};
    use tastemaker_index::synonyms::write::write;
    use tastemaker_index::synonyms::{Synonyms, check, warnings};
    let text = String::from_utf8_lossy(data);
    for format in [SynonymFormat::Csv, SynonymFormat::Solr] {
        let Ok(sets) = read(&text, format) else { continue };
        assert!(sets.iter().all(|set| !set.id.is_empty()), "a set without a name");
        if check(&sets).is_err() {
            continue;
        }
        warnings(&sets);
        let synonyms = Synonyms::new(&sets, &mut words);
        let terms = words(&text);
        for found in synonyms.expand(&terms[..terms.len().min(100)]) {
            assert!(!found.range.is_empty() && found.range.end <= terms.len() && !found.alternatives.is_empty());
        }
        let written = read(&write(&sets, SynonymFormat::Csv), SynonymFormat::Csv);
        assert_eq!(written.map(|sets| sets.len()), Ok(sets.len()), "{text}");
    }
}

/// Documents of rules: those that pass the check are compiled, applied and searched for conflicts.
pub fn rules(data: &[u8]) {
    use tastemaker_index::context::Context;
    use tastemaker_index::curation::{Applied, Document, MAX_CONFLICTS, RuleRequest, RuleRow};
    let Ok(document) = Document::from_json(data) else { return };
    if document.check(&|_| Ok(()), &|_| Ok(())).is_err() {
        return;
    }
    let Ok(curation) = document.compile("en", &mut words, &mut |_, text| words(text)) else { return };
    let context = Context { country: Some("SE".to_owned()), ..Context::default() };
    let row = Some(RuleRow { placement: "home/for-you", products: &["p1"] });
    let asked = RuleRequest { query: "", words: &[], categories: &[], row, context: &context, now: Default::default() };
    assert!(!curation.rules.apply(&asked).rewritten, "nothing is typed for a row");
    for query in ["", "boots", "red hiking boots", "size 42"] {
        let (words, categories) = (words(query), ["Shoes > Boots".to_owned()]);
        let now = Default::default();
        let asked = RuleRequest { query, words: &words, categories: &categories, row: None, context: &context, now };
        let applied = curation.rules.apply(&asked);
        assert_eq!(applied.rules.is_empty(), applied == Applied::unchanged(query));
        assert!(applied.pins.windows(2).all(|pair| pair[0].position < pair[1].position));
    }
    assert!(curation.rules.conflicts(None, Default::default()).len() <= MAX_CONFLICTS);
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}
