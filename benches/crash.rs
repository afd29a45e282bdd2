//! A server's store killed 200 times at random points under load, by the code
//! of the test of the same name. `cargo bench --bench crash [-- ROUNDS]`;
//! `CRASH_SEED` repeats a run. Exit status 1 when anything was lost, twice, or
//! not in the profiles.

#[path = "../tests/durability/crash_events/rounds.rs"]
mod rounds;

use std::process::Command;

use self::rounds::Done;

const ROUNDS: u64 = 200;

fn main() -> Done {
    if std::env::var_os(rounds::FOLDER).is_some() {
        return rounds::be_the_victim();
    }
    if !std::env::args().any(|word| word == "--bench") {
        println!("crashes are tried by `cargo bench --bench crash`; nothing was run");
        return Ok(());
    }
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let now = || Ok(jiff::Timestamp::now().as_microsecond() as u64);
    let seed = std::env::var("CRASH_SEED").map_or_else(|_| now(), |seed| seed.parse())?;
    println!("{rounds} rounds, CRASH_SEED={seed}");
    let began = std::time::Instant::now();
    let seen = rounds::run(rounds, seed, || Ok(Command::new(std::env::current_exe()?)))?;
    println!(
        "{} kills in {:.0} s: {} events acknowledged, all there; {} in the journals, none twice; {} profiles as rebuilt",
        seen.rounds,
        began.elapsed().as_secs_f64(),
        seen.acknowledged,
        seen.journal,
        seen.profiles
    );
    Ok(())
}
