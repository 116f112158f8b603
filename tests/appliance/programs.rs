//! Programs of others that judge the appliance: the conformance checks of scim2-cli, the client that Canaille is made with, and
//! Schemathesis, which sends what the document of the admin API allows and what it does not.

use crate::appliance::{Appliance, run};
use crate::connected::Connected;
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Says loudly that a test could not do its work; `tests/run` repeats it at its end.
pub fn skipped(what: &str) {
    let line = format!("SKIPPED: {what}\n");
    // Straight to stderr, because the words of a test that passes are kept from the screen.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Ok(file) = std::env::var("SCIMBOX_TESTS_SKIPPED") {
        let _ = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The lines of scim2-cli's report that say ERROR; `None` when it is not installed.
#[track_caller]
fn conformance_errors(connected: &Connected) -> Option<Vec<String>> {
    let program = project().join("target/venv/bin/scim2");
    if !program.exists() {
        let why = std::env::var("SCIMBOX_TESTS_NO_VENV").unwrap_or_else(|_| "tests/run installs it".to_owned());
        skipped(&format!("the conformance checks of scim2-cli, because target/venv has none ({why})"));
        return None;
    }
    let mut command = Command::new(program);
    command.args(["--url", &connected.url, "test"]);
    command.env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", connected.token)).env("NO_COLOR", "1");
    let tested = run(&mut command, "");
    let lines: Vec<String> = tested.stdout.lines().map(str::to_owned).collect();
    let passed = lines.iter().filter(|line| line.contains("SUCCESS")).count();
    assert!(passed > 20, "it hardly tested anything: {}{}", tested.stdout, tested.stderr);
    // The line under each verdict says what it is about.
    let pairs = lines.windows(2).filter(|pair| ["ERROR", "CRITICAL"].iter().any(|word| pair[0].starts_with(word)));
    Some(pairs.map(|pair| pair.join(": ")).collect())
}

#[test]
fn scim2_cli_finds_nothing_wrong_with_the_preset_rfc() {
    let house = Appliance::start();
    if let Some(errors) = conformance_errors(&house.rfc()) {
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn scim2_cli_objects_to_the_preset_keeper_only_that_a_deleted_user_stays() {
    let house = Appliance::start();
    if let Some(errors) = conformance_errors(&house.keeper()) {
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert!(errors[0].contains("object_deletion") && errors[0].contains("User["), "{errors:#?}");
    }
}

#[test]
fn scim2_cli_finds_nothing_wrong_with_a_strict_connection_and_needs_no_relaxation() {
    let house = Appliance::start();
    let strict = house.connect("Strict", &["--preset", "rfc", "--tolerance", "strict"]);
    if let Some(errors) = conformance_errors(&strict) {
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn canaille_finds_makes_replaces_and_deletes() {
    let python = project().join("target/venv-canaille/bin/python");
    if !python.exists() {
        let why = std::env::var("SCIMBOX_TESTS_NO_CANAILLE").unwrap_or_else(|_| "tests/run installs it".to_owned());
        return skipped(&format!("Canaille's client, because target/venv-canaille has none ({why})"));
    }
    let house = Appliance::start();
    let play = |connected: &Connected| {
        let script = project().join("tests/programs/canaille.py");
        run(Command::new(&python).arg(script).args([&connected.url, &connected.token]), "")
    };
    let played = play(&house.connect("Canaille", &["--idp", "canaille"])).ok();
    assert_eq!(played.stdout.trim(), "done");
    let refused = play(&house.keeper());
    assert!(refused.stderr.contains("pagination"), "the choice of Canaille is what it needs: {}", refused.stderr);
}

#[test]
fn schemathesis_finds_no_call_that_differs_from_its_document() {
    let program = project().join("target/venv-schemathesis/bin/schemathesis");
    if !program.exists() {
        let why = std::env::var("SCIMBOX_TESTS_NO_SCHEMATHESIS").unwrap_or_else(|_| "tests/run installs it".to_owned());
        return skipped(&format!("Schemathesis, because target/venv-schemathesis has none ({why})"));
    }
    let house = Appliance::start();
    let connected = house.rfc();
    connected.client().post("/Users", json!({ "userName": "ada@example.com" })).expect(201);
    connected.client().post("/Groups", json!({ "displayName": "Sales" })).expect(201);
    let console = house.console();
    let key = console.post("/api-keys", json!({ "name": "judge", "scope": "full" })).expect(201);
    let document = house.data().join("openapi.json");
    std::fs::write(&document, console.get("/openapi.json").expect(200).text).unwrap();
    let base = connected.url.split("/api/").next().unwrap();
    let mut command = Command::new(program);
    command.arg("--config-file").arg(project().join("tests/programs/schemathesis.toml"));
    // The same requests in every run.
    command.args(["run", "--phases", "examples,coverage,fuzzing", "--max-examples", "5"]);
    command.args(["--generation-deterministic", "--workers", "1", "--no-color"]);
    command.args(["--url", base, "-H", &format!("Authorization: Bearer {}", key.at("/secret").as_str().unwrap())]);
    // It keeps its notes where it runs.
    let judged = run(command.arg(document).current_dir(house.data()), "");
    assert!(judged.stdout.contains("Test cases:"), "it tested nothing: {}{}", judged.stdout, judged.stderr);
    assert_eq!(judged.code, 0, "{}", judged.stdout);
}
