//! OpenLDAP as a source of push: groups that list their members, pages forced by the server's limits, TLS both ways.

use crate::directories::Authority;
use crate::ldap_server::greet;
use crate::programs::skipped;
use crate::push_directory::{read, refused, steps};
use crate::slapd::{BASE, READER, SECRET, STAFF, Slapd, slapd};
use scimbox::push::source::directory::{Directory, DirectorySchema};
use scimbox::push::source::{Person, Reading};

fn server() -> Option<&'static Slapd> {
    slapd().map_err(|why| skipped(&format!("reading OpenLDAP, because {why}"))).ok()
}

fn directory(url: &str, ca: &str, groups: &[&str]) -> Directory {
    Directory {
        urls: vec![url.to_owned()],
        user: READER.to_owned(),
        password: SECRET.to_owned().into(),
        ca: Some(ca.to_owned()),
        plain: false,
        schema: DirectorySchema::OpenLdap,
        base: None,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        filter: None,
    }
}

fn emails(reading: &Reading) -> Vec<&str> {
    let mut emails: Vec<&str> = reading.people.iter().map(|person| person.email.as_str()).collect();
    emails.sort_unstable();
    emails
}

#[test]
fn everybody_comes_in_pages_no_larger_than_the_server_allows() {
    let Some(slapd) = server() else { return };
    let reading = read(directory(&slapd.ldaps, &slapd.ca, &[]));
    assert_eq!((reading.unread.as_slice(), reading.has_groups), ([].as_slice(), false));
    assert_eq!(reading.people.len(), STAFF + 2);
    let Person { id, given_name, active, .. } = &reading.people[0];
    assert!(id.len() == 36 && given_name.as_deref() == Some("Sam") && *active, "{:?}", reading.people[0]);
    // The reader has no address either.
    let mut unusable: Vec<&str> = reading.unusable.iter().map(|person| person.name.as_str()).collect();
    unusable.sort_unstable();
    assert_eq!(unusable, ["mute", "reader"]);
}

#[test]
fn groups_list_people_and_groups_by_name_and_by_uid() {
    let Some(slapd) = server() else { return };
    let reading = read(directory(&slapd.ldap, &slapd.ca, &["all", "unix", "*)(uid=*"]));
    assert_eq!(reading.unread, []);
    assert_eq!(reading.people.len(), STAFF + 2, "all of staff, Jane, and one from elsewhere by uid");
    let name = |id: &str| reading.groups.iter().find(|group| group.id == id).unwrap().name.clone();
    let ways = |email: &str| -> Vec<String> {
        let person = reading.people.iter().find(|person| person.email == email).unwrap();
        person.groups.iter().map(|of| format!("{}<{}", name(&of.group), of.via.join(">"))).collect()
    };
    assert!(["all<staff", "all<ops"].contains(&ways("s001@acme.test")[0].as_str()));
    assert_eq!(ways("s002@acme.test"), ["all<staff", "unix<"]);
    assert_eq!(ways("s003@acme.test"), ["all<staff", "*)(uid=*<"]);
    assert_eq!(ways("jane@acme.test"), ["all<"]);
    assert_eq!(reading.unusable[0].name, "mute", "spelled otherwise in the group than where it stands");
    for note in ["Group “ops” lists members that do not exist: 1.", "Group “unix” lists members that do not exist: 1."]
    {
        assert!(reading.notes.iter().any(|is| *is == note), "{:?}", reading.notes);
    }
    assert!(reading.notes.iter().any(|note| note.starts_with("Groups contain each other")), "{:?}", reading.notes);

    let mut part = directory(&slapd.ldap, &slapd.ca, &["cn=unix,ou=groups,dc=acme,dc=test", "+all"]);
    part.base = Some(format!("ou=people,{BASE}"));
    part.filter = Some("(|(uid=s002)(uid=far)(uid=s001))".to_owned());
    let reading = read(part);
    assert_eq!(
        (emails(&reading), reading.unread.as_slice()),
        (vec!["s001@acme.test", "s002@acme.test"], [].as_slice())
    );
    assert_eq!(reading.groups.len(), 3, "unix, staff and ops");
}

#[test]
fn what_is_wrong_with_the_way_in_is_told_in_words() {
    let Some(slapd) = server() else { return };
    let asked = |url: &str, change: &dyn Fn(&mut Directory)| {
        let mut directory = directory(url, &slapd.ca, &["staff"]);
        change(&mut directory);
        refused(directory)
    };
    let why = asked(&slapd.ldap, &|directory| directory.ca = Some(Authority::new().pem()));
    assert!(why.contains("authority") && why.contains("--ca-file"), "{why}");
    let why = asked(&slapd.ldap, &|directory| directory.user = "ACME\\reader".to_owned());
    assert!(why.contains("takes only a DN"), "{why}");
    let why = asked(&slapd.ldaps, &|directory| directory.password = "wrong".to_owned().into());
    assert!(why.contains("the name or the password is wrong"), "{why}");
    let why = asked(&slapd.ldap, &|directory| directory.schema = DirectorySchema::ActiveDirectory);
    assert!(why.contains("not Active Directory"), "{why}");
    let mut plain = directory(&slapd.ldap, "", &["*)(uid=*"]);
    plain.plain = true;
    assert_eq!(emails(&read(plain)), ["s003@acme.test"], "this server takes a password without TLS");
}

#[test]
fn a_certificate_of_another_name_or_of_the_past_is_refused_in_words() {
    let authority = Authority::new();
    let check = |certificate| steps(directory(&greet(certificate), &authority.pem(), &[])).remove(0);
    let other = check(authority.sign(&["dc1.ad.test"]));
    assert!(
        other.step == "tls" && other.found.contains("is for another name: ") && other.found.contains("dc1.ad.test"),
        "{other:?}"
    );
    let expired = check(authority.sign_expired(&["127.0.0.1"]));
    assert!(expired.found.contains("has expired") && expired.advice.unwrap().contains("Renew"));
    let empty = steps(directory("ldaps://127.0.0.1:1", "no certificate", &[])).remove(0);
    assert!(!empty.ok && empty.step == "connect", "{empty:?}");
    let text = steps(directory(&greet(authority.sign(&["127.0.0.1"])), "no certificate", &[])).remove(0);
    assert!(text.found.contains("holds no certificate"), "{text:?}");
}
