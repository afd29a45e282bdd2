//! Titles as rows of recommendations use them: products of one kind are alternatives, a product that is made for one
//! model fits no other, and add-ons go with everything and therefore with nothing in particular.
//!
//! A product is made for those products of other kinds whose titles have most of the words that it says it is made for;
//! a model (`printer 3`) counts as [`MODEL_WEIGHT`] words. Sections: the lists `titles.kinds` (terms) and `titles.fits`
//! (products), `titles.by_model` and `titles.add_ons` (`u8` by ordinal).

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
    /// True for each number that is a model.
    models: Vec<bool>,
    add_ons: Vec<u8>,
}

impl Titles {
    /// Adds the next product: the numbers of the words that name its kind, of all its words, and of those that it is
    /// made for; and true if the shop marks it as an add-on.
    pub fn push(&mut self, heads: &[u32], names: &[u32], made_for: &[u32], add_on: bool) {
        self.heads.push(heads);
        self.names.push(names);
        self.made_for.push(made_for);
        self.add_ons.push(u8::from(add_on));
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
    /// By a model one is made for products like the other, but not for it.
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
}

impl Default for ProductKinds {
    fn default() -> Self {
        let (kinds, fits): (Lists<u32>, Lists) = Default::default();
        let (kinds, fits) = (kinds.into(), fits.into());
        Self { kinds, fits, by_model: Vec::new().into(), add_ons: Vec::new().into() }
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
        let mut kinds: Lists<u32> = Lists::default();
        let empty: &[u32] = &[];
        (0..products).for_each(|at| kinds.push(if at < titles.heads.len() { titles.heads.get(at) } else { empty }));
        Self { kinds: kinds.into(), fits: fits.into(), by_model: by_model.into(), add_ons: add_ons.into() }
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

    /// The fit of two products to each other.
    pub fn fit(&self, catalogue: &CatalogueView<'_>, one: Ordinal, other: Ordinal) -> ModelFit {
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
        Ok(Self {
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
    fn ink_fits_its_printer_and_no_other() -> Result<()> {
        // Printers 0 and 1 (category 0), their inks 2 and 3, paper 4 (category 1).
        let catalogue =
            CatalogueView::new(&[NO_GROUP; 5], &[0, 1, 2, 3, 4, 5], CategoryNumber::slice(&[0, 0, 1, 1, 1]), 2)?;
        let mut titles = Titles::default();
        let [printer, ink, paper] = [0; 3].map(|_| titles.number(false));
        let [third, fourth] = [0; 2].map(|_| titles.number(true));
        titles.push(&[printer], &[printer, third], &[third], false);
        titles.push(&[printer], &[printer, fourth], &[fourth], false);
        titles.push(&[ink], &[ink, printer, third], &[printer, third], false);
        titles.push(&[ink], &[ink, printer, fourth], &[printer, fourth], false);
        titles.push(&[paper], &[paper], &[], true);
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
