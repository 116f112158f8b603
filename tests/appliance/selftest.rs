//! The selftest: everything passes on a strict connection, each break of a server is found and named, and nothing is left behind.

use crate::appliance::Appliance;
use crate::foreign_servers::django_scim2;
use crate::push_fixture::{Files, scim2_server};
use crate::scim_breaker::{Answered, Asked, Breakage, broken};
use crate::simulate::sandbox;
use serde_json::{Value, json};

/// The names of the checks that failed.
fn failed(report: &Value) -> Vec<&str> {
    report["failures"].as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap()).collect()
}

#[test]
fn on_a_strict_connection_everything_passes_and_nothing_is_left() {
    let house = Appliance::start();
    let to = house.connect("Strict", &["--preset", "rfc", "--tolerance", "strict"]);
    let mia = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "mia@example.com" });
    to.client().with("Content-Type", "application/scim+json").post("/Users", mia).expect(201);
    let report = sandbox(&["selftest", "--suite", "all"], &to.url, &to.token);
    let json = report.json();
    assert_eq!(failed(&json), Vec::<&str>::new(), "{:#}", json["failures"]);
    let report = report.ok();
    let suites = report.json()["suites"].clone();
    assert_eq!(
        suites.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["rfc", "okta", "entra", "jumpcloud", "sailpoint", "keeper"]
    );
    assert!(suites["rfc"]["passed"].as_u64() > Some(200), "{suites}");
    assert_eq!(suites["rfc"]["skipped"], 0, "{suites}");
    let users = to.client().get("/Users").expect(200).listed();
    assert_eq!(users.len(), 1, "only the one who was there before: {users:?}");
    assert_eq!(to.client().get("/Groups?count=0").expect(200).at("/totalResults"), 0);
}

#[test]
fn on_a_liberal_connection_every_identity_providers_needs_are_met() {
    let house = Appliance::start();
    let to = house.rfc();
    let json = sandbox(&["selftest", "--suite", "all"], &to.url, &to.token).json();
    assert_eq!(failed(&json), Vec::<&str>::new(), "{:#}", json["failures"]);
    let skipped = json["suites"].as_object().unwrap().values().map(|suite| suite["skipped"].as_u64().unwrap());
    assert_eq!(skipped.sum::<u64>(), 0, "{json}");
    let keeper = house.keeper();
    sandbox(&["selftest", "--suite", "keeper"], &keeper.url, &keeper.token).ok();
}

fn as_it_is(_: &Asked, _: &mut Answered) {}

fn asked_on(_: &Asked) -> Option<(u16, Value)> {
    None
}

fn is_create(asked: &Asked, answer: &Answered) -> bool {
    asked.method == "POST" && ["/Users", "/Groups"].contains(&asked.path.as_str()) && answer.status == 201
}

/// A break, the check that names it, and the fault.
const BREAKS: [(&str, &str, Breakage); 14] = [
    (
        "no Location",
        "rfc-form-location",
        Breakage { instead: asked_on, after: |_, answer| answer.headers.retain(|(name, _)| name != "location") },
    ),
    (
        "another media type",
        "rfc-form-media-type",
        Breakage {
            instead: asked_on,
            after: |_, answer| {
                for (name, value) in &mut answer.headers {
                    if name == "content-type" {
                        *value = "text/json".to_owned();
                    }
                }
            },
        },
    ),
    (
        "no totalResults",
        "rfc-form-list",
        Breakage {
            instead: asked_on,
            after: |_, answer| answer.json(|body| drop(body.as_object_mut().unwrap().remove("totalResults"))),
        },
    ),
    (
        "200 for a new user",
        "create-201",
        Breakage {
            instead: asked_on,
            after: |asked, answer| {
                if is_create(asked, answer) {
                    answer.status = 200;
                }
            },
        },
    ),
    (
        "a list that is not filtered",
        "filter-eq-user-name",
        Breakage {
            instead: asked_on,
            after: |asked, answer| {
                if asked.path.starts_with("/Users?filter") {
                    answer.json(|body| {
                        body["Resources"] = json!([{ "schemas": ["x"], "id": "a" }, { "schemas": ["x"], "id": "b" }]);
                        body["totalResults"] = json!(2);
                    });
                }
            },
        },
    ),
    (
        "a PATCH that does nothing",
        "patch-replace-simple",
        Breakage { instead: |asked| (asked.method == "PATCH").then_some((204, Value::Null)), after: as_it_is },
    ),
    (
        "200 for a duplicate",
        "create-duplicate",
        Breakage {
            instead: asked_on,
            after: |asked, answer| {
                if asked.method == "POST" && answer.status == 409 {
                    answer
                        .become_(200, json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "x" }));
                }
            },
        },
    ),
    (
        "404 for nobody found",
        "filter-eq-nobody",
        Breakage {
            instead: asked_on,
            after: |asked, answer| {
                if asked.path.contains("filter=") && answer.text.contains("\"totalResults\":0") {
                    answer.become_(404, json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "nobody" }));
                }
            },
        },
    ),
    (
        "ids as numbers",
        "rfc-form-ids",
        Breakage {
            instead: asked_on,
            after: |_, answer| {
                answer.json(|body| {
                    if body.get("userName").is_some() {
                        body["id"] = json!(17);
                    }
                });
            },
        },
    ),
    (
        "active as a string",
        "rfc-form-types",
        Breakage {
            instead: asked_on,
            after: |_, answer| answer.text = answer.text.replace("\"active\":true", "\"active\":\"true\""),
        },
    ),
    (
        "no token asked for",
        "token-missing",
        Breakage {
            instead: asked_on,
            after: |_, answer| {
                if answer.status == 401 {
                    answer.become_(200, json!({ "schemas": ["x"] }));
                }
            },
        },
    ),
    (
        "errors without a body",
        "rfc-form-error",
        Breakage {
            instead: asked_on,
            after: |_, answer| {
                if answer.status >= 400 {
                    answer.text = "{}".to_owned();
                }
            },
        },
    ),
    (
        "a DELETE that does nothing",
        "delete-then-404",
        Breakage {
            instead: |asked| {
                (asked.method == "DELETE" && asked.path.starts_with("/Users/")).then_some((204, Value::Null))
            },
            after: as_it_is,
        },
    ),
    (
        "pages that ignore count",
        "page-count",
        Breakage {
            instead: asked_on,
            after: |asked, answer| {
                if asked.path.contains("count=2") {
                    answer.json(|body| {
                        let first = body["Resources"][0].clone();
                        body["Resources"].as_array_mut().unwrap().push(first);
                    });
                }
            },
        },
    ),
];

#[test]
fn each_break_is_found_and_named() {
    let house = Appliance::start();
    for (what, check, breakage) in BREAKS {
        let to = house.connect(what, &["--preset", "rfc"]);
        let report = sandbox(&["selftest"], &broken(&to.url, breakage), &to.token).fails(1).json();
        assert!(failed(&report).contains(&check), "{what}: {:?}", failed(&report));
        for one in report["failures"].as_array().unwrap() {
            for member in ["check", "clause", "why", "advice"] {
                assert!(!one[member].as_str().unwrap().is_empty(), "{member}: {one}");
            }
        }
    }
}

#[test]
fn a_proxy_that_breaks_nothing_is_no_false_alarm() {
    let house = Appliance::start();
    let to = house.rfc();
    let url = broken(&to.url, Breakage { instead: asked_on, after: as_it_is });
    let json = sandbox(&["selftest", "--suite", "rfc"], &url, &to.token).json();
    assert_eq!(failed(&json), Vec::<&str>::new(), "{:#}", json["failures"]);
}

#[test]
fn reports_are_written_for_people_and_for_ci() {
    let house = Appliance::start();
    let to = house.rfc();
    let files = Files::new();
    let (html, junit) = (files.0.path().join("c.html"), files.0.path().join("c.xml"));
    let more = ["--html", html.to_str().unwrap(), "--junit", junit.to_str().unwrap()];
    let no_patch =
        Breakage { instead: |asked| (asked.method == "PATCH").then_some((204, Value::Null)), after: as_it_is };
    let url = broken(&to.url, no_patch);
    sandbox(&[&["selftest", "--suite", "okta"], &more[..]].concat(), &url, &to.token).fails(1);
    let (html, junit) = (std::fs::read_to_string(html).unwrap(), std::fs::read_to_string(junit).unwrap());
    for part in
        ["okta-deactivate", "What to change", "対処", "不合格", "Oktaはステータスと応答の値で判断します。", "&quot;"]
    {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<script") && !html.contains("http-equiv") && !html.contains("src="));
    assert!(junit.contains("<testsuite name=\"okta\"") && junit.contains("<failure message="), "{junit}");
}

#[test]
fn foreign_servers_are_judged_to_the_end() {
    if let Some((_server, url)) = scim2_server() {
        is_judged(&url);
    }
    if let Some((_server, url)) = django_scim2() {
        is_judged(&url);
    }
}

#[track_caller]
fn is_judged(url: &str) {
    let json = sandbox(&["selftest", "--suite", "all"], url, "foreign-token").json();
    for (name, suite) in json["suites"].as_object().unwrap() {
        println!("{name}: {suite}");
    }
    println!("{:?}", failed(&json));
    assert!(json["suites"]["rfc"]["passed"].as_u64() > Some(50), "{json:#}");
}

/// What is switched on in a sandbox, and the check that names the break: ten faults, and a persona whose DELETE deactivates.
const STAGED: [(&str, &[&str], &str); 11] = [
    ("a POST of users that is lost", &["drop method=POST path=/Users"], "create-read-back"),
    ("a PATCH that is lost", &["drop method=PATCH"], "patch-replace-simple"),
    ("a PUT that is lost", &["drop method=PUT"], "put-read-back"),
    ("a DELETE that is lost", &["drop method=DELETE path=/Users"], "delete-then-404"),
    ("a POST of groups that is lost", &["drop method=POST path=/Groups"], "group-read"),
    ("lists that are behind", &["stale for=600s"], "filter-eq-user-name"),
    ("tokens that expire", &["expire:1/7"], "config-sort"),
    ("groups that cannot be made", &["500 method=POST path=/Groups"], "group-create"),
    ("schemas that are cut", &["truncate path=/Schemas"], "schemas-list"),
    ("connections that are reset", &["reset path=/ResourceTypes"], "resource-types-list"),
    ("a persona that keeps who is deleted", &[], "delete-not-listed"),
];

#[test]
fn each_staged_break_is_found_and_named() {
    let house = Appliance::start();
    for (what, faults, check) in STAGED {
        let persona = if faults.is_empty() { "slack" } else { "none" };
        let node = house.json(&["node", "create", what, "--sandbox", "--persona", persona])["node_id"].to_string();
        let to = house.connect_node(&node, &["--preset", "rfc", "--capture", "off"]);
        if !faults.is_empty() {
            house.run(&[&["node", "faults", "set", &node], faults].concat()).ok();
        }
        let report = sandbox(&["selftest"], &to.url, &to.token).fails(1).json();
        assert!(failed(&report).contains(&check), "{what}: {:?}", failed(&report));
    }
}

#[test]
fn a_sandbox_that_is_only_slow_or_small_is_no_false_alarm() {
    let house = Appliance::start();
    for (what, persona, faults) in [
        ("late", "none", "latency delay=2ms jitter=2ms"),
        ("busy", "none", "429:1/5 retry-after=0"),
        ("small", "users-only", "latency delay=0ms"),
    ] {
        let node = house.json(&["node", "create", what, "--sandbox", "--persona", persona])["node_id"].to_string();
        let to = house.connect_node(&node, &["--preset", "rfc", "--capture", "off"]);
        house.run(&["node", "faults", "set", &node, faults]).ok();
        let json = sandbox(&["selftest"], &to.url, &to.token).json();
        assert_eq!(failed(&json), Vec::<&str>::new(), "{what}: {:#}", json["failures"]);
    }
}
