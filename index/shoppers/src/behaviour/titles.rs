//! Titles as rows of recommendations use them: products of one kind are alternatives, a product that is made for one
//! model fits no other, and add-ons go with everything and therefore with nothing in particular.
//!
//! A product is made for those products of other kinds whose titles have most of the words that it says it is made for;
//! a model (`printer 3`) counts as [`MODEL_WEIGHT`] words. Sections: the lists `titles.kinds` (terms) and `titles.fits`
//! (products), `titles.by_model` and `titles.add_ons` (`u8` by ordinal), and the lists `titles.purposes` (terms) and
//! `titles.values` (values by which products fit each other), which generations of earlier releases lack.

use super::lists::{Lists, SparseCounter, StoredLists};
use super::view::CatalogueView;
use crate::error::Result;
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;

/// The number of words that a shared model counts as.
const MODEL_WEIGHT: f32 = 3.0;
/// The fewest words that a product must share with those it is made for: one word names no more than a kind.
const FEWEST_WORDS: f32 = 2.0;
/// A product made for more products than this is made for a kind.
const MOST_FITS: usize = 50;
/// A word of more titles than this names no product.
const MOST_TITLES: usize = 2000;

/// The numbered words of the titles of products, by ordinal.
#[derive(Debug, Default)]
pub struct Titles {
    heads: Lists<u32>,
    names: Lists<u32>,
    made_for: Lists<u32>,
    purposes: Lists<u32>,
    values: Lists<u32>,
    /// True for each number that is a model.
    models: Vec<bool>,
    add_ons: Vec<u8>,
}

/// The numbered words of one title, and the values of its product.
#[derive(Debug, Clone, Copy, Default)]
pub struct TitleRow<'a> {
    /// The words that name its kind.
    pub heads: &'a [u32],
    /// All its words.
    pub names: &'a [u32],
    /// The words that it says it is made for.
    pub made_for: &'a [u32],
    /// The words after one such as `for`.
    pub purposes: &'a [u32],
    /// The values by which it fits others, as [`fitting_value`] numbers them.
    pub values: &'a [u32],
    /// True if the shop marks it as an add-on.
    pub add_on: bool,
}

/// The bits of a value's number below those of its kind.
const VALUE_BITS: u32 = 24;

/// Groups of values of which two products must share one to fit each other: what a product draws its power from is either
/// cells or volts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FittingKind {
    /// The base of a bulb.
    Base = 0,
    /// Cells as a source of power.
    Cell = 2,
    /// Volts of a battery as a source of power.
    Volts = 3,
}

/// The number of a value, from its kind and a number below 2²⁴ of its own.
pub fn fitting_value(kind: FittingKind, number: u32) -> u32 {
    ((kind as u32) << VALUE_BITS) | (number & ((1 << VALUE_BITS) - 1))
}

/// The group of a value.
fn group(value: u32) -> u32 {
    value >> (VALUE_BITS + 1)
}

/// True if two products have values of one group, but none in common. Devices of different volts are `alternatives`.
fn values_clash(one: &[u32], other: &[u32], alternatives: bool) -> bool {
    let is_volts = |value: &u32| value >> VALUE_BITS == FittingKind::Volts as u32;
    let clashes = |&value: &u32| {
        let mut same_group = other.iter().filter(|&&other| group(other) == group(value)).peekable();
        let both_volts = alternatives && is_volts(&value) && same_group.clone().all(is_volts);
        same_group.peek().is_some() && !both_volts && !one.iter().any(|mine| same_group.clone().any(|its| its == mine))
    };
    one.iter().any(clashes)
}

impl Titles {
    /// Adds the next product.
    pub fn push(&mut self, row: &TitleRow<'_>) {
        self.heads.push(row.heads);
        self.names.push(row.names);
        self.made_for.push(row.made_for);
        self.purposes.push(row.purposes);
        self.values.push(row.values);
        self.add_ons.push(u8::from(row.add_on));
    }

    /// Gives the next number to a word, or to a model.
    pub fn number(&mut self, is_model: bool) -> u32 {
        self.models.push(is_model);
        (self.models.len() - 1) as u32
    }
}

/// The fit of one product to another, by what their titles say they are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelFit {
    /// Neither says that it is made for something, or for a product like the other.
    Unknown,
    /// One is made for the other.
    Fits,
    /// By its words one is made for products like the other, but not for it.
    OtherWords,
    /// By a model one is made for products like the other, but not for it; or both have a base, cells or volts, and not
    /// the same.
    OtherModel,
}

/// The kinds, fits and add-ons of products.
#[derive(Debug, Clone)]
pub struct ProductKinds {
    kinds: StoredLists<u32>,
    fits: StoredLists,
    /// 1 if the fits follow from a model.
    by_model: Section<u8>,
    add_ons: Section<u8>,
    purposes: StoredLists<u32>,
    values: StoredLists<u32>,
}

impl Default for ProductKinds {
    fn default() -> Self {
        let none = || Lists::<u32>::default().into();
        Self {
            kinds: none(),
            fits: Lists::default().into(),
            by_model: Vec::new().into(),
            add_ons: Vec::new().into(),
            purposes: none(),
            values: none(),
        }
    }
}

impl ProductKinds {
    /// Reads titles; `in_most_baskets` are products that are add-ons by what shoppers do.
    pub fn of(titles: &Titles, catalogue: &CatalogueView<'_>, in_most_baskets: &[Ordinal]) -> Self {
        let products = catalogue.products();
        let named: Lists = titles.names.transpose(titles.models.len());
        let mut tally = SparseCounter::new(products.max(titles.names.len()));
        let (mut fits, mut by_model): (Lists, Vec<u8>) = (Lists::default(), Vec::with_capacity(products));
        for product in Ordinal::all(products) {
            let (made_for, model) = match product.index() < titles.made_for.len() {
                true => made_for(titles, &named, catalogue, product, &mut tally),
                false => (Vec::new(), false),
            };
            fits.push(&made_for);
            by_model.push(u8::from(model));
        }
        let mut add_ons = titles.add_ons.clone();
        add_ons.resize(products, 0);
        in_most_baskets.iter().for_each(|add_on| add_ons[add_on.index()] = 1);
        let of_all = |lists: &Lists<u32>| {
            let mut rows: Lists<u32> = Lists::default();
            (0..products).for_each(|at| rows.push(if at < lists.len() { lists.get(at) } else { &[] }));
            rows.into()
        };
        Self {
            kinds: of_all(&titles.heads),
            fits: fits.into(),
            by_model: by_model.into(),
            add_ons: add_ons.into(),
            purposes: of_all(&titles.purposes),
            values: of_all(&titles.values),
        }
    }

    /// True if the titles of both name one kind; `None` if one of them names none.
    pub fn same_kind(&self, one: Ordinal, other: Ordinal) -> Option<bool> {
        let [one, other] = [one, other].map(|product| self.kinds(product));
        (!one.is_empty() && !other.is_empty()).then(|| one.iter().any(|kind| other.contains(kind)))
    }

    /// The numbers of the kinds that a product's title names.
    pub fn kinds(&self, product: Ordinal) -> &[u32] {
        self.kinds.get(product.index())
    }

    /// One number for all products of a kind; `None` if the title names none.
    pub(super) fn first_kind(&self, product: Ordinal) -> Option<u32> {
        self.kinds(product).first().copied()
    }

    /// True if two products serve different things: they take different cells or bases, one is made for some product
    /// (`filter for Breeze purifier`) and the other for something else (`filter for cooker hoods`), or only one of two kinds
    /// is made for some product.
    pub fn serve_different(&self, one: Ordinal, other: Ordinal) -> bool {
        let of = |lists: &StoredLists<u32>, product: Ordinal| lists.get(product.index()).to_vec();
        let [ours, theirs] = [one, other].map(|product| of(&self.purposes, product));
        let is_part = |product: Ordinal| !self.fits.get(product.index()).is_empty();
        let apart = !ours.is_empty() && !theirs.is_empty() && !ours.iter().any(|word| theirs.contains(word));
        let [part, other_part] = [one, other].map(is_part);
        let parts_of_different = apart && (part || other_part);
        let only_one = part != other_part && self.same_kind(one, other) != Some(true);
        parts_of_different || only_one || self.clash(one, other, true)
    }

    /// True if two products have a value of each group in common of which one of them has any.
    pub fn name_alike(&self, one: Ordinal, other: Ordinal) -> bool {
        let [ours, theirs] = [one, other].map(|product| self.values.get(product.index()));
        let meets = |value: &u32, others: &[u32]| others.iter().any(|&other| group(other) == group(*value));
        ours.iter().all(|value| meets(value, theirs))
            && theirs.iter().all(|value| meets(value, ours))
            && !values_clash(ours, theirs, false)
    }

    /// True if two products have values of one group, such as the base of a bulb, but none in common.
    fn clash(&self, one: Ordinal, other: Ordinal, alternatives: bool) -> bool {
        values_clash(self.values.get(one.index()), self.values.get(other.index()), alternatives)
    }

    /// The fit of two products to each other.
    pub fn fit(&self, catalogue: &CatalogueView<'_>, one: Ordinal, other: Ordinal) -> ModelFit {
        if self.clash(one, other, false) {
            return ModelFit::OtherModel;
        }
        let each = [(one, other), (other, one)].map(|(part, main)| {
            let fits = self.fits.get(part.index());
            if fits.iter().any(|&fitting| catalogue.same_group(fitting, main)) {
                return ModelFit::Fits;
            }
            let is_like_main = |&fitting: &Ordinal| {
                catalogue.share_leaf(fitting, main) && self.same_kind(fitting, main) != Some(false)
            };
            match (fits.iter().any(is_like_main), self.by_model.get(part.index())) {
                (true, Some(1)) => ModelFit::OtherModel,
                (true, _) => ModelFit::OtherWords,
                (false, _) => ModelFit::Unknown,
            }
        });
        match each {
            [ModelFit::Fits, _] | [_, ModelFit::Fits] => ModelFit::Fits,
            [ModelFit::OtherModel, _] | [_, ModelFit::OtherModel] => ModelFit::OtherModel,
            [ModelFit::OtherWords, _] | [_, ModelFit::OtherWords] => ModelFit::OtherWords,
            _ => ModelFit::Unknown,
        }
    }

    /// True if the title of a part says that it is made for the main product.
    pub fn is_made_for(&self, catalogue: &CatalogueView<'_>, part: Ordinal, main: Ordinal) -> bool {
        self.fits.get(part.index()).iter().any(|&fitting| catalogue.same_group(fitting, main))
    }

    /// True for a product that goes with everything: marked by the shop, or in most baskets.
    pub fn is_add_on(&self, product: Ordinal) -> bool {
        self.add_ons.get(product.index()).is_some_and(|&add_on| add_on > 0)
    }

    /// True if there is an add-on.
    pub fn has_add_ons(&self) -> bool {
        self.add_ons.iter().any(|&add_on| add_on > 0)
    }

    /// Writes the sections.
    pub(super) fn write(&self, file: &mut FlatWriter) -> Result<()> {
        self.kinds.write(file, "titles.kinds")?;
        self.fits.write(file, "titles.fits")?;
        file.section::<u8>("titles.by_model", &self.by_model)?;
        self.purposes.write(file, "titles.purposes")?;
        self.values.write(file, "titles.values")?;
        file.section::<u8>("titles.add_ons", &self.add_ons)
    }

    /// Opens the sections of `products` ordinals; files of earlier releases have none, and so no kinds.
    ///
    /// # Errors
    /// [`crate::error::Error::Corrupt`] if they do not fit the catalogue.
    pub(super) fn open(file: &FlatFile, products: usize) -> Result<Self> {
        if !file.has("titles.add_ons") {
            return Ok(Self::default());
        }
        let later = |name: &str| match file.has(&format!("{name}.starts")) {
            true => StoredLists::open(file, name, products, usize::MAX),
            false => Ok(Lists::<u32>::default().into()),
        };
        Ok(Self {
            purposes: later("titles.purposes")?,
            values: later("titles.values")?,
            kinds: StoredLists::open(file, "titles.kinds", products, usize::MAX)?,
            fits: StoredLists::open(file, "titles.fits", products, products)?,
            by_model: file.section_of("titles.by_model", products)?,
            add_ons: file.section_of("titles.add_ons", products)?,
        })
    }
}

/// The products that a product is made for, ascending, and true if they follow from a model.
fn made_for(
    titles: &Titles,
    named: &Lists,
    catalogue: &CatalogueView<'_>,
    product: Ordinal,
    tally: &mut SparseCounter,
) -> (Vec<Ordinal>, bool) {
    let at = product.index();
    let heads = titles.heads.get(at);
    for &word in titles.made_for.get(at) {
        let holders = named.get(word as usize);
        if holders.len() <= MOST_TITLES {
            let weight = if titles.models[word as usize] { MODEL_WEIGHT } else { 1.0 };
            holders.iter().for_each(|&holder| tally.add(holder, weight));
        }
    }
    let is_other = |other: Ordinal| {
        let others = titles.heads.get(other.index());
        let apart = match heads.is_empty() || others.is_empty() {
            true => other.index() < catalogue.products() && !catalogue.share_leaf(product, other),
            false => !heads.iter().any(|head| others.contains(head)),
        };
        apart && other.index() < catalogue.products() && !catalogue.same_group(product, other)
    };
    let found: Vec<(Ordinal, f32)> = tally.drain().filter(|one| is_other(one.0)).collect();
    let most = found.iter().map(|one| one.1).fold(0.0, f32::max);
    let fits: Vec<Ordinal> = found.iter().filter(|one| one.1 == most).map(|one| one.0).collect();
    match most >= FEWEST_WORDS && fits.len() <= MOST_FITS {
        true => (fits, most >= MODEL_WEIGHT),
        false => (Vec::new(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::NO_GROUP;
    use crate::id::CategoryNumber;

    #[test]
    fn values_of_one_group_must_meet() {
        let [aa, aaa] = [0, 1].map(|number| fitting_value(FittingKind::Cell, number));
        let [twelve, eighteen] = [2, 3].map(|number| fitting_value(FittingKind::Volts, number));
        let e27 = fitting_value(FittingKind::Base, 4);
        assert!(values_clash(&[aa], &[aaa], false) && values_clash(&[aaa], &[eighteen], true));
        assert!(values_clash(&[twelve], &[eighteen], false), "a battery of other volts");
        assert!(!values_clash(&[twelve], &[eighteen], true), "drills of other volts are alternatives");
        assert!(!values_clash(&[aa, aaa], &[aa], false) && !values_clash(&[twelve], &[twelve, eighteen], false));
        assert!(!values_clash(&[e27], &[aa], false) && !values_clash(&[], &[aa], true));
    }

    #[test]
    fn ink_fits_its_printer_and_no_other() -> Result<()> {
        // Printers 0 and 1 (category 0), their inks 2 and 3, paper 4 (category 1).
        let catalogue =
            CatalogueView::new(&[NO_GROUP; 5], &[0, 1, 2, 3, 4, 5], CategoryNumber::slice(&[0, 0, 1, 1, 1]), 2)?;
        let mut titles = Titles::default();
        let [printer, ink, paper] = [0; 3].map(|_| titles.number(false));
        let [third, fourth] = [0; 2].map(|_| titles.number(true));
        titles.push(&TitleRow {
            heads: &[printer],
            names: &[printer, third],
            made_for: &[third],
            ..TitleRow::default()
        });
        titles.push(&TitleRow {
            heads: &[printer],
            names: &[printer, fourth],
            made_for: &[fourth],
            ..TitleRow::default()
        });
        titles.push(&TitleRow {
            heads: &[ink],
            names: &[ink, printer, third],
            made_for: &[printer, third],
            ..TitleRow::default()
        });
        titles.push(&TitleRow {
            heads: &[ink],
            names: &[ink, printer, fourth],
            made_for: &[printer, fourth],
            ..TitleRow::default()
        });
        titles.push(&TitleRow { heads: &[paper], names: &[paper], add_on: true, ..TitleRow::default() });
        let kinds = ProductKinds::of(&titles, &catalogue, Ordinal::slice(&[1]));
        let fit = |one, other| kinds.fit(&catalogue, Ordinal::new(one), Ordinal::new(other));
        assert_eq!((fit(0, 2), fit(2, 0), fit(0, 3), fit(3, 0)), {
            (ModelFit::Fits, ModelFit::Fits, ModelFit::OtherModel, ModelFit::OtherModel)
        });
        assert_eq!(fit(0, 4), ModelFit::Unknown);
        let same = |one, other| kinds.same_kind(Ordinal::new(one), Ordinal::new(other));
        assert_eq!((same(0, 1), same(0, 2), same(0, 99)), (Some(true), Some(false), None));
        let add_ons: Vec<u32> = (0..5).filter(|&at| kinds.is_add_on(Ordinal::new(at))).collect();
        assert_eq!(add_ons, [1, 4]);
        Ok(())
    }
}
