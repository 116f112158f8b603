//! A push record that is ready to run: with its source and its target, which nobody else has meanwhile. It compares, carries the
//! plan out, and approves what it has brought.

use super::push_source;
use crate::domain::approval::{self, ApprovalScope, PendingKey};
use crate::domain::job::BATCH;
use crate::domain::push_options::{Missing as MissingWord, PushOptions};
use crate::domain::push_record::{PushRecord, PushTarget};
use crate::domain::push_run::PushRun;
use crate::domain::{Act, Error, Fault, TeamKey, Tx, UserId, connection};
use crate::push::client::{Access, Client, ClientError};
use crate::push::explain::Explanation;
use crate::push::outcome::{Outcome, RunState};
use crate::push::plan::{Destructive, Limits, Missing, Plan, Refused, Settings};
use crate::push::run::{self, Finished, Order};
use crate::push::source::Source;
use crate::push::watch::Watch;
use crate::store::{RunLock, Store};
use crate::world;

/// A record with its source and its target, which no other run has meanwhile.
pub struct Ready {
    record: PushRecord,
    source: Source,
    access: Access,
    settings: Settings,
    // Dropped in this order: the token ends while the target is still ours.
    _token: Option<push_source::IssuedToken>,
    _lock: RunLock,
}

/// What a run is asked to do.
pub struct PushOrder<'a> {
    /// Whether it only makes the plan.
    pub dry_run: bool,
    /// A plan that somebody has allowed.
    pub allowed: Option<&'a Plan>,
    /// What an earlier run could not push: the run tries that again and changes nothing else.
    pub again: Option<&'a Again>,
    /// Asked with the plan before the first run of a record writes anything.
    pub confirm: &'a dyn Fn(&Plan) -> bool,
}

/// A run that is tried again where it was refused.
#[derive(Clone, Debug)]
pub struct Again {
    /// Its number.
    pub run: i64,
    /// What it could not push.
    pub refused: Vec<Refused>,
}

impl Again {
    /// What was refused in a run that is over.
    pub fn of(run: &PushRun) -> Again {
        let outcome = run.outcome.as_deref().and_then(|text| serde_json::from_str::<Outcome>(text).ok());
        Again { run: run.id, refused: outcome.map(|outcome| outcome.refused).unwrap_or_default() }
    }
}

/// Makes a record ready to run.
///
/// # Errors
/// [`Error::TargetBusy`] while another run writes to the target, and those of [`push_source`].
pub fn prepare(record: PushRecord, store: &Store, act: &Act) -> Result<Ready, Error> {
    let lock = wait_for_lock(store, &record.target.lock_name())?;
    with_lock(record, store, act, lock)
}

/// The lock of a target, also if somebody just looks whether the run before has died.
pub(super) fn wait_for_lock(store: &Store, target: &str) -> Result<RunLock, Error> {
    store.wait_for_run_lock(target).map_err(|e| Fault::Broken(e.to_string()))?.ok_or(Error::TargetBusy)
}

/// The lock of a target, unless another run has it.
pub(super) fn take_lock(store: &Store, target: &str) -> Result<Option<RunLock>, Error> {
    Ok(store.run_lock(target).map_err(|e| Fault::Broken(e.to_string()))?)
}

/// The same for who has the lock.
pub(super) fn with_lock(record: PushRecord, store: &Store, act: &Act, lock: RunLock) -> Result<Ready, Error> {
    let source = push_source::source(&record, store)?;
    let target = push_source::target(&record, store, act)?;
    let settings = settings(&record.options, record.people);
    Ok(Ready { record, source, access: target.access, settings, _token: target.guard, _lock: lock })
}

impl Ready {
    /// Runs.
    ///
    /// # Errors
    /// Those of the store; what source and target do wrong is in the outcome.
    pub fn run(&self, store: &Store, act: &Act, order: &PushOrder<'_>, watch: &dyn Watch) -> Result<Finished, Error> {
        let core = Order {
            dry_run: order.dry_run,
            allowed: order.allowed,
            again: order.again.map(|again| again.refused.as_slice()),
            confirm: order.confirm,
        };
        let finished = run::run(&self.source, &self.access, &self.settings, &core, watch);
        let has_run = !order.dry_run && !matches!(finished.outcome.state, RunState::Stopped | RunState::Failed);
        if has_run && self.record.options.auto_approve {
            self.approve(store, act)?;
        }
        Ok(finished)
    }

    /// A mark of the source's state; see [`Source::mark`].
    pub(super) fn mark(&self) -> Option<String> {
        self.source.mark()
    }

    /// Whether the source has not changed since a mark.
    pub(super) fn is_unchanged(&self, mark: &str) -> bool {
        self.source.is_unchanged(mark)
    }

    /// Why a person is in or out, and what a run would do to them.
    ///
    /// # Errors
    /// The outcome of a run that ends before it can tell.
    pub fn explain(&self, who: &str, watch: &dyn Watch) -> Result<Explanation, Box<Outcome>> {
        let failed = |error: ClientError| Box::new(Outcome::new(RunState::Failed, Some(error.sentence())));
        let client = Client::new(&self.access, 1, watch).map_err(failed)?;
        let sides = run::compare(&self.source, &client, &self.settings, watch)?;
        Ok(Explanation::of(who, &sides))
    }

    /// Approves whatever waits in the node of a connection of ours.
    fn approve(&self, store: &Store, act: &Act) -> Result<(), Error> {
        let PushTarget::Connection(id) = self.record.target else { return Ok(()) };
        let reach = ApprovalScope::Node(store.read(move |tx| connection::get(tx, id))?.node);
        let mut after: PendingKey = (TeamKey(0), UserId(0));
        loop {
            let batch = store.read(move |tx| approval::next(tx, reach, after, BATCH))?;
            let is_last = batch.last;
            after = batch.memberships.last().copied().unwrap_or(after);
            let by = world::act(act.by.clone()).map_err(|e| Fault::Broken(e.to_string()))?;
            let approve = move |tx: &mut dyn Tx| approval::approve(tx, &by, &batch, approval::Restrictions::default());
            store.write_blocking(approve)?;
            if is_last {
                return Ok(());
            }
        }
    }
}

/// The options of a record in push's own words.
fn settings(options: &PushOptions, previous_people: Option<u64>) -> Settings {
    let limits = options.limits;
    Settings {
        destructive: match options.destructive {
            ..0 => Destructive::Never,
            0 => Destructive::Own,
            1.. => Destructive::All,
        },
        missing: match options.missing {
            MissingWord::Lock => Missing::Lock,
            MissingWord::Delete => Missing::Delete,
        },
        limits: Limits {
            users_removed: limits.users_removed,
            users_removed_percent: limits.users_removed_percent,
            groups_deleted: limits.groups_deleted,
            groups_deleted_percent: limits.groups_deleted_percent,
            members_removed: limits.members_removed,
            members_removed_percent: limits.members_removed_percent,
            shrank_percent: limits.shrank_percent,
        },
        protected: options.protected.clone(),
        previous_people,
        concurrency: usize::try_from(options.concurrency).unwrap_or(1),
        bulk: options.bulk,
    }
}
