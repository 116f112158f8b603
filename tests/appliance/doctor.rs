//! `doctor` (docs/operations.md#doctor): each fault is found, named and comes with what to do about it.

use crate::appliance::{Appliance, has_file, program, run};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

/// The check of that name.
#[track_caller]
fn check(report: &Value, name: &str) -> Value {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no check {name}: {report}")).clone()
}

/// A check that failed, and what its remedy says.
#[track_caller]
fn fails(report: &Value, name: &str, said: &str) {
    let found = check(report, name);
    assert_eq!((&report["ok"], &found["ok"]), (&Value::Bool(false), &Value::Bool(false)), "{report}");
    assert!(found["result"].as_str().unwrap().contains(said), "{found}");
    assert!(!found["remedy"].as_str().unwrap().is_empty());
}

/// What stands in front of an appliance: hands on one request a connection, its head changed by `edit`.
fn proxy(to: &str, tls: Option<Arc<ServerConfig>>, edit: fn(String) -> String) -> u16 {
    let (listener, to) = (TcpListener::bind("127.0.0.1:0").unwrap(), to.to_owned());
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for line in listener.incoming().map_while(Result::ok) {
            let (tls, to) = (tls.clone(), to.clone());
            std::thread::spawn(move || match tls {
                None => hand_on(line, &to, edit),
                Some(config) => {
                    let connection = ServerConnection::new(config).unwrap();
                    hand_on(StreamOwned::new(connection, line), &to, edit)
                }
            });
        }
    });
    port
}

fn hand_on(mut line: impl Read + Write, to: &str, edit: fn(String) -> String) -> Option<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        line.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let head = edit(String::from_utf8(head).ok()?).replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let mut server = TcpStream::connect(to).ok()?;
    server.write_all(head.as_bytes()).ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok()?;
    line.write_all(&answer).ok()?;
    line.flush().ok()
}

/// A certificate for localhost that is good for so many days, and the text of it.
fn certificate(days: i64) -> (Arc<ServerConfig>, String) {
    let mut wish = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    let at = |seconds: i64| rcgen::date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(seconds as u64);
    wish.not_before = at(now - 40 * 86_400);
    wish.not_after = at(now + days * 86_400 + 3600);
    let key = rcgen::KeyPair::generate().unwrap();
    let made = wish.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (Arc::new(config), made.pem())
}

#[test]
fn a_healthy_appliance_passes_every_check() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let sales = house.keeper();
    house.json(&["backup", "create"]);
    let report = house.run(&["doctor", "--url", &house.url(""), "--json"]).ok().json();
    assert_eq!(report["ok"], true);
    for name in [
        "data folder",
        "disk",
        "database",
        "backup",
        "server",
        "mail",
        "name",
        "port",
        "certificate",
        "path",
        "clock",
        "headers",
        "forwarded",
    ] {
        assert_eq!(check(&report, name)["ok"], true, "{name}: {report}");
    }
    let looked = ["doctor", "--url", &sales.url, "--token-file", "-", "--json"];
    let report = house.run_with(&looked, &sales.token).ok().json();
    assert!(check(&report, "scim")["result"].as_str().unwrap().contains("0 users"), "{report}");
    fails(&house.run_with(&looked, "scim_wrong").fails(1).json(), "scim", "401");
    // From another machine there is no data folder to look at.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = program();
    let url = house.url("");
    let report = run(command.current_dir(elsewhere.path()).args(["doctor", "--url", &url, "--json"]), "").ok().json();
    assert!(!report.to_string().contains("data folder"), "{report}");
    let shown = house.run(&["doctor"]).ok().stdout;
    assert!(shown.lines().all(|line| line.starts_with("ok ") || line.trim_start().starts_with('→')), "{shown}");
}

#[test]
fn what_is_wrong_with_the_data_folder_is_found_and_not_changed() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    house.signal(rustix::process::Signal::TERM);
    house.end();
    let doctor = |code| house.run(&["doctor", "--json"]).fails(code).json();
    assert!(check(&doctor(0), "server")["result"].as_str().unwrap().contains("no server"));
    let mode = |mode| std::fs::set_permissions(house.data(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o755);
    fails(&doctor(1), "data folder", "others may");
    assert_eq!(house.data().metadata().unwrap().permissions().mode() & 0o777, 0o755);
    mode(0o700);
    house.run(&["settings", "set", "mail_host", "127.0.0.1"]).ok();
    house.run(&["settings", "set", "mail_port", "1"]).ok();
    house.run(&["settings", "set", "mail_from", "a@acme.test"]).ok();
    fails(&doctor(1), "mail", "127.0.0.1:1");
    let missing = tempfile::tempdir().unwrap().path().join("none");
    let report = run(crate::appliance::scimbox(&missing).args(["doctor", "--json"]), "").fails(1).json();
    fails(&report, "data folder", "is not there");
    assert!(!missing.exists());
}

#[test]
fn a_name_a_port_and_a_proxy_that_do_not_lead_to_the_appliance_are_told_apart() {
    let house = Appliance::start();
    let doctor = |url: &str| house.run(&["doctor", "--url", url, "--json"]).fails(1).json();
    fails(&doctor("http://nowhere.invalid"), "name", "is not known");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    fails(&doctor(&format!("http://127.0.0.1:{free}")), "port", "refused");
    let port = proxy(&house.address, None, |head| head.replacen(" /", " /below/", 1));
    fails(&doctor(&format!("http://127.0.0.1:{port}")), "path", "not as Scimbox does");
    let stripping = proxy(&house.address, None, strip);
    fails(&doctor(&format!("http://127.0.0.1:{stripping}")), "headers", "does not arrive");
    house.run(&["doctor", "--url", "ftp://x"]).fails(2);
}

/// Says how the client came, as a proxy should.
fn https(head: String) -> String {
    head.replacen("\r\n", "\r\nX-Forwarded-Proto: https\r\n", 1)
}

#[test]
fn a_proxy_that_does_not_say_how_clients_come_is_found() {
    let house = Appliance::start_with(&["--trusted-proxy", "127.0.0.1"]);
    let ca = house.folder.path().join("ca.pem");
    let (config, pem) = certificate(90);
    std::fs::write(&ca, pem).unwrap();
    let url = format!("https://localhost:{}", proxy(&house.address, Some(config), |head| head));
    let report = house.run(&["doctor", "--url", &url, "--ca", ca.to_str().unwrap(), "--json"]).fails(1).json();
    fails(&report, "forwarded", "takes https for http");
}

#[test]
fn a_certificate_is_judged_by_its_chain_and_its_days() {
    let house = Appliance::start_with(&["--trusted-proxy", "127.0.0.1"]);
    let ca = house.folder.path().join("ca.pem");
    let doctor = |days, code, trusted: bool| {
        let (config, pem) = certificate(days);
        std::fs::write(&ca, pem).unwrap();
        let url = format!("https://localhost:{}", proxy(&house.address, Some(config), https));
        let trust = ["--ca", ca.to_str().unwrap()];
        let arguments = ["doctor", "--url", &url, "--json"];
        house.run(&[&arguments[..], if trusted { &trust[..] } else { &[] }].concat()).fails(code).json()
    };
    let report = doctor(90, 0, true);
    assert!(check(&report, "certificate")["result"].as_str().unwrap().contains("good for 90 days"), "{report}");
    assert_eq!(check(&report, "headers")["ok"], true);
    fails(&doctor(90, 1, false), "certificate", "not trusted");
    fails(&doctor(5, 1, true), "certificate", "good for 5 days");
    fails(&doctor(-3, 1, true), "certificate", "not trusted");
    fails(
        &house.run(&["doctor", "--url", &format!("https://{}", house.address), "--json"]).fails(1).json(),
        "certificate",
        "handshake",
    );
}

/// The step of that name, as “verdict code”.
#[track_caller]
fn step(report: &Value, name: &str) -> String {
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 6, "{report}");
    let found = steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}: {report}"));
    assert_eq!(found["remedy"].is_null(), ["ok", "skipped"].contains(&found["verdict"].as_str().unwrap()), "{found}");
    format!("{} {}", found["verdict"].as_str().unwrap(), found["code"].as_str().unwrap())
}

#[test]
fn an_address_that_leads_here_and_that_nobody_else_can_reach_is_never_good() {
    let house = Appliance::start_with(&["--trusted-proxy", "127.0.0.1"]);
    let (console, sales) = (house.console(), house.keeper());
    let path = format!("/connections/{}/self-test", sales.scim_id);
    // Whoever asks does not say what is tested, not even through a trusted proxy.
    for host in ["localhost:9", "127.0.0.2"] {
        let asked = console.client().with("X-Forwarded-Host", host);
        let report = asked.post(&path, json!({})).expect(200).json();
        assert_eq!((&report["url"], &report["verdict"]), (&json!(sales.url), &json!("warning")), "{report}");
        let all = ["name", "port", "certificate", "path", "header", "clock"].map(|name| step(&report, name));
        assert_eq!(all, ["warning PRIVATE_ADDRESS", "ok OK", "warning PLAIN_LOCAL", "ok OK", "ok OK", "ok OK"]);
    }
    console.post("/connections/1/self-test", json!({})).fails(404, "NOT_FOUND");
    let here = house.run(&["scim", "self-test", "Sales", "--json"]).ok().json();
    assert_eq!(here["verdict"], "warning", "{here}");
    let shown = house.run(&["scim", "self-test", "Sales"]).ok().stdout;
    assert!(shown.contains("--base-url") && shown.contains("warning  name"), "{shown}");
    // What the appliance asks itself is nobody's request, and nobody else is answered so.
    assert_eq!(console.get("/requests").expect(200).at("/requests").as_array().unwrap().len(), 0);
    let stranger = sales.client().with("Authorization", "");
    assert!(stranger.get("/SelfTest/AAAA").expect(401).text.contains("TOKEN_"));
}

#[test]
fn the_self_test_says_where_the_way_ends() {
    let house = Appliance::start();
    house.keeper();
    let test = |url: &str| house.run(&["scim", "self-test", "Sales", "--base-url", url, "--json"]).fails(1).json();
    let through = |edit: fn(String) -> String| test(&format!("http://127.0.0.1:{}", proxy(&house.address, None, edit)));
    let nowhere = test("http://nowhere.invalid");
    assert_eq!(
        (step(&nowhere, "name"), step(&nowhere, "clock")),
        ("failed NAME_UNKNOWN".into(), "skipped NOT_REACHED".into())
    );
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(step(&test(&format!("http://127.0.0.1:{free}")), "port"), "failed PORT_CLOSED");
    assert_eq!(step(&test(&format!("https://{}", house.address)), "certificate"), "failed NO_TLS");
    assert_eq!(step(&through(|head| head.replacen(" /", " /below/", 1)), "path"), "failed OTHER_SERVER");
    assert_eq!(step(&through(|head| head.replacen("%2B", "+", 1)), "path"), "failed PATH_CHANGED");
    assert_eq!(step(&through(strip), "header"), "failed HEADER_LOST");
    // Databases of tests are copies of one, and so are their keys.
    if has_file() {
        let other = Appliance::start();
        assert_eq!(step(&test(&format!("http://{}", other.address)), "path"), "failed OTHER_APPLIANCE");
    }
}

/// Takes the token away.
fn strip(head: String) -> String {
    head.split_inclusive("\r\n").filter(|line| !line.to_lowercase().starts_with("authorization:")).collect()
}

#[test]
fn the_self_test_judges_a_certificate_and_what_the_proxy_says_of_it() {
    let house = Appliance::start_with(&["--trusted-proxy", "127.0.0.1"]);
    house.keeper();
    let ca = house.folder.path().join("ca.pem");
    let test = |days, edit: fn(String) -> String, trusted: bool, code: i32| {
        let (config, pem) = certificate(days);
        std::fs::write(&ca, pem).unwrap();
        let url = format!("https://localhost:{}", proxy(&house.address, Some(config), edit));
        let mut command = crate::appliance::scimbox(&house.data());
        command.args(["scim", "self-test", "Sales", "--base-url", &url, "--json"]);
        if trusted {
            command.env("SSL_CERT_FILE", &ca);
        }
        let ran = run(&mut command, "");
        if code == 0 { ran.ok().json() } else { ran.fails(code).json() }
    };
    let good = test(90, https, true, 0);
    let seen = ["certificate", "path", "header"].map(|name| step(&good, name));
    assert_eq!(seen, ["ok OK", "ok OK", "ok OK"], "{good}");
    assert!(good["steps"][2]["found"].as_str().unwrap().contains("90 d"), "{good}");
    assert_eq!(step(&test(5, https, true, 0), "certificate"), "warning ENDS_SOON");
    assert_eq!(step(&test(90, https, false, 1), "certificate"), "failed NOT_TRUSTED");
    assert_eq!(step(&test(90, |head| head, true, 0), "path"), "warning HTTPS_UNSEEN");
}

#[test]
fn the_console_shows_what_doctor_and_the_support_report_say() {
    let house = Appliance::start();
    let (console, sales) = (house.console(), house.keeper());
    sales.client().post("/Users", crate::people::mia()).expect(201);
    let shown = console.get("/diagnostics").expect(200).json();
    let said: Value = serde_json::from_str(&house.run(&["--json", "doctor"]).stdout).unwrap();
    let names = |report: &Value| -> Vec<String> {
        report["checks"].as_array().unwrap().iter().map(|check| check["name"].to_string()).collect()
    };
    assert_eq!((names(&shown), &shown["ok"]), (names(&said), &said["ok"]));
    let report = shown["support_report"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(report).unwrap()["users"], 1);
    assert!(!report.contains("acme.test") && !report.contains("scimbox_"), "{report}");
    // The program that serves still has its locks, and what is wrong is told.
    house.run(&["settings", "set", "mail_host", "127.0.0.1"]).ok();
    house.run(&["settings", "set", "mail_port", "1"]).ok();
    house.run(&["settings", "set", "mail_from", "invites@acme.test"]).ok();
    fails(&console.get("/diagnostics").expect(200).json(), "mail", "127.0.0.1");
    sales.client().post("/Users", crate::people::person("ben")).expect(201);
}
