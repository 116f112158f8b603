//! One run of a push record in this process: takes the target for itself, runs, keeps what the next run needs to know, and
//! approves what it has brought.

use super::push_source;
use crate::domain::approval::{self, ApprovalScope, PendingKey};
use crate::domain::job::BATCH;
use crate::domain::push_options::{Missing as MissingWord, PushOptions};
use crate::domain::push_record::{PushRecord, PushTarget};
use crate::domain::{Act, Error, Fault, TeamKey, Tx, UserId, connection, push_record};
use crate::push::client::{Access, Client};
use crate::push::explain::Explanation;
use crate::push::outcome::{Outcome, RunState};
use crate::push::plan::{Destructive, Limits, Missing, Plan, Settings};
use crate::push::run::{self, Finished, Order};
use crate::push::source::Source;
use crate::push::watch::Watch;
use crate::store::{RunLock, Store};
use crate::world;
use std::cell::Cell;

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
    /// Asked before a record writes for the first time.
    pub confirm: &'a dyn Fn(&Plan) -> bool,
}

/// Makes a record ready to run.
///
/// # Errors
/// [`Error::TargetBusy`] while another run writes to the target, and those of [`push_source`].
pub fn prepare(record: PushRecord, store: &Store, act: &Act) -> Result<Ready, Error> {
    let lock = store.run_lock(&push_source::lock_name(&record.target));
    let lock = lock.map_err(|e| Fault::Broken(e.to_string()))?.ok_or(Error::TargetBusy)?;
    let source = push_source::source(&record, store)?;
    let target = push_source::target(&record, store, act)?;
    let access = Access { url: target.url, token: target.token, ca: target.ca };
    let settings = settings(&record.options, record.people);
    Ok(Ready { record, source, access, settings, _token: target.guard, _lock: lock })
}

impl Ready {
    /// Runs.
    ///
    /// # Errors
    /// Those of the store; what source and target do wrong is in the outcome.
    pub fn run(&self, store: &Store, act: &Act, order: &PushOrder<'_>, watch: &dyn Watch) -> Result<Finished, Error> {
        let confirmed = Cell::new(false);
        let confirm = |plan: &Plan| {
            let is_confirmed = self.record.confirmed_at.is_some() || (order.confirm)(plan);
            confirmed.set(is_confirmed);
            is_confirmed
        };
        let order = Order { dry_run: order.dry_run, allowed: order.allowed, confirm: &confirm };
        let finished = run::run(&self.source, &self.access, &self.settings, &order, watch);
        let has_run = !order.dry_run && !matches!(finished.outcome.state, RunState::Stopped | RunState::Failed);
        if has_run {
            // Whoever allows a plan has looked at it.
            self.remember(store, act, &finished, confirmed.get() || order.allowed.is_some())?;
            if self.record.options.auto_approve {
                self.approve(store, act)?;
            }
        }
        Ok(finished)
    }

    /// Why a person is in or out, and what a run would do to them.
    ///
    /// # Errors
    /// The outcome of a run that ends before it can tell.
    pub fn explain(&self, who: &str, watch: &dyn Watch) -> Result<Explanation, Outcome> {
        let failed = |error: crate::push::client::ClientError| Outcome::new(RunState::Failed, Some(error.to_string()));
        let client = Client::new(&self.access, 1, watch).map_err(failed)?;
        let sides = run::compare(&self.source, &client, &self.settings, watch)?;
        Ok(Explanation::of(who, &sides))
    }

    /// That the record may write without being asked, and how many people its source held.
    fn remember(&self, store: &Store, act: &Act, finished: &Finished, confirmed: bool) -> Result<(), Error> {
        let (id, now, people) = (self.record.id, act.now, finished.people);
        if !(people != self.record.people && people.is_some()) && !(confirmed && self.record.confirmed_at.is_none()) {
            return Ok(());
        }
        let modified_at = self.record.modified_at;
        store.write_blocking(move |tx: &mut dyn Tx| {
            let mut record = push_record::get(tx, id)?;
            // What was changed meanwhile has not run.
            if record.modified_at == modified_at {
                record.confirmed_at = record.confirmed_at.or(confirmed.then_some(now));
                record.people = people.or(record.people);
                tx.update_push_record(&record)?;
            }
            Ok::<_, Error>(())
        })
    }

    /// Approves whatever waits in the node of a connection of ours.
    fn approve(&self, store: &Store, act: &Act) -> Result<(), Error> {
        let PushTarget::Connection(id) = self.record.target else { return Ok(()) };
        let reach = ApprovalScope::Node(store.read(|tx| connection::get(tx, id))?.node);
        let mut after: PendingKey = (TeamKey(0), UserId(0));
        loop {
            let batch = store.read(|tx| approval::next(tx, reach, after, BATCH))?;
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
    }
}
