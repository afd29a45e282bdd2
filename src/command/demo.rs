//! `tastemaker demo`: builds the fixture shop, replays its shoppers, serves it,
//! and says what to try.

use std::io::Cursor;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::import::Incoming;
use super::reindex::{reindex, say};
use super::{replay, serve};
use crate::config::Config;
use crate::store::DataFolder;

const PRODUCTS: &[u8] = include_bytes!("../../fixtures/shop/products.jsonl");
const EVENTS: &[u8] = include_bytes!("../../fixtures/shop/events.ndjson");

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
    let folder = DataFolder::open(&arguments.data)?;
    let shop = serve::open(folder.clone(), &config)?;
    let events = replay::parse(PathBuf::from("the demo shop's events"), Cursor::new(EVENTS));
    let replayed = replay::replay(&shop, events)?;
    say(&format!("{} events of the demo shop replayed, {} known before", replayed.accepted, replayed.duplicates));
    let products = Incoming { max_bad_share: 0.0, ..Incoming::native(Box::new(PRODUCTS), &config) };
    let built = reindex(&folder, Some(products), None, &config)?;
    say(&format!("{} products indexed", built.generation.manifest.products));
    shop.refresh()?;
    serve::serve(shop, config, |address| say(&what_to_try(address)))
}

fn what_to_try(address: SocketAddr) -> String {
    let json = "-H 'content-type: application/json'";
    format!(
        "\nThe demo shop answers on http://{address}. Try:\n\n\
         1. A search as a shopper who brews coffee, every factor explained (drop user_id to see the neutral order):\n\
         curl -s 'http://{address}/v1/search?q=filter&per_page=5&user_id=shopper-brew&explain=true'\n\n\
         2. What goes with a tent, what is like it, and what a hiker may want next:\n\
         curl -s http://{address}/v1/recommend {json} -d '{{\"user_id\":\"shopper-trail\",\"placements\":[\
         {{\"kind\":\"complementary\",\"product_id\":\"tn-larkhollow-2\",\"limit\":4}},\
         {{\"kind\":\"similar\",\"product_id\":\"tn-larkhollow-2\",\"limit\":4}},\
         {{\"kind\":\"for-you\",\"limit\":4}}]}}'\n\n\
         3. Tell it what you looked at; your next search (user_id=me) is ordered by it:\n\
         curl -s http://{address}/v1/events {json} -d '{{\"type\":\"view\",\"user_id\":\"me\",\
         \"products\":[{{\"id\":\"cf-paper-2\"}},{{\"id\":\"cm-pour-02\"}}]}}'\n\n\
         4. Sign in on your phone (its searches, anonymous_id=my-phone, are yours from now on), and read what is \
         known of you:\n\
         curl -s http://{address}/v1/identify {json} -d '{{\"user_id\":\"me\",\"anonymous_id\":\"my-phone\"}}'\n\
         curl -s http://{address}/v1/profiles/my-phone\n\n\
         Stop it with Ctrl-C."
    )
}
