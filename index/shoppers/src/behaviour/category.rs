//! Leaf categories bought together, and the popular products of each: complements for products without
//! baskets of their own (predict the complementary category first, then a product in it, as P-Companion
//! does). The test and ranking are those of products ([`super::complements`]). Two products of a basket
//! pair their categories only if they are neither variants nor share a leaf category. Settings:
//! [`ComplementSettings`]. Sections: the neighbour tables `categories.pairs` (with evidence) and
//! `categories.popular`, and `categories.several` (`u8`).

use std::collections::{HashMap, HashSet};

use super::baskets::Baskets;
use super::complements::scored;
use super::llr::PairCounts;
use super::popularity::Popularity;
use super::settings::ComplementSettings;
use super::several::Several;
use super::table::{Neighbour, NeighbourTable, keep_best};
use super::view::CatalogueView;
use crate::error::Result;
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::CategoryNumber;

/// Tables over category numbers.
#[derive(Debug, Clone)]
pub struct CategoryComplements {
    /// Complementary categories by category, with evidence.
    pub pairs: NeighbourTable<CategoryNumber, CategoryNumber>,
    /// Popular products by category; scores are popularity scores above 0.
    pub popular: NeighbourTable<CategoryNumber>,
    /// 1 if shoppers buy several products of the category, else 0; empty in files of earlier releases.
    pub several: Section<u8>,
}

impl CategoryComplements {
    /// Counts the baskets of each category and of each pair of categories.
    pub fn count(
        bought: &Baskets,
        catalogue: &CatalogueView<'_>,
        popularity: &Popularity,
        settings: &ComplementSettings,
    ) -> Self {
        let total = bought.len() as f64;
        let mut alone = vec![0u32; catalogue.categories()];
        let mut together: HashMap<(CategoryNumber, CategoryNumber), u32> = HashMap::new();
        let mut held: HashSet<CategoryNumber> = HashSet::new();
        let mut pairs: HashSet<(CategoryNumber, CategoryNumber)> = HashSet::new();
        for basket in bought.lists().iter() {
            held.extend(basket.iter().flat_map(|&product| catalogue.leaves(product)));
            held.drain().for_each(|category| alone[category.index()] += 1);
            for (at, &first) in basket.iter().enumerate() {
                for &second in &basket[at + 1..] {
                    if catalogue.same_group(first, second) || catalogue.share_leaf(first, second) {
                        continue;
                    }
                    for &a in catalogue.leaves(first) {
                        pairs.extend(catalogue.leaves(second).iter().map(|&b| (a.min(b), a.max(b))));
                    }
                }
            }
            pairs.drain().for_each(|pair| *together.entry(pair).or_default() += 1);
        }
        let mut rows: Vec<Vec<Neighbour<CategoryNumber>>> = vec![Vec::new(); catalogue.categories()];
        for (&(a, b), &count) in &together {
            let count_of = |category: CategoryNumber| f64::from(alone[category.index()]);
            let counts = PairCounts { together: f64::from(count), first: count_of(a), second: count_of(b), total };
            if let Some(partner) = scored(b, counts, settings) {
                rows[a.index()].push(partner);
                rows[b.index()].push(Neighbour { ordinal: a, ..partner });
            }
        }
        rows.iter_mut().for_each(|row| keep_best(row, settings.categories_per_row));
        Self {
            pairs: NeighbourTable::from_rows(rows),
            popular: popular(catalogue, popularity, settings),
            several: Vec::new().into(),
        }
    }

    /// The same tables with the categories of which shoppers buy several products.
    pub fn with_several(self, several: Several) -> Self {
        Self { several: several.0.into(), ..self }
    }

    /// Writes the sections.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        self.pairs.write(file, "categories.pairs")?;
        self.popular.write(file, "categories.popular")?;
        file.section::<u8>("categories.several", &self.several)
    }

    /// Opens the sections.
    ///
    /// # Errors
    /// [`crate::error::Error::Corrupt`] if they do not fit the catalogue.
    pub fn open(file: &FlatFile, products: usize, categories: usize) -> Result<Self> {
        Ok(Self {
            pairs: NeighbourTable::open(file, "categories.pairs", categories, categories)?,
            popular: NeighbourTable::open(file, "categories.popular", categories, products)?,
            several: match file.has("categories.several") {
                true => file.section("categories.several")?,
                false => Vec::new().into(),
            },
        })
    }
}

fn popular(
    catalogue: &CatalogueView<'_>,
    popularity: &Popularity,
    settings: &ComplementSettings,
) -> NeighbourTable<CategoryNumber> {
    let mut rows: Vec<Vec<Neighbour>> = vec![Vec::new(); catalogue.categories()];
    for &product in popularity.best_first() {
        let score = popularity.scores()[product.index()];
        if score <= 0.0 {
            break;
        }
        for &category in catalogue.leaves(product) {
            let row = &mut rows[category.index()];
            if row.len() < settings.products_per_category {
                row.push(Neighbour { ordinal: product, score, evidence: None });
            }
        }
    }
    NeighbourTable::from_rows(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{Lists, NO_GROUP, PopularitySettings, ProductKinds, Robots};
    use crate::id::Ordinal;

    #[test]
    fn categories_pair_through_different_products_of_their_baskets() -> Result<()> {
        // Products 0 and 1 lie in category 0, 2 and 3 in category 1, 4 in both 0 and 2, 5 in 3.
        let (starts, leaves) = ([0, 1, 2, 3, 4, 6, 7], CategoryNumber::array([0, 0, 1, 1, 0, 2, 3]));
        let catalogue = CatalogueView::new(&[NO_GROUP; 6], &starts, &leaves, 4)?;
        let kinds: [(usize, &[u32]); 4] = [(10, &[0, 2]), (10, &[1, 3]), (10, &[0, 1, 4]), (70, &[5])];
        let baskets: Lists =
            kinds.iter().flat_map(|&(count, basket)| std::iter::repeat_n(Ordinal::slice(basket), count)).collect();
        let settings = ComplementSettings::default();
        let nobody = (&Robots::default(), &ProductKinds::default());
        let popularity = Popularity::count(&[], &catalogue, &PopularitySettings::default(), nobody, 0);
        let table = CategoryComplements::count(&Baskets::from_lists(baskets), &catalogue, &popularity, &settings).pairs;
        let row = |category| {
            let row = table.neighbours(CategoryNumber::new(category));
            row.map(|n| (n.ordinal.get(), n.evidence.map(|e| e.together))).collect::<Vec<_>>()
        };
        assert_eq!(row(0), [(1, Some(20))], "product 4 shares category 0 with the others, so 0 and 2 do not pair");
        assert_eq!(row(1), [(0, Some(20))]);
        assert!(row(2).is_empty() && row(3).is_empty());
        Ok(())
    }
}
