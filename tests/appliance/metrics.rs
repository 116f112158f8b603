//! Metrics, probes and the log: what is described is there, and nothing of anybody's data.

use crate::appliance::{Appliance, eventually, has_file, run, scimbox};
use crate::idp_clients::Client;
use crate::people::*;
use crate::programs::skipped;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn doc(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

/// An appliance with some people, and where its metrics are.
fn measured() -> (Appliance, String) {
    let house = Appliance::start_with(&["--metrics-listen", "127.0.0.1:0"]);
    let at = house.line(|line| line.starts_with("metrics on "));
    let url = at.strip_prefix("metrics on ").unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/metrics"), "{url}");
    (house, url)
}

fn read(url: &str) -> String {
    Client::plain(url).get("").expect(200).text
}

/// The names of all metrics of a text that has them.
fn names(text: &str) -> Vec<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words =
        text.split(|c: char| !word(c)).filter(|name| name.starts_with("scimbox_") || name.starts_with("process_"));
    let mut found: Vec<String> = words.map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn metrics_are_those_of_the_docs_and_hold_nobodys_data() {
    let (house, url) = measured();
    let connected = house.connect("Secret Research", &[]);
    let client = connected.client();
    client.post("/Users", mia()).expect(201);
    client.get("/Users/1").expect(404);
    let text = read(&url);
    for line in [
        "scimbox_users 1",
        r#"scimbox_connections{state="active"} 1"#,
        r#"scimbox_http_requests_total{area="scim",method="POST",status="201"} 1"#,
        r#"scimbox_http_requests_total{area="scim",method="GET",status="404"} 1"#,
        "scimbox_store_writable 1",
        "# TYPE scimbox_http_requests_total counter",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let node = format!(r#"scimbox_node_users{{node_id="{}"}} 1"#, connected.node_id);
    assert!(text.contains(&node), "{node}: {text}");
    for of_somebody in ["Secret", "mia", "Mia", "acme", "127.0.0.1", connected.token.as_str()] {
        assert!(!text.contains(of_somebody), "{of_somebody}: {text}");
    }
    let described = names(&doc("metrics.md"));
    let lines = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut there: Vec<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    there.sort_unstable();
    assert!(there.iter().all(|name| described.iter().any(|known| known == name)), "{there:?} {described:?}");
    for file in ["metrics.md", "alerts.yml", "dashboard.json"] {
        for name in names(&doc(file)) {
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
            assert!(there.contains(&base), "{file} has {name}");
        }
    }
    serde_json::from_str::<Value>(&doc("dashboard.json")).unwrap();
    assert!(text.contains("scimbox_backup_last_timestamp_seconds 0\n"), "{text}");
    if has_file() {
        house.run(&["backup", "create"]).ok();
        let text = read(&url);
        assert!(!text.contains("scimbox_backup_last_timestamp_seconds 0\n"), "{text}");
    }
    let elsewhere = Client::plain(url.strip_suffix("/metrics").unwrap());
    elsewhere.get("/api/v1/status").expect(404);
    elsewhere.post("/metrics", json!({})).expect(405);
    Client::plain(&house.url("")).get("/metrics").expect(404);
}

#[test]
fn promtool_takes_the_metrics_and_the_alert_rules() {
    if Command::new("promtool").arg("--version").output().is_err() {
        return skipped("metrics and alert rules, because promtool is not installed (Debian package prometheus)");
    }
    let (house, url) = measured();
    house.keeper().client().post("/Users", mia()).expect(201);
    run(Command::new("promtool").args(["check", "metrics"]), &read(&url)).ok();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/alerts.yml");
    run(Command::new("promtool").args(["check", "rules"]).arg(rules), "").ok();
}

#[test]
fn probes_and_pages_answer_head_as_well() {
    let house = Appliance::start();
    let probe = Client::plain(&house.url("")).with("Accept-Encoding", "identity");
    for path in ["/healthz", "/readyz", "/ui/", "/ui/login", "/ui/assets/theme.js"] {
        let answer = probe.send("HEAD", path, ()).expect(200);
        assert_eq!(answer.text, "");
        probe.get(path).expect(200);
    }
}

#[test]
fn the_log_level_changes_while_it_runs_and_lines_name_the_trace() {
    let house = Appliance::start();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traced = Client::plain(&house.url("")).with("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"));
    traced.get("/healthz").expect(200);
    assert!(!house.stderr().contains("answered"), "{}", house.stderr());
    house.run(&["settings", "set", "log_level", "debug"]).ok();
    let line = eventually("a line of a request", || {
        traced.get("/healthz?secret=1").expect(200);
        house.stderr().lines().find(|line| line.contains("answered") && line.contains(trace)).map(str::to_owned)
    });
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["span"]["trace_id"], trace);
    assert_eq!(line["fields"]["path"], "/healthz");
    // What is no trace is no part of a line.
    let wrong =
        Client::plain(&house.url("")).with("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01");
    wrong.get("/readyz").expect(200);
    let connected = house.keeper();
    connected.client().get("/Users").expect(200);
    house.console().patch("/settings", json!({ "log_level": "warn" })).expect(200);
    let text = house.stderr();
    assert!(!text.contains("00000000000000000000000000000000") && !text.contains("secret"), "{text}");
    assert!(!text.contains(&connected.token), "a token in the log");
    for line in text.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    eventually("it is quiet again", || {
        let before = house.stderr().len();
        traced.get("/healthz").expect(200);
        (house.stderr().len() == before).then_some(())
    });
}

#[test]
fn the_log_is_readable_on_a_terminal() {
    let (house, folder) = (Appliance::start(), tempfile::tempdir().unwrap());
    let mut serve = scimbox(&folder.path().join("data"));
    // Its address is taken, so it ends by itself.
    serve.args(["serve", "--listen", &house.address]);
    let words: Vec<String> = std::iter::once(serve.get_program())
        .chain(serve.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let seen = run(Command::new("script").args(["-qec", &words.join(" "), "/dev/null"]), "").stdout;
    assert!(seen.contains("INFO open files allowed"), "{seen}");
    assert!(!seen.contains("{\"timestamp\""), "{seen}");
}
