//! Tests of the queue: whom it admits, whom it takes first, whom it refuses.

use std::cell::Cell;
use std::rc::Rc;

use super::*;

/// A job by its number, and whether somebody waits for it.
#[derive(Debug, Clone)]
struct Numbered(usize, Rc<Cell<bool>>);

impl Queued for Numbered {
    fn is_wanted(&self) -> bool {
        self.1.get()
    }
}

fn job(number: usize) -> Numbered {
    Numbered(number, Rc::new(Cell::new(true)))
}

fn limits() -> QueueLimits {
    let ms = Duration::from_millis;
    QueueLimits {
        threads: 2,
        target_wait: ms(10),
        burst_wait: ms(40),
        burst: ms(100),
        waiting: 1000,
        deadline: ms(1000),
    }
}

fn number(taken: NextJob<Numbered>) -> Option<usize> {
    match taken {
        NextJob::Run(_, job) => Some(job.0),
        NextJob::Late(..) | NextJob::Nothing => None,
    }
}

const MS: Duration = Duration::from_millis(1);

#[test]
fn the_more_urgent_class_is_taken_first_and_within_a_class_the_oldest() {
    let now = Instant::now();
    let mut queue = AdmissionQueue::new(limits());
    for (at, class) in [WorkClass::Admin, WorkClass::Recommend, WorkClass::Search, WorkClass::Search, WorkClass::Events]
        .into_iter()
        .enumerate()
    {
        assert!(queue.admit(class, job(at), now).is_ok());
    }
    let order: Vec<usize> = std::iter::from_fn(|| number(queue.take(now))).collect();
    assert_eq!(order, [4, 2, 3, 1, 0]);
}

#[test]
fn a_burst_is_admitted_as_far_as_it_is_answered_within_the_wait_of_a_burst() {
    let now = Instant::now();
    let mut queue = AdmissionQueue::new(limits());
    // A guess of one millisecond a search, two threads, 40 ms: 80 are ahead of the last one.
    let admitted = (0..1000).filter(|&at| queue.admit(WorkClass::Search, job(at), now).is_ok()).count();
    assert_eq!(admitted, 81);
    assert!(queue.admit(WorkClass::Events, job(1), now).is_ok(), "events wait for no search");
    assert!(queue.admit(WorkClass::Recommend, job(1), now).is_err(), "a recommendation waits for all searches");
}

#[test]
fn long_waits_make_an_overload_and_short_ones_end_it() {
    let mut now = Instant::now();
    let mut queue = AdmissionQueue::new(limits());
    let fill = |queue: &mut AdmissionQueue<Numbered>, now| {
        (0..1000).filter(|&at| queue.admit(WorkClass::Search, job(at), now).is_ok()).count()
    };
    assert_eq!(fill(&mut queue, now), 81);
    for _ in 0..200 {
        now += MS;
        for _ in 0..2 {
            queue.take(now);
            queue.finished(WorkClass::Search, MS);
        }
        fill(&mut queue, now);
    }
    assert!(queue.is_overloaded(now));
    assert!(queue.waiting() <= 21, "{} wait; two threads do twenty in ten milliseconds", queue.waiting());
    assert!(queue.expire(now + 50 * MS).len() > 10, "they waited longer than a burst allows");
    while !matches!(queue.take(now), NextJob::Nothing) {}
    assert!(!queue.is_overloaded(now));
}

#[test]
fn a_pause_of_the_machine_is_no_overload() {
    let now = Instant::now();
    let mut queue = AdmissionQueue::new(limits());
    for at in 0..8 {
        assert!(queue.admit(WorkClass::Search, job(at), now).is_ok());
    }
    let after = now + 300 * MS;
    assert!(queue.expire(after).is_empty());
    let mut next = || {
        let number = number(queue.take(after));
        queue.finished(WorkClass::Search, MS);
        number
    };
    let order: Vec<usize> = std::iter::from_fn(&mut next).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert!(!queue.is_overloaded(after + 300 * MS), "nobody waits any more");
}

#[test]
fn the_limit_follows_what_work_costs() {
    let now = Instant::now();
    let mut queue = AdmissionQueue::new(limits());
    (0..200).for_each(|_| queue.finished(WorkClass::Search, 200 * MS));
    let admitted = (0..1000).filter(|&at| queue.admit(WorkClass::Search, job(at), now).is_ok()).count();
    assert_eq!(admitted, 2, "one for each thread, however long it takes");
}

#[test]
fn who_left_is_not_worked_for_and_who_waited_too_long_is_refused() {
    let now = Instant::now();
    let mut queue = AdmissionQueue::new(limits());
    let jobs: Vec<Numbered> = (0..3).map(job).collect();
    for job in &jobs {
        assert!(queue.admit(WorkClass::Search, job.clone(), now).is_ok());
    }
    jobs[0].1.set(false);
    assert_eq!((number(queue.take(now)), queue.left()), (Some(1), 1));
    assert!(matches!(queue.take(now + 401 * MS), NextJob::Late(WorkClass::Search, Numbered(2, _))));
    assert!(matches!(queue.take(now + 401 * MS), NextJob::Nothing));
}

#[test]
fn one_report_runs_at_a_time() {
    let now = Instant::now();
    let mut queue = AdmissionQueue::new(limits());
    for (at, class) in [WorkClass::Reports, WorkClass::Reports, WorkClass::Admin].into_iter().enumerate() {
        assert!(queue.admit(class, job(at), now).is_ok());
    }
    let mut next = || number(queue.take(now));
    assert_eq!((next(), next(), next()), (Some(0), Some(2), None));
    queue.finished(WorkClass::Reports, MS);
    assert_eq!(number(queue.take(now)), Some(1));
}
