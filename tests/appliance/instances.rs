//! Several instances on one PostgreSQL: what one does counts at the others at once, and nothing is lost between them.

use crate::appliance::cluster::{Cluster, Database, cluster};
use crate::appliance::{Appliance, PATIENCE, eventually, program, run};
use crate::connected::Connected;
use crate::idp_clients::{Client, encoded};
use crate::people::*;
use crate::programs::skipped;
use crate::push_fixture::{Files, has_done, person as pushed, push, record};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

/// A new database; nothing, said loudly, where there is no PostgreSQL.
fn database() -> Option<Database> {
    match cluster() {
        Ok(cluster) => Some(cluster.fresh()),
        Err(why) => {
            skipped(&format!("several instances on one database, because {why}"));
            None
        }
    }
}

/// The same connection, reached through an instance.
fn through(house: &Appliance, connected: &Connected) -> Client {
    Client::bearer(&house.url(connected.path()), &connected.token)
}

#[test]
fn a_revocation_and_a_pause_count_on_the_next_request_at_every_instance() {
    let Some(database) = database() else { return };
    let (one, other) = (Appliance::on(&database, &[]), Appliance::on(&database, &[]));
    let sales = one.keeper();
    let client = through(&other, &sales);
    for _ in 0..20 {
        client.get("/Users").expect(200);
        one.run(&["scim", "pause", &sales.scim_id]).ok();
        client.get("/Users").refused(503);
        one.run(&["scim", "resume", &sales.scim_id]).ok();
        client.get("/Users").expect(200);
    }
    let console = one.console();
    let tokens = console.view(&sales).at("/tokens");
    let id = tokens[0]["token_id"].as_str().unwrap().to_owned();
    client.post("/Users", mia()).expect(201);
    console.delete(&format!("/connections/{}/tokens/{id}", sales.scim_id)).expect(200);
    client.get("/Users").refused(401);
    client.post("/Users", person("late")).refused(401);
}

#[test]
fn changes_of_one_user_under_if_match_lose_nothing() {
    let Some(database) = database() else { return };
    let houses = [Appliance::on(&database, &[]), Appliance::on(&database, &[])];
    let sales = houses[0].rfc();
    let id = sales.client().post("/Users", with(mia(), json!({ "nickName": "0" }))).expect(201).id();
    let path = format!("/Users/{id}");
    let done = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (client, path, done) = (through(&houses[n % 2], &sales), &path, &done);
            scope.spawn(move || {
                for _ in 0..12 {
                    let seen = client.get(path).expect(200);
                    let number: u32 = seen.at("/nickName").as_str().unwrap().parse().unwrap();
                    let version = seen.header("etag").to_owned();
                    let change = op("replace", "nickName", (number + 1).to_string());
                    let reply = client.clone().with("If-Match", &version).patch(path, change);
                    match reply.status {
                        200 => drop(done.fetch_add(1, Ordering::SeqCst)),
                        _ => drop(reply.refused(412)),
                    }
                }
            });
        }
    });
    let done = done.into_inner();
    assert!(done >= 12, "{done}");
    sales.client().get(&path).says("/nickName", done.to_string());
    houses[1].run(&["audit", "verify"]).ok();
}

#[test]
fn members_that_many_add_to_one_team_are_all_there() {
    let Some(database) = database() else { return };
    let houses = [Appliance::on(&database, &[]), Appliance::on(&database, &[])];
    let sales = houses[0].keeper();
    let red = sales.client().post("/Groups", team("Red")).expect(201).id();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (client, red) = (through(&houses[n % 2], &sales), &red);
            scope.spawn(move || {
                for m in 0..10 {
                    let id = client.post("/Users", person(&format!("p{n}-{m}"))).expect(201).id();
                    let add = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                        "Operations": [{ "op": "add", "path": "members", "value": refs(&[id]) }] });
                    client.patch(&format!("/Groups/{red}"), add).expect(204);
                }
            });
        }
    });
    assert_eq!(sales.client().members_of(&red).len(), 80);
    assert_eq!(houses[1].number("SELECT members FROM team"), 80);
    assert_eq!(houses[1].number("SELECT users FROM node WHERE users > 0"), 80);
    houses[1].run(&["audit", "verify"]).ok();
}

#[test]
fn one_name_is_given_once_however_many_ask() {
    let Some(database) = database() else { return };
    let houses = [Appliance::on(&database, &[]), Appliance::on(&database, &[])];
    let places = [houses[0].connect("Sales", &[]), houses[0].connect("Shop", &[])];
    for round in 0..10 {
        let made: Vec<(u16, String)> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..8)
                .map(|n| {
                    let client = through(&houses[n % 2], &places[n / 4]);
                    scope.spawn(move || {
                        let reply = client.post("/Users", person(&format!("same{round}")));
                        (reply.status, reply.at("/id").as_str().unwrap_or_default().to_owned())
                    })
                })
                .collect();
            asked.into_iter().map(|one| one.join().unwrap()).collect()
        });
        // In the node that was first all others are linked to that user.
        let ids: BTreeSet<&str> = made.iter().filter(|(status, _)| *status == 201).map(|(_, id)| id.as_str()).collect();
        assert_eq!(ids.len(), 1, "{made:?}");
        assert_eq!(made.iter().filter(|(status, _)| *status == 409).count(), 4, "{made:?}");
    }
}

/// `SCIMBOX_TEST_WRITES` says how many writes there are at least.
#[test]
fn a_walk_while_others_write_sees_all_that_was_there_exactly_once() {
    let Some(database) = database() else { return };
    let houses = [Appliance::on(&database, &[]), Appliance::on(&database, &[])];
    let sales = houses[0].connect("Sales", &["--preset", "rfc", "--page-size", "50"]);
    let client = sales.client();
    let old: Vec<String> =
        (0..400).map(|n| client.post("/Users", person(&format!("old{n}"))).expect(201).id()).collect();
    let (over, grows, written) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU32::new(0));
    let wanted = std::env::var("SCIMBOX_TEST_WRITES").map_or(0, |writes| writes.parse().unwrap());
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (client, over, grows, written) = (through(&houses[n % 2], &sales), &over, &grows, &written);
            scope.spawn(move || {
                for m in 0.. {
                    if over.load(Ordering::SeqCst) {
                        return;
                    }
                    let id = client.post("/Users", person(&format!("new{n}-{m}"))).expect(201).id();
                    written.fetch_add(1, Ordering::SeqCst);
                    if m % 3 == 0 && !grows.load(Ordering::SeqCst) {
                        client.delete(&format!("/Users/{id}")).expect(204);
                    }
                }
            });
        }
        let mut walks = 0;
        while walks < 3 || written.load(Ordering::SeqCst) < wanted {
            walks += 1;
            let by_cursor = walk_by_cursor(&through(&houses[1], &sales));
            let filter = encoded("userName sw \"old\"");
            let by_pages = walk_by_pages(&through(&houses[1], &sales), &format!("/Users?filter={filter}"));
            for id in &old {
                assert_eq!(by_cursor.get(id), Some(&1), "{id} by cursor");
                assert_eq!(by_pages.get(id), Some(&1), "{id} by pages");
            }
            assert!(by_cursor.values().all(|times| *times == 1));
        }
        // Pages without a filter count on from the beginning, which only grows at its end from now on.
        grows.store(true, Ordering::SeqCst);
        let before = walk_by_cursor(&client);
        let by_pages = walk_by_pages(&through(&houses[1], &sales), "/Users?");
        assert!(by_pages.values().all(|times| *times == 1));
        assert!(old.iter().all(|id| before.contains_key(id) && by_pages.contains_key(id)));
        over.store(true, Ordering::SeqCst);
    });
}

fn count(seen: &mut BTreeMap<String, u32>, page: &[Value]) {
    for resource in page {
        *seen.entry(resource["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
}

fn walk_by_cursor(client: &Client) -> BTreeMap<String, u32> {
    let (mut seen, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = client.get(&format!("/Users?count=50&attributes=id&cursor={}", encoded(&cursor))).expect(200).json();
        count(&mut seen, page["Resources"].as_array().unwrap());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return seen,
        }
    }
}

fn walk_by_pages(client: &Client, path: &str) -> BTreeMap<String, u32> {
    let (mut seen, mut start) = (BTreeMap::new(), 1);
    loop {
        let page = client.get(&format!("{path}&attributes=id&count=50&startIndex={start}")).expect(200).listed();
        if page.is_empty() {
            return seen;
        }
        start += page.len();
        count(&mut seen, &page);
    }
}

#[test]
fn an_instance_that_is_killed_takes_no_acknowledged_write_along() {
    let Some(database) = database() else { return };
    let (mut one, other) = (Appliance::on(&database, &[]), Appliance::on(&database, &[]));
    let sales = one.connect("Sales", &["--page-size", "10000"]);
    let dead = AtomicBool::new(false);
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|n| {
                let (doomed, dead) = (n % 2 == 0, &dead);
                let client = through(if doomed { &one } else { &other }, &sales);
                scope.spawn(move || {
                    let mut told = Vec::new();
                    for m in 0.. {
                        if dead.load(Ordering::SeqCst) {
                            break;
                        }
                        match client.try_send("POST", "/Users", person(&format!("w{n}-{m}"))) {
                            Some(made) => told.push(made.expect(201).id()),
                            None if doomed => break,
                            None => panic!("the other instance goes on"),
                        }
                    }
                    told
                })
            })
            .collect();
        let users = || other.number("SELECT coalesce(max(users), 0) FROM node");
        eventually("enough is written", || (users() > 80).then_some(()));
        one.crash();
        let then = users();
        eventually("the other goes on", || (users() > then + 40).then_some(()));
        dead.store(true, Ordering::SeqCst);
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let client = through(&other, &sales);
    let there = client.get("/Users?attributes=id&count=10000").expect(200).listed();
    let mut seen = BTreeMap::new();
    count(&mut seen, &there);
    assert!(seen.values().all(|times| *times == 1));
    let lost: Vec<_> = acknowledged.iter().filter(|id| !seen.contains_key(*id)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    client.get("/Users?count=0").says("/totalResults", seen.len());
    other.run(&["audit", "verify"]).ok();
}

#[test]
fn a_job_goes_on_at_another_instance_when_its_own_is_killed() {
    let Some(database) = database() else { return };
    let (mut one, other) = (Appliance::on(&database, &[]), Appliance::on(&database, &[]));
    let console = one.console();
    let sales = one.connect("Sales", &["--approval", "manual"]);
    let client = through(&other, &sales);
    for n in 0..30 {
        client.post("/Groups", team(&format!("T{n}"))).expect(201);
    }
    let job = console.post("/jobs", json!({ "kind": "full_sync" })).expect(201).at("/job_id").to_string();
    one.crash();
    let console = crate::console::Console::sign_in(&other, crate::appliance::ADMIN, crate::appliance::PASSWORD);
    assert_eq!(console.finished(&job)["state"], "done");
    assert_eq!(console.events("event=job_done").len(), 1);
    console.post("/audit/verify", json!({})).expect(200).says("/ok", true);
}

#[test]
fn what_one_instance_changes_shows_on_the_live_page_of_another() {
    let Some(database) = database() else { return };
    let (one, other) = (Appliance::on(&database, &[]), Appliance::on(&database, &[]));
    let console = one.console();
    let sales = one.keeper();
    let elsewhere = crate::console::Console::sign_in(&other, crate::appliance::ADMIN, crate::appliance::PASSWORD);
    assert_eq!(elsewhere.state(&sales), "pending");
    // A session that began at one is known at the other.
    let session = Client::plain(&other.url("/api/v1")).with("Cookie", &console.cookie);
    session.get("/session").expect(200);
    let mut page = crate::wire::Wire::open(&other);
    let path = format!("/api/v1/connections/{}/live", sales.scim_id);
    page.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", elsewhere.cookie));
    let mut line = String::new();
    while !line.contains("\"pending\"") {
        line = page.line();
    }
    sales.client().get("/Users").expect(200);
    while !line.contains("\"active\"") {
        line = page.line();
    }
}

#[test]
fn commands_know_the_database_and_say_who_looks_after_it() {
    let Some(database) = database() else { return };
    let house = Appliance::on(&database, &["--metrics-listen", "127.0.0.1:0"]);
    house.keeper().client().post("/Users", mia()).expect(201);
    for (command, who) in [
        (&["backup", "create"][..], "pg_dump"),
        (&["backup", "restore", "x", "--yes"], "pg_dump"),
        (&["verify"], "pg_amcheck"),
        (&["salvage", "--to", "x"], "pg_amcheck"),
    ] {
        house.run(command).fails(5).saying(who);
    }
    let console = house.console();
    let refused = console.post("/backups", json!({}));
    assert!(refused.status >= 400 && refused.text.contains("pg_dump"), "{}", refused.text);
    let report = house.json(&["doctor"]);
    let found = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "database").unwrap();
    assert!(found["result"].as_str().unwrap().contains("postgres://"), "{report}");
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(house.json(&["support-report"])["database"]["kind"], "postgres");
    let check = house.json(&["upgrade-check"]);
    assert_eq!((&check["action"], &check["schema"]), (&json!("none"), &check["known"]), "{check}");
    let place = house.line(|line| line.contains("metrics on"));
    let metrics = Client::plain(place.trim_start_matches("metrics on ").trim_end_matches("/metrics"));
    let text = metrics.get("/metrics").expect(200).text;
    let most = text.lines().find_map(|line| line.strip_prefix("scimbox_database_connections_max ")).unwrap();
    assert!(most.parse::<u32>().unwrap() > 3, "{text}");
    assert!(text.contains("scimbox_database_retries_total"), "{text}");
    // Whoever may list processes reads arguments.
    let open = database.url().replace("scimbox@", "scimbox:secret@");
    let refused = run(program().args(["node", "list", "--store", &open]), "").fails(5).saying("PGPASSWORD");
    assert!(!refused.stderr.contains("secret"), "{}", refused.stderr);
    let nobody = "postgres://scimbox@127.0.0.1:1/none?sslmode=disable";
    run(program().args(["node", "list", "--store", nobody]), "").fails(6).saying("cannot be reached");
}

#[test]
fn the_database_may_go_away_and_come_back() {
    let own = match Cluster::start(91) {
        Ok(own) => Arc::new(own),
        Err(why) => return skipped(&format!("a database that goes away, because {why}")),
    };
    let database = own.fresh();
    let house = Appliance::on(&database, &[]);
    let sales = house.keeper();
    let client = sales.client();
    let id = client.post("/Users", mia()).expect(201).id();
    let probe = Client::plain(&house.url(""));
    for crash in [false, true] {
        own.down(crash);
        for reply in [client.get(&format!("/Users/{id}")), client.post("/Users", person("late"))] {
            assert!(!reply.refused(503).header("retry-after").is_empty());
        }
        assert!(!probe.get("/readyz").expect(503).header("retry-after").is_empty());
        probe.get("/healthz").fails(503, "STORAGE_UNREACHABLE");
        own.up();
        let since = Instant::now();
        eventually("it reads again", || (client.get(&format!("/Users/{id}")).status == 200).then_some(()));
        eventually("it writes again", || {
            let name = format!("back{crash}");
            (client.post("/Users", person(&name)).status == 201).then_some(())
        });
        probe.get("/readyz").expect(200);
        assert!(since.elapsed() < PATIENCE / 4, "{:?}", since.elapsed());
    }
    client.get("/Users?count=0").says("/totalResults", 3);
    house.run(&["audit", "verify"]).ok();
    drop(house);
    own.down(false);
}

#[test]
fn an_instance_pushes_through_its_own_endpoint_whatever_became_of_the_others() {
    let Some(database) = database() else { return };
    let house = Appliance::on(&database, &[]);
    let (files, target) = (Files::new(), house.keeper());
    let path = files.write("people.json", json!({ "users": [pushed("ada", &[])] }).to_string());
    record(&house, "people", &target, &path, &[]);
    Appliance::on(&database, &[]).crash();
    has_done(&push(&house, &target, "people", &["--yes"]), &[("/users/created", 1)]);
}
