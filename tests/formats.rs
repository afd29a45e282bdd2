//! Frozen copies of stored formats: today's code reads what a release before wrote, and another
//! maintained crate (`wincode`) reads and writes the same bytes as bincode. So there is a way on
//! from bincode without migrating a profile.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::json;
use tastemaker::store::DataFolder;
use tastemaker::store::catalogue::Catalogue;
use tastemaker::store::catalogue::snapshot::CatalogueSnapshot;
use tastemaker::store::codec::{self, RecordKind};
use tastemaker::store::journal::{Journal, JournalRecord, JournalSettings, Position, chain, read_from};
use tastemaker_index::event::Event;
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::Profile;
use wincode::config::Configuration;
use wincode::{SchemaRead, SchemaWrite};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// The record of a profile with its place in the journal, as version 4 has it.
const PROFILE: RecordKind = RecordKind { number: 1, version: 4 };

/// The frozen record.
const FROZEN: &str = "fixtures/formats/profile-4.record";

/// The frozen record of version 3, which knew no gifts.
const FROZEN_BEFORE: &str = "fixtures/formats/profile-3.record";

/// Events that leave something in every part of a profile.
fn events() -> Done<Vec<Event>> {
    let time = |hour: u32| format!("2026-03-01T{hour:02}:00:00Z");
    let who = json!({"user_id": "ada", "anonymous_id": "phone", "channel": "app"});
    let mut events = [
        json!({"type": "search", "query": "Trail Boots", "products": []}),
        json!({"type": "click", "query_id": "q-1", "query": "trail boots", "products": [{"id": "boot-1", "position": 2}]}),
        json!({"type": "add_to_cart", "products": [{"id": "boot-1", "quantity": 2, "price": 12_900}]}),
        json!({"type": "purchase", "order_id": "o-7", "currency": "EUR", "value": 25_800,
               "products": [{"id": "boot-1", "quantity": 2, "price": 12_900}], "placement": "similar", "query_id": "q-2"}),
        json!({"type": "refund", "order_id": "o-7", "products": [{"id": "boot-1", "price": 12_900}]}),
        json!({"type": "consent", "consent": {"personalization": true, "storage": true}}),
        json!({"type": "preferences", "preferences": {"brands": {"Ridgeline": "like"}, "categories": {"Shoes": "avoid"},
               "attributes": {"size": ["42", "43"]}, "channels": {"email": false}}}),
    ];
    let mut parsed = Vec::new();
    for (hour, event) in (8..).zip(&mut events) {
        let fields = event.as_object_mut().ok_or("no object")?;
        fields.extend(who.as_object().cloned().unwrap_or_default());
        fields.insert("time".into(), time(hour).into());
        fields.insert("message_id".into(), format!("m-{hour}").into());
        parsed.push(serde_json::from_value(event.clone())?);
    }
    Ok(parsed)
}

/// Position in the journal and profile, as they are stored.
type Stored = ((u64, u64), Profile);

fn stored(events: &[Event]) -> Stored {
    let mut profile = Profile::default();
    events.iter().for_each(|event| profile.record(&ShopperId::User("ada".into()), event));
    ((3, 4711), profile)
}

/// The events and an order for somebody else.
fn events_with_gift() -> Done<Vec<Event>> {
    let gift = json!({"type": "purchase", "user_id": "ada", "message_id": "m-gift", "time": "2026-03-02T08:00:00Z",
        "order_id": "o-8", "properties": {"gift": true}, "products": [{"id": "cup-1", "price": 900}]});
    let mut events = events()?;
    events.push(serde_json::from_value(gift)?);
    Ok(events)
}

fn frozen(name: &str) -> Done<Vec<u8>> {
    Ok(fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))?)
}

#[test]
fn a_profile_stored_by_an_earlier_release_is_read_and_written_the_same() -> Done {
    let stored = stored(&events_with_gift()?);
    if std::env::var_os("FREEZE").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(FROZEN), codec::encode(PROFILE, &stored)?)?;
    }
    assert_eq!(codec::decode::<Stored>(PROFILE, &frozen(FROZEN)?)?, stored);
    assert_eq!(codec::encode(PROFILE, &stored)?, frozen(FROZEN)?);
    Ok(())
}

#[test]
fn a_profile_of_version_3_lacks_no_more_than_its_gifts() -> Done {
    let before = frozen(FROZEN_BEFORE)?;
    let (version, payload) = codec::open(PROFILE, &before)?;
    assert_eq!(version, 3);
    // An empty list of gifts completes it.
    assert_eq!(codec::decode_payload::<Stored>(&[payload, &[0]].concat())?, self::stored(&events()?));
    Ok(())
}

#[test]
fn another_crate_of_the_same_format_reads_and_writes_it() -> Done {
    let bytes = frozen(FROZEN)?;
    let (_, payload) = codec::open(PROFILE, &bytes)?;
    let config = Configuration::default().with_varint_encoding();
    let read: record::Stored = wincode::config::deserialize_exact(payload, config)?;
    assert_eq!((read.segment, read.offset), (3, 4711));
    assert_eq!(read.profile.history.first().map(|seen| seen.product_id.as_str()), Some("boot-1"));
    let order = read.profile.orders.iter().find(|order| order.id.as_deref() == Some("o-7")).ok_or("no order")?;
    assert_eq!(read.profile.gifts.len(), 1);
    assert_eq!((order.id.as_deref(), order.refunds.len()), (Some("o-7"), 1));
    assert_eq!(order.placed.as_ref().map(|placed| (placed.value, placed.lines.len())), Some((25_800, 1)));
    assert_eq!(read.profile.stated.attributes.get("size").map(|sizes| sizes.value.len()), Some(2));
    assert_eq!(read.profile.searches.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["trail boots"]);
    assert_eq!(wincode::config::serialize(&read, config)?, payload, "written again, the bytes are the same");
    Ok(())
}

/// The stored record, spelled out as wincode needs it: fields in their order, enums by their number.
mod record {
    use super::{BTreeMap, SchemaRead, SchemaWrite};

    type Register<T> = Option<Dated<T>>;
    /// Counters by channel and kind of event.
    type Counts = BTreeMap<(Option<u32>, u32), u64>;

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Stored {
        pub(super) segment: u64,
        pub(super) offset: u64,
        pub(super) profile: Profile,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Profile {
        pub(super) history: Vec<Interaction>,
        pub(super) orders: Vec<Order>,
        pub(super) counts: BTreeMap<Option<String>, Counts>,
        pub(super) visits: Vec<Visit>,
        pub(super) stated: Stated,
        pub(super) links: Vec<(String, i64, bool)>,
        pub(super) first_ms: i64,
        pub(super) last_ms: i64,
        pub(super) searches: Vec<(i64, String)>,
        pub(super) gifts: Vec<u64>,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Interaction {
        pub(super) time_ms: i64,
        pub(super) event: u64,
        pub(super) line: u16,
        pub(super) kind: u32,
        pub(super) channel: Option<u32>,
        pub(super) product_id: String,
        pub(super) quantity: u32,
        pub(super) source: Option<Source>,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Source {
        pub(super) query_id: Option<String>,
        pub(super) placement: Option<String>,
        pub(super) query: Option<String>,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Order {
        pub(super) key: u64,
        pub(super) id: Option<String>,
        pub(super) placed: Option<Placed>,
        pub(super) refunds: Vec<Refund>,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Placed {
        pub(super) time_ms: i64,
        pub(super) received_ms: i64,
        pub(super) event: u64,
        pub(super) channel: Option<u32>,
        pub(super) device: Option<String>,
        pub(super) currency: Option<String>,
        pub(super) value: i64,
        pub(super) lines: Vec<(String, u32, Option<i64>)>,
        pub(super) source: Option<Source>,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Refund {
        pub(super) event: u64,
        pub(super) time_ms: i64,
        pub(super) value: Option<i64>,
        pub(super) lines: Vec<(String, u32, Option<i64>)>,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Visit {
        pub(super) start_ms: i64,
        pub(super) end_ms: i64,
        pub(super) channel: Option<u32>,
        pub(super) device: Option<String>,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Dated<T> {
        pub(super) at_ms: i64,
        pub(super) event: u64,
        pub(super) value: T,
    }

    #[derive(SchemaRead, SchemaWrite)]
    pub(super) struct Stated {
        pub(super) personalization: Register<bool>,
        pub(super) storage: Register<bool>,
        pub(super) brands: BTreeMap<String, Dated<u32>>,
        pub(super) categories: BTreeMap<String, Dated<u32>>,
        pub(super) attributes: BTreeMap<String, Dated<Vec<String>>>,
        pub(super) channels: BTreeMap<u32, Dated<bool>>,
    }
}

/// The list of segments of a journal with one event in a closed segment, as format 1 has it.
const CHAIN: &str = "{\"format\":1,\"open\":2,\"open_bytes\":0,\"closed\":[{\"number\":1,\"bytes\":162,\"xxh3\":\"88302e5cd38c97ca\"}]}";

/// The seal of a catalogue of one product, as format 1 has it.
const SEAL: &str = "{\"format\":1,\"files\":[{\"name\":\"products.jsonl\",\"products\":1,\"bytes\":31,\"xxh3\":\"861b1399760ecd68\"}]}\nb16c02acef1d623b";

#[test]
fn the_list_of_segments_is_read_and_written_the_same_and_a_newer_one_is_refused_by_name() -> Done {
    let folder = tempfile::tempdir()?;
    let mut journal = Journal::open(folder.path(), JournalSettings::default())?;
    let event = json!({"type": "view", "message_id": "m", "user_id": "ada", "products": [{"id": "boot-1"}]});
    journal.append(&[JournalRecord::new(&serde_json::from_value(event)?)?])?;
    journal.seal()?;
    drop(journal);
    let list = chain::path(folder.path());
    let sealed = format!("{CHAIN}\n{:016x}", xxhash_rust::xxh3::xxh3_64(CHAIN.as_bytes()));
    assert_eq!(fs::read_to_string(&list)?, sealed);
    assert_eq!(read_from(folder.path(), Position::START)?.count(), 1);
    let newer = r#"{"format":99,"something":"new"}"#;
    fs::write(&list, format!("{newer}\n{:016x}", xxhash_rust::xxh3::xxh3_64(newer.as_bytes())))?;
    let refused = read_from(folder.path(), Position::START).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("segments.json has format 99"), "{refused}");
    Ok(())
}

#[test]
fn the_seal_of_the_catalogue_is_read_and_written_the_same_and_a_newer_one_is_refused_by_name() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let mut writer = Catalogue::begin(&folder)?;
    writer.push_line(r#"{"id":"boot-1","title":"Boot"}"#)?;
    writer.commit()?;
    let seal = folder.catalogue().join("products.seal");
    assert_eq!(fs::read_to_string(&seal)?, SEAL);
    assert!(CatalogueSnapshot::open(&folder)?.is_some());
    let newer = r#"{"format":99}"#;
    fs::write(&seal, format!("{newer}\n{:016x}", xxhash_rust::xxh3::xxh3_64(newer.as_bytes())))?;
    let refused = CatalogueSnapshot::open(&folder).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("products.seal has format 99"), "{refused}");
    Ok(())
}
