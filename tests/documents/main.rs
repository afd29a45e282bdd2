//! Every command and request in README.md and docs/ is run against the demo shop, page by page, and its
//! answer compared with the one the page shows.
//!
//! A block ```` ```sh ```` holds commands; the block ```` ```json ````, ```` ```ndjson ```` or ```` ```text ```` after it is
//! their answer, in which `…` says that more follows. ```` ```toml ```` is a settings file, ```` ```python ```` a program, ```` ```sql ```` a
//! query for DuckDB.
//! `sh,ignore` marks the few commands that cannot be run here. `DOCS_PAGE=docs/guide/search.md` runs one page.

#[path = "../support/mod.rs"]
mod support;

mod answer;
mod page;
mod workplace;

use std::path::{Path, PathBuf};

use page::{Block, Page};
use support::Done;
use workplace::Workplace;

/// README.md and everything below docs/, in the order of their paths.
fn pages() -> Done<Vec<Page>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = support::walk(&root.join("docs"))?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.insert(0, root.join("README.md"));
    paths.insert(1, root.join("ARCHITECTURE.md"));
    paths.insert(2, root.join("CONTRIBUTING.md"));
    paths.iter().filter(|path| path.exists()).map(|path| Page::read(root, path)).collect()
}

/// Runs the blocks of a page in order; every difference is one message. Also counts the queries that nothing here runs.
fn run(page: &Page) -> Done<(Vec<String>, usize)> {
    let place = Workplace::new()?;
    let (mut wrong, mut not_run) = (Vec::new(), 0);
    for (at, block) in page.blocks.iter().enumerate() {
        let answer = page.blocks.get(at + 1).filter(|next| next.is_answer());
        let result = match &*block.language {
            _ if !block.is_run() => Ok(()),
            "sh" => place.shell(&block.text).and_then(|printed| match answer {
                Some(shown) => answer::compare(&shown.language, &shown.text, &printed),
                None => Ok(()),
            }),
            "python" => place.python(&block.text),
            "toml" => place.settings(&block.text),
            "sql" => place.sql(&block.text).map(|ran| not_run += usize::from(ran.is_none())),
            _ => Ok(()),
        };
        if let Err(error) = result {
            wrong.push(format!("{}:{}: {error}", page.name, block.line));
        }
    }
    Ok((wrong, not_run))
}

#[test]
fn every_command_and_request_answers_as_its_page_shows() -> Done {
    if let Some(missing) = ["bash", "curl", "jq", "python3", "timeout"].into_iter().find(|tool| !workplace::has(tool)) {
        println!("examples of the documents: NOT RUN, {missing} is not installed");
        return Ok(());
    }
    let only = std::env::var("DOCS_PAGE").ok();
    let pages = pages()?;
    let (mut wrong, mut not_run) = (Vec::new(), 0);
    for page in pages.iter().filter(|page| only.as_ref().is_none_or(|only| *only == page.name)) {
        if page.blocks.iter().any(Block::is_run) {
            let (found, without) = run(page)?;
            println!("{}: {} blocks, {} wrong", page.name, page.blocks.len(), found.len());
            not_run += without;
            wrong.extend(found);
        }
    }
    let count = |of: fn(&Block) -> usize| pages.iter().flat_map(|page| &page.blocks).map(of).sum::<usize>();
    println!("commands and requests in documents   {}", count(Block::commands));
    println!("  of them run by this test           {}", count(Block::commands_run) - not_run);
    let pairs = pages.iter().flat_map(|page| page.blocks.windows(2));
    println!(
        "answers compared                     {}",
        pairs.filter(|pair| pair[0].is_run() && pair[1].is_answer()).count()
    );
    assert!(wrong.is_empty(), "{} blocks:\n{}", wrong.len(), wrong.join("\n\n"));
    Ok(())
}

#[test]
fn links_between_pages_lead_somewhere() -> Done {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for page in pages()? {
        let folder = root.join(&page.name).parent().map(Path::to_path_buf).unwrap_or_default();
        for link in &page.links {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { root.join(&page.name) } else { folder.join(file) };
            let found = target.exists()
                && (anchor.is_empty()
                    || target.extension().is_none_or(|ending| ending != "md")
                    || Page::read(root, &target)?.anchors.iter().any(|known| known == anchor));
            if !found {
                broken.push(format!("{}: {link}", page.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    Ok(())
}
