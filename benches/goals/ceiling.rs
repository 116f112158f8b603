//! What PostgreSQL does at most on this machine: pgbench, with the statements of a request and nothing around them.

use crate::database::Database;
use crate::measure::{Bench, CONNECTIONS, say};
use crate::target::Target;
use anyhow::Context;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// What it is compared with: the step, and what a request of it asks.
const SCRIPTS: [(&str, &str); 2] = [("GET user by id", "get.sql"), ("POST user", "post.sql")];

/// Prints how much of it the steps that were measured reach. Writes rows of its own, so it comes last.
///
/// # Errors
/// When pgbench is missing or fails.
pub fn measure(bench: &Bench, database: &Database, target: &Target) -> anyhow::Result<()> {
    let node: i64 = target.path.rsplit('/').next().context("the endpoint has no node")?.parse()?;
    let ids = database.ask(&format!("SELECT min(user_id), max(user_id) FROM \"user\" WHERE node_id = {node}"))?;
    let [low, high] = &ids[..] else { anyhow::bail!("there are no users") };
    for (step, script) in SCRIPTS {
        let past = bench.past()?;
        let of_step = past.iter().find(|one| one.step.0 == step && one.step.1 == CONNECTIONS);
        let Some([own, ..]) = of_step.map(|one| one.figures) else { continue };
        let [most] =
            bench.rounds(|| Ok([pgbench(bench, database, script, [node.to_string(), low.clone(), high.clone()])?]))?;
        say(&format!("-- pgbench, {step}: {most:.0}/s"));
        let part = own / most * 100.0;
        writeln!(
            std::io::stdout(),
            "\npgbench with the statements of {step}, {CONNECTIONS} connections: {most:.0}/s; through SCIM {own:.0}/s, {part:.0} %."
        )?;
    }
    Ok(())
}

fn pgbench(bench: &Bench, database: &Database, script: &str, [node, low, high]: [String; 3]) -> anyhow::Result<f64> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/goals/pgbench").join(script);
    let mut command = Command::new("pgbench");
    command.args(["-n", "-M", "prepared", "-j", "2", "-c", &CONNECTIONS.to_string()]);
    command.args(["-T", &format!("{:.0}", bench.arguments.secs.max(1.0)), "-f"]).arg(script);
    for (name, value) in [("node", node), ("low", low), ("high", high)] {
        command.args(["-D", &format!("{name}={value}")]);
    }
    let done = command.arg(&database.url).output().context("pgbench cannot be started")?;
    let said = String::from_utf8_lossy(&done.stdout);
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.with_context(|| format!("pgbench: {said}{}", String::from_utf8_lossy(&done.stderr)))
}
