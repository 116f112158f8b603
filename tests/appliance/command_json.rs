//! `--json` on every command: what was changed goes to stdout, a failure is one object on stderr with the same exit code.

use crate::appliance::{Appliance, PASSWORD, Ran};
use crate::people::*;
use serde_json::{Value, json};

trait Asked {
    fn ask(&self, arguments: &[&str]) -> Value;
}

impl Asked for Appliance {
    /// Runs a command with `--json`: one document on stdout, not a word on stderr.
    #[track_caller]
    fn ask(&self, arguments: &[&str]) -> Value {
        let ran = self.run_with(&[arguments, &["--json"]].concat(), PASSWORD).ok();
        assert_eq!(ran.stderr, "", "{arguments:?}");
        ran.json()
    }
}

#[test]
fn each_act_prints_what_it_has_changed() {
    let house = Appliance::start();
    let link = house.ask(&["setup-link"]);
    assert!(link["link"].as_str().unwrap().contains("/ui/setup#k=") && link["minutes"] == 30, "{link}");
    let made = house.ask(&["admin", "create", "ada@acme.test", "--password-file", "-"]);
    assert_eq!(house.ask(&["admin", "reset-password", "ada@acme.test", "--password-file", "-"]), made);

    let node = house.ask(&["node", "create", "Sales"]);
    let id = node["node_id"].to_string();
    let parent = house.ask(&["node", "create", "East"])["node_id"].clone();
    assert_eq!(house.ask(&["node", "rename", &id, "Shop"])["name"], "Shop");
    assert_eq!(house.ask(&["node", "move", &id, "--parent", &parent.to_string()])["parent_id"], parent);
    let gone = house.ask(&["node", "create", "Gone"])["node_id"].clone();
    let deleted = house.ask(&["node", "delete", &gone.to_string(), "--force"]);
    assert_eq!(deleted, json!({ "done": true, "node_id": gone, "name": "Gone" }));

    let scim = house.ask(&["scim", "create", "--node", &id])["scim_id"].clone();
    let scim_id = scim.to_string();
    let paused = house.ask(&["scim", "pause", &scim_id]);
    assert_eq!((&paused["status"], &paused["paused_by"]), (&json!("paused"), &json!("cli")));
    let view = house.ask(&["scim", "resume", &scim_id]);
    assert_eq!((&view["status"], &view["paused_at"]), (&json!("pending"), &Value::Null));
    house.ask(&["scim", "rotate", &scim_id]);
    let token = view["tokens"][0]["token_id"].as_str().unwrap();
    let revoked = house.ask(&["scim", "revoke", &scim_id, token]);
    assert_eq!(revoked["tokens"][1]["status"], "revoked");
    assert_eq!(house.ask(&["scim", "edit", &scim_id, "--page-size", "9"])["page_size"], 9);

    let user = house.ask(&["user", "add", "bob@acme.test", "--node", &id])["user_id"].to_string();
    assert_eq!(house.ask(&["user", "resend", &user])["user_name"], "bob@acme.test");
    assert!(house.ask(&["user", "link", &user])["link"].as_str().unwrap().contains("/join/"));
    assert_eq!(house.ask(&["user", "join", &user])["state"], "active");
    assert_eq!(house.ask(&["user", "lock", &user])["lock"], "admin");
    assert_eq!(house.ask(&["user", "unlock", &user])["lock"], "none");
    assert_eq!(house.ask(&["user", "move", &user, "--node", &parent.to_string()])["node_id"], parent);
    house.ask(&["user", "lock", &user]);
    let deleted = house.ask(&["user", "delete", &user, "--force"]);
    assert_eq!((&deleted["done"], &deleted["user_name"]), (&json!(true), &json!("bob@acme.test")));

    let team = house.ask(&["team", "add", "Sales", "--node", &id])["team_id"].as_str().unwrap().to_owned();
    assert_eq!(house.ask(&["team", "rename", &team, "Shop"])["name"], "Shop");
    assert_eq!(house.ask(&["team", "approve", &team])["state"], "approved");
    assert_eq!(house.ask(&["team", "delete", &team, "--force"])["done"], true);
    assert_eq!(house.ask(&["team-approve"])["teams"]["approved"], 0);

    let set = house.ask(&["settings", "set", "seats", "7"]);
    assert_eq!(set, json!({ "seats": { "value": 7, "origin": "here" } }));
    assert_eq!(house.ask(&["settings", "get", "seats"]), set);
    assert_eq!(house.ask(&["settings", "set", "seats"])["seats"]["origin"], "default");
    assert_eq!(house.ask(&["audit", "verify"])["ok"], true);
    let events = house.ask(&["audit", "export"]);
    assert_eq!(
        events.as_array().unwrap().len(),
        house.ask(&["audit", "list", "--limit", "999"]).as_array().unwrap().len()
    );
    let file = house.data().join("events.ndjson");
    let written = house.ask(&["audit", "export", "--output", file.to_str().unwrap()]);
    assert_eq!((&written["done"], &written["events"]), (&json!(true), &json!(events.as_array().unwrap().len())));
    let deleted = house.ask(&["scim", "delete", &scim_id, "--force"]);
    assert_eq!((&deleted["done"], &deleted["scim_id"]), (&json!(true), &scim));
}

/// A failure with `--json`: nothing on stdout, and on stderr one object with that code.
#[track_caller]
fn fails(ran: Ran, exit: i32, code: &str) {
    let ran = ran.fails(exit);
    assert_eq!(ran.stdout, "");
    let error: Value = serde_json::from_str(&ran.stderr).unwrap_or_else(|e| panic!("{e}: {}", ran.stderr));
    assert_eq!(error["error"]["code"], code, "{error}");
    assert!(error["error"]["message"].as_str().is_some_and(|text| text.len() > 10), "{error}");
    assert_eq!((error.as_object().unwrap().len(), error["error"].as_object().unwrap().len()), (1, 2));
}

#[test]
fn a_failure_is_one_object_with_the_same_exit_code() {
    let house = Appliance::start();
    let sales = house.keeper();
    let user = sales.client().post("/Users", mia()).expect(201).id();
    for (arguments, exit, code) in [
        (&["user", "view", "1"][..], 3, "NOT_FOUND"),
        (&["user", "delete", &user, "--force"], 4, "NOT_LOCKED"),
        (&["user", "delete", &user], 5, "NOT_PERMITTED"),
        (&["node", "create", "Sales"], 4, "NAME_TAKEN"),
        (&["node", "create", ""], 2, "INVALID"),
        (&["scim", "edit", &sales.scim_id], 2, "USAGE"),
        (&["scim", "view", "abc"], 3, "NOT_FOUND"),
        (&["dance"], 2, "USAGE"),
        (&["serve"], 4, "FOLDER_TAKEN"),
    ] {
        fails(house.run(&[arguments, &["--json"]].concat()), exit, code);
        assert_eq!(house.run(arguments).code, exit, "the same without --json: {arguments:?}");
    }
    let help = house.run(&["user", "--help", "--json"]).ok();
    assert!(help.stdout.contains("--json"), "every command says that it can");
}
