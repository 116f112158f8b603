//! From Google Workspace into a connection of the appliance, by the command line: twice the same, and never less than there is.

use crate::appliance::{Appliance, Ran};
use crate::connected::Connected;
use crate::fake_google::{FakeGoogle, Fault, LOGIN, Workspace};
use serde_json::{Value, json};

/// An appliance, a connection of it, and a record that pushes from Google into it.
pub struct Push {
    pub house: Appliance,
    sales: Connected,
    pub google: FakeGoogle,
}

fn workspace() -> Workspace {
    let users = ["ada", "bob", "cyd", "dan"].iter().fold(Workspace::default(), |all, name| all.user(name, json!({})));
    let users = users.user("mia", json!({ "suspended": true, "aliases": ["m@acme.test"] }));
    users.group("Finance", &["u-ada", "u-mia", "g-Tax"]).group("Tax", &["u-bob", "u-cyd", "g-Finance"])
}

/// One that pushes five people, of whom three belong to Finance.
pub fn finance() -> Push {
    Push::from(FakeGoogle::open(workspace()), &["Finance"])
}

impl Push {
    fn from(google: FakeGoogle, groups: &[&str]) -> Push {
        let house = Appliance::start();
        let sales = house.keeper();
        let key = house.folder.path().join("key.json");
        std::fs::write(&key, google.key_file()).unwrap();
        let (token_url, api_url) = (google.token_url(), google.api_url());
        let mut arguments =
            vec!["push", "record", "create", "Google", "--source", "google", "--target", &sales.scim_id];
        arguments.extend(["--login", LOGIN, "--credentials-file", key.to_str().unwrap()]);
        arguments.extend(["--google-token-url", &token_url, "--google-api-url", &api_url]);
        arguments.extend(groups.iter().flat_map(|group| ["--group", group]));
        house.json(&arguments);
        Push { house, sales, google }
    }

    fn run(&self, more: &[&str]) -> Ran {
        let arguments = ["scim", "push", &self.sales.scim_id, "--source", "google", "--record", "Google", "--json"];
        self.house.run(&[&arguments[..], more].concat())
    }

    /// User names with their groups, those that are active.
    #[track_caller]
    fn users(&self) -> Vec<String> {
        let listed = self.sales.client().get("/Users?count=100").expect(200).at("/Resources");
        let active = listed.as_array().unwrap().iter().filter(|user| user["active"] == true);
        let groups = |user: &Value| {
            let groups =
                user["groups"].as_array().into_iter().flatten().map(|group| group["display"].as_str().unwrap());
            groups.collect::<Vec<_>>().join(",")
        };
        let mut users: Vec<_> =
            active.map(|user| format!("{} {}", user["userName"].as_str().unwrap(), groups(user))).collect();
        users.sort();
        users
    }
}

#[test]
fn google_is_pushed_once_and_the_second_run_writes_nothing() {
    let push = finance();
    let plan = push.run(&["--dry-run"]).ok().json();
    assert_eq!((&plan["users"]["created"], &plan["groups"]["created"]), (&json!(3), &json!(1)), "{plan}");
    assert!(push.users().is_empty(), "a dry run writes nothing");
    push.run(&[]).fails(1);
    assert!(push.users().is_empty(), "the first run has to be confirmed");

    let done = push.run(&["--yes"]).ok().json();
    assert_eq!(
        (&done["state"], &done["users"]["created"], &done["memberships"]["added"]),
        (&json!("done"), &json!(3), &json!(3)),
        "{done}"
    );
    let users = ["ada@Acme.test Finance", "bob@Acme.test Finance", "cyd@Acme.test Finance"];
    assert_eq!(
        push.users(),
        users,
        "nested members belong to the group that was asked for; who is suspended is not invited"
    );

    let again = push.run(&[]).ok().json();
    for counts in ["users", "groups", "memberships"] {
        assert!(again[counts].as_object().unwrap().values().all(|count| count == 0), "{again}");
    }

    push.google.change(|google| {
        google.users[1]["suspended"] = json!(true);
        google.users[2]["name"]["fullName"] = json!("Cyd Tanaka");
        google.groups[0]["name"] = json!("Finance & Tax");
    });
    let done = push.run(&[]).fails(1).json();
    assert_eq!(done["state"], "failed", "a renamed group is not found by its name: {done}");
    assert_eq!(push.users(), users);
    push.house.json(&["push", "record", "edit", "Google", "--group", "finance@acme.test"]);
    let done = push.run(&["--yes"]).ok().json();
    assert_eq!(
        (&done["users"]["locked"], &done["users"]["updated"], &done["groups"]["updated"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(push.users(), ["ada@Acme.test Finance & Tax", "cyd@Acme.test Finance & Tax"]);
}

#[test]
fn what_google_does_not_tell_is_not_removed() {
    let push = Push::from(FakeGoogle::open(Workspace { page: 2, ..workspace() }), &["Finance", "Tax"]);
    push.run(&["--yes"]).ok();
    let users = push.users();
    for (of, part) in [
        (
            "/users?customer=my_customer&fields=nextPageToken,users(id,primaryEmail,name(givenName,familyName,fullName),suspended,archived,aliases,nonEditableAliases)&maxResults=500&pageToken=page-2",
            "users, page 2",
        ),
        (
            "/g-Finance/members?fields=nextPageToken,members(id,email,type)&maxResults=200&pageToken=page-2",
            "members of group “Finance”, page 2",
        ),
        ("query=name='Tax'", "group “Tax”"),
    ] {
        push.google.change(|google| google.faults = vec![Fault::new(of, usize::MAX, 400, "invalid")]);
        let done = push.run(&[]).fails(1).json();
        assert_eq!(done["state"], "safe_mode", "{done}");
        assert!(done["reason"].as_str().unwrap().contains(part), "{done}");
        assert_eq!(push.users(), users, "{part}");
    }
    push.google.change(|google| google.faults = vec![Fault::new("/users?", usize::MAX, 403, "accessNotConfigured")]);
    let done = push.run(&[]).fails(1).json();
    assert_eq!(done["state"], "failed");
    assert!(done["reason"].as_str().unwrap().contains("Admin SDK API is not enabled"), "{done}");
    push.google.change(|google| (google.faults, google.users) = (Vec::new(), Vec::new()));
    let done = push.run(&[]).fails(1).json();
    assert_eq!(done["state"], "stopped", "{done}");
    assert_eq!(push.users(), users);
    push.google.change(|google| *google = workspace());
    push.run(&[]).ok();
}

#[test]
fn access_to_google_and_to_the_target_is_checked_step_by_step() {
    let check = ["push", "record", "check", "Google", "--json"];
    let push = Push::from(FakeGoogle::open(workspace()), &["Finance"]);
    let steps = push.house.run(&check).ok().json();
    let passed = steps.as_array().unwrap();
    assert!(passed.iter().all(|step| step["ok"] == true), "{steps}");
    let names: Vec<&str> = passed.iter().map(|step| step["step"].as_str().unwrap()).collect();
    for name in ["token", "target", "users", "groups"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    let narrow = Workspace { delegated: vec!["user.readonly"], ..workspace() };
    let push = Push::from(FakeGoogle::open(narrow), &["Finance"]);
    let refused = push.house.run(&check).fails(1).json();
    let last = refused.as_array().unwrap().last().unwrap().clone();
    assert!(last["ok"] == false && last["advice"].as_str().unwrap().contains("group"), "{refused}");
}
