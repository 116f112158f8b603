//! Resources as they are answered: the stored text with what varies spliced in, without parsing.

use crate::domain::Time;
use crate::domain::membership::TeamRef;
use crate::domain::team::Team;
use crate::domain::user::{Lock, User};
use crate::scim::version::Version;
use serde_json::Value;

/// The text of a user's answer, spliced without parsing. Teams come with id and current name: rauthy compares the name
/// and takes a membership back where it is missing (docs/clients.md#groups-of-a-user).
pub fn user_text(user: &User, version: Version, teams: &[TeamRef], base: &str) -> String {
    let id = user.id.to_string();
    let mut text = opened(&user.profile.resource, &id, teams.len() * 160);
    text.push_str(if user.lock == Lock::None { ",\"active\":true" } else { ",\"active\":false" });
    for (n, team) in teams.iter().enumerate() {
        text.push_str(if n == 0 { ",\"groups\":[{\"value\":\"" } else { ",{\"value\":\"" });
        let id = team.id.to_string();
        text.push_str(&id);
        text.push_str("\",\"$ref\":\"");
        text.push_str(base);
        text.push_str("/Groups/");
        text.push_str(&id);
        text.push_str("\",\"type\":\"direct\",\"display\":");
        push_quoted(&mut text, &team.name);
        text.push('}');
    }
    if !teams.is_empty() {
        text.push(']');
    }
    close(&mut text, ("User", "/Users/"), base, &id, version, (user.created_at, user.modified_at));
    text
}

/// The text of a group's answer, spliced without parsing. `members` is the inside of the array, or `None` when it is not
/// wanted; an empty group has an empty array, because authentik adds nobody to a group without one (docs/clients.md#authentik).
pub fn group_text(team: &Team, members: Option<&str>, base: &str) -> String {
    let Some(members) = members else {
        let id = team.id.to_string();
        let mut text = opened(&team.profile.resource, &id, 0);
        close_group(&mut text, team, base, &id);
        return text;
    };
    let (mut text, tail) = group_parts(team, base, members.len());
    text.push_str(members);
    text.push_str(&tail);
    text
}

/// What stands before and behind the members of a group, with room in the former for so many bytes more.
pub fn group_parts(team: &Team, base: &str, more: usize) -> (String, String) {
    let id = team.id.to_string();
    let mut head = opened(&team.profile.resource, &id, more);
    head.push_str(",\"members\":[");
    let mut tail = "]".to_owned();
    close_group(&mut tail, team, base, &id);
    (head, tail)
}

fn close_group(text: &mut String, team: &Team, base: &str, id: &str) {
    close(text, ("Group", "/Groups/"), base, id, Version::of_team(team), (team.created_at, team.modified_at));
}

/// Appends one element of `members`, behind a comma unless it is the first; the user name is there on request.
pub fn push_member(text: &mut String, around: &[String; 3], id: &str, user_name: Option<&str>) {
    if !text.is_empty() {
        text.push(',');
    }
    let [before, between, behind] = around;
    [before, id, between, id, behind].into_iter().for_each(|part| text.push_str(part));
    if let Some(user_name) = user_name {
        text.pop();
        text.push_str(",\"display\":");
        push_quoted(text, user_name);
        text.push('}');
    }
}

/// What stands before, between and behind the two ids of an element of `members`.
pub fn member_parts(base: &str) -> [String; 3] {
    ["{\"value\":\"".to_owned(), format!("\",\"$ref\":\"{base}/Users/"), "\",\"type\":\"User\"}".to_owned()]
}

/// `{"id":"…","schemas":…` without the closing brace.
fn opened(resource: &str, id: &str, more: usize) -> String {
    let inside = resource.strip_prefix('{').and_then(|r| r.strip_suffix('}')).unwrap_or_default();
    let mut text = String::with_capacity(inside.len() + more + 360);
    text.push_str("{\"id\":\"");
    text.push_str(id);
    text.push_str("\",");
    text.push_str(inside);
    text
}

fn close(text: &mut String, kind: (&str, &str), base: &str, id: &str, version: Version, times: (Time, Time)) {
    let mut push = |parts: &[&str]| parts.iter().for_each(|part| text.push_str(part));
    let created = times.0.to_string();
    push(&[",\"meta\":{\"resourceType\":\"", kind.0, "\",\"created\":\"", &created, "\",\"lastModified\":\""]);
    // Most resources have never changed, and writing a date is dear.
    if times.1 == times.0 {
        push(&[&created])
    } else {
        push(&[&times.1.to_string()])
    }
    let version = version.to_string();
    push(&["\",\"location\":\"", base, kind.1, id, "\",\"version\":\"W/\\\"", &version, "\\\"\"}}"]);
}

fn push_quoted(text: &mut String, value: &str) {
    text.push_str(&Value::from(value).to_string());
}
