//! For whom products are, as far as they say so: for children, for women, for men. A product that says nothing is for
//! adults, unless most products of its leaf category are for children.

use rustc_hash::FxHashMap;

use super::MeaningReader;
use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::error::Result;
use crate::id::{CategoryNumber, Ordinal};
use crate::text::meant::{MeantGender, MeantPerson};

/// The sets of products for children, for women and for men.
#[derive(Debug)]
pub(in crate::engine) struct Audiences {
    young: Bitmap,
    women: Bitmap,
    men: Bitmap,
}

impl Audiences {
    pub(super) fn of(snapshot: &Snapshot) -> Result<Self> {
        let phrases = snapshot.book.phrases(None);
        let reader = MeaningReader { snapshot };
        let of = |wanted: &dyn Fn(&MeantPerson) -> bool| {
            let kinds = MeantPerson::KINDS.iter().filter(|(_, person)| wanted(person)).map(|(kind, _)| *kind);
            reader.for_kinds(&kinds.collect::<Vec<_>>(), &phrases)
        };
        let mut young = of(&MeantPerson::is_young)?;
        let grown = of(&|person| person.gender.is_some() && !person.is_young())?;
        let products = &snapshot.generation.products;
        let mut counts: FxHashMap<CategoryNumber, (u32, u32)> = FxHashMap::default();
        for product in Ordinal::all(products.len()) {
            for leaf in products.leaves(product) {
                let (all, of_children) = counts.entry(*leaf).or_default();
                *all += 1;
                *of_children += u32::from(young.contains(product));
            }
        }
        for product in Ordinal::all(products.len()).filter(|&product| !grown.contains(product)) {
            let mostly = |leaf| counts.get(leaf).is_some_and(|(all, of_children)| of_children * 2 > *all);
            if products.leaves(product).iter().any(mostly) {
                young.insert(product);
            }
        }
        let women = of(&|person| person.gender == Some(MeantGender::Female))?;
        let men = of(&|person| person.gender == Some(MeantGender::Male))?;
        Ok(Self { young, women, men })
    }

    /// True if one product is for children and the other is not, or one for women only and the other for men only.
    pub(in crate::engine) fn differ(&self, one: Ordinal, other: Ordinal) -> bool {
        let gender = |product| (self.women.contains(product), self.men.contains(product));
        let genders =
            matches!((gender(one), gender(other)), ((true, false), (false, true)) | ((false, true), (true, false)));
        self.young.contains(one) != self.young.contains(other) || genders
    }
}
