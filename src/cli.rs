//! The command line. The exit status is 0 after success, 1 after a failure, and 2 if the command line itself is
//! wrong.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

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

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let arguments = CommandLine::parse();
    start_log(arguments.command.log_levels(arguments.verbose));
    if arguments.command.is_read_only() {
        // A closed pipe (`| head`) ends these commands quietly. A server, and any command that writes, must go on.
        sigpipe::reset();
    }
    let config = arguments.config.as_deref();
    let outcome = match arguments.command {
        Command::Import(arguments) => command::import::run(&arguments, config),
        Command::Reindex(arguments) => command::reindex::run(&arguments, config),
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
