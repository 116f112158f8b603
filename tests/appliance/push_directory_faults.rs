//! What a directory does wrong in the middle of a reading: the part is named as unread, and the rest is read on.

use crate::ldap_server::{Answer, Asked, Entry, entry, serve};
use crate::push_directory::{read, refused};
use scimbox::push::source::directory::{Directory, DirectorySchema};
use scimbox::push::source::{Source, SourceError};
use scimbox::push::watch::{Phase, Watch};
use std::sync::atomic::{AtomicBool, Ordering};

fn directory(url: String, schema: DirectorySchema, groups: &[&str]) -> Directory {
    Directory {
        urls: vec![url],
        user: "reader".to_owned(),
        password: "secret".to_owned().into(),
        ca: None,
        plain: true,
        schema,
        base: None,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        filter: None,
    }
}

fn guid(mut entry: Entry, n: u8) -> Entry {
    entry.1.push(("objectGUID".to_owned(), vec![vec![n; 16]]));
    entry
}

fn account(name: &str, n: u8) -> Entry {
    let mail = format!("{name}@acme.test");
    let texts: [(&str, &[&str]); 3] =
        [("objectClass", &["user"]), ("mail", &[&mail]), ("userAccountControl", &["512"])];
    guid(entry(&format!("CN={name},DC=ad"), &texts), n)
}

/// A domain of groups named by one letter each; what their members are is for the script to say.
fn domain(members: impl Fn(&str, &Asked) -> Answer + Send + Sync + 'static) -> String {
    serve(move |asked| {
        if asked.base.is_empty() {
            return Answer::Entries(vec![entry("", &[("defaultNamingContext", &["DC=ad"])])], "");
        }
        if let Some((_, name)) = asked.filter.split_once("memberOf CN=") {
            return members(&name[..1], asked);
        }
        let name = asked.filter.split_once("cn ").map_or(&asked.base["CN=".len()..], |(_, name)| name);
        let name = &name[..1];
        if asked.base.starts_with("CN=M") {
            return Answer::Result(32, "", &[]);
        }
        let group = entry(&format!("CN={name},DC=ad"), &[("objectClass", &["group"]), ("cn", &[name])]);
        Answer::Entries(vec![guid(group, name.as_bytes()[0])], "")
    })
}

#[track_caller]
fn parts(directory: Directory) -> (Vec<String>, Vec<String>, Vec<String>) {
    let reading = read(directory);
    let people = reading.people.into_iter().map(|person| person.email).collect();
    (
        people,
        reading.unread.into_iter().map(|part| format!("{}: {}", part.part, part.why)).collect(),
        reading.notes.iter().map(ToString::to_string).collect(),
    )
}

const AD: DirectorySchema = DirectorySchema::ActiveDirectory;

#[test]
fn a_connection_that_dies_on_page_two_loses_that_part_and_the_next_group_is_read() {
    let url = domain(|name, asked| match (name, asked.cookie.as_str()) {
        ("A", "") => Answer::Entries(vec![account("ann", 1)], "more"),
        ("A", "more") => Answer::HangUp,
        ("B", "") => Answer::Entries(vec![account("bob", 2)], "more"),
        ("B", "more") => Answer::Entries(vec![account("ben", 3)], ""),
        _ => Answer::HangUp,
    });
    let (people, unread, _) = parts(directory(url, AD, &["A", "B", "C", "B"]));
    assert_eq!(people, ["ann@acme.test", "bob@acme.test", "ben@acme.test"]);
    assert_eq!(unread.len(), 2, "{unread:?}");
    assert!(unread[0].starts_with("members of group “A”, page 2: the connection was lost"), "{unread:?}");
    assert!(unread[1].starts_with("members of group “C”: the connection was lost"), "{unread:?}");
}

#[test]
fn limits_and_referrals_are_unread_parts_and_references_are_notes() {
    let url = domain(|name, _| match name {
        "S" => Answer::Result(4, "", &[]),
        "T" => Answer::Result(3, "too slow", &[]),
        "R" => Answer::Result(10, "", &["ldap://elsewhere/DC=child"]),
        "N" => Answer::References(
            vec![account("ann", 1)],
            &["ldap://child.ad/DC=child,DC=ad", "ldap://ad/DC=DomainDnsZones,DC=ad"],
        ),
        _ => Answer::Entries(vec![], ""),
    });
    let (people, unread, notes) = parts(directory(url, AD, &["S", "T", "R", "N"]));
    assert_eq!(people, ["ann@acme.test"]);
    let why = |text: &str| assert!(unread.iter().any(|part| part.contains(text)), "{unread:?}");
    why("“S”: the server’s size limit was reached");
    why("“T”: the server’s time limit was reached (too slow)");
    why("“R”: the server refers to ldap://elsewhere/DC=child, and referrals are not followed");
    assert_eq!(notes, ["What ldap://child.ad/DC=child,DC=ad holds is not read: referrals are not followed."]);
}

#[test]
fn a_group_that_moves_while_it_is_read_does_not_look_empty() {
    let url = domain(|_, _| Answer::Entries(vec![], ""));
    let (_, unread, _) = parts(directory(url, AD, &["M", "A"]));
    assert_eq!(unread, ["members of group “M”: it was renamed or removed while it was read"]);

    let renamed = AtomicBool::new(false);
    let url = serve(move |asked| {
        let group = |member: &str| {
            let class: [(&str, &[&str]); 4] =
                [("objectClass", &["groupOfNames"]), ("cn", &["g"]), ("entryUUID", &["g"]), ("member", &[member])];
            Answer::Entries(vec![entry("cn=g,dc=x", &class)], "")
        };
        match asked.base.as_str() {
            "" => Answer::Entries(vec![entry("", &[("namingContexts", &["dc=x"])])], ""),
            "cn=g,dc=x" if renamed.swap(true, Ordering::Relaxed) => group("uid=new,dc=x"),
            "cn=g,dc=x" => group("uid=old,dc=x"),
            "uid=old,dc=x" => Answer::Result(32, "", &[]),
            _ if asked.filter.contains("entryDN") => Answer::Entries(vec![], ""),
            _ => group(""),
        }
    });
    let (_, unread, _) = parts(directory(url, DirectorySchema::OpenLdap, &["g"]));
    assert_eq!(unread, ["members of group “g”: it changed while it was read"]);
}

#[test]
fn an_account_whose_state_cannot_be_read_is_neither_active_nor_gone() {
    let url = domain(|_, _| {
        let mut ann = account("ann", 1);
        ann.1.retain(|(name, _)| name != "userAccountControl");
        let mut bob = account("bob", 2);
        bob.1.retain(|(name, _)| name != "objectGUID");
        Answer::Entries(vec![ann, bob], "")
    });
    let reading = read(directory(url, AD, &["A"]));
    let why: Vec<&str> = reading.unusable.iter().map(|unusable| unusable.why.as_str()).collect();
    assert_eq!(why, ["its userAccountControl cannot be read, so it may be disabled", "its objectGUID cannot be read"]);
    assert_eq!(reading.people, []);
}

#[test]
fn nonsense_ends_the_reading_in_words() {
    assert!(refused(directory(serve(|_| Answer::Nonsense), AD, &["A"])).contains("does not say what it holds"));
    let url = domain(|_, _| Answer::Nonsense);
    let (_, unread, _) = parts(directory(url, AD, &["A"]));
    assert!(unread[0].starts_with("members of group “A”: the connection was lost"), "{unread:?}");
}

/// A directory whose one group hands over its members two by two; `skipping` leaves one range out.
fn ranged(skipping: bool) -> String {
    serve(move |asked| {
        let person = |n: usize| {
            let (dn, id, mail) = (format!("uid=u{n},dc=x"), format!("id-{n}"), format!("u{n}@acme.test"));
            entry(&dn, &[("objectClass", &["person"]), ("entryUUID", &[&id]), ("mail", &[&mail])])
        };
        let members = |name: &str, from: usize, to: usize| {
            let dns: Vec<String> = (from..to).map(|n| format!("uid=u{n},dc=x")).collect();
            let dns: Vec<&str> = dns.iter().map(String::as_str).collect();
            entry("cn=g,dc=x", &[("member", &[]), (name, &dns)])
        };
        let entries = match (asked.base.as_str(), asked.attributes[0].as_str()) {
            ("", _) => vec![entry("", &[("namingContexts", &["dc=x"])])],
            ("cn=g,dc=x", "member") => vec![members("member;range=0-1", 0, 2)],
            ("cn=g,dc=x", "member;range=2-*") if skipping => vec![members("member;range=3-*", 3, 5)],
            ("cn=g,dc=x", "member;range=2-*") => vec![members("member;range=2-3", 2, 4)],
            ("cn=g,dc=x", "member;range=4-*") => vec![members("member;range=4-*", 4, 5)],
            _ if asked.filter.contains("cn g") => {
                vec![entry("cn=g,dc=x", &[("objectClass", &["groupOfNames"]), ("cn", &["g"]), ("entryUUID", &["g"])])]
            }
            _ => (0..5).filter(|n| asked.filter.contains(&format!("uid=u{n},"))).map(person).collect(),
        };
        Answer::Entries(entries, "")
    })
}

#[test]
fn members_in_ranges_are_read_to_the_last_and_a_gap_is_unread() {
    let (people, unread, _) = parts(directory(ranged(false), DirectorySchema::OpenLdap, &["g"]));
    assert_eq!((people.len(), unread.as_slice()), (5, [].as_slice()));
    let (_, unread, _) = parts(directory(ranged(true), DirectorySchema::OpenLdap, &["g"]));
    assert_eq!(unread, ["members of group “g”, page 2: member does not go on at value 2"]);
}

/// Somebody who stops a run after the first page.
#[derive(Default)]
struct Impatient(AtomicBool);

impl Watch for Impatient {
    fn progress(&self, _: Phase, done: u64, _: Option<u64>) {
        self.0.store(done > 2, Ordering::Relaxed);
    }

    fn line(&self, _: &str) {}

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_run_that_is_stopped_asks_for_no_other_page() {
    let url = domain(|_, asked| {
        assert_eq!(asked.cookie, "");
        Answer::Entries(vec![account("ann", 1)], "more")
    });
    let read = Source::Directory(directory(url, AD, &["A"])).read(&Impatient::default());
    assert!(matches!(read, Err(SourceError::Cancelled)));
}
