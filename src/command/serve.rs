//! `tastemaker serve`: the API over the current generation, until stopped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

use super::embedder;
use super::reindex::say;
use crate::config::Config;
use crate::http;
use crate::shop::Shop;
use crate::store::DataFolder;
use crate::store::archive::Archivist;

/// Arguments of `tastemaker serve`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Address and port, instead of the settings'; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Also serve the demo shop's pages, at `/`, over your catalogue.
    #[arg(long)]
    pub storefront: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<()> {
    if !arguments.data.is_dir() {
        bail!(
            "{} does not exist: run `tastemaker reindex --data {} --catalog FILE` first",
            arguments.data.display(),
            arguments.data.display()
        );
    }
    let mut config = Config::load(config, Some(&arguments.data))?;
    if let Some(listen) = &arguments.listen {
        config.server.listen.clone_from(listen);
    }
    config.server.storefront |= arguments.storefront;
    let folder = DataFolder::open(&arguments.data)?;
    let shop = open(folder, &config)?;
    shop.engine()?;
    serve(shop, config, |address| say(&format!("listening on http://{address}")))
}

/// Opens the shop of a data folder.
pub fn open(folder: DataFolder, config: &Config) -> anyhow::Result<Shop> {
    let embedder = embedder(config.reindex.model.as_deref())?;
    Ok(Shop::open(folder, embedder, config.search.clone(), &config.events)?)
}

/// Serves until stopped; `ready` is told the address once requests are taken.
pub fn serve(shop: Shop, config: Config, ready: impl FnOnce(std::net::SocketAddr)) -> anyhow::Result<()> {
    let _archivist = Archivist::start(shop.folder().clone())?;
    let shop = Arc::new(shop);
    actix_web::rt::System::new().block_on(async move {
        let bound = http::bind(&shop, config.server)?;
        ready(bound.address);
        bound.server.await.context("the server failed")
    })
}
