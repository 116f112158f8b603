//! SCIM push as an administrator sets it up: from the wizard to a run that is stopped, in both languages.

use crate::appliance::Appliance;
use crate::catalogue::{BOTH, Language};
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use std::path::{Path, PathBuf};

const PEOPLE: &str = "id,email,first_name,last_name,active,groups\n\
    u1,mia@acme.test,Mia,Berg,true,Finance\nu2,kai@acme.test,海,田中,true,Finance\nu3,ada@acme.test,Ada,Li,true,\n";

fn people(appliance: &Appliance, text: &str) -> PathBuf {
    let path = appliance.folder.path().join("people.csv");
    std::fs::write(&path, text).unwrap();
    path
}

/// From the node's page through the wizard to the editor of a new record, filled in and saved.
fn record_of_a_file(page: &Page, appliance: &Appliance, path: &Path) {
    let node = appliance.node("Sales");
    walk::sign_in(page, appliance, &format!("/ui/nodes/{node}/provisioning/new"));
    page.click("wizard.method.file");
    page.click("wizard.next");
    page.mentions("wizard.next", &page.texts.text("wizard.push-next"));
    page.click("wizard.next");
    page.heading(&page.texts.text("push.new.file"));
    let made = appliance.json(&["scim", "view", "Sales"]);
    assert_eq!((&made["status"], &made["tokens"]), (&"pending".into(), &serde_json::json!([])), "nobody needs a token");

    // Back and a reload lead to what is true now.
    page.reload();
    page.heading(&page.texts.text("push.new.file"));
    page.fill("push.name", "people");
    page.fill("push.path", "people.csv");
    page.fill("push.max_users_removed_percent", "200");
    page.click("push.save");
    page.mentions("push.wrong", &page.texts.text("push.correct"));
    page.fill("push.max_users_removed_percent", "20");
    page.click("push.save");
    page.until("document.querySelector('[data-t=\"push.path\"]').getAttribute('aria-invalid') === 'true'");
    page.fill("push.path", path.to_str().unwrap());
    page.click("push.scheduled");
    page.choose("push.every", "day");
    page.click("push.save");
    page.heading("people");
    page.mentions("push.first", &page.texts.text("push.first"));
}

/// A refused form is a console message whatever a page does; nothing else may be there.
#[track_caller]
fn only_400(page: &Page) {
    let others: Vec<_> = page.troubles().into_iter().filter(|trouble| !trouble.contains("status of 400")).collect();
    assert_eq!(others, [""; 0]);
}

#[track_caller]
fn ended(page: &Page, state: &str, outcome: &str) {
    page.says("push.state", &page.texts.text(&format!("push.state.{state}")));
    page.mentions("push.outcome", &page.texts.text(outcome));
}

#[test]
fn a_file_is_checked_previewed_and_pushed_and_an_empty_one_is_stopped() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let path = people(&appliance, PEOPLE);
        record_of_a_file(&page, &appliance, &path);

        page.click("push.check");
        ended(&page, "done", "push.outcome.check.done");
        page.until("document.querySelectorAll('[data-t=\"push.step\"][data-ok=\"true\"]').length >= 4");

        // Before the first run there is only the preview.
        page.click("push.next");
        ended(&page, "done", "push.outcome.preview.done");
        page.rows("push.change", 5);
        page.choose("push.change-kind", "create_user");
        page.rows("push.change", 3);
        page.fill("push.search", "KAI@");
        page.rows("push.change", 1);
        page.click("push.run-plan");
        ended(&page, "done", "push.outcome.run.done");
        assert_eq!(appliance.json(&["user", "list"]).as_array().unwrap().len(), 3);

        // A second run writes nothing.
        page.click("push.to-record");
        page.lacks("push.first");
        page.rows("push.history-row", 3);
        page.click("push.run");
        ended(&page, "done", "push.outcome.run.nothing");

        // A source that is empty removes nobody, and the page says why.
        people(&appliance, "id,email,first_name,last_name,active,groups\n");
        page.click("push.to-record");
        page.click("push.run");
        ended(&page, "stopped", "push.outcome.stopped");
        let nobody = match language {
            Language::English => "the source holds nobody",
            Language::Japanese => "ソースにユーザーが 1 人もいません",
        };
        page.mentions("push.reason", nobody);
        page.mentions("push.outcome", &page.texts.text("push.advice.stopped"));
        page.click("push.next");
        ended(&page, "stopped", "push.outcome.preview.stopped");
        page.mentions("push.guards", &page.texts.text("push.guard.empty_source"));
        page.click("push.beyond-open");
        page.until("document.querySelector('[data-t=\"push.beyond-submit\"]').disabled");
        page.click("push.beyond.cancel");
        let users = appliance.json(&["user", "list"]);
        assert!(users.as_array().unwrap().iter().all(|user| user["state"] != "locked"), "{users}");

        page.click("nav.push");
        page.rows("push.row", 1);
        page.go(&appliance.url("/ui/audit?event=push_run_started"));
        for text in ["field.trigger", "push.trigger.console", "push.kind.run"] {
            page.until(&format!("document.body.innerText.includes({})", serde_json::json!(page.texts.text(text))));
        }
        only_400(&page);
    }
}

#[test]
fn a_check_that_fails_says_what_to_do() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    let path = people(&appliance, PEOPLE);
    record_of_a_file(&page, &appliance, &path);
    std::fs::remove_file(&path).unwrap();
    page.click("push.check");
    ended(&page, "failed", "push.outcome.check.failed");
    page.until("document.querySelector('[data-t=\"push.advice\"]').innerText.length > 10");
    page.click("push.next");
    page.heading(&page.texts.fill("push.edit-title", &[("name", "people")]));
    only_400(&page);
}

#[test]
fn a_preview_that_is_under_way_shows_how_far_it_is_and_can_be_cancelled() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let path = people(&appliance, PEOPLE);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/scim", silent.local_addr().unwrap());
    walk::sign_in(&page, &appliance, "/ui/push/new?source=file");
    page.fill("push.name", "abroad");
    page.click("push.place.url");
    page.fill("push.target_url", &url);
    page.fill("push.target_token", "a-token");
    page.fill("push.path", path.to_str().unwrap());
    page.click("push.save");
    page.heading("abroad");
    page.click("push.preview");
    page.says("push.state", &page.texts.text("push.state.running"));
    page.until("document.querySelector('[data-t=\"push.phase.compare\"][aria-current]')");
    page.click("push.to-record");
    page.click("push.to-run");
    page.click("push.cancel-run");
    page.until("document.querySelector('[data-t=\"push.cancel-run\"]')?.disabled");
    drop(silent);
    ended(&page, "stopped", "push.outcome.cancelled-reading");
    page.is_clean();
}

#[test]
fn the_password_of_a_directory_stays_when_it_is_left_empty_and_is_never_shown() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let node = appliance.node("Sales");
    appliance.json(&["scim", "create", "--node", &node]);
    walk::sign_in(&page, &appliance, "/ui/push");
    page.mentions("push.empty", &page.texts.text("push.empty-text"));
    page.click("push.add");
    page.click("push.source.ad");
    page.click("push.next");
    page.fill("push.name", "directory");
    page.choose("push.target", appliance.json(&["scim", "list"])[0]["scim_id"].to_string().as_str());
    page.fill("push.ad_urls", "ldap://dc1.acme.test");
    page.fill("push.ad_user", "ACME\\reader");
    page.click("push.save");
    page.until("document.activeElement.dataset.t === 'push.ad_password'");
    page.fill("push.ad_password", "R3ader!secret");
    page.click("push.plain");
    page.mentions("push.plain-warning", &page.texts.text("push.plain-warning"));
    page.click("push.plain");
    page.click("push.save");
    page.heading("directory");

    page.click("push.edit");
    page.heading(&page.texts.fill("push.edit-title", &[("name", "directory")]));
    assert_eq!(page.value("push.ad_password").as_deref(), Some(""));
    assert!(!page.eval("return document.documentElement.outerHTML").to_string().contains("R3ader"));
    page.fill("push.groups", "Sales");
    page.click("push.save");
    page.heading("directory");
    let kept = appliance.json(&["push", "record", "view", "directory"]);
    assert_eq!((&kept["source_secret_set"], &kept["groups"][0]), (&true.into(), &"Sales".into()), "{kept}");

    // Another server gets the stored password only from somebody who knows it.
    page.click("push.edit");
    page.fill("push.ad_urls", "ldaps://elsewhere.test");
    page.click("push.save");
    page.until("document.activeElement.dataset.t === 'push.ad_password'");
    page.until(&format!(
        "document.body.innerText.includes({})",
        serde_json::json!(page.texts.text("push.wrong.moved"))
    ));
    page.click("push.cancel");

    page.click("push.delete");
    page.fill("push.delete-name", "directory");
    page.click("push.delete-submit");
    page.mentions("push.empty", &page.texts.text("push.empty-title"));
    only_400(&page);
}

#[test]
fn a_key_file_shows_its_account_only_and_what_is_missing_is_marked() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    let node = appliance.node("Sales");
    let scim_id = appliance.json(&["scim", "create", "--node", &node])["scim_id"].to_string();
    walk::sign_in(&page, &appliance, &format!("/ui/nodes/{node}/provisioning/new"));
    page.click("wizard.to-push");
    page.click("push.source.google");
    page.click("push.next");
    page.heading(&page.texts.text("push.new.google"));
    assert_eq!(page.field("push.target"), scim_id);
    page.click("push.destructive.1");
    page.click("push.missing.delete");
    page.click("push.scheduled");
    page.choose("push.every", "week");
    page.click("push.save");
    page.mentions("push.wrong", &page.texts.text("push.correct"));
    page.until("document.activeElement.dataset.t === 'push.name'");
    assert_eq!(page.eval("return document.querySelectorAll('[aria-invalid]').length"), 3);
    page.fill("push.name", "google");
    page.fill("push.login", "reader@acme.test");
    page.click("push.credentials-paste");
    let key = r#"{"type":"service_account","private_key":"very-private","client_email":"push@acme.test"}"#;
    // Pasted at once: a field that is typed into shows the account as soon as the text is a key.
    let paste = "const field = document.querySelector('[data-t=\"push.credentials\"]'); field.value = ";
    page.until("document.querySelector('[data-t=\"push.credentials\"]')");
    page.eval(&format!(
        "{paste}{}; field.dispatchEvent(new Event('input', {{ bubbles: true }}))",
        serde_json::json!(key)
    ));
    page.mentions("push.credentials-account", "push@acme.test");
    assert!(!page.eval("return document.documentElement.outerHTML").to_string().contains("very-private"));
    page.click("push.save");
    page.heading("google");
    let kept = appliance.json(&["push", "record", "view", "google"]);
    assert_eq!((&kept["source_secret_set"], &kept["schedule"]["cron"]), (&true.into(), &"0 3 * * 1".into()), "{kept}");
    page.click("push.schedule-toggle");
    page.says("push.when", &page.texts.text("push.by-hand"));
    page.click("push.edit");
    page.until("document.querySelector('[data-t=\"push.credentials-file\"]')");
    page.is_clean();
}

#[test]
fn what_a_run_could_not_push_is_tried_again_by_a_button() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let made = |node: &str| appliance.json(&["scim", "create", "--node", &appliance.node(node)]);
        let (elsewhere, sales) = (made("Elsewhere"), made("Sales"));
        let word = |key: &str| elsewhere[key].as_str().unwrap();
        let okta = Okta::new(word("scim_url"), word("provisioning_token"));
        okta.post("/Users", &serde_json::json!({ "userName": "mia@acme.test" }));
        let (path, target) = (people(&appliance, PEOPLE), sales["scim_id"].to_string());
        let create = ["push", "record", "create", "people", "--source", "file", "--target", &target, "--path"];
        let record = appliance.json(&[&create[..], &[path.to_str().unwrap()]].concat());
        appliance.run(&["push", "run", "--record", "people", "--yes"]).fails(1);
        let first = appliance.json(&["push", "history", "people"])["runs"][0]["run_id"].clone();
        walk::sign_in(&page, &appliance, &format!("/ui/push/{}/runs/{first}", record["record_id"]));
        ended(&page, "done_with_errors", "push.outcome.done_with_errors");
        page.rows("push.refused-row", 1);
        page.mentions("push.next", &page.texts.text("push.retry"));
        page.click("push.next");
        page.until(&format!("!location.pathname.endsWith('/{first}')"));
        ended(&page, "done_with_errors", "push.outcome.done_with_errors");
        page.rows("push.refused-row", 1);
        page.is_clean();
    }
}
