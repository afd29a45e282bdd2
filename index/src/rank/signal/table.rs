//! The documentation's table of signals, `docs/reference/signals.md`.

use super::{Effect, Group, SIGNALS, Signal};
use crate::rank::RankSettings;

/// The page about signals, in Markdown.
pub fn table() -> String {
    let mut page = String::from(
        "# Signals of a search score\n\n\
         The score of a product is the sum of the contributions of these signals. A contribution is the weight \
         times the value. `POST /v1/search` with `\"explain\": true`, `POST /v1/search/explain` and `tastemaker \
         explain` show them for one product. Settings are keys below `search`; their ranges are in \
         `tastemaker settings`.\n\n\
         | signal | title | value | range of the value | weight | default |\n\
         | --- | --- | --- | --- | --- | ---: |\n",
    );
    SIGNALS.iter().for_each(|signal| page.push_str(&line(signal)));
    page.push_str(
        "\nThe gate is the confidence in the shopper's history, 0 to 1: `n/(n + rank.personal.gate)`, where n is the \
         decayed number of products in it. `rank.vector_weight` is 1 where no product has words of the query, and 0 \
         where the query has no vector.\n",
    );
    page
}

fn line(signal: &Signal) -> String {
    let Signal { name, title, meaning, range: (least, most), .. } = signal;
    let range = match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("{most} or less"),
        (None, None) => "any".to_owned(),
    };
    let scale = match signal.effect {
        Effect::Added { group, .. } => scale(group),
        Effect::Changed => None,
    };
    let key = signal.setting().map(|weight| format!("`{}`", weight.key));
    let weight: Vec<String> = scale.map(str::to_owned).into_iter().chain(key).collect();
    let weight = if weight.is_empty() { "1".to_owned() } else { weight.join(" × ") };
    let default = signal.setting().map_or_else(String::new, |_| signal.weight(&RankSettings::default()).to_string());
    format!("| `{name}` | {title} | {meaning} | {range} | {weight} | {default} |\n")
}

/// The scale of a group, as settings spell it; nothing where it is 1.
fn scale(group: Group) -> Option<&'static str> {
    match group {
        Group::Words => Some("(1 − `rank.vector_weight`)"),
        Group::Vectors => Some("`rank.vector_weight`"),
        Group::Inferred => Some("gate × `rank.personal.weight`"),
        Group::Product | Group::Availability | Group::Intent | Group::Meant | Group::Stated => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_DOCS=1 cargo test -p tastemaker-index --lib signal::table` writes the page.
    #[test]
    fn the_page_about_signals_is_the_registry_s() -> std::io::Result<()> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/signals.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, table())?;
        }
        let page = std::fs::read_to_string(path)?;
        assert!(page == table(), "docs/reference/signals.md is stale: run this test with UPDATE_DOCS=1");
        Ok(())
    }
}
