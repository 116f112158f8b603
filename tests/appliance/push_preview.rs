//! What the console shows of push: a part of a plan, runs by kind, the newest run of a record, and a check as it goes on.

use crate::appliance::{Appliance, eventually};
use crate::connected::Connected;
use crate::console::Console;
use serde_json::{Value, json};
use std::net::TcpListener;

/// A file of people with the addresses of their ids, all of them in one group.
fn people(house: &Appliance, ids: &[&str]) -> String {
    let path = house.folder.path().join("people.csv");
    let lines = ids.iter().map(|id| format!("{id},{id}@Acme.test,Red\n"));
    std::fs::write(&path, format!("id,email,groups\n{}", lines.collect::<String>())).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The path of a new record of that file.
#[track_caller]
fn record(console: &Console, path: &str, target: Value) -> String {
    let mut wish = json!({ "name": "People", "source": "file", "path": path });
    wish.as_object_mut().unwrap().extend(target.as_object().unwrap().clone());
    format!("/push-records/{}", console.post("/push-records", wish).expect(201).json()["record_id"])
}

#[track_caller]
fn ended(console: &Console, record: &str, wish: Value) -> Value {
    let run = console.post(&format!("{record}/runs"), wish).expect(201).json();
    let path = format!("/push-runs/{}", run["run"]["run_id"]);
    eventually("the run ends", || {
        let run = console.get(&path).expect(200).json();
        (!run["run"]["finished_at"].is_null()).then(|| run["run"].clone())
    })
}

#[track_caller]
fn names(console: &Console, preview: &Value, query: &str) -> Vec<String> {
    let plan = console.get(&format!("/push-runs/{}/plan?{query}", preview["run_id"])).expect(200).json();
    let changes = plan["changes"].as_array().unwrap();
    changes.iter().map(|change| change["name"].as_str().unwrap().to_owned()).collect()
}

fn filled(house: &Appliance) -> (Console, Connected, String) {
    let (console, sales) = (house.console(), house.keeper());
    let path = people(house, &["mia", "kai", "ada"]);
    let record = record(&console, &path, json!({ "target": sales.scim_id.parse::<i64>().unwrap() }));
    (console, sales, record)
}

#[test]
fn the_changes_of_a_plan_are_found_by_kind_and_by_text() {
    let house = Appliance::start();
    let (console, _, record) = filled(&house);
    let preview = ended(&console, &record, json!({ "kind": "preview" }));
    assert_eq!(names(&console, &preview, "").len(), 5);
    assert_eq!(names(&console, &preview, "change=create_user&q=KAI%40acme"), ["kai@Acme.test"]);
    // A membership is found by who is added.
    assert_eq!(names(&console, &preview, "change=add_members&q=mia"), ["Red"]);
    assert_eq!(names(&console, &preview, "q=nobody"), [""; 0]);
    let page = console.get(&format!("/push-runs/{}/plan?q=kai&count=1", preview["run_id"])).expect(200).json();
    assert_eq!((&page["total"], page["changes"].as_array().unwrap().len()), (&json!(2), 1), "{page}");
}

#[test]
fn a_record_tells_its_newest_run_and_runs_are_listed_by_kind() {
    let house = Appliance::start();
    let (console, _, record) = filled(&house);
    let shown = || console.get(&record).expect(200).json();
    assert_eq!((&shown()["last_run"], &shown()["open_run_id"]), (&Value::Null, &Value::Null));
    let preview = ended(&console, &record, json!({ "kind": "preview" }));
    assert_eq!(shown()["last_run"], Value::Null, "a preview is no run");
    let run = ended(&console, &record, json!({ "kind": "run", "plan_of": preview["run_id"] }));
    assert_eq!(run["state"], "done", "{run}");
    ended(&console, &record, json!({ "kind": "check" }));
    assert_eq!(shown()["last_run"]["run_id"], run["run_id"]);
    let id = record.strip_prefix("/push-records/").unwrap();
    for (query, kinds) in [
        (format!("record_id={id}"), &["check", "run", "preview"][..]),
        (format!("record_id={id}&kind=run"), &["run"]),
        ("kind=preview".to_owned(), &["preview"]),
    ] {
        let page = console.get(&format!("/push-runs?{query}")).expect(200).json();
        let listed: Vec<_> = page["runs"].as_array().unwrap().iter().map(|run| run["kind"].as_str().unwrap()).collect();
        assert_eq!((&listed[..], &page["total"]), (kinds, &json!(kinds.len())), "{query}");
    }
    console.get("/push-runs?kind=walk").expect(400);
}

#[test]
fn a_check_shows_each_step_as_it_comes_and_names_the_run_that_is_in_the_way() {
    let house = Appliance::start();
    let console = house.console();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/scim", silent.local_addr().unwrap());
    let record = record(&console, &people(&house, &["mia"]), json!({ "target_url": url, "target_token": "t" }));
    let run = console.post(&format!("{record}/runs"), json!({ "kind": "check" })).expect(201).json();
    let id = run["run"]["run_id"].clone();
    eventually("the steps of the source are told while the target is silent", || {
        let run = console.get(&format!("/push-runs/{id}")).expect(200).json();
        assert_eq!(run["run"]["finished_at"], Value::Null, "{run}");
        (run["steps"].as_array().unwrap().len() >= 3).then_some(())
    });
    assert_eq!(console.get(&record).expect(200).json()["open_run_id"], id);
    let refused = console.post(&format!("{record}/runs"), json!({ "kind": "preview" })).expect(409).json();
    assert_eq!((&refused["error"]["code"], &refused["error"]["detail"]["run_id"]), (&json!("RUN_UNDER_WAY"), &id));
}
