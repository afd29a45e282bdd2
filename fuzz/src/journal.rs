//! Frames of the journal and of the log of catalogue changes, and their payloads.

use tastemaker_index::event::Event;

#[path = "../../src/store/catalogue/change.rs"]
#[allow(dead_code, reason = "the store uses all of it")]
mod change;
#[path = "../../src/store/journal/frame.rs"]
#[allow(dead_code, reason = "the store uses all of it")]
mod frame;

use frame::{Frame, JournalRecord, later_group_exists, message_hash};

/// Consecutive frames; the rest, which is not a frame, becomes the payload of a valid one.
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

/// The payload of a frame: an event, or a change of a product.
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
