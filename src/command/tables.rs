//! `tastemaker tables`: the settled history and the tables of pairs as Parquet,
//! and reading such tables in place of counting them.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tastemaker_index::Error;
use tastemaker_index::behaviour::{BehaviourBuilder, Given, Interaction, NeighbourTable, Sequences, table_of_pairs};
use tastemaker_index::event::Meeting;
use tastemaker_index::generation::Generation;
use tastemaker_index::id::Ordinal;

use crate::store::DataFolder;
use crate::store::journal::{Position, read_from};
use crate::store::tables::{Met, Pair, read_pairs, write_interactions, write_pairs};

/// Arguments of `tastemaker tables`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where the files go; created when missing.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = DataFolder::open(&arguments.data)?;
    let generation = Generation::open_current(&folder.generations())?;
    let (products, behaviour) = (&generation.products, &generation.behaviour);
    std::fs::create_dir_all(&arguments.out).with_context(|| format!("cannot create {}", arguments.out.display()))?;
    let mut builder = BehaviourBuilder::default();
    for entry in read_from(&folder.journal(), Position::START)? {
        builder.push(&entry?.event, |id| products.ordinal(id));
    }
    let settled = builder.settled(products.len());
    let (mut shopper, mut visit, mut position) = (None, -1, 0);
    let mut last: Option<&Interaction> = None;
    let history = settled.iter().map(|met| {
        visit += i64::from(!last.is_some_and(|last| Sequences::same_visit(last, met)));
        position = if shopper == Some(met.shopper) { position + 1 } else { 0 };
        (shopper, last) = (Some(met.shopper), Some(met));
        Met {
            shopper: i64::from(met.shopper),
            visit,
            position,
            time_ms: met.time_ms,
            order_hash: met.order.map(u64::cast_signed),
            meeting: match met.meeting {
                Meeting::View => "view",
                Meeting::AddToCart => "add_to_cart",
                Meeting::Purchase => "purchase",
            },
            product: products.id(met.ordinal),
            quantity: i64::from(met.quantity),
        }
    });
    write_interactions(&arguments.out.join("interactions.parquet"), history)?;
    let tables = [
        ("next", &behaviour.next),
        ("co_viewed", &behaviour.co_viewed),
        ("also_bought", &behaviour.also_bought),
        ("successors", &behaviour.successors),
    ];
    for (name, table) in tables {
        let row = |product: Ordinal| {
            let pair = move |(other, score)| Pair { product: products.id(product), other: products.id(other), score };
            table.row(product).map(pair)
        };
        let pairs = (0..products.len() as Ordinal).flat_map(row);
        write_pairs(&arguments.out.join(format!("{name}.parquet")), pairs)?;
        println!("{name}: {} pairs", table.pairs());
    }
    println!("interactions: {} rows", settled.len());
    Ok(())
}

/// Reads the tables there are in a folder; rows that name a product that is not found are counted and told.
///
/// # Errors
/// [`Error::Refused`] naming the file and column that is not as it should be.
pub fn read(
    folder: &Path,
    resolve: &dyn Fn(&str) -> Option<Ordinal>,
    products: usize,
    per_row: usize,
    note: &dyn Fn(&str),
) -> Result<Given, Error> {
    let table = |name: &str| -> Result<Option<NeighbourTable>, Error> {
        let (mut pairs, unknown) = (Vec::new(), Cell::new(0u64));
        let mut take = |pair: Pair<'_>| match (resolve(pair.product), resolve(pair.other)) {
            (Some(product), Some(other)) => pairs.push((product, other, pair.score)),
            _ => unknown.set(unknown.get() + 1),
        };
        let there = read_pairs(&folder.join(format!("{name}.parquet")), &mut take);
        if !there.map_err(|error| Error::Refused(error.to_string()))? {
            return Ok(None);
        }
        note(&format!("{name}: {} pairs taken as given, {} of unknown products left out", pairs.len(), unknown.get()));
        Ok(Some(table_of_pairs(pairs, products, per_row)))
    };
    let given = Given {
        next: table("next")?,
        co_viewed: table("co_viewed")?,
        also_bought: table("also_bought")?,
        successors: table("successors")?,
    };
    if given.next.is_some() {
        note("next is given: its weights are not chosen by replay, the blend is as configured");
    }
    Ok(given)
}
