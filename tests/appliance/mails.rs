//! Mails where something goes wrong on the way: never twice, never to somebody who is locked, and always told why.

use crate::appliance::{ADMIN, Appliance, PASSWORD, eventually, has_file};
use crate::console::Console;
use crate::invitations::{browser, link};
use crate::mail_server::{Manner, Postbox};
use crate::people::*;
use serde_json::json;

#[test]
fn a_mail_that_was_taken_without_an_answer_is_never_sent_again_by_itself() {
    let house = Appliance::start();
    let (console, postbox) = (house.console(), Postbox::open(Manner::Vanishing));
    console.mail_by(&postbox, "none");
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let noted = eventually("the outcome is noted", || {
        Some(console.invitation(&mia)).filter(|invitation| !invitation["error"].is_null())
    });
    assert_eq!(noted["state"], "unsure", "{noted}");
    // Whatever waits is due at once.
    house.alter("UPDATE invitation SET next_try_at = 1");
    let ann = client.post("/Users", person("ann")).expect(201).id();
    eventually("another mail meets the same fate", || (console.invitation(&ann)["state"] == "unsure").then_some(()));
    let mails = |name: &str| postbox.mails().iter().filter(|mail| mail.to.starts_with(name)).count();
    assert_eq!((mails("mia"), mails("ann")), (1, 1));
    let listed = console.get("/outbox?state=failed").expect(200).says("/total", 2);
    assert_eq!(listed.at("/mails/0/invitation/state"), "unsure");
    // The link works when the mail has arrived; when it has not, an administrator sends another.
    browser(&link(&postbox.mails()[0].text)).get("").expect(200);
    let good = Postbox::open(Manner::Plain);
    console.mail_by(&good, "none");
    console.post(&format!("/outbox/{mia}/retry"), json!({})).expect(200).says("/state", "waiting");
    eventually("it is sent", || (console.invitation(&mia)["state"] == "sent").then_some(()));
    assert_eq!(good.mails().len(), 1);
}

#[test]
fn a_sender_that_the_server_refuses_is_no_fault_of_a_mail() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.keeper().client());
    let strict = Postbox::open(Manner::NoSender);
    console.mail_by(&strict, "none");
    let mia = client.post("/Users", mia()).expect(201).id();
    let told = eventually("the reason is noted", || {
        Some(console.invitation(&mia)).filter(|invitation| !invitation["error"].is_null())
    });
    assert_eq!((&told["state"], &told["tries"]), (&json!("waiting"), &json!(0)), "{told}");
    let outbox = console.get("/outbox").expect(200);
    assert!(outbox.at("/problem").as_str().unwrap().contains("you may not send from here"), "{}", outbox.text);
    let good = Postbox::open(Manner::Plain);
    console.mail_by(&good, "none");
    eventually("it goes out", || (console.invitation(&mia)["state"] == "sent").then_some(()));
    eventually("all is well", || console.get("/outbox").at("/problem").is_null().then_some(()));
    assert_eq!(good.mails().len(), 1);
}

#[test]
fn nobody_who_is_locked_is_mailed_or_given_a_link() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.keeper().client());
    let hanging = Postbox::open(Manner::Hanging);
    console.mail_by(&hanging, "none");
    let [mia, ann, bob] = ["mia", "ann", "bob"].map(|name| client.post("/Users", person(name)).expect(201).id());
    client.patch(&format!("/Users/{mia}"), op("replace", "active", false)).expect(200);
    console.on_user(&ann, "lock", json!({})).expect(200);
    let good = Postbox::open(Manner::Plain);
    console.mail_by(&good, "none");
    eventually("the third is mailed", || (console.invitation(&bob)["state"] == "sent").then_some(()));
    assert_eq!(good.mails().len(), 1, "{:?}", good.mails());
    for id in [&mia, &ann] {
        console.on_user(id, "resend", json!({})).fails(409, "USER_LOCKED");
        console.on_user(id, "link", json!({})).fails(409, "USER_LOCKED");
        console.post(&format!("/outbox/{id}/show"), json!({})).fails(409, "USER_LOCKED");
        console.post(&format!("/outbox/{id}/retry"), json!({})).fails(409, "USER_LOCKED");
        house.run(&["user", "resend", id]).fails(4).saying("is locked");
        house.run(&["user", "link", id]).fails(4).saying("is locked");
    }
    console.get("/outbox").expect(200).says("/total", 1);
    client.patch(&format!("/Users/{mia}"), op("replace", "active", true)).expect(200);
    console.on_user(&ann, "unlock", json!({})).expect(200);
    for id in [&mia, &ann] {
        eventually("who is unlocked is mailed", || (console.invitation(id)["state"] == "sent").then_some(()));
    }
    // One who came locked has no invitation before the lock is lifted.
    let cid = with(person("cid"), json!({ "active": false }));
    let cid = client.post("/Users", cid).expect(201).id();
    assert!(console.invitation(&cid).is_null());
    client.patch(&format!("/Users/{cid}"), op("replace", "active", true)).expect(200);
    eventually("and gets one then", || (console.invitation(&cid)["state"] == "sent").then_some(()));
    assert_eq!(good.mails().len(), 4);
}

#[test]
fn a_link_that_was_handed_out_meanwhile_outlives_the_mail_on_its_way() {
    let house = Appliance::start();
    let (console, postbox) = (house.console(), Postbox::open(Manner::Hesitating));
    console.mail_by(&postbox, "none");
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let mail = eventually("the mail is handed over", || postbox.mails().first().cloned());
    let handed = console.on_user(&mia, "link", json!({})).expect(200);
    postbox.decide();
    // One after the other: when the next is sent, what came of the first is written.
    let ann = client.post("/Users", person("ann")).expect(201).id();
    eventually("the next is sent", || (console.invitation(&ann)["state"] == "sent").then_some(()));
    let invitation = console.invitation(&mia);
    assert_eq!((&invitation["state"], &invitation["error"]), (&json!("kept"), &json!(null)), "{invitation}");
    browser(&link(&mail.text)).get("").expect(404);
    browser(handed.at("/link").as_str().unwrap()).get("").expect(200);
    assert_eq!(postbox.mails().len(), 2);
}

#[test]
fn a_mail_goes_to_the_first_address_that_is_one() {
    let house = Appliance::start();
    let (console, postbox) = (house.console(), Postbox::open(Manner::Plain));
    console.mail_by(&postbox, "none");
    let client = house.keeper().client();
    let address = |value: &str, primary: bool| json!({ "value": value, "primary": primary });
    for (name, emails, to) in [
        ("mia", json!([address("a@acme.test", false), address("Z@acme.test", true)]), "Z@acme.test"),
        (
            "ann",
            json!([address("nowhere", true), address("c@acme.test", false), address("b@acme.test", false)]),
            "c@acme.test",
        ),
        ("bob", json!([address("nowhere", true)]), "bob@acme.test"),
    ] {
        let id = client.post("/Users", with(person(name), json!({ "emails": emails }))).expect(201).id();
        eventually("the mail is sent", || (console.invitation(&id)["state"] == "sent").then_some(()));
        assert_eq!(postbox.mails().last().unwrap().to, to);
        assert_eq!(console.get("/outbox?state=sent").at("/mails/0/to"), to);
    }
}

#[test]
fn a_stranger_with_a_made_up_link_waits_for_no_write() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    house.console();
    let db = house.database();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    browser(&house.url("/join/4711-nothing")).post("", "answer=accept").expect(404);
    db.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn who_came_before_the_mail_server_is_mailed_by_wish_alone() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.keeper().client());
    let (mia, ann) =
        (client.post("/Users", mia()).expect(201).id(), client.post("/Users", person("ann")).expect(201).id());
    let postbox = Postbox::open(Manner::Plain);
    console.mail_by(&postbox, "none");
    for id in [&mia, &ann] {
        client.patch(&format!("/Users/{id}"), op("replace", "active", false)).expect(200);
        assert_eq!(console.invitation(id)["state"], "kept");
    }
    console
        .post("/users/bulk", json!({ "act": "revoke", "ids": [ann.parse::<i64>().unwrap()] }))
        .expect(200)
        .says("/done", 1);
    for id in [&mia, &ann] {
        client.patch(&format!("/Users/{id}"), op("replace", "active", true)).expect(200);
    }
    assert_eq!(
        (console.invitation(&mia)["state"].clone(), console.invitation(&ann)["state"].clone()),
        (json!("kept"), json!("revoked"))
    );
    // Whoever comes locked is invited when the lock is lifted.
    let bob = client.post("/Users", with(person("bob"), json!({ "active": false }))).expect(201).id();
    client.patch(&format!("/Users/{bob}"), op("replace", "active", true)).expect(200);
    eventually("it goes out", || (console.invitation(&bob)["state"] == "sent").then_some(()));
    assert_eq!(postbox.mails().len(), 1);
}

#[test]
fn a_mail_that_was_on_its_way_when_the_program_ended_is_not_sent_again() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.keeper().client());
    let nobody = Postbox::open(Manner::NoSender);
    console.mail_by(&nobody, "none");
    let mia = client.post("/Users", mia()).expect(201).id();
    eventually("it is tried", || (!console.invitation(&mia)["error"].is_null()).then_some(()));
    let marked = "UPDATE invitation SET mail = 'sending', sent_at = 1, error = NULL, next_try_at = 1";
    house.alter(marked);
    // Even while no server takes mails.
    console.patch("/settings", json!({ "seats": 100 })).expect(200);
    let told = eventually("it is given up", || Some(console.invitation(&mia)).filter(|told| told["state"] == "unsure"));
    assert!(told["error"].as_str().unwrap().contains("may have gone out"), "{told}");
    let good = Postbox::open(Manner::Plain);
    console.mail_by(&good, "none");
    let ann = client.post("/Users", person("ann")).expect(201).id();
    eventually("another goes out", || (console.invitation(&ann)["state"] == "sent").then_some(()));
    assert_eq!(good.mails().len(), 1);
}

#[test]
fn a_mail_that_is_put_off_waits_with_its_reason_and_goes_out_later() {
    let house = Appliance::start();
    let (console, postbox) = (house.console(), Postbox::open(Manner::Busy));
    console.mail_by(&postbox, "none");
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let told = eventually("the reason is noted", || {
        Some(console.invitation(&mia)).filter(|invitation| !invitation["error"].is_null())
    });
    assert_eq!((&told["state"], &told["tries"]), (&json!("waiting"), &json!(1)), "{told}");
    assert!(told["error"].as_str().unwrap().contains("come back later"), "{told}");
    assert!(told["sent_at"].is_null(), "{told}");
    console.get("/outbox?state=waiting").expect(200).says("/total", 1).says("/problem", json!(null));
    // Its time has not come when the next one goes out.
    let ann = client.post("/Users", person("ann")).expect(201).id();
    eventually("the next is sent", || (console.invitation(&ann)["state"] == "sent").then_some(()));
    assert_eq!((console.invitation(&mia)["state"].clone(), postbox.mails().len()), (json!("waiting"), 1));
    house.alter("UPDATE invitation SET next_try_at = 1 WHERE mail = 'waiting'");
    client.post("/Users", person("bob")).expect(201);
    let sent =
        eventually("it is sent", || Some(console.invitation(&mia)).filter(|invitation| invitation["state"] == "sent"));
    assert_eq!((&sent["tries"], &sent["error"]), (&json!(2), &json!(null)), "{sent}");
    let mail = postbox.mails().into_iter().find(|mail| mail.to.starts_with("mia")).unwrap();
    browser(&link(&mail.text)).get("").expect(200);
}

#[test]
fn a_mail_that_was_under_way_at_a_crash_is_not_sent_again_after_the_restart() {
    let mut house = Appliance::start();
    let (console, postbox) = (house.console(), Postbox::open(Manner::Hesitating));
    console.mail_by(&postbox, "none");
    let connected = house.keeper();
    let mia = connected.client().post("/Users", mia()).expect(201).id();
    let mail = eventually("the mail is handed over", || postbox.mails().first().cloned());
    house.crash();
    postbox.decide();
    let again = house.again();
    let console = Console::sign_in(&again, ADMIN, PASSWORD);
    let told = eventually("it is given up", || {
        Some(console.invitation(&mia)).filter(|invitation| invitation["state"] == "unsure")
    });
    assert!(told["error"].as_str().unwrap().contains("may have gone out"), "{told}");
    console.get("/outbox?state=failed").expect(200).says("/total", 1);
    let node = connected.node_id.parse::<i64>().unwrap();
    let ann = json!({ "node_id": node, "user_name": "ann@acme.test" });
    let ann = console.post("/users", ann).expect(201).at("/user_id").to_string();
    eventually("the next is sent", || (console.invitation(&ann)["state"] == "sent").then_some(()));
    let receivers: Vec<_> = postbox.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(receivers, ["mia@acme.test", "ann@acme.test"]);
    // It has arrived after all, and its link works.
    let path = link(&mail.text).split("/join/").last().unwrap().to_owned();
    browser(&again.url(&format!("/join/{path}"))).get("").expect(200);
}

#[test]
fn the_password_of_the_environment_opens_the_mail_server() {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let postbox = Postbox::open(Manner::StartTls);
    let pem = folder.path().join("ca.pem");
    std::fs::write(&pem, &postbox.certificate).unwrap();
    let house = Appliance::serve_with(folder, &[], |command| {
        command.env("SSL_CERT_FILE", &pem).env("SCIMBOX_MAIL_PASSWORD", "secret");
    });
    let console = house.console();
    console.mail_by(&postbox, "starttls");
    let settings = console.get("/settings").says("/mail_password", json!({ "set": true, "origin": "environment" }));
    assert!(!settings.text.contains("\"secret\""), "{}", settings.text);
    house.keeper().client().post("/Users", mia()).expect(201);
    let mail = eventually("the mail arrives", || postbox.mails().first().cloned());
    assert!(mail.private);
}

#[test]
fn who_is_added_without_an_invitation_gets_none_until_it_is_wanted() {
    let house = Appliance::start();
    let (console, postbox) = (house.console(), Postbox::open(Manner::Plain));
    console.mail_by(&postbox, "none");
    let node = console.node("Sales");
    let wish = json!({ "node_id": node.parse::<i64>().unwrap(), "user_name": "ann@acme.test", "invite": false });
    let ann = console.post("/users", wish.clone()).expect(201).says("/state", "invited").at("/user_id").to_string();
    let add = ["user", "add", "bob@acme.test", "--node", &node, "--no-invite", "--json"];
    let bob = house.run(&add).ok().json()["user_id"].to_string();
    let said = house.run(&["user", "add", "dan@acme.test", "--node", &node, "--no-invite"]).ok().stdout;
    assert!(said.contains("dan@acme.test was added without an invitation."), "{said}");
    let cid = with(wish, json!({ "user_name": "cid@acme.test", "invite": true }));
    let cid = console.post("/users", cid).expect(201).at("/user_id").to_string();
    eventually("only the third is mailed", || (console.invitation(&cid)["state"] == "sent").then_some(()));
    for id in [&ann, &bob] {
        assert_eq!(console.invitation(id)["state"], "revoked");
    }
    let receivers = || postbox.mails().into_iter().map(|mail| mail.to).collect::<Vec<_>>();
    assert_eq!(receivers(), ["cid@acme.test"]);
    for id in [&ann, &bob] {
        console.on_user(id, "resend", json!({})).expect(200);
        eventually("and on demand", || (console.invitation(id)["state"] == "sent").then_some(()));
    }
    assert_eq!(receivers(), ["cid@acme.test", "ann@acme.test", "bob@acme.test"]);
}

#[test]
fn a_mail_that_found_no_server_for_three_days_is_given_up() {
    let house = Appliance::start();
    let (console, client) = (house.console(), house.keeper().client());
    let strict = Postbox::open(Manner::NoSender);
    console.mail_by(&strict, "none");
    let mia = client.post("/Users", mia()).expect(201).id();
    eventually("the reason is noted", || (!console.invitation(&mia)["error"].is_null()).then_some(()));
    assert_eq!(console.invitation(&mia)["state"], "waiting");
    house.tamper("UPDATE invitation SET next_try_at = next_try_at - 4 * 86400000");
    console.patch("/settings", json!({ "seats": 100 })).expect(200);
    eventually("it is given up", || (console.invitation(&mia)["state"] == "failed").then_some(()));
    // Trying again by hand gives it three days more.
    console.post(&format!("/outbox/{mia}/retry"), json!({})).expect(200).says("/state", "waiting");
    let ann = client.post("/Users", person("ann")).expect(201).id();
    eventually("both were tried", || (!console.invitation(&ann)["error"].is_null()).then_some(()));
    assert_eq!(console.invitation(&mia)["state"], "waiting");
}
