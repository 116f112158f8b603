//! Members of a group of Active Directory: whoever names it in `memberOf`, or as primary group.

use super::entry::Entry;
use super::people::{Filters, attributes};
use super::root::Root;
use super::session::{Query, Session, Stop};
use crate::push::sentence::{Sentence, say};
use ldap3::{Scope, ldap_escape};

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
    let member = format!("(memberOf={})", ldap_escape(group.dn.as_str()));
    // The server keeps members by primary group in neither `member` nor `memberOf`.
    let person = match group.rid() {
        Some(rid) => format!("(&(|{member}(primaryGroupID={rid})){})", filters.person),
        None => format!("(&{member}{})", filters.person),
    };
    let other = format!("(&{member}(|{}(objectClass=foreignSecurityPrincipal)))", filters.group);
    let searches = if root.base == root.domain {
        vec![(&root.base, format!("(|{person}{other})"))]
    } else {
        vec![(&root.base, person), (&root.domain, other)]
    };
    let mut foreign = 0;
    for (base, filter) in &searches {
        let query = Query { base, scope: Scope::Subtree, filter, attributes: attributes(session.settings.schema) };
        session.search(&query, &mut |entry| {
            if !entry.has("objectClass", "foreignSecurityPrincipal") {
                take(entry);
            } else if entry.text("cn").is_some_and(|sid| sid.starts_with("S-1-5-21-")) {
                foreign += 1;
            }
        })?;
    }
    is_still_there(session, group)?;
    Ok((foreign > 0).then(|| {
        say!(
            "has_members_of_other_domains_which",
            "has members of other domains, which cannot be read here: {foreign}",
            foreign = foreign
        )
    }))
}

/// Nobody names a group by a DN that it no longer has, so one that moved in the meantime must not look empty.
fn is_still_there(session: &mut Session<'_>, group: &Entry) -> Result<(), Stop> {
    let mut guid = None;
    let query = Query { base: &group.dn, scope: Scope::Base, filter: "(objectClass=*)", attributes: &["objectGUID"] };
    match session.search(&query, &mut |entry| guid = entry.guid()) {
        Ok(()) if guid == group.guid() => Ok(()),
        Ok(()) | Err(Stop::Missing) => Err(Stop::Unread {
            page: 1,
            why: say!("it_was_renamed_or_removed_while", "it was renamed or removed while it was read"),
        }),
        Err(stop) => Err(stop),
    }
}
