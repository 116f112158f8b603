//! One long story: Entra brings thirty people and four teams, and an administrator has the last word.

use crate::appliance::{Appliance, eventually};
use crate::console::Console;
use crate::people::*;
use serde_json::{Value, json};

impl Console {
    /// Full sync, to its end.
    #[track_caller]
    pub fn full_sync(&self, node: Option<&str>) -> Value {
        let node = node.map(|node| node.parse::<i64>().unwrap());
        let job =
            self.post("/jobs", json!({ "kind": "full_sync", "node_id": node })).expect(201).at("/job_id").to_string();
        self.finished(&job)
    }

    /// A job when it has ended.
    #[track_caller]
    pub fn finished(&self, job: &str) -> Value {
        eventually("the job ends", || {
            let now = self.get(&format!("/jobs/{job}")).expect(200).json();
            ["done", "failed"].contains(&now["state"].as_str().unwrap()).then_some(now)
        })
    }
}

#[test]
fn entra_brings_thirty_people_and_four_teams() {
    let house = Appliance::start();
    let (console, connected) = (house.console(), house.connect("Sales", &["--idp", "entra", "--approval", "manual"]));
    let entra = connected.entra();
    let name = |n: usize| format!("p{n:02}");
    let ids: Vec<String> = (0..30).map(|n| entra.post("/Users", person(&name(n))).expect(201).id()).collect();
    let teams: Vec<String> = (0..4)
        .map(|t| {
            let id = entra.post("/Groups", without(team(&format!("Team {t}")), "members")).expect(201).id();
            let members: Vec<&String> = ids.iter().skip(t * 7).take(9).collect();
            entra.patch(&format!("/Groups/{id}"), op("add", "members", refs(&members))).expect(204);
            id
        })
        .collect();
    let everybody = 4 * 9;
    console.get("/approvals").expect(200).says("/teams", 4).says("/memberships", everybody);
    // Twenty join.
    let joined: Vec<i64> = ids.iter().take(20).map(|id| id.parse().unwrap()).collect();
    console.post("/users/bulk", json!({ "act": "join", "ids": joined })).expect(200).says("/done", 20);
    console.get("/approvals").says("/memberships", everybody);
    // Two teams are approved by hand, Full sync approves the rest.
    let two = json!({ "teams": [teams[0], teams[1]] });
    console.post("/approvals/approve", two).expect(200).says("/teams/approved", 2);
    let job = console.full_sync(Some(&connected.node_id));
    assert_eq!(job["state"], "done");
    assert_eq!(job["teams"], json!({ "approved": 2 }));
    let ready = (0..4).flat_map(|t| (t * 7..t * 7 + 9).filter(|n| *n < 20)).count();
    assert_eq!(job["memberships"], json!({ "approved": ready, "waiting": everybody - ready, "failed": 0 }));
    assert_eq!((&job["done"], &job["total"]), (&json!(everybody + 2), &json!(everybody + 2)));
    console.get("/approvals").says("/teams", 0).says("/memberships", 0).says("/waiting", everybody - ready);
    // Three of those who wait join, and theirs follow.
    for id in &ids[20..23] {
        console.on_user(id, "join", json!({})).expect(200);
        let user = console.get(&format!("/users/{id}")).expect(200).json();
        assert!(user["teams_list"].as_array().unwrap().iter().all(|team| team["state"] == "approved"), "{user}");
    }
    // One is locked by the administrator and stays so through the next sync.
    console.on_user(&ids[3], "lock", json!({})).expect(200);
    for (n, id) in ids.iter().enumerate() {
        let said = entra.patch(&format!("/Users/{id}"), op("Replace", "active", "True")).expect(200);
        said.says("/active", n != 3);
    }
    // One is deleted and created again: another person, invited, without a decision.
    console.on_user(&ids[5], "lock", json!({})).expect(200);
    console.delete(&format!("/users/{}", ids[5])).expect(204);
    entra.patch(&format!("/Users/{}", ids[5]), op("replace", "active", true)).refused(404);
    let again = entra.post("/Users", person(&name(5))).expect(201).id();
    assert_ne!(again, ids[5]);
    entra.patch(&format!("/Groups/{}", teams[0]), op("add", "members", refs(&[&again]))).expect(204);
    assert_eq!(console.member(&teams[0], &again)["waiting_for"], "JOIN");
    assert_eq!(console.member(&teams[0], &again)["granted"], false);
    assert_eq!(console.member(&teams[0], &ids[5]), Value::Null);
    // Every change was written, and the chain is whole.
    let verdict = console.post("/audit/verify", json!({})).expect(200).says("/ok", true);
    let count = house.run(&["audit", "verify", "--json"]).ok().json();
    assert_eq!(count["checked"], verdict.at("/checked"));
    assert_eq!(console.events("event=create_user").len(), 31);
    assert_eq!(console.events("event=accept_invitation").len(), 23);
}
