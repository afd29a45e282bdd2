//! Load over bare sockets: requests are whole byte strings made beforehand, and
//! of an answer no more is read than its status, its length and how many events
//! it accepted, because the client shares the cores with the server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};

/// Requests of a connection before anything counts.
pub(crate) const WARM_UP: usize = 20;

/// A request as bytes, and how many events it carries.
pub(crate) struct Post {
    bytes: Vec<u8>,
    events: u64,
}

impl Post {
    /// Events in a request: alone as an object, else as a list.
    pub(crate) fn new(events: &[String]) -> Self {
        let body = match events {
            [alone] => alone.clone(),
            many => format!("[{}]", many.join(",")),
        };
        let head = "POST /v1/events HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length:";
        Self { bytes: format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes(), events: events.len() as u64 }
    }
}

/// What a run took.
pub(crate) struct Run {
    /// Requests and events that were timed, a second.
    pub(crate) requests_rate: f64,
    pub(crate) events_rate: f64,
    /// From sending to the last byte of the answer, milliseconds, ascending.
    pub(crate) ms: Vec<f64>,
}

/// Sends each list of requests over a connection of its own, each request as soon as the one before
/// is answered. Every event must be accepted.
pub(crate) fn send(url: &str, shares: &[Vec<Post>]) -> anyhow::Result<Run> {
    let address = url.strip_prefix("http://").context("an address without http://")?;
    let gate = Barrier::new(shares.len());
    let runs = std::thread::scope(|threads| {
        let starts = shares.iter().map(|posts| threads.spawn(|| one(address, posts, &gate)));
        let running: Vec<_> = starts.collect();
        let ended = running.into_iter().map(|run| run.join().map_err(|_| anyhow!("a connection panicked"))?);
        ended.collect::<anyhow::Result<Vec<_>>>()
    })?;
    let began = runs.iter().map(|run| run.0).min().context("no connection")?;
    let ended = runs.iter().map(|run| run.1).max().context("no connection")?;
    let seconds = (ended - began).as_secs_f64();
    let events: u64 = shares.iter().flat_map(|posts| posts.iter().skip(WARM_UP)).map(|post| post.events).sum();
    let mut ms: Vec<f64> = runs.into_iter().flat_map(|run| run.2).collect();
    ms.sort_unstable_by(f64::total_cmp);
    Ok(Run { requests_rate: ms.len() as f64 / seconds, events_rate: events as f64 / seconds, ms })
}

type Timed = (Instant, Instant, Vec<f64>);

fn one(address: &str, posts: &[Post], gate: &Barrier) -> anyhow::Result<Timed> {
    let mut connection = Connection::open(address);
    let mut ask = |post: &Post| match &mut connection {
        Ok(connection) => connection.ask(post),
        Err(error) => Err(anyhow!("cannot connect: {error}")),
    };
    let (first, rest) = posts.split_at(WARM_UP.min(posts.len()));
    // Every thread must reach the gate, so errors wait until after it.
    let warm = first.iter().try_for_each(&mut ask);
    gate.wait();
    warm?;
    let began = Instant::now();
    let mut ms = Vec::with_capacity(rest.len());
    for post in rest {
        let sent = Instant::now();
        ask(post)?;
        ms.push(sent.elapsed().as_secs_f64() * 1e3);
    }
    Ok((began, Instant::now(), ms))
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream, buffer: vec![0; 256 << 10] })
    }

    fn ask(&mut self, post: &Post) -> anyhow::Result<()> {
        self.stream.write_all(&post.bytes)?;
        let mut filled = 0;
        let mut whole = None;
        while whole.is_none_or(|whole| filled < whole) {
            let read = self.stream.read(&mut self.buffer[filled..])?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            whole = whole.map_or_else(|| whole_length(&self.buffer[..filled]), |whole| Ok(Some(whole)))?;
        }
        let answer = &self.buffer[..filled];
        let accepted = format!("\r\n\r\n{{\"accepted\":{},", post.events);
        if answer.starts_with(b"HTTP/1.1 200 ") && position(answer, accepted.as_bytes()).is_some() {
            return Ok(());
        }
        bail!("not every event was accepted: {}", String::from_utf8_lossy(&answer[..filled.min(600)]))
    }
}

/// Bytes of head and body, once the head is there.
fn whole_length(answer: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(head) = position(answer, b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&answer[..head])?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Ok(Some(head + 4 + length.context("an answer without its length")?))
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
