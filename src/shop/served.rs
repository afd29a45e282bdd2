//! Impressions and the responses they come from. Shown products are queued for the journal without delaying
//! the response; the response itself is remembered for a while, so that a later click can be completed with
//! its query or placement.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use tastemaker_index::event::{Channel, Event, EventKind, EventProduct, MAX_EVENT_PRODUCTS};

use super::Shop;

/// One list of products in a response.
#[derive(Debug, Clone, Default)]
pub struct ShownList {
    /// The searched words, for a search.
    pub query: Option<String>,
    /// The placement, for a recommendation.
    pub placement: Option<String>,
    /// Product ids in the order shown.
    pub products: Vec<String>,
    /// Number of products on earlier pages.
    pub offset: usize,
}

/// The products one response showed to one shopper.
#[derive(Debug, Clone, Default)]
pub struct ShownResponse {
    /// The response's id, which later events refer to.
    pub query_id: String,
    /// The signed-in user.
    pub user_id: Option<String>,
    /// The device.
    pub anonymous_id: Option<String>,
    /// The session.
    pub session_id: Option<String>,
    /// The channel, such as web or app.
    pub channel: Option<Channel>,
    /// The lists of products.
    pub lists: Vec<ShownList>,
}

/// The most recent responses, at most `limit`. This is a queue and not an evicting cache: a response must stay
/// until `limit` newer ones came, no matter how often it was read.
pub(super) struct Served {
    limit: usize,
    responses: Mutex<Responses>,
}

#[derive(Default)]
struct Responses {
    by_id: HashMap<String, Vec<ShownList>>,
    /// Ids, oldest first.
    order: VecDeque<String>,
}

impl Served {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, responses: Mutex::default() }
    }

    fn remember(&self, query_id: String, lists: Vec<ShownList>) {
        let mut responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        responses.order.push_back(query_id.clone());
        responses.by_id.insert(query_id, lists);
        if responses.order.len() > self.limit
            && let Some(oldest) = responses.order.pop_front()
        {
            responses.by_id.remove(&oldest);
        }
    }

    /// Fills in the query or placement of an event that names a remembered response.
    pub(super) fn complete(&self, event: &mut Event) {
        if event.query.is_some() || event.placement.is_some() || event.kind == EventKind::Search {
            return;
        }
        let Some(query_id) = &event.query_id else { return };
        let responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lists) = responses.by_id.get(query_id) else { return };
        let shows = |list: &&ShownList| event.products.iter().any(|product| list.products.contains(&product.id));
        if let Some(list) = lists.iter().find(shows).or_else(|| lists.first().filter(|_| lists.len() == 1)) {
            event.query.clone_from(&list.query);
            event.placement.clone_from(&list.placement);
        }
    }
}

impl Shop {
    /// Journals the impressions of a response, and remembers its lists.
    pub fn shown(&self, shown: ShownResponse) {
        for list in &shown.lists {
            let placed = list.products.iter().take(MAX_EVENT_PRODUCTS).enumerate().map(|(at, id)| EventProduct {
                id: id.clone(),
                quantity: 1,
                price: None,
                position: u32::try_from(list.offset + at + 1).ok(),
            });
            self.ingest.offer(Event {
                query_id: Some(shown.query_id.clone()),
                user_id: shown.user_id.clone(),
                anonymous_id: shown.anonymous_id.clone(),
                session_id: shown.session_id.clone(),
                channel: shown.channel,
                query: list.query.clone(),
                placement: list.placement.clone(),
                products: placed.collect(),
                ..Event::new(EventKind::Impression)
            });
        }
        self.served.remember(shown.query_id, shown.lists);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn click(query_id: &str, product: &str) -> Event {
        let products = vec![EventProduct { id: product.to_owned(), quantity: 1, price: None, position: None }];
        Event { query_id: Some(query_id.to_owned()), products, ..Event::new(EventKind::Click) }
    }

    #[test]
    fn a_click_finds_its_query_or_placement_while_it_is_remembered() {
        let served = Served::new(2);
        let list = |placement: &str, product: &str| ShownList {
            placement: Some(placement.to_owned()),
            products: vec![product.to_owned()],
            ..ShownList::default()
        };
        served.remember("page".into(), vec![list("similar", "a"), list("for-you", "b")]);
        served.remember("search".into(), vec![ShownList { query: Some("boots".into()), ..ShownList::default() }]);
        let completed = |mut event: Event| {
            served.complete(&mut event);
            (event.query, event.placement)
        };
        assert_eq!(completed(click("page", "b")), (None, Some("for-you".into())));
        assert_eq!(completed(click("page", "elsewhere")), (None, None));
        assert_eq!(completed(click("search", "x")), (Some("boots".into()), None));
        served.remember("newer".into(), Vec::new());
        assert_eq!(completed(click("page", "b")), (None, None), "forgotten");
    }
}
