//! `tastemaker journal export`: writes the events for other tools, as Parquet in the data folder or as the
//! NDJSON that `tastemaker replay` reads. Events of erased persons are left out, even if the journal still has
//! them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::JournalFolder;
use crate::command::print;
use crate::store::DataFolder;
use crate::store::archive::Archive;
use crate::store::journal::{Position, read_from};
use crate::store::redact::Forgotten;

/// Arguments of `tastemaker journal export`.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    folder: JournalFolder,
    /// The format: parquet goes to the folder `archive` of the data folder, ndjson to --out.
    #[arg(long, value_enum, default_value_t = ExportFormat::Parquet)]
    format: ExportFormat,
    /// The file for ndjson; standard output if absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only events from this time on, such as 2026-11-24 or 2026-11-24T08:00:00Z; ndjson only.
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Timestamp>,
    /// Only events before this time; ndjson only.
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<Timestamp>,
}

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ExportFormat {
    /// Columns, one file a day, of every closed segment.
    Parquet,
    /// Every event, one JSON object a line.
    Ndjson,
}

/// A moment, or the beginning of a day in UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    let day = || Offset::UTC.to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok();
    let wrong = || format!("`{text}` is not a time; write 2026-11-24 or 2026-11-24T08:00:00Z");
    text.parse().ok().or_else(day).ok_or_else(wrong)
}

/// Runs the command.
pub(super) fn run(arguments: &ExportArguments) -> anyhow::Result<()> {
    let folder = arguments.folder.open()?;
    match arguments.format {
        ExportFormat::Parquet if arguments.out.is_some() || arguments.from.is_some() || arguments.to.is_some() => {
            bail!("--out, --from and --to are for --format ndjson; Parquet goes to {}", folder.archive().display())
        }
        ExportFormat::Parquet => parquet(&folder),
        ExportFormat::Ndjson => match &arguments.out {
            Some(path) => {
                let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
                let mut out = BufWriter::new(file);
                let count = ndjson(&folder, arguments, &mut out)?;
                out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all())?;
                print::line(&format!("{count} events written to {}", path.display()));
                Ok(())
            }
            None => {
                let mut out = BufWriter::new(io::stdout().lock());
                let written = ndjson(&folder, arguments, &mut out).and_then(|_| Ok(out.flush()?));
                // A reader such as `head` may close the pipe before the end.
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
        print::line(&format!("segment {number}: {} events, {} rows, {files} files", manifest.events, manifest.rows));
    }
    print::line(&format!("{} segments copied to {}", caught_up.written.len(), folder.archive().display()));
    if let Some(open) = caught_up.open {
        print::line(&format!(
            "segment {open} is still written to; it is copied once it is closed, at the end of the day or when full"
        ));
    }
    Ok(())
}

/// Writes every event that is not erased, between --from and --to; returns their number.
fn ndjson(folder: &DataFolder, arguments: &ExportArguments, out: &mut impl Write) -> anyhow::Result<u64> {
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
        assert!(time("yesterday").is_err_and(|message| message.contains("2026-11-24")));
    }
}
