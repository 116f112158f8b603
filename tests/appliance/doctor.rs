//! `doctor` (docs/operations.md#doctor): each fault is found, named and comes with what to do about it.

use crate::appliance::{Appliance, has_file, program, run};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
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
    let stripping = proxy(&house.address, None, |head| {
        head.split_inclusive("\r\n").filter(|line| !line.to_lowercase().starts_with("authorization:")).collect()
    });
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
