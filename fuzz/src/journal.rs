//! Frames of the journal and of the log of changes, and what they hold.

use tastemaker_index::event::Event;

#[path = "../../src/store/catalogue/change.rs"]
#[allow(dead_code, reason = "the store uses all of it")]
mod change;
#[path = "../../src/store/journal/frame.rs"]
#[allow(dead_code, reason = "the store uses all of it")]
mod frame;

use frame::{Frame, JournalRecord, later_group_exists, message_hash};

/// Frames one after the other; what is no frame, as the payload of one that is whole.
pub fn journal(data: &[u8]) {
    let mut at = 0;
    while let Ok(frame) = Frame::parse(&data[at..]) {
        held(frame.payload);
        let redacted = frame.redacted();
        assert!(Frame::parse(&redacted).is_ok_and(|frame| frame.is_redacted() || frame.payload.is_empty()));
        assert_eq!(redacted.len() as u64, frame.bytes());
        at += frame.bytes() as usize;
    }
    later_group_exists(data, at as u64);
    if let Ok(record) = JournalRecord::of_json(message_hash("m"), data[at..].to_vec()) {
        let mut written = Vec::new();
        record.write(0, &mut written);
        assert_eq!(Frame::parse(&written).map(|frame| frame.payload), Ok(&data[at..]));
    }
    held(&data[at..]);
}

/// What a frame holds: an event, or a change of a product.
fn held(payload: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<Event>(payload) {
        drop((event.check(), event.minor_value(), event.time_ms()));
    }
    if let Ok(change) = serde_json::from_slice::<change::ProductChange>(payload) {
        let before = change::product(&serde_json::json!({"id": "a", "title": "A", "attributes": {"size": [1]}})).ok();
        if let Ok(Some(after)) = change.act.applied(before) {
            change::version(&after);
        }
    }
}
