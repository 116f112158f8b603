//! Teams and approvals: what waits, what for, and how it is decided.

use crate::appliance::{ADMIN, Appliance, PASSWORD, has_file};
use crate::connected::Connected;
use crate::console::Console;
use crate::people::*;
use serde_json::{Value, json};

/// A connection that leaves every decision to an administrator.
fn manual(house: &Appliance) -> Connected {
    house.connect("Sales", &["--approval", "manual"])
}

impl Console {
    /// The state of each member of a team by its user id.
    #[track_caller]
    pub fn member(&self, team: &str, user: &str) -> Value {
        let members = self.get(&format!("/teams/{team}/members?count=1000")).expect(200).json();
        let all = members["members"].as_array().unwrap();
        all.iter().find(|m| m["user_id"].as_u64() == user.parse().ok()).cloned().unwrap_or(Value::Null)
    }
}

#[test]
fn a_job_that_cannot_go_on_says_why_in_the_audit_log_and_can_be_resumed() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let (console, sales) = (house.console(), manual(&house));
    sales.client().post("/Groups", team("Red")).expect(201);
    let db = house.database();
    db.execute_batch("CREATE TRIGGER jam BEFORE UPDATE ON team BEGIN SELECT RAISE (ABORT, 'jammed'); END").unwrap();
    let job = console.full_sync(None);
    assert_eq!(job["state"], "failed");
    let failed = console.get("/audit?event=job_failed").expect(200);
    let id = &job["job_id"];
    assert_eq!(failed.at("/events/0/object"), format!("job:{id}"));
    assert_eq!(failed.at("/events/0/actor"), format!("job:{id}"));
    assert_eq!(failed.at("/events/0/after/error"), job["error"]);
    assert!(job["error"].as_str().unwrap().contains("jammed"), "{job}");
    db.execute_batch("DROP TRIGGER jam").unwrap();
    console.post(&format!("/jobs/{id}/resume"), json!({})).expect(200);
    assert_eq!(console.finished(&id.to_string())["state"], "done");
    assert_eq!(console.events("event=job_started,job_failed,job_resumed,job_done").len(), 4);
    console.post("/audit/verify", json!({})).expect(200).says("/ok", true);
}

#[test]
fn a_membership_needs_a_team_a_person_and_a_decision_and_follows_by_itself() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), manual(&house));
    let client = sales.client();
    let (mia, ann) =
        (client.post("/Users", mia()).expect(201).id(), client.post("/Users", person("ann")).expect(201).id());
    let red = with(team("Red"), json!({ "members": refs(&[&mia, &ann]) }));
    let red = client.post("/Groups", red).expect(201).id();
    console.on_user(&mia, "join", json!({})).expect(200);
    let waits = console.get("/approvals").expect(200).says("/teams", 1).says("/memberships", 2).says("/waiting", 0);
    assert_eq!(waits.at("/nodes/0/scim_id").to_string(), sales.scim_id);
    assert_eq!(console.member(&red, &mia)["waiting_for"], "TEAM");
    // Approving the team approves no membership.
    let both = json!({ "teams": [red], "restrict_edit": true });
    console.post("/approvals/approve", both.clone()).expect(200).says("/teams/approved", 1);
    console.post("/approvals/approve", both).expect(200).says("/teams/failed", 1);
    console.get(&format!("/teams/{red}")).says("/restrict_edit", true).says("/restrict_share", false);
    assert_eq!(console.member(&red, &mia)["waiting_for"], "APPROVAL");
    assert_eq!(console.member(&red, &ann)["waiting_for"], "JOIN");
    let user = |id: &str| json!({ "team_id": red, "user_id": id.parse::<i64>().unwrap() });
    let decided = console.post("/approvals/approve", json!({ "memberships": [user(&mia), user(&ann), user("7")] }));
    let counts = json!({ "approved": 1, "waiting": 1, "failed": 1 });
    assert_eq!(decided.expect(200).at("/memberships"), counts);
    assert_eq!(console.member(&red, &ann)["granted"], true);
    let found = |query: &str| console.get(&format!("/approvals/memberships?{query}")).expect(200).at("/total");
    assert_eq!(
        [found("q=MIA&which=waiting"), found("which=waiting&q=ann%20berg"), found("which=waiting&q=RE")],
        [0, 1, 1]
    );
    console.get("/approvals").says("/memberships", 0).says("/waiting", 1);
    console.on_user(&ann, "lock", json!({})).expect(200);
    console.on_user(&ann, "join", json!({})).expect(200);
    assert_eq!(console.member(&red, &ann)["waiting_for"], "UNLOCK");
    console.on_user(&ann, "unlock", json!({})).expect(200);
    assert_eq!(console.member(&red, &ann)["state"], "approved");
    client.get(&format!("/Groups/{red}")).expect(200).says("/id", red.as_str());
}

#[test]
fn what_is_rejected_stays_on_the_wire_and_out_of_every_sync() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), manual(&house));
    let client = sales.client();
    let mia = client.post("/Users", mia()).expect(201).id();
    console.on_user(&mia, "join", json!({})).expect(200);
    let group =
        |name: &str| client.post("/Groups", with(team(name), json!({ "members": refs(&[&mia]) }))).expect(201).id();
    let (red, blue) = (group("Red"), group("Blue"));
    console.post("/approvals/reject", json!({ "teams": [red] })).fails(400, "INVALID");
    let no = json!({ "teams": [red], "memberships": [{ "team_id": blue, "user_id": mia.parse::<i64>().unwrap() }],
        "reason": "not ours" });
    console.post("/approvals/reject", no).expect(200).says("/teams/rejected", 1).says("/memberships/rejected", 1);
    assert_eq!(client.members_of(&red), [mia.as_str()]);
    // Nothing of a rejected team waits any more, and nobody counts twice.
    console.get("/approvals").expect(200).says("/teams", 1).says("/memberships", 0).says("/waiting", 0);
    console.get(&format!("/teams/{red}")).expect(200).says("/members", 1);
    let counts = house.run(&["team-approve", "--json"]).ok().json();
    assert_eq!(counts["teams"], json!({ "approved": 1, "failed": 0 }));
    assert_eq!(counts["memberships"], json!({ "approved": 0, "waiting": 0, "failed": 0 }));
    console.get(&format!("/teams/{red}")).says("/state", "rejected").says("/rejection", "not ours");
    console.get("/teams?state=rejected").says("/total", 1);
    console.get("/approvals/memberships?which=rejected").says("/total", 1);
    assert_eq!(console.member(&blue, &mia)["rejection"], "not ours");
    // By name it can still be approved.
    console.post("/approvals/approve", json!({ "teams": [red] })).expect(200).says("/teams/approved", 1);
    console.get(&format!("/teams/{red}")).says("/state", "approved").says("/rejection", Value::Null);
}

#[test]
fn team_approve_decides_teams_users_or_both_in_one_node_or_all() {
    let house = Appliance::start();
    let (sales, shop) = (manual(&house), house.connect("Shop", &["--approval", "manual"]));
    for connected in [&sales, &shop] {
        let client = connected.client();
        let name = if connected.node_id == sales.node_id { "mia" } else { "ann" };
        let id = client.post("/Users", person(name)).expect(201).id();
        house.run(&["user", "join", &id]).ok();
        client.post("/Groups", with(team("Red"), json!({ "members": refs(&[&id]) }))).expect(201);
    }
    let plan = house.run(&["team-approve", "--dry-run", "--json"]).ok().json();
    assert_eq!(plan.as_array().unwrap().len(), 4);
    assert_eq!(plan[0]["action"], "approve team");
    let shown = |node: &str| house.run(&["team", "list", "--node", node, "--json"]).ok().json()[0].clone();
    assert_eq!(shown(&sales.node_id)["state"], "pending", "a dry run changes nothing");
    let counts = |args: &[&str]| house.run(&[&["team-approve", "--json"], args].concat()).ok().json();
    let node = ["--node", &sales.node_id];
    assert_eq!(counts(&[&["--user"][..], &node].concat())["memberships"]["waiting"], 1, "the team is pending");
    let teams = counts(&[&["--team", "--restrict-share", "on"][..], &node].concat());
    assert_eq!(
        teams,
        json!({ "teams": { "approved": 1, "failed": 0 }, "memberships": { "approved": 1, "waiting": 0, "failed": 0 } })
    );
    assert_eq!(shown(&sales.node_id)["pending_members"], 0, "what was granted follows");
    let id = shown(&sales.node_id)["team_id"].as_str().unwrap().to_owned();
    assert_eq!(house.run(&["team", "view", &id, "--json"]).ok().json()["restrict_share"], true);
    assert_eq!(shown(&shop.node_id)["state"], "pending");
    let all = counts(&[]);
    assert_eq!((&all["teams"]["approved"], &all["memberships"]["approved"]), (&json!(1), &json!(1)));
    assert_eq!(
        counts(&[]),
        json!({ "teams": { "approved": 0, "failed": 0 }, "memberships": { "approved": 0, "waiting": 0, "failed": 0 } })
    );
    let keys: Vec<String> = shown(&shop.node_id).as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["team_id", "name", "state", "node_id", "members", "pending_members", "external_id"]);
}

#[test]
fn teams_are_made_renamed_and_deleted_by_hand() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--role-prefix", "role:"]));
    let client = sales.client();
    let (mia, ann) =
        (client.post("/Users", mia()).expect(201).id(), client.post("/Users", person("ann")).expect(201).id());
    console.on_user(&mia, "join", json!({})).expect(200);
    let node: i64 = sales.node_id.parse().unwrap();
    let red = console.post("/teams", json!({ "node_id": node, "name": "Red", "restrict_view": true })).expect(201);
    let red = red.says("/state", "approved").says("/origin", "hand").says("/restrict_view", true);
    let id = red.at("/team_id").as_str().unwrap().to_owned();
    client.get(&format!("/Groups/{id}")).expect(200).says("/displayName", "Red").lacks("/externalId");
    let both = json!({ "add": [mia.parse::<i64>().unwrap(), ann.parse::<i64>().unwrap()] });
    console.post(&format!("/teams/{id}/members"), both).expect(200).says("/members", 2).says("/pending_members", 1);
    assert_eq!(console.member(&id, &mia)["state"], "approved");
    house.run(&["user", "join", &ann]).ok();
    assert_eq!(console.member(&id, &ann)["state"], "approved", "who is added by hand follows by itself");
    let shop = house.connect("Shop", &[]);
    let eve = shop.client().post("/Users", person("eve")).expect(201).id();
    let foreign = json!({ "add": [eve.parse::<i64>().unwrap()] });
    console.post(&format!("/teams/{id}/members"), foreign).fails(400, "NO_SUCH_MEMBER");
    console.post(&format!("/teams/{id}/members"), json!({ "remove": [mia.parse::<i64>().unwrap()] })).expect(200);
    console.patch(&format!("/teams/{id}"), json!({ "name": "role:Red" })).expect(200).says("/role", true);
    assert_eq!(console.get("/teams?role=true").expect(200).at("/total"), 1);
    console.post(&format!("/teams/{id}/members"), json!({ "add": [mia.parse::<i64>().unwrap()] })).expect(200);
    console.delete(&format!("/teams/{id}")).expect(204);
    client.get(&format!("/Groups/{id}")).refused(404);
    let told = console.events(&format!("team_id={id}"));
    let life = [
        "team_deleted",
        "added_to_role",
        "team_updated",
        "removed_from_team",
        "added_to_team",
        "pending_added_to_team",
        "added_to_team",
        "team_updated",
        "team_created",
    ];
    assert_eq!(told, life);
    let made = house.run(&["team", "add", "Blue", "--node", &sales.node_id, "--json"]).ok().json();
    let made = made["team_id"].as_str().unwrap();
    house.run(&["team", "rename", made, "Green"]).ok();
    house.run(&["team", "approve", made]).ok();
    client.get(&format!("/Groups/{made}")).expect(200).says("/displayName", "Green");
    house.run(&["team", "delete", made, "--force"]).ok();
    house.run(&["team", "view", made]).fails(3);
}

#[test]
fn adding_somebody_by_hand_decides_what_waited_or_was_rejected() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), manual(&house));
    let client = sales.client();
    let ids: Vec<String> =
        ["ann", "bob", "cid"].iter().map(|n| client.post("/Users", person(n)).expect(201).id()).collect();
    let red = with(team("Red"), json!({ "members": refs(&ids) }));
    let red = client.post("/Groups", red).expect(201).id();
    console.post("/approvals/approve", json!({ "teams": [red] })).expect(200);
    console.on_user(&ids[0], "join", json!({})).expect(200);
    console.on_user(&ids[1], "join", json!({})).expect(200);
    let number = |id: &str| id.parse::<i64>().unwrap();
    let rejected = json!({ "memberships": [{ "team_id": red, "user_id": number(&ids[1]) }], "reason": "not here" });
    console.post("/approvals/reject", rejected).expect(200).says("/memberships/rejected", 1);
    let all: Vec<i64> = ids.iter().map(|id| number(id)).collect();
    console.post(&format!("/teams/{red}/members"), json!({ "add": all })).expect(200);
    assert_eq!(console.member(&red, &ids[0])["state"], "approved");
    assert_eq!(console.member(&red, &ids[1])["state"], "approved");
    assert_eq!(console.member(&red, &ids[2])["waiting_for"], "JOIN");
    console.on_user(&ids[2], "join", json!({})).expect(200);
    assert_eq!(console.member(&red, &ids[2])["state"], "approved");
}

#[test]
fn a_draft_decides_nothing_until_it_is_saved() {
    let house = Appliance::start();
    let console = house.console();
    let node = console.node("Sales");
    let first = console.connect(&node, json!({ "approval": "manual" }));
    let red = first.client().post("/Groups", team("Red")).expect(201).id();
    console.delete(&format!("/connections/{}", first.scim_id)).expect(204);
    let state = || console.get(&format!("/teams/{red}")).expect(200).at("/state");
    let draft = console.generate(&node, json!({ "approval": "sign-in" }));
    Console::sign_in(&house, ADMIN, PASSWORD);
    assert_eq!(state(), "pending", "a sign-in approves only for connections that are saved");
    console.edit(&draft, json!({ "approval": "automatic" })).expect(200);
    assert_eq!(state(), "pending");
    console.save(&draft).expect(200);
    assert_eq!(state(), "approved");
}

#[test]
fn teams_are_listed_in_every_order() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let client = sales.client();
    let ids = ["mia", "ann"].map(|name| client.post("/Users", person(name)).expect(201).id());
    let mut made = Vec::new();
    for (name, members) in [("beta", &ids[..]), ("Alpha", &[]), ("gamma", &ids[..1])] {
        made.push(client.post("/Groups", with(team(name), json!({ "members": refs(members) }))).expect(201).id());
    }
    console.patch(&format!("/teams/{}", made[0]), json!({ "name": "Beta" })).expect(200);
    let names = |query: &str| -> Vec<Value> {
        let list = console.get(&format!("/teams?{query}")).expect(200).says("/total", 3).json();
        list["teams"].as_array().unwrap().iter().map(|team| team["name"].clone()).collect()
    };
    for (sort, order) in [
        ("", ["Beta", "Alpha", "gamma"]),
        ("sort=created_at", ["Beta", "Alpha", "gamma"]),
        ("sort=name", ["Alpha", "Beta", "gamma"]),
        ("sort=members", ["Alpha", "gamma", "Beta"]),
        ("sort=modified_at", ["Alpha", "gamma", "Beta"]),
    ] {
        assert_eq!(names(sort), order, "{sort}");
        assert_eq!(names(&format!("{sort}&order=asc")), order, "{sort}");
        let turned: Vec<&str> = order.into_iter().rev().collect();
        assert_eq!(names(&format!("{sort}&order=desc")), turned, "{sort}");
    }
    assert_eq!(names("sort=name&start=2&count=1"), ["Beta"]);
    let waiting = console.get("/approvals/teams?sort=members&order=desc&count=1").expect(200).says("/total", 3);
    assert_eq!(waiting.at("/teams/0/name"), "Beta");
    for wrong in ["sort=user_name", "sort=size", "order=up", "state=invited"] {
        console.get(&format!("/teams?{wrong}")).fails(400, "INVALID");
    }
}

#[test]
fn what_a_sign_in_has_approved_waits_again_when_that_is_undone() {
    let house = Appliance::start();
    let (before, sales) = (house.console(), house.connect("Sales", &["--approval", "sign-in"]));
    let client = sales.client();
    let (ada, ann) =
        (client.post("/Users", mia()).expect(201).id(), client.post("/Users", person("ann")).expect(201).id());
    before.on_user(&ada, "join", json!({})).expect(200);
    let members = json!({ "members": refs(&[&ada, &ann]) });
    let red = client.post("/Groups", with(team("Red"), members)).expect(201).id();
    before.post("/approvals/undo", json!({})).fails(400, "INVALID");
    // Red and the membership of who has joined; the other one is granted and waits.
    let console = Console::sign_in(&house, ADMIN, PASSWORD);
    assert_eq!(console.member(&red, &ada)["state"], "approved");
    assert_eq!(console.member(&red, &ann)["granted"], true);
    let undone = console.post("/approvals/undo", json!({})).expect(200);
    undone.says("/teams", 1).says("/memberships", 2);
    console.get(&format!("/teams/{red}")).expect(200).says("/state", "pending");
    for user in [&ada, &ann] {
        let member = console.member(&red, user);
        assert_eq!((&member["state"], &member["granted"]), (&json!("pending"), &json!(false)), "{member}");
    }
    console.get("/approvals").expect(200).says("/teams", 1).says("/memberships", 2).says("/waiting", 0);
    assert_eq!(client.members_of(&red).len(), 2, "the identity provider sees what it sent");
    let told = console.events("event=approval_undone");
    assert_eq!(told.len(), 2, "{told:?}");
    console.post("/approvals/undo", json!({})).expect(200).says("/teams", 0).says("/memberships", 0);
    console.post("/audit/verify", json!({})).expect(200).says("/ok", true);
    // Who was approved by name meanwhile waits for the team alone.
    let again = Console::sign_in(&house, ADMIN, PASSWORD);
    again.post("/approvals/undo", json!({})).expect(200).says("/teams", 1);
}
