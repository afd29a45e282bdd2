//! Tests of the pool: work is done elsewhere, dropped when nobody waits, refused in time.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use super::*;

/// Waits for a future by looking again and again.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn pool(settings: &LoadSettings) -> WorkerPool {
    WorkerPool::start(&LoadSettings { threads: 1, ..settings.clone() }).unwrap_or_else(|error| panic!("{error}"))
}

/// Keeps the only thread of a pool at work until the sender is dropped.
fn block(pool: &WorkerPool) -> (mpsc::Sender<()>, impl Future<Output = Result<(), TurnedAway>> + '_) {
    let (sender, receiver) = mpsc::channel::<()>();
    let (began, has_begun) = mpsc::channel::<()>();
    let mut work = Box::pin(pool.run(WorkClass::Search, move |_| {
        drop(began);
        receiver.recv().unwrap_or_default();
    }));
    assert!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    has_begun.recv().unwrap_or_default();
    (sender, work)
}

#[test]
fn work_is_done_on_a_thread_of_the_pool() {
    let pool = pool(&LoadSettings::default());
    let name = wait(pool.run(WorkClass::Search, |_| std::thread::current().name().map(str::to_owned)));
    assert_eq!(name, Ok(Some("work".to_owned())));
}

#[test]
fn a_dropped_future_takes_its_work_out_of_the_queue_and_ends_work_that_runs() {
    let pool = pool(&LoadSettings { target_wait_ms: 10_000, burst_wait_ms: 10_000, ..LoadSettings::default() });
    let begun = Arc::new(AtomicUsize::new(0));
    let (blocker, blocked) = block(&pool);
    let count = Arc::clone(&begun);
    let mut left = Box::pin(pool.run(WorkClass::Search, move |_| count.fetch_add(1, Ordering::Relaxed)));
    assert!(left.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(left);
    drop(blocker);
    assert_eq!(wait(blocked), Ok(()));
    assert_eq!(wait(pool.run(WorkClass::Search, |_| 7)), Ok(7));
    assert_eq!(begun.load(Ordering::Relaxed), 0, "nobody waited for it");

    let (told, is_told) = mpsc::channel::<bool>();
    let (began, has_begun) = mpsc::channel::<()>();
    let mut runs = Box::pin(pool.run(WorkClass::Search, move |deadline| {
        drop(began);
        let give_up = Instant::now() + Duration::from_secs(10);
        while deadline.check().is_ok() && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(1));
        }
        told.send(deadline.check().is_err()).unwrap_or_default();
    }));
    assert!(runs.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    has_begun.recv().unwrap_or_default();
    drop(runs);
    assert_eq!(is_told.recv(), Ok(true), "its deadline comes when nobody waits any more");
}

#[test]
fn who_waits_too_long_is_refused_although_every_thread_is_at_work() {
    let pool = pool(&LoadSettings::default());
    let (blocker, blocked) = block(&pool);
    let began = Instant::now();
    assert_eq!(wait(pool.run(WorkClass::Search, |_| ())), Err(TurnedAway::Overloaded));
    assert!(began.elapsed() < Duration::from_secs(5));
    let report = pool.report();
    assert_eq!((report.running, report.refused["search"]), (1, 1));
    drop(blocker);
    assert_eq!(wait(blocked), Ok(()));
}

#[test]
fn work_ends_at_its_deadline() {
    let pool = pool(&LoadSettings { deadline_ms: 20, ..LoadSettings::default() });
    let seen = wait(pool.run(WorkClass::Search, |deadline| {
        let give_up = Instant::now() + Duration::from_secs(10);
        while deadline.check().is_ok() && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(1));
        }
        deadline.check().is_err()
    }));
    assert_eq!(seen, Ok(true));
}

#[test]
fn a_panic_ends_one_request_and_no_thread() {
    let pool = pool(&LoadSettings::default());
    let failed = wait(pool.run(WorkClass::Search, |_| assert!(std::hint::black_box(false), "on purpose")));
    assert_eq!(failed, Err(TurnedAway::Failed));
    assert_eq!(wait(pool.run(WorkClass::Search, |_| 7)), Ok(7));
}

#[test]
fn a_stopped_pool_refuses_and_its_threads_end() {
    let pool = pool(&LoadSettings::default());
    pool.stop();
    assert_eq!(wait(pool.run(WorkClass::Search, |_| 7)), Err(TurnedAway::Stopping));
    assert_eq!(wait(pool.run(WorkClass::Reports, |_| 7)), Err(TurnedAway::Stopping));
}
