//! Files named on the command line.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::Context;
use flate2::read::MultiGzDecoder;

/// The first two bytes of every gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Opens a file and decompresses it while it is read if it is gzipped, whatever its name.
///
/// # Errors
/// If the file cannot be opened or its first bytes cannot be read.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut magic = [0; 2];
    let read = file.read(&mut magic).with_context(|| format!("cannot read {}", path.display()))?;
    let start = Cursor::new(magic[..read].to_vec());
    let whole = start.chain(file);
    Ok(if magic == GZIP { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}
