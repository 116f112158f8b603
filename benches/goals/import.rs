//! An import: how fast a directory comes in, by single requests and by Bulk, and what of it stays in memory.

use crate::driver::{Length, Outcome, Step, drive};
use crate::measure::{Bench, CONNECTIONS, say};
use crate::people::{self, Template};
use crate::process;
use crate::server::Server;
use crate::steps::People;
use crate::target::Target;
use std::io::Write;

/// Users in one Bulk request: as many as one may hold.
const PORTION: u64 = 1000;

/// Imports so many users in each way, into an empty appliance, and prints the table.
///
/// # Errors
/// When one of them is refused.
pub fn measure(bench: &Bench, users: u64) -> anyhow::Result<()> {
    let portions = users.div_ceil(PORTION);
    let mut out = std::io::stdout().lock();
    writeln!(out, "| import of {users} users | users/s | CPU µs a user | memory after a tenth | memory after all |")?;
    writeln!(out, "| --- | --- | --- | --- | --- |")?;
    for by_bulk in [false, true] {
        let server = Server::start(&bench.arguments.folder)?;
        let target = server.endpoint("Import")?;
        let mut people = People::none(&target, "", false);
        let mut bring = |from: u64, to: u64| match by_bulk {
            true => bulk(&target, from / PORTION, (to / PORTION).saturating_sub(from / PORTION)),
            false => Ok(people.grow(to, CONNECTIONS)?.unwrap_or_default()),
        };
        let users = portions * PORTION;
        let tenth = (users / 10 / PORTION).max(1) * PORTION;
        let first = bring(0, tenth)?;
        let early = process::own_memory(server.pid())?;
        let rest = bring(tenth, users)?;
        let late = process::own_memory(server.pid())?;
        let (seconds, cpu) = (first.seconds + rest.seconds, first.cpu + rest.cpu);
        let name = if by_bulk { "POST /Bulk, 1000 each" } else { "POST /Users" };
        let rate = users as f64 / seconds;
        say(&format!("import by {name}: {rate:.0} users/s"));
        writeln!(out, "| {name} | {rate:.0} | {:.1} | {early:.1} MB | {late:.1} MB |", cpu / users as f64)?;
    }
    Ok(())
}

/// So many portions by Bulk, from one on.
fn bulk(target: &Target, from: u64, count: u64) -> anyhow::Result<Outcome> {
    if count == 0 {
        return Ok(Outcome::default());
    }
    let user = Template::of(people::body("", false).into_bytes());
    let write = |turn: crate::driver::Turn, into: &mut Vec<u8>| {
        let first = (from + turn.number) * PORTION;
        let operation =
            |n: u64| format!(r#"{{"method":"POST","path":"/Users","bulkId":"{n}","data":{}}}"#, user.text(n));
        let operations: Vec<String> = (first..first + PORTION).map(operation).collect();
        let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        let body = format!(r#"{{"schemas":["{schema}"],"Operations":[{}]}}"#, operations.join(","));
        into.extend(target.request("POST", "/Bulk", Some(&body)));
    };
    let step = Step {
        name: "bulk".to_owned(),
        target,
        write: Box::new(write),
        accept: Box::new(|_, reply| reply.status == 200 && !reply.holds("\"scimType\"")),
    };
    drive(&step, CONNECTIONS, Length::Requests(count))
}
