//! The terms of products for content similarity, numbered for [`Terms`]: each word of the title, the brand, each
//! level of each category path, and each value of each attribute is one term. The words of titles are numbered by role
//! besides, for the kinds of products ([`Titles`](crate::behaviour::Titles)).

use std::collections::{BTreeMap, HashMap};

use crate::behaviour::{ContentSettings, FittingKind, Terms, TitleRow, fitting_value};
use crate::product::{AttributeValue, CATEGORY_SEPARATOR, Product};
use crate::text::analysis::Analyzer;
use crate::text::{AnalysisSettings, Fitting, TitleWords, fitting_values};

/// The attribute, and the tags, by which a shop marks a product as an add-on.
const ADD_ON: [&str; 3] = ["add_on", "add-on", "addon"];

/// Collects the terms of products in ordinal order.
#[derive(Debug)]
pub(super) struct TermsBuilder {
    settings: ContentSettings,
    analyzer: Analyzer,
    numbers: HashMap<String, u32>,
    terms: Terms,
    row: Vec<(u32, f32)>,
    /// The numbers of the words of titles; a model ends with a number or a blank.
    words: HashMap<String, u32>,
    /// The numbers of the values by which products fit each other.
    values: BTreeMap<(Fitting, String), u32>,
}

impl TermsBuilder {
    /// A builder without products.
    pub(super) fn new(text: &AnalysisSettings, settings: &ContentSettings) -> Self {
        Self {
            settings: settings.clone(),
            analyzer: Analyzer::new(text.language),
            numbers: HashMap::new(),
            terms: Terms::default(),
            row: Vec::new(),
            words: HashMap::new(),
            values: BTreeMap::new(),
        }
    }

    /// Adds the next product.
    pub(super) fn push(&mut self, product: &Product) {
        let ContentSettings { brand_weight, category_weight, attribute_weight, .. } = self.settings;
        for token in self.analyzer.whole(&product.title) {
            self.add(format!("t{}", token.term), 1.0);
        }
        if let Some(brand) = &product.brand {
            self.add(format!("b{}", brand.to_lowercase()), brand_weight);
        }
        for path in &product.categories {
            let ends = path.match_indices(CATEGORY_SEPARATOR).map(|(at, _)| at).chain([path.len()]);
            ends.for_each(|end| self.add(format!("c{}", &path[..end]), category_weight));
        }
        for (name, value) in &product.attributes {
            value.for_each(&mut |value| match value {
                AttributeValue::Text(text) => self.add(format!("a{name}={}", text.to_lowercase()), attribute_weight),
                AttributeValue::Whole(number) => self.add(format!("a{name}={number}"), attribute_weight),
                AttributeValue::Number(number) => self.add(format!("a{name}={number}"), attribute_weight),
                AttributeValue::Bool(value) => self.add(format!("a{name}={value}"), attribute_weight),
                AttributeValue::List(_) => {}
            });
        }
        self.terms.push(&mut self.row);
        self.row.clear();
        self.push_title(product);
    }

    /// Adds the words of the next product's title.
    fn push_title(&mut self, product: &Product) {
        let TitleWords { heads, names, made_for, purposes } = TitleWords::of(product, &mut self.analyzer);
        let [heads, names, made_for, purposes] = [heads, names, made_for, purposes].map(|words| self.numbered(words));
        let values: Vec<u32> = fitting_values(product).into_iter().map(|value| self.value(value)).collect();
        let add_on = ADD_ON.iter().any(|&mark| product.attributes.get(mark) == Some(&AttributeValue::Bool(true)))
            || product.tags.iter().any(|tag| ADD_ON.contains(&tag.to_lowercase().as_str()));
        let row = TitleRow {
            heads: &heads,
            names: &names,
            made_for: &made_for,
            purposes: &purposes,
            values: &values,
            add_on,
        };
        self.terms.titles.push(&row);
    }

    /// The number of a value by which products fit each other.
    fn value(&mut self, (fitting, text): (Fitting, String)) -> u32 {
        let kind = match fitting {
            Fitting::Base => FittingKind::Base,
            Fitting::Cell => FittingKind::Cell,
            Fitting::Volts => FittingKind::Volts,
        };
        let next = self.values.len() as u32;
        fitting_value(kind, *self.values.entry((fitting, text)).or_insert(next))
    }

    fn numbered(&mut self, words: Vec<String>) -> Vec<u32> {
        let titles = &mut self.terms.titles;
        let number = |word: String| {
            let is_model = word.contains(' ');
            *self.words.entry(word).or_insert_with(|| titles.number(is_model))
        };
        words.into_iter().map(number).collect()
    }

    /// The collected terms.
    pub(super) fn finish(self) -> Terms {
        self.terms
    }

    fn add(&mut self, term: String, weight: f32) {
        let next = self.numbers.len() as u32;
        self.row.push((*self.numbers.entry(term).or_insert(next), weight));
    }
}
