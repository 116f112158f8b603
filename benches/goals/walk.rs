//! Walking through all users page by page, as a client does that compares everything.

use crate::driver::{Length, Step, Turn, drive};
use crate::measure::{Bench, median};
use crate::target::Target;
use crate::wire::{Reply, find};
use anyhow::Context;
use std::collections::HashSet;
use std::sync::Mutex;

const PAGE: u64 = 1000;
/// How many pages at each end are compared.
const ENDS: usize = 10;

/// What a walk came to: medians of its rounds.
pub struct Walk {
    /// How many users it passed.
    pub users: u64,
    /// How long it took.
    pub seconds: f64,
    /// What it cost, in microseconds of CPU.
    pub cpu: f64,
    /// The last pages' time over the first pages'.
    pub depth: f64,
    /// The last pages' time in microseconds.
    pub last: f64,
}

impl Walk {
    /// Walks once to look at every id, which also warms up, and then for the figures.
    ///
    /// # Errors
    /// When a page is refused, a total is wrong, or a user is missing or comes twice.
    pub fn measure(bench: &Bench, target: &Target, users: u64) -> anyhow::Result<Walk> {
        let pages = Length::Requests(users.div_ceil(PAGE));
        let seen: Mutex<HashSet<u64>> = Mutex::default();
        let Step { name, write, accept, .. } = step(target, users);
        let look = |turn: Turn, reply: &Reply<'_>| {
            if let Ok(mut seen) = seen.lock() {
                let mut rest = reply.body;
                while let Some(at) = find(rest, b"{\"id\":\"") {
                    rest = rest.get(at + 7..).unwrap_or_default();
                    seen.extend(rest.get(..15).and_then(|id| std::str::from_utf8(id).ok()?.parse::<u64>().ok()));
                }
            }
            accept(turn, reply)
        };
        let looking = Step { name, target, write, accept: Box::new(look) };
        drive(&looking, 1, pages)?;
        drop(looking);
        let seen = seen.into_inner().map(|seen| seen.len() as u64).unwrap_or_default();
        anyhow::ensure!(seen == users, "FAILED: a walk over {users} users met {seen} of them");
        let step = step(target, users);
        let [seconds, cpu, depth, last] = bench.rounds(|| {
            let walk = bench.keep(&step, 1, bench.steady(&step, 1, pages)?);
            let times = walk.latencies.first().context("no connection")?;
            let ends = ENDS.min(times.len());
            let (first, last) = (times.get(..ends), times.get(times.len() - ends..));
            let middle = |part: Option<&[u64]>| {
                median(part.unwrap_or_default().iter().map(|nanos| *nanos as f64 / 1000.0).collect()).context("no page")
            };
            let (first, last) = (middle(first)?, middle(last)?);
            Ok([walk.seconds, walk.cpu, last / first, last])
        })?;
        Ok(Walk { users, seconds, cpu, depth, last })
    }
}

/// The pages in their order; each must say how many users there are and hold what is left of them.
fn step(target: &Target, users: u64) -> Step<'_> {
    let total = format!("\"totalResults\":{users},");
    Step {
        name: format!("page of {PAGE}, {users} users"),
        target,
        write: Box::new(move |turn, into| {
            let start = turn.number * PAGE + 1;
            into.extend(target.request("GET", &format!("/Users?startIndex={start}&count={PAGE}"), None));
        }),
        accept: Box::new(move |turn, reply| {
            let items = PAGE.min(users - turn.number * PAGE);
            let items = format!("\"itemsPerPage\":{items},");
            reply.status == 200 && reply.begins_with(&total) && reply.begins_with(&items)
        }),
    }
}
