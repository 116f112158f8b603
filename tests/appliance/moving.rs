//! `migrate-store` (docs/operations.md#from-one-file-to-two-instances): everything moves to PostgreSQL and back, proved equal.

use crate::appliance::cluster::{Database, cluster};
use crate::appliance::{Appliance, eventually, has_file, program, run, scimbox};
use crate::idp_clients::Client;
use crate::people::*;
use crate::programs::skipped;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// An empty database; nothing, said loudly, where there is no PostgreSQL.
fn empty() -> Option<Database> {
    match cluster() {
        Ok(cluster) => Some(cluster.empty()),
        Err(why) => {
            skipped(&format!("moving to PostgreSQL, because {why}"));
            None
        }
    }
}

fn of(data: &Path) -> String {
    format!("sqlite:{}", data.display())
}

fn to(database: &Database) -> String {
    format!("postgres:{}", database.url())
}

fn migrate(from: &str, to: &str) -> Command {
    let mut command = program();
    command.args(["migrate-store", "--from", from, "--to", to, "--json"]);
    command
}

/// Puts something of every noun into a folder, and stops its server.
fn with_every_noun() -> (Appliance, crate::connected::Connected) {
    let mut house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({ "capture": "full", "approval": "manual" }));
    let client = sales.client();
    let many = json!([{ "value": "mia@acme.test" }, { "value": "m.smith@acme.test", "type": "work" }]);
    let mia = client.post("/Users", with(mia(), json!({ "emails": many }))).expect(201).id();
    let bob = client.post("/Users", person("bob")).expect(201).id();
    let red = with(team("Red"), json!({ "members": refs(&[&mia, &bob]) }));
    client.post("/Groups", red).expect(201);
    client.patch(&format!("/Users/{bob}"), op("replace", "active", false)).expect(200);
    console.post("/api-keys", json!({ "name": "CI", "scope": "read" })).expect(201);
    console.patch("/settings", json!({ "seats": 100 })).expect(200);
    let job = console.post("/jobs", json!({ "kind": "full_sync" })).expect(201).at("/job_id").to_string();
    console.finished(&job);
    let source = house.folder.path().join("people.json");
    std::fs::write(&source, "{\"users\": []}").unwrap();
    let create = ["push", "record", "create", "Everybody", "--source", "file", "--path", source.to_str().unwrap()];
    house.run(&[&create[..], &["--target", &sales.scim_id]].concat()).ok();
    eventually("the requests are kept", || (house.number("SELECT count(*) FROM exchange") >= 4).then_some(()));
    house.signal(Signal::TERM);
    house.end();
    house.alter(&format!(
        "INSERT INTO second_factor SELECT admin_id, x'010203', 1, 7 FROM admin;
         INSERT INTO recovery_code SELECT zeroblob(32), admin_id FROM admin;
         INSERT OR IGNORE INTO device SELECT zeroblob(32), admin_id, 5 FROM admin;
         INSERT OR IGNORE INTO setup_link VALUES (1, zeroblob(32), 5);
         INSERT INTO reset_link SELECT admin_id, zeroblob(32), 5 FROM admin;
         INSERT OR IGNORE INTO delay VALUES ('192.0.2.1', 3, 5);
         INSERT INTO invitation (user_id, serial, mail, created_at, next_try_at, digest)
           VALUES ({mia}, 1, 'waiting', 5, 5, zeroblob(32));
         INSERT INTO push_run (record_id, record_name, kind, began_by, state, target, created_by, created_at, outcome)
           SELECT record_id, name, 'run', 'cli', 'done', 'x', 'ada', 5, '{{\"naïve\": \"✓\"}}' FROM push_record;
         INSERT INTO push_log SELECT run_id, 1, 'told\n' FROM push_run"
    ));
    (house, sales)
}

/// Both ends hold the same, of every noun something.
#[track_caller]
fn proved(report: &Value) {
    assert_eq!((&report["done"], &report["proof"]["equal"]), (&json!(true), &json!(true)), "{report}");
    for (name, noun) in report["nouns"].as_object().unwrap() {
        assert_eq!((&noun["equal"], &noun["rows"]), (&json!(true), &noun["there"]), "{name}: {noun}");
        assert!(noun["rows"].as_u64().unwrap() > 0, "nothing of {name} was moved");
    }
    assert_eq!(report["proof"]["audit"]["ok"], true, "{report}");
    assert_eq!(report["proof"]["audit"]["checked"], report["nouns"]["event"]["rows"]);
}

/// The appliance serves what was moved, and goes on with it.
fn goes_on(house: &Appliance, sales: &crate::connected::Connected, name: &str) {
    let client = Client::bearer(&house.url(sales.path()), &sales.token);
    client.find("/Users", "emails.value eq \"m.smith@acme.test\"").says("/totalResults", 1);
    client.get("/Groups").expect(200).says("/Resources/0/displayName", "Red");
    client.post("/Users", person(name)).expect(201);
    client.post("/Groups", team(name)).expect(201);
    house.run(&["admin", "create", &format!("{name}@acme.test"), "--password-file", "-"]).fails(2);
    house.node(name);
    house.run(&["audit", "verify"]).ok();
    let count =
        "SELECT count(*) FROM node n WHERE n.users <> (SELECT count(*) FROM \"user\" u WHERE u.node_id = n.node_id)
        OR n.teams <> (SELECT count(*) FROM team t WHERE t.node_id = n.node_id)";
    assert_eq!(house.number(count), 0);
}

#[test]
fn everything_moves_to_postgresql_and_back() {
    if !has_file() {
        return;
    }
    let Some(database) = empty() else { return };
    let (house, sales) = with_every_noun();
    let before = std::fs::read(house.data().join("scimbox.db")).unwrap();
    let looked = run(migrate(&of(&house.data()), &to(&database)).arg("--dry-run"), "").ok().json();
    assert_eq!((&looked["done"], &looked["nouns"]["team"]["rows"]), (&json!(false), &json!(1)), "{looked}");
    proved(&run(&mut migrate(&of(&house.data()), &to(&database)), "").ok().json());
    assert!(std::fs::read(house.data().join("scimbox.db")).unwrap() == before, "the source is as it was");
    run(&mut migrate(&of(&house.data()), &to(&database)), "").fails(4).saying("holds an appliance already");

    let mut there = Appliance::on(&database, &[]);
    goes_on(&there, &sales, "there");
    there.signal(Signal::TERM);
    there.end();
    let back = house.folder.path().join("back");
    proved(&run(&mut migrate(&to(&database), &of(&back)), "").ok().json());
    let again = Arc::new(tempfile::tempdir().unwrap());
    std::fs::rename(&back, again.path().join("data")).unwrap();
    let again = Appliance::serve(again, &[]);
    goes_on(&again, &sales, "back");
    again.run(&["verify"]).ok();
    for wrong in [("sqlite:a", "sqlite:b"), ("postgres://me@h/a", "postgres://me@h/b")] {
        run(&mut migrate(wrong.0, wrong.1), "").fails(2).saying("from a folder to PostgreSQL");
    }
}

#[test]
fn a_move_that_was_interrupted_goes_on_and_nobody_serves_the_half_of_it() {
    if !has_file() {
        return;
    }
    let Some(database) = empty() else { return };
    let mut house = Appliance::start();
    let sales = house.keeper();
    house.signal(Signal::TERM);
    house.end();
    let node = &sales.node_id;
    house.alter(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
         INSERT INTO user (user_id, node_id, scope, user_name, user_name_folded, state, lock, resource, version, created_at, modified_at)
         SELECT 1000000 + i, {node}, 0, 'u' || i, 'u' || i, 'active', 'none', '{{\"userName\":\"u' || i || '\"}}', 1, 1, 1 FROM n;
         UPDATE node SET users = 30000 WHERE node_id = {node}"
    ));
    let mut first = migrate(&of(&house.data()), &to(&database));
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("some are copied", || {
        let there = database.ask("SELECT to_regclass('scimbox_moving') IS NOT NULL") == "t";
        (there && database.ask("SELECT count(*) FROM \"user\"") != "0").then_some(())
    });
    first.kill().unwrap();
    first.wait().unwrap();
    if database.ask("SELECT to_regclass('scimbox_moving') IS NOT NULL") == "t" {
        let folder = tempfile::tempdir().unwrap();
        let refused =
            scimbox(folder.path()).env("SCIMBOX_STORE", database.url()).args(["node", "list"]).output().unwrap();
        assert!(String::from_utf8_lossy(&refused.stderr).contains("migrate-store"), "{refused:?}");
        let done = run(&mut migrate(&of(&house.data()), &to(&database)), "").ok().json();
        assert_eq!(done["proof"]["equal"], true, "{done}");
        let users = &done["nouns"]["user"];
        assert!(users["copied"].as_u64().unwrap() < 30_000 && users["there"] == 30_000, "{users}");
    }
    let there = Appliance::on(&database, &[]);
    let client = Client::bearer(&there.url(sales.path()), &sales.token);
    client.get("/Users?count=1").expect(200).says("/totalResults", 30_000);
}
