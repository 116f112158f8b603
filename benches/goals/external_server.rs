//! The same steps against any SCIM service, so that another one is measured as ours is.

use crate::driver::{Outcome, Step};
use crate::measure::{Bench, CONNECTIONS, say};
use crate::report::or_dash;
use crate::server::Server;
use crate::steps::People;
use crate::target::Target;
use std::io::Write;

/// The table so far: name, connections, and the figures of a line or why there are none.
type Lines = Vec<(String, usize, anyhow::Result<[f64; 7]>)>;

/// Measures the service and prints the table; false when a step failed.
///
/// # Errors
/// When the service cannot be spoken to at all.
pub fn measure(bench: &Bench, url: &str) -> anyhow::Result<bool> {
    let arguments = &bench.arguments;
    let own = if url == "scimbox" { Some(Server::start(&arguments.folder)?) } else { None };
    let target = match &own {
        Some(server) => server.endpoint("Bench")?,
        None => Target::at(url, arguments.token.clone(), arguments.pid.clone())?,
    };
    // A service that keeps its users must not meet the same names in the next run.
    let tag = format!(".{:x}", scimbox::world::now().0 / 1000 % 0xFFF_FFFF);
    let mut people = People::none(&target, &tag, arguments.plain);
    let mut lines: Lines = Vec::new();
    let seeding = bench.echo(CONNECTIONS).and_then(|echo| {
        let grown = people.grow(arguments.users, CONNECTIONS)?;
        Ok(figures(&grown.ok_or_else(|| anyhow::anyhow!("FAILED: --users is 0"))?, &echo))
    });
    lines.push((format!("seeding {} users", arguments.users), CONNECTIONS, seeding));
    if people.ids.is_empty() {
        print(bench, &target, &lines)?;
        return Ok(false);
    }
    let team = people.team("Team", 10.min(people.ids.len() / 2));
    let reads = [people.get("GET user by id"), people.filter("filter userName eq"), people.list("list of 100")];
    for step in reads {
        lines.push(line(bench, &step, false));
    }
    lines.push(line(bench, &people.post("POST user"), true));
    match team {
        Ok(team) => lines.push(line(bench, &people.patch_member("PATCH one member", &team, CONNECTIONS), true)),
        Err(why) => lines.push(("PATCH one member".to_owned(), CONNECTIONS, Err(why))),
    }
    print(bench, &target, &lines)
}

fn line(bench: &Bench, step: &Step<'_>, writes: bool) -> (String, usize, anyhow::Result<[f64; 7]>) {
    let found = bench.rounds(|| {
        let ceiling = if writes { bench.echo(CONNECTIONS)? } else { bench.hello(CONNECTIONS)? };
        Ok(figures(&bench.run(step, CONNECTIONS)?, &ceiling))
    });
    if let Err(why) = &found {
        say(&format!("-- {why:#}"));
    }
    (step.name.clone(), CONNECTIONS, found)
}

/// A line: rate, part of the responder's, p50, p99, CPU, multiple of the responder's, connections opened.
fn figures(own: &Outcome, ceiling: &Outcome) -> [f64; 7] {
    [
        own.rate(),
        own.rate() / ceiling.rate() * 100.0,
        own.quantile(0.5) / 1000.0,
        own.quantile(0.99) / 1000.0,
        own.cost(),
        own.cost() / ceiling.cost(),
        own.opened as f64,
    ]
}

fn print(bench: &Bench, target: &Target, lines: &Lines) -> anyhow::Result<bool> {
    let mut out = std::io::stdout().lock();
    let label = bench.arguments.label.as_deref().unwrap_or(&target.address);
    let body = if bench.arguments.plain { "plain users" } else { "full users" };
    writeln!(out, "{label}, {body}\n")?;
    writeln!(
        out,
        "| step | connections | opened | requests/s | of the responder | p50 ms | p99 ms | CPU µs | × the responder |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )?;
    for (name, connections, found) in lines {
        match found {
            Ok([rate, part, p50, p99, cost, times, opened]) => writeln!(
                out,
                "| {name} | {connections} | {opened:.0} | {rate:.1} | {part:.2} % | {p50:.2} | {p99:.2} | {} | {} |",
                or_dash(*cost, 1),
                or_dash(*times, 2)
            )?,
            Err(why) => {
                let why = format!("{why:#}").replace(['|', '\n', '\r'], " ");
                writeln!(out, "| {name} | {connections} | {why} | | | | | | |")?;
            }
        }
    }
    Ok(lines.iter().all(|(_, _, found)| found.is_ok()))
}
