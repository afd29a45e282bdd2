//! `tastemaker explain`: why a product is, or is not, on the page of a search, in words; with `--json` in
//! data. Reads a data folder beside a running server and asks for nobody in particular; for one shopper
//! ask the server (`POST /v1/search/explain`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use tastemaker_index::Engine;
use tastemaker_index::engine::{RequestContext, Verdict, Why};
use tastemaker_index::hit::Explanation;
use tastemaker_index::query::SearchQuery;

use super::embedder;
use crate::config::Config;
use crate::shop::with_changes_since;
use crate::store::DataFolder;
use crate::store::curation::CurationFiles;

/// Arguments of `tastemaker explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What was searched for.
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
pub fn run(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<()> {
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
        false => print!("{}", told(&why)),
    }
    Ok(())
}

/// The answer in words.
fn told(why: &Why) -> String {
    let mut lines = vec![format!("{}: {}", why.id, verdict(&why.verdict))];
    if let Some(corrected) = &why.corrected_query {
        lines.push(format!("searched for `{corrected}`: a word was taken for misspelt"));
    }
    if let Some(rewritten) = &why.rewritten_query {
        lines.push(format!("searched for `{rewritten}`: a rule says so"));
    }
    if !why.applied_rules.is_empty() {
        lines.push(format!("rules that hold: {}", why.applied_rules.join(", ")));
    }
    for category in &why.likely_categories {
        let moved = if category.boosted { ", its products are moved up" } else { "" };
        lines.push(format!("likely about {} ({:.0} %{moved})", category.category, category.share * 100.0));
    }
    for word in &why.words {
        let held = if word.held { "has" } else { "does not have" };
        lines.push(format!("{held} `{}`, worth {:.1}", word.word, word.worth));
    }
    if let Some(explain) = &why.explain {
        lines.push(format!(
            "{:<12}{:>10}{}",
            "",
            why.id,
            why.last_on_page.as_ref().map_or_else(String::new, |last| format!("  {:>10} (last on the page)", last.id))
        ));
        for (name, value) in factors(explain) {
            let other = why.last_on_page.as_ref().and_then(|last| factors(&last.explain).find(|(of, _)| *of == name));
            let beside = other.map_or_else(String::new, |(_, other)| format!("  {other:>10.4}"));
            lines.push(format!("{name:<12}{value:>10.4}{beside}"));
        }
    }
    lines.join("\n") + "\n"
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::OnThePage { place, pinned: false } => format!("is on the page, at place {place}"),
        Verdict::OnThePage { place, pinned: true } => format!("is on the page, pinned to place {place} by a rule"),
        Verdict::OnAnotherPage { place, page } => format!("is at place {place}, on page {page}"),
        Verdict::Variant { shown, place } => format!("is a variant of {shown}, which is shown at place {place}"),
        Verdict::TooDeep { depth } => format!("matches, but lies behind place {depth}, the last that can be paged to"),
        Verdict::Filtered => "does not pass the filter of the search".to_owned(),
        Verdict::HiddenByRules => "is hidden by a rule, or does not pass a rule's filter".to_owned(),
        Verdict::ExcludedWord => "has a word that the search excludes".to_owned(),
        Verdict::LacksPhrase => "lacks what stands in quotes, which other products have".to_owned(),
        Verdict::Refined => "matches, but does not pass what the shopper has chosen".to_owned(),
        Verdict::NoMatch { share, cosine } => {
            let near =
                cosine.map_or_else(String::new, |cosine| format!(", and its likeness to the query is {cosine:.2}"));
            format!("does not match: it has {:.0} % of what the words are worth{near}", share * 100.0)
        }
        Verdict::Unknown => "is not in the catalogue".to_owned(),
    }
}

/// The parts of a score by name, and the score.
fn factors(explain: &Explanation) -> impl Iterator<Item = (&'static str, f32)> {
    let parts = explain.signals.iter().map(|signal| (signal.name, signal.contribution));
    parts.chain([("score", explain.score)])
}
