//! Members of a group of OpenLDAP: those that it lists, by DN or by `uid`.

use super::dn;
use super::entry::Entry;
use super::people::{Filters, attributes, is_group};
use super::ranges;
use super::root::Root;
use super::session::{Query, Session, Stop};
use crate::push::sentence::{Sentence, say};
use ldap3::{Scope, ldap_escape};
use std::collections::{BTreeMap, HashSet};

/// Members per search.
const BATCH: usize = 100;

/// Hands over the people and groups that are direct members. Returns what is worth a note.
///
/// # Errors
/// [`Stop`] when not all were read.
pub(super) fn members(
    session: &mut Session<'_>,
    root: &Root,
    filters: &Filters,
    group: &Entry,
    take: &mut dyn FnMut(Entry),
) -> Result<Option<Sentence>, Stop> {
    let (names, uids) = listed(session, group)?;
    let missing = by_name(session, root, filters, names, take)?;
    // One that is no longer listed either was renamed between the two questions.
    if !missing.is_empty() {
        let (names, _) = listed(session, group)?;
        if missing.iter().any(|name| !names.contains_key(name)) {
            return Err(Stop::Unread {
                page: 1,
                why: say!("it_changed_while_it_was_read", "it changed while it was read"),
            });
        }
    }
    let gone = missing.len() + by_uid(session, root, filters, &uids, take)?;
    Ok((gone > 0)
        .then(|| say!("lists_members_that_do_not_exist", "lists members that do not exist: {gone}", gone = gone)))
}

/// The members of a group: DNs by their folded form, and values of `uid`.
fn listed(session: &mut Session<'_>, group: &Entry) -> Result<(BTreeMap<String, String>, Vec<String>), Stop> {
    let [members, unique, uids] = ranges::read(session, &group.dn, ["member", "uniqueMember", "memberUid"])?;
    // A DN of uniqueMember may have a bit string behind it (RFC 4517, section 3.3.21).
    let unique = unique.into_iter().map(|name| name.split_once("#'").map_or(name.clone(), |(dn, _)| dn.to_owned()));
    // An empty DN stands in a group that may not be empty and is.
    let names = members.into_iter().chain(unique).filter(|dn| !dn.is_empty());
    Ok((names.map(|name| (dn::folded(&name), name)).collect(), uids))
}

/// People and groups by their DNs. Returns those that do not exist, folded.
fn by_name(
    session: &mut Session<'_>,
    root: &Root,
    filters: &Filters,
    mut names: BTreeMap<String, String>,
    take: &mut dyn FnMut(Entry),
) -> Result<Vec<String>, Stop> {
    let attributes = attributes(session.settings.schema);
    let either = filters.either();
    let all: Vec<String> = names.values().cloned().collect();
    let mut take = |entry: Entry| {
        if is_group(&entry) || dn::is_below(&entry.dn, &root.base) {
            take(entry);
        }
    };
    // Many at once where the server knows `entryDN` (RFC 5020) and spells the DN as the group does.
    for some in all.chunks(BATCH) {
        let wanted: String = some.iter().map(|name| format!("(entryDN={})", ldap_escape(name.as_str()))).collect();
        let filter = format!("(&(|{wanted}){either})");
        let query = Query { base: &root.domain, scope: Scope::Subtree, filter: &filter, attributes };
        session.search(&query, &mut |entry| {
            if names.remove(&dn::folded(&entry.dn)).is_some() {
                take(entry);
            }
        })?;
    }
    let mut missing = Vec::new();
    for (folded, name) in names {
        let query = Query { base: &name, scope: Scope::Base, filter: &either, attributes };
        match session.search(&query, &mut take) {
            Err(Stop::Missing) => missing.push(folded),
            read => read?,
        }
    }
    Ok(missing)
}

/// People by their `uid`. Returns how many do not exist, as far as that can be said.
fn by_uid(
    session: &mut Session<'_>,
    root: &Root,
    filters: &Filters,
    uids: &[String],
    take: &mut dyn FnMut(Entry),
) -> Result<usize, Stop> {
    let mut seen = HashSet::new();
    for some in uids.chunks(BATCH) {
        let wanted: String = some.iter().map(|uid| format!("(uid={})", ldap_escape(uid.as_str()))).collect();
        let filter = format!("(&(|{wanted}){})", filters.person);
        let attributes = attributes(session.settings.schema);
        let query = Query { base: &root.base, scope: Scope::Subtree, filter: &filter, attributes };
        session.search(&query, &mut |entry| {
            seen.extend(entry.values("uid").iter().map(|uid| String::from_utf8_lossy(uid).to_lowercase()));
            take(entry);
        })?;
    }
    // A person whom the filter leaves out exists all the same.
    let is_whole = session.settings.filter.is_none();
    Ok(uids.iter().filter(|uid| is_whole && !seen.contains(&uid.to_lowercase())).count())
}
