//! What the target holds: its users, its groups, who is in which, and what it can do.

use super::client::{Access, Client, ClientError, Method};
use super::watch::{Phase, Watch};
use crate::push::sentence::{Sentence, say};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// How many resources a page is asked for.
const PAGE: usize = 1000;

/// What a service announces (RFC 7643, section 5), as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Whether it takes PATCH.
    pub patch: bool,
    /// Operations and bytes of one bulk request.
    pub bulk: Option<(usize, usize)>,
    /// Whether it pages by cursors (RFC 9865).
    pub cursor: bool,
}

/// A user of the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetUser {
    /// Its id there.
    pub id: String,
    /// `userName`
    pub user_name: String,
    /// `externalId`
    pub external_id: Option<String>,
    /// `displayName`
    pub display_name: Option<String>,
    /// `name.givenName`
    pub given_name: Option<String>,
    /// `name.familyName`
    pub family_name: Option<String>,
    /// `active`; a user without it is active.
    pub active: bool,
    /// Whether one of its addresses is its user name, which is renamed with it.
    pub name_is_email: bool,
}

/// A group of the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetGroup {
    /// Its id there.
    pub id: String,
    /// `displayName`
    pub name: String,
    /// `externalId`
    pub external_id: Option<String>,
    /// The ids of the users in it; those of groups in it are left out.
    pub members: HashSet<String>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it can do.
    pub service: Service,
    /// Its users.
    pub users: Vec<TargetUser>,
    /// Its groups; empty where groups are left alone.
    pub groups: Vec<TargetGroup>,
}

impl Target {
    /// Reads it whole, without groups where they are left alone.
    ///
    /// # Errors
    /// [`ClientError`]; a list that ends before its `totalResults` is one as well.
    pub fn read(client: &Client<'_>, has_groups: bool, watch: &dyn Watch) -> Result<Target, ClientError> {
        let service = Service::read(client)?;
        let mut users = Vec::new();
        let mut groups_of: HashMap<String, Vec<String>> = HashMap::new();
        let mut tells_groups = false;
        each(client, service, "/Users", "", watch, &mut |resource| {
            let user = user(resource)?;
            let direct = resource.get("groups").and_then(Value::as_array).into_iter().flatten();
            let direct = direct.filter(|one| text(one, "type").is_none_or(|kind| kind != "indirect"));
            for group in direct.filter_map(|one| text(one, "value")) {
                tells_groups = true;
                groups_of.entry(group).or_default().push(user.id.clone());
            }
            users.push(user);
            Ok(())
        })?;
        let mut groups = Vec::new();
        if has_groups {
            // Each membership is read once: from the users if they tell, else from the groups.
            let query = if tells_groups { "excludedAttributes=members&" } else { "" };
            let mut untold = Vec::new();
            each(client, service, "/Groups", query, watch, &mut |resource| {
                let mut group = group(resource)?;
                if tells_groups {
                    group.members = groups_of.remove(&group.id).unwrap_or_default().into_iter().collect();
                } else if resource.get("members").is_none() {
                    untold.push(groups.len());
                }
                groups.push(group);
                Ok(())
            })?;
            // A list may leave members out (RFC 7643, section 7, `returned`).
            for at in untold {
                let Some(group) = groups.get_mut(at) else { continue };
                let answer = client.send(Method::Get, &format!("/Groups/{}", group.id), None)?;
                if !answer.is_done() {
                    let why = say!(
                        "the_target_does_not_show_its",
                        "the target does not show its group “{name}”: {said}",
                        name = group.name,
                        said = answer.said()
                    );
                    return Err(ClientError::Unusable(why));
                }
                group.members = members(&answer.body);
            }
        }
        Ok(Target { service, users, groups })
    }

    /// How many memberships there are.
    pub fn memberships(&self) -> u64 {
        self.groups.iter().map(|group| group.members.len() as u64).sum()
    }
}

impl Service {
    /// Asks for `/ServiceProviderConfig`; a service without one can do what RFC 7644 demands and PATCH.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn read(client: &Client<'_>) -> Result<Service, ClientError> {
        let answer = client.send(Method::Get, "/ServiceProviderConfig", None)?;
        let yes = |path: &str| answer.body.pointer(path).and_then(Value::as_bool);
        let number = |path: &str| {
            let number = answer.body.pointer(path).and_then(Value::as_u64);
            number.and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0)
        };
        let is_told = answer.is_done();
        let bulk = number("/bulk/maxOperations").zip(number("/bulk/maxPayloadSize"));
        Ok(Service {
            patch: !is_told || yes("/patch/supported").unwrap_or(true),
            bulk: bulk.filter(|_| is_told && yes("/bulk/supported") == Some(true)),
            cursor: is_told && yes("/pagination/cursor") == Some(true),
        })
    }
}

/// Tries step by step whether the target can be worked with.
pub fn check(access: &Access, watch: &dyn Watch, tell: &mut dyn FnMut(super::check::Step)) {
    use super::check::Step;
    let advice = say!(
        "check_the_address_and_the_token",
        "Check the address and the token of the target; both come from its provisioning page."
    );
    let client = match Client::new(access, 1, watch) {
        Ok(client) => client,
        Err(error) => return tell(Step::failed("target", error.sentence(), advice)),
    };
    match Service::read(&client) {
        Err(error) => return tell(Step::failed("target", error.sentence(), advice)),
        Ok(service) => {
            let bulk = service.bulk.map_or_else(
                || say!("no_bulk", "no Bulk"),
                |(most, _)| say!("bulk_of_operations", "Bulk of {most} operations", most = most),
            );
            let patch = if service.patch { say!("patch", "PATCH") } else { say!("no_patch", "no PATCH") };
            let url = client.url();
            let found = say!("target_answers", "{url} answers: {patch}, {bulk}", url = url, patch = patch, bulk = bulk);
            tell(Step::passed("target", found));
        }
    }
    for (step, path) in [("users", "/Users?startIndex=1&count=1"), ("groups", "/Groups?startIndex=1&count=1")] {
        match client.send(Method::Get, path, None) {
            Ok(answer) if answer.is_done() => match answer.body.get("totalResults").and_then(Value::as_u64) {
                Some(total) => tell(Step::passed(step, target_total(step, total))),
                None => {
                    return tell(Step::failed(
                        step,
                        say!("the_answer_is_no_scim_list", "the answer is no SCIM list: no totalResults"),
                        advice,
                    ));
                }
            },
            Ok(answer) => {
                return tell(Step::failed(step, Sentence::from(format!("GET {path}: {}", answer.said())), advice));
            }
            Err(error) => return tell(Step::failed(step, error.sentence(), advice)),
        }
    }
}

fn target_total(step: &str, total: u64) -> Sentence {
    match step {
        "users" => say!("users_there", "{total} users there", total = total),
        _ => say!("groups_there", "{total} groups there", total = total),
    }
}

/// Reads a list whole, page by page as the target gives them.
fn each(
    client: &Client<'_>,
    service: Service,
    path: &str,
    query: &str,
    watch: &dyn Watch,
    take: &mut dyn FnMut(&Value) -> Result<(), ClientError>,
) -> Result<(), ClientError> {
    let unusable = |text: Sentence| Err(ClientError::Unusable(text));
    let mut seen = HashSet::new();
    let mut cursor = service.cursor.then(String::new);
    let mut start = 1;
    loop {
        let place = match &cursor {
            Some(cursor) => format!("cursor={}", super::quote(cursor)),
            None => format!("startIndex={start}"),
        };
        let answer = client.send(Method::Get, &format!("{path}?{query}{place}&count={PAGE}"), None)?;
        if !answer.is_done() {
            return unusable(say!(
                "the_target_does_not_list",
                "the target does not list {path}: {said}",
                path = path,
                said = answer.said()
            ));
        }
        let Some(total) = answer.body.get("totalResults").and_then(Value::as_u64) else {
            return unusable(say!(
                "the_targets_answer_to_is_no",
                "the target's answer to {path} is no SCIM list: it has no totalResults",
                path = path
            ));
        };
        let page = answer.body.get("Resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for resource in page {
            // A list that moves while it is read may show a resource twice.
            if seen.insert(id(resource)?) {
                take(resource)?;
            }
        }
        start += page.len();
        watch.progress(Phase::Compare, seen.len() as u64, Some(total));
        let next = text(&answer.body, "nextCursor");
        let is_last = match &cursor {
            Some(_) => next.is_none(),
            None => start as u64 > total || page.is_empty(),
        };
        if is_last {
            if (seen.len() as u64) < total {
                let found = seen.len();
                return unusable(say!(
                    "the_target_counts_at_but_shows",
                    "the target counts {total} at {path} but shows {found}; nothing is changed",
                    total = total,
                    path = path,
                    found = found
                ));
            }
            return Ok(());
        }
        cursor = cursor.and(next);
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => Some(text.clone()),
        // Some services send ids as numbers.
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn id(resource: &Value) -> Result<String, ClientError> {
    let missing = || {
        ClientError::Unusable(say!("the_target_lists_a_resource_without", "the target lists a resource without an id"))
    };
    text(resource, "id").filter(|id| !id.is_empty()).ok_or_else(missing)
}

fn user(resource: &Value) -> Result<TargetUser, ClientError> {
    let user_name = text(resource, "userName").unwrap_or_default();
    let part = |name: &str| resource.get("name").and_then(|whole| text(whole, name));
    let emails = resource.get("emails").and_then(Value::as_array).into_iter().flatten();
    Ok(TargetUser {
        id: id(resource)?,
        external_id: text(resource, "externalId"),
        display_name: text(resource, "displayName"),
        given_name: part("givenName"),
        family_name: part("familyName"),
        active: resource.get("active").and_then(Value::as_bool).unwrap_or(true),
        name_is_email: emails.into_iter().any(|email| text(email, "value").as_ref() == Some(&user_name)),
        user_name,
    })
}

fn group(resource: &Value) -> Result<TargetGroup, ClientError> {
    Ok(TargetGroup {
        id: id(resource)?,
        name: text(resource, "displayName").unwrap_or_default(),
        external_id: text(resource, "externalId"),
        members: members(resource),
    })
}

fn members(resource: &Value) -> HashSet<String> {
    let members = resource.get("members").and_then(Value::as_array).into_iter().flatten();
    let is_user = |one: &&Value| {
        let reference = text(one, "$ref").unwrap_or_default();
        text(one, "type").is_none_or(|kind| kind.eq_ignore_ascii_case("user")) && !reference.contains("/Groups/")
    };
    members.filter(is_user).filter_map(|one| text(one, "value")).collect()
}
