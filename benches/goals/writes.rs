//! Rows 6 to 10: creating users, each of them on the disk before it is answered. The fewer connections, the fewer users share a
//! commit: CPU is measured with the usual number of them, and told of many.

use crate::disk;
use crate::goal;
use crate::measure::{Bench, CONNECTIONS, MANY};
use crate::report::Report;
use crate::server::Server;
use crate::steps::People;
use std::time::Duration;

/// Rows 23 to 26: changing users.
pub fn change(bench: &Bench, people: &People<'_>, report: &mut Report) {
    let (patch, put) = (people.patch_active("PATCH active"), people.put("PUT user"));
    let found = bench.rounds(|| {
        let some = bench.echo(CONNECTIONS)?;
        let (patch_some, put_some) = (bench.run(&patch, CONNECTIONS)?, bench.run(&put, CONNECTIONS)?);
        let many = bench.echo(MANY)?;
        let (patch_many, put_many) = (bench.run(&patch, MANY)?, bench.run(&put, MANY)?);
        Ok([(&patch_some, &some), (&patch_many, &many), (&put_some, &some), (&put_many, &many)]
            .map(|(own, echo)| own.cost() / echo.cost()))
    });
    let goals = [goal::ACTIVE_CPU, goal::ACTIVE_CPU_MANY, goal::PUT_CPU, goal::PUT_CPU_MANY];
    report.add(goals, found.map(|all| all.map(|figure| (figure, String::new()))));
}

/// Measures all of them together: a round is echo and 64 connections, echo and 16, the disk, one connection.
pub fn measure(bench: &Bench, server: &Server, people: &People<'_>, report: &mut Report) {
    let before = people.count();
    let step = people.post("POST user");
    let found = bench.rounds(|| {
        let echo = bench.echo(MANY)?;
        let many = bench.run(&step, MANY)?;
        let (echo_some, some) = (bench.echo(CONNECTIONS)?, bench.run(&step, CONNECTIONS)?);
        let sync = disk::sync_time(server.disk(), Duration::from_secs_f64(bench.arguments.secs / 4.0))?;
        let one = bench.run(&step, 1)?;
        let (p99, p50) = (many.quantile(0.99), one.quantile(0.5));
        Ok([
            many.rate() / echo.rate() * 100.0,
            some.cost() / echo_some.cost(),
            many.cost() / echo.cost(),
            p99 / echo.quantile(0.99),
            p50 / sync,
            many.rate() / one.rate(),
            p99,
            p50,
            sync,
        ])
    });
    let goals = [goal::POST_RATE, goal::POST_CPU, goal::POST_P99, goal::POST_ALONE, goal::POST_GROUPED];
    let told = found.map(|[rate, cpu, cpu_many, p99, alone, grouped, p99_micros, p50, sync]| {
        [
            (rate, format!("{before} users grew to {}", people.count())),
            (cpu, format!("{cpu_many:.2} × with {MANY} connections")),
            (p99, format!("{:.1} ms", p99_micros / 1000.0)),
            (alone, format!("{p50:.0} µs, fdatasync {sync:.0} µs")),
            (grouped, String::new()),
        ]
    });
    report.add(goals, told);
}
