//! Clients that send or read slowly, withhold bodies, or send and ask for too much.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::support::Done;
use super::support::server::Demo;

/// The longest time a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection on which a request with a body of this length is begun.
fn begun(shop: &Demo, length: usize) -> Done<TcpStream> {
    let host = shop.address().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!("POST /v1/events HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    Ok(stream)
}

/// The response on a connection that the server closes after it.
fn rest(mut stream: TcpStream) -> Done<String> {
    let mut text = Vec::new();
    stream.set_read_timeout(Some(PATIENCE))?;
    match stream.read_to_end(&mut text) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error.into()),
        _ => Ok(String::from_utf8_lossy(&text).into_owned()),
    }
}

#[test]
fn a_body_that_does_not_arrive_ends_its_request() -> Done {
    let shop = Demo::start_with("[server]\nbody_seconds = 1")?;
    let mut stream = begun(&shop, 1000)?;
    stream.write_all(b"{\"type\":")?;
    let response = rest(stream)?;
    assert!(response.starts_with("HTTP/1.1 408") && response.contains("body_too_slow"), "{response}");
    Ok(())
}

#[test]
fn withheld_bodies_fill_no_more_than_their_room_and_give_it_back() -> Done {
    let shop = Demo::start_with("[server]\nmax_body_bytes = 1000000\nmax_bodies_bytes = 1000000")?;
    let withheld = || {
        let mut stream = begun(&shop, 600_001)?;
        stream.write_all(&vec![b' '; 600_000])?;
        Done::Ok(stream)
    };
    // One of the two has no room.
    let (first, second) = (withheld()?, withheld()?);
    for stream in [&first, &second] {
        stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    }
    let mut streams = vec![first, second];
    let began = Instant::now();
    let refused = loop {
        assert!(began.elapsed() < PATIENCE, "both bodies were taken");
        let mut byte = [0];
        if let Some(at) = streams.iter().position(|stream| matches!(stream.peek(&mut byte), Ok(1))) {
            break streams.swap_remove(at);
        }
    };
    let response = rest(refused)?;
    assert!(response.starts_with("HTTP/1.1 503") && response.contains("retry-after: 1"), "{response}");
    assert_eq!(shop.search(&json!({"query": "espresso"}))?["page"], 1, "small bodies have room beside it");
    drop(streams);
    let big = json!({"type": "view", "user_id": "mia", "products": [{"id": "st-gale"}], "properties": {"note": "x"}});
    let padded = format!("{big}{}", " ".repeat(900_000));
    while shop.send("POST", "/v1/events", "application/json", padded.as_bytes())?.status != 200 {
        assert!(began.elapsed() < PATIENCE, "the room was not given back");
    }
    Ok(())
}

#[test]
fn answers_and_products_have_a_largest_size() -> Done {
    let shop = Demo::start_with("[server]\nmax_answer_bytes = 2000\nmax_product_bytes = 2000")?;
    shop.post("/v1/search", &json!({"query": "", "per_page": 100}))?.refused(422, "answer_too_large")?;
    assert_eq!(shop.search(&json!({"query": "", "per_page": 0}))?["page"], 1);
    let product = |length: usize| json!({"title": "Stove", "price": 100, "description": "a".repeat(length)});
    let refused = shop.put("/v1/products/large", &product(2000))?.refused(413, "product_too_large")?;
    assert_eq!(refused["field"], "product");
    shop.put("/v1/products/large", &product(1000))?.ok()?;
    let patch = json!({"description": "b".repeat(2000)}).to_string();
    shop.send("PATCH", "/v1/products/large", "application/json", patch.as_bytes())?
        .refused(413, "product_too_large")?;
    let operations = json!({"operations": [{"op": "put", "id": "other", "product": product(2000)}]});
    let batch = shop.post("/v1/products/batch", &operations)?.ok()?;
    assert_eq!(batch["results"][0]["code"], "product_too_large", "{batch}");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn who_reads_nothing_is_disconnected() -> Done {
    let shop = Demo::start_with("[server]\nstalled_seconds = 1")?;
    let host = shop.address().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host)?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let ask = format!("GET /v1/search?per_page=200 HTTP/1.1\r\nhost: {host}\r\n\r\n");
    // More answers than fit into the buffers of both sides, none of them read.
    let mut asked = 0_usize;
    while asked < 500 && stream.write_all(ask.as_bytes()).is_ok() {
        asked += 1;
    }
    std::thread::sleep(Duration::from_secs(5));
    let (mut read, mut buffer) = (0, vec![0; 1 << 20]);
    let ended = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break "closed",
            Ok(count) => read += count,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break "reset",
            Err(error) => return Err(format!("after {read} bytes of {asked} answers: {error}").into()),
        }
    };
    assert!(["closed", "reset"].contains(&ended));
    Ok(())
}
