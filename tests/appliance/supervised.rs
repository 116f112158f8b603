//! What runs the server: a socket that listens already, signals, health checks, and what packages ask the program for.

use crate::appliance::{Appliance, has_file, program, run, scimbox};
use crate::people::mia;
use rustix::process::Signal;
use serde_json::Value;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Starts the program with sockets as systemd does (sd_listen_fds(3)): the first is its file 3.
fn activated(command: &Command, socket: impl Into<OwnedFd>, sockets: u8) -> Command {
    let mut shell = Command::new("sh");
    let more = if sockets > 1 { " 4<&3" } else { "" };
    let line = format!("exec 3<&0{more} 0</dev/null; export LISTEN_FDS={sockets} LISTEN_PID=$$; exec \"$0\" \"$@\"");
    shell.arg("-c").arg(line).arg(command.get_program()).args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(Stdio::from(socket.into()));
    shell
}

#[test]
fn a_socket_that_systemd_gives_is_served() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut serve = scimbox(&data);
    // The address of the options is not used.
    serve.args(["serve", "--listen", "127.0.0.1:1"]);
    let house = Appliance::of(Arc::new(folder), activated(&serve, socket, 1));
    assert_eq!(house.address, address);
    house.keeper().client().post("/Users", mia()).expect(201);
}

#[test]
fn sockets_that_cannot_be_served_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = scimbox(&folder.path().join("data"));
    serve.arg("serve");
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    refuses(activated(&serve, bind(), 2), 1, "one is expected");
    let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    refuses(activated(&serve, datagrams, 1), 1, "does not listen for TCP");
    // What is true of addresses is true of sockets.
    refuses(activated(&serve, TcpListener::bind("0.0.0.0:0").unwrap(), 1), 5, "--insecure-http");
    assert!(!folder.path().join("data").exists(), "refused before anything is made");
}

#[track_caller]
fn refuses(mut command: Command, code: i32, said: &str) {
    let ended = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
}

#[test]
fn a_hangup_ends_no_server() {
    let mut house = Appliance::start();
    let sales = house.keeper();
    for _ in 0..3 {
        house.signal(Signal::HUP);
        sales.client().get("/Users").expect(200);
    }
    assert_eq!(house.ended(), None);
    house.signal(Signal::TERM);
    assert_eq!(house.end().code(), Some(0));
}

#[test]
fn a_health_check_says_whether_the_server_reads_and_writes() {
    let mut house = Appliance::start_with(&["--tls", "self-signed"]);
    let url = house.url("");
    // The servers of a database are many: there the one that is meant is named.
    if has_file() {
        let health = house.json(&["health"]);
        assert_eq!(health["ok"], true, "{health}");
        assert!(health["url"].as_str().unwrap().starts_with("https://127.0.0.1:"), "{health}");
    } else {
        house.run(&["health"]).fails(5).saying("--url");
    }
    run(program().args(["health", "--url", &url]), "").ok();
    house.crash();
    if has_file() {
        house.run(&["health"]).fails(1).saying("no server is running");
    }
    run(program().args(["health", "--url", &url]), "").fails(1).saying("does not answer");
    let nowhere = tempfile::tempdir().unwrap();
    let none = nowhere.path().join("data");
    assert!(run(scimbox(&none).arg("health"), "").code > 0 && !none.exists(), "a health check makes no appliance");
}

#[test]
fn the_licences_of_everything_inside_can_be_read() {
    let text = run(program().arg("licences"), "").ok().stdout;
    for part in ["\nactix-web  ", "\nrusqlite  ", "\npreact  ", "Permission is hereby granted", "Apache License"] {
        assert!(text.contains(part), "{part}");
    }
    let parts: Vec<Value> = serde_json::from_str(&run(program().args(["licences", "--json"]), "").ok().stdout).unwrap();
    assert!(parts.len() > 100 && parts.iter().all(|part| !part["licence"].as_str().unwrap().is_empty()));
}

#[test]
fn the_days_of_the_certificate_are_told_to_those_who_are_signed_in() {
    let plain = Appliance::start();
    plain.console().get("/status").expect(200).says("/certificate_days", Value::Null).says("/https", false);
    let status = crate::console::visitor(&plain).get("/status").expect(200);
    status.says("/certificate_days", Value::Null).says("/client", "127.0.0.1");
}
