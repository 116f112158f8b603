//! Groups that were asked for, by DN or by name.

use super::dn;
use super::entry::Entry;
use super::people::{Filters, attributes};
use super::root::Root;
use super::session::{Query, Session, Stop};
use super::{DirectorySchema, Ended};
use crate::push::sentence::{Sentence, say};
use ldap3::{Scope, ldap_escape};

/// Finds one group. The inner error says why there is none.
///
/// # Errors
/// When somebody stopped the run.
pub(super) fn find(
    session: &mut Session<'_>,
    root: &Root,
    filters: &Filters,
    name: &str,
) -> Result<Result<Entry, Sentence>, Ended> {
    // A group may have a name that reads like a DN, so what is none is looked for as a name.
    let mut why = not_found();
    if dn::looks_like_one(name) {
        match search(session, name, Scope::Base, filters.group)? {
            Ok(mut found) if !found.is_empty() => return Ok(Ok(found.remove(0))),
            Ok(_) => why = say!("the_entry_of_this_dn_is", "the entry of this DN is no group"),
            Err(Stop::Unread { why: words, .. }) => why = words,
            Err(_) => {}
        }
    }
    let value = ldap_escape(name);
    let named = match session.settings.schema {
        DirectorySchema::ActiveDirectory => format!("(|(cn={value})(name={value})(sAMAccountName={value}))"),
        DirectorySchema::OpenLdap => format!("(cn={value})"),
    };
    let filter = format!("(&{}{named})", filters.group);
    for base in [&root.base, &root.domain] {
        match search(session, base, Scope::Subtree, &filter)? {
            Ok(found) if found.len() > 1 => {
                let names: Vec<&str> = found.iter().map(|entry| entry.dn.as_str()).collect();
                return Ok(Err(say!(
                    "several_groups_have_this_name_so",
                    "several groups have this name, so give the DN of one: {names}",
                    names = names.join("; ")
                )));
            }
            Ok(mut found) if !found.is_empty() => return Ok(Ok(found.remove(0))),
            Ok(_) => {}
            Err(Stop::Unread { why, .. }) => return Ok(Err(why)),
            Err(_) => {
                return Ok(Err(say!(
                    "not_found_because_the_base_does",
                    "not found, because the base “{base}” does not exist",
                    base = base
                )));
            }
        }
    }
    Ok(Err(why))
}

fn not_found() -> Sentence {
    say!("not_found_or_the_account_may", "not found, or the account may not see it")
}

fn search(
    session: &mut Session<'_>,
    base: &str,
    scope: Scope,
    filter: &str,
) -> Result<Result<Vec<Entry>, Stop>, Ended> {
    let mut found = Vec::new();
    let query = Query { base, scope, filter, attributes: attributes(session.settings.schema) };
    match session.search(&query, &mut |entry| found.push(entry)) {
        Ok(()) => Ok(Ok(found)),
        Err(Stop::Cancelled) => Err(Ended::Cancelled),
        Err(stop) => Ok(Err(stop)),
    }
}
