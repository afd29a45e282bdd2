//! Endless input is not held in memory. A process of its own, so that nothing else adds to its memory.
#![cfg(target_os = "linux")]

use std::error::Error;

type Done = Result<(), Box<dyn Error>>;

/// The most memory this process ever held, in bytes.
fn peak_bytes() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? << 10)
}

#[test]
fn a_record_that_never_ends_is_not_held() -> Done {
    use std::io::{Cursor, Read, repeat};
    use tastemaker_index::feed::{FeedContext, FeedFormat, open};

    const ENDLESS_BYTES: u64 = 128 << 20;
    let before = peak_bytes()?;
    for (format, head, byte) in [
        (FeedFormat::Native, "{\"id\":\"", b'x'),
        (FeedFormat::MerchantTsv, "id\ttitle\n1\t\"", b'x'),
        (FeedFormat::MerchantTsv, "id\ttitle\n1\t\"", b'\n'),
        (FeedFormat::Shopify, "Handle,Title\nx,\"", b'"'),
        (FeedFormat::MerchantXml, "<rss><item><g:id>", b'x'),
        (FeedFormat::MerchantXml, "<rss><item><g:id", b'x'),
        (FeedFormat::JsonLd, "{\"@type\":", b'\n'),
        (FeedFormat::JsonLd, "{\"@type\":\"", b'x'),
        (FeedFormat::JsonLd, "<html><script type=\"application/ld+json\">", b'{'),
    ] {
        // An empty line held costs more than thirty bytes.
        let length = if byte == b'\n' { ENDLESS_BYTES / 16 } else { ENDLESS_BYTES };
        let input = Cursor::new(head).chain(repeat(byte).take(length));
        let (_, mut feed) = open(input, Some(format), FeedContext::default())?;
        loop {
            match feed.next_row() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                // An array or an element that never ends was cut off.
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    let grown = peak_bytes()?.saturating_sub(before);
    assert!(grown < ENDLESS_BYTES * 3 / 4, "{} MiB held", grown >> 20);
    Ok(())
}
