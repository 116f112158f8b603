//! Two instances on one database against one: the same connections, half of them to each.

use crate::driver::{Length, Outcome, Step, drive};
use crate::measure::{Bench, CONNECTIONS, say};
use crate::server::Server;
use crate::steps::People;
use crate::target::Target;
use std::io::Write;
use std::time::Duration;

/// Measures reads and writes and prints how many times as much two answer.
///
/// # Errors
/// When one of them does not start or answer.
pub fn measure(bench: &Bench, one: &Server, target: &Target, people: &People<'_>) -> anyhow::Result<()> {
    let other = one.beside(&bench.arguments.folder)?;
    let elsewhere = other.reach(target);
    let there = people.through(&elsewhere);
    let posts = [people.post("POST user, one"), there.post("POST user, other")];
    let gets = [people.get("GET user by id, one"), there.get("GET user by id, other")];
    let time = Duration::from_secs_f64(bench.arguments.secs);
    for (name, [here, there]) in [("GET user by id", gets), ("POST user", posts)] {
        let [ratio, alone, both] = bench.rounds(|| {
            let alone = bench.run(&here, CONNECTIONS)?.rate();
            let both = halves(&here, &there, time)?.iter().map(Outcome::rate).sum::<f64>();
            Ok([both / alone, alone, both])
        })?;
        say(&format!("-- two instances, {name}: {ratio:.2} ×"));
        writeln!(
            std::io::stdout(),
            "\nTwo instances, {name}, {CONNECTIONS} connections: {both:.0}/s, {ratio:.2} × one ({alone:.0}/s)."
        )?;
    }
    Ok(())
}

fn halves(here: &Step<'_>, there: &Step<'_>, time: Duration) -> anyhow::Result<[Outcome; 2]> {
    std::thread::scope(|scope| {
        let first = scope.spawn(|| drive(here, CONNECTIONS / 2, Length::Time(time)));
        let second = drive(there, CONNECTIONS / 2, Length::Time(time))?;
        let first = first.join().map_err(|_| anyhow::anyhow!("a thread of the load panicked"))??;
        Ok([first, second])
    })
}
