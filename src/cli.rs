//! The command line. The exit status is 0 after success, 1 after a failure, and 2 if the command line itself is
//! wrong.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::command;

/// The default log levels: the messages an operator needs; libraries log only problems.
const OPERATOR_LEVELS: &str = "info,actix_server=warn,tantivy=warn,hnsw_rs=warn,fjall=warn,lsm_tree=warn";

/// The log levels of `--verbose`.
const DETAILED_LEVELS: &str = "warn,tastemaker=debug";

/// The log levels of the demo, which prints all that its visitor needs.
const DEMO_LEVELS: &str = "warn";

/// Personalised product search and recommendations for a shop, in one binary.
#[derive(Debug, Parser)]
#[command(name = "tastemaker", version, arg_required_else_help = true)]
struct CommandLine {
    /// The settings file. Without it, `tastemaker.toml` in the data folder is read if it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Log the details of every step too; RUST_LOG, if set, takes precedence.
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Replaces the catalogue by a feed, or checks a feed.
    Import(command::import::ImportArguments),
    /// Builds everything that searches and recommendations need from the catalogue and the events, and publishes it.
    Reindex(command::reindex::ReindexArguments),
    /// Lists the generations on disk, and puts one of them in force.
    Generations(command::generations::GenerationsArguments),
    /// Serves the HTTP API.
    Serve(command::serve::ServeArguments),
    /// Builds a demo shop and serves it with its pages.
    Demo(command::demo::DemoArguments),
    /// Checks, compacts and exports the recorded events.
    Journal(command::journal::JournalArguments),
    /// Records events from a file or from another shop's journal.
    Replay(command::replay::ReplayArguments),
    /// Explains why a product is, or is not, among the results of a search.
    Explain(command::explain::ExplainArguments),
    /// Measures the relevance of search on judged queries.
    Evaluate(command::evaluate::EvaluateArguments),
    /// Looks for better values of the search settings, using judged queries.
    Tune(command::tune::TuneArguments),
    /// Prints every search setting with its value, its range and its meaning.
    Settings(command::settings::SettingsArguments),
    /// Prints which products are bought together, as association rules.
    Rules(command::rules::RulesArguments),
    /// Writes interactions and recommendation tables as Parquet.
    Tables(command::tables::TablesArguments),
    /// Imports and exports synonyms.
    Synonyms(command::synonyms::SynonymsArguments),
    /// Creates, lists and revokes API keys.
    Keys(command::keys::KeysArguments),
}

impl Command {
    /// The log levels if RUST_LOG is not set.
    fn log_levels(&self, verbose: bool) -> &'static str {
        match self {
            _ if verbose => DETAILED_LEVELS,
            Self::Demo(_) => DEMO_LEVELS,
            _ => OPERATOR_LEVELS,
        }
    }

    /// True if the command only reads and prints.
    fn is_read_only(&self) -> bool {
        matches!(self, Self::Explain(_) | Self::Evaluate(_) | Self::Settings(_) | Self::Rules(_))
    }
}

/// The whole command line as clap knows it, with its help.
pub fn definition() -> clap::Command {
    CommandLine::command()
}

/// Sends log lines to standard error: those that RUST_LOG selects, or else those of `levels`.
fn start_log(levels: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(levels));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that nobody can be sent to any more must not stop a server: the library would panic over it.
        .log_internal_errors(false)
        .init();
}

/// Makes every file and folder that this process creates its owner's alone: a data folder holds what people did.
fn keep_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Prints an error of the command line with the option that was probably meant, and ends the process.
fn refused(error: &clap::Error) -> ! {
    drop(error.print());
    if let Some(hint) = hint(error) {
        eprintln!("\n  tip: {hint}");
    }
    std::process::exit(error.exit_code())
}

/// The probable meaning of an unknown argument.
fn hint(error: &clap::Error) -> Option<String> {
    if error.kind() != clap::error::ErrorKind::UnknownArgument {
        return None;
    }
    let ContextValue::String(argument) = error.get(ContextKind::InvalidArg)? else { return None };
    match argument.split('=').next()? {
        "--port" | "--host" | "--bind" | "--address" | "-p" => {
            Some("the address and port are one option: --listen 127.0.0.1:8080".to_owned())
        }
        "--data" => Some("this command has commands of its own; write --data after one of them".to_owned()),
        option if option.starts_with('-') => None,
        word if FEED_ENDINGS.iter().any(|ending| word.to_lowercase().ends_with(ending)) => {
            Some(format!("to read products from a file: --catalog {word}"))
        }
        word => Some(format!("the data folder is named by an option: --data {word}")),
    }
}

/// The endings of the names of feeds.
const FEED_ENDINGS: [&str; 8] = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xml", ".html", ".gz"];

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let arguments = CommandLine::try_parse().unwrap_or_else(|error| refused(&error));
    keep_private();
    start_log(arguments.command.log_levels(arguments.verbose));
    if arguments.command.is_read_only() {
        // A closed pipe (`| head`) ends these commands quietly. A server, and any command that writes, must go on.
        sigpipe::reset();
    }
    let config = arguments.config.as_deref();
    let outcome = match arguments.command {
        Command::Import(arguments) => command::import::run(&arguments, config),
        Command::Reindex(arguments) => command::reindex::run(&arguments, config),
        Command::Generations(arguments) => command::generations::run(&arguments),
        Command::Serve(arguments) => command::serve::run(&arguments, config),
        Command::Demo(arguments) => command::demo::run(&arguments, config),
        Command::Journal(arguments) => command::journal::run(&arguments, config),
        Command::Replay(arguments) => command::replay::run(&arguments, config),
        Command::Explain(arguments) => command::explain::run(&arguments, config),
        Command::Evaluate(arguments) => command::evaluate::run(&arguments, config),
        Command::Tune(arguments) => command::tune::run(&arguments, config),
        Command::Settings(arguments) => command::settings::run(&arguments, config),
        Command::Rules(arguments) => command::rules::run(&arguments, config),
        Command::Tables(arguments) => command::tables::run(&arguments),
        Command::Synonyms(arguments) => command::synonyms::run(&arguments, config),
        Command::Keys(arguments) => command::keys::run(arguments, config),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", command::sentence(&error));
            ExitCode::FAILURE
        }
    }
}
