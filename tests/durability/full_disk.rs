//! A disk that fills up under the server: events are refused with a clear code,
//! searches go on, nothing accepted is lost nor anything counted twice, and where
//! there is room again events are accepted without a restart.

use serde_json::{Value, json};

use super::support::server::Server;
use super::support::{Done, demo_folder};

/// Batches sent at most before the disk must have been full.
const BATCHES: usize = 200;
const BATCH: usize = 20;

fn batch(number: usize) -> Value {
    let event = |n: usize| {
        json!({
            "type": "view",
            "message_id": format!("full-{number}-{n}"),
            "user_id": "full-disk",
            "products": [{"id": "st-gale"}],
        })
    };
    Value::Array((0..BATCH).map(event).collect())
}

/// Sends a batch until it is accepted; until then the server says that it is not ready for events.
fn go_on(server: &Server, number: usize) -> Done {
    for _ in 0..100 {
        let reply = server.post("/v1/events", &batch(number))?;
        if reply.status == 200 {
            let ready = server.get("/readyz", &[])?.ok()?;
            assert_eq!((&ready["status"], &ready["problems"]), (&json!("ready"), &json!([])), "{ready}");
            return Ok(());
        }
        reply.refused(503, "events_unavailable")?;
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Err(format!("events are not accepted again: {}", server.log()?).into())
}

#[test]
fn events_are_refused_until_there_is_room_and_none_is_lost_or_counted_twice() -> Done {
    for room in [40, 100, 250] {
        let folder = demo_folder()?;
        // The store of profiles wants room of its own when it is made.
        Server::start(folder.path())?.stop("TERM")?;
        let server = Server::start_with_room(folder.path(), room)?;
        let mut accepted = 0;
        let refused = loop {
            let reply = server.post("/v1/events", &batch(accepted))?;
            if reply.status != 200 || accepted == BATCHES {
                break reply;
            }
            assert_eq!(reply.ok()?["accepted"], BATCH);
            accepted += 1;
        };
        assert!(accepted > 0, "{room} KiB: nothing was accepted");
        // A full disk is 507; a file that may not grow is a failure to write like any other.
        match refused.status {
            507 => refused.refused(507, "disk_full")?,
            _ => refused.refused(503, "events_unavailable")?,
        };
        // In a new file there is room again.
        go_on(&server, accepted)?;
        assert!(server.search(&json!({"query": "boots"}))?["total"].as_u64() > Some(0), "searches go on");
        server.kill()?;

        let server = Server::start(folder.path())?;
        let views =
            || -> Done<Option<u64>> { Ok(server.get("/v1/profiles/full-disk", &[])?.ok()?["counts"]["view"].as_u64()) };
        assert!(views()? >= Some((accepted * BATCH) as u64), "{room} KiB: {:?} of {accepted} batches", views()?);
        for number in 0..=accepted {
            assert_eq!(server.post("/v1/events", &batch(number))?.ok()?["rejected"], 0);
        }
        assert_eq!(views()?, Some(((accepted + 1) * BATCH) as u64), "{room} KiB: sent again, counted once");
    }
    Ok(())
}
