//! The inspector: requests as they arrive, found again, looked into, sent again and taken along.

use crate::appliance::Appliance;
use crate::catalogue::{BOTH, Language};
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::{Value, json};

const IMAGE: &str = "<img src=x onerror=\"window.attacked=1\">";

/// A connection that keeps everything.
fn connect(appliance: &Appliance) -> (Value, Okta) {
    let node = appliance.node("Sales");
    let made = appliance.json(&["scim", "create", "--node", &node, "--idp", "okta", "--capture", "full"]);
    let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
    (made, okta)
}

/// The request of the newest row with that text.
fn id_of(page: &Page, text: &str) -> String {
    let script =
        "return [...document.querySelectorAll('[data-t=\"request.row\"]')].find((row) => row.innerText.includes(";
    page.eval(&format!("{script}{}))?.dataset.id", json!(text))).as_str().unwrap_or_default().to_owned()
}

#[test]
fn requests_arrive_live_pause_and_are_found_again() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let (made, okta) = connect(&appliance);
        walk::sign_in(&page, &appliance, "/ui/requests");
        page.heading(&page.texts.text("nav.requests"));
        page.mentions("requests.empty", &page.texts.text("requests.empty-title"));
        page.says("requests.state", &page.texts.text("requests.is-live"));

        okta.syncs();
        page.rows("request.row", 4);
        assert!(page.eval("return document.querySelectorAll('.unread').length") == 4);
        page.click("requests.live");
        page.says("requests.state", &page.texts.text("requests.is-paused"));
        okta.with("scimbox_wrong").get("/Users");
        page.mentions("requests.fresh", "1");
        page.rows("request.row", 4);
        page.click("requests.fresh");
        page.rows("request.row", 5);
        page.click("requests.live");
        page.mentions("request.row", &page.texts.text("cause.TOKEN_UNKNOWN"));

        page.fill("requests.search", "grace@");
        page.rows("request.row", 1);
        page.fill("requests.search", "nobody-of-that-name");
        page.click("requests.clear");
        page.rows("request.row", 5);
        page.choose("requests.status", "refused");
        page.rows("request.row", 1);
        page.choose("requests.status", "");
        page.rows("request.row", 5);
        page.click("requests.read-all");
        page.until("document.querySelectorAll('.unread').length === 0");

        page.click("nav.connections");
        page.click("connections.open");
        page.click("connection.tab-requests");
        page.rows("request.row", 5);
        assert!(page.path().starts_with(&format!("/ui/connections/{}", made["scim_id"])), "{}", page.path());
        page.is_clean();
    }
}

#[test]
fn a_request_is_looked_into_rehearsed_and_exported() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let (_, okta) = connect(&appliance);
    okta.get("/Users?filter=userName%20eq%20%22ada%40acme.test%22");
    okta.syncs();
    walk::sign_in(&page, &appliance, "/ui/requests");
    let texts = &page.texts;
    page.rows("request.row", 5);
    let made = id_of(&page, "created ada@acme.test");
    page.click_in("request.row", "looked for ada@acme.test", "request.open");
    page.click("request.tab-explain");
    page.mentions("request.tree", "userName");
    page.mentions("request.tree", &texts.text("request.operator.eq"));

    // The address of a request opens it again.
    page.go(&appliance.url(&format!("/ui/requests/{made}?tab=effect")));
    page.heading("Okta created ada@acme.test");
    page.mentions("request.effect", "ada@acme.test");
    page.click("request.tab-request");
    page.mentions("request.body", "\"userName\": \"ada@acme.test\"");
    page.click("request.raw");
    page.until("!document.querySelector('[data-t=\"request.body\"]').innerText.includes('\\n')");
    page.click("request.tab-response");
    page.mentions("request.body", "\"externalId\": \"ada\"");
    page.click("request.tab-timing");
    page.until("document.querySelector('#tab-panel').innerText.includes('ms')");

    // A rehearsal keeps nothing; what is edited and meant is kept.
    page.click("request.tab-replay");
    page.fill("replay.text", "{\"userName\": \"zoe@acme.test\"}");
    page.click("replay.dry");
    page.mentions("replay.outcome", &texts.text("replay.undone"));
    let names = || appliance.json(&["user", "list"]).to_string();
    assert!(!names().contains("zoe@"));
    page.click("replay.ask");
    page.click("replay.submit");
    page.mentions("replay.outcome", &texts.text("replay.kept"));
    assert!(names().contains("zoe@"));

    page.click("request.all");
    page.click_in("request.row", "created ada@acme.test", "request.pick");
    page.click_in("request.row", "created grace@acme.test", "request.pick");
    page.mentions("requests.export", &texts.fill("requests.export", &[("n", "2")]));
    for (format, part) in [("curl", "curl "), ("har", "\"entries\""), ("ndjson", "grace@"), ("dialogue", "grace@")] {
        let script = "return (await fetch(document.querySelector(`[data-t='requests.export-";
        let text = page.eval(&format!("{script}{format}']`).href)).text()"));
        assert!(text.as_str().unwrap().contains(part), "{format}: {text}");
    }
    page.click("requests.unpick");
    page.lacks("requests.export");
    page.is_clean();
}

#[test]
fn what_was_not_kept_says_so_and_what_is_hostile_is_text() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    let node = appliance.node("Shop");
    let plain = appliance.json(&["scim", "create", "--node", &node, "--idp", "entra"]);
    let shop = Okta::new(plain["scim_url"].as_str().unwrap(), plain["provisioning_token"].as_str().unwrap());
    shop.post("/Users", &json!({ "userName": "mia@acme.test" }));
    let (_, okta) = connect(&appliance);
    okta.post("/Groups", &json!({ "displayName": IMAGE, "externalId": "x", IMAGE: IMAGE }));
    walk::sign_in(&page, &appliance, "/ui/requests");
    page.rows("request.row", 2);
    page.click_in("request.row", "mia@acme.test", "request.open");
    page.click("request.tab-request");
    page.mentions("request.not-kept", &page.texts.text("request.not-kept"));
    page.click("request.all");
    page.click_in("request.row", "window.attacked", "request.open");
    for tab in ["summary", "request", "response", "effect", "explain", "timing", "replay"] {
        page.click(&format!("request.tab-{tab}"));
        page.until(&format!("document.querySelector('#tab-{tab}').ariaSelected === 'true'"));
        let made = page.eval("return document.querySelectorAll('#app img, #app script, #app [onerror]').length");
        assert_eq!(made, 0, "{tab}");
    }
    page.until("!window.attacked");
    page.is_clean();
}

#[test]
fn requests_are_narrowed_by_time_and_relaxation_and_cleared_after_a_question() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let (_, okta) = connect(&appliance);
        okta.syncs();
        okta.get("//Users");
        walk::sign_in(&page, &appliance, "/ui/requests");
        page.rows("request.row", 5);
        page.choose("requests.relaxation", "path-slashes");
        page.rows("request.row", 1);
        page.choose("requests.relaxation", "");
        page.choose("requests.time", "1h");
        page.rows("request.row", 5);
        page.choose("requests.time", "own");
        // The end of a stretch of time that lies long ago.
        page.eval("const field = document.querySelector('[data-t=\"requests.until\"]'); field.value = '2001-01-01T00:00'; field.dispatchEvent(new Event('change', { bubbles: true }));");
        page.eval("const field = document.querySelector('[data-t=\"requests.since\"]'); field.value = '2000-01-01T00:00'; field.dispatchEvent(new Event('change', { bubbles: true }));");
        page.click("requests.clear");
        page.rows("request.row", 5);

        page.click("nav.connections");
        page.click("connections.open");
        page.click("connection.tab-requests");
        page.mentions("requests.kept", "5");
        page.mentions("requests.kept", "10,000");
        page.click("requests.clear-all");
        page.mentions("requests.clear-dialog", "Sales");
        page.click("requests.clear-dialog.cancel");
        page.rows("request.row", 5);
        page.click("requests.clear-all");
        page.click("requests.clear-submit");
        page.mentions("requests.empty", &page.texts.text("requests.empty-title"));
        page.is_clean();
    }
}

#[test]
fn of_many_rows_only_those_near_are_there_and_what_could_not_be_kept_is_counted() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let (_, okta) = connect(&appliance);
    // More at once than is written of strangers.
    let stranger = okta.with("scimbox_wrong");
    std::thread::scope(|scope| {
        let asks = || (0..110).map(|_| stranger.get("/Users")).filter(|status| *status == 401).count();
        let all: Vec<_> = (0..4).map(|_| scope.spawn(asks)).collect();
        assert_eq!(all.into_iter().map(|one| one.join().unwrap()).sum::<usize>(), 440);
    });
    assert!((0..700).all(|_| okta.get("/Users?count=1") == 200));
    walk::sign_in(&page, &appliance, "/ui/requests");
    page.mentions("requests.dropped", "could not be kept");
    page.mentions("requests.shown", "50");
    for shown in [250, 450, 650] {
        page.click("requests.more");
        page.mentions("requests.shown", &shown.to_string());
    }
    let there = "return document.querySelectorAll('[data-t=\"request.row\"]').length";
    page.until("document.querySelectorAll('[data-t=\"request.row\"]').length < 400");
    assert!(page.eval(there).as_u64().unwrap() >= 50);
    // What is scrolled to is there, and the table keeps its height.
    let height = "return Math.round(document.querySelector('.requests table').offsetHeight / 1000)";
    let before = page.eval(height).as_u64().unwrap();
    page.eval("document.querySelector('.requests tbody:last-of-type').scrollIntoView({ block: 'end' })");
    page.until("document.querySelector('.requests tbody:last-of-type [data-t=\"request.row\"]')");
    page.until("!document.querySelector('.requests tbody:first-of-type [data-t=\"request.row\"]')");
    assert!(page.eval(height).as_u64().unwrap().abs_diff(before) < 3);
    page.is_clean();
}

#[test]
fn a_bulk_request_and_a_scan_are_explained_in_japanese() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    let (_, okta) = connect(&appliance);
    let user = |id: &str, name: &str| json!({ "method": "POST", "path": "/Users", "bulkId": id, "data": { "userName": name } });
    okta.try_post("/Bulk", &json!({ "Operations": [user("a", "kai@acme.test"), user("b", "no address")] }));
    okta.get("/Users?filter=title%20co%20%22x%22");
    walk::sign_in(&page, &appliance, "/ui/requests");
    page.rows("request.row", 2);
    page.click_in("request.row", "Bulk", "request.open");
    page.click("request.tab-explain");
    let done = page.rows("request.operation", 2);
    assert_eq!(done[0], "POST /Users: 201");
    assert_eq!(done[1], format!("POST /Users: 400 – {}", "受け入れられない値が含まれています。"));
    page.click("request.tab-effect");
    page.mentions("request.effect", "kai@acme.test");
    page.click("request.all");
    page.click_in("request.row", "title", "request.open");
    page.click("request.tab-explain");
    page.mentions("request.remark", &page.texts.text("request.remark.scanned"));
    let said = page.texts.text("request.scanned.User");
    page.mentions("request.remark", said.split(" (").next().unwrap());
    page.is_clean();
}
