//! Reading a directory step by step, for a run as for a check.

use super::people::{Filters, attributes};
use super::root::{self, Root};
use super::session::{Query, Session, Stop};
use super::walk::{Walk, name_of};
use super::{Directory, Ended, Failure, connect, lookup};
use crate::push::check::Step;
use crate::push::sentence::{Sentence, say};
use crate::push::source::{Reading, Unread};
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
        walk.reading.notes.push(say!(
            "highest_committed_usn",
            "highestCommittedUSN of {host} is {usn}.",
            host = host,
            usn = usn
        ));
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

fn described(root: &Root) -> Sentence {
    let host = root.host.as_deref().unwrap_or("The server");
    let (base, paged) = (&root.base, root.paged);
    let answers = say!(
        "answers_and_searched_below",
        "{host} answers, and people are searched below {base}.",
        host = host,
        base = base
    );
    if paged {
        return answers;
    }
    let pages = say!(
        "it_does_not_hand_over_results",
        "It does not hand over results in pages, so its size limit may cut them."
    );
    Sentence::list(vec![answers, pages], " ")
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
            let found = say!(
                "the_base_does_not_exist_or",
                "The base “{base}” does not exist, or the account may not see it.",
                base = root.base
            );
            Err(Failure::new("people", found, say!("correct_the_base", "Correct the base.")).into())
        }
        Err(Stop::Unread { page, why }) if page == 1 && walk.reading.people.is_empty() => {
            let found = say!(
                "people_below_cannot_be_read",
                "People below “{base}” cannot be read: {why}.",
                base = root.base,
                why = why
            );
            Err(Failure::new(
                "people",
                found,
                say!("check_what_the_account_may_read", "Check what the account may read."),
            )
            .into())
        }
        Err(Stop::Unread { page, why }) => {
            walk.unread(
                say!("people_below_page", "people below {base}, page {page}", base = root.base, page = page),
                why,
            );
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
                    Ok(groups) if groups.is_empty() => say!("there_is_no_group_in_it", "there is no group in it"),
                    Ok(groups) => {
                        let names: Vec<String> = groups.iter().map(name_of).collect();
                        tell(Step::passed(
                            "group",
                            say!("group_holds", "“{name}” holds {names}.", name = wanted, names = names.join(", ")),
                        ));
                        found.extend(groups);
                        continue;
                    }
                    Err(why) => why,
                }
            }
            Ok(group) => {
                tell(Step::passed("group", say!("group_is_dn", "“{name}” is {dn}.", name = wanted, dn = group.dn)));
                found.push(group);
                continue;
            }
            Err(why) => why,
        };
        let advice = say!("correct_the_name_of_the_group", "Correct the name of the group, or give its DN.");
        tell(Step::failed("group", say!("group_why", "Group “{name}”: {why}.", name = wanted, why = why), advice));
        walk.unread(say!("group_named", "group “{name}”", name = wanted), why);
    }
    if found.is_empty() {
        let parts = walk.reading.unread.iter().map(Unread::sentence).collect();
        let found = say!(
            "none_of_the_groups_can_be",
            "None of the groups can be read. {parts}.",
            parts = Sentence::list(parts, ". ")
        );
        return Err(Failure::new(
            "group",
            found,
            say!("correct_the_names_of_the_groups", "Correct the names of the groups, or give their DNs."),
        )
        .into());
    }
    for group in found {
        walk.group(session, root, filters, group)?;
    }
    Ok(())
}

/// The step that counts people.
fn people(reading: &Reading) -> Step {
    let inactive = reading.people.iter().filter(|person| !person.active).count();
    let found = say!(
        "people_of_them_inactive_more_cannot",
        "{people} people, {inactive} of them inactive; {unusable} more cannot be sent.",
        people = reading.people.len(),
        inactive = inactive,
        unusable = reading.unusable.len()
    );
    match reading.unread.first() {
        None => Step::passed("people", found),
        Some(unread) => {
            let found = say!("not_read", "{found} Not read: {part}.", found = found, part = unread.sentence());
            Step::failed(
                "people",
                found,
                say!(
                    "nothing_is_removed_while_a_part",
                    "Nothing is removed while a part is not read. Check the directory’s limits."
                ),
            )
        }
    }
}
