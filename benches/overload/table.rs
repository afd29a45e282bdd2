//! The table of goodput.

use crate::load::Measured;

/// Prints one row a step; `peak` is the most that was ever answered in time, a second.
pub(crate) fn print(steps: &[(f64, Measured)], peak: f64) {
    println!(
        "\n| offered | a second | answered in 1 s | of the peak | p50 ms | p99 ms | refused | p50 ms | p99 ms | longest ms \
         | left | failed | /readyz ms | memory MB |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (times, step) in steps {
        println!(
            "| {times} × | {:.0} | {:.0} | {:.0} % | {:.1} | {:.1} | {:.0} | {:.1} | {:.1} | {:.1} | {:.0} | {} | {:.1} | +{:.0} |",
            step.offered as f64 / step.lasted.as_secs_f64(),
            step.goodput(),
            100.0 * step.goodput() / peak,
            step.answered.p50(),
            step.answered.p99(),
            step.refused.count() as f64 / step.lasted.as_secs_f64(),
            step.refused.p50(),
            step.refused.p99(),
            step.refused.most(),
            step.left as f64 / step.lasted.as_secs_f64(),
            step.failed,
            step.health.as_secs_f64() * 1e3,
            step.grown as f64 / 1e6,
        );
    }
}
