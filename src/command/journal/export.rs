//! `tastemaker journal export`: the journal for other tools, as Parquet in the
//! data folder or as the NDJSON that `tastemaker replay` reads. What persons did
//! who asked to be forgotten is left out, removed yet or not.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::Folder;
use crate::store::DataFolder;
use crate::store::archive::Archive;
use crate::store::journal::{Position, read_from};
use crate::store::redact::Forgotten;

/// Arguments of `tastemaker journal export`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// Parquet in DIR/archive, or NDJSON.
    #[arg(long, value_enum, default_value_t = Format::Parquet)]
    format: Format,
    /// Where NDJSON goes; standard output when absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only events from this time on: 2026-11-24 or 2026-11-24T08:00:00Z; NDJSON only.
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Timestamp>,
    /// Only events before this time; NDJSON only.
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<Timestamp>,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Columns, by day, of every closed segment.
    Parquet,
    /// One JSON object a line, every event.
    Ndjson,
}

/// A moment, or the beginning of a day in UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    let day = || Offset::UTC.to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok();
    let wrong = || format!("`{text}` is no time; write 2026-11-24 or 2026-11-24T08:00:00Z");
    text.parse().ok().or_else(day).ok_or_else(wrong)
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = arguments.folder.open()?;
    match arguments.format {
        Format::Parquet if arguments.out.is_some() || arguments.from.is_some() || arguments.to.is_some() => {
            bail!("--out, --from and --to are for --format ndjson; Parquet goes to {}", folder.archive().display())
        }
        Format::Parquet => parquet(&folder),
        Format::Ndjson => match &arguments.out {
            Some(path) => {
                let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
                let mut out = BufWriter::new(file);
                let count = ndjson(&folder, arguments, &mut out)?;
                out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all())?;
                println!("{count} events written to {}", path.display());
                Ok(())
            }
            None => {
                let mut out = BufWriter::new(io::stdout().lock());
                let written = ndjson(&folder, arguments, &mut out).and_then(|_| Ok(out.flush()?));
                // Who reads may have enough.
                let closed = |error: &anyhow::Error| {
                    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
                };
                written.or_else(|error| if closed(&error) { Ok(()) } else { Err(error) })
            }
        },
    }
}

fn parquet(folder: &DataFolder) -> anyhow::Result<()> {
    let caught_up = Archive::open(folder)?.catch_up(true)?;
    for manifest in &caught_up.written {
        let (number, files) = (manifest.segment, manifest.files.len());
        println!("segment {number}: {} events, {} rows, {files} files", manifest.events, manifest.rows);
    }
    println!("{} segments copied to {}", caught_up.written.len(), folder.archive().display());
    if let Some(open) = caught_up.open {
        println!(
            "segment {open} is still written to; it is copied once it is closed, at the end of the day or when full"
        );
    }
    Ok(())
}

/// Writes every event that may still be told; how many.
fn ndjson(folder: &DataFolder, arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<u64> {
    let journal = folder.journal();
    let forgotten = Forgotten::of_journal(&journal)?;
    let mut count = 0;
    for entry in read_from(&journal, Position::START)? {
        let Some(event) = forgotten.remaining(entry?) else { continue };
        let time = event.time.or(event.received_at).unwrap_or_default();
        if arguments.from.is_none_or(|from| time >= from) && arguments.to.is_none_or(|to| time < to) {
            serde_json::to_writer(&mut *out, &event).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_moment_or_the_beginning_of_a_day() {
        assert_eq!(time("2026-11-24").map(|time| time.to_string()), Ok("2026-11-24T00:00:00Z".to_owned()));
        assert_eq!(
            time("2026-11-24T09:00:00+01:00").map(|time| time.to_string()),
            Ok("2026-11-24T08:00:00Z".to_owned())
        );
        assert!(time("yesterday").is_err_and(|told| told.contains("2026-11-24")));
    }
}
