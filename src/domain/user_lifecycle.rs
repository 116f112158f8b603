//! The life of a user as its identity provider drives it: created or linked, changed, locked and unlocked, with what follows.

use super::connection::Connection;
use super::connection_settings::Deprovision;
use super::event::{Event, EventKind};
use super::rules::{self, Rules};
use super::user::{Lock, ScopeKey, User, UserProfile, UserState};
use super::{Act, Error, Fault, NodeId, Result, ScimId, Tx, UserId, fold};

/// What a POST came to. Both are answered 201.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provisioned {
    /// A new user.
    Created,
    /// One that was there: made by hand, locked, or known to the provider by the same externalId.
    Linked,
}

/// Who but a certain user has a folded name that only one may have in a node: somebody there, or in the wider scope.
pub(super) fn holder(
    tx: &mut dyn Tx,
    node: NodeId,
    rules: &Rules,
    folded: &str,
    but: Option<UserId>,
) -> Result<Option<User>> {
    let here = ScopeKey(node.0);
    let scopes = [Some(here), Some(rules.scope).filter(|scope| *scope != here)];
    for scope in scopes.into_iter().flatten() {
        let found = tx.user_named(scope, folded)?.filter(|user| Some(user.id) != but);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Creates a user, or links the one that is there.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    profile: UserProfile,
    emails: &[String],
    active: bool,
) -> Result<(User, Provisioned)> {
    let rules = Rules::of(connection);
    let folded = rules::check(&rules, &profile, emails)?;
    let lock = if active { Lock::None } else { Lock::Idp };
    // Nearly all are new, so that is tried first; where no seat is left, one that is there can still be linked.
    let (profile, refusal) = match seat(tx, connection.node) {
        Ok(number) => {
            let owner = (connection.node, Some(connection.id));
            match insert(tx, act, &rules, number, owner, profile, emails, lock)? {
                Ok(user) => return Ok((user, Provisioned::Created)),
                Err(profile) => (profile, None),
            }
        }
        Err(refusal @ Error::OutOfSeats { .. }) => (profile, Some(refusal)),
        Err(other) => return Err(other),
    };
    let there = holder(tx, connection.node, &rules, &folded, None)?;
    match (there, refusal) {
        (Some(mut user), _) if user.node == connection.node && is_linkable(connection, &user, &profile) => {
            user.scim_id = Some(connection.id);
            let changed = UserChange { profile, emails, other_emails: true, active: Some(active) };
            Ok((write(tx, act, &rules, user, changed, WriteReason::Link)?, Provisioned::Linked))
        }
        (None, Some(refusal)) => Err(refusal),
        (None, None) => Err(Fault::Broken("a user is refused whose name nobody has".to_owned()).into()),
        _ => Err(Error::UserNameTaken(profile.user_name)),
    }
}

/// Adds a user whose profile is checked, and its invitation unless it is locked. Where the name is taken the profile is
/// given back.
#[expect(clippy::too_many_arguments, reason = "everything that makes a user, in one place")]
pub(super) fn insert(
    tx: &mut dyn Tx,
    act: &Act,
    rules: &Rules,
    number: i64,
    (node, scim_id): (NodeId, Option<ScimId>),
    profile: UserProfile,
    emails: &[String],
    lock: Lock,
) -> Result<std::result::Result<User, UserProfile>> {
    let user = User {
        id: UserId(number),
        node,
        scim_id,
        state: UserState::Invited,
        lock,
        profile,
        version: 1,
        created_at: act.now,
        modified_at: act.now,
    };
    if !tx.insert_user(&user, rules.scope, &fold_all(emails))? {
        return Ok(Err(user.profile));
    }
    let profile = &user.profile;
    let mut event = user.event(EventKind::CreateUser).is("user_name", profile.user_name.as_str());
    if profile.display_name.is_some() {
        event = event.is("display_name", &profile.display_name);
    }
    if profile.external_id.is_some() {
        event = event.is("external_id", &profile.external_id);
    }
    if lock == Lock::None {
        tx.invite(user.id, act.now)?;
    } else {
        event = event.is("lock", lock.word());
        tx.relock_user(&user, Some((act.now, &act.by)))?;
        tx.withhold_invitation(user.id)?;
    }
    tx.record(act, &event)?;
    Ok(Ok(user))
}

/// The number of a new user of a node, as long as there is a seat for it.
pub(super) fn seat(tx: &mut dyn Tx, node: NodeId) -> Result<i64> {
    tx.hold(node)?;
    let seats = tx.seats()?;
    if seats > 0 {
        let users = tx.users_in_all()?;
        if users >= seats {
            return Err(Error::OutOfSeats { seats, users });
        }
    }
    Ok(tx.next_number()?)
}

/// Writes that somebody could not be added for want of a seat: the act itself was undone.
pub fn note_out_of_seats(tx: &mut dyn Tx, act: &Act, node: NodeId, seats: u64, users: u64) -> Result<()> {
    let event = Event::new(EventKind::OutOfSeats).node(node).is("seats", seats).is("users", users);
    Ok(tx.record(act, &event)?)
}

/// What PUT or PATCH makes of a user.
pub struct UserChange<'a> {
    /// The profile as it will be.
    pub profile: UserProfile,
    /// All e-mail addresses of the profile.
    pub emails: &'a [String],
    /// Whether they may be others than before.
    pub other_emails: bool,
    /// Lock or unlock; `None` leaves it.
    pub active: Option<bool>,
}

/// Writes a changed profile and lock. What changes nothing writes nothing and keeps version and `modified_at`.
pub fn change(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    user: User,
    changed: UserChange<'_>,
) -> Result<User> {
    write(tx, act, &Rules::of(connection), user, changed, WriteReason::Update)
}

/// Why a profile is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteReason {
    /// A POST took over a user that was there.
    Link,
    /// It was changed.
    Update,
}

/// Writes a changed profile and lock, for any reason.
pub(super) fn write(
    tx: &mut dyn Tx,
    act: &Act,
    rules: &Rules,
    mut user: User,
    changed: UserChange<'_>,
    reason: WriteReason,
) -> Result<User> {
    let UserChange { profile, emails, other_emails, active } = changed;
    if reason == WriteReason::Update && profile == user.profile {
        return switch(tx, act, user, active);
    }
    let was_locked = user.lock;
    advance(act, &mut user, active);
    if profile.user_name != user.profile.user_name {
        let folded = rules::check_name(&profile.user_name)?;
        if holder(tx, user.node, rules, &folded, Some(user.id))?.is_some() {
            return Err(Error::UserNameTaken(profile.user_name));
        }
    }
    rules::check_email(rules, &profile, emails)?;
    let relisted = other_emails || profile.user_name != user.profile.user_name;
    let was = std::mem::replace(&mut user.profile, profile);
    // The scope may have become wider since the name was given.
    let folded = relisted.then(|| fold_all(emails));
    if !tx.update_user(&user, rules.scope, folded.as_deref())? {
        return Err(Error::UserNameTaken(user.profile.user_name));
    }
    let is = &user.profile;
    let event = user
        .event(match reason {
            WriteReason::Link => EventKind::UserLinked,
            WriteReason::Update => EventKind::UserUpdated,
        })
        .changed("user_name", was.user_name.as_str(), is.user_name.as_str())
        .changed("display_name", &was.display_name, &is.display_name)
        .changed("external_id", &was.external_id, &is.external_id);
    tx.record(act, &event.resources(&was.resource, &is.resource))?;
    relocked(tx, act, was_locked, &user)?;
    Ok(user)
}

/// Locks or unlocks a user whose profile stays as it is. What changes nothing writes nothing, as in [`change`].
pub fn switch(tx: &mut dyn Tx, act: &Act, mut user: User, active: Option<bool>) -> Result<User> {
    let was = user.lock;
    if provided(active, was) != was {
        advance(act, &mut user, active);
        relocked(tx, act, was, &user)?;
    }
    Ok(user)
}

/// The lock that follows from what the provider says; what an administrator has locked stays locked.
fn provided(active: Option<bool>, lock: Lock) -> Lock {
    match (active, lock) {
        (Some(false), Lock::None) => Lock::Idp,
        (Some(true), Lock::Idp) => Lock::None,
        (_, lock) => lock,
    }
}

/// The lock, the version and the time of a user that is about to change.
fn advance(act: &Act, user: &mut User, active: Option<bool>) {
    user.lock = provided(active, user.lock);
    user.version += 1;
    user.modified_at = user.modified_at.max(act.now);
}

/// Writes a lock that has changed: who did it and when. What had waited for it follows.
pub(super) fn relocked(tx: &mut dyn Tx, act: &Act, was: Lock, user: &User) -> Result<()> {
    if was == user.lock {
        return Ok(());
    }
    let what = if user.lock == Lock::None { EventKind::EnableUser } else { EventKind::LockUser };
    let event = user.event(what).changed("lock", was.word(), user.lock.word());
    tx.record(act, &event)?;
    if user.lock != Lock::None {
        return Ok(tx.relock_user(user, Some((act.now, &act.by)))?);
    }
    tx.relock_user(user, None)?;
    match user.state {
        UserState::Invited => Ok(tx.resume_invitation(user.id, act.now)?),
        UserState::Active => super::approval::follow(tx, act, user),
    }
}

/// docs/architecture.md#uniqueness-and-linking. Where DELETE removes, nothing is left behind to come back to, so a second POST is a duplicate like any other.
fn is_linkable(connection: &Connection, user: &User, profile: &UserProfile) -> bool {
    let by_hand = user.scim_id != Some(connection.id);
    let same =
        profile.external_id.as_ref().is_some_and(|id| !id.is_empty() && user.profile.external_id.as_ref() == Some(id));
    by_hand || (connection.settings.deprovision == Deprovision::Lock && (user.lock != Lock::None || same))
}

fn fold_all(emails: &[String]) -> Vec<String> {
    let mut folded: Vec<String> = emails.iter().map(|e| fold(e)).collect();
    folded.sort();
    folded.dedup();
    folded
}
