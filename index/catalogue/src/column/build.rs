//! Builds the columns of a generation: takes products in order of their ordinals, writes the
//! sections of `columns.flat`. An attribute that is text in some products and a number in others
//! gets a column of each kind; the text column then also holds the numbers as printed.

use std::collections::{BTreeMap, HashMap};

use super::fields::{ATTRIBUTE_PREFIX, LOCATIONS, NUMBERS, Single, TEXTS, for_each_single, is_value};
use super::fold;
use super::geo::GeoPoint;
use super::layout::{ColumnEntry, Directory, Encoding, GeoEntry, KeywordEntry, NumericEntry, VERSION};
use super::rows::Shape;
use crate::error::{Error, Result};
use crate::flat::FlatWriter;
use crate::id::{Number, Ordinal, ValueId};
use crate::product::Product;

/// The most different attribute names one catalogue may have.
pub const MAX_ATTRIBUTES: usize = 20_000;

/// Collects the values of products, column by column.
#[derive(Debug)]
pub struct ColumnsBuilder {
    products: usize,
    texts: Vec<TextPairs>,
    numbers: Vec<NumberPairs>,
    places: Vec<(Ordinal, GeoPoint)>,
    attributes: BTreeMap<String, (TextPairs, NumberPairs)>,
}

type NumberPairs = Vec<(Ordinal, f64)>;

/// The texts of one column during the build.
#[derive(Debug, Default)]
struct TextPairs {
    ids: HashMap<String, ValueId>,
    pairs: Vec<(Ordinal, ValueId)>,
}

impl TextPairs {
    /// Adds a text of a product.
    fn push(&mut self, ordinal: Ordinal, text: &str) {
        let id = match self.ids.get(text) {
            Some(&id) => id,
            None => {
                let id = ValueId::from_index(self.ids.len());
                self.ids.insert(text.to_owned(), id);
                id
            }
        };
        self.pairs.push((ordinal, id));
    }
}

/// The sections of the file, as far as they are filled.
#[derive(Default)]
struct Sections {
    words: Vec<u32>,
    numbers: Vec<f64>,
    text: Vec<u8>,
}

impl Default for ColumnsBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl ColumnsBuilder {
    /// Starts without products.
    pub fn new() -> Self {
        let texts = TEXTS.iter().map(|_| TextPairs::default()).collect();
        let numbers = NUMBERS.iter().map(|_| NumberPairs::new()).collect();
        Self { products: 0, texts, numbers, places: Vec::new(), attributes: BTreeMap::new() }
    }

    /// Adds the product with the next ordinal.
    ///
    /// # Errors
    /// [`Error::Refused`] past [`MAX_ATTRIBUTES`] attribute names or the range of ordinals.
    pub fn push(&mut self, product: &Product) -> Result<()> {
        let ordinal = u32::try_from(self.products).ok().filter(|&ordinal| ordinal < u32::MAX).map(Ordinal::new);
        let ordinal = ordinal.ok_or_else(|| Error::Refused("a catalogue holds at most 2^32 - 1 products".into()))?;
        for ((_, read), texts) in TEXTS.iter().zip(&mut self.texts) {
            read(product, &mut |text| {
                if is_value(text) {
                    texts.push(ordinal, text);
                }
            });
        }
        for ((_, read), numbers) in NUMBERS.iter().zip(&mut self.numbers) {
            numbers.extend(read(product).filter(|number| number.is_finite()).map(|number| (ordinal, number)));
        }
        self.places.extend(GeoPoint::of(product).map(|place| (ordinal, place)));
        for (name, value) in &product.attributes {
            if !self.attributes.contains_key(name) {
                if self.attributes.len() == MAX_ATTRIBUTES {
                    let message = format!("more than {MAX_ATTRIBUTES} attribute names, `{name}` is one too many");
                    return Err(Error::Refused(message));
                }
                self.attributes.insert(name.clone(), Default::default());
            }
            if let Some((texts, numbers)) = self.attributes.get_mut(name) {
                for_each_single(value, |single| match single {
                    Single::Text(text) => texts.push(ordinal, text),
                    Single::Number(number) => numbers.push((ordinal, number)),
                });
            }
        }
        self.products += 1;
        Ok(())
    }

    /// Writes all sections; the caller closes the file.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Refused`] if one column has more than 4 GiB of texts.
    pub fn finish(self, writer: &mut FlatWriter) -> Result<()> {
        let mut sections = Sections::default();
        let mut columns = Vec::new();
        let products = self.products;
        for ((name, _), texts) in TEXTS.iter().zip(self.texts) {
            let keyword = Some(sections.keyword(name, products, texts)?);
            columns.push(ColumnEntry { name: (*name).to_owned(), keyword, numeric: None, geo: None });
        }
        for ((name, _), numbers) in NUMBERS.iter().zip(self.numbers) {
            let numeric = Some(sections.numeric(products, numbers));
            columns.push(ColumnEntry { name: (*name).to_owned(), keyword: None, numeric, geo: None });
        }
        let geo = Some(sections.geo(products, self.places)?);
        columns.push(ColumnEntry { name: LOCATIONS.to_owned(), keyword: None, numeric: None, geo });
        for (name, (mut texts, numbers)) in self.attributes {
            let name = format!("{ATTRIBUTE_PREFIX}{name}");
            let (has_texts, has_numbers) = (!texts.pairs.is_empty(), !numbers.is_empty());
            if has_texts {
                numbers.iter().for_each(|&(ordinal, number)| texts.push(ordinal, &number.to_string()));
            }
            let keyword = if has_texts { Some(sections.keyword(&name, products, texts)?) } else { None };
            let numeric = has_numbers.then(|| sections.numeric(products, numbers));
            if has_texts || has_numbers {
                columns.push(ColumnEntry { name, keyword, numeric, geo: None });
            }
        }
        let directory = serde_json::to_vec(&Directory { version: VERSION, products, columns })
            .map_err(|error| Error::Refused(format!("the directory of columns cannot be written: {error}")))?;
        writer.section("directory", &directory)?;
        writer.section("words", &sections.words)?;
        writer.section("numbers", &sections.numbers)?;
        writer.section("text", &sections.text)
    }
}

impl Sections {
    /// Appends a dictionary, its offsets, the rows, and the ids of respelled texts.
    fn keyword(&mut self, name: &str, products: usize, texts: TextPairs) -> Result<KeywordEntry> {
        let (words_at, text_at) = (self.words.len(), self.text.len());
        let mut dictionary: Vec<(String, ValueId)> = texts.ids.into_iter().collect();
        dictionary.sort_unstable_by(|(a, _), (b, _)| fold::compare(a, b).then_with(|| a.cmp(b)));
        let mut rank = vec![ValueId::default(); dictionary.len()];
        self.words.push(0);
        for (id, (text, first_seen)) in ValueId::enumerate(&dictionary) {
            rank[first_seen.index()] = id;
            self.text.extend_from_slice(text.as_bytes());
            self.words.push(narrow(name, self.text.len() - text_at)?);
        }
        let mut pairs = texts.pairs;
        pairs.iter_mut().for_each(|(_, id)| *id = rank[id.index()]);
        let Shape { encoding, distinct, rows, values } = self.rows(name, products, dictionary.len(), pairs)?;
        let respelled = (1u32..).zip(dictionary.windows(2)).filter(|(_, pair)| fold::equal(&pair[0].0, &pair[1].0));
        let before = self.words.len();
        self.words.extend(respelled.map(|(id, _)| id));
        let (respelled, text_bytes) = (self.words.len() - before, self.text.len() - text_at);
        Ok(KeywordEntry { encoding, words_at, text_at, text_bytes, distinct, rows, values, respelled })
    }

    /// Appends the distinct locations, latitudes first, then the rows.
    fn geo(&mut self, products: usize, places: Vec<(Ordinal, GeoPoint)>) -> Result<GeoEntry> {
        let words_at = self.words.len();
        let mut dictionary: Vec<GeoPoint> = places.iter().map(|(_, place)| *place).collect();
        dictionary.sort_unstable();
        dictionary.dedup();
        self.words.extend(dictionary.iter().map(|place| place.units().0 as u32));
        self.words.extend(dictionary.iter().map(|place| place.units().1 as u32));
        let id = |place: GeoPoint| ValueId::from_index(dictionary.partition_point(|other| *other < place));
        let pairs = places.into_iter().map(|(ordinal, place)| (ordinal, id(place))).collect();
        let Shape { encoding, distinct, rows, values } = self.rows(LOCATIONS, products, dictionary.len(), pairs)?;
        Ok(GeoEntry { encoding, words_at, distinct, rows, values })
    }

    /// Appends in this order: listed products (sparse only), row starts, ids of the rows, list starts, lists.
    fn rows(
        &mut self,
        name: &str,
        products: usize,
        distinct: usize,
        mut pairs: Vec<(Ordinal, ValueId)>,
    ) -> Result<Shape> {
        pairs.sort_unstable();
        pairs.dedup();
        narrow(name, pairs.len())?;
        let rows = without_repeats(pairs.iter().map(|&(ordinal, _)| ordinal));
        let encoding = if rows.len() * 2 >= products { Encoding::Dense } else { Encoding::Sparse };
        if encoding == Encoding::Sparse {
            self.words.extend(rows.iter().map(|ordinal| ordinal.get()));
            self.starts(rows.iter().copied(), pairs.iter().map(|pair| pair.0));
        } else {
            self.starts(Ordinal::all(products), pairs.iter().map(|pair| pair.0));
        }
        self.words.extend(pairs.iter().map(|pair| pair.1.get()));
        pairs.sort_unstable_by_key(|&(ordinal, id)| (id, ordinal));
        self.starts(ValueId::all(distinct), pairs.iter().map(|pair| pair.1));
        self.words.extend(pairs.iter().map(|pair| pair.0.get()));
        Ok(Shape { encoding, distinct, rows: rows.len(), values: pairs.len() })
    }

    /// Appends the offset at which each key's run begins in the ascending `keyed`, then the end of the last run.
    fn starts<N: Number>(&mut self, keys: impl Iterator<Item = N>, keyed: impl Iterator<Item = N>) {
        let mut keyed = keyed.peekable();
        let mut at = 0;
        self.words.push(0);
        for key in keys {
            while keyed.next_if_eq(&key).is_some() {
                at += 1;
            }
            self.words.push(at);
        }
    }

    fn numeric(&mut self, products: usize, mut pairs: NumberPairs) -> NumericEntry {
        let (words_at, numbers_at) = (self.words.len(), self.numbers.len());
        pairs.iter_mut().for_each(|(_, value)| *value += 0.0); // -0 becomes 0
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        pairs.dedup();
        let single = pairs.is_sorted_by(|a, b| a.0 < b.0);
        // A pair takes 12 bytes, a slot of a dense column 8.
        let encoding = if single && pairs.len() * 12 >= products * 8 { Encoding::Dense } else { Encoding::Sparse };
        if encoding == Encoding::Sparse {
            self.words.extend(pairs.iter().map(|pair| pair.0.get()));
            self.numbers.extend(pairs.iter().map(|pair| pair.1));
        } else {
            self.numbers.resize(numbers_at + products, f64::NAN);
            pairs.iter().for_each(|&(ordinal, value)| self.numbers[numbers_at + ordinal.index()] = value);
        }
        NumericEntry { encoding, words_at, numbers_at, values: pairs.len() }
    }
}

fn without_repeats(ascending: impl Iterator<Item = Ordinal>) -> Vec<Ordinal> {
    let mut values: Vec<Ordinal> = ascending.collect();
    values.dedup();
    values
}

fn narrow(name: &str, count: usize) -> Result<u32> {
    u32::try_from(count).map_err(|_| Error::Refused(format!("the values of `{name}` pass the limit of 2^32 - 1")))
}
