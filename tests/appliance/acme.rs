//! A certificate by ACME, from a real authority: the first one, its renewal under load, and what happens when the authority is
//! gone or has forgotten us.

use crate::appliance::{Appliance, eventually, run};
use crate::idp_clients::Client;
use crate::pebble::Pebble;
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The serial number of the certificate that is served; empty while there is none.
fn serial(house: &Appliance) -> String {
    let connect = ["s_client", "-connect", &house.address, "-servername", "localhost"];
    let shown = run(Command::new("openssl").args(connect), "Q\n").stdout;
    run(Command::new("openssl").args(["x509", "-noout", "-serial"]), &shown).stdout.trim().to_owned()
}

#[track_caller]
fn other_than(house: &Appliance, before: &str) -> String {
    eventually("another certificate", || {
        let now = serial(house);
        (!now.is_empty() && now != before).then_some(now)
    })
}

#[test]
fn a_certificate_is_obtained_by_tls_alpn_and_kept_for_the_next_start() {
    let port = free_port();
    let Some(pebble) = Pebble::start(port, 86_400) else { return };
    let mut house = pebble.serve(Arc::new(tempfile::tempdir().unwrap()), port);
    let first = other_than(&house, "");
    let root = pebble.root();
    let url = format!("https://localhost:{port}/healthz");
    let asked = run(Command::new("curl").args(["-sS", "--cacert", root.to_str().unwrap(), &url]), "");
    assert_eq!(asked.ok().stdout, r#"{"status":"ok"}"#);
    assert!(house.stdout().contains(&format!("https://localhost:{port}/ui/")), "{}", house.stdout());
    for name in ["acme.pem", "acme-account.json"] {
        let mode = std::fs::metadata(house.data().join("tls").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // Whoever offers the protocol of the proof gets no further than that.
    let alpn = ["s_client", "-connect", &house.address, "-servername", "localhost", "-alpn", "acme-tls/1"];
    let shown = run(Command::new("openssl").args(alpn), "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").stdout;
    assert!(!shown.contains("HTTP/1.1"), "{shown}");
    house.signal(Signal::TERM);
    house.end();
    let again = pebble.serve(Arc::clone(&house.folder), port);
    assert_eq!(serial(&again), first);
}

#[test]
fn a_certificate_is_renewed_without_a_lost_request_and_one_in_use_outlives_its_authority() {
    let port = free_port();
    let Some(mut pebble) = Pebble::start(port, 9) else { return };
    let house = pebble.serve(Arc::new(tempfile::tempdir().unwrap()), port);
    let first = other_than(&house, "");
    let over = AtomicBool::new(false);
    let second = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut count = 0;
            while !over.load(Ordering::Relaxed) {
                Client::plain(&house.url("")).get("/healthz").expect(200);
                count += 1;
            }
            count
        });
        let second = other_than(&house, &first);
        over.store(true, Ordering::Relaxed);
        assert!(asking.join().unwrap() > 0);
        second
    });
    pebble.stop();
    eventually("it is said", || house.stderr().contains("no certificate could be obtained").then_some(()));
    let kept = serial(&house);
    assert!(!kept.is_empty() && (kept == second || kept != first));
    Client::plain(&house.url("")).get("/healthz").expect(200);
}

#[test]
fn an_account_that_the_authority_has_forgotten_is_replaced() {
    let port = free_port();
    let Some(mut pebble) = Pebble::start(port, 86_400) else { return };
    let mut house = pebble.serve(Arc::new(tempfile::tempdir().unwrap()), port);
    let first = other_than(&house, "");
    house.crash();
    std::fs::remove_file(house.data().join("tls/acme.pem")).unwrap();
    pebble.stop();
    pebble.run();
    let again = pebble.serve(Arc::clone(&house.folder), port);
    other_than(&again, &first);
}
