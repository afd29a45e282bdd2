//! The constants of search, in one table: where each lies in the settings file, the values it may have,
//! the part of them that is worth trying, and what it does. Settings are checked against this table when
//! they are read, `tastemaker settings` prints it, and the tuner walks it.

use super::EngineSettings;
use crate::error::{Error, Result};

/// How a range is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equal differences.
    Linear,
    /// Equal steps are equal ratios; the range starts above 0.
    Logarithmic,
}

/// The part of a range that a tuner tries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// The least value.
    pub least: f32,
    /// The most.
    pub most: f32,
    /// How it is walked.
    pub scale: Scale,
}

/// One constant.
pub struct Constant {
    /// Its place below `search` in the settings file.
    pub name: &'static str,
    /// The least value that is taken.
    pub least: f32,
    /// The most.
    pub most: f32,
    /// Whether only whole numbers are values.
    pub whole: bool,
    /// What a tuner tries; nothing for what judged queries cannot decide.
    pub tried: Option<Tried>,
    /// What it does.
    pub meaning: &'static str,
    /// Reads it.
    pub get: fn(&EngineSettings) -> f32,
    /// Writes it; the fraction of a whole one is cut off.
    pub set: fn(&mut EngineSettings, f32),
}

impl std::fmt::Debug for Constant {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}..={}", self.name, self.least, self.most)
    }
}

impl Tried {
    /// The value at a share of the range, 0 to 1.
    pub fn at(&self, share: f32) -> f32 {
        let share = share.clamp(0.0, 1.0);
        let value = match self.scale {
            Scale::Linear => self.least + share * (self.most - self.least),
            Scale::Logarithmic => self.least * (self.most / self.least).powf(share),
        };
        // Three digits are all that judged queries can tell apart.
        let step = 10f32.powf(value.abs().max(1e-6).log10().floor() - 2.0);
        ((value / step).round() * step).clamp(self.least, self.most)
    }

    /// The share of the range at which a value lies.
    pub fn share(&self, value: f32) -> f32 {
        let share = match self.scale {
            Scale::Linear => (value - self.least) / (self.most - self.least),
            Scale::Logarithmic => (value.max(self.least) / self.least).ln() / (self.most / self.least).ln(),
        };
        share.clamp(0.0, 1.0)
    }
}

impl Constant {
    fn check(&self, settings: &EngineSettings) -> Result<()> {
        let value = (self.get)(settings);
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
        Some(Tried { least: $least, most: $most, scale: Scale::$scale })
    };
    ($($kind:ident $($path:ident).+, $from:literal to $to:literal $(, try $least:literal to $most:literal $scale:ident)?: $meaning:literal;)*) => {
        &[$(Constant {
            name: constants!(@name $($path).+),
            least: $from,
            most: $to,
            whole: constants!(@whole $kind),
            tried: constants!(@tried $($least $most $scale)?),
            meaning: $meaning,
            get: |settings| settings.$($path).+ as f32,
            set: |settings, value| settings.$($path).+ = value as _,
        }),*]
    };
}

/// All of them.
#[rustfmt::skip]
pub const CONSTANTS: &[Constant] = constants! {
    count live_products, 0.0 to 100000.0: "how many products that are new or read otherwise are searched before the next reindex";
    weight text.title, 0.0 to 100.0, try 0.5 to 10.0 Logarithmic: "weight of the title";
    weight text.brand, 0.0 to 100.0, try 0.1 to 10.0 Logarithmic: "weight of the brand";
    weight text.category, 0.0 to 100.0, try 0.1 to 10.0 Logarithmic: "weight of the category path";
    weight text.description, 0.0 to 100.0, try 0.05 to 5.0 Logarithmic: "weight of the description";
    weight text.attributes, 0.0 to 100.0, try 0.05 to 5.0 Logarithmic: "weight of attributes and tags";
    weight text.code, 0.0 to 100.0: "weight of ids and part numbers";
    weight text.tie, 0.0 to 1.0, try 0.0 to 1.0 Linear: "share of the weaker fields' scores added to the best field's";
    weight text.k1, 0.0 to 5.0, try 0.1 to 3.0 Logarithmic: "BM25 saturation of repeated words";
    weight text.b, 0.0 to 1.0, try 0.0 to 1.0 Linear: "BM25 length normalisation";
    count text.enough, 0.0 to 100000.0: "with so many products holding every word, only those match";
    weight text.relaxed_share, 0.0 to 1.0, try 0.1 to 1.0 Linear: "share of the words' worth a product must hold otherwise";
    weight text.missing_cost, 0.0 to 10.0, try 0.1 to 8.0 Logarithmic: "how steeply missing words cost";
    weight text.apart, 0.0 to 1.0, try 0.1 to 1.0 Linear: "worth of a word's parts";
    weight text.joined, 0.0 to 1.0, try 0.1 to 1.0 Linear: "worth of two words written as one";
    weight text.completion, 0.0 to 1.0: "worth of a completion of the word being typed";
    count text.spelling.letters, 3.0 to 20.0: "shorter words are not corrected, in letters";
    count text.spelling.two_slips_from, 4.0 to 40.0: "letters from which on two slips are looked for";
    weight text.spelling.slip, 0.0 to 20.0, try 0.5 to 10.0 Logarithmic: "what a slip costs, in powers of e of how common a word is";
    weight text.spelling.first_letter, 0.0 to 5.0, try 0.0 to 3.0 Linear: "what a slip in the first letter costs besides, in slips";
    weight text.spelling.blank, 0.0 to 5.0, try 0.0 to 3.0 Linear: "what a blank too many or too few costs, in slips";
    weight text.spelling.company, 0.0 to 10.0, try 0.0 to 5.0 Linear: "weight of standing with the query's other words";
    weight text.spelling.least, -40.0 to 20.0, try -20.0 to 0.0 Linear: "what is less likely does not replace what was typed";
    weight text.spelling.likely_slip, 0.0 to 1.0, try 0.0 to 1.0 Linear: "worth of what may have been meant but does not replace the word";
    count rank.window, 10.0 to 1000.0: "how many of the best by words are fused and reranked";
    count rank.nearest, 10.0 to 1000.0: "how many of the nearest by vector are";
    weight rank.vector_weight, 0.0 to 1.0, try 0.0 to 1.0 Linear: "weight of the vector side; the words have the rest";
    weight rank.min_similarity, -1.0 to 1.0, try 0.2 to 0.9 Linear: "least cosine of a product found by vector alone";
    weight rank.min_similarity_alone, -1.0 to 1.0, try 0.1 to 0.9 Linear: "the same where words find little";
    weight rank.adjacent, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "what a title gains that has the query's words in its order";
    weight rank.coverage, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "what a title gains that the query names whole";
    weight rank.popularity, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "what the most popular product gains";
    weight rank.feedback, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "what a product gains that lies just where the best hits do, by vectors";
    count rank.feedback_hits, 1.0 to 1000.0: "how many of the best hits stand for what was meant";
    weight rank.feedback_spread, 0.001 to 100.0, try 0.05 to 3.0 Logarithmic: "by how much a score must lie below the best to count e times less";
    weight rank.category, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "what a product gains in the category a query is surely about";
    weight rank.category_share, 0.0 to 1.0, try 0.2 to 1.0 Linear: "share of the best hits' weight from which on a category is heeded";
    count rank.learned_depth, 10.0 to 1000.0: "how many of the best a learned ranking orders";
    weight rank.personal.weight, 0.0 to 10.0: "multiplies everything personal; 0 switches it off";
    weight rank.personal.interest, 0.0 to 10.0: "weight of the interest vector's cosine";
    weight rank.personal.neighbours, 0.0 to 10.0: "weight of what shoppers with the same history went on to";
    weight rank.personal.content, 0.0 to 10.0: "what products that read like those met count beside what shoppers went on to";
    weight rank.personal.brand, 0.0 to 10.0: "weight of the shopper's brands";
    weight rank.personal.stated, 0.0 to 10.0: "weight of what the shopper said outright";
    weight rank.personal.gate, 0.001 to 1000.0: "evidence at which the gate stands half open, in products met";
    weight rank.personal.daily_decay, 0.0 to 1.0: "how much of its worth evidence keeps each day";
    count rank.personal.history, 1.0 to 200.0: "different products that neighbours are looked up for";
    weight rank.personal.decay, 0.0 to 1.0: "what each step back in the history is worth";
    count interest.products, 1.0 to 60.0: "different products an interest is made of, latest first";
    weight interest.decay, 0.0 to 1.0: "what each step back is worth in the long-term interests";
    weight interest.session_decay, 0.0 to 1.0: "what each step back is worth in the session";
    weight interest.apart, 0.0 to 4.0: "squared distance beyond which interests stay apart";
    weight interest.view_weight, 0.0 to 1.0: "what a view is worth beside a purchase";
    weight interest.cart_weight, 0.0 to 1.0: "what an addition to the cart is worth beside a purchase";
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
        // What may be asked for, and what may be shown, is the shop's to say and nothing to search for.
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
                (constant.set)(&mut settings, value);
                // A whole number below 0 is not one the settings can hold.
                let kept = (constant.get)(&settings);
                if !(constant.least..=constant.most).contains(&kept) {
                    let told = settings.check().map_err(|error| error.to_string());
                    assert!(told.is_err_and(|told| told.contains(constant.name)), "{constant:?} at {value}");
                } else {
                    assert!(constant.whole, "{constant:?} took {value} as {kept}");
                }
            }
        }
    }

    #[test]
    fn whatever_a_tuner_tries_the_settings_accept_and_the_default_is_among_it() {
        for (constant, tried) in CONSTANTS.iter().filter_map(|constant| Some((constant, constant.tried?))) {
            for share in [0.0, 0.3, 1.0] {
                let mut settings = EngineSettings::default();
                (constant.set)(&mut settings, tried.at(share));
                assert!(settings.check().is_ok(), "{constant:?} at {share}");
                assert!((tried.share((constant.get)(&settings)) - share).abs() < 0.02, "{constant:?} at {share}");
            }
            let value = (constant.get)(&EngineSettings::default());
            assert!((tried.least..=tried.most).contains(&value), "{constant:?}: {value}");
        }
    }
}
