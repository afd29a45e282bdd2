//! Damage of the only generation: if any byte of it differs from the published one, the server names the file and
//! refuses to start.

use std::fs;
use std::path::Path;

use super::support::{Done, Ran, current_generation, demo_folder, tastemaker, walk};

fn serve(data: &Path) -> Done<Ran> {
    tastemaker(["serve", "--data", &data.to_string_lossy(), "--listen", "127.0.0.1:0"])
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[test]
fn a_flipped_byte_in_any_file_is_found_and_named() -> Done {
    let folder = demo_folder()?;
    let generation = current_generation(folder.path())?;
    // The checksum beside the manifest serves generations that are not in force; `CURRENT` has the same one.
    let hidden = |path: &Path| name(path).starts_with('.') || name(path) == "manifest.xxh3";
    let files: Vec<_> = walk(&generation)?.into_iter().filter(|path| path.is_file() && !hidden(path)).collect();
    assert!(files.len() > 8, "{files:?}");
    for file in files {
        let whole = fs::read(&file)?;
        let mut bytes = whole.clone();
        let at = bytes.len() / 2;
        match bytes.get_mut(at) {
            Some(byte) => *byte ^= 0x10,
            None => bytes.push(1),
        }
        fs::write(&file, bytes)?;
        let ran = serve(folder.path())?.failed(1, &["error: ", &name(&file)])?;
        assert!(ran.err.contains("damaged") && !ran.err.contains("panicked"), "{ran:#?}");
        fs::write(&file, whole)?;
    }
    Ok(())
}

#[test]
fn a_file_cut_short_or_gone_is_named() -> Done {
    let folder = demo_folder()?;
    let products = current_generation(folder.path())?.join("products.flat");
    let whole = fs::read(&products)?;
    fs::write(&products, &whole[..whole.len() / 2])?;
    serve(folder.path())?.failed(1, &["products.flat", "damaged"])?;
    fs::remove_file(&products)?;
    serve(folder.path())?.failed(1, &["products.flat"])?;
    fs::write(&products, &whole)?;
    fs::remove_file(current_generation(folder.path())?.join("manifest.json"))?;
    serve(folder.path())?.failed(1, &["manifest.json"])?;
    Ok(())
}

#[test]
fn a_generation_of_a_newer_release_says_so() -> Done {
    let folder = demo_folder()?;
    let manifest = current_generation(folder.path())?.join("manifest.json");
    let mut newer: serde_json::Value = serde_json::from_slice(&fs::read(&manifest)?)?;
    newer["format"] = 99.into();
    newer["something_new"] = true.into();
    fs::write(&manifest, newer.to_string())?;
    serve(folder.path())?.failed(1, &["manifest.json", "format 99", "upgrade tastemaker"])?;
    Ok(())
}
