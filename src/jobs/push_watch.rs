//! Who watches a run that is a row in the store: it writes how far the run is, once a second at most, and hears whether somebody
//! wants it to end.

use crate::domain::push_lifecycle;
use crate::domain::push_run::RunProgress;
use crate::domain::{Error, Tx};
use crate::push::watch::{Phase, Watch};
use crate::store::Store;
use crate::world;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the row is written.
const EVERY: Duration = Duration::from_secs(1);
/// The longest text that waits to be written, in bytes; the log takes no more in all.
const LONGEST: usize = 1 << 20;

/// One run, and whoever else watches it.
pub(super) struct RunWatch<'a> {
    store: &'a Store,
    run: i64,
    other: &'a dyn Watch,
    seen: Mutex<Seen>,
    cancelled: AtomicBool,
}

struct Seen {
    progress: RunProgress,
    told: String,
    is_new: bool,
    written: Instant,
}

impl<'a> RunWatch<'a> {
    pub(super) fn new(store: &'a Store, run: i64, other: &'a dyn Watch) -> RunWatch<'a> {
        let seen =
            Seen { progress: RunProgress::default(), told: String::new(), is_new: false, written: Instant::now() };
        RunWatch { store, run, other, seen: Mutex::new(seen), cancelled: AtomicBool::new(false) }
    }

    /// Writes what is not written yet.
    pub(super) fn flush(&self) {
        self.write(&mut self.seen.lock());
    }

    /// Writes and listens, if it is time to.
    fn tick(&self) {
        // Another thread that does so just now does it for all.
        let Some(mut seen) = self.seen.try_lock() else { return };
        if seen.written.elapsed() >= EVERY {
            self.write(&mut seen);
        }
    }

    fn write(&self, seen: &mut Seen) {
        seen.written = Instant::now();
        let id = self.run;
        let heard = match seen.is_new {
            true => {
                let (progress, told) = (seen.progress.clone(), seen.told.clone());
                let write = move |tx: &mut dyn Tx| push_lifecycle::report(tx, id, &progress, &told);
                self.store.write_blocking(write).inspect(|_| {
                    seen.told.clear();
                    seen.is_new = false;
                })
            }
            false => self.store.read(move |tx| {
                Ok::<_, Error>(tx.push_run(id)?.is_none_or(|run| run.cancel_requested || !run.is_open()))
            }),
        };
        match heard {
            Ok(false) => {}
            Ok(true) => self.cancelled.store(true, Ordering::Relaxed),
            // The run goes on; what it tells is written the next time.
            Err(error) => tracing::warn!(run = id, %error, "the progress of a push could not be written"),
        }
    }
}

impl Watch for RunWatch<'_> {
    fn progress(&self, phase: Phase, done: u64, total: Option<u64>) {
        self.other.progress(phase, done, total);
        let mut seen = self.seen.lock();
        let begins = seen.progress.phase.as_deref() != Some(word(phase));
        seen.progress = RunProgress { phase: Some(word(phase).to_owned()), done, total };
        seen.is_new = true;
        // A part that waits for the other side at once would otherwise not be told before that answers.
        if begins || seen.written.elapsed() >= EVERY {
            self.write(&mut seen);
        }
    }

    fn line(&self, text: &str) {
        self.other.line(text);
        {
            let mut seen = self.seen.lock();
            if seen.told.len() < LONGEST {
                seen.told.push_str(&format!("{} {text}\n", world::now()));
                seen.is_new = true;
            }
        }
        self.tick();
    }

    fn is_cancelled(&self) -> bool {
        self.tick();
        self.cancelled.load(Ordering::Relaxed) || self.other.is_cancelled()
    }
}

/// The word for a phase in store and API.
fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::ReadSource => "read_source",
        Phase::Compare => "compare",
        Phase::Groups => "groups",
        Phase::Users => "users",
        Phase::Memberships => "memberships",
        Phase::Removals => "removals",
    }
}
