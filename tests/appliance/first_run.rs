//! The first run: one link, one administrator, good passwords.

use crate::appliance::{ADMIN, Appliance, PASSWORD, run, scimbox};
use crate::console::{Console, visitor};
use crate::idp_clients::Client;
use crate::reset_links::{NEXT, made_by_command, take};
use serde_json::{Value, json};

/// The secret in the link that the server printed.
fn secret(link: &str) -> String {
    link.split("/ui/setup#k=").nth(1).expect("a set-up link").trim().to_owned()
}

fn printed(house: &Appliance) -> String {
    secret(&house.line(|line| line.contains("/ui/setup#k=")))
}

fn ada(token: &str) -> Value {
    json!({ "token": token, "email": ADMIN, "name": "Ada", "password": PASSWORD })
}

#[test]
fn the_link_printed_at_start_makes_the_first_administrator_once() {
    let house = Appliance::start();
    let visitor = visitor(&house);
    visitor.get("/status").expect(200).says("/setup_required", true).says("/demo", false).says("/insecure", false);
    let token = printed(&house);
    let reply = visitor.post("/setup", ada(&token)).expect(201).says("/admin/email", ADMIN).says("/admin/name", "Ada");
    Console::opened(&house, &reply).get("/session").expect(200).says("/admin/email", ADMIN);
    visitor.get("/status").expect(200).says("/setup_required", false);
    visitor.post("/setup", ada(&token)).fails(410, "SETUP_ALREADY_DONE");
    Console::sign_in(&house, ADMIN, PASSWORD);
    assert!(!house.again_after_stop().stdout().contains("/ui/setup#k="), "nothing to set up any more");
}

impl Appliance {
    /// Stops it and starts it again on the same folder.
    fn again_after_stop(mut self) -> Appliance {
        self.signal(rustix::process::Signal::TERM);
        self.end();
        let next = self.again();
        next.line(|line| line.contains("Console"));
        next
    }
}

#[test]
fn a_newer_link_replaces_the_older_one_and_its_secret_is_nowhere_on_disk() {
    let house = Appliance::start();
    let first = printed(&house);
    let ran = house.run(&["setup-link"]).ok();
    assert!(ran.stdout.starts_with(&house.url("/ui/setup#k=")), "{}", ran.stdout);
    let second = secret(&ran.stdout);
    visitor(&house).post("/setup", ada(&first)).fails(410, "SETUP_LINK_EXPIRED");
    let bytes = house.kept();
    assert!(!bytes.windows(second.len()).any(|part| part == second.as_bytes()));
    visitor(&house).post("/setup", ada(&second)).expect(201);
}

#[test]
fn a_link_is_good_for_half_an_hour() {
    let house = Appliance::start();
    let token = printed(&house);
    let minutes = |n: u32| house.tamper(&format!("UPDATE setup_link SET expires_at = expires_at - {n} * 60000"));
    minutes(29);
    let mut weak = ada(&token);
    weak["password"] = json!("short");
    // The link is looked at first.
    visitor(&house).post("/setup", weak).fails(400, "WEAK_PASSWORD");
    minutes(1);
    visitor(&house).post("/setup", ada(&token)).fails(410, "SETUP_LINK_EXPIRED");
}

#[test]
fn a_link_for_a_new_password_is_good_for_an_hour() {
    let house = Appliance::with_admin();
    let token = made_by_command(&house, ADMIN);
    let minutes = |n: u32| house.tamper(&format!("UPDATE reset_link SET expires_at = expires_at - {n} * 60000"));
    minutes(59);
    take(&house, &token, "short").fails(400, "WEAK_PASSWORD");
    minutes(1);
    take(&house, &token, NEXT).fails(410, "RESET_LINK_OVER");
}

#[test]
fn of_fifty_parallel_set_ups_exactly_one_wins() {
    let house = Appliance::start();
    let token = printed(&house);
    let visitors: Vec<Client> = (0..50).map(|_| visitor(&house)).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let token = &token;
        let racers: Vec<_> = visitors
            .iter()
            .enumerate()
            .map(|(n, visitor)| {
                let wish = json!({ "token": token, "email": format!("ada{n}@acme.test"), "password": PASSWORD });
                scope.spawn(move || visitor.post("/setup", wish).status)
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 410, 429].contains(status)), "{statuses:?}");
    assert_eq!(house.run(&["admin", "list", "--json"]).ok().json().as_array().unwrap().len(), 1);
}

#[test]
fn weak_passwords_and_bad_addresses_say_why_and_use_nothing_up() {
    let house = Appliance::start();
    let token = printed(&house);
    let visitor = visitor(&house);
    for (password, reason) in [
        ("short", "short"),
        ("elevenchars", "short"),
        ("password1234", "common"),
        ("aaaaaaaaaaaaaaaa", "common"),
        ("adalovelace12", "contains_email"),
    ] {
        let wish = json!({ "token": token, "email": "adalovelace@acme.test", "password": password });
        let reply = visitor.post("/setup", wish).fails(400, "WEAK_PASSWORD");
        assert_eq!(reply.at("/error/detail/reason"), reason, "{password}");
    }
    let wish = json!({ "token": token, "email": "ada", "password": PASSWORD });
    visitor.post("/setup", wish).fails(400, "EMAIL_INVALID");
    visitor.post("/setup", json!({ "token": token })).fails(400, "INVALID");
    visitor.post("/setup", ada(&token)).expect(201);
}

#[test]
fn an_administrator_of_the_command_line_ends_the_set_up() {
    let house = Appliance::start();
    let token = printed(&house);
    house.run_with(&["admin", "create", ADMIN, "--password-file", "-"], PASSWORD).ok();
    visitor(&house).post("/setup", ada(&token)).fails(410, "SETUP_ALREADY_DONE");
    visitor(&house).get("/status").says("/setup_required", false);
}

#[test]
fn a_password_can_come_from_a_file_or_the_environment_but_not_from_the_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\r\n")).unwrap();
    let from_file = ["admin", "create", "a@acme.test", "--password-file", file.to_str().unwrap(), "--json"];
    run(scimbox(&data).args(from_file), "").ok();
    run(scimbox(&data).env("SCIMBOX_PASSWORD", PASSWORD).args(["admin", "create", "b@acme.test"]), "").ok();
    run(scimbox(&data).args(["admin", "create", "c@acme.test", "--password", PASSWORD]), "").fails(2);
    let missing = ["admin", "create", "d@acme.test", "--password-file", "/nowhere"];
    run(scimbox(&data).args(missing), "").fails(1);
    let served = Appliance::serve(std::sync::Arc::new(folder), &[]);
    for email in ["a@acme.test", "b@acme.test"] {
        Console::sign_in(&served, email, PASSWORD);
    }
}
