//! `tastemaker tables`: writes the interactions, the products with their categories, and the recommendation
//! tables as Parquet, for a query engine. [`given`] reads such tables back.

pub mod given;

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tastemaker_index::behaviour::{
    Baskets, Behaviour, BehaviourBuilder, Interaction, NeighbourTable, Popularity, Sequences,
};
use tastemaker_index::event::InteractionKind;
use tastemaker_index::generation::{Generation, Products};
use tastemaker_index::id::Ordinal;

use super::{print, replay};
use crate::store::DataFolder;
use crate::store::journal::{Position, read_from};
use crate::store::tables::{
    CATEGORIES, INTERACTIONS, KINDS, PAIR, PAIR_WITH_EVIDENCE, POPULARITY, PRODUCTS, TableCell, TableWriter,
};

/// Arguments of `tastemaker tables`.
#[derive(Debug, clap::Args)]
pub struct TablesArguments {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The folder for the files; it is created if it does not exist.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Events (NDJSON, may be gzipped) to include in addition to the recorded ones.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
}

/// The name of each kind of interaction in a table.
const MEETINGS: [(InteractionKind, &str); 3] = [
    (InteractionKind::View, "view"),
    (InteractionKind::AddToCart, "add_to_cart"),
    (InteractionKind::Purchase, "purchase"),
];

/// Runs the command.
pub fn run(arguments: &TablesArguments) -> anyhow::Result<()> {
    let folder = DataFolder::open(&arguments.data)?;
    let generation = Generation::open_current(&folder.generations())?;
    let (products, out) = (&generation.products, &arguments.out);
    std::fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let mut builder = BehaviourBuilder::default();
    for entry in read_from(&folder.journal(), Position::START)? {
        builder.push(&entry?.event, |id| products.ordinal(id));
    }
    for event in arguments.events.as_deref().map(replay::events).transpose()?.into_iter().flatten() {
        builder.push(&event?, |id| products.ordinal(id));
    }
    write_catalogue(out, &generation)?;
    let settled = builder.settled(products.len())?;
    write_history(&out.join("interactions.parquet"), &settled, products)?;
    print::line(&format!("interactions: {} rows", settled.len()));
    write_tables(out, &generation.behaviour, products)
}

fn write_history(path: &Path, settled: &[Interaction], products: &Products) -> anyhow::Result<()> {
    let mut table = TableWriter::create(path, &INTERACTIONS)?;
    let (mut visit, mut position) = (-1, 0);
    let mut last: Option<&Interaction> = None;
    for interaction in settled {
        visit += i64::from(!last.is_some_and(|last| Sequences::same_visit(last, interaction)));
        position = if last.is_some_and(|last| last.shopper == interaction.shopper) { position + 1 } else { 0 };
        last = Some(interaction);
        let hash = |hash: Option<NonZeroU64>| {
            hash.map_or(TableCell::Nothing, |hash| TableCell::Number(hash.get().cast_signed()))
        };
        let meeting = MEETINGS.iter().find(|(meeting, _)| *meeting == interaction.kind);
        table.push(&[
            TableCell::Number(i64::from(interaction.shopper.0)),
            TableCell::Number(position),
            TableCell::Number(i64::from(interaction.event)),
            interaction.time_ms.get().map_or(TableCell::Nothing, TableCell::Number),
            hash(interaction.session),
            hash(interaction.order),
            TableCell::Number(visit),
            TableCell::Number(Baskets::hash_of(interaction).cast_signed()),
            TableCell::Text(meeting.map_or("", |(_, name)| name)),
            TableCell::Text(products.id(interaction.ordinal)),
            TableCell::Number(i64::from(interaction.quantity)),
        ])?;
    }
    Ok(table.finish()?)
}

fn write_catalogue(out: &Path, Generation { products, behaviour, .. }: &Generation) -> anyhow::Result<()> {
    let mut all = TableWriter::create(&out.join("products.parquet"), &PRODUCTS)?;
    let mut categories = TableWriter::create(&out.join("categories.parquet"), &CATEGORIES)?;
    let mut kinds = TableWriter::create(&out.join("kinds.parquet"), &KINDS)?;
    let view = products.view();
    for ordinal in Ordinal::all(products.len()) {
        let id = TableCell::Text(products.id(ordinal));
        // The number is equal for the variants of one product; a product without variants gets its own number below 0.
        let (grouped, number) = view.variant_key(ordinal);
        let variants = if grouped { i64::from(number) } else { -1 - i64::from(number) };
        all.push(&[id, TableCell::Number(i64::from(ordinal.get())), TableCell::Number(variants)])?;
        for &category in products.leaves(ordinal) {
            categories.push(&[id, TableCell::Text(products.category(category))])?;
        }
        for &kind in behaviour.kinds.kinds(ordinal) {
            kinds.push(&[id, TableCell::Number(i64::from(kind))])?;
        }
    }
    all.finish()?;
    kinds.finish()?;
    Ok(categories.finish()?)
}

fn write_tables(out: &Path, behaviour: &Behaviour, products: &Products) -> anyhow::Result<()> {
    let pairs = |name: &str, table: &NeighbourTable, evidence: bool| -> anyhow::Result<()> {
        let columns = if evidence { &PAIR_WITH_EVIDENCE[..] } else { &PAIR };
        let mut file = TableWriter::create(&out.join(format!("{name}.parquet")), columns)?;
        for product in Ordinal::all(products.len()) {
            for other in table.neighbours(product) {
                let ids = [product, other.ordinal].map(|ordinal| TableCell::Text(products.id(ordinal)));
                let mut row = vec![ids[0], ids[1], TableCell::Float(f64::from(other.score))];
                if let Some(why) = other.evidence.filter(|_| evidence) {
                    row.push(TableCell::Number(i64::from(why.together)));
                    row.extend([why.lift, why.llr].map(|number| TableCell::Float(f64::from(number))));
                }
                file.push(&row)?;
            }
        }
        print::line(&format!("{name}: {} pairs", table.pairs()));
        Ok(file.finish()?)
    };
    pairs("next", &behaviour.next, false)?;
    pairs("co_viewed", &behaviour.co_viewed, false)?;
    pairs("also_bought", &behaviour.also_bought, false)?;
    pairs("successors", &behaviour.successors, false)?;
    pairs("complements", &behaviour.complements, true)?;
    pairs("viewed_then_bought", &behaviour.viewed_then_bought, true)?;
    write_popularity(&out.join("popularity.parquet"), &behaviour.popularity, products)
}

fn write_popularity(path: &Path, popularity: &Popularity, products: &Products) -> anyhow::Result<()> {
    let mut table = TableWriter::create(path, &POPULARITY)?;
    for at in 0..popularity.scores().len() {
        let count = |counts: &[u32]| TableCell::Number(i64::from(counts[at]));
        table.push(&[
            TableCell::Text(products.id(Ordinal::from_index(at))),
            count(popularity.views()),
            count(popularity.carts()),
            count(popularity.purchases()),
            TableCell::Float(f64::from(popularity.scores()[at])),
        ])?;
    }
    Ok(table.finish()?)
}
