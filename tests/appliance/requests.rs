//! Captured requests: kept without secrets, within limits and over a restart; listed, explained, exported and sent again.

use crate::appliance::{ADMIN, Appliance, PASSWORD, eventually};
use crate::connected::Connected;
use crate::console::Console;
use crate::idp_clients::Client;
use crate::people::*;
use serde_json::{Value, json};

/// What the inspector lists of a node, newest first.
#[track_caller]
fn listed(console: &Console, node: &Connected, more: &str) -> Vec<Value> {
    let path = format!("/requests?node_id={}{more}", node.node_id);
    console.get(&path).expect(200).json()["requests"].as_array().unwrap().clone()
}

fn summaries(list: &[Value]) -> Vec<&str> {
    list.iter().map(|one| one["summary"].as_str().unwrap()).collect()
}

#[test]
fn a_request_is_listed_with_its_words_and_shown_with_everything_that_is_kept() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--capture", "full"]));
    let okta = sales.okta();
    let made = okta.post("/Users", mia()).expect(201);
    let id = made.id();
    let off = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    let locked = okta.patch(&format!("/Users/{id}"), off).expect(200);
    okta.get("/Users?filter=userName%20eq%20%22bob%40acme.test%22").empty_list();
    let refused = okta.post("/Users", json!({ "schemas": [], "userName": "" })).refused(400);
    for reply in [&made, &locked, &refused] {
        assert_eq!(reply.header("x-request-id").len(), 12, "{}", reply.asked);
    }
    let list = listed(&console, &sales, "");
    let told = summaries(&list);
    assert_eq!(told[3], "Okta created mia@acme.test");
    assert_eq!(told[2], "Okta locked mia@acme.test");
    assert_eq!(told[1], "Okta looked for bob@acme.test: nobody");
    assert!(told[0].starts_with("Okta could not create"), "{}", told[0]);
    let one = &list[2];
    assert_eq!((one["client"].as_str(), one["path"].as_str()), (Some("Okta"), Some(&*format!("/Users/{id}"))));
    assert_eq!(one["request_id"], locked.header("x-request-id"));
    assert_eq!(one["scim_id"].to_string(), sales.scim_id);
    let detail = console.get(&format!("/requests/{}", locked.header("x-request-id"))).expect(200);
    let effect = json!([{ "kind": "User", "id": id, "name": "mia@acme.test", "attribute": "active", "before": true, "after": false }]);
    assert_eq!(detail.at("/effect"), effect);
    assert!(detail.at("/request/body").as_str().unwrap().contains("\"active\""), "{}", detail.text);
    assert_eq!(detail.at("/request/headers/authorization"), "[removed]");
    assert!(detail.at("/response/body").as_str().unwrap().contains("mia@acme.test"));
    assert_eq!(detail.at("/explain/0/text"), "1. set active to false");
    let why = console.get(&format!("/requests/{}", refused.header("x-request-id"))).expect(200);
    assert!(why.at("/explain/0/advice").as_str().unwrap().contains("Okta, the application"), "{}", why.text);
    console.get("/requests/nothing").fails(404, "NOT_FOUND");
    console.get("/requests?status=many").fails(400, "INVALID");
}

#[test]
fn pages_and_conditions_narrow_the_list() {
    let house = Appliance::start();
    let (console, sales, support) = (house.console(), house.keeper(), house.connect("Support", &[]));
    for n in 0..7 {
        sales.client().get(&format!("/Users?filter=userName%20eq%20%22p{n}%40acme.test%22")).expect(200);
    }
    support.client().get("/Groups/nothing").refused(404);
    let lost = console.get(&format!("/requests?node_id={}", support.node_id)).expect(200);
    lost.says("/requests/0/code", "NOT_FOUND");
    assert_eq!(listed(&console, &sales, "").len(), 7);
    let first = console.get(&format!("/requests?node_id={}&limit=4", sales.node_id)).expect(200);
    let next = first.at("/next");
    let second = listed(&console, &sales, &format!("&limit=4&after={}", next.as_str().unwrap()));
    assert_eq!((first.at("/requests").as_array().unwrap().len(), second.len()), (4, 3));
    let all =
        |query: &str| console.get(&format!("/requests?{query}")).expect(200).at("/requests").as_array().unwrap().len();
    assert_eq!((all("q=P3%40acme"), all("status=4xx"), all("status=404"), all("method=post")), (1, 1, 1, 0));
    assert_eq!((all("status=refused&client=nobody"), all(&format!("scim_id={}", support.scim_id))), (0, 1));
}

#[test]
fn modes_decide_what_is_kept_and_a_key_of_a_node_sees_no_other() {
    let house = Appliance::start();
    let console = house.console();
    let (off, line) = (house.connect("Off", &["--capture", "off"]), house.connect("Line", &[]));
    for node in [&off, &line] {
        node.client()
            .post("/Users", json!({ "schemas": [], "userName": format!("a{}@acme.test", node.node_id) }))
            .expect(201);
    }
    assert!(listed(&console, &off, "").is_empty());
    let list = listed(&console, &line, "");
    let path = format!("/requests/{}", list[0]["request_id"].as_str().unwrap());
    let detail = console.get(&path).expect(200);
    assert_eq!((detail.at("/capture"), detail.at("/request/body")), (json!("metadata"), Value::Null));
    assert_eq!((detail.at("/request/headers"), detail.at("/effect")), (json!({}), json!([])));
    console.post(&format!("{path}/replay"), json!({})).fails(400, "INVALID");
    let wish = json!({ "name": "CI", "scope": "read", "days": 3, "nodes": [off.node_id.parse::<u64>().unwrap()] });
    let key = console.post("/api-keys", wish).expect(201).at("/secret");
    let program = Client::bearer(&house.url("/api/v1"), key.as_str().unwrap());
    program.get("/requests").expect(200).says("/requests", json!([]));
    program.get(&path).fails(404, "NOT_FOUND");
    program.get(&format!("/requests?node_id={}", line.node_id)).fails(404, "NOT_FOUND");
    house.run(&["scim", "edit", &off.scim_id, "--capture", "full"]).ok();
    off.client().get("/Users").expect(200);
    assert_eq!(program.get("/requests").expect(200).at("/requests").as_array().unwrap().len(), 1);
}

#[test]
fn no_secret_is_in_any_byte_that_is_kept() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--capture", "full"]));
    let client = sales.client().with("Cookie", "session=c00kie-secret").with("X-Api-Key", "other-secret");
    let secret = "Tr0ub4dor-and-3";
    let user = |name: &str, key: &str| json!({ "schemas": [], "userName": name, key: secret });
    let id = client.post("/Users", user("a@acme.test", "password")).expect(201).id();
    client.post("/Users", user("b@acme.test", "urn:ietf:params:scim:schemas:core:2.0:User:password"));
    let escaped = format!(r#"{{"userName":"c@acme.test","pass\u0077ord":"{secret}"}}"#);
    client.post("/Users", escaped.as_bytes().to_vec());
    client.post("/Users", format!(r#"{{"userName":"d@acme.test","password":"{secret}""#).into_bytes()).refused(400);
    for operation in [
        json!({ "op": "replace", "path": "password", "value": secret }),
        json!({ "op": "replace", "value": { "PASSWORD": secret } }),
        json!({ "op": "replace", "value": json!({ "password": secret }).to_string() }),
    ] {
        client.patch(&format!("/Users/{id}"), json!({ "schemas": [], "Operations": [operation] }));
    }
    client.get(&format!("/Users?filter=password%20eq%20%22{secret}%22"));
    client.post("/Users/.search", json!({ "schemas": [], "filter": format!("password eq \"{secret}\"") }));
    client.get(&format!("/Users?access_token={secret}"));
    client.get(&format!("/Users/{}", sales.token));
    let bulk = json!({ "schemas": [], "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "1", "data": user("e@acme.test", "password") }] });
    client.post("/Bulk", bulk);
    sales.client_with(&format!("{}x", sales.token)).get("/Users").refused(401);
    assert!(listed(&console, &sales, "").len() > 10);
    let tail = sales.token[sales.token.len() - 20..].to_owned();
    let bytes = house.kept();
    for text in [secret, "c00kie-secret", "other-secret", &tail] {
        assert!(!bytes.windows(text.len()).any(|part| part == text.as_bytes()), "{text}");
    }
    assert!(!house.stderr().contains(secret));
}

#[test]
fn what_was_kept_outlives_a_crash_and_the_connection_still_shows_it() {
    let mut house = Appliance::start();
    let sales = house.keeper();
    sales.client().get("/Users?count=3").expect(200);
    assert_eq!(listed(&house.console(), &sales, "").len(), 1);
    house.crash();
    let house = house.again();
    let console = Console::sign_in(&house, ADMIN, PASSWORD);
    assert_eq!(listed(&console, &sales, "").len(), 1);
    let view = console.view(&sales);
    assert_eq!((view.at("/exchanges/0/path"), view.at("/exchanges/1")), (json!("/Users"), Value::Null));
}

#[test]
fn limits_hold_and_noise_never_pushes_out_what_a_client_sent() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--capture", "full"]));
    console.patch("/settings", json!({ "requests_count": 100, "requests_body_kib": 1 })).expect(200);
    let client = sales.client();
    for n in 0..130 {
        client.get(&format!("/Users?count={n}")).expect(200);
    }
    for _ in 0..40 {
        sales.stranger().get("/Users").refused(401);
    }
    Client::plain(&house.url("/api/rest/scim/v2/nowhere")).get("/Users").refused(401);
    let list = console.get(&format!("/requests?node_id={}&limit=1000", sales.node_id)).expect(200);
    let list = list.at("/requests").as_array().unwrap().clone();
    let known = list.iter().filter(|one| one["noise"] == false).count();
    assert_eq!(known, 100);
    assert!(list.iter().any(|one| one["noise"] == true), "noise is listed too");
    let long = "x".repeat(3_000);
    client.post("/Users", json!({ "schemas": [], "userName": "a@acme.test", "nickName": long })).expect(201);
    let newest = &listed(&console, &sales, "&limit=1")[0];
    let detail = console.get(&format!("/requests/{}", newest["request_id"].as_str().unwrap())).expect(200);
    assert_eq!((detail.at("/request/body"), newest["request_size"].as_u64() > Some(3_000)), (Value::Null, true));
    let lost = console.get("/requests?q=nowhere").expect(200);
    assert_eq!(lost.at("/requests/0/scim_id"), Value::Null);
    assert_eq!(console.view(&sales).at("/attention"), Value::Null, "noise needs no attention");
}

#[test]
fn a_dry_run_changes_nothing_and_a_real_one_does_what_was_asked() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &["--capture", "full"]));
    let made = sales.client().post("/Users", mia()).expect(201);
    let path = format!("/Users/{}", made.id());
    let patch = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "title", "value": "Chief" }] });
    let changed = sales.client().patch(&path, patch.clone()).expect(200).header("x-request-id").to_owned();
    let gone = sales.client().delete(&path).expect(204).header("x-request-id").to_owned();
    let before = console.get("/audit?count=1000").expect(200).at("/events").as_array().unwrap().len();
    let other = json!({ "body": patch.to_string().replace("Chief", "Boss") });
    let dry = console.post(&format!("/requests/{changed}/replay"), other).expect(200);
    assert_eq!((dry.at("/dry_run"), dry.at("/status"), dry.at("/equal")), (json!(true), json!(200), json!(true)));
    assert_eq!(dry.at("/effect/0/after"), "Boss");
    sales.client().get(&path).expect(200).says("/title", "Chief").says("/active", false);
    assert_eq!(console.get("/audit?count=1000").expect(200).at("/events").as_array().unwrap().len(), before);
    let done = house.json(&["requests", "replay", &changed, "--for-real"]);
    assert_eq!((&done["dry_run"], &done["status"]), (&json!(false), &json!(200)));
    let told = house.run(&["requests", "replay", &gone]).ok().stdout;
    assert!(told.contains("Nothing was changed"), "{told}");
}

#[test]
fn the_command_line_lists_shows_follows_and_exports() {
    let house = Appliance::start();
    let sales = house.connect("Sales", &["--capture", "full"]);
    let id = sales.okta().post("/Users", mia()).expect(201).header("x-request-id").to_owned();
    eventually("it is written", || house.json(&["requests", "list"]).as_array().unwrap().first().cloned());
    let list = house.json(&["requests", "list", "--node", "Sales", "--limit", "5", "-q", "mia", "--status", "201"]);
    assert_eq!(list[0]["request_id"], id);
    let table = house.run(&["requests", "list"]).ok().stdout;
    assert!(table.contains("Okta created mia@acme.test") && table.contains(&id), "{table}");
    let shown = house.run(&["requests", "show", &id]).ok().stdout;
    for text in ["Request\n", "authorization: [removed]", "Explanation", "userName"] {
        assert!(shown.contains(text), "“{text}” is not in {shown}");
    }
    house.run(&["requests", "show", "nothing"]).fails(3);
    let curl = house.run(&["requests", "export", &id, "--format", "curl"]).ok().stdout;
    assert!(curl.contains("curl -X POST") && curl.contains("$SCIM_TOKEN") && curl.contains(&sales.url), "{curl}");
    let har = house.run(&["requests", "export", &id, "--format", "har"]).ok().json();
    assert_eq!(har["log"]["entries"][0]["response"]["status"], 201);
    let line = house.run(&["requests", "export", &id, "--format", "ndjson"]).ok().stdout;
    assert_eq!(line.lines().count(), 1, "{line}");
    let dialogue = house.run(&["requests", "export", &id, "--format", "dialogue"]).ok().json();
    assert_eq!((&dialogue["steps"][0]["answer"]["status"], &dialogue["client"]), (&json!(201), &json!("Okta")));
}

#[test]
fn a_token_at_a_wrong_address_is_shown_on_its_own_connection_with_the_right_address() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.connect("Sales", &[]));
    let support = house.connect("Support", &[]);
    let of_sales = format!("Bearer {}", sales.token);
    let lost = |base: &str| Client::plain(&house.url(base)).with("Authorization", &of_sales);
    for path in ["/v2/Users", "/scim/v2/Groups/some-id", "/ServiceProviderConfig", "/Users"] {
        let reply = lost("").get(path).refused(404).detail("WRONG_PATH");
        assert!(reply.text.contains(&sales.url), "{}", reply.text);
    }
    lost("/api/rest/scim/v2/100000000000001").get("/Users").refused(401).detail("TOKEN_OTHER_NODE");
    lost("/api/rest/scim/v2").get("/Users").refused(401).detail("TOKEN_OTHER_NODE");
    support.client_with(&sales.token).get("/Users").refused(401).detail("TOKEN_OTHER_NODE");
    let list = listed(&console, &sales, "");
    let paths: Vec<&str> = list.iter().map(|one| one["path"].as_str().unwrap()).collect();
    let at_support = format!("/api/rest/scim/v2/{}/Users", support.node_id);
    let (nowhere, bare) = ("/api/rest/scim/v2/100000000000001/Users", "/api/rest/scim/v2/Users");
    let others = ["/Users", "/ServiceProviderConfig", "/scim/v2/Groups/some-id", "/v2/Users"];
    assert_eq!(paths, [&[&*at_support, bare, nowhere], &others[..]].concat());
    for one in &list {
        assert!(one["detail"].as_str().unwrap().contains(&sales.url), "{one}");
        assert_eq!(one["noise"], false, "{one}");
    }
    let page = console.get(&format!("/connections/{}", sales.scim_id)).expect(200);
    assert_eq!(page.at("/exchanges").as_array().unwrap().len(), list.len(), "{}", page.text);
    let aimed = console.get(&format!("/connections/{}", support.scim_id)).expect(200);
    assert_eq!(aimed.at("/exchanges/0/code"), "TOKEN_OTHER_NODE");

    // Of strangers the noise is kept, and they learn no node.
    let stranger = Client::plain(&house.url("")).get("/v2/Users").refused(404).detail("WRONG_PATH");
    assert!(stranger.text.contains("/api/rest/scim/v2/<node>") && !stranger.text.contains(&sales.node_id));
    let newest = console.get("/requests?limit=1").expect(200);
    assert_eq!((newest.at("/requests/0/path"), newest.at("/requests/0/noise")), (json!("/v2/Users"), json!(true)));
    let page = Client::plain(&house.url("")).get("/somewhere").expect(404);
    assert!(page.text.starts_with("Not found"), "{}", page.text);
}
