//! Small files that end with a checksum of their own: JSON, a line end, and XXH3-64 of the JSON in hexadecimal.

use std::fs;
use std::path::Path;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::disk;
use super::error::{Result, StoreError};

/// A checksum as 16 hexadecimal digits, as all files of the store have it.
pub(super) fn hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}

/// XXH3-64 of bytes, in hexadecimal.
pub(super) fn checksum(bytes: &[u8]) -> String {
    hex(xxh3_64(bytes))
}

/// The JSON of a sealed file; `None` if it does not match its checksum.
pub(super) fn unsealed(file: &[u8]) -> Option<&[u8]> {
    let (json, sum) = file.split_at(file.iter().rposition(|&byte| byte == b'\n').unwrap_or(0));
    (sum.trim_ascii() == checksum(json).as_bytes()).then_some(json)
}

/// Replaces a sealed file durably, by way of a file beside it whose name ends with `.tmp`.
///
/// # Errors
/// A system error, or [`StoreError::Corrupt`] for a value that JSON cannot hold.
pub(super) fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut temporary = path.to_path_buf().into_os_string();
    temporary.push(".tmp");
    let json = serde_json::to_string(value).map_err(|error| StoreError::corrupt(path, 0, error.to_string()))?;
    fs::write(&temporary, format!("{json}\n{}", checksum(json.as_bytes())))
        .and_then(|()| disk::publish(temporary.as_ref(), path))
        .map_err(StoreError::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_breaks_the_seal() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("one.seal");
        write(&path, &[1, 2])?;
        let mut file = fs::read(&path)?;
        assert_eq!(unsealed(&file), Some(&b"[1,2]"[..]));
        file[1] ^= 1;
        assert_eq!(unsealed(&file), None);
        assert_eq!(unsealed(b""), None);
        Ok(())
    }
}
