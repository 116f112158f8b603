//! Push records: made, changed, shown and deleted by the command line; their secrets are sealed and never shown.

use crate::appliance::{Appliance, Ran, run, scimbox};
use crate::connected::Connected;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const PASSWORD: &str = "R3ader!pass-of-the-directory";
const TOKEN: &str = "target-token-0123456789abcdef";
const KEY_FILE: &str = r#"{"type":"service_account","private_key":"very-private-key-of-google"}"#;

/// A file for the owner's eyes beside the data folder.
fn file(house: &Appliance, name: &str, text: &str) -> String {
    let path = house.folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn create(house: &Appliance, name: &str, arguments: &[&str]) -> Ran {
    house.run(&[&["push", "record", "create", name, "--json"], arguments].concat())
}

#[track_caller]
fn directory(house: &Appliance, name: &str, sales: &Connected) -> Value {
    let password = file(house, "ad.txt", &format!("{PASSWORD}\n"));
    let arguments = ["--source", "ad", "--target", &sales.scim_id, "--group", "Sales", "--group", "+All"];
    let of_ad = ["--ad-url", "ldaps://dc1.ad.test", "--ad-user", "ADT\\reader", "--ad-password-file", &password];
    create(house, name, &[&arguments[..], &of_ad].concat()).ok().json()
}

/// Where the secrets must not be: every file of the data folder, and what the server has logged.
#[track_caller]
fn is_nowhere(house: &Appliance, secret: &str) {
    let files = std::fs::read_dir(house.data()).unwrap().map(|entry| entry.unwrap().path());
    for path in files.chain([house.folder.path().join("stderr.txt")]) {
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "the secret is in {}", path.display());
    }
}

fn key(house: &Appliance) -> PathBuf {
    house.data().join("scimbox.key")
}

#[test]
fn a_record_of_each_source_is_made_changed_shown_and_deleted() {
    let house = Appliance::start();
    let sales = house.keeper();
    let made = directory(&house, "AD: Vertrieb", &sales);
    for (name, value) in [
        ("name", json!("AD: Vertrieb")),
        ("source", json!("ad")),
        ("groups", json!(["Sales", "+All"])),
        ("target", json!(sales.scim_id.parse::<i64>().unwrap())),
        ("target_node", json!("Root\\Sales")),
        ("ad_urls", json!(["ldaps://dc1.ad.test"])),
        ("ad_user", json!("ADT\\reader")),
        ("source_secret_set", json!(true)),
        ("schema", json!("ad")),
        ("plain", json!(false)),
        ("destructive", json!(0)),
        ("missing", json!("lock")),
        ("auto_approve", json!(true)),
        ("max_users_removed", json!(50)),
        ("max_shrink_percent", json!(20)),
        ("concurrency", json!(4)),
        ("bulk", json!(true)),
        ("confirmed_at", Value::Null),
    ] {
        assert_eq!(made[name], value, "{name}: {made}");
    }
    let credentials = file(&house, "key.json", KEY_FILE);
    let (google, target_token) = (["--source", "google", "--login", "ada@acme.test"], file(&house, "token", TOKEN));
    let foreign = ["--target-url", "https://scim.acme.test/v2/", "--target-token-file", &target_token];
    let arguments = [&google[..], &foreign, &["--credentials-file", &credentials, "--destructive", "-1"]].concat();
    let made = create(&house, "Google", &arguments).ok().json();
    assert_eq!((&made["target"], &made["target_url"]), (&Value::Null, &json!("https://scim.acme.test/v2")));
    assert_eq!(
        (&made["login"], &made["target_token_set"], &made["destructive"]),
        (&json!("ada@acme.test"), &json!(true), &json!(-1))
    );
    let made =
        create(&house, "File", &["--source", "file", "--path", "people.json", "--target", &sales.node_id]).ok().json();
    assert!(
        made["path"].as_str().unwrap().ends_with("/people.json") && made["path"].as_str().unwrap().starts_with('/')
    );
    assert_eq!(made["target"].to_string(), sales.scim_id);

    let listed = house.json(&["push", "record", "list"]);
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|record| record["name"].clone()).collect();
    assert_eq!(names, ["AD: Vertrieb", "File", "Google"]);
    let table = house.run(&["push", "record", "list"]).ok().stdout;
    assert!(table.contains("https://scim.acme.test/v2") && table.contains("Root\\Sales"), "{table}");

    let edit = |arguments: &[&str]| house.json(&[&["push", "record", "edit"], arguments].concat());
    let edited =
        edit(&["ad: vertrieb", "--name", "AD", "--group", "", "--protect", "root@acme.test", "--missing", "delete"]);
    assert_eq!(
        (&edited["name"], &edited["groups"], &edited["protect"]),
        (&json!("AD"), &json!([]), &json!(["root@acme.test"]))
    );
    assert_eq!((&edited["missing"], &edited["source_secret_set"]), (&json!("delete"), &json!(true)));
    let edited = edit(&[
        "File",
        "--plain=off",
        "--source",
        "ad",
        "--ad-url",
        "ldap://a.test",
        "--ad-user",
        "b",
        "--ad-password-file",
        &target_token,
    ]);
    assert_eq!((&edited["source"], &edited["path"], &edited["plain"]), (&json!("ad"), &Value::Null, &json!(false)));
    let edited = edit(&["File", "--source", "file", "--path", "/a"]);
    assert_eq!(
        (&edited["source_secret_set"], &edited["ad_urls"]),
        (&json!(false), &json!([])),
        "it is dropped with its source"
    );
    let view = house.run(&["push", "record", "view", "Google"]).ok().stdout;
    assert!(view.contains("target-token") && view.contains("set") && !view.contains(TOKEN), "{view}");
    let deleted = house.json(&["push", "record", "delete", "File", "--force"]);
    assert_eq!((&deleted["done"], &deleted["name"]), (&json!(true), &json!("File")));
    house.run(&["push", "record", "view", "File"]).fails(3).saying("no push record “File”");
    house.run(&["push", "record", "delete", "AD"]).fails(5);

    let events = house.run(&["audit", "list", "--json", "--limit", "100"]).ok().stdout;
    for said in [
        "push_record_created",
        "push_record_updated",
        "push_record_deleted",
        "push_record:Google",
        "source_secret_replaced",
    ] {
        assert!(events.contains(said), "{said}: {events}");
    }
    house.run(&["scim", "delete", &sales.scim_id, "--force"]).ok();
    let orphan = house.json(&["push", "record", "view", "AD"]);
    assert_eq!(
        (&orphan["target_node_id"], orphan["target"].to_string()),
        (&Value::Null, sales.scim_id.clone()),
        "it stays"
    );
    assert!(house.run(&["push", "record", "view", "AD"]).ok().stdout.contains("(gone)"));
    for secret in [PASSWORD, TOKEN, "very-private-key-of-google"] {
        assert!(!events.contains(secret) && !table.contains(secret));
        is_nowhere(&house, secret);
    }
    assert_eq!(key(&house).metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_secret_comes_from_stdin_or_the_environment_and_never_from_an_argument() {
    let house = Appliance::start();
    let sales = house.keeper();
    let arguments =
        ["--target", &sales.scim_id, "--source", "ad", "--ad-url", "ldaps://dc1.ad.test", "--ad-user", "reader"];
    let create = [&["push", "record", "create", "AD", "--json"], &arguments[..]].concat();
    house.run(&create).fails(2).saying("SCIMBOX_AD_PASSWORD");
    let empty = run(scimbox(&house.data()).args(&create).env("SCIMBOX_AD_PASSWORD", ""), "");
    empty.fails(2).saying("ad_password: it is empty");
    let made = run(scimbox(&house.data()).args(&create).env("SCIMBOX_AD_PASSWORD", PASSWORD), "").ok().json();
    assert_eq!(made["source_secret_set"], true);
    let edit = ["push", "record", "edit", "AD", "--ad-password-file", "-"];
    let said = house.run_with(&edit, PASSWORD).ok().stdout;
    assert!(!said.contains(PASSWORD), "{said}");
    house.run_with(&edit, "").fails(2).saying("it is empty");
    house.run(&["push", "record", "create", "X", "--ad-password", PASSWORD]).fails(2);
    is_nowhere(&house, PASSWORD);
}

/// A stored password is of use to whoever can make us send it to another server.
#[test]
fn a_stored_secret_goes_only_to_where_it_was_meant_to_go() {
    let house = Appliance::start();
    let sales = house.keeper();
    directory(&house, "AD", &sales);
    let edit = ["push", "record", "edit", "AD"];
    for change in [&["--ad-url", "ldaps://evil.test"][..], &["--ad-user", "other"], &["--plain"]] {
        house.run(&[&edit[..], change].concat()).fails(2).saying("ad-password-file");
    }
    let password = file(&house, "new.txt", "another");
    let changed =
        [&edit[..], &["--plain", "--json", "--ad-url", "ldap://dc2.ad.test", "--ad-password-file", &password]].concat();
    assert_eq!(house.run(&changed).ok().json()["plain"], true);
    house.run(&[&edit[..], &["--target-url", "https://a.test"]].concat()).fails(2).saying("target-token-file");
}

#[test]
fn what_a_record_cannot_be_is_refused_with_the_reason() {
    let house = Appliance::start();
    let sales = house.keeper();
    let to = ["--target", &sales.scim_id];
    let password = file(&house, "ad.txt", PASSWORD);
    for (arguments, said) in [
        (&["--source", "google"][..], "login: give the address"),
        (&["--source", "google", "--login", "ada"], "login: give the address"),
        (&["--source", "google", "--login", "ada@acme.test"], "--credentials-file"),
        (&["--source", "google", "--login", "a@b.test", "--google-api-url", "ftp://x"], "google_api_url"),
        (&["--source", "google", "--login", "a@b.test", "--ad-user", "x"], "ad_user: belongs to the source ad"),
        (&["--source", "ad", "--ad-user", "x"], "ad_url: give the address of a domain controller"),
        (&["--source", "ad", "--ad-url", "https://dc", "--ad-user", "x"], "ad_url: expected an address"),
        (&["--source", "ad", "--ad-url", "ldaps://"], "ad_url: expected an address"),
        (&["--source", "ad", "--ad-url", "ldaps://user@dc"], "ad_url: expected an address"),
        (&["--source", "ad", "--ad-url", "ldaps://dc"], "ad_user: give who reads"),
        (&["--source", "ad", "--ad-url", "ldaps://dc", "--ad-user", "x", "--schema", "novell"], "novell"),
        (
            &["--source", "ad", "--ad-url", "ldaps://dc", "--ad-user", "x", "--ca-file", &password],
            "ca: expected certificates",
        ),
        (&["--source", "file"], "path: give the absolute path"),
        (&["--source", "file", "--path", "a", "--credentials-file", &password], "not for the source file"),
        (&["--source", "file", "--path", "a", "--target-token-file", &password], "--target-url"),
        (&["--source", "file", "--path", "a", "--concurrency", "17"], "concurrency"),
        (&["--source", "file", "--path", "a", "--destructive", "2"], "destructive"),
        (&["--source", "file", "--path", "a", "--max-users-removed-percent", "101"], "max_users_removed_percent"),
        (&["--source", "file", "--path", "a", "--group", "x\ny"], "group"),
        (&["--source", "file", "--path", "a", "--target-url", "https://x"], "cannot be used with"),
        (&[], "source: say where people come from"),
        (&["--source", "sap"], "sap"),
    ] {
        create(&house, "X", &[&to[..], arguments].concat()).fails(2).saying(said);
    }
    let file_source = ["--source", "file", "--path", "/a"];
    create(&house, "X", &file_source).fails(2).saying("target: say where people go");
    create(&house, "X", &[&file_source[..], &["--target", "999"]].concat()).fails(3);
    create(&house, "X", &[&file_source[..], &["--target-url", "scim.test"]].concat()).fails(2).saying("target_url");
    create(&house, "X", &[&file_source[..], &["--target-url", "https://scim.test"]].concat())
        .fails(2)
        .saying("SCIMBOX_TARGET_TOKEN");
    let odd = file(&house, "odd", "two words");
    let foreign = ["--target-url", "https://scim.test", "--target-token-file", &odd];
    create(&house, "X", &[&file_source[..], &foreign].concat()).fails(2).saying("neither blanks");
    create(&house, "", &[&file_source[..], &to].concat()).fails(2).saying("1 to 100");
    create(&house, &"x".repeat(101), &[&file_source[..], &to].concat()).fails(2).saying("1 to 100");
    create(&house, "Strasse", &[&file_source[..], &to].concat()).ok();
    create(&house, "STRAßE", &[&file_source[..], &to].concat()).fails(4).saying("RECORD_NAME_TAKEN");
    house.run(&["push", "record", "edit", "Strasse"]).fails(2).saying("Nothing to change");
    house.run(&["push", "record", "edit", "Nobody", "--verbose"]).fails(3);
    assert!(!key(&house).exists(), "no key without a secret");
}

#[test]
fn a_new_key_seals_all_secrets_again_whenever_it_is_interrupted() {
    let house = Appliance::start();
    let sales = house.keeper();
    directory(&house, "AD", &sales);
    let rotate = || house.json(&["push", "record", "rotate-key"])["secrets"].clone();
    let old = std::fs::read_to_string(key(&house)).unwrap();
    assert!(old.starts_with("scimbox-key-1:") && old.lines().count() == 1, "{}", old.len());
    assert_eq!(rotate(), 1);
    let new = std::fs::read_to_string(key(&house)).unwrap();
    assert!(new != old && new.lines().count() == 1);
    // Killed while the new key file was written.
    std::fs::write(house.data().join("scimbox.key.new"), "scimbox-key-1:00").unwrap();
    assert_eq!(rotate(), 1);
    // Killed when both keys were there, before the secrets were sealed again: the first of them has sealed nothing yet.
    let current = std::fs::read_to_string(key(&house)).unwrap();
    std::fs::write(key(&house), format!("{new}{current}")).unwrap();
    assert_eq!(rotate(), 1);
    // And after that: the second has nothing left to open.
    let current = std::fs::read_to_string(key(&house)).unwrap();
    std::fs::write(key(&house), format!("{current}{old}")).unwrap();
    assert_eq!(rotate(), 1);
    assert_eq!(std::fs::read_to_string(key(&house)).unwrap().lines().count(), 1);
    let events = house.run(&["audit", "list", "--json", "--limit", "100"]).ok().stdout;
    assert_eq!(events.matches("push_key_rotated").count(), 4);
    is_nowhere(&house, PASSWORD);
}

#[test]
fn without_its_key_file_a_secret_has_to_be_entered_again_and_all_else_goes_on() {
    let house = Appliance::start();
    let sales = house.keeper();
    directory(&house, "AD", &sales);
    let (path, aside) = (key(&house), house.folder.path().join("aside"));
    let rotate = || house.run(&["push", "record", "rotate-key"]);
    std::fs::rename(&path, &aside).unwrap();
    rotate().fails(4).saying("scimbox.key” is missing").saying("enter the secrets again");
    assert_eq!(house.json(&["push", "record", "view", "AD"])["source_secret_set"], true);
    house.run(&["push", "record", "edit", "AD", "--concurrency", "8"]).ok();

    let key_of_another = format!("scimbox-key-1:{}\n", "0".repeat(64));
    let put = |text: &str, mode: u32| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    put(&key_of_another, 0o600);
    rotate().fails(4).saying("not the one");
    put("", 0o600);
    rotate().fails(4).saying("no key file of Scimbox");
    for mode in [0o640, 0o604, 0o620] {
        put(&key_of_another, mode);
        rotate().fails(4).saying("Others may read or write");
    }
    let link = |to: &Path| {
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(to, &path).unwrap();
    };
    link(&aside);
    rotate().fails(4).saying("cannot be used");
    std::fs::remove_file(&path).unwrap();
    house.run_with(&["push", "record", "edit", "AD", "--ad-password-file", "-"], PASSWORD).ok();
    assert_eq!(rotate().ok().stdout.trim(), "There is a new key. Secrets sealed with it: 1.");
}
