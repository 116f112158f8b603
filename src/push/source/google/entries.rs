//! What an entry of the list of groups means: a group by its address or name, or a person.

use super::calls::{Broken, Calls};
use super::refusal::Fault;
use super::rows::{GroupRow, Groups};
use crate::push::sentence::{Sentence, say};
use crate::push::source::Unread;

const FIELDS: &str = "nextPageToken,groups(id,email,name)";

/// What an entry was found to be.
pub(super) enum Meant {
    /// A group.
    Group(GroupRow),
    /// An address that is no group's: perhaps a person's.
    Address(String),
    /// Nothing.
    Nothing(Unread),
}

/// An entry that names nothing.
pub(super) fn not_found(entry: &str, why: impl Into<Sentence>) -> Unread {
    Unread { part: say!("group_named", "group “{name}”", name = entry), why: why.into() }
}

/// A value of a search, in quotes if it needs them.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Whether an entry is meant as an address.
pub(super) fn is_address(entry: &str) -> bool {
    email_address::EmailAddress::is_valid(entry)
}

/// So many entries are searched one by one.
const FEW: usize = 20;

/// All groups, where one list costs less than a search for each entry; none where it would not.
pub(super) fn all(calls: &mut Calls<'_>, entries: usize) -> Result<Vec<GroupRow>, Fault> {
    let mut found = Vec::new();
    if entries <= FEW {
        return Ok(found);
    }
    let asked = [("customer", "my_customer"), ("maxResults", "200"), ("fields", FIELDS)];
    match calls.first_pages::<Groups>("groups", &asked, entries / 4, &mut |row| found.push(named(row))) {
        Ok(true) => {}
        Err(Broken { fault: Fault::Cancelled, .. }) => return Err(Fault::Cancelled),
        // A part of them does not say whether a name is there twice. What is wrong is told by the searches.
        Ok(false) | Err(_) => found.clear(),
    }
    found.retain(|group| !group.id.is_empty());
    Ok(found)
}

/// The groups that a search finds.
fn search(calls: &mut Calls<'_>, query: &str) -> Result<Vec<GroupRow>, Broken> {
    let mut found = Vec::new();
    let asked = [("customer", "my_customer"), ("maxResults", "200"), ("query", query), ("fields", FIELDS)];
    calls.list::<Groups>("groups", &asked, &mut |row| found.push(row))?;
    found.retain(|group| !group.id.is_empty());
    Ok(found)
}

/// The group that has an address.
pub(super) fn by_address(calls: &mut Calls<'_>, address: &str) -> Result<Option<GroupRow>, Broken> {
    // Without quotes as Google's examples have it, unless the address has one.
    let value = if address.contains(['\'', '\\', ' ']) { quoted(address) } else { address.to_owned() };
    Ok(search(calls, &format!("email={value}"))?.into_iter().next().map(named))
}

/// A group without a name goes by its address.
fn named(group: GroupRow) -> GroupRow {
    if group.name.trim().is_empty() { GroupRow { name: group.email.clone(), ..group } } else { group }
}

/// What an entry means; searched for unless it is among the groups that are known. An error is only that the run was stopped.
pub(super) fn meaning(calls: &mut Calls<'_>, known: &[GroupRow], entry: &str) -> Result<Meant, Fault> {
    let is_it = |group: &&GroupRow| group.name == entry || group.email.eq_ignore_ascii_case(entry);
    let mut same = known.iter().filter(is_it);
    if let (Some(one), None) = (same.next(), same.next()) {
        return Ok(Meant::Group(one.clone()));
    }
    let unread = |broken: Broken| match broken.fault {
        Fault::Cancelled => Err(Fault::Cancelled),
        Fault::Refused(refusal) => Ok(Meant::Nothing(not_found(entry, refusal.sentence()))),
    };
    if is_address(entry) {
        return match by_address(calls, entry) {
            Ok(Some(group)) => Ok(Meant::Group(group)),
            Ok(None) => Ok(Meant::Address(entry.to_owned())),
            Err(broken) => unread(broken),
        };
    }
    let mut found = match search(calls, &format!("name={}", quoted(entry))) {
        Ok(found) => found,
        Err(broken) => return unread(broken),
    };
    if found.iter().any(|group| group.name == entry) {
        found.retain(|group| group.name == entry);
    } else {
        found.retain(|group| group.name.to_lowercase() == entry.to_lowercase());
    }
    if found.len() > 1 {
        let addresses: Vec<_> = found.iter().map(|group| group.email.as_str()).collect();
        let why = say!(
            "several_groups_have_this_name_give",
            "several groups have this name; give the address of one: {addresses}",
            addresses = addresses.join(", ")
        );
        return Ok(Meant::Nothing(not_found(entry, why)));
    }
    Ok(match found.pop() {
        Some(group) => Meant::Group(group),
        None => Meant::Nothing(not_found(
            entry,
            say!("not_found_no_group_of_this", "not found: no group of this Google Workspace has this name"),
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_in_names_are_escaped() {
        assert_eq!(quoted("Finance"), "'Finance'");
        assert_eq!(quoted("Valentine's Day"), r"'Valentine\'s Day'");
        assert_eq!(quoted(r"a\' b"), r"'a\\\' b'");
    }
}
