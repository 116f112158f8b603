//! People and groups are read from Google Workspace whole, or it is said what is missing.

use crate::fake_google::{FakeGoogle, Fault, Workspace};
use crate::google_source::{Log, read, refusal, source};
use scimbox::push::source::{Person, Reading, SourceError};
use serde_json::json;
use std::sync::atomic::Ordering::SeqCst;

#[track_caller]
fn person<'a>(reading: &'a Reading, id: &str) -> &'a Person {
    reading.people.iter().find(|person| person.id == id).unwrap_or_else(|| panic!("no {id} in {:?}", reading.people))
}

fn ids(reading: &Reading) -> Vec<&str> {
    reading.people.iter().map(|person| person.id.as_str()).collect()
}

/// The groups of a person, each with the way to it.
#[track_caller]
fn ways(reading: &Reading, id: &str) -> Vec<String> {
    let groups = &person(reading, id).groups;
    groups.iter().map(|one| [&[one.group.clone()][..], &one.via].concat().join(" < ")).collect()
}

#[test]
fn without_groups_everybody_is_read() {
    let mut workspace = (0..1197).fold(Workspace::default(), |all, n| all.user(&format!("n{n}"), json!({})));
    workspace = workspace
        .user("mia", json!({ "suspended": true, "aliases": ["m@acme.test"], "nonEditableAliases": ["m@acme.example"] }))
        .user("kai", json!({ "archived": true, "name": { "givenName": "海", "familyName": "田中" } }))
        .user("bot", json!({ "name": {} }))
        .group("Finance", &["u-mia"]);
    let google = FakeGoogle::open(workspace);
    let log = Log::default();
    let reading = source(&google, &[], |_| {}).read(&log).unwrap();
    assert_eq!(reading.people.len(), 1200, "an alias is nobody");
    assert!(!reading.has_groups && reading.groups.is_empty());
    assert!(reading.unread.is_empty() && reading.unusable.is_empty() && reading.notes.is_empty(), "{reading:?}");
    let mia = person(&reading, "u-mia");
    assert_eq!((mia.email.as_str(), mia.display_name.as_deref()), ("mia@Acme.test", Some("mia Berg")));
    assert_eq!((mia.active, mia.inactive_because), (false, Some("suspended")));
    let kai = person(&reading, "u-kai");
    assert_eq!((kai.display_name.as_deref(), kai.inactive_because), (Some("海 田中"), Some("archived")));
    let bot = person(&reading, "u-bot");
    assert_eq!((&bot.display_name, &bot.given_name, &bot.family_name, bot.active), (&None, &None, &None, true));
    assert_eq!(google.requests("").len(), 4, "a token and three pages: {:?}", google.requests(""));
    assert_eq!(google.connections(), 1);
    assert_eq!(log.rows.load(SeqCst), 1200);
}

#[test]
fn nested_groups_belong_to_the_group_that_was_asked_for() {
    let workspace =
        ["ada", "bob", "cyd", "dan", "eve"].iter().fold(Workspace::default(), |all, n| all.user(n, json!({})));
    let google = FakeGoogle::open(
        workspace
            .group("Finance", &["u-ada", "g-Payroll", "g-Tax", "guest@elsewhere.test"])
            .group("Payroll", &["u-bob", "g-Tax", "g-Japan 経理"])
            .group("Tax", &["u-bob", "u-ada"])
            .group("Japan 経理", &["u-cyd", "g-Finance"])
            .group("Valentine's Day", &["g-Tax", "g-elsewhere"])
            .group("Others", &["u-eve"]),
    );
    let reading = read(&google, &["Finance", "valentinesday@acme.test", "finance@acme.test", "Valentine's Day"]);
    let names: Vec<_> = reading.groups.iter().map(|group| (group.id.as_str(), group.name.as_str())).collect();
    assert_eq!(names, [("g-Finance", "Finance"), ("g-Valentine's Day", "Valentine's Day")]);
    assert!(reading.has_groups && reading.unread.is_empty() && reading.unusable.is_empty(), "{reading:?}");
    assert_eq!(ids(&reading), ["u-ada", "u-bob", "u-cyd"]);
    assert_eq!(ways(&reading, "u-ada"), ["g-Finance", "g-Valentine's Day < Tax"]);
    assert_eq!(ways(&reading, "u-bob"), ["g-Finance < Payroll", "g-Valentine's Day < Tax"]);
    assert_eq!(ways(&reading, "u-cyd"), ["g-Finance < Payroll < Japan 経理"]);
    assert_eq!(
        reading.notes,
        [
            "group “Finance”: left out, because not of this Google Workspace: guest@elsewhere.test (1)",
            "group “Finance”: nested groups, 2 levels deep",
            "group “Valentine's Day”: left out, because not of this Google Workspace: elsewhere@acme.test (1)",
            "group “Valentine's Day”: nested groups, 1 level deep",
            "groups in a circle: “Finance” → “Payroll” → “Japan 経理” → “Finance”",
        ]
    );
    let lists = google.requests("/members");
    assert_eq!(lists.len(), 5, "each group once: {lists:?}");
    assert_eq!(google.requests("query=email=tax@").len(), 1);
    assert_eq!(google.requests("query=email=finance@").len(), 1, "a group that was asked for is known");
}

#[test]
fn a_group_may_hold_everybody_and_an_entry_may_be_a_person() {
    let workspace = ["ada", "bob", "cyd"].iter().fold(Workspace::default(), |all, name| all.user(name, json!({})));
    let workspace = workspace.user("mia", json!({ "aliases": ["m.berg@acme.test"] }));
    let google = FakeGoogle::open(workspace.group("All", &["everybody"]).group("Few", &["u-bob"]));
    let reading = read(&google, &["All"]);
    assert_eq!(ids(&reading), ["u-ada", "u-bob", "u-cyd", "u-mia"]);
    assert_eq!(ways(&reading, "u-mia"), ["g-All"]);

    let reading = read(&google, &["Few", "M.Berg@acme.test", " "]);
    assert_eq!(ids(&reading), ["u-bob", "u-mia"]);
    assert_eq!(person(&reading, "u-mia").email, "mia@Acme.test");
    assert!(person(&reading, "u-mia").groups.is_empty());

    let reading = read(&google, &["ada@acme.test"]);
    assert_eq!(ids(&reading), ["u-ada"]);
    assert!(!reading.has_groups && reading.unread.is_empty());
}

#[test]
fn a_group_that_is_not_there_is_said() {
    let google = FakeGoogle::open(
        Workspace::default()
            .user("ada", json!({}))
            .group("Finance", &["u-ada"])
            .group("Twice", &[])
            .group("Twice", &[]),
    );
    let reading = read(&google, &["Finance", "Finanze", "nobody@acme.test", "Twice"]);
    assert_eq!(ids(&reading), ["u-ada"]);
    let unread: Vec<_> = reading.unread.iter().map(|one| format!("{}: {}", one.part, one.why)).collect();
    assert_eq!(
        unread,
        [
            "group “Finanze”: not found: no group of this Google Workspace has this name",
            "group “Twice”: several groups have this name; give the address of one: twice@acme.test, twice@acme.test",
            "group “nobody@acme.test”: not found: neither a group nor a user has this address",
        ]
    );
    let why = refusal(&google, &["Finanze"], |_| {});
    assert!(why.contains("group “Finanze”: not found"), "{why}");
    assert!(google.requests("/users?").len() == 1, "nobody is read for a group that is not there");
    assert!(refusal(&google, &["nobody@acme.test"], |_| {}).contains("not found: neither"));
}

#[test]
fn throttles_and_lost_connections_are_waited_out() {
    let workspace = (0..700).fold(Workspace::default(), |all, n| all.user(&format!("n{n}"), json!({})));
    let google = FakeGoogle::open(
        workspace
            .group("Finance", &["u-n1", "u-n699"])
            .fault(Fault::new("/token", 1, 503, "backend_error"))
            .fault(Fault::new("/groups?", 2, 403, "userRateLimitExceeded"))
            .fault(Fault::new("pageToken=page-2", 1, 429, "rateLimitExceeded"))
            .fault(Fault::new("/users?", 1, 0, ""))
            .fault(Fault { retry_after: None, ..Fault::new("/members", 1, 500, "backendError") }),
    );
    let log = Log::default();
    let reading = source(&google, &["Finance"], |_| {}).read(&log).unwrap();
    assert_eq!(ids(&reading), ["u-n1", "u-n699"]);
    assert!(reading.unread.is_empty());
    let lines = log.lines.lock().unwrap();
    assert_eq!(lines.len(), 6, "{lines:#?}");
    assert!(lines[1].contains(": HTTP 403 userRateLimitExceeded; trying again in 0.0 s"), "{lines:#?}");
}

#[test]
fn a_page_that_cannot_be_read_is_named_and_the_rest_is_read() {
    let users = |n| (0..n).fold(Workspace::default(), |all, n| all.user(&format!("n{n}"), json!({})));
    // Users: of the second page nothing is known, not even who they are.
    let google = FakeGoogle::open(
        users(600).group("Finance", &["u-n1", "u-n599"]).group("Sales", &["u-n599", "u-n2"]).fault(Fault::new(
            "pageToken=page-2",
            usize::MAX,
            400,
            "invalid",
        )),
    );
    let reading = read(&google, &["Finance", "Sales"]);
    assert_eq!(ids(&reading), ["u-n1", "u-n2"]);
    assert_eq!(reading.unread.len(), 1);
    assert_eq!(reading.unread[0].part, "users, page 2");
    assert!(reading.unread[0].why.contains("Google says: “so it is”, invalid."), "{:?}", reading.unread);
    assert_eq!(reading.unusable.len(), 1, "named once: {:?}", reading.unusable);
    assert_eq!(reading.unusable[0].id.as_deref(), Some("u-n599"));
    assert_eq!(google.requests("page-2").len(), 1, "what is refused for good is not repeated");

    // Members: those of the other pages and groups are read.
    let members: Vec<String> = (0..250).map(|n| format!("u-n{n}")).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let google = FakeGoogle::open(users(300).group("Finance", &members).group("Sales", &["u-n299"]).fault(Fault::new(
        "/members?fields=nextPageToken,members(id,email,type)&maxResults=200&pageToken",
        usize::MAX,
        503,
        "backendError",
    )));
    let reading = read(&google, &["Finance", "Sales"]);
    assert_eq!(reading.people.len(), 201);
    assert_eq!(reading.unread.len(), 1);
    assert_eq!(reading.unread[0].part, "members of group “Finance”, page 2");
    assert!(reading.unread[0].why.contains("cannot answer at the moment. Google says: “so it is”, backendError."));
    assert_eq!(google.requests("page-2").len(), 6);

    // Where nothing helps any more, it is not tried again and again.
    let workspace = (0..6).fold(users(3), |all, n| all.group(&format!("Group {n}"), &["u-n1"]));
    let google = FakeGoogle::open(workspace.fault(Fault::new("/members", usize::MAX, 503, "backendError")));
    let names: Vec<String> = (0..6).map(|n| format!("Group {n}")).collect();
    let reading = read(&google, &names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(reading.unread.len(), 6);
    assert_eq!(google.requests("/members").len(), 6 + 6 + 6 + 3);

    // Nothing at all: not a run that finds nobody.
    let google = FakeGoogle::open(users(3).fault(Fault::new("/users?", usize::MAX, 503, "backendError")));
    assert!(refusal(&google, &[], |_| {}).starts_with("The users could not be read. Google cannot answer"));

    // A nested group of which it cannot be said what it is.
    let google =
        FakeGoogle::open(users(3).group("Finance", &["u-n1", "g-Tax"]).group("Tax", &["u-n2"]).fault(Fault::new(
            "query=email=tax@",
            usize::MAX,
            400,
            "invalid",
        )));
    let reading = read(&google, &["Finance"]);
    assert_eq!(reading.unread[0].part, "group “tax@acme.test” in group “Finance”");
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);
}

#[test]
fn a_run_is_stopped_while_it_waits() {
    let fault = Fault { retry_after: Some(100), ..Fault::new("/users?", usize::MAX, 429, "rateLimitExceeded") };
    let google = FakeGoogle::open(Workspace::default().user("ada", json!({})).fault(fault));
    let log = Log { stop_after: Some(1), ..Log::default() };
    let read = source(&google, &[], |_| {}).read(&log);
    assert!(matches!(read, Err(SourceError::Cancelled)), "{read:?}");
    assert_eq!(google.requests("/users?").len(), 1);

    let fault = Fault { retry_after: Some(3600), ..Fault::new("/users?", usize::MAX, 429, "rateLimitExceeded") };
    let google = FakeGoogle::open(Workspace::default().user("ada", json!({})).fault(fault));
    assert!(refusal(&google, &[], |_| {}).contains("limit of calls is reached"), "an hour is too long");
}

#[test]
fn many_groups_are_found_in_one_list() {
    let workspace = (0..30).fold(Workspace::default(), |all, n| all.user(&format!("n{n}"), json!({})));
    let workspace = (0..30).fold(workspace, |all, n| all.group(&format!("Group {n}"), &[&format!("u-n{n}"), "g-Deep"]));
    let google = FakeGoogle::open(workspace.group("Deep", &["u-n0"]).group("Twice", &[]).group("Twice", &[]));
    let mut names: Vec<String> = (0..30).map(|n| format!("Group {n}")).collect();
    names.extend(["Twice".to_owned(), "Nothing".to_owned()]);
    let reading = read(&google, &names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((reading.groups.len(), reading.people.len(), reading.unread.len()), (30, 30, 2));
    assert_eq!(ways(&reading, "u-n0").len(), 30);
    assert_eq!(google.requests("/groups?").len(), 3, "the list, and what is not in it once");
    assert_eq!(google.requests("/members").len(), 31);
}

#[test]
fn what_google_answers_as_before_has_not_changed() {
    let workspace = ["ada", "bob", "cyd"].iter().fold(Workspace::default(), |all, name| all.user(name, json!({})));
    let workspace = workspace.group("Finance", &["u-ada", "g-Tax"]).group("Tax", &["u-bob", "u-cyd"]);
    let google = FakeGoogle::open(Workspace { page: 2, ..workspace });
    let source = source(&google, &["Finance"], |_| {});
    let mark = || source.read(&Log::default()).unwrap().mark;
    let first = mark().unwrap();
    let (read, asked) = (google.requests("/admin/").len(), || google.requests("/admin/").len());
    assert!(source.is_unchanged(&first));
    assert_eq!(asked(), 2 * read, "each answer is asked for once");
    google.change(|google| google.members.get_mut("g-Tax").unwrap().truncate(1));
    assert!(!source.is_unchanged(&first), "a member of a nested group has left");
    let second = mark().unwrap();
    google.change(|google| google.users[2]["suspended"] = json!(true));
    assert!(!source.is_unchanged(&second), "somebody on the second page is suspended");
    let third = mark().unwrap();
    google.change(|google| google.faults = vec![Fault::new("/users?", 1, 503, "backendError")]);
    assert!(!source.is_unchanged(&third), "what cannot be asked may have changed");
    assert!(source.is_unchanged(&third) && !source.is_unchanged("") && !source.is_unchanged("x y"));
    google.change(|google| google.faults = vec![Fault::new("g-Tax/members", usize::MAX, 403, "forbidden")]);
    assert_eq!(mark(), None, "what was not read whole is not compared with");
    google.change(|google| (google.faults, google.tags) = (Vec::new(), false));
    assert_eq!(mark(), None, "answers without tags tell nothing");
}
