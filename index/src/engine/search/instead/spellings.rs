//! Other spellings of the query whose searches find something by their words.

use super::{EmptyPage, MAX_SPELLED};
use crate::error::Result;
use crate::hit::OtherSpelling;
use crate::query::SearchQuery;
use crate::text::{MatchLevel, spellings};

/// The most spellings of a response.
const MAX_SPELLINGS: usize = 3;

impl EmptyPage<'_> {
    /// The spellings nearest to the query that find products by their words, the likeliest first.
    pub(super) fn spellings(&self) -> Result<Vec<OtherSpelling>> {
        let (text, settings) = (&self.search.snapshot.generation.text, &self.search.snapshot.settings.text);
        self.allow(MAX_SPELLED);
        let mut found = Vec::new();
        // A phrase that nothing has is offered as words first.
        let apart = Some(self.query.query.replace('"', " ")).filter(|apart| *apart != self.query.query);
        let apart = apart.map(|apart| apart.split_whitespace().collect::<Vec<_>>().join(" "));
        let spelled = spellings(text, &self.query.query, self.query.lang.as_deref(), &settings.spelling)?;
        for spelled in apart.into_iter().chain(spelled) {
            if found.len() == MAX_SPELLINGS {
                break;
            }
            let query = SearchQuery { query: spelled, ..self.plain() };
            if let Some((total, level)) = self.found(&query)?
                && level != MatchLevel::Meaning
            {
                found.push(OtherSpelling { query: query.query, total });
            }
        }
        Ok(found)
    }
}
