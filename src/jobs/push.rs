//! The thread of SCIM push: begins runs that are asked for or due, each in a thread of its own, and notices those whose process
//! ended.

use super::duties::{Duties, PUSH};
use super::push_process::take_lock;
use super::push_run::{execute, sweep};
use super::{LOOK, Wakeup};
use crate::domain::push_lifecycle::{self, RunEnd};
use crate::domain::push_run::{PushRun, RunState};
use crate::domain::{Act, Error, Fault, Tx, push_schedule};
use crate::push::watch::{Phase, Watch};
use crate::store::{RunLock, Store};
use crate::world;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Duration;

/// Runs at the same time.
const AT_ONCE: usize = 4;
/// How long a run may take to end when the server stops.
const PATIENCE: Duration = Duration::from_secs(3);

/// Works until all is over.
pub(super) fn run(store: &Store, wakeup: &Arc<Wakeup>, duties: &Duties) {
    // Each run holds a sender until its end.
    let (mut heard, mut running): (u64, Vec<Receiver<()>>) = (0, Vec::new());
    loop {
        running.retain(|run| run.try_recv() != Err(TryRecvError::Disconnected));
        if duties.right(PUSH).is_some()
            && let Err(error) = work(store, wakeup, &mut running)
        {
            tracing::warn!(%error, "pushes could not be looked at");
        }
        match wakeup.rest(heard, LOOK) {
            Some(count) => heard = count,
            None => break,
        }
    }
    for run in running {
        let _ = run.recv_timeout(PATIENCE);
    }
}

fn work(store: &Store, wakeup: &Arc<Wakeup>, running: &mut Vec<Receiver<()>>) -> Result<(), Error> {
    sweep(store, None)?;
    let now = world::now();
    for record in store.read(move |tx| push_schedule::due(tx, now))? {
        let (act, id, target) = (act()?, record.id, record.target.lock_name());
        store.write_blocking(move |tx: &mut dyn Tx| push_lifecycle::ask_due(tx, &act, id, &target))?;
    }
    for run in store.read(|tx| tx.open_push_runs())?.into_iter().filter(|run| run.state == RunState::Queued) {
        if running.len() >= AT_ONCE {
            break;
        }
        // While another run has the target, this one waits.
        let Some(lock) = take_lock(store, &run.target)? else { continue };
        let (act, id) = (act()?, run.id);
        let begun = store.write_blocking(move |tx: &mut dyn Tx| push_lifecycle::begin(tx, &act, id))?;
        if let Some(run) = begun {
            running.push(begin(store, wakeup, run, lock)?);
        }
    }
    Ok(())
}

fn act() -> Result<Act, Error> {
    Ok(world::act("job:push").map_err(|e| Fault::Broken(e.to_string()))?)
}

/// Begins a run; what is returned is disconnected when it has ended.
fn begin(store: &Store, wakeup: &Arc<Wakeup>, run: PushRun, lock: RunLock) -> Result<Receiver<()>, Error> {
    let (end, ended) = channel();
    let (store, wakeup) = (store.clone(), Arc::clone(wakeup));
    let thread = std::thread::Builder::new().name("push".to_owned());
    let begun = thread.spawn(move || work_on(&store, &wakeup, &run, lock, &end));
    begun.map_err(|e| Fault::Broken(format!("no thread for a push: {e}")))?;
    Ok(ended)
}

fn work_on(store: &Store, wakeup: &Wakeup, run: &PushRun, lock: RunLock, _end: &Sender<()>) {
    if let Err(error) = execute(store, run, lock, &Stop(wakeup)) {
        tracing::warn!(run = run.id, %error, "a push could not go on");
        let (id, end) = (run.id, RunEnd::new(RunState::Failed, error.to_string()));
        let failed = act()
            .and_then(|act| store.write_blocking(move |tx: &mut dyn Tx| push_lifecycle::finish(tx, &act, id, &end)));
        if let Err(error) = failed {
            tracing::warn!(run = run.id, %error, "the end of a push could not be written");
        }
    }
    wakeup.notify();
}

/// A run in the server ends with it.
struct Stop<'a>(&'a Wakeup);

impl Watch for Stop<'_> {
    fn progress(&self, _: Phase, _: u64, _: Option<u64>) {}

    fn line(&self, _: &str) {}

    fn is_cancelled(&self) -> bool {
        self.0.is_over()
    }
}
