//! Rows 11, 12, 13, 19 and 27: teams, small and large.

use crate::goal::{self, Goal};
use crate::measure::{Bench, CONNECTIONS, MANY, say};
use crate::report::Report;
use crate::steps::{self, People};
use crate::target::Target;
use crate::wire::find;

const SMALL: usize = 10;
const LARGE_ROWS: [Goal; 3] = [goal::PATCH_GROWTH, goal::TEAM_GROWTH, goal::MEMBERS];

/// Measures what is asked for.
pub fn measure(bench: &Bench, target: &Target, people: &mut People<'_>, report: &mut Report) {
    let wants = |rows: &[u8]| bench.arguments.wants(rows);
    let large = bench.arguments.members as usize;
    let users = if wants(&[12, 13, 19]) { bench.arguments.members } else { 0 };
    // Beside the members there are users who come and go.
    let seeded = people.know((SMALL as u64).max(users) + 2 * MANY as u64, MANY);
    let small = match seeded.and_then(|_| people.team("Small", SMALL)) {
        Ok(small) => small,
        Err(why) => return report.failed(&[&[goal::PATCH_RATE][..], &LARGE_ROWS].concat(), &why),
    };
    if wants(&[11]) {
        let step = people.patch_member("PATCH one member", &small, MANY);
        let found = bench.rounds(|| {
            let (echo, own) = (bench.echo(MANY)?, bench.run(&step, MANY)?);
            Ok([own.rate() / echo.rate() * 100.0])
        });
        report.add([goal::PATCH_RATE], found.map(|[figure]| [(figure, format!("a team of {SMALL}"))]));
    }
    if wants(&[27]) {
        let step = people.patch_member("PATCH one member", &small, MANY);
        let found = bench.rounds(|| {
            let (echo, own) = (bench.echo(CONNECTIONS)?, bench.run(&step, CONNECTIONS)?);
            Ok([own.cost() / echo.cost()])
        });
        report.add([goal::MEMBER_CPU], found.map(|[figure]| [(figure, format!("a team of {SMALL}"))]));
    }
    if wants(&[12, 13, 19]) {
        say(&format!("filling a team of {large}"));
        let made = people.team("Large", large).and_then(|id| check(target, &id, large).map(|()| id));
        match made {
            Ok(id) => compare(bench, target, people, &small, &id, report),
            Err(why) => report.failed(&LARGE_ROWS, &why),
        }
    }
}

/// Rows 12, 13 and 19: the small team right before the large one.
fn compare(bench: &Bench, target: &Target, people: &People<'_>, small: &str, large: &str, report: &mut Report) {
    let members = bench.arguments.members as f64;
    let sizes = format!("{members} over {SMALL} members");
    if bench.arguments.wants(&[12]) {
        let little = people.patch_member("PATCH one member", small, CONNECTIONS);
        let much = people.patch_member("PATCH one member, large team", large, CONNECTIONS);
        let found = bench.rounds(|| {
            let (little, much) = (bench.run(&little, CONNECTIONS)?, bench.run(&much, CONNECTIONS)?);
            Ok([much.cost() / little.cost()])
        });
        report.add([goal::PATCH_GROWTH], found.map(|[figure]| [(figure, sizes.clone())]));
    }
    if bench.arguments.wants(&[13]) {
        let path = |id: &str| format!("/Groups/{id}?excludedAttributes=members");
        let little = steps::get("GET group without members", target, &path(small));
        let much = steps::get("GET group without members, large team", target, &path(large));
        let found = bench.rounds(|| {
            let (little, much) = (bench.run(&little, CONNECTIONS)?, bench.run(&much, CONNECTIONS)?);
            Ok([much.cost() / little.cost()])
        });
        report.add([goal::TEAM_GROWTH], found.map(|[figure]| [(figure, sizes.clone())]));
    }
    if bench.arguments.wants(&[19]) {
        let whole = steps::get("GET group with members, large team", target, &format!("/Groups/{large}"));
        let found = bench.rounds(|| Ok([bench.run(&whole, 1)?.cost() * 1000.0 / members]));
        report.add([goal::MEMBERS], found.map(|[figure]| [(figure, format!("{members} members"))]));
    }
}

/// The team has the members it should have, which nobody would notice in its figures.
fn check(target: &Target, id: &str, members: usize) -> anyhow::Result<()> {
    let team = target.ask("GET", &format!("/Groups/{id}"), None)?;
    let (mut rest, mut count) = (team.as_bytes(), 0);
    while let Some(at) = find(rest, b"\"value\":") {
        count += 1;
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    anyhow::ensure!(count == members, "FAILED: the team has {count} members and should have {members}");
    Ok(())
}
