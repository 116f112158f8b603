//! Many at once: ten thousand memberships that wait, jobs that are stopped and killed, and acts that collide.

use crate::appliance::{Appliance, eventually, has_file};
use crate::connected::Connected;
use crate::console::Console;
use crate::people::*;
use serde_json::{Value, json};

/// Puts a thousand people in ten teams each, the teams pending and the people joined but for every tenth.
fn fill(house: &Appliance, node: &str) {
    house.alter(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO \"user\" (user_id, node_id, scope, user_name, user_name_folded, state, lock, resource, version, created_at, modified_at)
         SELECT 1000000 + i, {node}, 0, 'u' || i || '@acme.test', 'u' || i || '@acme.test', CASE WHEN i % 10 = 0 THEN 'invited' ELSE 'active' END,
           'none', '{{\"userName\":\"u' || i || '@acme.test\"}}', 1, 1, 1 FROM n;
         UPDATE node SET users = users + 1000 WHERE node_id = {node};
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
         INSERT INTO team (team_key, team_id, node_id, state, name, name_folded, resource, members, version, created_at, modified_at)
         SELECT 2000000 + i, randomblob(16), {node}, 'pending', 'T' || i, 't' || i, '{{\"displayName\":\"T' || i || '\"}}', 1000, 1, 1, 1 FROM n;
         INSERT INTO membership (team_key, user_id, state, created_at)
         SELECT t.team_key, u.user_id, 'pending', 1 FROM team t, \"user\" u WHERE t.node_id = {node} AND u.node_id = {node}"
    ));
}

#[test]
fn ten_thousand_memberships_are_approved_with_progress_while_scim_goes_on() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--approval", "manual"]));
    fill(&house, &sales.node_id);
    console.get("/approvals").expect(200).says("/teams", 10).says("/memberships", 10_000);
    // The first request of all is written down before it is answered.
    sales.client().get("/Users?count=1").expect(200);
    // So slow that it cannot end before it is stopped.
    let db = house.database();
    db.execute_batch(
        "CREATE TRIGGER slow AFTER UPDATE OF state ON membership BEGIN
           SELECT (SELECT count(*) FROM \"user\" a, user b WHERE a.user_id < 1000100 AND b.user_id < 1000100);
         END",
    )
    .unwrap();
    let node: i64 = sales.node_id.parse().unwrap();
    let job = console.post("/jobs", json!({ "kind": "full_sync", "node_id": node })).expect(201).says("/total", 10_010);
    let id = job.at("/job_id").to_string();
    let again = console.post("/jobs", json!({ "kind": "full_sync", "node_id": node }));
    if again.status == 409 {
        again.fails(409, "JOB_RUNNING");
    }
    let path = format!("/jobs/{id}");
    let part = eventually("some are done", || {
        let now = console.get(&path).expect(200).json();
        (now["done"].as_u64().unwrap() > 0).then_some(now)
    });
    let stopped = console.post(&format!("{path}/stop"), json!({}));
    let at = stopped.expect(200).says("/state", "stopped").at("/done").as_u64().unwrap();
    assert!(at >= part["done"].as_u64().unwrap() && at < 10_010, "{at}");
    sales.client().post("/Users", mia()).expect(201);
    assert_eq!(console.get(&path).at("/done"), at, "stopped is stopped");
    db.execute_batch("DROP TRIGGER slow").unwrap();
    console.post(&format!("{path}/resume"), json!({})).expect(200);
    // Other clients read and write in between.
    let client = sales.client();
    for n in 0..20 {
        let one = client.post("/Users", person(&format!("n{n}"))).expect(201).id();
        client.patch(&format!("/Users/{one}"), op("replace", "title", "Dr")).expect(200);
        client.find("/Users", &format!("userName eq \"n{n}@acme.test\"")).finds(&one);
    }
    let done = console.finished(&id);
    assert_eq!(done["memberships"], json!({ "approved": 9000, "waiting": 1000, "failed": 0 }));
    assert_eq!((&done["teams"], &done["total"]), (&json!({ "approved": 10 }), &done["done"]));
    console.post(&format!("{path}/stop"), json!({})).fails(409, "JOB_OVER");
    console.post(&format!("{path}/resume"), json!({})).fails(409, "JOB_OVER");
    console.get("/approvals").says("/memberships", 0).says("/waiting", 1000);
    console.get("/jobs").expect(200).says("/jobs/0/state", "done");
    let names = console.events("event=job_started,job_done");
    assert_eq!(names.last().map(String::as_str), Some("job_started"));
    console.post("/audit/verify", json!({})).expect(200).says("/ok", true);
}

#[test]
fn a_user_of_very_many_teams_shows_a_thousand_and_counts_all() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let mia = sales.client().post("/Users", mia()).expect(201).id();
    let node = &sales.node_id;
    house.alter(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)
         INSERT INTO team (team_key, team_id, node_id, state, name, name_folded, resource, members, version, created_at, modified_at)
         SELECT 2000000 + i, randomblob(16), {node}, 'approved', 'T' || i, 't' || i, '{{\"displayName\":\"T' || i || '\"}}', 1, 1, 1, 1 FROM n;
         INSERT INTO membership (team_key, user_id, state, created_at)
         SELECT t.team_key, {mia}, 'approved', 1 FROM team t WHERE t.node_id = {node}"
    ));
    let seen = console.get(&format!("/users/{mia}")).expect(200).says("/teams", 1001);
    assert_eq!(seen.at("/teams_list").as_array().unwrap().len(), 1000);
    assert_eq!(seen.at("/teams_list/0/name"), "T1");
}

/// How many memberships of a node's teams are approved, and how many are pending.
fn memberships(console: &Console, connected: &Connected) -> [u64; 2] {
    let teams = console.teams(connected);
    let sum = |name: &str| teams.iter().map(|team| team[name].as_u64().unwrap()).sum::<u64>();
    [sum("members") - sum("pending_members"), sum("pending_members")]
}

#[test]
fn a_job_goes_on_after_a_crash_and_a_sign_in_leaves_the_rest_to_one() {
    let mut house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--approval", "manual"]));
    fill(&house, &sales.node_id);
    let job = console.post("/jobs", json!({ "kind": "full_sync" })).expect(201).at("/job_id").to_string();
    house.crash();
    let house = house.again();
    let console = Console::sign_in(&house, crate::appliance::ADMIN, crate::appliance::PASSWORD);
    let done = console.finished(&job);
    assert_eq!(done["state"], "done");
    assert_eq!(memberships(&console, &sales), [9000, 1000]);
    let team = console.teams(&sales)[0]["team_id"].as_str().unwrap().to_owned();
    let members = console.get(&format!("/teams/{team}/members?count=1000")).expect(200).at("/members");
    let mut waiting = members.as_array().unwrap().iter().filter(|member| member["state"] == "pending");
    assert!(waiting.all(|member| member["granted"] == true && member["waiting_for"] == "JOIN"), "{members}");
    // A sign-in approves a little at once and leaves the rest to a job.
    let shop = house.connect("Shop", &[]);
    house.alter("UPDATE membership SET state = 'pending', granted = FALSE");
    house.alter(&format!(
        "UPDATE team SET node_id = {shop}; UPDATE \"user\" SET node_id = {shop};
         UPDATE node SET teams = CASE WHEN node_id = {shop} THEN 10 ELSE 0 END",
        shop = shop.node_id
    ));
    let credentials = json!({ "email": crate::appliance::ADMIN, "password": crate::appliance::PASSWORD });
    let signed = crate::console::visitor(&house).post("/session", credentials).expect(200);
    let at_once = signed.at("/approved/memberships").as_u64().unwrap();
    assert!(at_once > 0 && at_once <= 500, "{at_once}");
    let job = console.finished(&signed.at("/job_id").to_string());
    assert_eq!((&job["kind"], &job["state"]), (&json!("sign_in_sync"), &json!("done")));
    assert_eq!(memberships(&console, &shop), [9000, 1000]);
}

/// Two users who come, one of them twice, and one who goes again in the same request.
fn coming_and_going(n: usize) -> Value {
    let made =
        |id: &str, name: String| json!({ "method": "POST", "path": "/Users", "bulkId": id, "data": person(&name) });
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        made("a", format!("a{n}")), made("b", format!("a{n}")), made("c", format!("c{n}")),
        { "method": "DELETE", "path": "/Users/bulkId:a" },
    ] })
}

#[test]
fn two_hundred_acts_at_once_leave_a_consistent_directory() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--approval", "manual"]));
    let shop = house.connect("Shop", &[]);
    let client = sales.client();
    let ids: Vec<String> = (0..20).map(|n| client.post("/Users", person(&format!("p{n}"))).expect(201).id()).collect();
    let teams: Vec<String> = (0..4)
        .map(|t| {
            client.post("/Groups", with(team(&format!("T{t}")), json!({ "members": refs(&ids) }))).expect(201).id()
        })
        .collect();
    let shop_node: i64 = shop.node_id.parse().unwrap();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let (ids, teams, console, client) = (&ids, &teams, &console, &client);
        let act = move |n: usize| -> u16 {
            let (user, team) = (&ids[n * 7 % 20], &teams[n * 3 % 4]);
            let membership = json!({ "memberships": [{ "team_id": team, "user_id": user.parse::<i64>().unwrap() }] });
            let reply = match n % 10 {
                0 => console.on_user(user, "lock", json!({})),
                1 => console.on_user(user, "unlock", json!({})),
                2 => console.on_user(user, "join", json!({})),
                3 => console.post("/approvals/approve", json!({ "teams": [team] })),
                4 => console.post("/approvals/approve", membership),
                5 => client.patch(&format!("/Users/{user}"), op("replace", "active", n % 20 == 5)),
                6 => client.patch(&format!("/Groups/{team}"), op("add", "members", refs(&[user]))),
                7 if n % 40 == 7 => console.on_user(user, "move", json!({ "node_id": shop_node })),
                7 => client.delete(&format!("/Users/{user}")),
                8 if n % 20 == 8 => console.delete(&format!("/users/{user}")),
                8 => console.post("/jobs", json!({ "kind": "full_sync" })),
                9 if n % 20 == 9 => client.post("/Bulk", coming_and_going(n)),
                _ => console
                    .post("/approvals/reject", json!({ "memberships": membership["memberships"], "reason": "no" })),
            };
            reply.status
        };
        let lanes: Vec<_> =
            (0..8).map(|lane| scope.spawn(move || (0..25).map(|n| act(n * 8 + lane)).collect::<Vec<_>>())).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    assert_eq!(statuses.len(), 200);
    assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
    eventually("all jobs end", || {
        let jobs = console.get("/jobs?count=1000").expect(200).json();
        jobs["jobs"].as_array().unwrap().iter().all(|job| job["state"] == "done").then_some(())
    });
    for (what, sql) in [
        ("memberships without team or user", "SELECT count(*) FROM membership m WHERE NOT EXISTS
            (SELECT 1 FROM team t JOIN \"user\" u ON u.node_id = t.node_id WHERE t.team_key = m.team_key AND u.user_id = m.user_id)"),
        ("approved memberships of the invited", "SELECT count(*) FROM membership m JOIN \"user\" u ON u.user_id = m.user_id
            WHERE m.state = 'approved' AND u.state = 'invited'"),
        ("approved memberships of pending teams", "SELECT count(*) FROM membership m JOIN team t ON t.team_key = m.team_key
            WHERE m.state = 'approved' AND t.state = 'pending'"),
        ("wrong counts of members", "SELECT count(*) FROM team t WHERE t.members <>
            (SELECT count(*) FROM membership m WHERE m.team_key = t.team_key)"),
        ("wrong counts of users", "SELECT count(*) FROM node n WHERE n.users <>
            (SELECT count(*) FROM \"user\" u WHERE u.node_id = n.node_id)"),
        ("locks without a moment", "SELECT count(*) FROM \"user\" u WHERE (u.lock <> 'none') <> (u.locked_at IS NOT NULL)"),
        ("granted ones that did not follow", "SELECT count(*) FROM membership m JOIN \"user\" u ON u.user_id = m.user_id
            JOIN team t ON t.team_key = m.team_key WHERE m.state = 'pending' AND m.granted = TRUE AND m.rejection IS NULL
            AND t.state = 'approved' AND u.state = 'active' AND u.lock = 'none'"),
    ] {
        assert_eq!(house.number(sql), 0, "{what}");
    }
    console.post("/audit/verify", json!({})).expect(200).says("/ok", true);
    assert_eq!(
        console.get("/users?count=1").expect(200).at("/total").as_i64(),
        Some(house.number("SELECT count(*) FROM \"user\""))
    );
    assert_ne!(console.get("/audit").at("/events/0"), Value::Null);
}

#[test]
fn who_comes_and_goes_in_one_request_is_counted_right() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.rfc().client());
    client.post("/Users", person("mia")).expect(201);
    client.post("/Bulk", coming_and_going(1)).expect(200).says("/Operations/1/status", "409");
    client.get("/Users").expect(200).says("/totalResults", 2);
    let nodes = console.get("/nodes").expect(200).json();
    assert_eq!(nodes.as_array().unwrap().iter().map(|node| node["users"].as_u64().unwrap()).sum::<u64>(), 2);
    console.post("/audit/verify", json!({})).expect(200).says("/ok", true);
}
