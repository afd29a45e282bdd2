//! A server's store killed at random points under load, see [`rounds`]. The
//! victim is this test binary again. `cargo bench --bench crash` runs ten times
//! as many rounds.

#[path = "crash_events/rounds.rs"]
mod rounds;

use std::process::Command;

use self::rounds::Done;

const ROUNDS: u64 = 20;

#[test]
#[ignore = "the victim of the other test, which starts it"]
fn victim() -> Done {
    rounds::be_the_victim()
}

#[test]
fn killed_at_any_point_every_acknowledged_event_is_there_once_and_in_the_profiles() -> Done {
    let seed = std::env::var("CRASH_SEED")
        .map_or_else(|_| Ok(jiff::Timestamp::now().as_microsecond() as u64), |seed| seed.parse())?;
    println!("CRASH_SEED={seed}");
    let seen = rounds::run(ROUNDS, seed, || {
        let mut victim = Command::new(std::env::current_exe()?);
        victim.args(["--exact", "crash_events::victim", "--ignored", "--nocapture"]);
        Ok(victim)
    })?;
    println!("{seen:?}");
    assert_eq!(seen.rounds, ROUNDS);
    Ok(())
}
