//! Load: a closed loop, which finds the capacity, and an open one, whose clients arrive at random (a Poisson process)
//! at a given rate and leave when they have waited a second.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::time::{sleep_until, timeout_at};

use crate::client::Connection;
use crate::random::Random;

/// The time after which a client leaves.
const PATIENCE: Duration = Duration::from_secs(1);

/// The requests and where they go.
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Vec<Vec<u8>>,
    pub(crate) seed: u64,
}

/// Times in milliseconds.
#[derive(Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    fn add(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
        self.0.sort_unstable_by(f64::total_cmp);
    }

    fn share(&self, share: f64) -> f64 {
        let place = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(place.max(1) - 1).copied().unwrap_or(0.0)
    }

    pub(crate) fn p50(&self) -> f64 {
        self.share(0.5)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.share(0.99)
    }

    pub(crate) fn most(&self) -> f64 {
        self.share(1.0)
    }
}

/// The outcome of one step of the open loop.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) lasted: Duration,
    /// Requests that were sent.
    pub(crate) offered: usize,
    /// Answered with 200 within the patience of the client, counted from the time it arrived.
    pub(crate) answered: Times,
    /// Answered with 503.
    pub(crate) refused: Times,
    /// Clients that left.
    pub(crate) left: usize,
    /// Connections that failed, and other statuses.
    pub(crate) failed: usize,
    /// The longest time that `/readyz` took meanwhile.
    pub(crate) health: Duration,
    /// Growth of the server's resident memory since before the first step, in bytes.
    pub(crate) grown: u64,
}

impl Measured {
    /// Takes another run of the same step in.
    pub(crate) fn add(&mut self, other: Self) {
        self.lasted += other.lasted;
        self.offered += other.offered;
        self.answered.add(other.answered);
        self.refused.add(other.refused);
        self.left += other.left;
        self.failed += other.failed;
        self.health = self.health.max(other.health);
        self.grown = self.grown.max(other.grown);
    }

    /// Requests a second that were answered in time.
    pub(crate) fn goodput(&self) -> f64 {
        self.answered.count() as f64 / self.lasted.as_secs_f64()
    }
}

/// The outcome that a client saw.
enum Outcome {
    Status(u16, f64),
    Left,
    Failed,
}

type Idle = Rc<RefCell<Vec<Connection>>>;

impl Load {
    /// Requests a second that so many connections get answered, each asking as soon as it has an answer.
    pub(crate) fn closed(&self, connections: usize, time: Duration) -> anyhow::Result<f64> {
        let end = Instant::now() + time;
        let counts = runtime()?.block_on(async {
            let tasks: Vec<_> = (0..connections)
                .map(|first| {
                    let requests: Vec<Vec<u8>> =
                        self.requests.iter().skip(first).step_by(connections).cloned().collect();
                    let address = self.address;
                    tokio::task::spawn_local(async move {
                        let mut connection = Connection::open(address).await?;
                        let mut count = 0;
                        for request in requests.iter().cycle() {
                            if Instant::now() >= end {
                                break;
                            }
                            count += usize::from(connection.ask(request).await? == 200);
                        }
                        Ok::<usize, std::io::Error>(count)
                    })
                })
                .collect();
            let mut count = 0;
            for task in tasks {
                count += task.await.context("a connection panicked")??;
            }
            anyhow::Ok(count)
        })?;
        Ok(counts as f64 / time.as_secs_f64())
    }

    /// Sends requests at a rate, in requests a second, whatever becomes of them.
    pub(crate) fn open(&self, rate: f64, time: Duration) -> anyhow::Result<Measured> {
        runtime()?.block_on(async {
            let mut random = Random(self.seed);
            let (idle, outcomes) = (Idle::default(), Rc::new(RefCell::new(Vec::new())));
            let began = Instant::now();
            let mut arrival = began;
            let mut offered = 0;
            let mut tasks = Vec::new();
            loop {
                arrival += Duration::from_secs_f64(-(1.0 - random.unit()).ln() / rate);
                if arrival >= began + time {
                    break;
                }
                if arrival > Instant::now() {
                    sleep_until(arrival.into()).await;
                }
                let request = self.requests[offered % self.requests.len()].clone();
                let (idle, outcomes, address) = (Rc::clone(&idle), Rc::clone(&outcomes), self.address);
                tasks.push(tokio::task::spawn_local(async move {
                    let outcome = one(address, &idle, &request, arrival).await;
                    outcomes.borrow_mut().push(outcome);
                }));
                offered += 1;
                if offered.is_multiple_of(64) {
                    // Arrivals that are late must not keep answers from being read.
                    tokio::task::yield_now().await;
                }
            }
            for task in tasks {
                task.await.context("a client panicked")?;
            }
            let outcomes = std::mem::take(&mut *outcomes.borrow_mut());
            Ok(sum(outcomes, offered, time))
        })
    }
}

fn sum(outcomes: Vec<Outcome>, offered: usize, lasted: Duration) -> Measured {
    let mut measured = Measured { lasted, offered, ..Measured::default() };
    for outcome in outcomes {
        match outcome {
            Outcome::Status(200, took) => measured.answered.0.push(took),
            Outcome::Status(503, took) => measured.refused.0.push(took),
            Outcome::Left => measured.left += 1,
            Outcome::Status(..) | Outcome::Failed => measured.failed += 1,
        }
    }
    measured.answered.0.sort_unstable_by(f64::total_cmp);
    measured.refused.0.sort_unstable_by(f64::total_cmp);
    measured
}

/// One client: it takes a connection that is free or opens one, asks, and leaves after its patience.
async fn one(address: SocketAddr, idle: &Idle, request: &[u8], arrival: Instant) -> Outcome {
    let free = idle.borrow_mut().pop();
    let asking = async {
        let mut connection = match free {
            Some(connection) => connection,
            None => Connection::open(address).await?,
        };
        let status = connection.ask(request).await?;
        Ok::<_, std::io::Error>((status, connection))
    };
    match timeout_at((arrival + PATIENCE).into(), asking).await {
        Ok(Ok((status, connection))) => {
            idle.borrow_mut().push(connection);
            Outcome::Status(status, arrival.elapsed().as_secs_f64() * 1e3)
        }
        Ok(Err(_)) => Outcome::Failed,
        Err(_) => Outcome::Left,
    }
}

/// A runtime of one thread, whose tasks stay on it.
struct Local {
    runtime: tokio::runtime::Runtime,
    tasks: tokio::task::LocalSet,
}

impl Local {
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.tasks.block_on(&self.runtime, work)
    }
}

fn runtime() -> anyhow::Result<Local> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(Local { runtime, tasks: tokio::task::LocalSet::new() })
}
