//! `tastemaker rules`: prints association rules over the shop's orders for a merchant: products that are bought
//! together, with support, confidence and lift.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tastemaker_index::behaviour::association::{RuleSettings, rules};
use tastemaker_index::behaviour::{BasketSettings, Baskets, BehaviourBuilder};
use tastemaker_index::generation::Generation;

use super::replay;
use crate::store::DataFolder;
use crate::store::journal::{Position, read_from};

/// Arguments of `tastemaker rules`.
#[derive(Debug, clap::Args)]
pub struct RulesArguments {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Events (NDJSON, may be gzipped) to count in addition to the recorded ones.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// The least share of all baskets that contain both sides of a rule, 0 to 1.
    #[arg(long, default_value_t = 0.005)]
    pub min_support: f64,
    /// The least share of the baskets with the left side that also contain the right side, 0 to 1.
    #[arg(long, default_value_t = 0.5)]
    pub min_confidence: f64,
    /// The most rules to print, highest lift first.
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

/// Runs the command.
pub fn run(arguments: &RulesArguments, _: Option<&Path>) -> anyhow::Result<()> {
    let folder = DataFolder::open(&arguments.data)?;
    let generation = Generation::open_current(&folder.generations())?;
    let products = &generation.products;
    let mut builder = BehaviourBuilder::default();
    for entry in read_from(&folder.journal(), Position::START)? {
        builder.push(&entry?.event, |id| products.ordinal(id));
    }
    if let Some(path) = &arguments.events {
        for event in replay::events(path)? {
            builder.push(&event?, |id| products.ordinal(id));
        }
    }
    let baskets = Baskets::of_purchases(builder.interactions(), &BasketSettings::default());
    let settings = RuleSettings {
        min_support: arguments.min_support,
        min_confidence: arguments.min_confidence,
        ..RuleSettings::default()
    };
    let mut found = rules(baskets.lists(), &settings).context("finding rules")?;
    found.sort_by(|a, b| b.lift.total_cmp(&a.lift).then_with(|| (&a.left, a.right).cmp(&(&b.left, b.right))));
    println!("{} rules in {} baskets", found.len(), baskets.len());
    let title = |ordinal| products.product(ordinal).map_or_else(String::new, |product| product.title);
    for rule in found.iter().take(arguments.limit) {
        let left: Vec<String> = rule.left.iter().map(|&ordinal| title(ordinal)).collect();
        println!(
            "support {:.4}  confidence {:.2}  lift {:>6.1}   {} => {}",
            rule.support,
            rule.confidence,
            rule.lift,
            left.join(" + "),
            title(rule.right)
        );
    }
    Ok(())
}
