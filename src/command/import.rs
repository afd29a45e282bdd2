//! `tastemaker import`: replaces the stored catalogue by a feed; with `--check` it only reports on the feed.
//! `reindex --catalog` imports feeds the same way, through [`take`].

mod check;
mod contradictions;
mod difference;
mod take;

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use jiff::Timestamp;
use tastemaker_index::feed::{Currency, FeedContext, FeedFormat};

pub use self::contradictions::Contradictions;
pub use self::difference::Difference;
pub use self::take::{Taken, take};
use super::input::open;
use super::print;
use crate::config::Config;
use crate::progress::ProgressDisplay;
use crate::store::DataFolder;
use crate::store::catalogue::Catalogue;
use crate::store::folder::LockKind;

/// Arguments of `tastemaker import`.
#[derive(Debug, clap::Args)]
pub struct ImportArguments {
    /// A feed with the whole catalogue; it may be gzipped.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The data folder; it is created if it does not exist.
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    pub data: Option<PathBuf>,
    /// Only report the fields that were understood and the values that were dropped; nothing is stored.
    #[arg(long)]
    pub check: bool,
    /// The format of the feed and the limits it must keep.
    #[command(flatten)]
    pub feed: FeedArguments,
}

/// Options about the format of a feed and the limits it must keep.
#[derive(Debug, Clone, clap::Args)]
pub struct FeedArguments {
    /// The format of the feed: auto (recognised by its content), native, merchant-tsv, merchant-xml, shopify or
    /// json-ld.
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub format: FormatChoice,
    /// The currency of prices that name none, such as EUR.
    #[arg(long, value_name = "CODE")]
    pub currency: Option<Currency>,
    /// The largest share of bad rows, 0 to 1; a feed with more is refused.
    #[arg(long, value_name = "SHARE")]
    pub max_bad_share: Option<f64>,
    /// The largest share of the stored products that a feed may leave out, 0 to 1; a feed that deletes more is
    /// refused.
    #[arg(long, value_name = "SHARE")]
    pub max_deleted_share: Option<f64>,
}

/// A feed format; `None` recognises it by the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatChoice(pub Option<FeedFormat>);

impl std::str::FromStr for FormatChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" { Ok(Self(None)) } else { text.parse().map(|format| Self(Some(format))) }
    }
}

/// A feed to import, with the limits it must keep.
pub struct Incoming {
    /// The bytes of the feed, decompressed.
    pub input: Box<dyn Read>,
    /// The format; `None` recognises it by the content.
    pub format: Option<FeedFormat>,
    /// The currency and time used where the feed gives none.
    pub reading: FeedContext,
    /// The largest share of bad rows, 0 to 1.
    pub max_bad_share: f64,
    /// The largest share of the stored products that the feed may leave out, 0 to 1.
    pub max_deleted_share: f64,
}

impl Incoming {
    /// A feed with the options of the command line, or else those of the settings.
    ///
    /// # Errors
    /// If a share lies outside 0 to 1.
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

    /// A feed in the native format, with the limits of the settings.
    pub fn native(input: Box<dyn Read>, config: &Config) -> Self {
        let reading = FeedContext { currency: config.reindex.own_currency(), now: Timestamp::now() };
        let (max_bad_share, max_deleted_share) = (config.reindex.max_bad_share, config.reindex.max_deleted_share);
        Self { input, format: Some(FeedFormat::Native), reading, max_bad_share, max_deleted_share }
    }
}

/// Runs the command.
pub fn run(arguments: &ImportArguments, config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config, arguments.data.as_deref())?;
    let incoming = Incoming::new(open(&arguments.file)?, &arguments.feed, &config)?;
    let in_file = || arguments.file.display().to_string();
    if arguments.check {
        let stored = match &arguments.data {
            Some(data) if data.exists() => Difference::from(&Catalogue::path(&DataFolder::open(data)?))?,
            _ => None,
        };
        let recognised = incoming.format.is_none();
        let report = check::check(incoming, stored).with_context(in_file)?;
        report.print(&mut std::io::stdout().lock(), recognised).context("writing the report")?;
        return match report.refusal() {
            Some(refusal) => Err(anyhow!("an import would refuse this feed: {refusal}")).with_context(in_file),
            None => Ok(()),
        };
    }
    let Some(data) = &arguments.data else { bail!("--data is missing") };
    let folder = DataFolder::open(data)?;
    let _lock = folder.lock(LockKind::Reindex)?;
    let taken = take(&folder, incoming, &ProgressDisplay::default()).with_context(in_file)?;
    let Taken { difference, contradictions } = taken;
    print::line(&format!("the catalogue has {} products now: {difference}", difference.products()));
    if !contradictions.is_empty() {
        print::line(contradictions.to_string().trim_end());
    }
    print::line(&format!("run `tastemaker reindex --data {}` to make them searchable", data.display()));
    Ok(())
}
