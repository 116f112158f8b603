//! Rows 28 and 29: what it costs that requests are kept for the inspector, one line or all of them.

use crate::goal;
use crate::measure::{Bench, CONNECTIONS};
use crate::report::Report;
use crate::server::Server;
use crate::steps::People;
use crate::target::Target;

/// Measures reading and writing with each mode against the same without.
pub fn measure(bench: &Bench, server: &Server, report: &mut Report) {
    for (goal, mode) in [(goal::CAPTURE_LINE, "metadata"), (goal::CAPTURE_FULL, "full")] {
        if bench.arguments.wants(&[goal.number]) {
            report.add([goal], compared(bench, server, mode).map(|figure| [(figure, String::new())]));
        }
    }
}

fn compared(bench: &Bench, server: &Server, mode: &str) -> anyhow::Result<f64> {
    let off = server.endpoint_with(&format!("Off beside {mode}"), &["--capture", "off"])?;
    let kept = server.endpoint_with(&format!("Kept {mode}"), &["--capture", mode])?;
    let (without, with) = (filled(&off)?, filled(&kept)?);
    let names = ["without capture", mode].map(|what| (format!("GET user, {what}"), format!("PATCH active, {what}")));
    let [(get_without, patch_without), (get_with, patch_with)] = names;
    let found = bench.rounds(|| {
        let plain = bench.run(&without.get(&get_without), CONNECTIONS)?.cost()
            + bench.run(&without.patch_active(&patch_without), CONNECTIONS)?.cost();
        let captured = bench.run(&with.get(&get_with), CONNECTIONS)?.cost()
            + bench.run(&with.patch_active(&patch_with), CONNECTIONS)?.cost();
        Ok([captured / plain * 100.0])
    });
    found.map(|[figure]| figure)
}

fn filled(target: &Target) -> anyhow::Result<People<'_>> {
    let mut people = People::none(target, "", false);
    people.grow(1_000, CONNECTIONS)?;
    Ok(people)
}
