//! Invitations: mails that go out once, links that work once, and the outbox where no mail goes.

use crate::appliance::{Appliance, eventually, scimbox};
use crate::console::Console;
use crate::idp_clients::Client;
use crate::mail_server::{Manner, Postbox};
use crate::people::*;
use serde_json::{Value, json};
use std::process::Command;

/// A browser at the page behind a link.
pub fn browser(link: &str) -> Client {
    Client::plain(link).with("Content-Type", "application/x-www-form-urlencoded")
}

/// The link in a text.
pub fn link(text: &str) -> String {
    let at = text.find("http://").expect("a link");
    text[at..].split_whitespace().next().unwrap().to_owned()
}

impl Console {
    pub fn mail_by(&self, postbox: &Postbox, tls: &str) {
        let settings = json!({ "mail_host": "localhost", "mail_port": postbox.port, "mail_tls": tls,
            "mail_from": "invites@acme.test", "mail_user": if tls == "none" { "" } else { "user" } });
        self.patch("/settings", settings).expect(200);
    }

    pub fn invitation(&self, id: &str) -> Value {
        self.get(&format!("/users/{id}")).expect(200).at("/invitation")
    }
}

#[test]
fn a_mail_goes_out_once_and_its_link_works_once() {
    let house = Appliance::start();
    let (console, postbox) = (house.console(), Postbox::open(Manner::Plain));
    console.mail_by(&postbox, "none");
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let mail = eventually("the mail arrives", || postbox.mails().first().cloned());
    assert_eq!(mail.to, "mia@acme.test");
    assert!(mail.text.contains("Subject: You have been invited to Sales"), "{}", mail.text);
    eventually("it is noted", || (console.invitation(&mia)["state"] == "sent").then_some(()));
    let page = browser(&link(&mail.text));
    let shown = page.get("").expect(200);
    assert!(shown.text.contains("mia@acme.test") && shown.text.contains("Sales"), "{}", shown.text);
    // What somebody can check before they answer, in their own language.
    for (said, query) in [("Valid until", ""), ("no password", "?language=en"), ("有効期限", "?language=ja")] {
        let text = page.get(query).expect(200).text;
        assert!(text.contains(said) && text.contains("Root › Sales"), "{text}");
    }
    assert_eq!(shown.header("referrer-policy"), "no-referrer");
    assert!(shown.header("content-security-policy").contains("form-action 'self'"));
    page.get("").expect(200);
    console.get(&format!("/users/{mia}")).says("/state", "invited");
    page.clone().with("Sec-Fetch-Site", "cross-site").post("", "answer=accept").expect(400);
    page.post("", "answer=maybe").expect(400);
    page.post("", "answer=accept").expect(200);
    console.get(&format!("/users/{mia}")).says("/state", "active").says("/invitation/state", "accepted");
    page.post("", "answer=accept").expect(410);
    page.get("").expect(410);
    let page = browser(&link(&mail.text).replace(&mia, "7"));
    page.get("").expect(404);
    assert_eq!(postbox.mails().len(), 1);
    assert_eq!(console.events("event=auto_invite_user").len(), 1);
    let accepted = console.get("/audit?event=accept_invitation&actor=person").expect(200);
    assert_eq!(accepted.at("/events/0/after"), json!({ "state": "active" }));
    // The secret is nowhere on disk.
    let link = link(&mail.text);
    let (_, secret) = link.rsplit('/').next().unwrap().split_once('-').unwrap();
    let bytes = house.kept();
    assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
}

#[test]
fn a_resend_replaces_the_link_and_a_revoked_or_expired_one_leads_nowhere() {
    let house = Appliance::start();
    let (console, postbox) = (house.console(), Postbox::open(Manner::Plain));
    console.mail_by(&postbox, "none");
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let first = eventually("the mail arrives", || postbox.mails().first().cloned());
    eventually("it is noted", || (console.invitation(&mia)["state"] == "sent").then_some(()));
    console.on_user(&mia, "resend", json!({})).expect(200).says("/invitation/state", "waiting");
    let second = eventually("another mail arrives", || postbox.mails().get(1).cloned());
    browser(&link(&first.text)).get("").expect(404);
    let page = browser(&link(&second.text));
    let japanese = page.clone().with("Accept-Language", "ja,en;q=0.5").get("").expect(200);
    assert!(japanese.text.contains("招待されています"), "{}", japanese.text);
    console.on_user(&mia, "revoke", json!({})).expect(200).says("/invitation/state", "revoked");
    page.post("", "answer=accept").expect(410);
    console.on_user(&mia, "revoke", json!({})).fails(409, "NOT_INVITED");
    let handed = console.on_user(&mia, "link", json!({})).fails(409, "NOT_INVITED");
    assert!(!handed.text.contains("join/"));
    console.on_user(&mia, "resend", json!({})).expect(200);
    eventually("it is sent", || (console.invitation(&mia)["state"] == "sent").then_some(()));
    let third = browser(&link(&postbox.mails()[2].text));
    house.tamper("UPDATE invitation SET expires_at = 1");
    third.get("").expect(410);
    third.post("", "answer=accept").expect(410);
    console.get(&format!("/users/{mia}")).says("/invitation/state", "expired").says("/state", "invited");
    // Who declines stays invited, and the link is used.
    console.on_user(&mia, "resend", json!({})).expect(200);
    let last = eventually("the last mail arrives", || postbox.mails().get(3).cloned());
    browser(&link(&last.text)).post("", "answer=decline").expect(200);
    console.get(&format!("/users/{mia}")).says("/state", "invited").says("/invitation/state", "declined");
    browser(&link(&last.text)).post("", "answer=accept").expect(410);
}

#[test]
fn without_a_mail_server_the_outbox_hands_out_links_and_later_settings_mail_nobody() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.keeper().client());
    let mia = client.post("/Users", mia()).expect(201).id();
    let box_ = console.get("/outbox").expect(200).says("/total", 1).says("/mail", false);
    assert_eq!(box_.at("/mails/0/to"), "mia@acme.test");
    assert!(!box_.text.contains("/join/"));
    let shown = console.post(&format!("/outbox/{mia}/show"), json!({})).expect(200);
    let url = shown.at("/link").as_str().unwrap().to_owned();
    assert!(url.starts_with(&house.url("/join/")) && shown.at("/text").as_str().unwrap().contains(&url));
    let postbox = Postbox::open(Manner::Plain);
    console.mail_by(&postbox, "none");
    client.post("/Users", person("ann")).expect(201);
    eventually("the new one is mailed", || (postbox.mails().len() == 1).then_some(()));
    assert_eq!(postbox.mails()[0].to, "ann@acme.test", "who was kept is not mailed behind the administrator's back");
    browser(&url).post("", "answer=accept").expect(200);
    console.get("/outbox?state=kept").says("/total", 0);
}

#[test]
fn a_mail_server_that_refuses_or_hangs_delays_nothing_and_says_why() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.keeper().client());
    let refusing = Postbox::open(Manner::Refusing);
    console.mail_by(&refusing, "none");
    let mia = client.post("/Users", mia()).expect(201).id();
    eventually("it is given up", || (console.invitation(&mia)["state"] == "failed").then_some(()));
    let error = console.invitation(&mia)["error"].as_str().unwrap().to_owned();
    assert!(error.contains("nobody of that name"), "{error}");
    let hanging = Postbox::open(Manner::Hanging);
    console.mail_by(&hanging, "none");
    console.post(&format!("/outbox/{mia}/retry"), json!({})).expect(200).says("/state", "waiting");
    eventually("somebody is left waiting", || (hanging.visits() > 0).then_some(()));
    for name in ["ann", "bob", "cid"] {
        client.post("/Users", person(name)).expect(201);
    }
    assert_eq!(console.full_sync(None)["state"], "done", "jobs do not wait for mails");
    console.get("/outbox?state=waiting").expect(200).says("/total", 4);
    let good = Postbox::open(Manner::Plain);
    console.mail_by(&good, "none");
    eventually("all go out in the end", || (good.mails().len() == 4).then_some(()));
    eventually("and are noted", || (console.get("/outbox?state=sent").at("/total") == 4).then_some(()));
    assert_eq!(good.mails().len(), 4);
}

#[test]
fn starttls_and_a_password_from_a_file_keep_the_way_private() {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let postbox = Postbox::open(Manner::StartTls);
    let (pem, password) = (folder.path().join("ca.pem"), folder.path().join("password"));
    std::fs::write(&pem, &postbox.certificate).unwrap();
    std::fs::write(&password, "secret\n").unwrap();
    let settings = |command: &mut Command| {
        command.env("SSL_CERT_FILE", &pem).env("SCIMBOX_MAIL_PASSWORD_FILE", &password).env("SCIMBOX_SEATS", "9");
    };
    let house = Appliance::serve_with(folder.clone(), &[], settings);
    let console = house.console();
    console.mail_by(&postbox, "starttls");
    console.get("/settings").says("/mail_password", json!({ "set": true, "origin": "file" }));
    console.get("/settings").says("/seats/value", 9).says("/seats/origin", "environment");
    console.patch("/settings", json!({ "seats": 1 })).fails(409, "FIXED");
    house.keeper().client().post("/Users", mia()).expect(201);
    let mail = eventually("the mail arrives", || postbox.mails().first().cloned());
    assert!(mail.private);
    // A test mail with values that are not saved.
    let unsaved = json!({ "to": "ada@acme.test", "invite_subject_en": "Only a test" });
    console.post("/settings/test-mail", unsaved).expect(204);
    assert!(postbox.mails()[1].text.contains("Subject: Only a test"), "{}", postbox.mails()[1].text);
    let wrong = json!({ "to": "ada@acme.test", "mail_password": "wrong" });
    let refused = console.post("/settings/test-mail", wrong).fails(502, "MAIL_FAILED");
    assert!(refused.text.contains("wrong password") && !refused.text.contains("secret"), "{}", refused.text);
    let plainly = json!({ "to": "ada@acme.test", "mail_tls": "none", "mail_password": "any" });
    console.post("/settings/test-mail", plainly).fails(502, "MAIL_FAILED");
    console.post("/settings/test-mail", json!({ "to": "ada" })).fails(400, "EMAIL_INVALID");
    console.post("/settings/test-mail", json!({ "to": "ada@acme.test", "mail_host": "" })).fails(409, "NO_MAIL");
    assert!(!house.stderr().contains("secret"));
    // Nobody who shows another certificate is believed.
    let stranger = Postbox::open(Manner::StartTls);
    let there = json!({ "to": "ada@acme.test", "mail_port": stranger.port, "mail_password": "any" });
    console.post("/settings/test-mail", there).fails(502, "MAIL_FAILED");
    // The password of the environment goes to the saved server, in the saved way, and nowhere else.
    for elsewhere in [
        json!({ "mail_port": stranger.port }),
        json!({ "mail_host": "127.0.0.1" }),
        json!({ "mail_tls": "none" }),
        json!({ "mail_user": "somebody" }),
    ] {
        let test = with(json!({ "to": "ada@acme.test" }), elsewhere);
        let refused = console.post("/settings/test-mail", test).fails(400, "MAIL_PASSWORD_REQUIRED");
        assert_eq!(refused.at("/error/detail/field"), "mail_password");
    }
    assert_eq!(stranger.visits(), 1);
    drop(scimbox(&house.data()));
}

#[test]
fn settings_say_what_they_take_and_texts_are_previewed() {
    let house = Appliance::start();
    let console = house.console();
    for (name, wrong) in [
        ("seats", json!(-1)),
        ("seats", json!("many")),
        ("invitation_days", json!(0)),
        ("mail_tls", json!("ssl")),
        ("mail_from", json!("nobody")),
        ("mail_host", json!("a\nb")),
        ("invite_subject_en", json!("x".repeat(201))),
        ("mail_port", json!(true)),
    ] {
        console.patch("/settings", json!({ name: wrong })).fails(400, "INVALID");
    }
    console.patch("/settings", json!({ "mail_password": "x" })).fails(404, "NOT_FOUND");
    let wish = json!({ "language": "ja", "invite_text": "{email} {days}日" });
    let preview = console.post("/settings/preview", wish).expect(200).json();
    assert_eq!(preview["subject"], "「Sales」への招待");
    assert!(preview["text"].as_str().unwrap().contains("7日\n\nhttp"), "{preview}");
    house.run(&["settings", "set", "invitation_days", "3"]).ok();
    assert_eq!(house.run(&["settings", "get", "invitation_days"]).ok().stdout.trim(), "3");
    house.run(&["settings", "set", "invitation_days", "91"]).fails(2);
    house.run(&["settings", "get", "nothing"]).fails(3);
    house.run(&["settings", "set", "invitation_days"]).ok();
    console.get("/settings").says("/invitation_days", json!({ "value": 7, "default": 7, "origin": "default" }));
    assert_eq!(console.events("event=settings_updated").len(), 2);
}

#[test]
fn a_mail_speaks_the_language_that_the_identity_provider_says_else_that_of_the_setting() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.keeper().client());
    let speaks = |name: &str, said: Value| {
        client.post("/Users", with(person(name), said)).expect(201);
        console.get("/outbox?count=1").expect(200).at("/mails/0/language")
    };
    assert_eq!(speaks("ada", json!({ "locale": "ja-JP" })), "ja");
    assert_eq!(speaks("bob", json!({ "locale": "fr-FR" })), "en");
    assert_eq!(speaks("eve", json!({ "preferredLanguage": "JA", "locale": "en-US" })), "ja");
    assert_eq!(speaks("tom", json!({ "displayName": "\"locale\":\"ja\"" })), "en");
    console.patch("/settings", json!({ "mail_language": "ja" })).expect(200);
    assert_eq!(speaks("sue", json!({})), "ja");
    assert_eq!(speaks("joe", json!({ "preferredLanguage": "en" })), "en");
    let joe = console.get("/outbox?count=1").at("/mails/0/user_id");
    let shown = console.post(&format!("/outbox/{joe}/show"), json!({})).expect(200);
    assert!(shown.at("/subject").as_str().unwrap().is_ascii(), "{}", shown.text);
}
