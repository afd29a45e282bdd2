//! Building a generation from the checked catalogue and the events: products
//! stream past once in ordinal order into every part that needs them, then
//! behaviour is counted, then the graph is built, then a ranking is learned, and
//! last the queries that shoppers succeeded with are asked of what was built.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::mpsc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::accompany::accompany;
use super::foresee::foresee;
use super::manifest::{FORMAT, Manifest};
use super::open::{
    BEHAVIOUR, COLUMNS, CORRECTIONS, FORESEEN, Generation, LEARNED, PRODUCTS, SUGGESTIONS, TEXT, WORDING,
};
use super::order::OrderedCatalogue;
use super::products::ProductsWriter;
use super::publish::{Building, Step};
use super::terms::TermsBuilder;
use crate::behaviour::{self, Behaviour, BehaviourBuilder, Collected, Given, HistoryLog, Interaction, Queries};
use crate::column::ColumnsBuilder;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::flat::FlatWriter;
use crate::id::Ordinal;
use crate::product::Product;
use crate::progress::Progress;
use crate::rank::learned::Model;
use crate::text::analysis::{Analyzer, Language};
use crate::text::suggest::{QuerySuggestion, ResultSummary, SuggestBuilder, Suggestions};
use crate::text::{AnalysisSettings, ForwardIndexWriter, LearnedCorrections, TextWriter, words_of};
use crate::vector::build::{GraphSettings, build as build_graph};
use crate::vector::embed::{Space, StaticTable, product_text};
use crate::vector::{VectorIndex, Vectors};

/// Products embedded at a time.
const BATCH: usize = 2048;
/// Batches read that wait to be embedded.
const BATCHES_WAITING: usize = 2;

/// How a generation is built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BuildSettings {
    /// Memory that learning may take, in megabytes, as far as it can be bounded: a quarter is for the history
    /// on its way in, and what is beyond goes to temporary files.
    pub memory_mb: usize,
    /// How behaviour is counted.
    pub behaviour: behaviour::Settings,
    /// How texts are analysed.
    pub text: AnalysisSettings,
}

impl Default for BuildSettings {
    fn default() -> Self {
        Self { memory_mb: 2048, behaviour: behaviour::Settings::default(), text: AnalysisSettings::default() }
    }
}

impl BuildSettings {
    /// Interactions held in memory.
    fn interactions(&self) -> usize {
        (self.memory_mb << 20) / 4 / size_of::<Interaction>()
    }
}

/// The pages of queries in an unpublished generation, as the shop would answer them; none for a query
/// that leads nowhere or is misspelt.
pub type Pages<'a> = dyn Fn(Generation, &[String]) -> Result<Vec<Option<ResultSummary>>> + 'a;

/// Reads tables counted elsewhere, finding products by their ids; the history, where there is one, into the log.
pub type Tables<'a> = dyn Fn(&dyn Fn(&str) -> Option<Ordinal>, HistoryLog) -> Result<Given> + 'a;

/// What a generation is built from.
pub struct BuildInput<'a> {
    /// The catalogue: one checked product a line, as [`crate::feed`] accepts them.
    pub catalogue: &'a Path,
    /// How many single changes the catalogue stands for.
    pub catalogue_version: u64,
    /// Everything shoppers did, oldest first; a repeated `message_id` counts once.
    pub events: &'a mut dyn Iterator<Item = Result<Event>>,
    /// Turns texts into vectors, unless the feed provides vectors.
    pub embedder: &'a StaticTable,
    /// The time of the build; popularity ages towards it.
    pub now: Timestamp,
    /// How many generations are kept, this one included.
    pub keep: usize,
    /// How behaviour is counted.
    pub settings: &'a BuildSettings,
    /// Asks for the pages of what shoppers searched for; without it no query of theirs is suggested.
    pub pages: Option<&'a Pages<'a>>,
    /// Behaviour tables to take as given; without it all are counted.
    pub tables: Option<&'a Tables<'a>>,
}

impl std::fmt::Debug for BuildInput<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("BuildInput").field("catalogue", &self.catalogue).finish_non_exhaustive()
    }
}

/// A published generation and what went into it.
#[derive(Debug)]
pub struct Built {
    /// Open and live.
    pub generation: Generation,
    /// What the events came to.
    pub events: Collected,
}

/// Learns a ranking from the parts of a generation under construction; `None` ships none.
pub type Learner<'a> = &'a mut dyn FnMut(Generation) -> Result<Option<Model>>;

/// Builds and publishes a generation in the folder `generations`; `observe` is
/// told each publishing step done.
///
/// # Errors
/// [`Error::Refused`] for an empty catalogue; I/O and damage as they come. The
/// live generation stays live on any error.
pub fn build(
    generations: &Path,
    input: &mut BuildInput<'_>,
    progress: &dyn Progress,
    observe: &mut dyn FnMut(Step),
) -> Result<Built> {
    build_and_learn(generations, input, progress, observe, None)
}

/// [`build`], with a ranking learned from the generation's own parts before it is published.
///
/// # Errors
/// As [`build`], and whatever the learner says.
pub fn build_and_learn(
    generations: &Path,
    input: &mut BuildInput<'_>,
    progress: &dyn Progress,
    observe: &mut dyn FnMut(Step),
    learner: Option<Learner<'_>>,
) -> Result<Built> {
    progress.stage("read", None);
    let mut catalogue = OrderedCatalogue::open(input.catalogue)?;
    if catalogue.is_empty() {
        return Err(Error::Refused("the catalogue has no products; the live generation stays".into()));
    }
    let building = Building::begin(generations, &input.now.strftime("%Y%m%dT%H%M%S-%3f").to_string())?;
    let folder = building.folder();
    let text = &input.settings.text;
    let words = words(&mut catalogue, text)?;
    let mut parts = Parts::create(folder, input.settings, words, catalogue.ranks())?;
    take_in(&mut catalogue, &mut parts, input.embedder, progress)?;
    let products = parts.ids.len() as u32;
    let learned = parts.finish(input, folder, progress)?;
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
        events: learned.collected.events,
        space,
        catalogue_version: input.catalogue_version,
        language: input.settings.text.language,
        files: BTreeMap::new(),
    };
    write_corrections(&learned.queries, folder, &manifest)?;
    if let Some(learn) = learner {
        progress.stage("learn", None);
        if let Some(model) = learn(Generation::of_parts(folder, manifest.clone(), Suggestions::none())?)? {
            model.write(&folder.join(LEARNED))?;
        }
    }
    let collected = learned.collected;
    if let Some(suggest) = suggest {
        write_suggestions(suggest, learned, input, folder, &manifest, progress)?;
    }
    progress.stage("publish", None);
    let generation = building.publish(manifest, input.keep, observe)?;
    Ok(Built { generation, events: collected })
}

/// Reads every product into the parts; meanwhile what was read is embedded.
fn take_in(
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
                // Refused only where embedding came to an end by a panic, which goes on below.
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

/// What the events came to beside the behaviour tables.
struct Learned {
    collected: Collected,
    queries: Queries,
    /// By ordinal.
    popularity: Vec<f32>,
}

/// Writes the corrections that shoppers taught.
fn write_corrections(queries: &Queries, folder: &Path, manifest: &Manifest) -> Result<()> {
    let mut analyzer = Analyzer::new(manifest.language);
    let pairs = queries.corrections.iter().map(|pair| (&*pair.typed, &*pair.meant));
    LearnedCorrections::new(pairs, &mut analyzer).write(&folder.join(CORRECTIONS))
}

/// Writes suggestions: queries of shoppers only where they lead somewhere now.
fn write_suggestions(
    suggest: SuggestBuilder,
    learned: Learned,
    input: &BuildInput<'_>,
    folder: &Path,
    manifest: &Manifest,
    progress: &dyn Progress,
) -> Result<()> {
    let Learned { queries: Queries { successful, .. }, popularity, .. } = learned;
    let mut led = Vec::new();
    if let Some(pages) = input.pages.filter(|_| !successful.is_empty()) {
        progress.stage("suggestions", None);
        let texts: Vec<String> = successful.iter().map(|query| query.text.clone()).collect();
        let pages = pages(Generation::of_parts(folder, manifest.clone(), Suggestions::none())?, &texts)?;
        let some = successful.into_iter().zip(pages).filter_map(|(query, page)| Some((query, page?)));
        led.extend(some.map(|(query, page)| QuerySuggestion {
            text: query.text,
            successes: query.successes,
            results: page,
        }));
    }
    suggest.finish(&folder.join(SUGGESTIONS), led, |ordinal| popularity[ordinal as usize])
}

/// The words that compounds are taken apart into; one more pass, only where a language has compounds.
fn words(catalogue: &mut OrderedCatalogue, settings: &AnalysisSettings) -> Result<HashSet<String>> {
    let mut words = HashSet::new();
    if settings.language.compounds() || catalogue.langs.iter().any(|lang| Language::of(lang).compounds()) {
        for ordinal in 0..catalogue.len() {
            words_of(&catalogue.read(ordinal)?, settings, &mut words);
        }
    }
    Ok(words)
}

/// Everything products stream into.
struct Parts {
    text: TextWriter,
    products: ProductsWriter,
    columns: Option<ColumnsBuilder>,
    suggest: Option<SuggestBuilder>,
    wording: Option<ForwardIndexWriter>,
    terms: Option<TermsBuilder>,
    ids: HashMap<String, Ordinal>,
    embedded: Vec<f32>,
    provided: BTreeMap<Ordinal, Vec<f32>>,
}

impl Parts {
    fn create(folder: &Path, settings: &BuildSettings, words: HashSet<String>, ranks: Vec<u32>) -> Result<Self> {
        let text = &settings.text;
        Ok(Self {
            text: TextWriter::create(&folder.join(TEXT), text, words)?,
            products: ProductsWriter::create(&folder.join(PRODUCTS), ranks)?,
            columns: Some(ColumnsBuilder::new()),
            suggest: Some(SuggestBuilder::default()),
            wording: Some(ForwardIndexWriter::new(text)),
            terms: Some(TermsBuilder::new(text, &settings.behaviour.content)),
            ids: HashMap::new(),
            embedded: Vec::new(),
            provided: BTreeMap::new(),
        })
    }

    fn push(&mut self, mut product: Product) -> Result<()> {
        let ordinal = self.ids.len() as Ordinal;
        // Vectors are for searching; answers do not repeat them.
        if let Some(vector) = product.vector.take() {
            self.provided.insert(ordinal, vector);
        }
        let json = serde_json::to_string(&product).map_err(|error| Error::Refused(error.to_string()))?;
        self.text.push(&product)?;
        self.products.push(&product, &json)?;
        if let Some(columns) = &mut self.columns {
            columns.push(&product)?;
        }
        if let Some(suggest) = &mut self.suggest {
            suggest.push(&product);
        }
        if let Some(wording) = &mut self.wording {
            wording.push(&product)?;
        }
        if let Some(terms) = &mut self.terms {
            terms.push(&product);
        }
        self.ids.insert(product.id, ordinal);
        Ok(())
    }

    /// Writes columns and behaviour.
    fn finish(&mut self, input: &mut BuildInput<'_>, folder: &Path, progress: &dyn Progress) -> Result<Learned> {
        if let Some(columns) = self.columns.take() {
            let mut file = FlatWriter::create(&folder.join(COLUMNS))?;
            columns.finish(&mut file)?;
            file.finish()?;
        }
        if let Some(wording) = self.wording.take() {
            wording.finish(&folder.join(WORDING))?;
        }
        progress.stage("behaviour", None);
        let mut builder = BehaviourBuilder::bounded(folder, input.settings.interactions());
        if let Some(tables) = input.tables {
            let history = HistoryLog::settled(folder, input.settings.interactions());
            builder.give(tables(&|id| self.ids.get(id).copied(), history)?);
        }
        for event in &mut *input.events {
            builder.push(&event?, |id| self.ids.get(id).copied());
            progress.advance(1);
        }
        let collected = builder.collected();
        let view = self.products.view()?;
        let now_ms = input.now.as_millisecond();
        let queries = builder.queries(&input.settings.behaviour.queries, now_ms);
        let terms = self.terms.take().map(TermsBuilder::finish).unwrap_or_default();
        let mut behaviour = builder.build(&input.settings.behaviour, &view, &terms, now_ms, progress)?;
        progress.stage("carts", None);
        behaviour.companions = accompany(&mut behaviour, view, progress);
        progress.stage("write", None);
        let mut file = FlatWriter::create(&folder.join(BEHAVIOUR))?;
        behaviour.write(&mut file)?;
        file.finish()?;
        progress.stage("order", None);
        let Behaviour { hidden, content, blend, .. } = &behaviour;
        let forest = hidden.as_ref().and_then(|hidden| foresee(hidden, content, blend, view, progress));
        if let Some(forest) = forest {
            forest.save(&folder.join(FORESEEN))?;
        }
        Ok(Learned { collected, queries, popularity: behaviour.popularity.scores().to_vec() })
    }
}

/// Writes vectors and graph; returns their space and how many products have a direction.
fn write_vectors(
    parts: &mut Parts,
    embedder: &StaticTable,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<(Space, u32)> {
    let products = parts.ids.len();
    let embedded = std::mem::take(&mut parts.embedded);
    // Vectors of two embedders cannot be compared: once the feed provides any, only those count.
    let (space, values) = match parts.provided.first_key_value() {
        None => (embedder.space().clone(), embedded),
        Some((_, first)) => {
            let dimensions = first.len();
            let mut values = vec![0f32; products * dimensions];
            for (&ordinal, vector) in &parts.provided {
                values[ordinal as usize * dimensions..][..dimensions].copy_from_slice(vector);
            }
            let without = products - parts.provided.len();
            if without > 0 {
                progress.note(&format!("{without} products have no vector in the feed and are found by words only"));
            }
            (Space::provided(dimensions), values)
        }
    };
    let vectors = Vectors::from_rows(space.dimensions, values)?;
    let with_vector = (0..products as Ordinal).filter(|&ordinal| vectors.has_direction(ordinal)).count() as u32;
    progress.stage("graph", Some(100));
    let reported = std::sync::atomic::AtomicU64::new(0);
    let graph = build_graph(&vectors, GraphSettings::default(), &|done, total| {
        let percent = done * 100 / total.max(1);
        let before = reported.fetch_max(percent, std::sync::atomic::Ordering::Relaxed);
        progress.advance(percent.saturating_sub(before));
    });
    VectorIndex::new(vectors, graph)?.write(folder)?;
    Ok((space, with_vector))
}
