//! `tastemaker import`: takes the whole catalogue from a feed, or with `--check` only tells what it understood.
//! `reindex --catalog` takes feeds the same way, through [`take`].

mod check;
mod difference;
mod take;

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use tastemaker_index::feed::{Currency, FeedContext, FeedFormat};

pub use self::difference::Difference;
pub use self::take::take;
use super::reindex::open;
use crate::config::Config;
use crate::progress::Shown;
use crate::store::DataFolder;
use crate::store::catalogue::Catalogue;
use crate::store::folder::LockKind;

/// Arguments of `tastemaker import`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The whole catalogue; may be gzipped.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The data folder; created when missing.
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    pub data: Option<PathBuf>,
    /// Only tell what was understood and what was dropped; nothing is written.
    #[arg(long)]
    pub check: bool,
    /// How the feed is read and what it is held to.
    #[command(flatten)]
    pub feed: FeedArguments,
}

/// How a feed is read and what it is held to, on the command line.
#[derive(Debug, Clone, clap::Args)]
pub struct FeedArguments {
    /// auto, native, merchant-tsv, merchant-xml, shopify or json-ld.
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub format: FormatChoice,
    /// The shop's currency, of prices that name none, such as EUR.
    #[arg(long, value_name = "CODE")]
    pub currency: Option<Currency>,
    /// Refuse a feed with more than this share of bad rows, 0 to 1.
    #[arg(long, value_name = "SHARE")]
    pub max_bad_share: Option<f64>,
    /// Refuse a feed that leaves out more than this share of the stored products, 0 to 1.
    #[arg(long, value_name = "SHARE")]
    pub max_deleted_share: Option<f64>,
}

/// A format, or none to find it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatChoice(pub Option<FeedFormat>);

impl std::str::FromStr for FormatChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" { Ok(Self(None)) } else { text.parse().map(|format| Self(Some(format))) }
    }
}

/// A feed to take, with what it is held to.
pub struct Incoming {
    /// Its bytes, unpacked.
    pub input: Box<dyn Read>,
    /// Its format; absent to find it out.
    pub format: Option<FeedFormat>,
    /// What the file does not say itself.
    pub reading: FeedContext,
    /// The largest share of bad rows, 0 to 1.
    pub max_bad_share: f64,
    /// The largest share of stored products it may leave out, 0 to 1.
    pub max_deleted_share: f64,
}

impl Incoming {
    /// A feed as the command line and the settings say.
    pub fn new(input: Box<dyn Read>, arguments: &FeedArguments, config: &Config) -> anyhow::Result<Self> {
        let bad = arguments.max_bad_share.unwrap_or(config.reindex.max_bad_share);
        let deleted = arguments.max_deleted_share.unwrap_or(config.reindex.max_deleted_share);
        for (name, share) in [("--max-bad-share", bad), ("--max-deleted-share", deleted)] {
            if !(0.0..=1.0).contains(&share) {
                bail!("{name} {share} must lie between 0 and 1");
            }
        }
        let currency = arguments.currency.or(config.reindex.own_currency());
        let reading = FeedContext { currency, now: Timestamp::now() };
        Ok(Self { input, format: arguments.format.0, reading, max_bad_share: bad, max_deleted_share: deleted })
    }

    /// Our own feed, held to the settings.
    pub fn native(input: Box<dyn Read>, config: &Config) -> Self {
        let reading = FeedContext { currency: config.reindex.own_currency(), now: Timestamp::now() };
        let (max_bad_share, max_deleted_share) = (config.reindex.max_bad_share, config.reindex.max_deleted_share);
        Self { input, format: Some(FeedFormat::Native), reading, max_bad_share, max_deleted_share }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config, arguments.data.as_deref())?;
    let incoming = Incoming::new(open(&arguments.file)?, &arguments.feed, &config)?;
    let in_file = || arguments.file.display().to_string();
    if arguments.check {
        let stored = match &arguments.data {
            Some(data) if data.exists() => Difference::from(&Catalogue::path(&DataFolder::open(data)?))?,
            _ => None,
        };
        let found_out = incoming.format.is_none();
        let report = check::check(incoming, stored).with_context(in_file)?;
        return report.print(&mut std::io::stdout().lock(), found_out).context("writing the report");
    }
    let Some(data) = &arguments.data else { bail!("--data is missing") };
    let folder = DataFolder::open(data)?;
    let _lock = folder.lock(LockKind::Reindex)?;
    let difference = take(&folder, incoming, &Shown::default()).with_context(in_file)?;
    println!("the catalogue has {} products now: {difference}", difference.products());
    println!("run `tastemaker reindex --data {}` to search them", data.display());
    Ok(())
}
