//! Work under load. The HTTP workers parse, wait and write; what takes processor time runs on a [`pool::WorkerPool`] of
//! the server's own threads. An [`queue::AdmissionQueue`] in front of it admits no more than is answered soon, the more
//! urgent [`WorkClass`] first, and refuses the rest at once.
//!
//! Pure rules and threads: no HTTP, no shop. The queue is told the time; only the pool reads the clock.

pub mod class;
pub mod cost;
pub mod pool;
pub mod queue;
pub mod settings;

pub use class::WorkClass;
pub use pool::{TurnedAway, WorkerPool};
pub use settings::LoadSettings;
