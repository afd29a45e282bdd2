//! More requests than the server can answer: what is refused, how, and what goes on.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::Reply;
use super::support::server::Demo;

/// The longest time a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A search that takes long.
fn heavy() -> Value {
    let ranges: Vec<Value> = (0..100).map(|at| json!([at * 10, at * 10 + 500])).collect();
    json!({"query": "", "facets": vec![json!({"field": "price", "ranges": ranges}); 50], "per_page": 100})
}

/// The responses to as many searches at the same moment.
fn at_once(shop: &Demo, count: usize) -> Done<Vec<Reply>> {
    let gate = Barrier::new(count);
    std::thread::scope(|threads| {
        let ask = || {
            gate.wait();
            shop.post("/v1/search", &heavy())
        };
        let asked: Vec<_> = (0..count).map(|_| threads.spawn(ask)).collect();
        asked.into_iter().map(|asked| asked.join().map_err(|_| "a client panicked")?).collect()
    })
}

/// The figures of the load that the server tells of itself.
fn load(shop: &Demo) -> Done<Value> {
    Ok(shop.get("/readyz", &[])?.ok()?["load"].clone())
}

#[test]
fn what_would_wait_too_long_is_refused_with_the_time_to_try_again() -> Done {
    let shop = Demo::start_with("[server.load]\nthreads = 1\ntarget_wait_ms = 1\nburst_wait_ms = 1")?;
    let began = Instant::now();
    let (mut answered, mut refused) = (0, 0);
    while refused == 0 || answered == 0 {
        assert!(began.elapsed() < PATIENCE, "{answered} answered, {refused} refused");
        for reply in at_once(&shop, 16)? {
            if reply.status == 200 {
                answered += 1;
                continue;
            }
            let seconds = reply.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
            assert!(seconds.is_some_and(|seconds| seconds >= 1), "{reply:?}");
            reply.refused(503, "overloaded")?;
            refused += 1;
        }
    }
    let load = load(&shop)?;
    assert!(load["refused"]["search"].as_u64().is_some_and(|count| count >= 1), "{load}");
    // The burst is over.
    assert_eq!(shop.search(&json!({"query": "espresso"}))?["page"], 1);
    Ok(())
}

#[test]
fn a_search_stops_at_its_deadline() -> Done {
    let shop = Demo::start_with("[server.load]\ndeadline_ms = 1")?;
    let began = Instant::now();
    loop {
        assert!(began.elapsed() < PATIENCE, "every search was ready in time");
        let reply = shop.post("/v1/search", &heavy())?;
        if reply.status != 200 {
            assert!(reply.header("retry-after").is_some(), "{reply:?}");
            reply.refused(503, "deadline_exceeded")?;
            return Ok(());
        }
    }
}

#[test]
fn nobody_works_for_a_client_that_left() -> Done {
    let settings = "[server.load]\nthreads = 1\ntarget_wait_ms = 10000\nburst_wait_ms = 10000\ndeadline_ms = 60000";
    let shop = Demo::start_with(settings)?;
    let host = shop.address().trim_start_matches("http://").to_owned();
    let body = heavy().to_string();
    let request = format!(
        "POST /v1/search HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let began = Instant::now();
    loop {
        assert!(began.elapsed() < PATIENCE, "{}", load(&shop)?);
        let mut clients = (0..40).map(|_| TcpStream::connect(&host)).collect::<Result<Vec<_>, _>>()?;
        clients.iter_mut().try_for_each(|client| client.write_all(request.as_bytes()))?;
        drop(clients);
        while load(&shop)?["waiting"] != 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        if load(&shop)?["left"].as_u64().is_some_and(|left| left > 0) {
            return Ok(());
        }
    }
}

#[test]
fn health_is_told_while_every_thread_is_at_work() -> Done {
    let settings = "[server.load]\nthreads = 1\ntarget_wait_ms = 10000\nburst_wait_ms = 10000\ndeadline_ms = 60000";
    let shop = Demo::start_with(settings)?;
    std::thread::scope(|threads| -> Done {
        let searches = threads.spawn(|| at_once(&shop, 32));
        let mut seen = 0;
        while !searches.is_finished() {
            assert_eq!(shop.get("/healthz", &[])?.ok()?, json!({"status": "ok"}));
            seen = seen.max(load(&shop)?["waiting"].as_u64().unwrap_or_default());
        }
        let replies = searches.join().map_err(|_| "a client panicked")??;
        assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
        assert!(seen > 0, "health was told while searches waited");
        Ok(())
    })
}

#[test]
fn large_batches_of_events_are_acknowledged_as_small_ones() -> Done {
    let shop = Demo::start()?;
    let event = |at: usize| json!({"type": "view", "message_id": format!("large-{at}"), "user_id": "lea", "products": [{"id": "st-gale"}]});
    let batch: Vec<Value> = (0..1000).map(event).collect();
    assert!(Value::from(batch.clone()).to_string().len() > 70_000);
    assert_eq!(shop.post("/v1/events", &json!(batch))?.ok()?["accepted"], 1000);
    assert_eq!(shop.post("/v1/events", &json!(batch))?.ok()?["duplicates"], 1000);
    Ok(())
}
