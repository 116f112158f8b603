//! The command line as other programs rely on it: JSON keys, exit codes, names and ids.

use crate::appliance::{Appliance, has_file, program, run, scimbox};
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_first_line_says_where_it_listens() {
    let house = Appliance::start();
    let first = house.stdout().lines().next().unwrap().to_owned();
    assert_eq!(first, format!("listening on http://{}", house.address));
    assert!(house.address.starts_with("127.0.0.1:") && !house.address.ends_with(":0"));
}

#[test]
fn node_create_prints_the_keys_that_are_promised() {
    let house = Appliance::start();
    let sales = house.run(&["node", "create", "Sales", "--json"]).ok().json();
    assert_eq!(keys(&sales), ["node_id", "name", "parent_id"]);
    assert_eq!(sales["name"], "Sales");
    assert_eq!(sales["node_id"].to_string().len(), 15);
    let parent = sales["node_id"].to_string();
    let east = house.run(&["node", "create", "East", "--parent", &parent, "--json"]).ok().json();
    assert_eq!(east["parent_id"], sales["node_id"]);
    let nodes = house.run(&["node", "list", "--json"]).ok().json();
    let paths: Vec<_> = nodes.as_array().unwrap().iter().map(|n| n["path"].as_str().unwrap()).collect();
    let root = nodes[0]["name"].as_str().unwrap();
    assert_eq!(paths, [root.to_owned(), format!("{root}\\Sales"), format!("{root}\\Sales\\East")]);
    assert_eq!(nodes[0]["parent_id"], Value::Null);
}

#[test]
fn scim_create_view_list_and_rotate_print_the_keys_that_are_promised() {
    let house = Appliance::start();
    let node = house.run(&["node", "create", "Sales", "--json"]).ok().json()["node_id"].clone();
    let id = node.to_string();
    let create = ["scim", "create", "--node", &id, "--prefix", "role:", "--unique-groups", "on", "--json"];
    let made = house.run(&create).ok().json();
    for key in
        ["scim_id", "scim_url", "provisioning_token", "node_id", "node_name", "status", "prefix", "unique_groups"]
    {
        assert!(made.get(key).is_some(), "{key} in {made}");
    }
    assert_eq!(made["status"], "pending");
    assert_eq!((&made["node_id"], &made["node_name"]), (&node, &json!("Sales")));
    assert_eq!(made["scim_url"], house.url(&format!("/api/rest/scim/v2/{id}")));
    let list = house.run(&["scim", "list", "--json"]).ok().json();
    assert_eq!(keys(&list[0]), ["scim_id", "node_name", "node_id", "prefix", "status", "last_synced"]);
    assert_eq!(list[0]["last_synced"], Value::Null);
    let scim = made["scim_id"].to_string();
    let view = house.run(&["scim", "view", &scim, "--json"]).ok();
    let token = made["provisioning_token"].as_str().unwrap();
    assert!(!view.stdout.contains(token), "a token is shown once");
    assert_eq!(house.run(&["scim", "view", &id, "--json"]).ok().json(), view.json(), "by node as well");
    for key in ["scim_id", "scim_url", "node_id", "node_name", "status", "prefix", "unique_groups", "last_synced"] {
        assert!(view.json().get(key).is_some(), "{key} in {}", view.stdout);
    }
    let rotated = house.run(&["scim", "rotate", &scim, "--json"]).ok().json();
    assert_eq!(keys(&rotated), keys(&made));
    assert_ne!(rotated["provisioning_token"], made["provisioning_token"]);
}

#[test]
fn a_node_is_meant_by_id_by_name_or_by_path() {
    let house = Appliance::start();
    let root = house.run(&["node", "list", "--json"]).ok().json()[0]["name"].as_str().unwrap().to_owned();
    for name in ["Sales", "Support", "営業"] {
        house.run(&["node", "create", name]).ok();
    }
    house.run(&["scim", "create", "--node", "sALES"]).ok();
    house.run(&["scim", "create", "--node", &format!("{root}\\Support")]).ok();
    house.run(&["scim", "create", "--node", "営業"]).ok();
    house.run(&["scim", "create", "--node", "Nowhere"]).fails(3).saying("Nowhere");
    let parent = house.run(&["node", "create", "East", "--json"]).ok().json()["node_id"].to_string();
    house.run(&["node", "create", "Sales", "--parent", &parent]).ok();
    house.run(&["scim", "create", "--node", "Sales"]).fails(2).saying("2 nodes are called");
}

#[test]
fn what_begins_with_a_hyphen_is_a_name_where_one_is_expected() {
    // The ids of teams begin with one now and then, and so do names that people choose.
    let house = Appliance::start();
    let rfc = house.connect("Sales", &["--preset", "rfc"]);
    let ann = rfc.client().post("/Users", json!({ "userName": "-ann" })).expect(201).id();
    rfc.client().post("/Groups", crate::people::team("-l2")).expect(201);
    house.run(&["node", "rename", "Sales", "--", "-Sales"]).ok();
    assert_eq!(house.json(&["scim", "view", "-Sales"])["scim_id"].to_string(), rfc.scim_id);
    house.run(&["node", "rename", "-Sales", "Sales"]).ok();
    assert_eq!(house.json(&["user", "view", "-ann"])["user_id"].to_string(), ann);
    house.run(&["user", "lock", "-ann"]).ok();
    house.run(&["user", "delete", "-ann", "--force"]).ok();
    house.run(&["team", "approve", "-l2", "--restrict-share", "on"]).ok();
    assert_eq!(house.json(&["team", "view", "-l2"])["name"], "-l2");
    house.run(&["team", "view", "-l3"]).fails(3).saying("-l3");
    house.run(&["team", "delete", "--force", "-l2"]).ok();
    house.run(&["team", "view", "--help"]).ok();
}

#[test]
fn what_has_a_name_of_its_own_is_meant_by_it() {
    let house = Appliance::start();
    let sales = house.connect("Sales", &[]);
    assert_eq!(house.json(&["scim", "view", "sales"])["scim_id"].to_string(), sales.scim_id);
    house.run(&["scim", "pause", "Sales"]).ok();
    house.run(&["scim", "resume", &sales.node_id]).ok();
    house.run(&["scim", "view", "abc"]).fails(3).saying("abc");
    let ada = house.json(&["user", "add", "ada@acme.test", "--node", "Sales"])["user_id"].to_string();
    assert_eq!(house.json(&["user", "view", "Ada@ACME.test"])["user_id"].to_string(), ada);
    house.run(&["user", "view", "nobody@acme.test"]).fails(3).saying("nobody@acme.test");
    let team = house.json(&["team", "add", "Staff", "--node", "Sales"])["team_id"].clone();
    assert_eq!(house.json(&["team", "view", "staff"])["team_id"], team);
    house.run(&["team", "view", "Staf"]).fails(3);
    house.run(&["node", "create", "East", "--parent", "Sales"]).ok();
    house.run(&["user", "move", "ada@acme.test", "--node", "East"]).ok();
    // What several are called means none of them.
    let other = house.json(&["team", "add", "STAFF", "--node", "East"])["team_id"].clone();
    house.run(&["team", "delete", "Staff", "--force"]).fails(2).saying(other.as_str().unwrap());
    assert_eq!(house.json(&["team", "list", "--node", "East"]).as_array().unwrap().len(), 1);
    for node in ["N1", "N2"] {
        let rfc = house.connect(node, &["--preset", "rfc"]);
        rfc.client().post("/Users", crate::people::person("twin")).expect(201);
    }
    house.run(&["user", "lock", "twin@acme.test"]).fails(2).saying("2 users are called");
    house.run(&["audit", "list", "--node", "Sales"]).ok();
    house.run(&["team-approve", "--node", "Sales", "--dry-run"]).ok();
    house.run(&["node", "rename", "East", "West"]).ok();
}

#[test]
fn exit_code_2_is_wrong_usage() {
    let house = Appliance::start();
    let sales = house.keeper();
    for arguments in [
        &["node"][..],
        &["node", "create"],
        &["scim", "create", "--node", "Sales", "--preset", "liberal"],
        &["scim", "create", "--node", "Sales", "--idp", "nobody"],
        &["scim", "edit", &sales.scim_id],
        &["scim", "edit", &sales.scim_id, "--page-size", "0"],
        &["scim", "edit", &sales.scim_id, "--page-size", "10001"],
        &["scim", "rotate", &sales.scim_id, "--overlap", "2h"],
        &["node", "create", ""],
        &["dance"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--base-url", "ftp://x"],
    ] {
        let ran = house.run(arguments).fails(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{arguments:?}: {}", ran.stdout);
    }
    house.run_with(&["admin", "create", "ada", "--password-file", "-"], "correct horse, battery").fails(2);
    house
        .run_with(&["admin", "create", "ada@acme.test", "--password-file", "-"], "short")
        .fails(2)
        .saying("12 characters");
    house.run_with(&["admin", "create", "ada@acme.test"], "").fails(2).saying("--password-file");
}

#[test]
fn exit_code_3_is_not_found() {
    let house = Appliance::start();
    let sales = house.keeper();
    let nobody = "100000000000001";
    for arguments in [
        &["scim", "view", nobody][..],
        &["scim", "edit", nobody, "--unique-groups", "on"],
        &["scim", "rotate", nobody],
        &["scim", "delete", nobody, "--force"],
        &["scim", "revoke", &sales.scim_id, "abcdefgh"],
        &["scim", "create", "--node", nobody],
        &["node", "rename", nobody, "X"],
        &["node", "move", nobody, "--parent", &sales.node_id],
        &["node", "delete", nobody, "--force"],
        &["node", "create", "X", "--parent", nobody],
    ] {
        house.run(arguments).fails(3);
    }
    house
        .run_with(&["admin", "reset-password", "nobody@acme.test", "--password-file", "-"], "correct horse, b")
        .fails(3);
}

#[test]
fn exit_code_4_is_a_conflict() {
    let house = Appliance::start();
    let sales = house.keeper();
    house.run(&["scim", "create", "--node", "Sales"]).fails(4).saying("already has a provisioning method");
    house.run(&["node", "create", "sales"]).fails(4).saying("already exists");
    house.run(&["node", "delete", &sales.node_id, "--force"]).fails(4).saying("a connection");
    let below =
        house.run(&["node", "create", "East", "--parent", &sales.node_id, "--json"]).ok().json()["node_id"].to_string();
    house.run(&["node", "move", &sales.node_id, "--parent", &below]).fails(4).saying("below itself");
    house.console();
    let again = house.run_with(&["admin", "create", "ADA@acme.test", "--password-file", "-"], "correct horse, battery");
    again.fails(4);
    house.run(&["setup-link"]).fails(4).saying("set up already");
    house.run(&["scim", "rotate", &sales.scim_id]).ok();
    house.run(&["scim", "rotate", &sales.scim_id]).fails(4).saying("at most two live tokens");
    house.run(&["scim", "rotate", &sales.scim_id, "--overlap", "now"]).ok();
}

#[test]
fn exit_code_5_is_not_permitted() {
    let house = Appliance::start();
    let sales = house.keeper();
    let root = house.run(&["node", "list", "--json"]).ok().json()[0]["node_id"].to_string();
    house.run(&["scim", "create", "--node", &root]).fails(5).saying("root node cannot host SCIM");
    house.run(&["node", "delete", &root, "--force"]).fails(5);
    house.run(&["node", "move", &root, "--parent", &sales.node_id]).fails(5);
    house.run(&["scim", "delete", &sales.scim_id]).fails(5).saying("--force");
    house.run(&["node", "delete", &sales.node_id]).fails(5).saying("--force");
}

#[test]
fn nodes_are_renamed_moved_and_deleted() {
    let house = Appliance::start();
    let id = |name: &str| house.run(&["node", "create", name, "--json"]).ok().json()["node_id"].to_string();
    let (a, b) = (id("A"), id("B"));
    house.run(&["node", "rename", &a, "営業"]).ok();
    house.run(&["node", "move", &a, "--parent", &b]).ok();
    let nodes = house.run(&["node", "list", "--json"]).ok();
    assert!(nodes.stdout.contains("\\\\B\\\\営業"), "{}", nodes.stdout);
    house.run(&["node", "delete", &b, "--force"]).fails(4).saying("1 sub-node");
    house.run(&["node", "delete", &a, "--force"]).ok();
    house.run(&["node", "delete", &b, "--force"]).ok();
    assert_eq!(house.run(&["node", "list", "--json"]).ok().json().as_array().unwrap().len(), 1);
}

#[test]
fn tables_are_for_people_and_hold_the_same() {
    let house = Appliance::start();
    let sales = house.keeper();
    let nodes = house.run(&["node", "list"]).ok().stdout;
    assert!(nodes.starts_with(" ID") || nodes.starts_with("ID"), "{nodes}");
    for text in
        [nodes, house.run(&["scim", "list"]).ok().stdout, house.run(&["scim", "view", &sales.scim_id]).ok().stdout]
    {
        assert!(text.contains(&sales.scim_id) && text.contains("pending") && text.contains("Sales"), "{text}");
        assert!(!text.contains(&sales.token));
    }
}

#[test]
fn help_and_version_are_no_failures_and_alone_it_prints_help() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for arguments in [&["--help"][..], &["serve", "--help"], &["--version"], &[]] {
        let ran = run(scimbox(&data).args(arguments), "").ok();
        assert!(ran.stdout.contains("scimbox"), "{}", ran.stdout);
    }
    assert!(!data.exists(), "asking for help makes nothing");
}

#[test]
fn administrators_are_made_listed_and_given_another_password() {
    let house = Appliance::start();
    let console = house.console();
    let admins = house.run(&["admin", "list", "--json"]).ok().json();
    assert_eq!(keys(&admins[0]), ["admin_id", "email", "name", "created_at", "role"]);
    assert_eq!(admins[0]["email"], "ada@acme.test");
    house.run_with(&["admin", "reset-password", "Ada@acme.test", "--password-file", "-"], "another horse, b\n").ok();
    console.get("/session").fails(401, "SIGN_IN_REQUIRED");
    crate::console::Console::sign_in(&house, "ada@acme.test", "another horse, b");
}

#[test]
fn the_data_folder_can_come_from_the_environment_and_commands_need_no_server() {
    if !has_file() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut command = program();
    run(command.env("SCIMBOX_DATA_DIR", &data).args(["node", "create", "Sales"]), "").ok().saying("new appliance");
    let made = run(scimbox(&data).args(["scim", "create", "--node", "Sales", "--json"]), "").ok().json();
    assert!(made["scim_url"].as_str().unwrap().starts_with("http://127.0.0.1:8080/api/rest/scim/v2/"), "{made}");
    let base = ["scim", "view", &made["scim_id"].to_string(), "--base-url", "https://scim.acme.test/", "--json"];
    let view = run(scimbox(&data).args(base), "").ok().json();
    assert!(view["scim_url"].as_str().unwrap().starts_with("https://scim.acme.test/api/"), "{view}");
}
