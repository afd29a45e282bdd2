//! The fuzz targets, briefly: every file of their corpora and seeded mutations of them. What long
//! runs of cargo-fuzz found is kept as a file of the corpus, so that it cannot come back.

use std::error::Error;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tastemaker_index::random::SplitMix64;

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is a library of its own for cargo-fuzz")]
mod targets;

/// Mutations tried of each target's corpus.
const MUTATIONS: u64 = 3000;

/// The longest input a mutation may make, in bytes.
const MAX_INPUT_BYTES: usize = 64 << 10;

/// The largest file of a corpus, in bytes.
const MAX_FILE_BYTES: usize = 16 << 10;

/// Bytes that mean something to one parser or another.
const MARKS: [&[u8]; 24] = [
    b"\"",
    b"'",
    b"\\",
    b"\n",
    b"\r\n",
    b"\t",
    b",",
    b";",
    b":",
    b"<",
    b">",
    b"</",
    b"&",
    b"&amp;",
    b"<![CDATA[",
    b"]]>",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
];

type Done = Result<(), Box<dyn Error>>;

/// The files of a target's corpus, by name.
fn corpus(target: &str) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/fuzz").join(target);
    let mut paths =
        fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    let files = paths.iter().map(fs::read).collect::<Result<Vec<_>, _>>()?;
    let fits = |file: &Vec<u8>| file.len() <= MAX_FILE_BYTES;
    if files.is_empty() || !files.iter().all(fits) {
        return Err(format!("{} needs files, of at most {MAX_FILE_BYTES} bytes each", folder.display()).into());
    }
    Ok(files)
}

/// A number below `end`, which is above 0.
fn below(random: &mut SplitMix64, end: usize) -> usize {
    (random.next_u64() % end as u64) as usize
}

/// One file of the corpus with a few things done to it.
fn mutation(corpus: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut random = SplitMix64::new(seed);
    let mut bytes = corpus[below(&mut random, corpus.len())].clone();
    for _ in 0..=below(&mut random, 6) {
        let at = below(&mut random, bytes.len() + 1);
        let length = below(&mut random, 40).min(bytes.len() - at);
        match below(&mut random, 7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << below(&mut random, 8),
            1 if at < bytes.len() => bytes[at] = random.next_u64() as u8,
            2 => drop(bytes.drain(at..at + length)),
            3 => bytes.truncate(at),
            4 => {
                let piece = bytes[at..at + length].repeat(1 + below(&mut random, 50));
                bytes.splice(at..at, piece);
            }
            5 => {
                let other = &corpus[below(&mut random, corpus.len())];
                let from = below(&mut random, other.len() + 1);
                bytes.splice(at.., other[from..].iter().copied());
            }
            _ => drop(bytes.splice(at..at, MARKS[below(&mut random, MARKS.len())].iter().copied())),
        }
        bytes.truncate(MAX_INPUT_BYTES);
    }
    bytes
}

#[test]
fn no_input_makes_a_target_panic() -> Done {
    for (name, run) in targets::TARGETS {
        let corpus = corpus(name)?;
        for file in &corpus {
            run(file);
        }
        for seed in 0..MUTATIONS {
            let input = mutation(&corpus, seed);
            if catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
                let shown = String::from_utf8_lossy(&input).chars().take(2000).collect::<String>();
                return Err(format!("{name} panics on the mutation of seed {seed}: {shown:?}").into());
            }
        }
    }
    Ok(())
}

#[test]
fn mutations_are_the_same_every_time() -> Done {
    let corpus = [b"one\ttwo\n".to_vec(), b"{\"id\":1}".to_vec()];
    let made = |seed| mutation(&corpus, seed);
    assert_eq!(made(7), made(7));
    assert!((0..100).map(made).collect::<std::collections::BTreeSet<_>>().len() > 80, "too few differ");
    Ok(())
}
