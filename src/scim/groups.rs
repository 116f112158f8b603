//! `/Groups`: what each request does to the teams of a node and what it answers.

use super::error::Result;
use super::list::Listing;
use super::matches::Test;
use super::patch::{self, Operation, Relation};
use super::projection::Projection;
use super::resource::{Content, group_text, push_member};
use super::schema::GROUP_TYPE;
use super::{Answer, Caller};
use crate::domain::membership::Change;
use crate::domain::team::{self, Team};
use crate::domain::{Act, Noun, TeamId, Tx};
use serde_json::{Map, Value};

/// Reads the id of a group in a URL; one that cannot be an id belongs to none.
///
/// # Errors
/// [`super::Error::NotFound`].
pub fn id(text: &str) -> Result<TeamId> {
    text.parse().map_err(|()| crate::domain::Error::NotFound(Noun::Team, text.chars().take(80).collect()).into())
}

/// GET of one.
///
/// # Errors
/// [`super::Error::NotFound`], for an id of another node as well.
pub fn get(tx: &mut dyn Tx, caller: &Caller, id: TeamId, projection: &Projection) -> Result<Answer> {
    let team = team::get(tx, caller.connection.node, id)?;
    shown(tx, caller, &team, projection).map(Answer::Found)
}

/// GET of the list, and `.search`.
///
/// # Errors
/// Those of the store.
pub fn list(tx: &mut dyn Tx, caller: &Caller, listing: &Listing) -> Result<Answer> {
    let (total, groups) = find(tx, caller, listing)?;
    Ok(Answer::Found(listing.response(total, &groups)))
}

/// The total and the texts of the part that is shown.
///
/// # Errors
/// Those of the store.
pub fn find(tx: &mut dyn Tx, caller: &Caller, listing: &Listing) -> Result<(u64, Vec<String>)> {
    let node = caller.connection.node;
    let (total, teams) = match &listing.check {
        None => {
            let total = tx.count_teams(node, &listing.which)?;
            let window = listing.window(total);
            let teams = if window.limit == 0 { Vec::new() } else { tx.teams(node, &listing.which, window)? };
            (total, teams)
        }
        Some(check) => {
            let mut candidates = Vec::new();
            tx.each_team(node, &listing.which, &mut |team| {
                candidates.push(team);
                true
            })?;
            let mut found = Vec::new();
            for team in candidates {
                if holds(tx, check, &team, caller)? {
                    found.push(team);
                }
            }
            let total = found.len() as u64;
            let window = listing.window(total);
            let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
            (total, found.into_iter().skip(offset).take(window.limit as usize).collect())
        }
    };
    let texts: Result<Vec<String>> = teams.iter().map(|team| shown(tx, caller, team, &listing.projection)).collect();
    Ok((total, texts?))
}

fn holds(tx: &mut dyn Tx, check: &Test, team: &Team, caller: &Caller) -> Result<bool> {
    let members = match check.mentions(GROUP_TYPE.relation) {
        true => Some(members(tx, caller, team, true)?),
        false => None,
    };
    let text = group_text(team, members.as_deref(), &caller.base);
    Ok(serde_json::from_str::<Map<String, Value>>(&text).is_ok_and(|resource| check.matches(&resource)))
}

/// POST: a team, pending or approved as the connection is set, with the members that came along.
///
/// # Errors
/// `invalidValue`, `uniqueness` where names are unique.
pub fn create(tx: &mut dyn Tx, act: &Act, caller: &Caller, body: &Content, projection: &Projection) -> Result<Answer> {
    let members = body.relation.clone().unwrap_or_default();
    let team = team::create(tx, act, &caller.connection, body.team_profile()?, members)?;
    let location = format!("{}/Groups/{}", caller.base, team.id);
    Ok(Answer::Made { location, text: shown(tx, caller, &team, projection)? })
}

/// PUT: the profile as sent, and exactly the members as sent; without `members` they stay (idp-clients 1.10).
///
/// # Errors
/// [`super::Error::NotFound`], `invalidValue`, `uniqueness`.
pub fn replace(
    tx: &mut dyn Tx,
    act: &Act,
    caller: &Caller,
    id: TeamId,
    body: &Content,
    projection: &Projection,
) -> Result<Answer> {
    let team = team::get(tx, caller.connection.node, id)?;
    let changes: Vec<Change> = body.relation.clone().map(Change::Set).into_iter().collect();
    let team = team::change(tx, act, &caller.connection, team, body.team_profile()?, &changes)?;
    shown(tx, caller, &team, projection).map(Answer::Found)
}

/// PATCH: answered without body, because a large group's would cost more than the change; with one when the client asks
/// for certain attributes.
///
/// # Errors
/// [`super::Error::NotFound`] and those of [`patch::apply`].
pub fn modify(
    tx: &mut dyn Tx,
    act: &Act,
    caller: &Caller,
    id: TeamId,
    operations: &[Operation],
    projection: &Projection,
) -> Result<Answer> {
    let team = team::get(tx, caller.connection.node, id)?;
    let mut content = Content::stored(&team.profile.resource, None)?;
    let relations = patch::apply(&GROUP_TYPE, &mut content.attributes, operations)?;
    content.check(&GROUP_TYPE)?;
    let mut changes = Vec::with_capacity(relations.len());
    for relation in relations {
        changes.push(match relation {
            Relation::Change(change) => change,
            Relation::RemoveMatching(test) => {
                let text = group_text(&team, Some(&members(tx, caller, &team, true)?), &caller.base);
                Change::Remove(super::matching_ids(&text, GROUP_TYPE.relation, &test))
            }
        });
    }
    let team = team::change(tx, act, &caller.connection, team, content.team_profile()?, &changes)?;
    match projection.is_everything() {
        true => Ok(Answer::Done),
        false => shown(tx, caller, &team, projection).map(Answer::Found),
    }
}

/// DELETE: the team is gone, and with it its memberships.
///
/// # Errors
/// [`super::Error::NotFound`].
pub fn delete(tx: &mut dyn Tx, caller: &Caller, id: TeamId) -> Result<Answer> {
    team::delete(tx, caller.connection.node, id)?;
    Ok(Answer::Done)
}

fn shown(tx: &mut dyn Tx, caller: &Caller, team: &Team, projection: &Projection) -> Result<String> {
    let members = match projection.shows(&GROUP_TYPE, GROUP_TYPE.relation) {
        true => Some(members(tx, caller, team, projection.requests(&GROUP_TYPE, GROUP_TYPE.relation, "display"))?),
        false => None,
    };
    Ok(projection.apply(&GROUP_TYPE, group_text(team, members.as_deref(), &caller.base)))
}

fn members(tx: &mut dyn Tx, caller: &Caller, team: &Team, names: bool) -> Result<String> {
    let mut text = String::with_capacity(team.members as usize * (120 + caller.base.len()));
    tx.each_member(team.key, &mut |member| {
        push_member(&mut text, &member.id.to_string(), names.then_some(member.user_name.as_str()), &caller.base);
    })?;
    Ok(text)
}
