//! The load: connections that each send the next request as soon as the last one is answered.

use crate::database;
use crate::process;
use crate::target::Target;
use crate::wire::{Connection, Reply};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// No answer is waited for longer than so many seconds.
const PATIENCE: u32 = 30;
/// After so many failures a connection gives up: there is no result any more.
const HOPELESS: u64 = 20;

/// Which request of a step this is.
#[derive(Clone, Copy)]
pub struct Turn {
    /// Among all.
    pub number: u64,
    /// On which connection.
    pub connection: usize,
}

/// Writes a request.
pub type Write<'a> = Box<dyn Fn(Turn, &mut Vec<u8>) + Sync + 'a>;
/// Whether an answer is what was asked for.
pub type Accept<'a> = Box<dyn Fn(Turn, &Reply<'_>) -> bool + Sync + 'a>;

/// One kind of request, again and again.
pub struct Step<'a> {
    /// What it is called in the table.
    pub name: String,
    /// Who answers.
    pub target: &'a Target,
    /// What is sent.
    pub write: Write<'a>,
    /// What must come back.
    pub accept: Accept<'a>,
}

/// When a step ends.
#[derive(Clone, Copy)]
pub enum Length<'a> {
    /// After so long.
    Time(Duration),
    /// After so many requests.
    Requests(u64),
    /// When this becomes false.
    While(&'a AtomicBool),
}

/// What came of a step.
#[derive(Default)]
pub struct Outcome {
    /// How many requests were answered or failed.
    pub requests: u64,
    /// How many failed.
    pub failed: u64,
    /// The first failure of each connection that had one.
    pub failures: Vec<String>,
    /// From the first to the last byte.
    pub seconds: f64,
    /// What it cost the service in all, in microseconds of CPU.
    pub cpu: f64,
    /// How many connections were opened.
    pub opened: u64,
    /// Statements that the service sent to its database, and how often it waited for an answer, in all.
    pub traffic: Option<[f64; 2]>,
    /// Nanoseconds of each request in its order, for each connection.
    pub latencies: Vec<Vec<u64>>,
}

impl Outcome {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// Microseconds of CPU that a request cost the service.
    pub fn cost(&self) -> f64 {
        self.cpu / self.requests as f64
    }

    /// The latency that a part of all requests did not exceed, in microseconds.
    pub fn quantile(&self, part: f64) -> f64 {
        // The first request of a connection also pays for its opening.
        let skip = usize::from(self.latencies.len() > 1);
        let mut all: Vec<u64> = self.latencies.iter().flat_map(|own| own.iter().skip(skip)).copied().collect();
        all.sort_unstable();
        let at = (all.len().saturating_sub(1)) as f64 * part;
        all.get(at as usize).map_or(f64::NAN, |nanos| *nanos as f64 / 1000.0)
    }
}

/// Runs a step over so many connections.
///
/// # Errors
/// When anything failed: a rate over failures is no result.
pub fn drive(step: &Step<'_>, connections: usize, length: Length<'_>) -> anyhow::Result<Outcome> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(connections);
    let next = AtomicU64::new(0);
    let told = || step.target.metrics.as_deref().map(database::traffic).transpose();
    let sent = told()?;
    let (before, start) = (process::cpu(&step.target.pids), Instant::now());
    let mut whole = Outcome::default();
    std::thread::scope(|scope| {
        let crews: Vec<_> = (0..threads)
            .map(|first| {
                let next = &next;
                let own: Vec<usize> = (first..connections).step_by(threads).collect();
                scope.spawn(move || crew(step, &own, length, next, start))
            })
            .collect();
        for crew in crews {
            let parts = crew.join().map_err(|_| anyhow::anyhow!("a thread of the driver panicked"))??;
            for part in parts {
                whole.requests += part.requests;
                whole.failed += part.failed;
                whole.opened += part.opened;
                whole.failures.extend(part.failures);
                whole.latencies.extend(part.latencies);
            }
        }
        anyhow::Ok(())
    })?;
    whole.seconds = start.elapsed().as_secs_f64();
    whole.cpu = if step.target.pids.is_empty() { f64::NAN } else { process::cpu(&step.target.pids) - before };
    whole.traffic = told()?.zip(sent).map(|(after, before)| [after[0] - before[0], after[1] - before[1]]);
    if let Some(failure) = whole.failures.first() {
        anyhow::bail!("FAILED: {}: {} of {}: {failure}", step.name, whole.failed, whole.requests);
    }
    anyhow::ensure!(whole.requests > 0, "FAILED: {}: no request was made", step.name);
    Ok(whole)
}

/// The connections of one thread.
fn crew(
    step: &Step<'_>,
    own: &[usize],
    length: Length<'_>,
    next: &AtomicU64,
    start: Instant,
) -> anyhow::Result<Vec<Outcome>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let all: FuturesUnordered<_> = own.iter().map(|n| converse(step, *n, length, next, start)).collect();
        Ok(all.collect().await)
    })
}

/// One connection.
async fn converse(step: &Step<'_>, connection: usize, length: Length<'_>, next: &AtomicU64, start: Instant) -> Outcome {
    let mut wire = Connection::new(&step.target.address);
    let (mut outcome, mut request, mut latencies) = (Outcome::default(), Vec::with_capacity(2048), Vec::new());
    let mut now = Instant::now();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let goes_on = match length {
            Length::Time(time) => now.duration_since(start) < time,
            Length::Requests(count) => number < count,
            Length::While(flag) => flag.load(Ordering::Relaxed),
        };
        if !goes_on || outcome.failed >= HOPELESS {
            break;
        }
        let turn = Turn { number, connection };
        request.clear();
        (step.write)(turn, &mut request);
        let sent = Instant::now();
        let answered = patiently(wire.exchange(&request)).await;
        now = Instant::now();
        let failure = match &answered {
            Some(Ok(reply)) if (step.accept)(turn, reply) => None,
            Some(Ok(reply)) => {
                let body = String::from_utf8_lossy(reply.body).chars().take(300).collect::<String>();
                Some(format!("{} {body}", reply.status))
            }
            Some(Err(error)) => Some(error.to_string()),
            None => Some("no answer in time".to_owned()),
        };
        let late = answered.is_none();
        drop(answered);
        if late {
            wire.close();
        }
        latencies.push(now.duration_since(sent).as_nanos() as u64);
        outcome.requests += 1;
        if let Some(failure) = failure {
            outcome.failed += 1;
            if outcome.failures.is_empty() {
                outcome.failures.push(failure);
            }
        }
    }
    outcome.opened = wire.opened;
    outcome.latencies.push(latencies);
    outcome
}

/// Waits second by second: when the machine was stopped meanwhile, the clock has jumped and the answer is still to come.
async fn patiently<T>(answer: impl Future<Output = T>) -> Option<T> {
    let mut answer = std::pin::pin!(answer);
    for _ in 0..PATIENCE {
        if let Ok(answer) = tokio::time::timeout(Duration::from_secs(1), answer.as_mut()).await {
            return Some(answer);
        }
    }
    None
}
