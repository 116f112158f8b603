//! Reading a directory step by step, for a run as for a check.

use super::people::{Filters, attributes};
use super::root::{self, Root};
use super::session::{Query, Session, Stop};
use super::walk::{Walk, name_of};
use super::{Directory, Ended, Failure, connect, lookup};
use crate::push::check::Step;
use crate::push::source::Reading;
use crate::push::watch::Watch;
use ldap3::Scope;

/// Reads all that is in scope, and tells each step.
///
/// # Errors
/// When nothing could be read, or somebody stopped the run.
pub(super) fn read(settings: &Directory, watch: &dyn Watch, tell: &mut dyn FnMut(Step)) -> Result<Reading, Ended> {
    let filters = Filters::new(settings)?;
    let connection = connect::open(settings, tell)?;
    let mut session = Session::new(settings, watch, connection);
    let root = root::read(&mut session)?;
    tell(Step::passed("root", described(&root)));
    let mut walk = Walk::new(crate::world::now().0);
    if let Some(usn) = &root.usn {
        let host = root.host.as_deref().unwrap_or("the server");
        walk.reading.notes.push(format!("highestCommittedUSN of {host} is {usn}."));
    }
    if settings.groups.is_empty() {
        everybody(&mut session, &root, &filters, &mut walk)?;
    } else {
        walk.reading.has_groups = true;
        groups(&mut session, &root, &filters, &mut walk, tell)?;
    }
    let reading = walk.end(&session);
    tell(people(&reading));
    Ok(reading)
}

fn described(root: &Root) -> String {
    let host = root.host.as_deref().unwrap_or("The server");
    let pages =
        if root.paged { "" } else { " It does not hand over results in pages, so its size limit may cut them." };
    format!("{host} answers, and people are searched below {}.{pages}", root.base)
}

fn everybody(session: &mut Session<'_>, root: &Root, filters: &Filters, walk: &mut Walk) -> Result<(), Ended> {
    let schema = session.settings.schema;
    let query =
        Query { base: &root.base, scope: Scope::Subtree, filter: &filters.person, attributes: attributes(schema) };
    let read = session.search(&query, &mut |entry| {
        walk.person(&entry, schema);
    });
    match read {
        Ok(()) => Ok(()),
        Err(Stop::Cancelled) => Err(Ended::Cancelled),
        Err(Stop::Missing) => {
            let found = format!("The base “{}” does not exist, or the account may not see it.", root.base);
            Err(Failure::new("people", found, "Correct the base.").into())
        }
        Err(Stop::Unread { page, why }) if page == 1 && walk.reading.people.is_empty() => {
            let found = format!("People below “{}” cannot be read: {why}.", root.base);
            Err(Failure::new("people", found, "Check what the account may read.").into())
        }
        Err(Stop::Unread { page, why }) => {
            walk.unread(format!("people below {}, page {page}", root.base), why);
            Ok(())
        }
    }
}

/// The groups that were asked for, and the people in them.
fn groups(
    session: &mut Session<'_>,
    root: &Root,
    filters: &Filters,
    walk: &mut Walk,
    tell: &mut dyn FnMut(Step),
) -> Result<(), Ended> {
    let settings = session.settings;
    let mut found = Vec::new();
    for wanted in &settings.groups {
        let (name, inner) = match wanted.strip_prefix('+') {
            Some(name) => (name, true),
            None => (wanted.as_str(), false),
        };
        let why = match lookup::find(session, root, filters, name.trim())? {
            Ok(group) if inner => {
                let subgroups = Walk::new(0).inside(session, root, filters, &group)?;
                match subgroups {
                    Ok(groups) if groups.is_empty() => "there is no group in it".to_owned(),
                    Ok(groups) => {
                        let names: Vec<String> = groups.iter().map(name_of).collect();
                        tell(Step::passed("group", format!("“{wanted}” holds {}.", names.join(", "))));
                        found.extend(groups);
                        continue;
                    }
                    Err(why) => why,
                }
            }
            Ok(group) => {
                tell(Step::passed("group", format!("“{wanted}” is {}.", group.dn)));
                found.push(group);
                continue;
            }
            Err(why) => why,
        };
        let advice = "Correct the name of the group, or give its DN.";
        tell(Step::failed("group", format!("Group “{wanted}”: {why}."), advice));
        walk.unread(format!("group “{wanted}”"), why);
    }
    if found.is_empty() {
        let parts: Vec<String> =
            walk.reading.unread.iter().map(|unread| format!("{}: {}", unread.part, unread.why)).collect();
        let found = format!("None of the groups can be read. {}.", parts.join(". "));
        return Err(Failure::new("group", found, "Correct the names of the groups, or give their DNs.").into());
    }
    for group in found {
        walk.group(session, root, filters, group)?;
    }
    Ok(())
}

/// The step that counts people.
fn people(reading: &Reading) -> Step {
    let inactive = reading.people.iter().filter(|person| !person.active).count();
    let found = format!(
        "{} people, {inactive} of them inactive; {} more cannot be sent.",
        reading.people.len(),
        reading.unusable.len()
    );
    match reading.unread.first() {
        None => Step::passed("people", found),
        Some(unread) => {
            let found = format!("{found} Not read: {}: {}.", unread.part, unread.why);
            Step::failed("people", found, "Nothing is removed while a part is not read. Check the directory’s limits.")
        }
    }
}
