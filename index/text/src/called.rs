//! What products are called, against what their descriptions only mention.

use super::understand::{QuerySlot, Understood};
use super::{TextIndex, TextSettings};
use crate::bitmap::Bitmap;
use crate::error::Result;

/// Reads what products are called.
#[derive(Clone, Copy)]
pub struct CalledReader<'a> {
    /// The index.
    pub index: &'a TextIndex,
    /// The settings of its fields.
    pub settings: &'a TextSettings,
}

/// Settings under which only fields that say what a product is are searched: a description mentions other things too.
fn naming(settings: &TextSettings) -> TextSettings {
    TextSettings { description: 0.0, ..settings.clone() }
}

impl CalledReader<'_> {
    /// True if none of some products names any word of a query that must be there: their descriptions only mention them, and
    /// no description begins with one.
    pub fn only_mentions(self, understood: &Understood, found: &Bitmap) -> Result<bool> {
        let settings = naming(self.settings);
        for slot in understood.slots.iter().filter(|slot| slot.required) {
            let is_named = self.index.matcher().products_of(slot, &settings, Some(found))?.count() > 0;
            if is_named || self.index.kinds(slot, Some(found))?.by_description.count() > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The allowed products that are called what a slot names: by their title, brand or attributes, by a category of one
    /// kind, or by what their description begins with.
    pub(super) fn called(self, slot: &QuerySlot, allowed: Option<&Bitmap>) -> Result<Bitmap> {
        let naming = TextSettings { category: 0.0, ..naming(self.settings) };
        let mut called = self.index.matcher().products_of(slot, &naming, allowed)?;
        let kinds = self.index.kinds(slot, allowed)?;
        let mut besides = kinds.by_category;
        besides.or(&kinds.by_description);
        called.or(&besides);
        Ok(called)
    }

    /// Of some products, those that have everything that a query asks for outside their descriptions; `None` for a query that
    /// requires nothing.
    pub fn named_all(self, understood: &Understood, of: &Bitmap) -> Result<Option<Bitmap>> {
        let required = understood.slots.iter().filter(|slot| slot.required);
        self.index.matcher().products_of_all(required, &naming(self.settings), Some(of))
    }

    /// Of some products, those that are called everything that a query asks for, by their title, brand or attributes; `None`
    /// for a query that requires nothing.
    pub fn called_all(self, understood: &Understood, of: &Bitmap) -> Result<Option<Bitmap>> {
        let settings = TextSettings { category: 0.0, ..naming(self.settings) };
        self.index.matcher().products_of_all(understood.slots.iter().filter(|slot| slot.required), &settings, Some(of))
    }
}
