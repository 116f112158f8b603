//! Rows 14 to 18 and the second half of 22: what a million users change.

use crate::driver::{Length, Step, drive};
use crate::goal::{self, Goal};
use crate::measure::{Bench, CONNECTIONS, MANY, say};
use crate::process;
use crate::report::Report;
use crate::server::Server;
use crate::steps::{self, People};
use crate::target::Target;
use crate::walk::Walk;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const ROWS: [Goal; 6] = [goal::READ_GROWTH, goal::POST_GROWTH, goal::DEPTH, goal::WALK, goal::NEIGHBOUR, goal::FULL];
/// Counted, not timed, so that little and much are compared after equal growth.
const POSTS: u64 = 10_000;

/// Measures what is asked for on a server of its own, which grows from `--users` to a tenth of the million and to all of it.
pub fn measure(bench: &Bench, million: u64, report: &mut Report) {
    if let Err(why) = grow(bench, million, report) {
        report.failed(&ROWS, &why);
    }
}

fn grow(bench: &Bench, million: u64, report: &mut Report) -> anyhow::Result<()> {
    let wants = |row: u8| bench.arguments.wants(&[row]);
    let server = Server::start(&bench.arguments.folder)?;
    let target = server.endpoint("Million")?;
    let mut people = People::none(&target, "", false);
    seed(&mut people, bench.arguments.users)?;
    let few_reads = if wants(14) { Some(reads(bench, &people)?) } else { None };
    let few_posts = if wants(15) { Some(posts(bench, &people)?) } else { None };
    let few = format!("{} over {}", million, bench.arguments.users);
    let tenth = match wants(17) {
        true => {
            seed(&mut people, million / 10)?;
            Some(Walk::measure(bench, &target, people.count())?)
        }
        false => None,
    };
    seed(&mut people, million)?;
    if wants(22) {
        report.found(goal::FULL, process::own_memory(server.pid())?, format!("{} users", people.count()));
    }
    if wants(16) || wants(17) {
        let whole = Walk::measure(bench, &target, people.count())?;
        report.found(goal::DEPTH, whole.depth, format!("last page {:.1} ms", whole.last / 1000.0));
        if let Some(tenth) = tenth {
            let note = format!(
                "{:.2} s over {:.2} s, {} users over {}; CPU {:.2} ×",
                whole.seconds,
                tenth.seconds,
                whole.users,
                tenth.users,
                whole.cpu / tenth.cpu
            );
            // POSTs of row 15 may have made the tenth a little more than that.
            let growth = whole.users as f64 / tenth.users as f64;
            report.found(goal::WALK, whole.seconds / tenth.seconds / growth * 10.0, note);
        }
    }
    if let Some([get, filter]) = few_reads {
        let [many_get, many_filter] = reads(bench, &people)?;
        let (get, filter) = (many_get / get, many_filter / filter);
        let note = format!("GET {get:.2}, filter {filter:.2}; {few} users; 4000 of them, warm");
        report.found(goal::READ_GROWTH, get.max(filter), note);
    }
    if wants(18) {
        let found = neighbour(bench, &server, &target);
        report.add([goal::NEIGHBOUR], found.map(|found| [found]));
    }
    if let Some(posts_then) = few_posts {
        report.found(goal::POST_GROWTH, posts(bench, &people)? / posts_then, format!("{few} users"));
    }
    Ok(())
}

fn seed(people: &mut People<'_>, to: u64) -> anyhow::Result<()> {
    if let Some(seeding) = people.grow(to, MANY)? {
        say(&format!("seeded {to} users: {:.0}/s, {:.1} µs CPU", seeding.rate(), seeding.cost()));
    }
    Ok(())
}

/// CPU of GET and of the filter as multiples of the responder's at that moment.
fn reads(bench: &Bench, people: &People<'_>) -> anyhow::Result<[f64; 2]> {
    let users = people.count();
    let get = people.get(&format!("GET user by id, {users} users"));
    let filter = people.filter(&format!("filter userName eq, {users} users"));
    bench.rounds(|| {
        let (hello, get) = (bench.hello(CONNECTIONS)?, bench.run(&get, CONNECTIONS)?);
        let (again, filter) = (bench.hello(CONNECTIONS)?, bench.run(&filter, CONNECTIONS)?);
        Ok([get.cost() / hello.cost(), filter.cost() / again.cost()])
    })
}

/// CPU of POST as a multiple of the echo's.
fn posts(bench: &Bench, people: &People<'_>) -> anyhow::Result<f64> {
    let step = people.post(&format!("POST user, {} users", people.count()));
    let [cost] = bench.rounds(|| {
        let (echo, own) = (bench.echo(MANY)?, bench.run_requests(&step, MANY, POSTS)?);
        Ok([own.cost() / echo.cost()])
    })?;
    Ok(cost)
}

/// Row 18: the p99 of another node's GETs with and without a client that asks the large one what no index answers.
fn neighbour(bench: &Bench, server: &Server, large: &Target) -> anyhow::Result<(f64, String)> {
    let quiet = server.endpoint("Quiet")?;
    let mut people = People::none(&quiet, "", false);
    seed(&mut people, bench.arguments.users)?;
    let (answered, refused) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut scan = steps::get("scan", large, "/Users?filter=name.familyName%20eq%20%22Nobody%22");
    // A scan that takes too long is ended by the appliance, and has worked until then.
    scan.accept = Box::new(|_, reply| {
        let count = if reply.status == 200 { &answered } else { &refused };
        count.fetch_add(1, Ordering::Relaxed);
        matches!(reply.status, 200 | 400)
    });
    let alone = people.get("GET user by id, quiet node");
    let beside = people.get("GET user by id, beside a scan");
    let one = people.get("GET user by id, quiet node");
    let one_beside = people.get("GET user by id, beside a scan");
    let ratio = |without: &Step<'_>, with: &Step<'_>, connections: usize| {
        bench.rounds(|| {
            let calm = bench.run(without, connections)?;
            let busy = beside_scan(&scan, || bench.run(with, connections))?;
            Ok([busy.quantile(0.99) / calm.quantile(0.99)])
        })
    };
    let ([many], [single]) = (ratio(&alone, &beside, CONNECTIONS)?, ratio(&one, &one_beside, 1)?);
    let (answered, refused) = (answered.load(Ordering::Relaxed), refused.load(Ordering::Relaxed));
    anyhow::ensure!(answered > 0, "FAILED: no scan was answered, so nothing was beside it");
    let note = format!(
        "{CONNECTIONS} connections; {single:.2} × over 1; scans: {answered} answered, {refused} ended after their time"
    );
    Ok((many, note))
}

/// Does something while one connection scans without a pause.
fn beside_scan<T>(scan: &Step<'_>, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let goes_on = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let scanning = scope.spawn(|| drive(scan, 1, Length::While(&goes_on)));
        let done = work();
        goes_on.store(false, Ordering::Relaxed);
        scanning.join().map_err(|_| anyhow::anyhow!("the scanning thread panicked"))??;
        done
    })
}
