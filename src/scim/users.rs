//! `/Users`: what each request does to the users of a node and what it answers.

use super::error::{Error, Result};
use super::list::Listing;
use super::patch::{self, Operation, Relation};
use super::projection::Projection;
use super::resource::{Content, user_text};
use super::schema::USER_TYPE;
use super::{Answer, Caller};
use crate::domain::membership::{self, Change, TeamRef};
use crate::domain::user::{self, Changed, Lock, User};
use crate::domain::{Act, Noun, Tx, UserId};
use serde_json::{Map, Value};

/// Reads the id of a user in a URL; one that cannot be an id belongs to nobody.
///
/// # Errors
/// [`Error::NotFound`].
pub fn id(text: &str) -> Result<UserId> {
    text.parse().map_err(|()| crate::domain::Error::NotFound(Noun::User, text.chars().take(80).collect()).into())
}

/// GET of one.
///
/// # Errors
/// [`Error::NotFound`], for an id of another node as well.
pub fn get(tx: &mut dyn Tx, caller: &Caller, id: UserId, projection: &Projection) -> Result<Answer> {
    let user = user::get(tx, caller.connection.node, id)?;
    shown(tx, caller, &user, projection).map(Answer::Found)
}

/// GET of the list, and `.search`.
///
/// # Errors
/// Those of the store.
pub fn list(tx: &mut dyn Tx, caller: &Caller, listing: &Listing) -> Result<Answer> {
    let (total, users) = find(tx, caller, listing)?;
    Ok(Answer::Found(listing.response(total, &users)))
}

/// The total and the texts of the part that is shown.
///
/// # Errors
/// Those of the store.
pub fn find(tx: &mut dyn Tx, caller: &Caller, listing: &Listing) -> Result<(u64, Vec<String>)> {
    let node = caller.connection.node;
    let Some(check) = &listing.check else {
        let total = tx.count_users(node, &listing.which)?;
        let window = listing.window(total);
        let users = if window.limit == 0 { Vec::new() } else { tx.users(node, &listing.which, window)? };
        let texts: Result<Vec<String>> =
            users.iter().map(|user| shown(tx, caller, user, &listing.projection)).collect();
        return Ok((total, texts?));
    };
    let mut found = Vec::new();
    let with_groups = check.mentions(USER_TYPE.relation);
    let mut candidates = Vec::new();
    if with_groups {
        tx.each_user(node, &listing.which, &mut |user| {
            candidates.push(user);
            true
        })?;
        for user in candidates {
            let teams = tx.teams_of_user(user.id)?;
            if holds(check, &user, &teams, caller) {
                found.push(user);
            }
        }
    } else {
        tx.each_user(node, &listing.which, &mut |user| {
            if holds(check, &user, &[], caller) {
                found.push(user);
            }
            true
        })?;
    }
    let total = found.len() as u64;
    let window = listing.window(total);
    let (offset, limit) = (usize::try_from(window.offset).unwrap_or(usize::MAX), window.limit as usize);
    let texts: Result<Vec<String>> =
        found.iter().skip(offset).take(limit).map(|user| shown(tx, caller, user, &listing.projection)).collect();
    Ok((total, texts?))
}

fn holds(check: &super::matches::Test, user: &User, teams: &[TeamRef], caller: &Caller) -> bool {
    let text = user_text(user, teams, &caller.base);
    serde_json::from_str::<Map<String, Value>>(&text).is_ok_and(|resource| check.matches(&resource))
}

/// POST: a new user, or the one that is there, linked. Both are 201, because common clients take nothing else.
///
/// # Errors
/// `invalidValue`, `uniqueness`.
pub fn create(tx: &mut dyn Tx, act: &Act, caller: &Caller, body: &Content, projection: &Projection) -> Result<Answer> {
    let mut content = body.clone();
    if caller.connection.settings.email_required {
        content.default_email();
    }
    let emails = content.emails();
    let active = content.active.unwrap_or(true);
    let (user, _) = user::create(tx, act, &caller.connection, content.user_profile()?, &emails, active)?;
    if let Some(teams) = content.relation.filter(|teams| !teams.is_empty()) {
        membership::apply_to_user(tx, act, &caller.connection, &user, &[Change::Add(teams)])?;
    }
    let location = format!("{}/Users/{}", caller.base, user.id);
    Ok(Answer::Made { location, text: shown(tx, caller, &user, projection)? })
}

/// PUT: the profile as sent. Memberships stay as they are when `groups` is absent or empty, which Okta sends with every
/// update (idp-clients 1.10), and so does the lock when `active` is absent.
///
/// # Errors
/// [`Error::NotFound`], `invalidValue`, `uniqueness`.
pub fn replace(
    tx: &mut dyn Tx,
    act: &Act,
    caller: &Caller,
    id: UserId,
    body: &Content,
    projection: &Projection,
) -> Result<Answer> {
    let user = user::get(tx, caller.connection.node, id)?;
    let user = write(tx, act, caller, user, body.clone())?;
    if let Some(teams) = body.relation.clone().filter(|teams| !teams.is_empty()) {
        membership::apply_to_user(tx, act, &caller.connection, &user, &[Change::Set(teams)])?;
    }
    shown(tx, caller, &user, projection).map(Answer::Found)
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
    operations: &[Operation],
    projection: &Projection,
) -> Result<Answer> {
    let user = user::get(tx, caller.connection.node, id)?;
    if operations.is_empty() {
        return Ok(Answer::Done);
    }
    let mut content = Content::stored(&user.profile.resource, Some(user.lock == Lock::None))?;
    let relations = patch::apply(&USER_TYPE, &mut content.attributes, operations)?;
    content.check(&USER_TYPE)?;
    let user = write(tx, act, caller, user, content)?;
    for relation in relations {
        let change = match relation {
            Relation::Change(change) => change,
            Relation::RemoveMatching(test) => {
                let text = user_text(&user, &tx.teams_of_user(user.id)?, &caller.base);
                Change::Remove(super::matching_ids(&text, USER_TYPE.relation, &test))
            }
        };
        membership::apply_to_user(tx, act, &caller.connection, &user, &[change])?;
    }
    shown(tx, caller, &user, projection).map(Answer::Found)
}

/// DELETE: locks or removes, as the connection is set.
///
/// # Errors
/// [`Error::NotFound`].
pub fn delete(tx: &mut dyn Tx, act: &Act, caller: &Caller, id: UserId) -> Result<Answer> {
    user::deprovision(tx, act, &caller.connection, id)?;
    Ok(Answer::Done)
}

fn write(tx: &mut dyn Tx, act: &Act, caller: &Caller, user: User, mut content: Content) -> Result<User, Error> {
    if caller.connection.settings.email_required {
        content.follow_user_name(&user.profile.user_name);
    }
    let emails = content.emails();
    let changed = Changed { profile: content.user_profile()?, emails: &emails, active: content.active };
    Ok(user::change(tx, act, &caller.connection, user, changed)?)
}

fn shown(tx: &mut dyn Tx, caller: &Caller, user: &User, projection: &Projection) -> Result<String> {
    let teams = match projection.shows(&USER_TYPE, USER_TYPE.relation) {
        true => tx.teams_of_user(user.id)?,
        false => Vec::new(),
    };
    Ok(projection.apply(&USER_TYPE, user_text(user, &teams, &caller.base)))
}
