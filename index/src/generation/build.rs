//! Builds a generation from the checked catalogue and the events. Every product streams past once, in ordinal
//! order, into all parts that need it. Then behaviour is counted, vectors and their graph are written, the
//! trainers of [`BuildInput::trainers`] are called, and last the queries of shoppers are searched in the
//! unpublished generation, so that only those with results are suggested.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::mpsc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::choose::chosen;
use super::count::{CountedBehaviour, count_behaviour};
use super::manifest::{FORMAT, Manifest};
use super::open::{CORRECTIONS, Generation, LEARNED, SUGGESTIONS};
use super::order::OrderedCatalogue;
use super::parts::Parts;
use super::publish::{Building, PublishStep};
use super::trainers::Trainers;
use crate::behaviour::{self, Collected, Given, HistoryLog, Interaction, Queries};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::Ordinal;
use crate::progress::Progress;
use crate::text::analysis::{Analyzer, Language};
use crate::text::suggest::{QuerySuggestion, ResultSummary, SuggestBuilder, Suggestions};
use crate::text::{AnalysisSettings, LearnedCorrections, words_of};
use crate::vector::build::{GraphSettings, build as build_graph};
use crate::vector::embed::{Space, StaticTable, product_text};
use crate::vector::{VectorIndex, Vectors};

/// Products embedded at a time.
const BATCH: usize = 2048;
/// Batches that may wait to be embedded before reading pauses.
const BATCHES_WAITING: usize = 2;

/// The settings of a build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BuildSettings {
    /// Memory in megabytes that counting behaviour may take, as far as it can be bounded. A quarter holds the
    /// history as it comes in; interactions beyond that go to temporary files.
    pub memory_mb: usize,
    /// The settings of counting behaviour.
    pub behaviour: behaviour::Settings,
    /// The settings of text analysis.
    pub text: AnalysisSettings,
}

impl Default for BuildSettings {
    fn default() -> Self {
        Self { memory_mb: 2048, behaviour: behaviour::Settings::default(), text: AnalysisSettings::default() }
    }
}

impl BuildSettings {
    /// The largest number of interactions held in memory.
    pub(super) fn interactions(&self) -> usize {
        (self.memory_mb << 20) / 4 / size_of::<Interaction>()
    }
}

/// Searches queries in an unpublished generation: the first page of each, as the shop would answer it. `None`
/// for a query without results or with a misspelling.
pub type QueryPages<'a> = dyn Fn(Generation, &[String]) -> Result<Vec<Option<ResultSummary>>> + 'a;

/// Reads tables that were counted elsewhere. The first argument finds a product's ordinal by its id; a history
/// goes into the log.
pub type Tables<'a> = dyn Fn(&dyn Fn(&str) -> Option<Ordinal>, HistoryLog) -> Result<Given> + 'a;

/// The input of a build.
pub struct BuildInput<'a> {
    /// The catalogue: one checked product a line, in the format that [`crate::feed`] writes.
    pub catalogue: &'a Path,
    /// The number of single changes that the catalogue includes.
    pub catalogue_version: u64,
    /// All events, oldest first; a repeated `message_id` counts once.
    pub events: &'a mut dyn Iterator<Item = Result<Event>>,
    /// Turns texts into vectors, unless the feed provides vectors.
    pub embedder: &'a StaticTable,
    /// The time of the build, to which popularity ages.
    pub now: Timestamp,
    /// The number of generations to retain, this one included.
    pub keep: usize,
    /// The settings.
    pub settings: &'a BuildSettings,
    /// Searches the queries of shoppers; without it none of them is suggested.
    pub pages: Option<&'a QueryPages<'a>>,
    /// Behaviour tables that were counted elsewhere; without it all are counted here.
    pub tables: Option<&'a Tables<'a>>,
    /// The models to train, for example [`crate::learning::trainers`].
    pub trainers: Trainers<'a>,
}

impl std::fmt::Debug for BuildInput<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("BuildInput").field("catalogue", &self.catalogue).finish_non_exhaustive()
    }
}

/// A published generation, live unless another one was chosen by name, with a summary of its events.
#[derive(Debug)]
pub struct Built {
    /// The generation, open.
    pub generation: Generation,
    /// The number of events that were counted and left out.
    pub events: Collected,
    /// The generation that was chosen by name and therefore stays in force.
    pub held_by: Option<String>,
}

/// Builds and publishes a generation in the folder `generations`. `observe` is called after each step of
/// publishing.
///
/// # Errors
/// [`Error::Refused`] for an empty catalogue; errors of reading, writing and of the trainers as they come. On
/// any error the live generation stays live.
pub fn build(
    generations: &Path,
    input: &mut BuildInput<'_>,
    progress: &dyn Progress,
    observe: &mut dyn FnMut(PublishStep),
) -> Result<Built> {
    progress.stage("read", None);
    let mut catalogue = OrderedCatalogue::open(input.catalogue)?;
    if catalogue.is_empty() {
        return Err(Error::Refused("the catalogue has no products; the live generation stays".into()));
    }
    let building = Building::begin(generations, &input.now.strftime("%Y%m%dT%H%M%S-%3f").to_string())?;
    let folder = building.folder();
    let words = compound_words(&mut catalogue, &input.settings.text)?;
    let mut parts = Parts::create(folder, input.settings, words, catalogue.ranks())?;
    stream_products(&mut catalogue, &mut parts, input.embedder, progress)?;
    let products = parts.ids.len() as u32;
    parts.write_columns(folder)?;
    let counted = count_behaviour(&mut parts, input, folder, progress)?;
    let (space, with_vector) = write_vectors(&mut parts, input.embedder, folder, progress)?;
    let Parts { text, products: products_file, suggest, .. } = parts;
    text.finish()?;
    products_file.finish()?;
    let manifest = Manifest {
        format: FORMAT,
        id: String::new(),
        created_at: input.now,
        products,
        with_vector,
        events: counted.collected.events,
        space,
        catalogue_version: input.catalogue_version,
        language: input.settings.text.language,
        files: BTreeMap::new(),
    };
    write_corrections(&counted.queries, folder, &manifest)?;
    train_search_order(input, folder, &manifest, progress)?;
    let collected = counted.collected;
    if let Some(suggest) = suggest {
        write_suggestions(suggest, counted, input, folder, &manifest, progress)?;
    }
    progress.stage("publish", None);
    let generation = building.publish(manifest, input.keep, observe)?;
    Ok(Built { generation, events: collected, held_by: chosen(generations)? })
}

/// The words that compounds are split into. A pass over all products of its own, made only if the language of
/// the shop or of a product has compounds.
fn compound_words(catalogue: &mut OrderedCatalogue, settings: &AnalysisSettings) -> Result<HashSet<String>> {
    let mut words = HashSet::new();
    if settings.language.compounds() || catalogue.langs.iter().any(|lang| Language::of(lang).compounds()) {
        for ordinal in 0..catalogue.len() {
            words_of(&catalogue.read(ordinal)?, settings, &mut words);
        }
    }
    Ok(words)
}

/// Reads every product into the parts, and embeds batches of them on another thread meanwhile.
fn stream_products(
    catalogue: &mut OrderedCatalogue,
    parts: &mut Parts,
    embedder: &StaticTable,
    progress: &dyn Progress,
) -> Result<()> {
    progress.stage("index", Some(catalogue.len() as u64));
    let (read, batches) = mpsc::sync_channel::<Vec<String>>(BATCHES_WAITING);
    std::thread::scope(move |scope| {
        let embed = move || batches.iter().flat_map(|texts| embedder.embed_all(&texts)).flatten().collect();
        let embedding = scope.spawn(embed);
        let mut texts = Vec::with_capacity(BATCH);
        for ordinal in 0..catalogue.len() {
            let product = catalogue.read(ordinal)?;
            texts.push(product_text(&product));
            parts.push(product)?;
            if texts.len() == BATCH || ordinal + 1 == catalogue.len() {
                progress.advance(texts.len() as u64);
                // Sending fails only if the embedding thread panicked; the join below passes that panic on.
                if read.send(std::mem::take(&mut texts)).is_err() {
                    break;
                }
            }
        }
        drop(read);
        parts.embedded = embedding.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok(())
    })
}

/// Writes the model of the search order, if one is trained and ships.
fn train_search_order(
    input: &mut BuildInput<'_>,
    folder: &Path,
    manifest: &Manifest,
    progress: &dyn Progress,
) -> Result<()> {
    let Some(train) = &mut input.trainers.search_order else { return Ok(()) };
    progress.stage("ranking", None);
    match train(Generation::of_parts(folder, manifest.clone(), Suggestions::none())?)? {
        Some(model) => model.write(&folder.join(LEARNED)),
        None => Ok(()),
    }
}

/// Writes the corrections and other words learned from the queries that shoppers retyped.
fn write_corrections(queries: &Queries, folder: &Path, manifest: &Manifest) -> Result<()> {
    let mut analyzer = Analyzer::new(manifest.language);
    let pairs = queries.corrections.iter().map(|pair| (&*pair.typed, &*pair.meant));
    let rewordings = queries.rewordings.iter().map(|pair| (&*pair.typed, &*pair.meant));
    let learned = LearnedCorrections::new(pairs, &mut analyzer).with_rewordings(rewordings, &mut analyzer);
    learned.write(&folder.join(CORRECTIONS))
}

/// Writes the suggestions. A query of shoppers is suggested only if it has results in this generation.
fn write_suggestions(
    suggest: SuggestBuilder,
    counted: CountedBehaviour,
    input: &BuildInput<'_>,
    folder: &Path,
    manifest: &Manifest,
    progress: &dyn Progress,
) -> Result<()> {
    let CountedBehaviour { queries: Queries { successful, .. }, popularity, .. } = counted;
    let mut queries = Vec::new();
    if let Some(pages) = input.pages.filter(|_| !successful.is_empty()) {
        progress.stage("suggestions", None);
        let texts: Vec<String> = successful.iter().map(|query| query.text.clone()).collect();
        let pages = pages(Generation::of_parts(folder, manifest.clone(), Suggestions::none())?, &texts)?;
        let with_results = successful.into_iter().zip(pages).filter_map(|(query, page)| Some((query, page?)));
        queries.extend(with_results.map(|(query, page)| QuerySuggestion {
            text: query.text,
            successes: query.successes,
            results: page,
        }));
    }
    suggest.finish(&folder.join(SUGGESTIONS), queries, |ordinal| popularity[ordinal.index()])
}

/// Writes vectors and graph; returns the vector space and the number of products with a vector above zero length.
fn write_vectors(
    parts: &mut Parts,
    embedder: &StaticTable,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<(Space, u32)> {
    let products = parts.ids.len();
    let embedded = std::mem::take(&mut parts.embedded);
    // Vectors of two embedders cannot be compared: if the feed provides any, only those count.
    let (space, values) = match parts.provided.first_key_value() {
        None => (embedder.space().clone(), embedded),
        Some((_, first)) => {
            let dimensions = first.len();
            let mut values = vec![0f32; products * dimensions];
            for (&ordinal, vector) in &parts.provided {
                values[ordinal.index() * dimensions..][..dimensions].copy_from_slice(vector);
            }
            let without = products - parts.provided.len();
            if without > 0 {
                progress.note(&format!("{without} products have no vector in the feed and are found by words only"));
            }
            (Space::provided(dimensions), values)
        }
    };
    let vectors = Vectors::from_rows(space.dimensions, values)?;
    let with_vector = Ordinal::all(products).filter(|&ordinal| vectors.has_direction(ordinal)).count() as u32;
    progress.stage("graph", Some(100));
    let reported = std::sync::atomic::AtomicU64::new(0);
    let graph = build_graph(&vectors, GraphSettings::default(), &|done, total| {
        let percent = done * 100 / total.max(1);
        // Threads report out of order: advance only by what is beyond the highest report so far.
        let before = reported.fetch_max(percent, std::sync::atomic::Ordering::Relaxed);
        progress.advance(percent.saturating_sub(before));
    });
    VectorIndex::new(vectors, graph)?.write(folder)?;
    Ok((space, with_vector))
}
