//! `/Users`: what each request does to the users of a node and what it answers.

use super::Answer;
use super::Caller;
use super::Terms;
use super::error::{Error, Result};
use super::intake::content::{Content, Unread};
use super::intake::fast_path::{self, PlainUser};
use super::intake::json;
use super::patch::stored;
use super::patch::{self, PatchOperation, Relation};
use super::relaxation::Relaxation;
use super::render::projection::Related;
use super::render::text::user_text;
use super::resource::Resource;
use super::schema::{ResourceType, USER_TYPE};
use super::version::Version;
use crate::domain::foresight::Foreseen;
use crate::domain::membership::{self, Change, TeamRef};
use crate::domain::predicate::{Predicate, Walk, Window};
use crate::domain::user::{self, Lock, User, UserProfile, Visit};
use crate::domain::user_lifecycle::{self, Provisioned, UserChange};
use crate::domain::{Act, Fault, NodeId, Noun, Tx, UserId, deprovision};
use std::borrow::Cow;

/// Reads the id of a user in a URL; one that cannot be an id belongs to nobody.
///
/// # Errors
/// [`Error::NotFound`].
pub fn id(text: &str) -> Result<UserId> {
    text.parse().map_err(|()| crate::domain::Error::NotFound(Noun::User, text.chars().take(80).collect()).into())
}

/// How far apart, on average, the numbers of users may be whose memberships are looked up together.
const DENSE: i64 = 8;

/// The lists of this type.
pub struct Users;

impl Resource for Users {
    const TYPE: &'static ResourceType = &USER_TYPE;
    const STREAMED: bool = false;
    type Id = UserId;
    type New = PreparedUser;
    type One = User;
    type Key = UserId;

    fn count(tx: &mut dyn Tx, node: NodeId, which: &Predicate) -> Result<u64, Fault> {
        tx.count_users(node, which)
    }

    fn to_pass(tx: &mut dyn Tx, node: NodeId, offset: u64) -> Result<u64, Fault> {
        tx.users_to_pass(node, offset)
    }

    fn sift(tx: &mut dyn Tx, node: NodeId, which: &Predicate, window: Window) -> Result<(Vec<UserId>, u64), Fault> {
        tx.sift_users(node, which, window)
    }

    fn again(tx: &mut dyn Tx, keys: &[UserId]) -> Result<Vec<User>, Fault> {
        tx.users_with(keys)
    }

    fn window(tx: &mut dyn Tx, node: NodeId, which: &Predicate, window: Window) -> Result<Vec<User>, Fault> {
        tx.users(node, which, window)
    }

    fn walk(
        tx: &mut dyn Tx,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, User>,
    ) -> Result<(), Fault> {
        tx.walk_users(node, which, walk, visit)
    }

    fn text(tx: &mut dyn Tx, caller: &Caller, one: &User, related: Related) -> Result<String, Fault> {
        text(tx, caller, one, related)
    }

    /// The memberships of a page are one look-up, not one for each user.
    fn texts(tx: &mut dyn Tx, caller: &Caller, some: &[User], related: Related) -> Result<Vec<String>, Fault> {
        let (Some(first), Some(last), false) = (some.first(), some.last(), related == Related::Hidden) else {
            let alone = |user| user_text(user, Version::of_user(user, &[]), &[], &caller.base);
            return Ok(some.iter().map(alone).collect());
        };
        // Between users that lie far apart there may be many others with memberships of their own.
        if some.len() == 1 || last.id.0 - first.id.0 > DENSE * some.len() as i64 {
            return some.iter().map(|user| text(tx, caller, user, related)).collect();
        }
        let mut teams = tx.teams_of_users(caller.connection.node, first.id, last.id)?.into_iter().peekable();
        let mut texts = Vec::with_capacity(some.len());
        for user in some {
            while teams.next_if(|(id, _)| *id < user.id).is_some() {}
            let mut own = Vec::new();
            while let Some((_, team)) = teams.next_if(|(id, _)| *id == user.id) {
                own.push(team);
            }
            texts.push(with_teams(caller, user, &own, related));
        }
        Ok(texts)
    }

    fn id(text: &str) -> Result<UserId> {
        id(text)
    }

    fn foreseen(id: Option<UserId>) -> Foreseen {
        id.map_or(Foreseen::NewUser, Foreseen::User)
    }

    fn new(caller: &Caller, content: Content) -> Result<PreparedUser> {
        PreparedUser::of(caller, content)
    }

    fn read_new(caller: &Caller, body: &[u8]) -> Result<PreparedUser> {
        PreparedUser::read(caller, body)
    }

    fn is_long(_: &mut dyn Tx, _: &Caller, _: UserId, _: &Terms) -> Result<bool> {
        Ok(false)
    }

    fn get(tx: &mut dyn Tx, caller: &Caller, id: UserId, terms: &Terms) -> Result<Answer> {
        get(tx, caller, id, terms)
    }

    fn create(tx: &mut dyn Tx, act: &Act, caller: &Caller, new: &PreparedUser, terms: &Terms) -> Result<Answer> {
        create(tx, act, caller, new, terms)
    }

    fn replace(
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        id: UserId,
        body: &Content,
        terms: &Terms,
    ) -> Result<Answer> {
        replace(tx, act, caller, id, body, terms)
    }

    fn modify(
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        id: UserId,
        operations: &[PatchOperation],
        terms: &Terms,
    ) -> Result<Answer> {
        modify(tx, act, caller, id, operations, terms)
    }

    fn delete(tx: &mut dyn Tx, act: &Act, caller: &Caller, id: UserId, terms: &Terms) -> Result<Answer> {
        delete(tx, act, caller, id, terms)
    }
}

/// GET of one.
///
/// # Errors
/// [`Error::NotFound`], for an id of another node as well; [`Error::Precondition`].
pub fn get(tx: &mut dyn Tx, caller: &Caller, id: UserId, terms: &Terms) -> Result<Answer> {
    let user = user::get(tx, caller.connection.node, id)?;
    let teams = tx.teams_of_user(user.id)?;
    let version = Version::of_user(&user, &teams);
    match terms.conditions.is_known(version)? {
        true => Ok(Answer::Known(version)),
        false => Ok(Answer::Found { text: projected(caller, &user, &teams, terms), version }),
    }
}

/// What a POST brings, made ready before it is written: everything that needs no look at what is there.
#[derive(Debug, PartialEq, Eq)]
pub struct PreparedUser {
    profile: UserProfile,
    emails: Vec<String>,
    active: bool,
    teams: Vec<String>,
}

impl PreparedUser {
    /// Reads a body and makes it ready.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidValue`.
    pub fn read(caller: &Caller, body: &[u8]) -> Result<PreparedUser> {
        let needs_email = caller.connection.settings.email_required;
        // Where an address is needed and none came, the slow path finds one.
        match fast_path::read(body).filter(|plain| !needs_email || !plain.emails.is_empty()) {
            Some(PlainUser { profile, emails, active }) => {
                Ok(PreparedUser { profile, emails, active: active.unwrap_or(true), teams: Vec::new() })
            }
            None => PreparedUser::of(caller, Content::read(&USER_TYPE, json::parse_object(body)?, &caller.leeway)?),
        }
    }

    /// Makes a body ready that was read.
    ///
    /// # Errors
    /// `invalidValue`.
    pub fn of(caller: &Caller, body: Content) -> Result<PreparedUser> {
        let content = match caller.connection.settings.email_required {
            true => body.with_default_email(),
            false => Cow::Borrowed(&body),
        };
        let (profile, emails) = (content.user_profile()?, content.emails());
        let active = content.active.unwrap_or(true);
        Ok(PreparedUser { profile, emails, active, teams: body.relation.unwrap_or_default() })
    }
}

/// POST: a new user, or the one that is there, linked. Both are 201, because common clients take nothing else.
///
/// # Errors
/// `invalidValue`, `uniqueness`.
pub fn create(tx: &mut dyn Tx, act: &Act, caller: &Caller, new: &PreparedUser, terms: &Terms) -> Result<Answer> {
    let (user, made) =
        user_lifecycle::create(tx, act, &caller.connection, new.profile.clone(), &new.emails, new.active)?;
    if !new.teams.is_empty() {
        caller.leeway.take(Relaxation::GroupsWritten)?;
        membership::apply_to_user(tx, act, &caller.connection, &user, &[Change::Add(new.teams.clone())])?;
    }
    let location = format!("{}/Users/{}", caller.base, user.id);
    // Nobody can have put somebody new into a team.
    let is_alone = made == Provisioned::Created && new.teams.is_empty();
    let teams = if is_alone { Vec::new() } else { tx.teams_of_user(user.id)? };
    let text = if terms.bare { String::new() } else { projected(caller, &user, &teams, terms) };
    Ok(Answer::Made { location, text, version: Version::of_user(&user, &teams) })
}

/// PUT: the profile as sent. Memberships stay as they are when `groups` is absent or empty, which Okta sends with every
/// update (docs/clients.md#put), and so does the lock when `active` is absent.
///
/// # Errors
/// [`Error::NotFound`], `invalidValue`, `uniqueness`.
pub fn replace(
    tx: &mut dyn Tx,
    act: &Act,
    caller: &Caller,
    id: UserId,
    body: &Content,
    terms: &Terms,
) -> Result<Answer> {
    let user = user::get(tx, caller.connection.node, id)?;
    check(tx, &user, terms)?;
    let mut content = Cow::Borrowed(body);
    if !body.passed_over.is_empty() {
        content.to_mut().keep_passed_over(&user.profile.resource)?;
    }
    let user = write(tx, act, caller, user, content, &Unread::new())?;
    if let Some(teams) = body.relation.clone().filter(|teams| !teams.is_empty()) {
        let mut before: Vec<String> = tx.teams_of_user(user.id)?.iter().map(|team| team.id.to_string()).collect();
        let mut after = teams.clone();
        before.sort();
        after.sort();
        // A client that writes back what it has read changes none.
        if before != after {
            caller.leeway.take(Relaxation::GroupsWritten)?;
            membership::apply_to_user(tx, act, &caller.connection, &user, &[Change::Set(teams)])?;
        }
    }
    shown(tx, caller, &user, terms)
}

/// PATCH.
///
/// # Errors
/// [`Error::NotFound`] and those of [`patch::apply`].
pub fn modify(
    tx: &mut dyn Tx,
    act: &Act,
    caller: &Caller,
    id: UserId,
    operations: &[PatchOperation],
    terms: &Terms,
) -> Result<Answer> {
    let user = user::get(tx, caller.connection.node, id)?;
    check(tx, &user, terms)?;
    if operations.is_empty() {
        return Ok(Answer::Done(Some(Version::of_user(&user, &tx.teams_of_user(user.id)?))));
    }
    let (touched, active) = (stored::touched(&USER_TYPE, operations), Some(user.lock == Lock::None));
    if touched.as_ref().is_some_and(|names| names.iter().all(|name| *name == "active")) {
        // Nothing of the stored text can change, so it is not read.
        let mut content = Content::switch(active);
        patch::apply(&USER_TYPE, &mut content.attributes, operations, &caller.leeway)?;
        let user = user_lifecycle::switch(tx, act, user, content.take_active())?;
        return shown(tx, caller, &user, terms);
    }
    let resource = user.profile.resource.clone();
    let (mut content, unread) = match touched {
        Some(touched) => stored::read(&resource, &touched, active)?,
        None => (Content::stored(&resource, active)?, Unread::new()),
    };
    let relations = patch::apply(&USER_TYPE, &mut content.attributes, operations, &caller.leeway)?;
    content.check(&USER_TYPE)?;
    let user = write(tx, act, caller, user, Cow::Owned(content), &unread)?;
    for relation in relations {
        let change = match relation {
            Relation::Change(change) => change,
            Relation::RemoveMatching(test) => {
                let text = text(tx, caller, &user, Related::Plain)?;
                let resource = serde_json::from_str(&text).unwrap_or_default();
                Change::Remove(super::matching_ids(&resource, USER_TYPE.relation, &test))
            }
        };
        membership::apply_to_user(tx, act, &caller.connection, &user, &[change])?;
    }
    shown(tx, caller, &user, terms)
}

/// DELETE: locks or removes, as the connection is set.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Precondition`].
pub fn delete(tx: &mut dyn Tx, act: &Act, caller: &Caller, id: UserId, terms: &Terms) -> Result<Answer> {
    let user = user::get(tx, caller.connection.node, id)?;
    check(tx, &user, terms)?;
    deprovision::apply(tx, act, &caller.connection, id)?;
    Ok(Answer::Done(None))
}

fn write(
    tx: &mut dyn Tx,
    act: &Act,
    caller: &Caller,
    user: User,
    mut content: Cow<'_, Content>,
    unread: &Unread<'_>,
) -> Result<User, Error> {
    if caller.connection.settings.email_required && content.renames(&user.profile.user_name) {
        content.to_mut().follow_user_name(&user.profile.user_name);
    }
    let (profile, emails) = (content.user_profile_with(unread)?, content.emails());
    let (is, was) = (&profile.resource, &user.profile.resource);
    let other_emails = is != was && stored::emails(is) != stored::emails(was);
    let changed = UserChange { profile, emails: &emails, other_emails, active: content.active };
    Ok(user_lifecycle::change(tx, act, &caller.connection, user, changed)?)
}

/// Whether a change meets the version it wants.
fn check(tx: &mut dyn Tx, user: &User, terms: &Terms) -> Result<()> {
    match terms.conditions.is_none() {
        true => Ok(()),
        false => terms.conditions.check(Version::of_user(user, &tx.teams_of_user(user.id)?)),
    }
}

fn shown(tx: &mut dyn Tx, caller: &Caller, user: &User, terms: &Terms) -> Result<Answer> {
    let teams = tx.teams_of_user(user.id)?;
    let text = if terms.bare { String::new() } else { projected(caller, user, &teams, terms) };
    Ok(Answer::Found { text, version: Version::of_user(user, &teams) })
}

/// What is answered of a user in these teams, which are all of its teams.
fn projected(caller: &Caller, user: &User, teams: &[TeamRef], terms: &Terms) -> String {
    let related = terms.projection.related(&USER_TYPE);
    terms.projection.apply(&USER_TYPE, with_teams(caller, user, teams, related))
}

fn with_teams(caller: &Caller, user: &User, teams: &[TeamRef], related: Related) -> String {
    let version = Version::of_user(user, teams);
    let shown = if matches!(related, Related::Hidden | Related::Counted) { &[] } else { teams };
    user_text(user, version, shown, &caller.base)
}

fn text(tx: &mut dyn Tx, caller: &Caller, user: &User, related: Related) -> Result<String, Fault> {
    let teams = if related == Related::Hidden { Vec::new() } else { tx.teams_of_user(user.id)? };
    Ok(with_teams(caller, user, &teams, related))
}
