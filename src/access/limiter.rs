//! Rate limits by token bucket: a bucket holds a burst, refills at its rate, and every request takes one
//! token. The number of buckets in memory is limited; full buckets are removed first, because a missing
//! bucket counts as full.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// One rate limit a request counts against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Name of the bucket.
    pub bucket: String,
    /// Its rate in requests per minute, at least 1.
    pub rate_per_minute: u32,
}

/// Capacity of a bucket, in requests: ten seconds of its rate, at least 10.
pub fn burst(rate_per_minute: u32) -> f64 {
    (f64::from(rate_per_minute) / 6.0).max(10.0)
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
    rate_per_minute: u32,
}

impl Bucket {
    /// Tokens in the bucket at `now`.
    fn filled(&self, now: Instant) -> f64 {
        let minutes = now.saturating_duration_since(self.at).as_secs_f64() / 60.0;
        (self.tokens + minutes * f64::from(self.rate_per_minute)).min(burst(self.rate_per_minute))
    }
}

/// All buckets.
#[derive(Debug)]
pub struct Limiter {
    buckets: HashMap<String, Bucket>,
    most: usize,
}

impl Limiter {
    /// A limiter with at most `most` buckets, at least 1.
    pub fn new(most: usize) -> Self {
        Self { buckets: HashMap::new(), most: most.max(1) }
    }

    /// Takes one token from each bucket, or none from any.
    ///
    /// # Errors
    /// The time until every bucket has a token again.
    pub fn take(&mut self, charges: &[Charge], now: Instant) -> Result<(), Duration> {
        let mut wait = Duration::ZERO;
        for charge in charges {
            let tokens = self.filled(charge, now);
            if tokens < 1.0 {
                let seconds = (1.0 - tokens) * 60.0 / f64::from(charge.rate_per_minute.max(1));
                wait = wait.max(Duration::from_secs_f64(seconds));
            }
        }
        // All buckets are examined before any token is taken.
        if wait > Duration::ZERO {
            return Err(wait);
        }
        for charge in charges {
            let tokens = self.filled(charge, now) - 1.0;
            self.make_room(&charge.bucket, now);
            let bucket = Bucket { tokens, at: now, rate_per_minute: charge.rate_per_minute };
            self.buckets.insert(charge.bucket.clone(), bucket);
        }
        Ok(())
    }

    fn filled(&self, charge: &Charge, now: Instant) -> f64 {
        let most = burst(charge.rate_per_minute);
        self.buckets.get(&charge.bucket).map_or(most, |bucket| bucket.filled(now).min(most))
    }

    /// Removes full buckets if there are too many, and the fullest one if none is full.
    fn make_room(&mut self, coming: &str, now: Instant) {
        if self.buckets.len() < self.most || self.buckets.contains_key(coming) {
            return;
        }
        self.buckets.retain(|_, bucket| bucket.filled(now) < burst(bucket.rate_per_minute));
        if self.buckets.len() >= self.most {
            let share = |bucket: &Bucket| bucket.filled(now) / burst(bucket.rate_per_minute);
            let fullest = self.buckets.iter().max_by(|a, b| share(a.1).total_cmp(&share(b.1)));
            if let Some(name) = fullest.map(|(name, _)| name.clone()) {
                self.buckets.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(bucket: &str, rate_per_minute: u32) -> Charge {
        Charge { bucket: bucket.to_owned(), rate_per_minute }
    }

    #[test]
    fn a_burst_is_taken_then_the_rate_holds() {
        let (mut limiter, start) = (Limiter::new(10), Instant::now());
        let a = [charge("a", 60)];
        assert!((0..10).all(|_| limiter.take(&a, start).is_ok()));
        assert_eq!(limiter.take(&a, start), Err(Duration::from_secs(1)));
        assert!(limiter.take(&[charge("b", 60)], start).is_ok(), "others have their own");
        assert!(limiter.take(&a, start + Duration::from_millis(900)).is_err());
        assert!(limiter.take(&a, start + Duration::from_millis(1001)).is_ok());
        let minute =
            (0..1000u64).filter(|tenth| limiter.take(&a, start + Duration::from_millis(2000 + tenth * 60)).is_ok());
        assert!((58..=72).contains(&minute.count()));
    }

    #[test]
    fn a_refused_request_takes_from_none_of_its_buckets() {
        let (mut limiter, start) = (Limiter::new(10), Instant::now());
        let both = [charge("parent", 6000), charge("derived", 1)];
        assert!((0..10).all(|_| limiter.take(&both, start).is_ok()));
        assert!((0..5000).all(|_| limiter.take(&both, start).is_err()));
        assert!((0..990).all(|_| limiter.take(&both[..1], start).is_ok()));
        assert!(limiter.take(&both[..1], start).is_err());
    }

    #[test]
    fn the_buckets_never_become_too_many_and_the_emptiest_stays() {
        let (mut limiter, start) = (Limiter::new(3), Instant::now());
        while limiter.take(&[charge("busy", 1)], start).is_ok() {}
        for index in 0..100 {
            assert!(limiter.take(&[charge(&index.to_string(), 1)], start).is_ok());
            assert!(limiter.buckets.len() <= 3);
        }
        assert!(limiter.take(&[charge("busy", 1)], start).is_err());
    }
}
