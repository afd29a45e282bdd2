//! The command line. Exit status 0 when done, 1 when something failed, 2 when
//! the command line itself is wrong.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::command;

/// Personalised product search and recommendations for a shop, in one binary.
#[derive(Debug, Parser)]
#[command(name = "tastemaker", version, arg_required_else_help = true)]
struct Arguments {
    /// Settings file; without it, `tastemaker.toml` in the data folder when there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Takes the whole catalogue from a feed, or checks one.
    Import(command::import::Arguments),
    /// Builds a generation from catalogue and events, and publishes it.
    Reindex(command::reindex::Arguments),
    /// Answers over HTTP from the current generation.
    Serve(command::serve::Arguments),
    /// Builds the demo shop and serves it.
    Demo(command::demo::Arguments),
    /// Checks, compacts and exports what shoppers did.
    Journal(command::journal::Arguments),
    /// Feeds events from a file or a journal through the same path as the events API.
    Replay(command::replay::Arguments),
    /// Says why a product is, or is not, on the page of a search.
    Explain(command::explain::Arguments),
    /// Measures search on judged queries.
    Evaluate(command::evaluate::Arguments),
    /// Searches better values for the constants of search, by judged queries.
    Tune(command::tune::Arguments),
    /// Prints every constant of search: its value, its range and what it does.
    Settings(command::settings::Arguments),
    /// Prints the association rules in the shop's baskets.
    Rules(command::rules::Arguments),
    /// Writes the settled history and the tables of pairs as Parquet.
    Tables(command::tables::Arguments),
    /// Takes in and writes out synonyms.
    Synonyms(command::synonyms::Arguments),
    /// Makes, lists and revokes keys.
    Keys(command::keys::Arguments),
}

impl Command {
    /// Whether it reads and prints, and leaves everything as it is.
    fn only_tells(&self) -> bool {
        matches!(self, Self::Explain(_) | Self::Evaluate(_) | Self::Settings(_) | Self::Rules(_))
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("info,actix_server=warn,tantivy=warn,hnsw_rs=warn,fjall=warn,lsm_tree=warn")
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    if arguments.command.only_tells() {
        // Ends quietly where `| head` has seen enough. A server, and what writes, must outlive a closed pipe.
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
