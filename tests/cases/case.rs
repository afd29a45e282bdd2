//! One file of `kinds/`: a catalogue or a feed, settings, and requests in their order.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::expectation::Expectation;
use super::support::client::Client;
use super::support::server::Server;
use super::support::{Done, binary, empty_folder, reindex, run, tastemaker};

/// A kind of input.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[serde(skip)]
    pub(crate) name: String,
    /// The right outcome, in a sentence; it is part of every failure.
    about: String,
    /// The text of `tastemaker.toml`.
    #[serde(default)]
    settings: String,
    /// Products in the native format, one a line.
    products: Option<String>,
    /// Adds products that have nothing to do with the kind (`others.jsonl`).
    #[serde(default)]
    others: bool,
    feed: Option<FeedFile>,
    #[serde(default)]
    ask: Vec<Ask>,
}

/// A file of a feed, which `import --check` reports on first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeedFile {
    name: String,
    text: String,
    #[serde(default)]
    options: Vec<String>,
    /// Lines of the report.
    #[serde(default)]
    reports: Vec<String>,
    /// Texts that the report must not have.
    #[serde(default)]
    silent: Vec<String>,
}

/// A request, and what is right.
#[derive(Debug, Deserialize)]
struct Ask {
    /// Method and address; a search without it.
    send: Option<String>,
    /// The words of a search.
    query: Option<String>,
    /// The body, or the rest of it beside `query`.
    #[serde(default)]
    body: serde_json::Map<String, Value>,
    #[serde(flatten)]
    expected: Expectation,
}

impl Case {
    /// Every case of a folder, by name.
    pub(crate) fn all(folder: &Path) -> Done<Vec<Self>> {
        let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Done<Vec<_>>>()?;
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Done<Self> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let case: Self = toml::from_str(&fs::read_to_string(path)?).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name, ..case })
    }

    fn catalogue(&self) -> String {
        let others = if self.others { include_str!("others.jsonl") } else { "" };
        format!("{}\n{others}", self.products.as_deref().unwrap_or_default().trim())
    }

    /// Everything that is not right.
    pub(crate) fn run(&self) -> Done<Vec<String>> {
        let folder = empty_folder()?;
        fs::write(folder.path().join("tastemaker.toml"), &self.settings)?;
        let mut wrong = Vec::new();
        if let Some(feed) = &self.feed {
            wrong.extend(feed.import(folder.path())?);
            reindex(folder.path(), None, None)?.done()?;
        } else {
            let file = folder.path().join("products.jsonl");
            fs::write(&file, self.catalogue())?;
            reindex(folder.path(), Some(&file), None)?.done()?;
        }
        if !self.ask.is_empty() {
            let server = Server::start(folder.path())?;
            for ask in &self.ask {
                wrong.extend(ask.wrong(&server)?);
            }
        }
        Ok(wrong.into_iter().map(|wrong| format!("{wrong}\n    ({})", self.about)).collect())
    }
}

impl FeedFile {
    /// Checks and imports the feed into the data folder, and returns what the report should say differently.
    fn import(&self, data: &Path) -> Done<Vec<String>> {
        let file = data.join(&self.name);
        fs::write(&file, &self.text)?;
        let path = file.to_string_lossy().into_owned();
        let mut check = binary();
        let report =
            run(check.args(["import", "--check", &path, "--max-bad-share", "1"]).args(&self.options))?.done()?.out;
        let missing = self.reports.iter().filter(|line| !report.contains(*line)).map(|line| format!("lacks `{line}`"));
        let stray = self.silent.iter().filter(|line| report.contains(*line)).map(|line| format!("says `{line}`"));
        let wrong = missing.chain(stray).map(|wrong| format!("the report {wrong}:\n{report}")).collect();
        let data = data.to_string_lossy().into_owned();
        let mut import = vec!["import", "--data", &data, &path, "--max-bad-share", "1"];
        import.extend(self.options.iter().map(|option| &**option));
        tastemaker(import)?.done()?;
        Ok(wrong)
    }
}

impl Ask {
    /// The fault of an answer.
    fn wrong(&self, client: &Client) -> Done<Vec<String>> {
        let mut body = self.body.clone();
        if let Some(query) = &self.query {
            body.insert("query".to_owned(), json!(query));
            body.entry("personalize").or_insert(json!(false));
        }
        let body = Value::Object(body);
        let send = self.send.as_deref().unwrap_or("POST /v1/search");
        let (method, address) = send.split_once(' ').ok_or("`send` needs a method and an address")?;
        let reply = match method {
            "GET" | "DELETE" => client.send(method, address, "application/json", b"")?,
            _ => client.send(method, address, "application/json", body.to_string().as_bytes())?,
        };
        let wrong = self.expected.wrong(reply.status, &reply.body);
        Ok(wrong.into_iter().map(|wrong| format!("{send} {body}: {wrong}")).collect())
    }
}
