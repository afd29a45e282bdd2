//! The expectations of a judged query, and the faults of an answer: the logic of
//! `check_queries.py` beside the queries.

use serde::Deserialize;
use tastemaker_index::hit::SearchAnswer;

/// A query as a shopper types it, with what is right.
#[derive(Debug, Deserialize)]
pub(super) struct Judged {
    pub(super) shop: String,
    pub(super) query: String,
    pub(super) kind: String,
    /// The reason of the judgement, for a reader.
    #[serde(default)]
    pub(super) why: String,
    pub(super) lang: Option<String>,
    pub(super) sort: Option<String>,
    expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    first: Option<Vec<String>>,
    #[serde(default)]
    top: Vec<Among>,
    #[serde(default)]
    avoid: Vec<Among>,
    max_total: Option<usize>,
    #[serde(default)]
    zero: bool,
}

#[derive(Debug, Deserialize)]
struct Among {
    k: usize,
    ids: Vec<String>,
    min: Option<usize>,
}

impl Judged {
    /// The faults of an answer; empty where it passes.
    pub(super) fn faults(&self, answer: &SearchAnswer) -> Vec<String> {
        let ids: Vec<&str> = answer.hits.iter().map(|hit| hit.id.as_str()).collect();
        let holds = |wanted: &[String], id: &str| wanted.iter().any(|wanted| wanted == id);
        let mut faults = Vec::new();
        if let Some(wanted) = &self.expect.first
            && !ids.first().is_some_and(|first| holds(wanted, first))
        {
            faults.push(format!("first is {}", ids.first().unwrap_or(&"nothing")));
        }
        for among in &self.expect.top {
            let (found, least) =
                (ids.iter().take(among.k).filter(|id| holds(&among.ids, id)).count(), among.min.unwrap_or(1));
            if found < least {
                faults.push(format!("{found} of {least} wanted in the first {}", among.k));
            }
        }
        for among in &self.expect.avoid {
            let bad: Vec<&str> = ids.iter().take(among.k).filter(|id| holds(&among.ids, id)).copied().collect();
            if !bad.is_empty() {
                faults.push(format!("unwanted in the first {}: {}", among.k, bad.join(", ")));
            }
        }
        if let Some(most) = self.expect.max_total
            && answer.total > most
        {
            faults.push(format!("total {}, at most {most}", answer.total));
        }
        if self.expect.zero && (answer.total > 0 || !ids.is_empty()) {
            faults.push(format!("total {}, should be none", answer.total));
        }
        faults
    }
}
