//! One page of the documentation: its fenced blocks, headings and links.

use std::fs;
use std::path::Path;

use crate::support::Done;

/// A page as it is read from disk.
pub(crate) struct Page {
    /// Path from the root of the repository.
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
    /// Addresses without a scheme: of other files, or of headings.
    pub(crate) links: Vec<String>,
    /// The anchors of its headings.
    pub(crate) anchors: Vec<String>,
}

/// A fenced block.
pub(crate) struct Block {
    /// Line of its fence, from 1.
    pub(crate) line: usize,
    /// The first word after the fence, without what follows a comma.
    pub(crate) language: String,
    ignored: bool,
    pub(crate) text: String,
}

impl Block {
    /// True for the answer of the commands before it.
    pub(crate) fn is_answer(&self) -> bool {
        ["json", "ndjson", "text"].contains(&&*self.language) && !self.ignored
    }

    /// True when the test runs it.
    pub(crate) fn is_run(&self) -> bool {
        ["sh", "python", "toml", "sql"].contains(&&*self.language) && !self.ignored
    }

    /// Commands in it: lines of a shell block that begin one, else the block itself.
    pub(crate) fn commands(&self) -> usize {
        match &*self.language {
            "sh" => commands(&self.text),
            "python" | "toml" | "sql" => 1,
            _ => 0,
        }
    }

    /// Commands in it that the test runs.
    pub(crate) fn commands_run(&self) -> usize {
        if self.is_run() { self.commands() } else { 0 }
    }
}

/// Lines that begin a command: not blank, no comment, not inside a quoted argument or a continued line.
fn commands(text: &str) -> usize {
    let (mut count, mut quoted, mut continued) = (0, false, false);
    for line in text.lines() {
        let begins = !quoted && !continued && !line.trim().is_empty() && !line.trim_start().starts_with('#');
        count += usize::from(begins);
        quoted ^= line.matches('\'').count() % 2 == 1;
        continued = line.trim_end().ends_with('\\');
    }
    count
}

impl Page {
    /// Reads the file `path` below `root`.
    pub(crate) fn read(root: &Path, path: &Path) -> Done<Self> {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(path)?;
        let mut page = Self { name, blocks: Vec::new(), links: Vec::new(), anchors: Vec::new() };
        let mut open: Option<Block> = None;
        for (line, content) in (1..).zip(text.lines()) {
            match (&mut open, content.trim_start().strip_prefix("```")) {
                (Some(_), Some(_)) => page.blocks.extend(open.take()),
                (Some(block), None) => {
                    block.text.push_str(content);
                    block.text.push('\n');
                }
                (None, Some(info)) => {
                    let mut words = info.split(',').map(str::trim);
                    let language = words.next().unwrap_or_default().to_owned();
                    let ignored = words.any(|word| word == "ignore");
                    open = Some(Block { line, language, ignored, text: String::new() });
                }
                (None, None) => page.read_words(content),
            }
        }
        match open {
            Some(block) => Err(format!("{}:{}: the block has no end", page.name, block.line).into()),
            None => Ok(page),
        }
    }

    fn read_words(&mut self, line: &str) {
        if let Some(heading) = line.strip_prefix('#') {
            self.anchors.push(anchor(heading.trim_start_matches('#').trim()));
        }
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split(')').next().unwrap_or_default();
            if !target.contains("://") && !target.starts_with("mailto:") {
                self.links.push(target.split_whitespace().next().unwrap_or_default().to_owned());
            }
        }
    }
}

/// The anchor of a heading: small letters, digits and hyphens.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
