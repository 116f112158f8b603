//! All users of a Google Workspace.

use super::calls::Calls;
use super::refusal::{Fault, Refusal};
use super::rows::{MemberRow, UserRow, Users};
use crate::push::sentence::say;
use crate::push::source::{Person, Unread, Unusable};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

const FIELDS: &str = "nextPageToken,users(id,primaryEmail,name(givenName,familyName,fullName),suspended,archived,aliases,nonEditableAliases)";

/// Users by all that they are called.
#[derive(Default)]
pub(super) struct People {
    /// Each once, in Google's order.
    pub persons: Vec<Person>,
    /// Users who cannot be sent.
    pub unusable: Vec<Unusable>,
    /// Why there may be more.
    pub unread: Option<Unread>,
    by_id: HashMap<String, usize>,
    /// By primary address, in small letters; aliases only find the user who has them.
    by_address: HashMap<String, usize>,
    by_alias: HashMap<String, usize>,
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A user as a person; an alias never makes one.
fn person(row: UserRow) -> Person {
    let (given_name, family_name) = (filled(row.name.given_name), filled(row.name.family_name));
    let both = [given_name.as_deref(), family_name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let inactive_because = match (row.suspended, row.archived) {
        (true, _) => Some("suspended"),
        (false, true) => Some("archived"),
        (false, false) => None,
    };
    Person {
        id: row.id,
        email: row.primary_email.trim().to_owned(),
        display_name: filled(row.name.full_name).or(filled(Some(both))),
        given_name,
        family_name,
        active: inactive_because.is_none(),
        inactive_because,
        groups: Vec::new(),
    }
}

impl People {
    /// Reads them. A first page that fails leaves nothing that could be compared.
    pub(super) fn read(calls: &mut Calls<'_>) -> Result<People, Fault> {
        let mut people = People::default();
        let query = [("customer", "my_customer"), ("maxResults", "500"), ("fields", FIELDS)];
        let done = calls.list::<Users>("users", &query, &mut |row| people.add(row));
        match done {
            Ok(()) => {}
            Err(broken) if broken.page == 1 => {
                return Err(match broken.fault {
                    Fault::Refused(refusal) => Refusal {
                        found: say!(
                            "the_users_could_not_be_read",
                            "The users could not be read. {found}",
                            found = refusal.found
                        ),
                        ..refusal
                    }
                    .into(),
                    Fault::Cancelled => Fault::Cancelled,
                });
            }
            Err(broken) => people.unread = Some(broken.unread(&say!("users", "users"))?),
        }
        Ok(people)
    }

    fn add(&mut self, mut row: UserRow) {
        let aliases = [std::mem::take(&mut row.aliases), std::mem::take(&mut row.non_editable_aliases)].concat();
        let person = person(row);
        if person.id.is_empty() || person.email.is_empty() {
            let name = person.display_name.unwrap_or_else(|| format!("{}{}", person.email, person.id));
            let lacks = if person.id.is_empty() {
                say!("it_has_no_id", "it has no id")
            } else {
                say!("it_has_no_primary_address", "it has no primary address")
            };
            let (id, email) = (filled(Some(person.id)), filled(Some(person.email)));
            self.unusable.push(Unusable { id, email, name, why: lacks });
            return;
        }
        let at = self.persons.len();
        // A list that changes while it is read may show somebody on two pages.
        if let Entry::Vacant(free) = self.by_id.entry(person.id.clone()) {
            free.insert(at);
            self.by_address.insert(person.email.to_lowercase(), at);
            self.by_alias.extend(aliases.into_iter().map(|alias| (alias.to_lowercase(), at)));
            self.persons.push(person);
        }
    }

    /// The user that is a member.
    pub(super) fn member(&self, member: &MemberRow) -> Option<usize> {
        self.by_id.get(&member.id).copied().or_else(|| self.called(&member.email))
    }

    /// The user with an address, be it an alias.
    pub(super) fn called(&self, address: &str) -> Option<usize> {
        let address = address.trim().to_lowercase();
        self.by_address.get(&address).or_else(|| self.by_alias.get(&address)).copied()
    }
}
