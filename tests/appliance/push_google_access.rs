//! Whoever may not read Google Workspace learns why, and what to do about it.

use crate::fake_google::{FakeGoogle, Fault, SCOPES, Workspace};
use crate::google_source::{check, read, refusal};
use scimbox::push::check::Step;
use scimbox::push::source::google::Google;
use serde_json::json;

#[test]
fn tokens_are_renewed() {
    let users = || (0..1100).fold(Workspace::default(), |all, n| all.user(&format!("n{n}"), json!({})));
    let google = FakeGoogle::open(Workspace { lifetime: 30, ..users() });
    assert_eq!(read(&google, &[]).people.len(), 1100);
    assert_eq!(google.requests("/token").len(), 3, "one that nearly ends is not used again");

    let google = FakeGoogle::open(users().fault(Fault::new("page-2", 1, 401, "authError")));
    assert_eq!(read(&google, &[]).people.len(), 1100);
    assert_eq!(google.requests("/token").len(), 2);

    let google = FakeGoogle::open(users().fault(Fault::new("/users?", usize::MAX, 401, "authError")));
    let why = refusal(&google, &[], |_| {});
    assert!(why.contains("does not accept the token that it has just given out"), "{why}");
    assert_eq!((google.requests("/token").len(), google.requests("/users?").len()), (2, 2));
}

#[test]
fn refusals_say_what_to_do() {
    let unknown = "Invalid email or User ID";
    let cases = [
        ("/token", 401, "unauthorized_client", "", "Add client ID 1234567890 in Google's Admin console"),
        ("/token", 403, "access_denied", "", "admin.directory.group.member.readonly"),
        ("/token", 400, "invalid_grant", unknown, "Google knows no user “admin@acme.test”"),
        ("/token", 400, "invalid_grant", "Invalid JWT Signature.", "Make a new JSON key"),
        ("/token", 400, "invalid_grant", "Check your iat and exp values", "Set the clock"),
        ("/token", 400, "invalid_grant", "account not found", "still exist and are enabled"),
        ("/users?", 403, "accessNotConfigured", "", "in project acme-test, enable it"),
        (
            "/users?",
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
            "“admin@acme.test” may not read this",
        ),
        ("/users?", 403, "insufficientPermissions", "", "The token lacks a scope"),
        ("/users?", 302, "", "", "Google refuses the call"),
        ("/token", 503, "backend_error", "", "cannot answer at the moment"),
        ("/users?", 403, "quotaExceeded", "", "limit of calls is reached"),
    ];
    for (of, status, reason, message, words) in cases {
        let fault = Fault { message, ..Fault::new(of, usize::MAX, status, reason) };
        let google = FakeGoogle::open(Workspace::default().user("ada", json!({})).fault(fault));
        let why = refusal(&google, &[], |_| {});
        assert!(why.contains(words), "{reason} {message}: {why}");
        assert!(!why.contains("ya29") && !why.contains("PRIVATE"), "{why}");
        let tries = if ["backend_error", "quotaExceeded"].contains(&reason) { 6 } else { 1 };
        assert_eq!(google.requests(of).len(), tries, "{reason}");
    }
}

#[test]
fn wrong_settings_are_found_before_the_first_call() {
    let google = FakeGoogle::open(Workspace::default());
    let elsewhere = "http://google.example/".to_owned();
    assert!(refusal(&google, &[], |google| google.api_url = Some(elsewhere.clone())).contains("https://"));
    assert!(refusal(&google, &[], |google| google.token_url = Some(elsewhere)).contains("https://"));
    assert!(refusal(&google, &[], |google| google.login = "admin".to_owned()).contains("is not an address"));
    let file = google.key_file().replace("https://oauth2.googleapis.com", "http://oauth2.example");
    let change = |google: &mut Google| (google.credentials, google.token_url) = (file.into(), None);
    assert!(refusal(&google, &[], change).contains("https://"));
    assert!(refusal(&google, &[], |google| google.credentials = "{}".to_owned().into()).contains("key file"));
    assert_eq!(google.connections(), 0);
}

#[test]
fn a_check_proves_access_step_by_step() {
    let workspace = || {
        let all = ["ada", "bob"].iter().fold(Workspace::default(), |all, name| all.user(name, json!({})));
        all.user("cyd", json!({ "suspended": true }))
            .group("Finance", &["u-ada", "u-cyd", "g-Tax"])
            .group("Tax", &["u-bob"])
    };
    let names = |steps: &[Step]| steps.iter().map(|step| step.step).collect::<Vec<_>>();
    let last = |steps: Vec<Step>| {
        let step = steps.last().unwrap().clone();
        assert!(!step.ok && step.advice.is_some(), "{steps:#?}");
        (step.step, format!("{} {}", step.found, step.advice.unwrap()))
    };
    let google = FakeGoogle::open(workspace());
    let steps = check(&google, &["Finance", "ada@acme.test"], |_| {});
    assert!(steps.iter().all(|step| step.ok), "{steps:#?}");
    let all = [
        "key file",
        "clock",
        "token",
        "read users",
        "read groups",
        "read members",
        "find group",
        "find group",
        "count",
    ];
    assert_eq!(names(&steps), all);
    assert_eq!(steps.last().unwrap().found, "3 people in 1 group, 1 of them suspended or archived.");

    let (step, words) = last(check(&google, &["Finanze"], |_| {}));
    assert_eq!(step, "find group");
    assert!(words.contains("“Finanze”: not found"), "{words}");
    let (step, words) = last(check(&google, &[], |google| google.credentials = "{\"installed\":{}}".to_owned().into()));
    assert_eq!(step, "key file");
    assert!(words.contains("OAuth client"), "{words}");
    let (step, words) = last(check(&google, &[], |google| google.login = "ada@acme.test".to_owned()));
    assert_eq!(step, "token");
    assert!(words.contains("knows no user “ada@acme.test”"), "{words}");

    let (step, words) = last(check(&FakeGoogle::open(Workspace { clock: 900, ..workspace() }), &[], |_| {}));
    assert_eq!(step, "clock");
    assert!(words.contains("s behind Google's"), "{words}");
    assert!(
        refusal(&FakeGoogle::open(Workspace { clock: 900, ..workspace() }), &[], |_| {})
            .contains("time of this machine")
    );

    let google = FakeGoogle::open(Workspace { delegated: SCOPES[..2].to_vec(), ..workspace() });
    let (step, words) = last(check(&google, &[], |_| {}));
    assert_eq!(step, "token");
    assert!(
        words.contains("lacks 1 of 3 scopes: https://www.googleapis.com/auth/admin.directory.group.member.readonly.")
    );
    let (_, words) = last(check(&FakeGoogle::open(Workspace { delegated: Vec::new(), ..workspace() }), &[], |_| {}));
    assert!(words.contains("domain-wide delegation, or one of its scopes, is missing"), "{words}");

    let google = FakeGoogle::open(workspace().fault(Fault::new("/users?", usize::MAX, 403, "accessNotConfigured")));
    let (step, words) = last(check(&google, &[], |_| {}));
    assert_eq!(step, "read users");
    assert!(words.contains("Admin SDK API"), "{words}");
    let google = FakeGoogle::open(workspace().fault(Fault::new("/g-Tax/members", usize::MAX, 403, "forbidden")));
    let (step, words) = last(check(&google, &["Finance"], |_| {}));
    assert_eq!(step, "count");
    assert!(words.contains("Not all could be read: members of group “Tax”, page 1"), "{words}");
}
