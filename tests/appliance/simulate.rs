//! Simulators: each identity provider is content with the appliance, and says what it would do about an answer that does not do.

use crate::appliance::{Appliance, Ran, program, run};
use crate::connected::Connected;
use crate::foreign_servers::django_scim2;
use crate::push_fixture::{Files, scim2_server};
use crate::scim_proxy::{Fate, ScimProxy, error};
use serde_json::{Value, json};

const IDPS: [&str; 13] = [
    "okta",
    "entra",
    "jumpcloud",
    "onelogin",
    "ping",
    "google",
    "google-function",
    "sailpoint",
    "cloudgate",
    "rippling",
    "authentik",
    "keycloak",
    "commander",
];

/// A command of the sandbox, without a data folder.
#[track_caller]
pub fn sandbox(command: &[&str], url: &str, token: &str) -> Ran {
    let files = Files::new();
    let token = files.write("token", token);
    run(program().args(command).args(["--url", url, "--token-file", token.to_str().unwrap(), "--json"]), "")
}

#[track_caller]
fn simulate(idp: &str, more: &[&str], to: &Connected) -> Value {
    sandbox(&[&["simulate", idp], more].concat(), &to.url, &to.token).ok().json()
}

#[track_caller]
fn is_content(report: &Value) {
    assert_eq!((&report["failed"], &report["failures"]), (&json!(0), &json!([])), "{report:#}");
    assert!(report["steps"].as_u64() > Some(0) && report["steps"] == report["passed"], "{report}");
}

#[test]
fn each_identity_provider_is_served_by_both_presets() {
    let house = Appliance::start();
    for preset in ["keeper", "rfc"] {
        for idp in IDPS {
            let to = house.connect(&format!("{preset} {idp}"), &["--preset", preset]);
            let report = simulate(idp, &[], &to);
            is_content(&report);
            assert_eq!((&report["idp"], &report["scenario"]), (&json!(idp), &json!("default")));
            assert!(report["verdict"].as_str().unwrap().contains("works with this server"), "{report}");
        }
    }
}

#[test]
fn the_other_ways_of_working_are_served() {
    let house = Appliance::start();
    for (idp, variant) in [("okta", "wizard"), ("entra", "flag"), ("keycloak", "patch")] {
        for preset in ["keeper", "rfc"] {
            let to = house.connect(&format!("{preset} {idp}"), &["--preset", preset]);
            is_content(&simulate(idp, &["--variant", variant], &to));
        }
    }
}

#[test]
fn every_scenario_ends_well_and_can_be_played_again() {
    let house = Appliance::start();
    let scenarios = ["rename", "re-hire", "group-churn", "mass-leave", "retry", "restart", "hostile-names"];
    for (idp, preset) in [("okta", "rfc"), ("entra", "keeper"), ("commander", "keeper"), ("authentik", "rfc")] {
        let to = house.connect(&format!("{preset} {idp}"), &["--preset", preset]);
        for scenario in scenarios {
            for _ in 0..2 {
                let report = simulate(idp, &["--scenario", scenario, "--seed", "7"], &to);
                is_content(&report);
                assert_eq!(report["scenario"], scenario);
            }
        }
    }
}

#[test]
fn a_large_first_cycle_is_read_back_whole() {
    let house = Appliance::start();
    let to = house.rfc();
    let more = ["--scenario", "large", "--users", "230", "--groups", "3"];
    is_content(&simulate("okta", &more, &to));
    let total = to.client().get("/Users?count=0").expect(200).at("/totalResults");
    assert_eq!(total, 230);
}

#[test]
fn the_same_seed_makes_the_same_people_and_a_clean_up_leaves_nobody() {
    let house = Appliance::start();
    let names = |node: &str| {
        let to = house.connect(node, &["--preset", "rfc"]);
        is_content(&simulate("okta", &["--seed", "11", "--users", "4", "--scenario", "first-cycle"], &to));
        let users = to.client().get("/Users").expect(200).listed();
        users.iter().map(|user| user["userName"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("One"), names("Two"));
    let to = house.connect("Three", &["--preset", "rfc"]);
    is_content(&simulate("okta", &["--clean-up"], &to));
    assert_eq!(to.client().get("/Users?count=0").expect(200).at("/totalResults"), 0);
}

#[test]
fn what_breaks_is_judged_as_that_identity_provider_would() {
    let house = Appliance::start();
    let to = house.rfc();
    type Rule = fn(&str, &str) -> Fate;
    let cases: [(&str, Rule, &str, &str); 5] = [
        (
            "entra",
            |method, path| match method == "GET" && path.contains("filter=") {
                true => Fate::Answer(404, String::new(), error(404, "nobody")),
                false => Fate::Pass,
            },
            "connection-test",
            "Entra would quarantine the job",
        ),
        (
            "okta",
            |method, _| match method {
                "PATCH" => Fate::Answer(200, String::new(), json!({ "schemas": ["x"], "id": "x", "active": true })),
                _ => Fate::Pass,
            },
            "re-hire",
            "keeps access",
        ),
        (
            "jumpcloud",
            |method, path| match method == "POST" && path.starts_with("/Groups") {
                true => Fate::Answer(501, String::new(), error(501, "no groups")),
                false => Fate::Pass,
            },
            "connection-test",
            "JumpCloud would not activate the connector",
        ),
        (
            "sailpoint",
            |_, path| match path.starts_with("/Schemas") {
                true => Fate::Answer(404, String::new(), error(404, "none")),
                false => Fate::Pass,
            },
            "connection-test",
            "SailPoint would fail Test Connection",
        ),
        (
            "okta",
            |method, path| match method == "PUT" && path.starts_with("/Users") {
                true => Fate::Answer(200, String::new(), json!({ "schemas": ["x"], "displayName": "x" })),
                false => Fate::Pass,
            },
            "joiner-mover-leaver",
            "could not be updated",
        ),
    ];
    for (idp, rule, scenario, why) in cases {
        let proxy = ScimProxy::before(&to.url, &to.token, move |_, passed| rule(&passed.method, &passed.path));
        let report = sandbox(&["simulate", idp, "--scenario", scenario], &proxy.url, &to.token).fails(1).json();
        let failures = report["failures"].as_array().unwrap();
        let named = failures.iter().any(|one| one["why"].as_str().unwrap().contains(why));
        assert!(named, "{idp}: {report:#}");
        for one in failures {
            let keys: Vec<&String> = one.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["step", "request", "got", "want", "why"]);
        }
    }
}

#[test]
fn a_server_that_says_done_and_does_nothing_is_found() {
    let house = Appliance::start();
    let to = house.rfc();
    let rule = |_: usize, passed: &crate::scim_proxy::Passed| match passed.method.as_str() {
        "PATCH" => Fate::Answer(204, String::new(), Value::Null),
        _ => Fate::Pass,
    };
    let proxy = ScimProxy::before(&to.url, &to.token, rule);
    let report = sandbox(&["simulate", "entra"], &proxy.url, &to.token).fails(1).json();
    assert!(
        report["failures"].to_string().contains("It is not")
            || report["failures"].to_string().contains("a look at the server"),
        "{report:#}"
    );
}

#[test]
fn who_is_told_to_slow_down_comes_back() {
    let house = Appliance::start();
    let to = house.rfc();
    let rule = |number: usize, _: &crate::scim_proxy::Passed| match number % 3 {
        1 => Fate::Answer(429, "Retry-After: 0\r\n".to_owned(), error(429, "slowly")),
        _ => Fate::Pass,
    };
    let proxy = ScimProxy::before(&to.url, &to.token, rule);
    is_content(&sandbox(&["simulate", "okta"], &proxy.url, &to.token).ok().json());
}

#[test]
fn a_wrong_token_and_a_server_that_is_not_there_end_it_with_a_verdict() {
    let house = Appliance::start();
    let to = house.rfc();
    let refused = sandbox(&["simulate", "entra"], &to.url, "wrong").fails(1).json();
    assert!(refused["verdict"].as_str().unwrap().contains("credentials are invalid"), "{refused}");
    let none = sandbox(&["simulate", "okta"], &to.url, "").fails(1).json();
    assert!(none["failures"][0]["got"].as_str().unwrap().starts_with("401"), "{none}");
    let nobody = sandbox(&["simulate", "okta"], "http://127.0.0.1:1", "x").fails(1).json();
    assert!(nobody["failures"][0]["why"].as_str().unwrap().contains("cannot reach"), "{nobody}");
    sandbox(&["simulate", "okta"], "ftp://127.0.0.1", "x").fails(2);
    sandbox(&["simulate", "azure"], &to.url, "x").fails(2);
    sandbox(&["simulate", "okta", "--scenario", "nothing"], &to.url, "x").fails(2);
}

#[test]
fn a_foreign_server_is_judged_to_the_end() {
    if let Some((_server, url)) = scim2_server() {
        everybody_judges(&url);
    }
    if let Some((_server, url)) = django_scim2() {
        everybody_judges(&url);
    }
}

#[track_caller]
fn everybody_judges(url: &str) {
    for idp in IDPS {
        let report = sandbox(&["simulate", idp], url, "foreign-token");
        let json = report.json();
        assert_eq!(report.code, i32::from(json["failed"] != 0), "{json}");
        assert_eq!(json["steps"].as_u64(), Some(json["passed"].as_u64().unwrap() + json["failed"].as_u64().unwrap()));
        let failures = json["failures"].as_array().unwrap();
        assert!(failures.iter().all(|one| !one["why"].as_str().unwrap().is_empty()), "{json}");
        println!("{idp}: {} of {}; {}", json["passed"], json["steps"], json["verdict"]);
    }
}

#[test]
fn provision_on_demand_is_entras_and_ignores_the_flag() {
    let house = Appliance::start();
    for preset in ["keeper", "rfc"] {
        let to = house.connect(&format!("demand {preset}"), &["--preset", preset, "--capture", "full"]);
        let flagged = Connected { url: format!("{}?aadOptscim062020", to.url), ..to.clone() };
        let report = simulate("entra", &["--scenario", "provision-on-demand"], &flagged);
        is_content(&report);
        assert_eq!(report["scenario"], "provision-on-demand");
        assert_eq!(to.client().get("/Groups").expect(200).at("/Resources/0/members").as_array().unwrap().len(), 5);
    }
    let to = house.connect("Okta", &[]);
    sandbox(&["simulate", "okta", "--scenario", "provision-on-demand"], &to.url, &to.token).fails(2);
}
