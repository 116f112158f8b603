//! A session with a directory: searches page by page, on a new connection if the old one is lost.

use super::entry::Entry;
use super::words::words;
use super::{Directory, PATIENCE, connect};
use crate::push::sentence::{Sentence, say};
use crate::push::watch::{Phase, Watch};
use ldap3::asn1::{PL, parse_tag};
use ldap3::controls::{Control, PagedResults};
use ldap3::{LdapConn, Scope};
use std::collections::BTreeSet;

/// Entries per page: less than the 1 000 that Active Directory allows.
const PAGE: i32 = 500;

/// What no server refuses as too many.
const SMALL_PAGE: i32 = 20;

/// The OID of paged results (RFC 2696).
pub(super) const PAGED: &str = "1.2.840.113556.1.4.319";

/// Why a search did not come to its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// Somebody stopped the run.
    Cancelled,
    /// There is no entry where it was to begin.
    Missing,
    /// What was not read, and why.
    Unread {
        /// The page that did not come, from 1.
        page: usize,
        /// Why, in the server's words.
        why: Sentence,
    },
}

/// What to search for.
pub(super) struct Query<'a> {
    pub base: &'a str,
    pub scope: Scope,
    pub filter: &'a str,
    pub attributes: &'a [&'a str],
}

/// A session: one connection after the other, at most two.
pub(super) struct Session<'a> {
    pub settings: &'a Directory,
    watch: &'a dyn Watch,
    connection: Option<LdapConn>,
    /// Whether a lost connection may be replaced.
    spare: bool,
    /// Entries per page.
    size: i32,
    /// How many entries were read.
    entries: u64,
    /// Where the server says that more is, which is not followed.
    references: BTreeSet<String>,
}

impl<'a> Session<'a> {
    pub fn new(settings: &'a Directory, watch: &'a dyn Watch, connection: LdapConn) -> Session<'a> {
        let connection = Some(connection);
        Session { settings, watch, connection, spare: true, size: PAGE, entries: 0, references: BTreeSet::new() }
    }

    /// Reads page by page; entries before a failure are handed over as well.
    ///
    /// # Errors
    /// [`Stop`] when not all was read.
    pub fn search(&mut self, query: &Query<'_>, take: &mut dyn FnMut(Entry)) -> Result<(), Stop> {
        let mut cookie = Vec::new();
        let mut page = 1;
        loop {
            cookie = self.page(query, page, cookie, take)?;
            self.watch.progress(Phase::ReadSource, self.entries, None);
            if cookie.is_empty() {
                return Ok(());
            }
            page += 1;
        }
    }

    /// One page. Returns the cookie of the next, empty after the last.
    fn page(
        &mut self,
        query: &Query<'_>,
        page: usize,
        cookie: Vec<u8>,
        take: &mut dyn FnMut(Entry),
    ) -> Result<Vec<u8>, Stop> {
        if self.watch.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let unread = |why: Sentence| Stop::Unread { page, why };
        let size = self.size;
        let connection = self.connection().map_err(unread)?;
        connection.with_timeout(PATIENCE);
        if query.scope != Scope::Base {
            connection.with_controls(PagedResults { size, cookie });
        }
        let (entries, result) = match connection.search(query.base, query.scope, query.filter, query.attributes) {
            Ok(found) => (found.0, found.1),
            Err(error) => {
                self.connection = None;
                return Err(unread(say!(
                    "the_connection_was_lost_because",
                    "the connection was lost: {error}",
                    error = error.to_string()
                )));
            }
        };
        // OpenLDAP refuses pages above its limit with this code instead of sending smaller ones.
        if result.rc == 11 && page == 1 && entries.is_empty() && query.scope != Scope::Base && size > SMALL_PAGE {
            self.size = size / 5;
            return self.page(query, page, Vec::new(), take);
        }
        for entry in entries {
            let entry = Entry::read(entry).ok_or_else(|| {
                unread(say!("the_server_sent_an_entry_that", "the server sent an entry that cannot be read"))
            })?;
            self.entries += 1;
            take(entry);
        }
        match result.rc {
            0 => self.references.extend(result.refs.into_iter().filter(|url| !is_part_of_every_domain(url))),
            32 => return Err(Stop::Missing),
            10 => {
                let places = result.refs.join(", ");
                return Err(unread(say!(
                    "the_server_refers_to_and_referrals",
                    "the server refers to {places}, and referrals are not followed",
                    places = places
                )));
            }
            _ => return Err(unread(words(&result))),
        }
        next_cookie(&result.ctrls)
            .ok_or_else(|| unread(say!("the_server_sent_a_page_that", "the server sent a page that cannot be read")))
    }

    /// The connection, or a new one in place of one that was lost, once.
    fn connection(&mut self) -> Result<&mut LdapConn, Sentence> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None if self.spare => {
                self.spare = false;
                self.watch.line("The connection to the directory was lost; the rest is read on a new one.");
                connect::open(self.settings, &mut |_| {}).map_err(|failure| failure.found)?
            }
            None => return Err(say!("the_connection_was_lost", "the connection was lost")),
        };
        Ok(self.connection.insert(connection))
    }

    /// A line of the run's log.
    pub fn line(&self, text: &str) {
        self.watch.line(text);
    }

    /// What there is to note at the end.
    pub fn notes(&self) -> impl Iterator<Item = Sentence> {
        self.references.iter().map(|url| {
            say!(
                "what_holds_is_not_read_referrals",
                "What {url} holds is not read: referrals are not followed.",
                url = url
            )
        })
    }
}

/// Active Directory refers to these from every domain. They hold no people.
fn is_part_of_every_domain(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    ["/cn=configuration,", "/dc=domaindnszones,", "/dc=forestdnszones,"].iter().any(|part| url.contains(part))
}

/// The cookie of the answer's control, empty without one; `None` when it cannot be read.
fn next_cookie(controls: &[Control]) -> Option<Vec<u8>> {
    let Some(Control(_, control)) = controls.iter().find(|Control(_, control)| control.ctype == PAGED) else {
        return Some(Vec::new());
    };
    let (_, tag) = parse_tag(control.val.as_deref()?).ok()?;
    let PL::C(mut parts) = tag.payload else { return None };
    match parts.pop()?.payload {
        PL::P(cookie) => Some(cookie),
        PL::C(_) => None,
    }
}
