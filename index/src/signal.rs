//! The parts of a search score: each has a name, a title and a sentence for a person, and its share of
//! one product's score. The registry [`SIGNALS`] is the one list of them; explanations iterate over it.

use serde::Serialize;

use crate::hit::{Explanation, Factor, PersonalExplanation};

/// One part of one product's score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signal {
    /// Its name, as settings and programs spell it.
    pub name: &'static str,
    /// Its name for a person.
    pub title: &'static str,
    /// The reason in a sentence, true of this product.
    pub sentence: String,
    /// The weight; 1 where the part has none.
    pub weight: f32,
    /// The value that is weighed.
    pub value: f32,
    /// Its share of the score: all contributions add up to it.
    pub contribution: f32,
}

/// A kind of signal: where an explanation holds it, and how it is said.
struct Kind {
    name: &'static str,
    title: &'static str,
    /// Its factor; `None` where it takes no part.
    factor: fn(&Explanation) -> Option<Factor>,
    /// Its sentence, for the product's brand.
    sentence: fn(&Explanation, Factor, &str) -> String,
}

fn personal(explain: &Explanation, part: fn(&PersonalExplanation) -> Factor) -> Option<Factor> {
    explain.personal.as_ref().map(part)
}

/// The first sentence where the part raises the product, else the second.
fn either(factor: Factor, raised: &str, lowered: &str) -> String {
    if factor.contribution >= 0.0 { raised.to_owned() } else { lowered.to_owned() }
}

/// Every kind of signal, in the order in which a score is made.
const SIGNALS: [Kind; 13] = [
    Kind {
        name: "words",
        title: "Words",
        factor: |explain| Some(explain.text.factor),
        sentence: |explain, _, _| fields(explain),
    },
    Kind {
        name: "vectors",
        title: "Meaning",
        factor: |explain| Some(explain.vector.factor),
        sentence: |explain, _, _| meaning(explain.vector.cosine),
    },
    Kind {
        name: "adjacent",
        title: "Words side by side",
        factor: |explain| Some(explain.adjacent),
        sentence: |_, _, _| "Words that stand side by side in the search do so in its title.".to_owned(),
    },
    Kind {
        name: "coverage",
        title: "Share of the title",
        factor: |explain| Some(explain.coverage),
        sentence: |_, factor, _| format!("The search names {:.0} % of the words of its title.", factor.value * 100.0),
    },
    Kind {
        name: "popularity",
        title: "Popularity",
        factor: |explain| Some(explain.popularity),
        sentence: |_, factor, _| {
            format!("Wanted by shoppers: {:.0} of 100, where 100 is the most wanted product.", factor.value * 100.0)
        },
    },
    Kind {
        name: "feedback",
        title: "Like the best hits",
        factor: |explain| Some(explain.feedback),
        sentence: |_, factor, _| {
            format!("It is like what the best hits have in common (likeness {:.2}).", factor.value)
        },
    },
    Kind {
        name: "category",
        title: "Likely category",
        factor: |explain| Some(explain.category),
        sentence: |_, _, _| "The search is probably about its category.".to_owned(),
    },
    Kind {
        name: "learned",
        title: "Learned order",
        factor: |explain| explain.learned.as_ref().map(|learned| Factor::new(1.0, learned.contribution)),
        sentence: |_, factor, _| {
            either(
                factor,
                "Judged searches and clicks taught the shop to show it earlier.",
                "Judged searches and clicks taught the shop to show it later.",
            )
        },
    },
    Kind {
        name: "rules",
        title: "Rules of the shop",
        factor: |explain| explain.rules.as_ref().map(|rules| Factor::new(1.0, rules.contribution)),
        sentence: |explain, _, _| {
            let factor = explain.rules.as_ref().map_or(1.0, |rules| rules.factor);
            format!("A rule of the shop multiplies its score by {factor}.")
        },
    },
    Kind {
        name: "interest",
        title: "Interests",
        factor: |explain| personal(explain, |personal| personal.interest),
        sentence: |_, factor, _| {
            either(
                factor,
                "It is close to what you looked at or bought.",
                "It is far from what you looked at or bought.",
            )
        },
    },
    Kind {
        name: "neighbours",
        title: "Other shoppers",
        factor: |explain| personal(explain, |personal| personal.neighbours),
        sentence: |_, factor, _| {
            either(
                factor,
                "Shoppers who looked at or bought the same products went on to this one.",
                "Shoppers who looked at or bought the same products rarely went on to this one.",
            )
        },
    },
    Kind {
        name: "brand",
        title: "Brand",
        factor: |explain| personal(explain, |personal| personal.brand),
        sentence: |_, factor, brand| {
            let how = if factor.contribution >= 0.0 { "more" } else { "less" };
            format!("You choose {brand} {how} often than other shoppers do.")
        },
    },
    Kind {
        name: "stated",
        title: "What you said",
        factor: |explain| personal(explain, |personal| personal.stated),
        sentence: |_, factor, _| either(factor, "You said that you like this.", "You said that you do not want this."),
    },
];

/// The likeness of search and product in meaning, in words, by their cosine.
fn meaning(cosine: f32) -> String {
    let how = match cosine {
        same if same >= 0.6 => "means much the same as",
        near if near >= 0.4 => "is near in meaning to",
        _ => "has a little in common with",
    };
    format!("Its text {how} the search (likeness {cosine:.2}).")
}

/// The fields that hold words of the search, the strongest first, as a sentence.
fn fields(explain: &Explanation) -> String {
    let mut scores: Vec<(&str, f32)> = Vec::new();
    for word in &explain.text.words {
        match scores.iter_mut().find(|(field, _)| *field == word.field) {
            Some((_, score)) => *score += word.score,
            None => scores.push((word.field, word.score)),
        }
    }
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let names: Vec<String> = scores.iter().map(|(field, _)| field.replace('_', " ")).collect();
    match names.split_last() {
        None => "None of its words are in the search.".to_owned(),
        Some((only, [])) => format!("Words of the search stand in its {only}."),
        Some((last, others)) => format!("Words of the search stand in its {} and {last}.", others.join(", ")),
    }
}

/// The parts of a score that take part in it, in the registry's order.
pub fn signals(explain: &Explanation, brand: &str) -> Vec<Signal> {
    let brand = if brand.is_empty() { "its brand" } else { brand };
    let part = |kind: &Kind| {
        let factor = (kind.factor)(explain)?;
        let sentence = (kind.sentence)(explain, factor, brand);
        let Factor { weight, value, contribution } = factor;
        Some(Signal { name: kind.name, title: kind.title, sentence, weight, value, contribution })
    };
    SIGNALS.iter().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hit::{RulesExplanation, TextExplanation, WordExplanation};

    fn word(field: &'static str, score: f32) -> WordExplanation {
        WordExplanation { word: "tent".into(), field, score }
    }

    #[test]
    fn fields_are_named_the_strongest_first() {
        let words = vec![word("category", 2.0), word("title", 3.0), word("part_number", 1.0), word("category", 2.0)];
        let explain = Explanation { text: TextExplanation { words, ..Default::default() }, ..Default::default() };
        assert_eq!(fields(&explain), "Words of the search stand in its category, title and part number.");
    }

    #[test]
    fn signals_that_take_no_part_are_left_out_and_a_sentence_fits_the_sign() {
        let names = |explain: &Explanation| signals(explain, "Acme").iter().map(|it| it.name).collect::<Vec<_>>();
        let neutral = Explanation::default();
        assert_eq!(names(&neutral).len(), 7);
        let rules = Some(RulesExplanation { factor: 5.0, contribution: 1.6 });
        let away = PersonalExplanation { brand: Factor::new(0.1, -2.0), ..Default::default() };
        let explain = Explanation { rules, personal: Some(away), ..Default::default() };
        let found = signals(&explain, "Acme");
        assert!(found.iter().any(|it| it.sentence == "A rule of the shop multiplies its score by 5."));
        assert!(found.iter().any(|it| it.sentence == "You choose Acme less often than other shoppers do."));
    }
}
