//! `tastemaker demo`: builds the fixture shop as if its year ended today, replays its shoppers, and opens it
//! in the browser's reach.

mod calendar;

use std::io::Cursor;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;

use super::import::Incoming;
use super::reindex::{reindex, say};
use super::{replay, serve};
use crate::config::Config;
use crate::store::DataFolder;

const PRODUCTS: &str = include_str!("../../fixtures/shop/products.jsonl");
/// The file that tells a folder of the demo from a shop's.
const MARK: &str = "DEMO";
const EVENTS: &str = include_str!("../../fixtures/shop/events.ndjson");

/// Arguments of `tastemaker demo`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data folder; created when missing.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    pub data: PathBuf,
    /// Address and port; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<()> {
    let mut config = Config::load(config, Some(&arguments.data))?;
    if let Some(listen) = &arguments.listen {
        config.server.listen.clone_from(listen);
    }
    config.server.storefront = true;
    // Nothing is built for an address that cannot be had.
    TcpListener::bind(&config.server.listen)
        .with_context(|| format!("cannot listen on {}; choose another address with --listen", config.server.listen))?;
    claim(&arguments.data)?;
    let now = Timestamp::now();
    let folder = DataFolder::open(&arguments.data)?;
    let shop = serve::open(folder.clone(), &config)?;
    let events =
        replay::parse(PathBuf::from("the demo shop's events"), Cursor::new(calendar::events_until(now, EVENTS)?));
    let replayed = replay::replay(&shop, events)?;
    say(&format!("{} events of the demo shop replayed, {} known before", replayed.accepted, replayed.duplicates));
    let products = Cursor::new(calendar::products_at(now, PRODUCTS)?);
    let products = Incoming { max_bad_share: 0.0, ..Incoming::native(Box::new(products), &config) };
    let built = reindex(&folder, Some(products), None, &config)?;
    say(&format!("{} products indexed", built.generation.manifest.products));
    shop.refresh()?;
    serve::serve(shop, config, |address| say(&what_to_try(address)))
}

/// Marks the folder as the demo's, and refuses one in which another shop lies.
fn claim(data: &Path) -> anyhow::Result<()> {
    let mark = data.join(MARK);
    if mark.exists() {
        return Ok(());
    }
    if ["catalogue", "journal", "generations"].iter().any(|name| data.join(name).exists()) {
        bail!("{} holds another shop; give the demo a folder of its own with --data", data.display());
    }
    std::fs::create_dir_all(data).with_context(|| format!("cannot make the folder {}", data.display()))?;
    std::fs::write(&mark, "This folder belongs to `tastemaker demo`; delete it to begin anew.\n")
        .with_context(|| format!("cannot write {}", mark.display()))
}

fn what_to_try(address: SocketAddr) -> String {
    format!(
        "\nThe demo shop is open: http://{address}\n\n\
         Choose in the bar on top who you are, and click Why? on anything you see. The API is below /v1, for example\n\n\
         curl -s 'http://{address}/v1/search?q=coffee&per_page=3&user_id=shopper-brew&explain=true'\n\n\
         Stop it with Ctrl-C."
    )
}
