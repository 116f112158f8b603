//! A push from Active Directory as an administrator runs it: a record, a preview, a run, and what later runs do.

use crate::appliance::{Appliance, Ran};
use crate::programs::skipped;
use crate::samba::{READER, Samba, samba};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

/// A file for the owner's eyes beside the data folder.
fn file(house: &Appliance, name: &str, text: &str) -> String {
    let path = house.folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A record of the controller for a connection, with these groups.
fn record(house: &Appliance, samba: &Samba, name: &str, target: &str, groups: &[&str]) {
    let (password, ca) = (file(house, "password", READER), file(house, "ca.pem", &samba.ca));
    let url = format!("ldaps://{}", samba.host);
    let mut arguments = vec!["push", "record", "create", name, "--source", "ad", "--target", target];
    arguments.extend(["--ad-url", &url, "--ad-user", "ADT\\reader", "--ad-password-file", &password, "--ca-file", &ca]);
    arguments.extend(groups.iter().flat_map(|group| ["--group", group]));
    house.run(&arguments).ok();
}

fn push(house: &Appliance, target: &str, name: &str, more: &[&str]) -> Ran {
    house.run(&[&["scim", "push", target, "--source", "ad", "--record", name, "--json"], more].concat())
}

#[test]
fn people_and_nested_groups_of_active_directory_arrive_and_a_second_run_writes_nothing() {
    let samba = match samba() {
        Ok(samba) => samba,
        Err(why) => return skipped(&format!("a push from Samba, because {why}")),
    };
    let house = Appliance::start();
    let sales = house.keeper();
    let target = sales.scim_id.as_str();
    record(&house, samba, "AD", target, &["Odd", "Company"]);
    let numbers = |said: &Value| {
        [("users", "created"), ("groups", "created"), ("memberships", "added")]
            .map(|(kind, what)| said[kind][what].clone())
    };
    let all = [9, 2, 10].map(|n| json!(n));
    let preview = push(&house, target, "AD", &["--dry-run"]).json();
    assert_eq!(numbers(&preview), all, "{preview}");
    let first = push(&house, target, "AD", &["--yes"]).json();
    assert_eq!(numbers(&first), all, "{first}");
    assert!(first["refused"].to_string().contains("nowhere"), "somebody without an address is named: {first}");
    let users = house.json(&["user", "list", "--node", &sales.node_id]);
    assert!(
        users.to_string().contains("jane@acme.test") && !users.to_string().contains("disabled@acme.test"),
        "{users}"
    );

    let second = push(&house, target, "AD", &[]).json();
    assert_eq!(numbers(&second), [0, 0, 0].map(|n| json!(n)), "{second}");

    // A group that is not found removes nobody, and says so.
    house.run(&["push", "record", "edit", "AD", "--group", "Odd", "--group", "Campany"]).ok();
    let safe = push(&house, target, "AD", &[]).json();
    assert_eq!(safe["state"], "safe_mode", "{safe}");
    assert!(safe["reason"].to_string().contains("Campany"), "{safe}");
    assert_eq!((&safe["users"]["locked"], &safe["memberships"]["removed"]), (&json!(0), &json!(0)), "{safe}");

    let wrong = file(&house, "wrong", "not-the-password");
    house.run(&["push", "record", "edit", "AD", "--ad-password-file", &wrong]).ok();
    let failed = push(&house, target, "AD", &[]).fails(1).stdout;
    assert!(failed.contains("password is wrong (52e)") && !failed.contains("not-the-password"), "{failed}");
}
