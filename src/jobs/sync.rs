//! The thread of approvals: takes open jobs in their order and does them batch by batch, and removes old events.

use super::audit_files::oldest_unwritten;
use super::audit_forward::oldest_unsent;
use super::duties::{Duties, Right, SYNC};
use super::{LOOK, Wakeup};
use crate::domain::job::{self, Job};
use crate::domain::{Act, Error, Fault, Time, Tx, audit_chain, settings};
use crate::store::Store;
use crate::world;

/// Milliseconds between two looks at old events.
const HOUR: i64 = 3_600_000;
/// Old events removed in one write.
const PRUNED_AT_ONCE: u64 = 500;

/// Works until all is over.
pub(super) fn run(store: &Store, wakeup: &Wakeup, duties: &Duties) {
    let (mut heard, mut pruned_at, mut anchored_at) = (0, 0, world::now().0);
    loop {
        if let Some(right) = duties.right(SYNC)
            && let Err(error) = work(store, wakeup, &right)
        {
            tracing::warn!(%error, "a job could not go on");
        }
        let now = world::now().0;
        if now - pruned_at >= HOUR && duties.right(SYNC).is_some() {
            pruned_at = now;
            if let Err(error) = prune(store, wakeup) {
                tracing::warn!(%error, "old events could not be removed");
            }
        }
        if now - anchored_at >= HOUR && duties.right(SYNC).is_some() {
            anchored_at = now;
            if let Err(error) = anchor(store) {
                tracing::warn!(%error, "the chains of the audit log could not be anchored");
            }
        }
        match wakeup.rest(heard, LOOK) {
            Some(count) => heard = count,
            None => return,
        }
    }
}

fn work(store: &Store, wakeup: &Wakeup, right: &Right) -> Result<(), Error> {
    for job in store.read(|tx| tx.open_jobs())? {
        match finish(store, wakeup, &job, right) {
            // The next look tries again.
            Ok(())
            | Err(Error::Fault(
                Fault::Busy | Fault::Conflict | Fault::Unreachable | Fault::Unwritable | Fault::Unsure | Fault::Moved,
            )) => {}
            Err(error) => {
                let (act, id, why, right) = (act(job.id)?, job.id, error.to_string(), right.clone());
                store.write_blocking(move |tx: &mut dyn Tx| {
                    right.check(tx)?;
                    job::fail(tx, &act, id, &why)
                })?;
            }
        }
    }
    Ok(())
}

fn act(job: i64) -> Result<Act, Error> {
    Ok(world::act(format!("job:{job}")).map_err(|e| Fault::Broken(e.to_string()))?)
}

/// Does one job until it ends or somebody stops it.
fn finish(store: &Store, wakeup: &Wakeup, job: &Job, right: &Right) -> Result<(), Error> {
    let id = job.id;
    let mut job = job.clone();
    while !wakeup.is_over() {
        let batch = store.read(move |tx| job::next(tx, &job))?;
        let (act, right) = (act(id)?, right.clone());
        let done = store.write_blocking(move |tx: &mut dyn Tx| {
            right.check(tx)?;
            job::work(tx, &act, id, &batch)
        })?;
        match done.filter(Job::is_open) {
            Some(next) => job = next,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Writes where the chains of the audit log end.
///
/// # Errors
/// Those of the store.
pub fn anchor(store: &Store) -> Result<bool, Error> {
    let act: Act = world::act("system").map_err(|e| Fault::Broken(e.to_string()))?;
    store.write_blocking(move |tx: &mut dyn Tx| audit_chain::anchor(tx, &act))
}

/// Removes events that are older than the setting says, a little at a time.
fn prune(store: &Store, wakeup: &Wakeup) -> Result<(), Error> {
    let days = store.read(|tx| settings::number(tx, "audit_days"))?;
    while days > 0 && !wakeup.is_over() {
        let act: Act = world::act("system").map_err(|e| Fault::Broken(e.to_string()))?;
        let before = act.now.plus_days(-days.max(settings::AUDIT_DAYS));
        // What a syslog server has not got yet, or is in no file yet, is kept for it.
        let waiting = [store.read(oldest_unsent)?, store.read(oldest_unwritten)?];
        let before = waiting.into_iter().flatten().fold(before, Time::min);
        let removed =
            store.write_blocking(move |tx: &mut dyn Tx| audit_chain::prune(tx, &act, before, PRUNED_AT_ONCE))?;
        if removed < PRUNED_AT_ONCE {
            break;
        }
    }
    Ok(())
}
