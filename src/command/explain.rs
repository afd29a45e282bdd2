//! `tastemaker explain`: explains in words why a product is, or is not, on the page of a search; with `--json` as
//! data. Reads a data folder beside a running server, and searches without a shopper; for one shopper, ask the
//! server (`POST /v1/search/explain`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::Timestamp;
use tastemaker_index::Engine;
use tastemaker_index::engine::{PageOutcome, RequestContext, Why};
use tastemaker_index::hit::Explanation;
use tastemaker_index::query::SearchQuery;

use super::embedder;
use crate::config::Config;
use crate::shop::with_changes_since;
use crate::store::DataFolder;
use crate::store::curation::CurationFiles;

/// Arguments of `tastemaker explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArguments {
    /// The query of the search.
    pub query: String,
    /// The product in question, by id.
    #[arg(long, value_name = "ID")]
    pub product: String,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The filter of the search.
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// The page in question.
    #[arg(long, default_value_t = 1)]
    pub page: usize,
    /// Hits a page.
    #[arg(long, default_value_t = 20)]
    pub per_page: usize,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
pub fn run(arguments: &ExplainArguments, config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config, Some(&arguments.data))?;
    let folder = DataFolder::open(&arguments.data)?;
    let embedder = embedder(config.reindex.model.as_deref())?;
    let group = config.search.group;
    let engine = Engine::open(&folder.generations(), Arc::clone(&embedder), config.search)?;
    let engine = with_changes_since(&folder, engine)?;
    let document = CurationFiles::of(&folder).read()?.document;
    let curation = engine.compile(&document).context("reading the rules")?;
    let query = SearchQuery {
        query: arguments.query.clone(),
        filter: arguments.filter.clone(),
        page: arguments.page,
        per_page: arguments.per_page,
        group,
        ..SearchQuery::default()
    };
    let request_context =
        RequestContext { now: Timestamp::now(), curation: Some(&curation), ..RequestContext::default() };
    let why = engine.why(&query, &request_context, &arguments.product)?;
    match arguments.json {
        true => println!("{}", serde_json::to_string_pretty(&why)?),
        false => print!("{}", explained(&why)),
    }
    if matches!(why.verdict, PageOutcome::Unknown) {
        bail!("{} is not in the catalogue; name the product by its id, as the feed has it", why.id);
    }
    Ok(())
}

/// The explanation in words.
fn explained(why: &Why) -> String {
    let mut lines = vec![format!("{}: {}", why.id, outcome(&why.verdict))];
    lines.extend(why.steps.iter().map(|step| step.sentence.clone()));
    for category in &why.likely_categories {
        let moved = if category.boosted { ", its products are moved up" } else { "" };
        lines.push(format!("likely about {} ({:.0} %{moved})", category.category, category.share * 100.0));
    }
    for word in &why.words {
        let has = if word.matched { "has" } else { "does not have" };
        lines.push(format!("{has} `{}`, weight {:.1}", word.word, word.weight));
    }
    if let Some(explain) = &why.explain {
        lines.push(format!(
            "{:<12}{:>10}{}",
            "",
            why.id,
            why.last_on_page.as_ref().map_or_else(String::new, |last| format!("  {:>10} (last on the page)", last.id))
        ));
        for (name, value) in contributions(explain) {
            let other =
                why.last_on_page.as_ref().and_then(|last| contributions(&last.explain).find(|(of, _)| *of == name));
            let beside = other.map_or_else(String::new, |(_, other)| format!("  {other:>10.4}"));
            lines.push(format!("{name:<12}{value:>10.4}{beside}"));
        }
    }
    lines.join("\n") + "\n"
}

fn outcome(outcome: &PageOutcome) -> String {
    match outcome {
        PageOutcome::OnThePage { place, pinned: false } => format!("is on the page, at place {place}"),
        PageOutcome::OnThePage { place, pinned: true } => format!("is on the page, pinned to place {place} by a rule"),
        PageOutcome::OnAnotherPage { place, page } => format!("is at place {place}, on page {page}"),
        PageOutcome::Variant { shown, place } => format!("is a variant of {shown}, which is shown at place {place}"),
        PageOutcome::TooDeep { depth } => {
            format!("matches, but lies behind place {depth}, the last that pages reach")
        }
        PageOutcome::Filtered => "does not pass the filter of the search".to_owned(),
        PageOutcome::SoldOut => "is sold out, and `search.sold_out` hides such products".to_owned(),
        PageOutcome::HiddenByRules => "is hidden by a rule, or does not pass a rule's filter".to_owned(),
        PageOutcome::LeftOut { part } => format!("is left out by `{part}` in the search"),
        PageOutcome::ExcludedWord => "has a word that the search excludes".to_owned(),
        PageOutcome::LacksPhrase => "lacks a quoted phrase".to_owned(),
        PageOutcome::Refined => "matches, but does not pass the refinements".to_owned(),
        PageOutcome::NoMatch { share, cosine } => {
            let near =
                cosine.map_or_else(String::new, |cosine| format!(", and its likeness to the query is {cosine:.2}"));
            format!("does not match: it has {:.0} % of the words by weight{near}", share * 100.0)
        }
        PageOutcome::Unknown => "is not in the catalogue".to_owned(),
    }
}

/// The contribution of every signal by name, and the score.
fn contributions(explain: &Explanation) -> impl Iterator<Item = (&'static str, f32)> {
    let parts = explain.signals.iter().map(|signal| (signal.name, signal.contribution));
    parts.chain([("score", explain.score)])
}
