//! `serve --demo`: everything is ready, and what it prints works when it is pasted.

use crate::appliance::{Appliance, run, scimbox};
use crate::console::Console;
use crate::invitations::browser;
use crate::people::mia;
use serde_json::json;
use std::process::{Command, Stdio};

/// The value behind a label of the introduction.
#[track_caller]
fn value(house: &Appliance, label: &str) -> String {
    let line = house.line(|line| line.trim_start().starts_with(label));
    line.split_whitespace().last().unwrap().to_owned()
}

#[test]
fn the_printed_curl_lines_work_when_pasted() {
    let house = Appliance::start_with(&["--demo"]);
    house.line(|line| line.contains("Ctrl-C"));
    let lines: Vec<String> =
        house.stdout().lines().map(str::trim).filter(|line| line.starts_with("curl ")).map(str::to_owned).collect();
    assert!(lines.len() >= 2, "{}", house.stdout());
    let paste = |line: &str| run(Command::new("sh").args(["-c", line]), "").ok().json();
    let list = paste(&lines[0]);
    assert_eq!(list["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:ListResponse");
    let made = paste(&lines[1]);
    assert!(made["id"].is_string(), "{made}");
    assert_eq!(paste(&lines[0])["Resources"][0]["id"], made["id"]);
}

#[test]
fn the_printed_credentials_sign_in_and_the_connection_is_saved() {
    let house = Appliance::start_with(&["--demo"]);
    house.line(|line| line.contains("Ctrl-C"));
    let (email, password) = (value(&house, "e-mail"), value(&house, "password"));
    let console = Console::sign_in(&house, &email, &password);
    crate::console::visitor(&house).get("/status").says("/demo", true).says("/setup_required", false);
    let connections = console.get("/connections").expect(200).json();
    assert_eq!(connections[0]["state"], "pending");
    assert_eq!(connections[0]["scim_url"], value(&house, "SCIM URL"));
    assert_eq!(value(&house, "Console"), house.url("/ui/"));
    let token = value(&house, "Token");
    crate::idp_clients::Client::bearer(&value(&house, "SCIM URL"), &token).get("/Users").empty_list();
    let again = house.again_demo();
    let next = value(&again, "password");
    assert_ne!(next, password);
    Console::sign_in(&again, &email, &next);
}

#[test]
fn the_outbox_of_the_demonstration_lists_who_is_invited_without_a_mail_server() {
    let house = Appliance::start_with(&["--demo"]);
    house.line(|line| line.contains("Ctrl-C"));
    let console = Console::sign_in(&house, &value(&house, "e-mail"), &value(&house, "password"));
    let before = console.get("/outbox").expect(200).says("/mail", false).at("/total").as_u64().unwrap();
    let client = crate::idp_clients::Client::bearer(&value(&house, "SCIM URL"), &value(&house, "Token"));
    let mia = client.post("/Users", mia()).expect(201).id();
    let listed = console.get("/outbox?state=kept").expect(200).says("/total", before + 1);
    listed.says("/mails/0/to", "mia@acme.test").says("/mails/0/invitation/state", "kept");
    let shown = console.post(&format!("/outbox/{mia}/show"), json!({})).expect(200);
    browser(shown.at("/link").as_str().unwrap()).get("").expect(200);
}

impl Appliance {
    /// Ends it and starts the demonstration again on the same folder.
    fn again_demo(mut self) -> Appliance {
        self.signal(rustix::process::Signal::TERM);
        self.end();
        std::fs::write(self.folder.path().join("stderr.txt"), "").unwrap();
        let again = Appliance::serve(std::sync::Arc::clone(&self.folder), &["--demo"]);
        again.line(|line| line.contains("Ctrl-C"));
        again
    }
}

#[test]
fn without_a_data_folder_the_demonstration_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    // The program alone, without the data folder that these tests usually give.
    let mut demo = Command::new(scimbox(folder.path()).get_program());
    demo.args(["serve", "--demo", "--listen", "127.0.0.1:0"]).env("TMPDIR", folder.path()).current_dir(folder.path());
    let mut child = demo.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    assert!(lines.any(|line| line.unwrap().contains("Ctrl-C")));
    let inside = || std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(inside(), 1, "one folder, below the system's for temporary files");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(inside(), 0);
}

#[test]
fn a_public_demo_can_be_looked_at_and_begins_anew() {
    let house =
        Appliance::start_with(&["--demo", "--public", "--public-password", "look around", "--reset-every", "1s"]);
    house.line(|line| line.contains("Ctrl-C"));
    let console = Console::sign_in(&house, "demo@example.com", "look around");
    let (url, token) = (value(&house, "SCIM URL"), value(&house, "Token"));
    let node = url.rsplit('/').next().unwrap().to_owned();
    for (path, wish) in [
        (format!("/nodes/{node}/reset"), json!({})),
        ("/nodes".to_owned(), json!({ "name": "Mine" })),
        ("/password".to_owned(), json!({ "current": "look around", "password": "mine alone now" })),
        ("/second-factor".to_owned(), json!({})),
    ] {
        console.post(&path, wish).fails(403, "ADMIN_ROLE");
    }
    console.delete("/sessions").fails(403, "ADMIN_ROLE");
    console.get("/nodes").expect(200);
    let client = crate::idp_clients::Client::bearer(&url, &token);
    client.post("/Users", mia()).expect(201);
    crate::appliance::eventually("the demo begins anew", || {
        let found = client.find("/Users", "userName eq \"mia@acme.test\"");
        (found.status == 200 && found.at("/totalResults") == 0).then_some(())
    });
    crate::appliance::eventually("the sample data is back", || {
        (client.get("/Users?count=0").body()["totalResults"] == 40).then_some(())
    });
    let owner = Console::sign_in(&house, "owner@example.com", &value(&house, "secret"));
    assert_eq!(owner.get("/settings").expect(200).at("/seats/value"), 500);
    run(scimbox(house.folder.path()).args(["serve", "--public"]), "").fails(2);
}
