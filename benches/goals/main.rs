//! The goals, measured end to end: the real server, a static responder before each step, and a table with a verdict for
//! each goal. `cargo bench --bench goals -- --help` says what can be asked for.

mod arguments;
mod capture;
mod ceiling;
mod database;
mod disk;
mod driver;
mod edge;
mod external_server;
mod goal;
mod import;
mod in_process;
mod instances;
mod measure;
mod million;
mod people;
mod process;
mod push;
mod reads;
mod report;
mod responder;
mod server;
mod stall;
mod steps;
mod target;
mod teams;
mod token;
mod walk;
mod wire;
mod writes;

use arguments::Arguments;
use clap::Parser;
use measure::Bench;
use report::Report;
use server::Server;
use std::io::Write;
use std::process::ExitCode;
use steps::People;

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if arguments.responder {
        responder::serve()?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(store) = &arguments.store {
        database::STORE.get_or_init(|| store.clone());
    }
    let bench = Bench::new(arguments)?;
    introduce(&bench.arguments)?;
    if let Some(users) = bench.arguments.import {
        import::measure(&bench, users)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(users) = bench.arguments.push {
        push::measure(&bench, users)?;
        return Ok(ExitCode::SUCCESS);
    }
    let all = match bench.arguments.against.clone() {
        Some(url) => external_server::measure(&bench, &url)?,
        None => {
            let mut report = Report::default();
            small(&bench, &mut report)?;
            edge::measure(&bench, &mut report);
            if let Some(million) = bench.arguments.million.filter(|_| bench.arguments.wants(&[14, 15, 16, 17, 18, 22]))
            {
                million::measure(&bench, million, &mut report);
            }
            let all = report.print(&bench.arguments)?;
            report::print_past(&bench)?;
            all
        }
    };
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The rows that need no million: reads first, because writes make the file grow.
fn small(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let wants = |rows: &[u8]| bench.arguments.wants(rows);
    if wants(&[4]) {
        report.add([goal::TOKEN_CPU], token::measure(bench));
    }
    if !wants(&[1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 19, 22, 23, 24, 25, 26, 27, 28, 29]) {
        return Ok(());
    }
    let server = Server::start(&bench.arguments.folder)?;
    let target = server.endpoint("Bench")?;
    if wants(&[22]) {
        target.ask("GET", "/Users", None)?;
        report.found(goal::IDLE, process::own_memory(server.pid())?, "after the first request");
    }
    let mut people = People::none(&target, "", false);
    if wants(&[1, 2, 3, 5, 6, 7, 8, 9, 10, 23, 24, 25, 26]) {
        people.grow(bench.arguments.users, measure::MANY)?;
    }
    reads::measure(bench, &people, report);
    if wants(&[6, 7, 8, 9, 10]) {
        writes::measure(bench, &server, &people, report);
    }
    if wants(&[23, 24, 25, 26]) {
        writes::change(bench, &people, report);
    }
    if wants(&[11, 12, 13, 19, 27]) {
        teams::measure(bench, &target, &mut people, report);
    }
    capture::measure(bench, &server, report);
    if let Some(database) = server.database().filter(|_| wants(&[1, 6])) {
        instances::measure(bench, &server, &target, &people)?;
        ceiling::measure(bench, database, &target)?;
    }
    Ok(())
}

fn introduce(arguments: &Arguments) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?;
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
    let (users, secs, rounds) = (arguments.users, arguments.secs, arguments.rounds);
    writeln!(
        std::io::stdout(),
        "Scimbox {}, {cores} cores ({}), shared by service and driver; {users} users, whose names arrive in ascending order; \
         the responder right before each step; rounds of {secs} s, medians of {rounds}.\n",
        env!("CARGO_PKG_VERSION"),
        model.unwrap_or("unknown")
    )?;
    Ok(())
}
