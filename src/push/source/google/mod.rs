//! Google Workspace: the Directory API of the Admin SDK, read as an administrator by a service account.

mod access;
mod calls;
mod entries;
mod key_file;
mod mark;
mod members;
mod people;
mod refusal;
mod rows;
mod token;
mod wire;

use super::{Group, Reading, SourceError};
use crate::push::check::Step;
use crate::push::sentence::{Sentence, say};
use crate::push::watch::Watch;
use calls::Calls;
use entries::{Meant, meaning, not_found};
use key_file::KeyFile;
use members::Walk;
use people::People;
use refusal::{Fault, Refusal};
use std::collections::BTreeSet;
use token::Access;
use wire::Wire;
use zeroize::Zeroizing;

const API: &str = "https://admin.googleapis.com";

/// A Google Workspace, and whom to read from it.
pub struct Google {
    /// The administrator as whom the service account reads.
    pub login: String,
    /// The text of the service account's key file, JSON.
    pub credentials: Zeroizing<String>,
    /// Groups by name or address; the address of a person means that person. Empty for everybody.
    pub groups: Vec<String>,
    /// Where tokens come from instead of the key file's `token_uri`, for tests.
    pub token_url: Option<String>,
    /// Where the Directory API is instead of `https://admin.googleapis.com`, for tests.
    pub api_url: Option<String>,
}

/// What is ready for the first call.
struct Prepared<'a> {
    calls: Calls<'a>,
    /// Whom to read: each entry once, none of them blank.
    entries: Vec<String>,
}

/// Whether an address is on this machine and without TLS; any other address without TLS is refused.
fn is_plain(url: &str) -> Result<bool, Refusal> {
    let wrong = || {
        Refusal::ours(
            say!("is_not_an_address_that_starts", "“{url}” is not an address that starts with https://.", url = url),
            Sentence::default(),
        )
    };
    let uri: ureq::http::Uri = url.parse().map_err(|_| wrong())?;
    let host = uri.host().ok_or_else(wrong)?.trim_start_matches('[').trim_end_matches(']');
    let is_here = host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(false),
        Some("http") if is_here => Ok(true),
        _ => Err(wrong()),
    }
}

impl Google {
    fn prepare<'a>(&self, watch: &'a dyn Watch) -> Result<Prepared<'a>, Fault> {
        let key = KeyFile::read(&self.credentials).map_err(|found| Refusal::ours(found, key_file::advice()))?;
        let login = self.login.trim();
        if !entries::is_address(login) {
            let found = say!("the_login_is_not_an_address", "The login “{login}” is not an address.", login = login);
            return Err(Refusal::ours(
                found,
                say!(
                    "give_the_address_of_an_administrator",
                    "Give the address of an administrator of this Google Workspace."
                ),
            )
            .into());
        }
        let api = self.api_url.as_deref().unwrap_or(API);
        let access = Access::new(key, login, self.token_url.as_deref());
        let loopback = [is_plain(&access.url)?, is_plain(api)?].contains(&true);
        let mut seen = BTreeSet::new();
        let entries = self.groups.iter().map(|entry| entry.trim().to_owned());
        let entries = entries.filter(|entry| !entry.is_empty() && seen.insert(entry.clone())).collect();
        Ok(Prepared { calls: Calls::new(Wire::new(watch, loopback)?, access, api), entries })
    }

    pub(super) fn read(&self, watch: &dyn Watch) -> Result<Reading, SourceError> {
        let read = self.prepare(watch).and_then(|Prepared { mut calls, entries }| {
            let mut reading = match entries.as_slice() {
                [] => everybody(&mut calls),
                entries => chosen(&mut calls, entries),
            }?;
            reading.mark = calls.seen().filter(|_| reading.unread.is_empty()).and_then(|seen| mark::text(&seen));
            Ok(reading)
        });
        read.map_err(|fault| match fault {
            Fault::Cancelled => SourceError::Cancelled,
            Fault::Refused(refusal) => SourceError::Unreadable(refusal.sentence()),
        })
    }

    pub(super) fn check(&self, tell: &mut dyn FnMut(Step)) {
        access::check(self, tell);
    }
}

/// All users, without groups.
fn everybody(calls: &mut Calls<'_>) -> Result<Reading, Fault> {
    let people = People::read(calls)?;
    let unread = people.unread.into_iter().collect();
    Ok(Reading { people: people.persons, unread, unusable: people.unusable, ..Reading::default() })
}

/// The members of groups, and single persons.
fn chosen(calls: &mut Calls<'_>, entries: &[String]) -> Result<Reading, Fault> {
    let known = entries::all(calls, entries.len())?;
    let (mut groups, mut addresses, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        match meaning(calls, &known, entry)? {
            Meant::Group(group) => groups.push(group),
            Meant::Address(address) => addresses.push(address),
            Meant::Nothing(nothing) => unread.push(nothing),
        }
    }
    // A group by its name and by its address is one group.
    let mut seen = BTreeSet::new();
    groups.retain(|group| seen.insert(group.id.clone()));
    if groups.is_empty() && addresses.is_empty() {
        return Err(nothing_found(&unread));
    }

    let mut people = People::read(calls)?;
    unread.extend(people.unread.clone());
    let mut chosen = BTreeSet::new();
    for address in addresses {
        match people.called(&address) {
            Some(person) => drop(chosen.insert(person)),
            None => unread.push(not_found(
                &address,
                say!("not_found_neither_a_group_nor", "not found: neither a group nor a user has this address"),
            )),
        }
    }
    if groups.is_empty() && chosen.is_empty() {
        return Err(nothing_found(&unread));
    }

    let mut walk = Walk::new(calls, &people, groups.iter().chain(&known));
    for group in &groups {
        walk.group(group)?;
    }
    let mut reading = Reading { has_groups: !groups.is_empty(), ..Reading::default() };
    reading.unread = unread.into_iter().chain(walk.unread).collect();
    reading.notes = walk.notes.into_iter().collect();
    let (mut belongings, unusable) = (walk.belongings, walk.unusable);
    reading.unusable.append(&mut people.unusable);
    let mut seen = BTreeSet::new();
    reading.unusable.extend(unusable.into_iter().filter(|one| seen.insert(one.name.clone())));
    for (at, mut person) in people.persons.into_iter().enumerate() {
        let groups = belongings.remove(&at);
        if groups.is_some() || chosen.contains(&at) {
            person.groups = groups.unwrap_or_default();
            reading.people.push(person);
        }
    }
    reading.groups = groups.into_iter().map(|group| Group { id: group.id, name: group.name }).collect();
    Ok(reading)
}

/// None of what was asked for is there.
fn nothing_found(unread: &[super::Unread]) -> Fault {
    let all = Sentence::list(unread.iter().map(super::Unread::sentence).collect(), "; ");
    Refusal::ours(
        say!("nothing_of_what_is_to_be", "Nothing of what is to be read was found. {all}", all = all),
        Sentence::default(),
    )
    .into()
}
