//! The reference pages of the command line, the settings and the errors are rendered from the code. The committed
//! pages must be equal to that; `UPDATE_DOCS=1 cargo test --test docs_reference` rewrites them.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use tastemaker::cli;
use tastemaker::config::{Config, SETTINGS};
use tastemaker::http::error::ERROR_CODES;
use tastemaker::store::ProblemKind;
use tastemaker_index::engine::CONSTANTS;

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Compares a rendered page with the committed one, or rewrites it.
fn check(name: &str, rendered: &str) -> Done {
    let path = root().join("docs/reference").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return Ok(fs::write(&path, rendered)?);
    }
    let committed = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let first = committed.lines().zip(rendered.lines()).find(|(committed, rendered)| committed != rendered);
    assert!(
        committed == rendered,
        "docs/reference/{name} is not what the code says; run `UPDATE_DOCS=1 cargo test --test docs_reference`. \
         The first difference: {first:#?}"
    );
    Ok(())
}

/// Renders a command and then its subcommands, each with its help as a block.
fn render_command(command: &mut clap::Command, name: &str, out: &mut String) -> Done {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let about = about.trim_end_matches('.');
    let help = command.clone().bin_name(name).render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(out, "\n## {name}\n\n{about}.\n\n```text\n{}\n```\n", help.join("\n").trim_end())?;
    for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
        let name = format!("{name} {}", sub.get_name());
        render_command(sub, &name, out)?;
    }
    Ok(())
}

#[test]
fn the_page_of_the_command_line_is_the_help_of_the_binary() -> Done {
    let mut page = "# Command line\n\nEvery command with its help, as `--help` prints it. The exit status is 0 after \
                    success, 1 after a failure and 2 if the command line itself is wrong.\n"
        .to_owned();
    let mut command = cli::definition();
    command.build();
    render_command(&mut command, "tastemaker", &mut page)?;
    check("command-line.md", &page)
}

/// Every key of a settings file with its value; tables are walked down.
fn keys(value: &toml::Value, at: &str, found: &mut Vec<(String, String)>) {
    let shown = match value {
        toml::Value::Table(fields) => {
            for (name, value) in fields {
                keys(value, &if at.is_empty() { name.clone() } else { format!("{at}.{name}") }, found);
            }
            return;
        }
        // Settings of 32 bits become longer when they are widened: 0.2 would be 0.20000000298023224.
        toml::Value::Float(number) => format!("{}", *number as f32),
        other => other.to_string(),
    };
    found.push((at.to_owned(), shown));
}

fn defaults() -> Done<Vec<(String, String)>> {
    let mut found = Vec::new();
    keys(&toml::Value::try_from(Config::default())?, "", &mut found);
    Ok(found)
}

/// Keys that are absent from the defaults, because absence is their default.
const UNSET: [&str; 4] = ["reindex.currency", "reindex.model", "search.texts", "search.meant.phrases"];

#[test]
fn every_setting_is_in_one_registry() -> Done {
    let registered = SETTINGS.iter().map(|setting| setting.key.to_owned());
    let constants = CONSTANTS.iter().map(|constant| format!("search.{}", constant.name));
    let listed: Vec<String> = registered.chain(constants).collect();
    let unique: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(unique.len(), listed.len(), "a key is registered twice");
    let there: BTreeSet<String> = defaults()?.into_iter().map(|(key, _)| key).chain(UNSET.map(str::to_owned)).collect();
    let missing: Vec<&String> = there.iter().filter(|key| !unique.contains(key)).collect();
    let gone: Vec<&&String> = unique.iter().filter(|key| !there.contains(**key)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not registered: {missing:#?}, no such key: {gone:#?}");
    Ok(())
}

/// The settings that a shop changes first, named at the top of the page.
const FIRST: [&str; 10] = [
    "server.listen",
    "server.cors_origins",
    "events.retention_days",
    "reindex.currency",
    "reindex.build.text.language",
    "reindex.build.memory_mb",
    "reindex.max_bad_share",
    "reindex.max_deleted_share",
    "search.recommend.sensitive_categories",
    "search.live_products",
];

/// True if a settings file may have the key.
fn is_key(defaults: &[(String, String)], key: &str) -> bool {
    UNSET.contains(&key) || defaults.iter().any(|(name, _)| name == key)
}

#[test]
fn the_page_of_the_settings_lists_the_registries() -> Done {
    let defaults = defaults()?;
    let default = |key: &str| {
        let found = defaults.iter().find(|(name, _)| name == key);
        found.map_or_else(|| "none".to_owned(), |(_, value)| format!("`{value}`"))
    };
    let mut page = "# Settings\n\nThe settings file is TOML: `tastemaker.toml` in the data folder, or the file of \
                    `--config`. Write `server.listen` as `listen` under `[server]`. An unknown key or a value out of \
                    its range is an error when a command starts.\n"
        .to_owned();
    let first = FIRST.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    assert!(FIRST.iter().all(|key| is_key(&defaults, key)), "the page names a key that does not exist");
    write!(page, "\nA shop usually changes these first: {first}.\n")?;
    let sections =
        [("server", "The server"), ("events", "Events and profiles"), ("reindex", "The reindex"), ("search", "Search")];
    for (section, title) in sections {
        write!(
            page,
            "\n## {title}\n\n| key | default | allowed | unit | meaning |\n| --- | --- | --- | --- | --- |\n"
        )?;
        for setting in SETTINGS.iter().filter(|setting| setting.key.split('.').next() == Some(section)) {
            let key = setting.key;
            let (allowed, unit, meaning) = (setting.range, setting.unit, setting.meaning);
            writeln!(page, "| `{key}` | {} | {allowed} | {unit} | {meaning} |", default(key))?;
        }
    }
    page.push_str(
        "\n## Constants of search\n\nThese numbers shape the order of search results. `tastemaker settings` prints the \
         values in force, and `tastemaker tune` looks for better ones.\n\n| key | default | allowed | meaning |\n\
         | --- | --- | --- | --- |\n",
    );
    for constant in CONSTANTS {
        let key = format!("search.{}", constant.name);
        let (least, most, meaning) = (constant.least, constant.most, constant.meaning);
        writeln!(page, "| `{key}` | {} | {least} to {most} | {meaning} |", default(&key))?;
    }
    check("settings.md", &page)
}

#[test]
fn the_page_of_the_errors_lists_the_registry() -> Done {
    let mut page = "# Errors\n\nAn error response is a JSON object with `status`, a stable `code`, a `message` for \
                    people, the `field` or the `position` of the error where there is one, and a `request_id`, with \
                    which the server logs the cause of an internal failure. Programs should decide by `code`: messages may change.\n\n\
                    | code | status | meaning | what to do |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for error in ERROR_CODES {
        let statuses: Vec<String> = error.statuses.iter().map(u16::to_string).collect();
        writeln!(page, "| `{}` | {} | {} | {} |", error.code, statuses.join(", "), error.meaning, error.remedy)?;
    }
    check("errors.md", &page)
}

#[test]
fn the_page_of_damage_lists_every_problem() -> Done {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations/damage.md"))?;
    for kind in ProblemKind::ALL {
        let row = format!("| `{}` | {} | {} |", kind.code(), kind.meaning(), kind.remedy());
        assert!(page.contains(&row), "docs/operations/damage.md lacks: {row}");
    }
    Ok(())
}

/// The source of the HTTP floor without the registry itself.
fn http_source() -> Done<String> {
    let (mut text, mut folders) = (String::new(), vec![root().join("src/http")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "codes.rs") {
                text.push_str(&fs::read_to_string(&path)?);
            }
        }
    }
    Ok(text)
}

#[test]
fn every_error_code_of_the_source_is_registered_and_every_registered_one_is_used() -> Done {
    let source = http_source()?;
    for error in ERROR_CODES {
        assert!(source.contains(&format!("\"{}\"", error.code)), "no response has the code {}", error.code);
    }
    // The code is the first text after a constructor; its other arguments are no code.
    for constructor in ["bad_request(", "forbidden(", "StatusCode::"] {
        for (at, _) in source.match_indices(constructor) {
            let rest = &source[at + constructor.len()..];
            let rest = match constructor {
                "StatusCode::" => {
                    rest.trim_start_matches(|c: char| c.is_ascii_uppercase() || c == '_').trim_start_matches(", ")
                }
                _ => rest.trim_start(),
            };
            let Some(code) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
            assert!(ERROR_CODES.iter().any(|error| error.code == code), "{code} is not in the registry of error codes");
        }
    }
    Ok(())
}
