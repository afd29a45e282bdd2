//! The influence of the settings of one group: each number among them is halved and doubled, and every suite that was
//! asked for is run again. What moves a figure is better learned than fitted.

use std::collections::BTreeMap;

use serde_json::Value;
use tastemaker::config::Config;

use crate::options::Options;
use crate::suite::{Bench, Failure, Suite};

/// The factors that each setting is multiplied by.
const FACTORS: [f64; 2] = [0.5, 2.0];
/// The smallest difference that is shown.
const SHOWN: f64 = 0.0005;

/// The judged figures of a run, by suite and name.
type Figures = BTreeMap<(String, String), f64>;

/// Runs the suites with the settings as they are and with each number below `group` halved and doubled, and prints what
/// moved.
pub(crate) fn run(options: &Options, group: &str, suites: &[&Suite]) -> Result<(), Failure> {
    let settings = numbers(group)?;
    let usual = measured(options, suites)?;
    let mut lines: Vec<String> = Vec::new();
    for (path, value) in settings {
        let mut moved: BTreeMap<(String, String), [f64; 2]> = BTreeMap::new();
        for (at, factor) in FACTORS.into_iter().enumerate() {
            let mut options = options.clone();
            options.overrides.push((path.clone(), scaled(&value, factor)));
            let figures = match measured(&options, suites) {
                Ok(figures) => figures,
                Err(error) => {
                    println!("{path} times {factor}: {error}");
                    continue;
                }
            };
            for (figure, usual) in &usual {
                let now = figures.get(figure).copied().unwrap_or(f64::NAN);
                moved.entry(figure.clone()).or_default()[at] = now - usual;
            }
        }
        moved.retain(|_, differences| {
            differences.iter().any(|difference| difference.is_nan() || difference.abs() >= SHOWN)
        });
        if moved.is_empty() {
            lines.push(format!("| `{path}` | {value} | none moves by {SHOWN} | | |"));
        }
        for ((suite, figure), [half, double]) in moved {
            lines.push(format!("| `{path}` | {value} | {suite}: {figure} | {half:+.4} | {double:+.4} |"));
        }
    }
    println!("\n| setting | value | figure | half | double |\n| --- | --- | --- | --- | --- |");
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// The judged figures of the suites under some settings.
fn measured(options: &Options, suites: &[&Suite]) -> Result<Figures, Failure> {
    let mut bench = Bench::new(options.clone())?;
    for suite in suites {
        bench.run(suite);
    }
    Ok(bench.judged)
}

/// The numbers of the default settings at a dotted path and below it, ascending by path. True and false are no numbers,
/// and 0 has no half.
fn numbers(group: &str) -> Result<Vec<(String, Value)>, Failure> {
    let settings = serde_json::to_value(Config::default())?;
    let top = settings.pointer(&format!("/{}", group.replace('.', "/")));
    let mut found = Vec::new();
    collect(group, top.ok_or_else(|| format!("--vary {group}: there is no such setting"))?, &mut found);
    Ok(found)
}

fn collect(path: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Number(number) if number.as_f64() != Some(0.0) => found.push((path.to_owned(), value.clone())),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(&format!("{path}.{name}"), value, found))
        }
        _ => {}
    }
}

/// A number times a factor; whole numbers stay whole, and 1 or more.
fn scaled(value: &Value, factor: f64) -> String {
    match value.as_u64() {
        Some(whole) => format!("{}", ((whole as f64 * factor) as u64).max(1)),
        None => format!("{}", value.as_f64().unwrap_or(0.0) * factor),
    }
}
