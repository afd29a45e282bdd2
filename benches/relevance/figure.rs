//! One measured number: with its interval, what main reached, what it must
//! reach, and what others published; and the table of them.

use std::collections::BTreeMap;

use tastemaker_index::eval::paired_interval;

use crate::baseline::Saved;

const SEED: u64 = 20_260_801;

/// What a number must reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bar {
    /// Aimed at and told, not required: the baseline alone decides.
    Wanted(f64),
    /// The same of a number that should be low.
    WantedBelow(f64),
    AtLeast(f64),
    Below(f64),
}

/// One measured number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) mean: f64,
    /// One value a query, where there are queries.
    pub(crate) values: Vec<f64>,
    /// 95 % interval, when it is not that of the mean of `values`.
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) bar: Option<Bar>,
    /// How far below the baseline is still no failure; `None` for numbers that are only shown.
    pub(crate) tolerance: Option<f64>,
    /// What others published on the same data.
    pub(crate) published: &'static str,
}

impl Figure {
    /// A single number.
    pub(crate) fn number(name: impl Into<String>, mean: f64) -> Self {
        Self { name: name.into(), mean, ..Self::default() }
    }

    /// The mean of one value a query.
    pub(crate) fn mean(name: impl Into<String>, values: Vec<f64>) -> Self {
        let mean = values.iter().fold(0.0, |sum, value| sum + value) / values.len().max(1) as f64;
        Self { name: name.into(), mean, values, ..Self::default() }
    }

    fn interval(&self) -> Option<(f64, f64)> {
        self.interval.or_else(|| self.difference(&vec![0.0; self.values.len()]))
    }

    /// The interval of the mean difference to other values of the same queries.
    fn difference(&self, before: &[f64]) -> Option<(f64, f64)> {
        let found = paired_interval(before, &self.values, SEED).ok()?;
        Some((found.low, found.high))
    }

    /// The difference to the baseline with its interval: paired where the baseline keeps every
    /// query's value, otherwise that of this build's mean alone.
    fn against(&self, saved: &Saved) -> String {
        let difference = self.mean - saved.mean;
        let whole = self.interval().map(|(low, high)| (low - saved.mean, high - saved.mean));
        let interval = if saved.values.is_empty() { whole } else { self.difference(&saved.values).or(whole) };
        let interval = interval.map_or_else(String::new, |(low, high)| format!(" [{low:+.4}, {high:+.4}]"));
        format!("{difference:+.4}{interval}")
    }
}

/// All figures of a suite, one a line.
pub(crate) fn table(figures: &[Figure], saved: &BTreeMap<String, Saved>) -> String {
    let header = format!(
        "{:<28}{:>10} {:>18}  {:>9}  {:<28}{:<13}published",
        "", "this build", "95 %", "baseline", "difference", "bar"
    );
    figures.iter().fold(format!("{header}\n"), |out, figure| {
        let interval = figure.interval().map_or_else(String::new, |(low, high)| format!("[{low:.4}, {high:.4}]"));
        let known = saved.get(&figure.name);
        let baseline = known.map_or_else(|| "-".to_owned(), |saved| format!("{:.4}", saved.mean));
        let difference = known.map_or_else(String::new, |saved| figure.against(saved));
        let bar = match figure.bar {
            Some(Bar::Wanted(bar)) => format!("wanted {bar}"),
            Some(Bar::WantedBelow(bar)) => format!("wanted < {bar}"),
            Some(Bar::AtLeast(bar)) => format!(">= {bar}"),
            Some(Bar::Below(bar)) => format!("< {bar}"),
            None => String::new(),
        };
        let line = format!(
            "{:<28}{:>10.4} {interval:>18}  {baseline:>9}  {difference:<28}{bar:<13}{}",
            figure.name, figure.mean, figure.published
        );
        out + line.trim_end() + "\n"
    })
}

/// What is not as it must be, one sentence each; the baseline counts when given.
pub(crate) fn judge(figures: &[Figure], saved: Option<&BTreeMap<String, Saved>>) -> Vec<String> {
    let mut faults = Vec::new();
    for Figure { name, mean, bar, tolerance, .. } in figures {
        match *bar {
            // Not `<`: what is no number reaches nothing.
            Some(Bar::AtLeast(bar)) if mean.is_nan() || *mean < bar => {
                faults.push(format!("{name} is {mean:.4}, must reach {bar}"))
            }
            Some(Bar::Below(bar)) if mean.is_nan() || *mean >= bar => {
                faults.push(format!("{name} is {mean:.4}, must stay below {bar}"))
            }
            _ => {}
        }
        let (Some(saved), Some(tolerance)) = (saved, tolerance) else { continue };
        match saved.get(name) {
            None => faults.push(format!("{name} has no baseline; write one with --save")),
            Some(saved) if mean.is_nan() || *mean < saved.mean - tolerance => {
                faults
                    .push(format!("{name} is {mean:.4}, more than {tolerance} below the baseline's {:.4}", saved.mean));
            }
            Some(_) => {}
        }
    }
    faults
}
