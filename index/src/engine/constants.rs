//! The constants of search, in one table: the key of each in the settings file, its range, the part of it that a
//! tuner tries, and its effect. Settings are checked against this table when they are read, `tastemaker settings`
//! prints it, and the tuner walks it. Weights of signals come from the registry of signals.

use super::EngineSettings;
use crate::error::{Error, Result};
use crate::rank::signal::{WEIGHTS, Weight};
use crate::rank::{RankSettings, Scale, TunedRange};

/// One constant.
#[derive(Clone, Copy)]
pub struct Constant {
    /// Its key below `search` in the settings file.
    pub name: &'static str,
    /// The least value accepted.
    pub least: f32,
    /// The largest value accepted.
    pub most: f32,
    /// True if only whole numbers are values.
    pub whole: bool,
    /// The values that a tuner tries; absent where judged queries cannot decide.
    pub tried: Option<TunedRange>,
    /// Its effect.
    pub meaning: &'static str,
    access: Access,
}

/// The functions that read and write a constant.
#[derive(Clone, Copy)]
enum Access {
    Engine(fn(&EngineSettings) -> f32, fn(&mut EngineSettings, f32)),
    Rank(fn(&RankSettings) -> f32, fn(&mut RankSettings, f32)),
}

impl std::fmt::Debug for Constant {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}..={}", self.name, self.least, self.most)
    }
}

impl Constant {
    /// The constant that weighs a signal.
    const fn weight(weight: &Weight) -> Self {
        let Weight { key, meaning, least, most, tried, get, set } = *weight;
        Self { name: key, least, most, whole: false, tried, meaning, access: Access::Rank(get, set) }
    }

    /// Its value.
    pub fn get(&self, settings: &EngineSettings) -> f32 {
        match self.access {
            Access::Engine(get, _) => get(settings),
            Access::Rank(get, _) => get(&settings.rank),
        }
    }

    /// Sets its value; the fraction of a whole number is cut off.
    pub fn set(&self, settings: &mut EngineSettings, value: f32) {
        match self.access {
            Access::Engine(_, set) => set(settings, value),
            Access::Rank(_, set) => set(&mut settings.rank, value),
        }
    }

    fn check(&self, settings: &EngineSettings) -> Result<()> {
        let value = self.get(settings);
        if (self.least..=self.most).contains(&value) {
            return Ok(());
        }
        Err(Error::invalid(self.name, format!("{value} must lie between {} and {}", self.least, self.most)))
    }
}

/// Checks every constant against its range.
///
/// # Errors
/// [`Error::Invalid`] for the first that lies outside.
pub(super) fn check(settings: &EngineSettings) -> Result<()> {
    CONSTANTS.iter().try_for_each(|constant| constant.check(settings))
}

macro_rules! constants {
    (@name $first:ident $(. $rest:ident)*) => { concat!(stringify!($first), $(".", stringify!($rest)),*) };
    (@whole weight) => { false };
    (@whole count) => { true };
    (@tried) => { None };
    (@tried $least:literal $most:literal $scale:ident) => {
        Some(TunedRange { least: $least, most: $most, scale: Scale::$scale })
    };
    ($($kind:ident $($path:ident).+, $from:literal to $to:literal $(, try $least:literal to $most:literal $scale:ident)?: $meaning:literal;)*) => {
        [$(Constant {
            name: constants!(@name $($path).+),
            least: $from,
            most: $to,
            whole: constants!(@whole $kind),
            tried: constants!(@tried $($least $most $scale)?),
            meaning: $meaning,
            access: Access::Engine(
                |settings| settings.$($path).+ as f32,
                |settings, value| settings.$($path).+ = value as _,
            ),
        }),*]
    };
}

/// Every constant: those of the engine, then the weights of signals.
pub const CONSTANTS: &[Constant] = &{
    let mut all = [OTHERS[0]; OTHERS.len() + WEIGHTED];
    let (mut at, mut slot) = (0, 0);
    while at < OTHERS.len() {
        all[at] = OTHERS[at];
        at += 1;
    }
    while slot < WEIGHTS.len() {
        if let Some(weight) = &WEIGHTS[slot] {
            all[at] = Constant::weight(weight);
            at += 1;
        }
        slot += 1;
    }
    all
};

/// The number of signals that a setting weighs.
const WEIGHTED: usize = {
    let (mut count, mut slot) = (0, 0);
    while slot < WEIGHTS.len() {
        count += WEIGHTS[slot].is_some() as usize;
        slot += 1;
    }
    count
};

/// The constants that weigh no signal.
#[rustfmt::skip]
const OTHERS: &[Constant] = &constants! {
    count live_products, 0.0 to 100000.0: "the most products, new or with changed texts, that are searched before the next reindex";
    weight text.title, 0.0 to 100.0, try 0.5 to 10.0 Logarithmic: "weight of the title";
    weight text.brand, 0.0 to 100.0, try 0.1 to 10.0 Logarithmic: "weight of the brand";
    weight text.category, 0.0 to 100.0, try 0.1 to 10.0 Logarithmic: "weight of the category path";
    weight text.description, 0.0 to 100.0, try 0.05 to 5.0 Logarithmic: "weight of the description";
    weight text.attributes, 0.0 to 100.0, try 0.05 to 5.0 Logarithmic: "weight of attributes and tags";
    weight text.code, 0.0 to 100.0: "weight of ids and part numbers";
    weight text.tie, 0.0 to 1.0, try 0.0 to 1.0 Linear: "share of the weaker fields' scores added to the best field's";
    weight text.k1, 0.0 to 5.0, try 0.1 to 3.0 Logarithmic: "BM25 saturation of repeated words";
    weight text.b, 0.0 to 1.0, try 0.0 to 1.0 Linear: "BM25 length normalisation";
    count text.enough, 0.0 to 100000.0: "if so many products have every word, only those match";
    weight text.relaxed_share, 0.0 to 1.0, try 0.1 to 1.0 Linear: "the least share of the words' weight that a product must have if fewer products have every word";
    weight text.missing_cost, 0.0 to 10.0, try 0.1 to 8.0 Logarithmic: "exponent of the penalty for missing words";
    weight text.apart, 0.0 to 1.0, try 0.1 to 1.0 Linear: "weight of a word's parts";
    weight text.joined, 0.0 to 1.0, try 0.1 to 1.0 Linear: "weight of two words written as one";
    weight text.completion, 0.0 to 1.0: "weight of a completion of the word being typed";
    weight text.head, 0.0 to 1.0, try 0.1 to 1.0 Linear: "weight of a compound by its head; 0 switches compounds off";
    weight text.modifier, 0.0 to 1.0, try 0.0 to 1.0 Linear: "weight of a compound by another of its words";
    weight text.synonyms, 0.0 to 1.0, try 0.0 to 1.0 Linear: "weight of the shipped synonyms; 0 switches them off";
    weight text.nearest, 0.0 to 1.0, try 0.0 to 1.0 Linear: "weight of the words nearest in meaning to a word that the catalogue does not have; 0 switches them off";
    weight text.reformulated, 0.0 to 1.0, try 0.0 to 1.0 Linear: "weight of what shoppers searched for next; 0 switches it off";
    count text.spelling.letters, 3.0 to 20.0: "the shortest word that is corrected, in letters";
    count text.spelling.two_slips_from, 4.0 to 40.0: "the shortest word in which two slips are corrected, in letters";
    weight text.spelling.slip, 0.0 to 20.0, try 0.5 to 10.0 Logarithmic: "cost of a slip, subtracted from the logarithm of the frequency of the corrected word";
    weight text.spelling.first_letter, 0.0 to 5.0, try 0.0 to 3.0 Linear: "additional cost of a slip in the first letter, in slips";
    weight text.spelling.blank, 0.0 to 5.0, try 0.0 to 3.0 Linear: "cost of a missing or an additional blank, in slips";
    weight text.spelling.company, 0.0 to 10.0, try 0.0 to 5.0 Linear: "weight of occurring together with the query's other words";
    weight text.spelling.other_form, 0.0 to 5.0: "the additional cost of the typed word with another ending, in slips";
    weight text.spelling.stranger, 0.0 to 20.0: "the cost of a correction that stands with none of the query's other words in any title";
    weight text.spelling.commonness, 0.0 to 2.0: "the weight of how common a correction is in the decision to replace the word";
    weight text.spelling.letter, 0.0 to 5.0: "the weight of each letter typed in that decision";
    weight text.spelling.rivals, 0.0 to 5.0: "the weight of other corrections in that decision";
    weight text.spelling.real_word, 0.0 to 40.0: "the cost of replacing a word of the language that the catalogue does not have";
    weight text.spelling.least, -40.0 to 40.0, try -4.0 to 4.0 Linear: "the least evidence with which a correction replaces the word, whatever the size of the catalogue";
    weight text.spelling.likely_slip, 0.0 to 1.0, try 0.0 to 1.0 Linear: "weight of a correction that is searched in addition to the word";
    count rank.window, 10.0 to 1000.0: "the number of best matches by words that are fused and reranked";
    count rank.nearest, 10.0 to 1000.0: "the number of nearest products by vector that are fused and reranked";
    weight rank.vector_weight, 0.0 to 1.0, try 0.0 to 1.0 Linear: "weight of the vectors; the words have the rest";
    weight rank.meaning, 0.0 to 1.0: "the share of searches for what the shop does not sell that find nothing by meaning";
    weight rank.related, 0.0 to 1.0: "the share of random texts that related products, which are no hits, are nearer and stand out further than; 0 offers none";
    weight rank.meaning_share, 0.0 to 1.0, try 0.3 to 1.0 Linear: "the least cosine of a product that matches by vector alone, as a share of the best";
    weight rank.min_similarity, -1.0 to 1.0, try 0.2 to 0.9 Linear: "the least cosine of a product that matches by vector alone";
    weight rank.min_similarity_alone, -1.0 to 1.0, try 0.1 to 0.9 Linear: "the least cosine of a product that matches by vector alone if words match few products";
    count rank.feedback_hits, 1.0 to 1000.0: "the number of best hits that the intent is read off";
    weight rank.feedback_spread, 0.001 to 100.0, try 0.05 to 3.0 Logarithmic: "the distance below the best score at which a hit's weight is e times smaller";
    weight rank.category_share, 0.0 to 1.0, try 0.2 to 1.0 Linear: "the least share of the best hits' weight with which a category changes the order";
    count rank.learned_depth, 10.0 to 1000.0: "the number of best candidates that the learned order covers";
    weight rank.personal.weight, 0.0 to 10.0: "scale of everything inferred from the history; 0 switches it off";
    weight rank.personal.most, 0.0 to 10.0: "the most that the shopper's part adds to the score of a product as relevant as the best";
    weight rank.personal.least, 0.0 to 100.0: "the least score of for-you that lifts a product of a named category, in median entries of the next-item table";
    weight rank.personal.content, 0.0 to 10.0: "weight of products with similar content among the neighbours";
    weight rank.personal.gate, 0.001 to 1000.0: "the evidence at which the gate is one half, in products";
    weight rank.personal.daily_decay, 0.0 to 1.0: "the factor by which evidence fades each day";
    count rank.personal.history, 1.0 to 200.0: "the number of different products whose neighbours are looked up";
    weight rank.personal.decay, 0.0 to 1.0: "the factor by which each step back in the history fades";
    count interest.products, 1.0 to 60.0: "the number of different products that interests are made of, latest first";
    weight interest.decay, 0.0 to 1.0: "the factor by which each step back fades in the long-term interests";
    weight interest.session_decay, 0.0 to 1.0: "the factor by which each step back fades in the session";
    weight interest.apart, 0.0 to 4.0: "the squared distance beyond which interests are not merged";
    weight interest.view_weight, 0.0 to 1.0: "weight of a view relative to a purchase";
    weight interest.cart_weight, 0.0 to 1.0: "weight of an addition to the cart relative to a purchase";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_settings_that_can_be_searched_for_is_in_the_table()
    -> std::result::Result<(), serde_json::Error> {
        fn numbers(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
            match value {
                serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                    let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    numbers(value, &at, found);
                }),
                value if value.is_number() => found.push(at.to_owned()),
                _ => {}
            }
        }
        let mut found = Vec::new();
        numbers(&serde_json::to_value(EngineSettings::default())?, "", &mut found);
        // Limits of requests and rules of recommendations are decisions of the shop; nothing is to be tuned there.
        found.retain(|name| !name.starts_with("limits.") && !name.starts_with("recommend."));
        found.sort();
        let mut listed: Vec<&str> = CONSTANTS.iter().map(|constant| constant.name).collect();
        listed.sort_unstable();
        assert_eq!(found, listed);
        Ok(())
    }

    #[test]
    fn a_value_outside_its_range_is_refused_by_name_and_the_defaults_are_not() {
        assert!(EngineSettings::default().check().is_ok());
        for constant in CONSTANTS {
            for value in [constant.least - 1.0, constant.most + 1.0, f32::NAN] {
                let mut settings = EngineSettings::default();
                constant.set(&mut settings, value);
                // The settings cannot hold a whole number below 0.
                let stored = constant.get(&settings);
                if !(constant.least..=constant.most).contains(&stored) {
                    let refused = settings.check().map_err(|error| error.to_string());
                    assert!(refused.is_err_and(|error| error.contains(constant.name)), "{constant:?} at {value}");
                } else {
                    assert!(constant.whole, "{constant:?} took {value} as {stored}");
                }
            }
        }
    }

    #[test]
    fn whatever_a_tuner_tries_the_settings_accept_and_the_default_is_among_it() {
        for (constant, tried) in CONSTANTS.iter().filter_map(|constant| Some((constant, constant.tried?))) {
            for share in [0.0, 0.3, 1.0] {
                let mut settings = EngineSettings::default();
                constant.set(&mut settings, tried.at(share));
                assert!(settings.check().is_ok(), "{constant:?} at {share}");
                assert!((tried.share(constant.get(&settings)) - share).abs() < 0.02, "{constant:?} at {share}");
            }
            let value = constant.get(&EngineSettings::default());
            assert!((tried.least..=tried.most).contains(&value), "{constant:?}: {value}");
        }
    }
}
