//! What was read, as counts and a hash that does not depend on the order of lists.

use super::Extent;
use crate::push::source::Reading;
use crate::push::target::Target;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

pub(super) fn source(reading: &Reading) -> Extent {
    let people = reading.people.iter().map(|person| {
        let mut groups: Vec<&str> = person.groups.iter().map(|one| one.group.as_str()).collect();
        groups.sort_unstable();
        line(&["person", &person.id, &person.email, if person.active { "active" } else { "" }])
            + &optional(&[&person.display_name, &person.given_name, &person.family_name])
            + &line(&groups)
    });
    let groups = reading.groups.iter().map(|group| line(&["group", &group.id, &group.name]));
    let unusable = reading.unusable.iter().map(|one| line(&["unusable", &one.name, one.why.as_str()]));
    let unread = reading.unread.iter().map(|one| line(&["unread", one.part.as_str(), one.why.as_str()]));
    Extent {
        users: reading.people.len() as u64,
        groups: reading.groups.len() as u64,
        memberships: reading.people.iter().map(|person| person.groups.len() as u64).sum(),
        digest: digest(people.chain(groups).chain(unusable).chain(unread)),
    }
}

pub(super) fn target(target: &Target) -> Extent {
    let users = target.users.iter().map(|user| {
        line(&["user", &user.id, &user.user_name, if user.active { "active" } else { "" }])
            + &optional(&[&user.external_id, &user.display_name, &user.given_name, &user.family_name])
    });
    let groups = target.groups.iter().map(|group| {
        let mut members: Vec<&str> = group.members.iter().map(String::as_str).collect();
        members.sort_unstable();
        line(&["group", &group.id, &group.name]) + &optional(&[&group.external_id]) + &line(&members)
    });
    Extent {
        users: target.users.len() as u64,
        groups: target.groups.len() as u64,
        memberships: target.memberships(),
        digest: digest(users.chain(groups)),
    }
}

/// Texts with their lengths, so that no two lists look alike.
fn line(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("{}:{part},", part.len())).collect()
}

fn optional(parts: &[&Option<String>]) -> String {
    parts.iter().map(|part| part.as_ref().map_or("-,".to_owned(), |part| line(&[part]))).collect()
}

fn digest(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<[u8; 32]> = lines.map(|line| Sha256::digest(line.as_bytes()).into()).collect();
    lines.sort_unstable();
    let mut all = Sha256::new();
    for line in lines {
        all.update(line);
    }
    HEXLOWER.encode(&all.finalize())
}
