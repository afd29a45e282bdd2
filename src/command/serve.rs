//! `tastemaker serve`: the HTTP API over the current generation, until it is stopped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

use super::{embedder, print};
use crate::config::Config;
use crate::http;
use crate::shop::Shop;
use crate::store::DataFolder;
use crate::store::archive::Archivist;

/// Arguments of `tastemaker serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = super::LOG_HELP)]
pub struct ServeArguments {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Address and port to listen on, instead of `server.listen` in the settings; port 0 takes a free port.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Also serve the demo shop's pages, at `/`, with your catalogue.
    #[arg(long)]
    pub storefront: bool,
}

/// Runs the command.
pub fn run(arguments: &ServeArguments, config: Option<&Path>) -> anyhow::Result<()> {
    if arguments.data.is_file() {
        bail!("{} is a file, not a data folder; reindex makes a folder of it with --catalog", arguments.data.display());
    }
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
    let shop = open_shop(folder, &config)?;
    // A folder without a generation is an error here: nobody would notice a server that answers every search with one.
    shop.engine()?;
    serve(shop, config, |address| print::line(&format!("listening on http://{address}")))
}

/// Opens the shop of a data folder; the generation may be missing.
pub fn open_shop(folder: DataFolder, config: &Config) -> anyhow::Result<Shop> {
    let embedder = embedder(config.reindex.model.as_deref())?;
    Ok(Shop::open(folder, embedder, config.search.clone(), &config.events)?)
}

/// Serves until the process is asked to stop (SIGINT or SIGTERM) and the running requests are answered. `ready` is
/// called once with the address, as soon as requests are accepted.
pub fn serve(shop: Shop, config: Config, ready: impl FnOnce(SocketAddr)) -> anyhow::Result<()> {
    let _archivist = Archivist::start(shop.folder().clone(), shop.problem_list().clone())?;
    let shop = Arc::new(shop);
    let served = actix_web::rt::System::new().block_on(async {
        let bound = http::bind(&shop, config.server)?;
        log_start(&shop, bound.address);
        ready(bound.address);
        let served = bound.server.await.context("the server failed");
        bound.pool.stop();
        tracing::info!("stopping: no more requests are accepted");
        served
    });
    // Closing the shop writes the waiting events and profiles, so it comes before "stopped".
    drop(shop);
    if served.is_ok() {
        tracing::info!("stopped");
    }
    served
}

/// Logs the release, the address, the data folder and the generation.
fn log_start(shop: &Shop, address: SocketAddr) {
    let (version, data) = (env!("CARGO_PKG_VERSION"), shop.folder().root().display());
    match shop.engine() {
        Ok(engine) => {
            let manifest = &engine.generation().manifest;
            tracing::info!(
                "tastemaker {version} serves {data} on http://{address}: generation {}, {} products",
                manifest.id,
                manifest.products
            );
        }
        Err(_) => tracing::info!("tastemaker {version} serves {data} on http://{address}: no generation yet"),
    }
}
