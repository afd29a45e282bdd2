//! The view of an operator beside a load: the time `/readyz` takes, on a thread and a connection of its own, and the
//! memory of the server.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};

use crate::server::Server;

/// The time between two looks.
const EVERY: Duration = Duration::from_millis(20);
/// The longest time that a look may take; a look that takes longer counts as so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The figures that were seen.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Seen {
    /// The longest time `/readyz` took.
    pub(crate) worst: Duration,
    /// The most memory that the server held, in bytes.
    pub(crate) resident: u64,
}

/// Looks while `work` goes on, and once more after it.
pub(crate) fn beside<T>(server: &Server, work: impl FnOnce() -> T) -> anyhow::Result<(T, Seen)> {
    let ended = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let looking = threads.spawn(|| look(server, &ended));
        let done = work();
        ended.store(true, Ordering::Relaxed);
        let seen = looking.join().map_err(|_| anyhow!("the probe panicked"))??;
        Ok((done, seen))
    })
}

fn look(server: &Server, ended: &AtomicBool) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    loop {
        let last = ended.load(Ordering::Relaxed);
        let began = Instant::now();
        ready(server)?;
        seen.worst = seen.worst.max(began.elapsed());
        seen.resident = seen.resident.max(server.resident()?);
        if last {
            return Ok(seen);
        }
        std::thread::sleep(EVERY);
    }
}

/// Asks on a connection of its own, as a balancer does.
fn ready(server: &Server) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = [0; 16];
    match stream.read_exact(&mut answer) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Ok(()),
        read => read?,
    }
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "not ready: {}", String::from_utf8_lossy(&answer));
    Ok(())
}
