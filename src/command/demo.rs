//! `tastemaker demo`: a made-up shop with a year of shoppers that ends today, built from the fixtures in the
//! binary and served with its pages.

mod calendar;

use std::io::Cursor;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;

use super::import::Incoming;
use super::reindex::{ReindexInput, reindex};
use super::{print, replay, serve};
use crate::config::Config;
use crate::store::DataFolder;

/// The products of the demo shop, one JSON object a line.
const PRODUCTS: &str = include_str!("../../fixtures/shop/products.jsonl");
/// The events of the demo shop, one JSON object a line.
const EVENTS: &str = include_str!("../../fixtures/shop/events.ndjson");

/// The file that marks a data folder as the demo's own.
const MARK: &str = "DEMO";

/// Arguments of `tastemaker demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArguments {
    /// The data folder of the demo; it is created if it does not exist.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    pub data: PathBuf,
    /// Address and port to listen on; port 0 takes a free port.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &DemoArguments, config: Option<&Path>) -> anyhow::Result<()> {
    let mut config = Config::load(config, Some(&arguments.data))?;
    if let Some(listen) = &arguments.listen {
        config.server.listen.clone_from(listen);
    }
    config.server.storefront = true;
    // The address is tried first, so that nothing is built in vain.
    TcpListener::bind(&config.server.listen).with_context(|| {
        format!(
            "cannot listen on {}; choose another address with --listen, such as 127.0.0.1:8080",
            config.server.listen
        )
    })?;
    claim(&arguments.data)?;
    let now = Timestamp::now();
    let folder = DataFolder::open(&arguments.data)?;
    print::line(&format!("Building the demo shop in {} ...", arguments.data.display()));
    let shop = serve::open_shop(folder.clone(), &config)?;
    let events =
        replay::parse(PathBuf::from("the demo shop's events"), Cursor::new(calendar::events_until(now, EVENTS)?));
    replay::replay(&shop, events)?;
    let products = Cursor::new(calendar::products_at(now, PRODUCTS)?);
    let feed = Incoming { max_bad_share: 0.0, ..Incoming::native(Box::new(products), &config) };
    let summary = reindex(&folder, ReindexInput { feed: Some(feed), ..ReindexInput::default() }, &config)?;
    shop.refresh()?;
    let manifest = &summary.built.generation.manifest;
    print::line(&format!("{} products, {} events of the past year", manifest.products, manifest.events));
    serve::serve(shop, config, |address| print::line(&what_to_try(address)))
}

/// Marks the folder as the demo's own.
///
/// # Errors
/// If the folder holds another shop, or cannot be written.
fn claim(data: &Path) -> anyhow::Result<()> {
    let mark = data.join(MARK);
    if mark.exists() {
        return Ok(());
    }
    if ["catalogue", "journal", "generations"].iter().any(|name| data.join(name).exists()) {
        bail!("{} holds another shop; give the demo a folder of its own with --data", data.display());
    }
    std::fs::create_dir_all(data).with_context(|| format!("cannot make the folder {}", data.display()))?;
    std::fs::write(&mark, "This folder belongs to `tastemaker demo`; delete it to start again.\n")
        .with_context(|| format!("cannot write {}", mark.display()))
}

/// The address and two things to try there.
fn what_to_try(address: SocketAddr) -> String {
    format!(
        "\nThe demo shop is open: http://{address}\n\n\
         Choose a shopper in the bar at the top, and click \"Why?\" on any product. The API is below /v1, for example\n\n\
         curl -s 'http://{address}/v1/search?q=coffee&per_page=3&user_id=shopper-brew&explain=true'\n\n\
         Stop it with Ctrl-C."
    )
}
