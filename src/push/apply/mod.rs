//! Carries a plan out: phase by phase, several requests at once, by Bulk where the target announces it. What the target
//! refuses is named, and the rest goes on.

mod batch;
mod replace;
mod request;

use super::client::{Answer, Client, ClientError, Method};
use super::outcome::Outcome;
use super::plan::{Change, ChangeKind, Plan, Refused};
use super::target::Service;
use super::watch::{Phase, Watch};
use crate::push::sentence::{Sentence, say};
use batch::Batches;
use parking_lot::Mutex;
use request::Item;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often the answer to one request may get lost.
const LOSSES: usize = 4;

/// What carrying out works with.
pub(super) struct Apply<'a> {
    client: &'a Client<'a>,
    service: Service,
    watch: &'a dyn Watch,
    /// How many requests are under way at once.
    concurrency: usize,
    /// The target's ids of what was created, by kind and the source's id.
    created: Mutex<HashMap<(Noun, String), String>>,
    outcome: Mutex<Outcome>,
}

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Noun {
    User,
    Group,
}

impl Noun {
    fn endpoint(self) -> &'static str {
        match self {
            Noun::User => "/Users",
            Noun::Group => "/Groups",
        }
    }
}

/// The phases that write, with what is done in each.
const PHASES: [(Phase, &[&[ChangeKind]]); 4] = [
    (Phase::Groups, &[&[ChangeKind::CreateGroup, ChangeKind::UpdateGroup]]),
    (Phase::Users, &[&[ChangeKind::CreateUser, ChangeKind::UpdateUser, ChangeKind::UnlockUser]]),
    (Phase::Memberships, &[&[ChangeKind::AddMembers]]),
    // A user leaves the groups before being locked, so that nothing is left to remove from who cannot be changed.
    (
        Phase::Removals,
        &[&[ChangeKind::RemoveMembers], &[ChangeKind::LockUser, ChangeKind::DeleteUser], &[ChangeKind::DeleteGroup]],
    ),
];

/// Makes the changes of a plan. The outcome says what was done, also where an error ended it.
pub(super) fn apply(
    plan: &Plan,
    client: &Client<'_>,
    service: Service,
    concurrency: usize,
    watch: &dyn Watch,
    outcome: Outcome,
) -> (Outcome, Result<(), ClientError>) {
    let apply = Apply {
        client,
        service,
        watch,
        concurrency: concurrency.max(1),
        created: Mutex::default(),
        outcome: Mutex::new(outcome),
    };
    let result = PHASES.iter().try_for_each(|(phase, steps)| apply.phase(*phase, steps, plan));
    (apply.outcome.into_inner(), result)
}

impl Apply<'_> {
    fn phase(&self, phase: Phase, steps: &[&[ChangeKind]], plan: &Plan) -> Result<(), ClientError> {
        let total = plan.changes.iter().filter(|one| steps.iter().any(|kinds| kinds.contains(&one.change))).count();
        let (done, total) = (AtomicUsize::new(0), total as u64);
        if total > 0 {
            self.watch.progress(phase, 0, Some(total));
        }
        for kinds in steps {
            let changes = plan.changes.iter().filter(|one| kinds.contains(&one.change));
            let items = changes.flat_map(|change| self.items(change));
            let tell = |items: &[Item<'_>]| {
                let ended = items.iter().filter(|item| item.is_last).count();
                let done = done.fetch_add(ended, Ordering::Relaxed) + ended;
                self.watch.progress(phase, done as u64, Some(total));
            };
            self.spread(Batches::of(items, self.service), &tell)?;
        }
        Ok(())
    }

    /// Works on batches with several threads; each is made when one is free for it. The first error ends all threads before
    /// their next request.
    fn spread<'c>(
        &self,
        batches: Batches<impl Iterator<Item = Item<'c>> + Send>,
        tell: &(dyn Fn(&[Item<'_>]) + Sync),
    ) -> Result<(), ClientError> {
        let (batches, failed) = (Mutex::new(batches), Mutex::new(None));
        let next = || if failed.lock().is_none() { batches.lock().next() } else { None };
        let work = || {
            while let Some(batch) = next() {
                let done = match batch.as_slice() {
                    [one] => self.send(one, false),
                    several => self.in_bulk(several),
                };
                match done {
                    Ok(()) => tell(&batch),
                    Err(error) => drop(failed.lock().get_or_insert(error)),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.concurrency {
                scope.spawn(work);
            }
            work();
        });
        failed.into_inner().map_or(Ok(()), Err)
    }

    /// Sends one request of its own; what it creates is looked for first where it may have been created already.
    fn send(&self, item: &Item<'_>, may_be_done: bool) -> Result<(), ClientError> {
        let mut may_be_done = may_be_done;
        for _ in 0..LOSSES {
            if let (Some(noun), true) = (item.creates, may_be_done)
                && let Some(id) = self.find(noun, item.change)?
            {
                self.keep(noun, item.change, id);
                self.outcome.lock().count(item.change.change, item.members, item.is_last);
                return Ok(());
            }
            let answer = match item.method {
                Method::Patch if !self.service.patch => self.replace(item),
                _ => self.client.send(item.method, &item.path, item.body.as_ref()),
            };
            match answer {
                Ok(answer) => {
                    self.settle(item, &answer);
                    return Ok(());
                }
                Err(ClientError::Lost(why)) => {
                    self.watch.line(&format!("{}: {why}; looking whether it was done", item.said()));
                    may_be_done = true;
                }
                Err(error) => return Err(error),
            }
        }
        Err(ClientError::Unreachable(say!(
            "the_answer_got_lost_times",
            "{request}: the answer got lost {times} times",
            request = item.said(),
            times = LOSSES
        )))
    }

    /// Takes in what a request came to.
    fn settle(&self, item: &Item<'_>, answer: &Answer) {
        let change = item.change;
        let is_removal = matches!(change.change, ChangeKind::DeleteUser | ChangeKind::DeleteGroup);
        let is_over = answer.is_done() || (is_removal && answer.status == 404);
        if !is_over {
            return self.refuse(item, answer.said().into());
        }
        match (item.creates, answer.body.get("id").and_then(Value::as_str)) {
            (Some(noun), Some(id)) => self.keep(noun, change, id.to_owned()),
            (Some(_), None) => {
                return self.refuse(
                    item,
                    say!("the_target_created_it_without_telling", "the target created it without telling its id"),
                );
            }
            (None, _) => self.watch.line(&item.said()),
        }
        self.outcome.lock().count(change.change, item.members, item.is_last);
    }

    fn keep(&self, noun: Noun, change: &Change, id: String) {
        self.watch.line(&format!("{} {}: created as {id}", noun.endpoint(), change.name));
        if let Some(source_id) = &change.source_id {
            self.created.lock().insert((noun, source_id.clone()), id);
        }
    }

    /// The id of an object that carries our `externalId`.
    fn find(&self, noun: Noun, change: &Change) -> Result<Option<String>, ClientError> {
        let Some(source_id) = &change.source_id else { return Ok(None) };
        let filter = format!("externalId eq {}", Value::from(source_id.as_str()));
        let path = format!("{}?filter={}", noun.endpoint(), super::quote(&filter));
        let answer = self.client.send(Method::Get, &path, None)?;
        let found = answer.body.get("Resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let id = found.first().and_then(|one| one.get("id")).and_then(Value::as_str);
        Ok(id.filter(|_| answer.is_done()).map(str::to_owned))
    }

    fn refuse(&self, item: &Item<'_>, why: Sentence) {
        self.watch.line(&format!("refused: {}: {why}", item.said()));
        let kind = match item.change.change {
            ChangeKind::AddMembers | ChangeKind::RemoveMembers => "membership",
            ChangeKind::CreateGroup | ChangeKind::UpdateGroup | ChangeKind::DeleteGroup => "group",
            _ => "user",
        };
        let refused = Refused { kind: kind.to_owned(), name: item.change.name.clone(), why };
        self.outcome.lock().refused.push(refused);
    }
}
