//! Active Directory as a source of push, read from Samba's domain controller: people, nested groups, certificates, passwords.

use crate::directories::Authority;
use crate::programs::skipped;
use crate::samba::{BASE, PEOPLE, READER, Samba, name, samba};
use scimbox::push::check::Step;
use scimbox::push::source::directory::{Directory, DirectorySchema};
use scimbox::push::source::{Person, Reading, Source, SourceError};
use scimbox::push::watch::{Phase, Watch};
use std::collections::BTreeSet;

/// Nobody who watches.
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: Phase, _: u64, _: Option<u64>) {}

    fn line(&self, _: &str) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The controller, or a loud word that it is missing.
fn controller() -> Option<&'static Samba> {
    samba().map_err(|why| skipped(&format!("reading Active Directory from Samba, because {why}"))).ok()
}

impl Samba {
    fn directory(&self, scheme: &str, groups: &[&str]) -> Directory {
        Directory {
            urls: vec![format!("{scheme}://{}", self.host)],
            user: "ADT\\reader".to_owned(),
            password: READER.to_owned().into(),
            ca: Some(self.ca.clone()),
            plain: false,
            schema: DirectorySchema::ActiveDirectory,
            base: None,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            filter: None,
        }
    }
}

#[track_caller]
pub fn read(directory: Directory) -> Reading {
    Source::Directory(directory).read(&Unwatched).unwrap()
}

#[track_caller]
pub fn refused(directory: Directory) -> String {
    match Source::Directory(directory).read(&Unwatched) {
        Err(SourceError::Unreadable(why)) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

pub fn steps(directory: Directory) -> Vec<Step> {
    let mut steps = Vec::new();
    Source::Directory(directory).check(&mut |step| steps.push(step));
    steps
}

#[track_caller]
fn who<'a>(reading: &'a Reading, email: &str) -> &'a Person {
    let found = reading.people.iter().find(|person| person.email == email);
    found.unwrap_or_else(|| panic!("{email} is not among {} people", reading.people.len()))
}

/// The ways by which a person is in groups: `Company via Division`.
fn ways(reading: &Reading, email: &str) -> Vec<String> {
    let name = |id: &str| reading.groups.iter().find(|group| group.id == id).unwrap().name.clone();
    let way = |via: &[String]| if via.is_empty() { String::new() } else { format!(" via {}", via.join(" > ")) };
    who(reading, email).groups.iter().map(|of| format!("{}{}", name(&of.group), way(&of.via))).collect()
}

#[test]
fn two_thousand_people_of_forty_groups_come_in_pages() {
    let Some(samba) = controller() else { return };
    let groups: Vec<String> = (0..40).map(|g| format!("large{g:02}")).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let reading = read(samba.directory("ldaps", &groups));
    assert_eq!(reading.unread, []);
    assert_eq!((reading.people.len(), reading.groups.len()), (PEOPLE, 40));
    let person = who(&reading, "p1999@acme.test");
    assert_eq!(ways(&reading, "p1999@acme.test"), ["large39"]);
    assert!(person.active && person.given_name.as_deref() == Some("Person"));
    assert!(person.id.starts_with('{') && person.id.ends_with('}') && person.id.len() == 38, "{}", person.id);
    assert_eq!(reading.people.iter().map(|person| &person.id).collect::<BTreeSet<_>>().len(), PEOPLE);

    let everybody = read(samba.directory("ldap", &[]));
    assert_eq!((everybody.unread.as_slice(), everybody.has_groups), ([].as_slice(), false));
    assert!(
        (0..PEOPLE).all(|n| everybody.people.iter().any(|person| person.email == format!("{}@acme.test", name(n))))
    );
    let domain = read(samba.directory("ldaps", &["Domain Users"]));
    assert!(
        domain.people.len() >= PEOPLE && domain.unread.is_empty(),
        "the primary group of all: {}",
        domain.people.len()
    );
}

#[test]
fn nested_groups_lead_to_the_group_that_was_asked_for_also_in_a_circle() {
    let Some(samba) = controller() else { return };
    let reading = read(samba.directory("ldaps", &["Company", "Team, “A”"]));
    assert_eq!(reading.unread, []);
    assert_eq!(ways(&reading, "p0003@acme.test"), ["Company", "Team, “A” via Company"]);
    assert_eq!(ways(&reading, "p0002@acme.test"), ["Company via Division", "Team, “A” via Company > Division"]);
    assert_eq!(ways(&reading, "later@acme.test"), ["Company via Division > Team, “A”", "Team, “A”"]);
    let circle = "Groups contain each other: “Company” → “Division” → “Team, “A””.";
    assert!(reading.notes.iter().any(|note| *note == circle), "{:?}", reading.notes);
    assert!(reading.notes.iter().any(|note| note.contains("2 deep")), "{:?}", reading.notes);

    let below = read(samba.directory("ldaps", &["+Company"]));
    assert_eq!(below.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Division"]);
}

#[test]
fn odd_people_are_read_as_they_are() {
    let Some(samba) = controller() else { return };
    let reading = read(
        samba.directory(
            "ldaps",
            &["Odd", "Twins", "*)(uid=*", "Domain Guests"]
                .map(|name| if name == "Twins" { "CN=Twins,OU=Staff,DC=ad,DC=test" } else { name }),
        ),
    );
    assert_eq!(reading.unread, []);
    let state = |name: &str| who(&reading, &format!("{name}@acme.test")).inactive_because;
    assert_eq!(state("disabled"), Some("disabled"));
    assert_eq!(state("expired"), Some("expired"));
    assert_eq!((state("later"), state("lockedout")), (None, None));
    assert!(reading.notes.iter().any(|note| note.starts_with("Locked out after")), "{:?}", reading.notes);
    let names = |email: &str| {
        let Person { display_name, given_name, family_name, .. } = who(&reading, email).clone();
        [display_name, given_name, family_name].map(Option::unwrap_or_default)
    };
    assert_eq!(names("jane@acme.test"), ["Jane Doe", "Jane", "Doe"]);
    assert_eq!(names("joerg@acme.test"), ["Jörg Müller", "Jörg", "Müller"]);
    assert_eq!(names("hanako@acme.test"), ["山田 花子", "花子", "山田"]);
    who(&reading, "byname@ad.test");
    assert_eq!(ways(&reading, "primary@acme.test"), ["Domain Guests"]);
    assert_eq!(ways(&reading, "twin@acme.test"), ["Twins", "*)(uid=*"]);
    assert_eq!(ways(&reading, "Twin@acme.test"), ["Twins"]);
    let unusable: Vec<&str> = reading.unusable.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(unusable, ["nowhere"], "no contact, no computer, no system account");
    assert!(
        !reading.people.iter().any(|person| ["pc1@acme.test", "contact@acme.test"].contains(&person.email.as_str()))
    );
}

#[test]
fn a_group_that_is_not_found_or_not_the_only_one_is_unread() {
    let Some(samba) = controller() else { return };
    let reading = read(samba.directory("ldaps", &["Division", "Twins", "Divisoin", "+large01"]));
    let unread: Vec<String> = reading.unread.iter().map(|unread| format!("{}: {}", unread.part, unread.why)).collect();
    assert_eq!(unread.len(), 3, "{unread:?}");
    assert!(unread[0].contains("group “Twins”: several") && unread[0].contains("OU=Other,"), "{unread:?}");
    assert!(unread[1].starts_with("group “Divisoin”: not found"), "{unread:?}");
    assert!(unread[2].starts_with("group “+large01”: there is no group in it"), "{unread:?}");
    assert!(refused(samba.directory("ldaps", &["Divisoin"])).contains("group “Divisoin”: not found"));

    let mut filtered = samba.directory("ldaps", &["Odd"]);
    filtered.filter = Some("sn=Doe".to_owned());
    filtered.base = Some(format!("OU=Staff,{BASE}"));
    assert_eq!(read(filtered).people.len(), 1);
    let mut wrong = samba.directory("ldaps", &["Odd"]);
    wrong.filter = Some("(sn=Doe".to_owned());
    assert!(refused(wrong).contains("is no filter"));
}

#[test]
fn each_way_in_that_is_closed_says_which_and_what_to_do() {
    let Some(samba) = controller() else { return };
    let asked = |scheme: &str, change: &dyn Fn(&mut Directory)| {
        let mut directory = samba.directory(scheme, &["Twins"]);
        change(&mut directory);
        refused(directory)
    };
    let stranger = Authority::new().pem();
    for scheme in ["ldaps", "ldap"] {
        let why = asked(scheme, &|directory| directory.ca = Some(stranger.clone()));
        assert!(why.contains("not trusted") || why.contains("not signed by"), "{why}");
        assert!(why.contains("--ca-file"), "{why}");
        let why = asked(scheme, &|directory| directory.ca = None);
        assert!(why.contains("not trusted"), "the system knows nothing of this authority: {why}");
    }
    let why = asked("ldaps", &|directory| directory.password = "wrong".to_owned().into());
    assert!(why.contains("password is wrong (52e)") && !why.contains("“wrong”"), "{why}");
    let why = asked("ldaps", &|directory| directory.user = "off@ad.test".to_owned());
    assert!(why.contains("does not let “off@ad.test” in: the account is disabled (533)"), "{why}");
    let why = asked("ldaps", &|directory| directory.user = "ADT\\nobody".to_owned());
    assert!(why.contains("does not let “ADT\\nobody” in"), "{why}");
    let why = asked("ldaps", &|directory| directory.password = String::new().into());
    assert!(why.contains("password is empty"), "{why}");
    let why = asked("ldap", &|directory| directory.plain = true);
    assert!(why.contains("demands TLS"), "{why}");
    // A controller that is away is no reason to stop, and a wrong password is no reason to ask the next.
    let away = |directory: &mut Directory| directory.urls.insert(0, "ldaps://127.0.0.1:1".to_owned());
    let mut directory = samba.directory("ldaps", &["CN=Twins,OU=Staff,DC=ad,DC=test"]);
    away(&mut directory);
    assert_eq!(read(directory).people.len(), 2);
    let why = asked("ldaps", &|directory| {
        directory.password = "wrong".to_owned().into();
        directory.urls.push("ldaps://127.0.0.1:1".to_owned());
    });
    assert!(!why.contains("127.0.0.1:1"), "{why}");
}

#[test]
fn a_check_tells_step_by_step_up_to_the_first_that_fails() {
    let Some(samba) = controller() else { return };
    let told = |directory: Directory| -> Vec<(&str, bool)> {
        steps(directory).iter().map(|step| (step.step, step.ok)).collect()
    };
    let ok = ["connect", "tls", "bind", "root", "group", "group", "people"].map(|step| (step, true));
    assert_eq!(told(samba.directory("ldap", &["Company", "Odd"])), ok);
    let mut wrong = samba.directory("ldaps", &["Odd"]);
    wrong.password = "wrong".to_owned().into();
    assert_eq!(told(wrong), [("connect", true), ("tls", true), ("bind", false)]);
    let missing = steps(samba.directory("ldaps", &["Odd", "Divisoin", "Twins"]));
    let last = missing.last().unwrap();
    assert!(!last.ok && last.found.contains("Divisoin") && last.advice.is_some(), "{missing:?}");
    assert_eq!(missing.len(), 6, "{missing:?}");
    for user in ["reader@ad.test", "CN=reader,CN=Users,DC=ad,DC=test"] {
        let mut directory = samba.directory("ldaps", &["Odd"]);
        directory.user = user.to_owned();
        assert!(told(directory).contains(&("people", true)), "{user}");
    }
}

#[test]
fn a_directory_tells_whether_anybody_has_changed_since_a_mark() {
    let Some(samba) = controller() else { return };
    let source = Source::Directory(samba.directory("ldaps", &[]));
    let mark = source.mark().unwrap();
    assert!(source.is_unchanged(&mark));
    let change = format!(
        "dn: CN=Domain Guests,CN=Users,{BASE}\nchangetype: modify\nreplace: description\ndescription: {}\n",
        mark.len()
    );
    let folder = tempfile::tempdir().unwrap();
    let (ldif, ca) = (folder.path().join("change.ldif"), folder.path().join("ca.pem"));
    std::fs::write(&ldif, change).unwrap();
    let url = format!("ldaps://{}", samba.host);
    std::fs::write(&ca, &samba.ca).unwrap();
    let mut command = std::process::Command::new("ldapmodify");
    command.env("LDAPTLS_CACERT", &ca).args([
        "-x",
        "-H",
        &url,
        "-D",
        "ADT\\Administrator",
        "-w",
        "Passw0rd!test",
        "-f",
    ]);
    let ran = command.arg(&ldif).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(!source.is_unchanged(&mark));
    // Whatever is not the mark of this very controller tells nothing.
    assert!(
        !source.is_unchanged("other 1") && !source.is_unchanged("") && source.is_unchanged(&source.mark().unwrap())
    );
}
