//! `/Groups`: what each request does to the teams of a node and what it answers.

use super::Answer;
use super::Caller;
use super::Terms;
use super::error::Result;
use super::intake::content::{Content, Unread};
use super::patch::stored;
use super::patch::{self, PatchOperation, Relation};
use super::render::group_stream::GroupText;
use super::render::projection::Related;
use super::render::text::{group_text, member_parts, push_member};
use super::resource::Resource;
use super::schema::{GROUP_TYPE, ResourceType};
use super::version::Version;
use crate::domain::foresight::Foreseen;
use crate::domain::membership::Change;
use crate::domain::predicate::{Predicate, Walk, Window};
use crate::domain::team::{self, Team, TeamProfile};
use crate::domain::team_lifecycle;
use crate::domain::user::Visit;
use crate::domain::{Act, Fault, NodeId, Noun, TeamId, TeamKey, Tx};
use serde_json::Map;

/// Reads the id of a group in a URL; one that cannot be an id belongs to none.
///
/// # Errors
/// [`super::Error::NotFound`].
pub fn id(text: &str) -> Result<TeamId> {
    text.parse().map_err(|()| crate::domain::Error::NotFound(Noun::Team, text.chars().take(80).collect()).into())
}

/// The lists of this type.
pub struct Groups;

impl Resource for Groups {
    const TYPE: &'static ResourceType = &GROUP_TYPE;
    const STREAMED: bool = true;
    type Id = TeamId;
    type New = Content;
    type One = Team;
    type Key = TeamKey;

    fn count(tx: &mut dyn Tx, node: NodeId, which: &Predicate) -> Result<u64, Fault> {
        tx.count_teams(node, which)
    }

    fn to_pass(tx: &mut dyn Tx, node: NodeId, offset: u64) -> Result<u64, Fault> {
        tx.teams_to_pass(node, offset)
    }

    fn sift(tx: &mut dyn Tx, node: NodeId, which: &Predicate, window: Window) -> Result<(Vec<TeamKey>, u64), Fault> {
        tx.sift_teams(node, which, window)
    }

    fn again(tx: &mut dyn Tx, keys: &[TeamKey]) -> Result<Vec<Team>, Fault> {
        tx.teams_with(keys)
    }

    fn window(tx: &mut dyn Tx, node: NodeId, which: &Predicate, window: Window) -> Result<Vec<Team>, Fault> {
        tx.teams(node, which, window)
    }

    fn walk(
        tx: &mut dyn Tx,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, Team>,
    ) -> Result<(), Fault> {
        tx.walk_teams(node, which, walk, visit)
    }

    fn text(tx: &mut dyn Tx, caller: &Caller, one: &Team, related: Related) -> Result<String, Fault> {
        text(tx, caller, one, related)
    }

    fn id(text: &str) -> Result<TeamId> {
        id(text)
    }

    fn foreseen(id: Option<TeamId>) -> Foreseen {
        id.map_or(Foreseen::Other, Foreseen::Team)
    }

    fn foreseen_of_patch(id: TeamId, operations: &[PatchOperation]) -> Foreseen {
        // One member is what most of them bring.
        let only = match operations {
            [one] => one.value().and_then(|value| value.get(0).unwrap_or(value).get("value")?.as_str()?.parse().ok()),
            _ => None,
        };
        only.map_or(Foreseen::Team(id), |member| Foreseen::Member(id, member))
    }

    fn new(_: &Caller, content: Content) -> Result<Content> {
        Ok(content)
    }

    fn is_long(tx: &mut dyn Tx, caller: &Caller, id: TeamId, terms: &Terms) -> Result<bool> {
        is_long(tx, caller, id, terms)
    }

    fn get(tx: &mut dyn Tx, caller: &Caller, id: TeamId, terms: &Terms) -> Result<Answer> {
        get(tx, caller, id, terms)
    }

    fn create(tx: &mut dyn Tx, act: &Act, caller: &Caller, new: &Content, terms: &Terms) -> Result<Answer> {
        create(tx, act, caller, new, terms)
    }

    fn replace(
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        id: TeamId,
        body: &Content,
        terms: &Terms,
    ) -> Result<Answer> {
        replace(tx, act, caller, id, body, terms)
    }

    fn modify(
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        id: TeamId,
        operations: &[PatchOperation],
        terms: &Terms,
    ) -> Result<Answer> {
        modify(tx, act, caller, id, operations, terms)
    }

    fn delete(tx: &mut dyn Tx, act: &Act, caller: &Caller, id: TeamId, terms: &Terms) -> Result<Answer> {
        delete(tx, act, caller, id, terms)
    }
}

/// Members beyond which a group is read where it keeps nobody waiting.
const LONG: u64 = 1000;

/// Whether reading the group takes work that grows with its members.
///
/// # Errors
/// Those of the store; a group that is not there is not long.
pub fn is_long(tx: &mut dyn Tx, caller: &Caller, id: TeamId, terms: &Terms) -> Result<bool> {
    let shown = terms.projection.related(&GROUP_TYPE) != Related::Hidden;
    Ok(shown && tx.team(caller.connection.node, id)?.is_some_and(|team| team.members > LONG))
}

/// GET of one.
///
/// # Errors
/// [`super::Error::NotFound`], for an id of another node as well; [`super::Error::Precondition`].
pub fn get(tx: &mut dyn Tx, caller: &Caller, id: TeamId, terms: &Terms) -> Result<Answer> {
    let team = team::get(tx, caller.connection.node, id)?;
    if terms.conditions.is_known(Version::of_team(&team))? {
        return Ok(Answer::Known(Version::of_team(&team)));
    }
    shown(tx, caller, &team, terms)
}

/// POST: a team, pending or approved as the connection is set, with the members that came along.
///
/// # Errors
/// `invalidValue`, `uniqueness` where names are unique.
pub fn create(tx: &mut dyn Tx, act: &Act, caller: &Caller, body: &Content, terms: &Terms) -> Result<Answer> {
    let members = body.relation.clone().unwrap_or_default();
    let team = team_lifecycle::create(tx, act, &caller.connection, body.team_profile()?, members)?;
    let location = format!("{}/Groups/{}", caller.base, team.id);
    match shown(tx, caller, &team, terms)? {
        Answer::Found { text, version } => Ok(Answer::Made { location, text, version }),
        Answer::Long { text, version, .. } => Ok(Answer::Long { text, version, location: Some(location) }),
        other => Ok(other),
    }
}

/// PUT: the profile as sent, and exactly the members as sent; without `members` they stay (docs/clients.md#put).
///
/// # Errors
/// [`super::Error::NotFound`], `invalidValue`, `uniqueness`.
pub fn replace(
    tx: &mut dyn Tx,
    act: &Act,
    caller: &Caller,
    id: TeamId,
    body: &Content,
    terms: &Terms,
) -> Result<Answer> {
    let team = team::get(tx, caller.connection.node, id)?;
    terms.conditions.check(Version::of_team(&team))?;
    let changes: Vec<Change> = body.relation.clone().map(Change::Set).into_iter().collect();
    let team = team_lifecycle::change(tx, act, &caller.connection, team, body.team_profile()?, &changes)?;
    shown(tx, caller, &team, terms)
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
    operations: &[PatchOperation],
    terms: &Terms,
) -> Result<Answer> {
    let team = team::get(tx, caller.connection.node, id)?;
    terms.conditions.check(Version::of_team(&team))?;
    let (profile, relations) = patched(&team.profile, operations, caller)?;
    let mut changes = Vec::with_capacity(relations.len());
    let mut whole = None;
    for relation in relations {
        changes.push(match relation {
            Relation::Change(change) => change,
            Relation::RemoveMatching(test) => {
                // Read once for all such operations: what they take away between them is taken away all the same.
                let resource = match &whole {
                    Some(resource) => resource,
                    None => {
                        let members = members(tx, caller, &team, Related::Named)?;
                        let text = group_text(&team, Some(&members), &caller.base);
                        whole.insert(serde_json::from_str(&text).unwrap_or_default())
                    }
                };
                Change::Remove(super::matching_ids(resource, GROUP_TYPE.relation, &test))
            }
        });
    }
    let team = team_lifecycle::change(tx, act, &caller.connection, team, profile, &changes)?;
    match terms.bare || terms.projection.is_everything() {
        true => Ok(Answer::Done(Some(Version::of_team(&team)))),
        false => shown(tx, caller, &team, terms),
    }
}

/// What a PATCH makes of a profile, and what it asks for beside it.
fn patched(
    profile: &TeamProfile,
    operations: &[PatchOperation],
    caller: &Caller,
) -> Result<(TeamProfile, Vec<Relation>)> {
    let touched = stored::touched(&GROUP_TYPE, operations);
    // Most of them change members and nothing else.
    if touched.as_ref().is_some_and(|names| names.iter().all(|name| *name == GROUP_TYPE.relation)) {
        let relations = patch::apply(&GROUP_TYPE, &mut Map::new(), operations, &caller.leeway)?;
        return Ok((profile.clone(), relations));
    }
    let (mut content, unread) = match touched {
        Some(touched) => stored::read(&profile.resource, &touched, None)?,
        None => (Content::stored(&profile.resource, None)?, Unread::new()),
    };
    let relations = patch::apply(&GROUP_TYPE, &mut content.attributes, operations, &caller.leeway)?;
    content.check(&GROUP_TYPE)?;
    Ok((content.team_profile_with(&unread)?, relations))
}

/// DELETE: the team is gone, and with it its memberships.
///
/// # Errors
/// [`super::Error::NotFound`], [`super::Error::Precondition`].
pub fn delete(tx: &mut dyn Tx, act: &Act, caller: &Caller, id: TeamId, terms: &Terms) -> Result<Answer> {
    terms.conditions.check(Version::of_team(&team::get(tx, caller.connection.node, id)?))?;
    team_lifecycle::delete(tx, act, caller.connection.node, id)?;
    Ok(Answer::Done(None))
}

fn shown(tx: &mut dyn Tx, caller: &Caller, team: &Team, terms: &Terms) -> Result<Answer> {
    if terms.bare {
        return Ok(Answer::Found { text: String::new(), version: Version::of_team(team) });
    }
    if team.members > LONG && terms.projection.is_everything() {
        let text = GroupText::new(team, tx.members(team.key)?, &caller.base);
        return Ok(Answer::Long { text, version: Version::of_team(team), location: None });
    }
    let related = terms.projection.related(&GROUP_TYPE);
    let text = terms.projection.apply(&GROUP_TYPE, text(tx, caller, team, related)?);
    Ok(Answer::Found { text, version: Version::of_team(team) })
}

fn text(tx: &mut dyn Tx, caller: &Caller, team: &Team, related: Related) -> Result<String, Fault> {
    let members = if related == Related::Hidden { None } else { Some(members(tx, caller, team, related)?) };
    Ok(group_text(team, members.as_deref(), &caller.base))
}

fn members(tx: &mut dyn Tx, caller: &Caller, team: &Team, related: Related) -> Result<String, Fault> {
    let mut text = String::with_capacity(team.members as usize * (90 + caller.base.len()));
    let (around, mut digits) = (member_parts(&caller.base), itoa::Buffer::new());
    for id in tx.members(team.key)? {
        let user = if related == Related::Named { tx.user(team.node, id)? } else { None };
        let name = user.as_ref().map(|u| u.profile.user_name.as_str());
        push_member(&mut text, &around, digits.format(id.0), name);
    }
    Ok(text)
}
