//! The current state of every product: the snapshot and the changes since. For a product changed only by
//! patches of whole fields, the merged patch is held in memory instead of the product.

use std::collections::HashMap;
use std::path::Path;

use tastemaker_index::product::Product;

use super::change::{ChangeAction, ProductChange};
use super::log::{self, Changes};
use super::snapshot::CatalogueSnapshot;
use crate::store::error::Result;
use crate::store::folder::DataFolder;

/// The net effect of changes since a state of the catalogue, by product.
#[derive(Debug, Default)]
pub struct ChangedProducts {
    acts: HashMap<String, ChangeAction>,
    /// Ids in the order of their first change.
    ids: Vec<String>,
}

/// Looks up a product as it was before all of the changes.
type Before<'a> = &'a mut dyn FnMut(&str) -> Result<Option<Product>>;

impl ChangedProducts {
    /// Adds a change; `before` looks up a product as it was before all changes.
    pub fn note(&mut self, change: ProductChange, before: Before<'_>) -> Result<()> {
        let ProductChange { id, act, .. } = change;
        if let Some(patch) = act.flat_patch() {
            match self.acts.get_mut(&id) {
                None => self.insert(id, act),
                Some(ChangeAction::Patch(fields)) => fields.extend(patch.clone()),
                Some(ChangeAction::Put(_)) => self.settle(id, &act, before)?,
                // A patch of a deleted product has no effect.
                Some(ChangeAction::Delete) => {}
            }
            return Ok(());
        }
        match act {
            ChangeAction::Patch(_) => self.settle(id, &act, before),
            act => {
                self.insert(id, act);
                Ok(())
            }
        }
    }

    fn insert(&mut self, id: String, act: ChangeAction) {
        if self.acts.insert(id.clone(), act).is_none() {
            self.ids.push(id);
        }
    }

    /// Applies a change to a product and stores the result as a whole.
    fn settle(&mut self, id: String, act: &ChangeAction, before: Before<'_>) -> Result<()> {
        if let Some(product) = self.product(&id, before)? {
            let after = Self::after(&id, act, product);
            self.insert(id, ChangeAction::Put(Box::new(after)));
        }
        Ok(())
    }

    /// Applies a change that was valid when accepted. Over the product of a later feed it may not be valid
    /// any more; then it is logged and left out.
    fn after(id: &str, act: &ChangeAction, before: Product) -> Product {
        match act.applied(Some(before.clone())) {
            Ok(after) => after.unwrap_or(before),
            Err(error) => {
                tracing::warn!(id, %error, "a change is not valid for the product of the newer feed, and is left out");
                before
            }
        }
    }

    /// The product after all changes.
    pub fn product(&self, id: &str, before: Before<'_>) -> Result<Option<Product>> {
        match self.acts.get(id) {
            None => before(id),
            Some(ChangeAction::Delete) => Ok(None),
            Some(ChangeAction::Put(product)) => Ok(Some((**product).clone())),
            Some(patch) => Ok(before(id)?.map(|product| Self::after(id, patch, product))),
        }
    }

    /// The ids of changed products, in the order of their first change.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// True if nothing changed.
    pub fn is_empty(&self) -> bool {
        self.acts.is_empty()
    }
}

/// The current catalogue: snapshot plus log.
#[derive(Debug)]
pub struct CurrentCatalogue {
    folder: DataFolder,
    snapshot: Option<CatalogueSnapshot>,
    changed: ChangedProducts,
    version: u64,
}

impl CurrentCatalogue {
    /// Reads the snapshot and the log.
    pub fn open(folder: &DataFolder) -> Result<Self> {
        let mut snapshot = CatalogueSnapshot::open(folder)?;
        let mut version = snapshot.as_ref().map_or(0, |snapshot| snapshot.version);
        let mut changed = ChangedProducts::default();
        for change in Changes::since(&log::folder(folder)?, version)? {
            let change = change?;
            version = change.sequence;
            changed.note(change, &mut |id| read(&mut snapshot, id))?;
        }
        Ok(Self { folder: folder.clone(), snapshot, changed, version })
    }

    /// Reads everything again if the snapshot was replaced.
    pub fn refresh(&mut self) -> Result<()> {
        let current = match &self.snapshot {
            Some(snapshot) => snapshot.is_current(&self.folder)?,
            None => super::Catalogue::current(&self.folder)?.is_none(),
        };
        if !current {
            let version = self.version;
            *self = Self::open(&self.folder)?;
            self.version = self.version.max(version);
        }
        Ok(())
    }

    /// The catalogue's version: the sequence number of the last change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The current product with this id.
    pub fn product(&mut self, id: &str) -> Result<Option<Product>> {
        self.changed.product(id, &mut |id| read(&mut self.snapshot, id))
    }

    /// Applies a change that is already durable in the log.
    pub fn note(&mut self, change: ProductChange) -> Result<()> {
        self.version = change.sequence;
        self.changed.note(change, &mut |id| read(&mut self.snapshot, id))
    }

    /// Writes a new snapshot that includes every change; does nothing if there are none. Returns the version
    /// the snapshot includes. The caller holds the reindex lock.
    pub fn fold(mut self) -> Result<u64> {
        let written = self.snapshot.as_ref().map(|snapshot| snapshot.version);
        if self.changed.is_empty() {
            self.snapshot.as_mut().map_or(Ok(()), |snapshot| snapshot.seal(&self.folder))?;
            return Ok(written.unwrap_or(0));
        }
        if self.snapshot.as_ref().is_some_and(|snapshot| !snapshot.is_sealed()) {
            tracing::warn!("the catalogue had no products.seal; the new one has");
        }
        let mut out = super::Catalogue::begin_at(&self.folder, self.version)?;
        let mut dimensions = None;
        let mut acts = std::mem::take(&mut self.changed.acts);
        if let Some(mut snapshot) = self.snapshot.take() {
            snapshot.for_each(|line, product| {
                let vector = product.vector.as_ref().map(Vec::len);
                dimensions = dimensions.or(vector);
                match acts.remove(&product.id) {
                    None => out.push_line(line),
                    Some(ChangeAction::Delete) => Ok(()),
                    Some(ChangeAction::Put(product)) => out.push_line(&line_of(*product, dimensions)?),
                    Some(patch) => {
                        let id = product.id.clone();
                        out.push_line(&line_of(ChangedProducts::after(&id, &patch, product), dimensions)?)
                    }
                }
            })?;
        }
        let mut new: Vec<Product> = acts.into_values().filter_map(|act| act.applied(None).ok().flatten()).collect();
        new.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        for product in new {
            out.push_line(&line_of(product, dimensions)?)?;
        }
        out.commit()?;
        Ok(self.version)
    }
}

fn read(snapshot: &mut Option<CatalogueSnapshot>, id: &str) -> Result<Option<Product>> {
    snapshot.as_mut().map_or(Ok(None), |snapshot| snapshot.product(id))
}

/// The line of a product; a vector with a length other than the feed's is left out with a warning.
fn line_of(mut product: Product, dimensions: Option<usize>) -> Result<String> {
    if product.vector.as_ref().map(Vec::len) != dimensions && product.vector.is_some() {
        tracing::warn!(id = product.id, "the vector has another length than the catalogue's, and is left out");
        product.vector = None;
    }
    serde_json::to_string(&product)
        .map_err(|error| crate::store::StoreError::corrupt(Path::new("products"), 0, error.to_string()))
}
