//! Runs of push records: checked, previewed, confirmed, scheduled, cancelled, killed; by the command line and by the admin API.

use crate::appliance::{Appliance, eventually, has_file, scimbox};
use crate::connected::Connected;
use crate::console::{Console, visitor};
use crate::idp_clients::Client;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::process::Stdio;

/// A file with so many people, the first of them in the group Red.
fn people(house: &Appliance, count: usize) -> String {
    let path = house.folder.path().join("people.json");
    let user = |n: usize| {
        let groups = if n == 0 { json!(["Red"]) } else { json!([]) };
        json!({ "id": format!("u{n}"), "email": format!("p{n}@acme.test"), "displayName": format!("P {n}"), "groups": groups })
    };
    let all = json!({ "users": (0..count).map(user).collect::<Vec<_>>(), "groups": [{ "id": "g1", "name": "Red" }] });
    std::fs::write(&path, all.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A record of a file that fills a node of ours.
#[track_caller]
fn record(house: &Appliance, sales: &Connected) -> String {
    let arguments = ["push", "record", "create", "People", "--source", "file", "--target", &sales.scim_id];
    let path = people(house, 3);
    house.json(&[&arguments[..], &["--path", &path, "--missing", "lock"]].concat())["record_id"].to_string()
}

fn users(sales: &Connected) -> usize {
    sales.client().get("/Users").expect(200).listed().len()
}

/// Waits for the end of a run; how it ended.
#[track_caller]
fn ended(console: &Console, run: &Value) -> Value {
    let path = format!("/push-runs/{}", run["run"]["run_id"]);
    eventually("the run ends", || {
        let run = console.get(&path).expect(200).json();
        (!run["run"]["finished_at"].is_null()).then_some(run)
    })
}

#[test]
fn a_record_is_checked_step_by_step_and_the_first_failure_says_what_to_do() {
    let mut house = Appliance::start();
    let sales = house.keeper();
    record(&house, &sales);
    let steps = house.json(&["push", "record", "check", "People"]);
    let steps = steps.as_array().unwrap();
    assert!(steps.len() > 3 && steps.iter().all(|step| step["ok"] == true), "{steps:#?}");
    assert!(steps.iter().any(|step| step["step"] == "target"), "{steps:#?}");
    let lines = house.run(&["push", "record", "check", "People"]).ok().stdout;
    assert!(lines.starts_with("ok      open"), "{lines}");
    house.run(&["scim", "pause", &sales.scim_id]).ok();
    let paused = house.run(&["push", "record", "check", "People"]).fails(1).stdout;
    assert!(paused.contains("failed  target") && paused.contains("scim resume"), "{paused}");
    house.run(&["scim", "resume", &sales.scim_id]).ok();
    std::fs::remove_file(house.folder.path().join("people.json")).unwrap();
    let gone = house.run(&["push", "record", "check", "People", "--json"]).fails(1).json();
    assert_eq!((&gone[0]["ok"], gone.as_array().unwrap().len()), (&json!(false), 1), "{gone}");
    let history = house.json(&["push", "history", "People"]);
    let kept: Vec<(&Value, &Value, &Value)> =
        history["runs"].as_array().unwrap().iter().map(|run| (&run["kind"], &run["trigger"], &run["state"])).collect();
    let [check, cli] = [json!("check"), json!("cli")];
    let ends = ["failed", "failed", "done", "done"].map(|end| json!(end));
    assert_eq!(kept, ends.iter().map(|end| (&check, &cli, end)).collect::<Vec<_>>(), "{history:#}");
    people(&house, 3);
    house.crash();
    let down = house.run(&["push", "record", "check", "People"]).fails(1).stdout;
    assert!(down.contains("the appliance is not running"), "{down}");
}

#[test]
fn a_run_of_the_command_line_has_a_token_of_its_own_and_is_written_down() {
    let house = Appliance::start();
    let sales = house.keeper();
    record(&house, &sales);
    let push = ["scim", "push", &sales.scim_id, "--source", "file", "--record", "People", "--json"];
    let stopped = house.run(&push).fails(1).json();
    assert_eq!(stopped["state"], "stopped", "it has to be confirmed: {stopped}");
    let done = house.run(&[&push[..], &["--yes"]].concat()).ok().json();
    assert_eq!(
        (&done["state"], &done["users"]["created"], &done["memberships"]["added"]),
        (&json!("done"), &json!(3), &json!(1))
    );
    assert_eq!(users(&sales), 3);
    let again = house.run(&push).ok().json();
    assert_eq!((&again["users"]["created"], &again["groups"]["updated"]), (&json!(0), &json!(0)));
    let view = house.json(&["push", "record", "view", "People"]);
    assert!(view["confirmed_at"].is_string() && view["people"] == 3, "{view}");

    let history = house.json(&["push", "history", "People"]);
    let states: Vec<_> = history["runs"].as_array().unwrap().iter().map(|run| run["state"].clone()).collect();
    assert_eq!((states, &history["total"]), (vec![json!("done"), json!("done"), json!("stopped")], &json!(3)));
    let table = house.run(&["push", "history", "People"]).ok().stdout;
    assert!(table.contains("+3 ~0 -0") && table.contains("has to be confirmed"), "{table}");
    let run = history["runs"][1]["run_id"].to_string();
    let log = house.run(&["push", "log", &run]).ok().stdout;
    assert!(log.contains("users 3 created"), "{log}");
    house.run(&["push", "log", "999"]).fails(3);
    house.run(&["push", "cancel", &run]).fails(4).saying("has ended");

    // The tokens of the runs are over, the last is kept to be seen, and the identity provider still has both of its own.
    let tokens = house.json(&["scim", "view", &sales.scim_id])["tokens"].clone();
    let of_push: Vec<_> = tokens.as_array().unwrap().iter().filter(|token| token["created_by"] == "push").collect();
    assert!(
        !of_push.is_empty() && of_push.len() <= 2 && of_push.iter().all(|token| token["status"] == "revoked"),
        "{tokens}"
    );
    house.run(&["scim", "rotate", &sales.scim_id]).ok();
    sales.client().get("/Users").expect(200);
    let events = house.run(&["audit", "list", "--json", "--limit", "100"]).ok().stdout;
    for said in ["push_run_started", "push_run_done", "push_run_stopped", "users_created"] {
        assert!(events.contains(said), "{said}: {events}");
    }
}

#[test]
fn the_console_previews_a_record_and_carries_that_very_plan_out() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let path = people(&house, 3);
    let target: i64 = sales.scim_id.parse().unwrap();
    let wish = json!({ "name": "People", "source": "file", "target": target, "path": path, "verbose": true });
    let record = console.post("/push-records", wish.clone()).expect(201);
    console.post("/push-records", wish).fails(409, "RECORD_NAME_TAKEN");
    let record = format!("/push-records/{}", record.at("/record_id"));
    let runs = format!("{record}/runs");
    let check = console.post(&runs, json!({ "kind": "check" })).expect(201).json();
    let check = ended(&console, &check);
    assert!(check["run"]["state"] == "done" && check["steps"].as_array().unwrap().len() > 3, "{check}");

    let preview = console.post(&runs, json!({ "kind": "preview" })).expect(201).json();
    let preview = ended(&console, &preview);
    assert_eq!(
        (&preview["run"]["state"], &preview["run"]["users"]["created"]),
        (&json!("done"), &json!(3)),
        "{preview}"
    );
    assert_eq!(users(&sales), 0);
    let id = preview["run"]["run_id"].clone();
    let plan = console.get(&format!("/push-runs/{id}/plan?change=create_user&count=2")).expect(200);
    let plan = plan.says("/total", 3).says("/changes/0/change", "create_user").says("/changes/0/name", "p0@acme.test");
    assert_eq!((plan.at("/changes").as_array().unwrap().len(), plan.at("/safe_mode")), (2, json!(false)));
    console.get(&format!("/push-runs/{id}/plan?change=dance")).fails(400, "INVALID");

    // Without that plan the first run of a record does nothing.
    let run = console.post(&runs, json!({ "kind": "run" })).expect(201).json();
    assert_eq!(ended(&console, &run)["run"]["state"], "stopped");
    let run = console.post(&runs, json!({ "kind": "run", "plan_of": id })).expect(201).json();
    let run = ended(&console, &run);
    assert_eq!((&run["run"]["state"], &run["run"]["trigger"]), (&json!("done"), &json!("console")), "{run}");
    assert_eq!(users(&sales), 3);
    console.get(&record).expect(200).says("/people", 3);
    assert!(console.get(&record).at("/confirmed_at").is_string());
    // The same plan once more: the target has moved.
    let late = console.post(&runs, json!({ "kind": "run", "plan_of": id })).expect(201).json();
    assert_eq!(ended(&console, &late)["run"]["state"], "stopped");
    let log = console.get(&format!("/push-runs/{}/log", run["run"]["run_id"])).expect(200).text;
    assert!(log.contains("create_user p0@acme.test") && log.contains("users 3 created"), "{log}");
    let preview = console.post(&runs, json!({ "kind": "preview" })).expect(201).json();
    ended(&console, &preview);
    console.get(&format!("/push-runs/{id}/plan")).fails(409, "PUSH_NOT_READY");
    console.post(&runs, json!({ "kind": "run", "plan_of": id })).fails(409, "PUSH_NOT_READY");
    let listed = console.get("/push-runs?count=2").expect(200).says("/total", 6);
    assert_eq!(listed.at("/runs").as_array().unwrap().len(), 2);
    console.get("/push-runs/999").fails(404, "NOT_FOUND");
    // What was brought waits for nobody.
    assert_eq!(console.teams(&sales)[0]["state"], "approved");

    let changed = console.patch(&record, json!({ "groups": ["Red"], "concurrency": 2 })).expect(200);
    changed.says("/confirmed_at", Value::Null).says("/concurrency", 2);
    console.patch(&record, json!({ "login": "a@b.test" })).fails(400, "INVALID");
    console.patch(&record, json!({ "ad_password": "x" })).fails(400, "INVALID");
    console.delete(&record).expect(204);
    console.get(&record).fails(404, "NOT_FOUND");
}

#[test]
fn secrets_come_in_and_never_go_out() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let target: i64 = sales.scim_id.parse().unwrap();
    let of_ad = json!({ "name": "AD", "source": "ad", "target": target, "ad_urls": ["ldaps://127.0.0.1:1"], "ad_user": "reader" });
    console.post("/push-records", of_ad.clone()).fails(400, "INVALID");
    let mut with = of_ad;
    with["ad_password"] = json!("hush-hush-password");
    let made = console.post("/push-records", with).expect(201).says("/source_secret_set", true);
    assert!(!made.text.contains("hush-hush"), "{}", made.text);
    let record = format!("/push-records/{}", made.at("/record_id"));
    let moved = json!({ "ad_urls": ["ldaps://evil.test"] });
    let refused = console.patch(&record, moved).fails(400, "INVALID");
    assert!(refused.text.contains("ad_password"), "{}", refused.text);
    let run = console.post(&format!("{record}/runs"), json!({ "kind": "preview" })).expect(201).json();
    let run = ended(&console, &run);
    assert_eq!(run["run"]["state"], "failed", "{run}");
    for text in [
        console.get("/audit").expect(200).text,
        console.get("/push-records").expect(200).text,
        run.to_string(),
        house.stderr(),
    ] {
        assert!(!text.contains("hush-hush"), "{text}");
    }
}

#[test]
fn a_key_that_is_limited_to_nodes_sees_the_records_that_fill_them() {
    let house = Appliance::start();
    let (console, sales, lab) = (house.console(), house.keeper(), house.rfc());
    record(&house, &sales);
    let key = |wish: Value| -> Client {
        let made = console.post("/api-keys", wish).expect(201);
        visitor(&house).with("Authorization", &format!("Bearer {}", made.at("/secret").as_str().unwrap()))
    };
    let node = |of: &Connected| of.node_id.parse::<i64>().unwrap();
    let its = key(json!({ "name": "Sales", "scope": "write", "nodes": [node(&sales)] }));
    let others = key(json!({ "name": "Lab", "scope": "full", "nodes": [node(&lab)] }));
    let writer = key(json!({ "name": "CI", "scope": "write" }));
    let reader = key(json!({ "name": "RO", "scope": "read" }));
    let record = format!("/push-records/{}", console.get("/push-records").at("/push_records/0/record_id"));
    let (runs, id) = (format!("{record}/runs"), record.rsplit('/').next().unwrap());
    let run = its.post(&runs, json!({ "kind": "preview" })).expect(201).json();
    ended(&console, &run);
    let run = format!("/push-runs/{}", run["run"]["run_id"]);
    assert_eq!(its.get("/push-records").expect(200).at("/push_records").as_array().unwrap().len(), 1);
    assert_eq!(others.get("/push-records").expect(200).at("/push_records"), json!([]));
    its.get(&format!("/push-runs?record_id={id}")).expect(200).says("/total", 1);
    its.get("/push-runs").fails(403, "KEY_SCOPE");
    for path in [record.clone(), run.clone(), format!("{run}/plan"), format!("{run}/log")] {
        its.get(&path).expect(200);
        others.get(&path).fails(404, "NOT_FOUND");
    }
    others.post(&runs, json!({ "kind": "run" })).fails(404, "NOT_FOUND");
    reader.post(&runs, json!({ "kind": "run" })).fails(403, "KEY_SCOPE");
    // A file is one of the server's.
    let file = json!({ "name": "F", "source": "file", "target": node(&sales), "path": "/etc/passwd" });
    for key in [&its, &others, &writer] {
        key.post("/push-records", file.clone()).fails(403, "KEY_SCOPE");
    }
    let foreign = json!({ "name": "G", "source": "google", "login": "a@b.test", "credentials": "{}", "target_url": "https://x.test", "target_token": "t" });
    its.post("/push-records", foreign.clone()).fails(403, "KEY_SCOPE");
    writer.post("/push-records", foreign).expect(201);
    let elsewhere =
        json!({ "name": "H", "source": "google", "login": "a@b.test", "credentials": "{}", "target": node(&lab) });
    its.post("/push-records", elsewhere).fails(404, "NOT_FOUND");
}

#[test]
fn a_scheduled_record_runs_by_itself_and_is_made_up_for_once() {
    let house = Appliance::start();
    let sales = house.keeper();
    record(&house, &sales);
    let schedule = ["push", "schedule", "People"];
    house.run(&schedule).fails(2).saying("--cron");
    house.run(&[&schedule[..], &["--cron", "0 3 * *"]].concat()).fails(2).saying("five words");
    house
        .run(&[&schedule[..], &["--cron", "0 3 * * *", "--time-zone", "Europe/Bonn"]].concat())
        .fails(2)
        .saying("time_zone");
    let set = house.json(&[&schedule[..], &["--cron", "0 3 * * *", "--time-zone", "Europe/Berlin"]].concat());
    assert!(set["schedule"]["next_at"].is_string() && set["schedule"]["time_zone"] == "Europe/Berlin", "{set}");
    let history = || house.json(&["push", "history", "People"])["runs"].clone();
    let due = || house.tamper("UPDATE push_record SET next_at = 1000");
    due();
    let run = eventually("it is due", || history().get(0).cloned());
    assert_eq!(
        (&run["trigger"], &run["state"]),
        (&json!("schedule"), &json!("stopped")),
        "nobody has confirmed it: {run}"
    );
    assert_eq!(users(&sales), 0);
    house.run(&["push", "run", "--record", "People", "--yes"]).ok();
    people(&house, 4);
    due();
    let done = |run: Value| (run["trigger"] == "schedule" && run["state"] == "done").then_some(run);
    let run = eventually("it runs", || history().get(0).cloned().and_then(done));
    assert_eq!((&run["users"]["created"], users(&sales)), (&json!(1), 4), "{run}");
    let next = house.json(&["push", "record", "view", "People"])["schedule"]["next_at"].clone();
    assert!(next.as_str().unwrap() > "2026", "{next}");
    assert_eq!(history().as_array().unwrap().len(), 3, "once, however many were missed");
    // A source that has not changed is not compared again on the same day, but on the next.
    let nth = |count: usize| {
        due();
        let ended = || {
            Some(history()).filter(|all| all.as_array().unwrap().len() == count).and_then(|all| done(all[0].clone()))
        };
        eventually("the next run", ended)["requests"].clone()
    };
    assert_eq!(nth(4), 0);
    house.tamper("UPDATE push_record SET compared_at = 1000");
    assert_eq!(nth(5), 3);
    assert_eq!(nth(6), 0);
    people(&house, 5);
    assert_ne!(nth(7), 0);
    assert_eq!(users(&sales), 5);
    let off = house.json(&[&schedule[..], &["--off"]].concat());
    assert_eq!((&off["schedule"]["enabled"], &off["schedule"]["next_at"]), (&json!(false), &Value::Null));
}

#[test]
fn one_run_per_target_and_one_that_is_killed_is_in_nobodys_way() {
    let house = Appliance::start();
    // A service that never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let (path, create) = (people(&house, 3), ["push", "record", "create"]);
    for name in ["One", "Two"] {
        let arguments = [name, "--source", "file", "--path", &path, "--target-url", &url, "--target-token-file", "-"];
        house.run_with(&[&create[..], &arguments].concat(), "token").ok();
    }
    let mut first = scimbox(&house.data());
    let first =
        first.args(["push", "run", "--record", "One", "--yes", "--json"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = first.stdin(Stdio::null()).spawn().unwrap();
    let _asked = silent.accept().unwrap();
    let second = house.run(&["push", "run", "--record", "Two", "--yes", "--json"]).fails(1).json();
    assert!(second["state"] == "failed" && second["reason"].as_str().unwrap().contains("same target"), "{second}");
    let state = || house.json(&["push", "history", "One"])["runs"][0].clone();
    assert_eq!(state()["state"], "running");
    first.kill().unwrap();
    first.wait().unwrap();
    let over = eventually("it is noticed", || Some(state()).filter(|run| run["state"] != "running"));
    assert_eq!((&over["state"], &over["reason"]), (&json!("stopped"), &json!("the process ended")), "{over}");
}

#[test]
fn a_run_of_the_server_is_cancelled_while_it_waits_and_ends_with_the_server() {
    // The lock of a target is a file there, which is free as soon as its process is gone.
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let record = record(&house, &sales);
    // The lock of the target is held as a run of another process would.
    let lock = std::fs::File::create(house.data().join(format!("push-{}.lock", sales.scim_id))).unwrap();
    lock.lock().unwrap();
    let runs = format!("/push-records/{record}/runs");
    let waiting = console.post(&runs, json!({ "kind": "preview" })).expect(201).json();
    console.post(&runs, json!({ "kind": "preview" })).fails(409, "RUN_UNDER_WAY");
    let id = waiting["run"]["run_id"].clone();
    let cancelled = console.post(&format!("/push-runs/{id}/cancel"), json!({})).expect(200);
    cancelled.says("/run/state", "stopped").says("/run/reason", "ada@acme.test stopped it");
    console.post(&format!("/push-runs/{id}/cancel"), json!({})).fails(409, "RUN_OVER");
    let waiting = console.post(&runs, json!({ "kind": "preview" })).expect(201).json();
    assert_eq!(waiting["run"]["state"], "queued");
    house.signal(rustix::process::Signal::TERM);
    house.end();
    drop(lock);
    // What waits goes on after a restart.
    let house = house.again();
    let state = || house.json(&["push", "history", "People"])["runs"][0]["state"].clone();
    eventually("it is done", || (state() == "done").then_some(()));
}

#[test]
fn a_server_does_not_wait_for_a_target_that_never_answers() {
    let mut house = Appliance::start();
    let console = house.console();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let path = people(&house, 3);
    let wish = json!({ "name": "One", "source": "file", "path": path, "target_url": url, "target_token": "t" });
    let made = console.post("/push-records", wish).expect(201);
    let record = format!("/push-records/{}", made.at("/record_id"));
    let run = console.post(&format!("{record}/runs"), json!({ "kind": "preview" })).expect(201).json();
    let _asked = silent.accept().unwrap();
    console.delete(&record).fails(409, "RUN_UNDER_WAY");
    let cancelled = console.post(&format!("/push-runs/{}/cancel", run["run"]["run_id"]), json!({})).expect(200);
    cancelled.says("/run/cancel_requested", true).says("/run/state", "running");
    house.signal(rustix::process::Signal::TERM);
    assert!(house.end().success());
    let house = house.again();
    let run = || house.json(&["push", "history", "One"])["runs"][0].clone();
    let over = eventually("it is noticed", || Some(run()).filter(|run| run["state"] == "stopped"));
    assert_eq!(over["reason"], "the process ended");
    house.run(&["push", "record", "delete", "One", "--force"]).ok();
}

#[test]
fn a_google_that_has_not_changed_is_not_pushed_again_on_the_same_day() {
    let crate::push_google_run::Push { house, google, .. } = &crate::push_google_run::finance();
    house.run(&["push", "run", "--record", "Google", "--yes"]).ok();
    house.json(&["push", "schedule", "Google", "--cron", "0 3 * * *"]);
    let nth = |count: usize| {
        house.tamper("UPDATE push_record SET next_at = 1000");
        let all = || house.json(&["push", "history", "Google"])["runs"].clone();
        let is_over = |all: &Value| all.as_array().unwrap().len() == count && all[0]["finished_at"].is_string();
        eventually("the next run", || Some(all()).filter(is_over))[0].clone()
    };
    assert_ne!(nth(2)["requests"], 0);
    assert_eq!(nth(3)["requests"], 0);
    google.change(|google| google.users[1]["suspended"] = json!(true));
    assert_eq!(nth(4)["users"]["locked"], 1);
    house.tamper("UPDATE push_record SET compared_at = 1000");
    assert_ne!(nth(5)["requests"], 0);
}
