//! The inspector: a stretch of time, what is kept and cleared, what a list cost, what Bulk changed, and `requests tail`.

use crate::appliance::{Appliance, PASSWORD, eventually, scimbox};
use crate::connected::Connected;
use crate::console::Console;
use crate::people::*;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["request_id"].as_str().unwrap()).collect()
}

fn look_for(node: &Connected, name: &str) -> String {
    let reply = node.client().get(&format!("/Users?filter=userName%20eq%20%22{name}%40acme.test%22")).expect(200);
    reply.header("x-request-id").to_owned()
}

#[test]
fn requests_are_narrowed_to_a_stretch_of_time_and_to_a_relaxation_on_both_sides() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let names = ["ada", "bob", "eve"].map(|name| look_for(&sales, name));
    sales.client().get("//Users").expect(200);
    let all = console.get("/requests").expect(200);
    let at = |n: usize| all.at(&format!("/requests/{n}/at")).as_str().unwrap().to_owned();
    // Newest first: the doubled slash, then eve, bob and ada.
    let found = |query: &str| console.get(&format!("/requests?{query}")).expect(200).at("/requests");
    assert!(ids(&found(&format!("until={}", at(3)))).contains(&&*names[0]));
    assert!(!ids(&found(&format!("since={}", at(1)))).contains(&&*names[0]) || at(1) == at(3));
    assert_eq!(found("until=2001-01-01T00:00:00Z"), json!([]));
    assert_eq!(ids(&found("since=2001-01-01T00:00:00Z")).len(), 4);
    let relaxed = found("relaxation=path-slashes");
    assert_eq!((relaxed.as_array().unwrap().len(), &relaxed[0]["path"]), (1, &json!("/Users")), "{relaxed}");
    console.get("/requests?since=yesterday").fails(400, "INVALID");

    let listed = |more: &[&str]| house.json(&[&["requests", "list"], more].concat());
    assert_eq!(listed(&["--since", "2001-01-01T00:00:00Z", "--relaxation", "path-slashes"]), relaxed);
    assert_eq!(listed(&["--until", "2001-01-01T00:00:00Z"]), json!([]));
    assert_eq!(ids(&listed(&["--since", &at(3), "--until", &at(3)])).last(), Some(&&*names[0]));
    house.run(&["requests", "list", "--since", "yesterday"]).fails(2);
    // What other programs read has the keys that it had.
    let keys = relaxed[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let contract = "request_id at scim_id node_id method path query status ms client summary";
    assert!(keys.starts_with(contract), "{keys}");
}

#[test]
fn what_is_kept_is_told_and_cleared_for_one_node_or_for_all() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &[]));
    let support = house.connect("Support", &[]);
    for node in [&sales, &sales, &support] {
        look_for(node, "ada");
    }
    sales.client_with("wrong").get("/Users").refused(401);
    let space = |node: &Connected| console.get(&format!("/requests/space?node_id={}", node.node_id)).expect(200);
    let of_sales = space(&sales).says("/requests", 2).says("/most", 10_000).says("/days", 30).says("/dropped", 0);
    assert!(of_sales.at("/bytes").as_u64().unwrap() > 500, "{}", of_sales.text);
    console.get("/requests/space").expect(200).says("/requests", Value::Null).says("/longest_body", 256 << 10);

    // With what strangers sent to it.
    console.delete(&format!("/requests?node_id={}", sales.node_id)).expect(200).says("/requests", 3);
    space(&sales).says("/requests", 0).says("/bytes", 0);
    space(&support).says("/requests", 1);
    console.view(&sales).says("/exchanges", json!([]));
    look_for(&sales, "eve");
    space(&sales).says("/requests", 1);
    console.delete("/requests").expect(200).says("/requests", 2);
    console.get("/requests").expect(200).says("/requests", json!([]));
    let events = console.get("/audit?event=requests_cleared").expect(200);
    assert_eq!((events.at("/events/0/node_id"), events.at("/events/0/after/requests")), (Value::Null, json!(2)));
    assert_eq!(events.at("/events/1/node_id").to_string(), sales.node_id);

    // Only whoever may change something may clear.
    house.run_with(&["admin", "create", "eve@acme.test", "--role", "auditor", "--password-file", "-"], PASSWORD).ok();
    let auditor = Console::sign_in(&house, "eve@acme.test", PASSWORD);
    auditor.delete("/requests").fails(403, "ADMIN_ROLE");
    auditor.get("/requests/space").expect(200);
}

#[test]
fn the_explanation_of_a_list_says_whether_an_index_found_it() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    let explained = |path: &str| {
        let id = sales.client().get(path).expect(200).header("x-request-id").to_owned();
        let shown = console.get(&format!("/requests/{id}")).expect(200);
        let codes: Vec<Value> =
            shown.at("/explain").as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
        (codes, shown.at("/explain/1/text"))
    };
    let by_name = explained("/Users?filter=userName%20eq%20%22ada%40acme.test%22");
    assert_eq!(by_name.0, ["filter", "indexed"]);
    let text = by_name.1.as_str().unwrap();
    assert!(text.starts_with("An index found this, in ") && text.ends_with(" ms."), "{text}");
    let by_title = explained("/Users?filter=title%20co%20%22x%22");
    assert_eq!(by_title.0, ["filter", "scanned"]);
    assert!(by_title.1.as_str().unwrap().contains("every user of the node was looked at"), "{}", by_title.1);
    assert_eq!(explained("/Groups?filter=displayName%20eq%20%22A%22").0, ["filter", "indexed"]);
    assert_eq!(explained("/Users?filter=userName%20eq%20%22a%22&sortBy=userName").0, ["filter", "scanned"]);
    assert_eq!(explained("/Users").0, ["plain"]);
}

#[test]
fn the_effect_of_a_bulk_request_is_told_operation_by_operation() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--capture", "full"]));
    let client = sales.client();
    let id = client.post("/Users", mia()).expect(201).id();
    let kai = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "kai@acme.test" });
    let off = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    let sales_team = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales",
        "members": [{ "value": "bulkId:kai" }] });
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        { "method": "POST", "path": "/Users", "bulkId": "kai", "data": kai },
        { "method": "PATCH", "path": format!("/Users/{id}"), "data": off },
        { "method": "PATCH", "path": "/Users/nobody", "data": off },
        { "method": "POST", "path": "/Groups", "bulkId": "team", "data": sales_team },
    ] });
    let sent = client.post("/Bulk", bulk).expect(200).header("x-request-id").to_owned();
    let shown = console.get(&format!("/requests/{sent}")).expect(200);
    let of = |name: &str, attribute: &str, value: &str| {
        let all = shown.at("/effect");
        let is_it = |one: &&Value| one["name"] == name && one["attribute"] == attribute;
        let found = all.as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("{name} {attribute}: {all:#}"));
        found[value].clone()
    };
    assert_eq!(
        (of("kai@acme.test", "userName", "before"), of("kai@acme.test", "userName", "after")),
        (Value::Null, json!("kai@acme.test"))
    );
    assert_eq!(
        (of("mia@acme.test", "active", "before"), of("mia@acme.test", "active", "after")),
        (json!(true), json!(false))
    );
    assert_eq!(
        (of("Sales", "displayName", "after"), of("Sales", "members", "after")),
        (json!("Sales"), json!("kai@acme.test"))
    );
    // A rehearsal says the same of what it would change.
    let zoe = json!({ "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "zoe", "data": { "userName": "zoe@acme.test" } }] });
    let wish = json!({ "body": zoe.to_string() });
    let would = console.post(&format!("/requests/{sent}/replay"), wish).expect(200).at("/effect");
    assert!(would.as_array().unwrap().iter().any(|one| one["after"] == "zoe@acme.test"), "{would:#}");
    assert!(!house.json(&["user", "list"]).to_string().contains("zoe@"));
}

#[test]
fn requests_are_followed_line_by_line_and_narrowed_as_in_a_list() {
    let house = Appliance::start();
    let sales = house.connect("Sales", &["--capture", "full"]);
    look_for(&sales, "ada");
    let tail = |more: &[&str]| {
        let mut command = scimbox(&house.data());
        let mut process = command.args(["requests", "tail"]).args(more).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        (process, lines)
    };
    eventually("the first is kept", || {
        (!house.json(&["requests", "list"]).as_array().unwrap().is_empty()).then_some(())
    });
    let (mut plain, mut lines) = tail(&["--node", "Sales"]);
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("  200  GET ") && first.contains("looked for ada@acme.test: nobody"), "{first}");
    assert!(!first.contains('\u{1b}'), "no colour but on a terminal: {first}");
    let made = sales.client().post("/Users", mia()).expect(201);
    let second = lines.next().unwrap().unwrap();
    assert!(second.contains("created mia@acme.test") && second.ends_with(made.header("x-request-id")), "{second}");

    let (mut narrow, mut refused) = tail(&["--status", "refused", "--limit", "0", "--json"]);
    // It begins with the next one, so one is sent until it is there.
    let (sender, told) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || sender.send(refused.next().unwrap().unwrap()));
    let line = eventually("a refusal is told", || {
        sales.client().get("/Users/nobody").refused(404);
        look_for(&sales, "eve");
        told.try_recv().ok()
    });
    let one: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&one["status"], &one["code"]), (&json!(404), &json!("NOT_FOUND")));
    reader.join().unwrap().unwrap();

    let (mut full, whole) = tail(&["--full", "--method", "post"]);
    let text: Vec<String> = whole.map(Result::unwrap).take_while(|line| line != "Explanation").collect();
    let text = text.join("\n");
    for part in ["created mia@acme.test", "Request\n", "\"userName\": \"mia@acme.test\"", "Response\n", "Effect\n"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for process in [&mut plain, &mut narrow, &mut full] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
}
