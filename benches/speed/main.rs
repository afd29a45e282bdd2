//! Speed: how fast a generation is built and opened, how fast the running server
//! answers, takes events and changes of products, how fast columns are counted and
//! sorted, how fast profiles are kept and read, and how fast vectors are searched, each
//! beside its bar.
//!
//! `cargo bench --bench speed` runs everything; `-- learning`, `-- generation`, `-- search`, `-- columns`,
//! `-- events`, `-- serving`, `-- pages`, `-- changes`, `-- profiles`, `-- suggest` and `-- vectors` choose. Exit status 1 when a bar was missed, 2 for a suite unknown.

mod bars;
mod changes;
mod columns;
mod events;
mod generated;
mod generation;
mod http;
mod learning;
mod load;
mod process;
mod profiles;
mod random;
mod search;
mod serving;
mod shop;
mod suggest;
mod vectors;

use std::process::ExitCode;

use bars::Bars;

const SUITES: [&str; 11] = [
    "learning",
    "generation",
    "search",
    "columns",
    "events",
    "serving",
    "pages",
    "changes",
    "profiles",
    "suggest",
    "vectors",
];

type Run = fn(&mut Bars) -> anyhow::Result<()>;
/// Over the generated shop.
type RunOver = fn(&generated::Shop, &mut Bars) -> anyhow::Result<()>;

fn main() -> ExitCode {
    let (flags, chosen): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    if chosen.is_empty() && !flags.iter().any(|flag| flag == "--bench") {
        println!("speed is measured by `cargo bench --bench speed`; nothing was run");
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = chosen.iter().find(|name| !SUITES.contains(&name.as_str())) {
        eprintln!("`{unknown}` is not a suite; there are {}", SUITES.join(", "));
        return ExitCode::from(2);
    }
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|other| other == name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "{cores} cores, a machine shared with other work: the ratios carry over to another machine, milliseconds less"
    );

    let mut bars = Bars::default();
    // Memory is measured first, before other suites fill it.
    if wanted("learning") {
        println!("\nlearning");
        learning::run(&mut bars).unwrap_or_else(|error| bars.broken(&error));
    }
    if (wanted("generation") || wanted("search"))
        && let Err(error) = over_the_shop(&mut bars, wanted("generation"), wanted("search"))
    {
        bars.broken(&error);
    }
    let suites: [(&str, Run); 3] = [("columns", columns::run), ("events", events::run), ("profiles", profiles::run)];
    for (name, run) in suites {
        if wanted(name) {
            println!("\n{name}");
            run(&mut bars).unwrap_or_else(|error| bars.broken(&error));
        }
    }
    if ["serving", "pages", "suggest", "changes"].into_iter().any(wanted)
        && let Err(error) = over_the_generated_shop(&mut bars, &wanted)
    {
        bars.broken(&error);
    }
    if wanted("vectors") {
        println!();
        vectors::run(&mut bars);
    }
    bars.finish()
}

/// The suites that need a generation; it is built once, and measured while it is.
fn over_the_shop(bars: &mut Bars, generation: bool, search: bool) -> anyhow::Result<()> {
    let shop = shop::Shop::prepare()?;
    println!("\ngeneration: {}", shop.described);
    let built = generation::build(&shop)?;
    if generation {
        generation::report(&shop, &built, bars)?;
    }
    if search {
        println!("\nsearch: {}", shop.described);
        search::run(&shop, bars)?;
    }
    Ok(())
}

/// The suites that need a large shop; it is built once.
fn over_the_generated_shop(bars: &mut Bars, wanted: &dyn Fn(&str) -> bool) -> anyhow::Result<()> {
    let shop = generated::Shop::build()?;
    let suites: [(&str, RunOver); 4] =
        [("serving", serving::run), ("pages", serving::pages), ("suggest", suggest::run), ("changes", changes::run)];
    for (name, run) in suites.into_iter().filter(|(name, _)| wanted(name)) {
        println!("\n{name}: {} generated products", shop.products);
        run(&shop, bars).unwrap_or_else(|error| bars.broken(&error));
    }
    Ok(())
}
