//! From the set-up link to a synced identity provider and back to nothing.

use crate::appliance::Appliance;
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;

#[test]
fn an_administrator_goes_from_the_link_to_a_synced_provider_in_english() {
    journey(Language::English);
}

#[test]
fn an_administrator_goes_from_the_link_to_a_synced_provider_in_japanese() {
    journey(Language::Japanese);
}

fn journey(language: Language) {
    let Some(page) = Page::open(language) else { return };
    let appliance = Appliance::start();
    walk::set_up(&page, &appliance);
    assert_eq!(page.eval("return document.documentElement.lang"), language.code());
    assert!(!page.eval("return location.href").to_string().contains("k="), "the link's secret stays in the address");

    first_node(&page);
    let (okta, token) = wizard(&page, &appliance);
    waiting(&page, &okta, &token);
    syncing(&page, &okta);
    lists(&page);
    let okta = rotating(&page, &okta, &token);
    pausing(&page, &okta);
    leaving_and_coming_back(&page);
    deleting(&page, &okta);
    page.is_clean();
}

fn first_node(page: &Page) {
    let texts = &page.texts;
    page.says("overview.go-node", &texts.text("overview.go.node"));
    page.until("document.querySelector('[data-t=\"overview.step-node\"]').dataset.done === 'false'");
    page.click("overview.go-node");
    page.heading(&texts.text("nav.nodes"));
    page.mentions("nodes.empty", &texts.text("nodes.empty-title"));
    page.until("document.querySelector('[data-t=\"node.add-method\"]').disabled");
    page.until(&format!("document.body.innerText.includes({})", serde_json::json!(texts.text("error.ROOT_NODE"))));
    // The dialog is open.
    page.fill("nodes.name", "Sales");
    page.click("nodes.create");
    page.says("node.name", "Sales");
}

/// Add method, provider, Generate, Save; the provider with the URL that was shown, and its token.
fn wizard(page: &Page, appliance: &Appliance) -> (Okta, String) {
    let texts = &page.texts;
    let (url, token) = walk::generate(page, "okta");
    assert!(token.starts_with("scimbox_") && token.len() == 65, "{token}");
    assert!(url.starts_with(&format!("{}/api/rest/scim/v2/", appliance.url(""))), "{url}");
    page.mentions("wizard.notice", &texts.text("wizard.works-after-save"));
    let okta = Okta::new(&url, &token);
    assert_eq!(okta.get("/Users"), 401, "a token works before it is saved");

    page.click("wizard.save");
    page.mentions("wizard.confirm", &texts.text("wizard.not-copied"));
    page.click("wizard.go-back");
    page.click("wizard.copy-token");
    page.click("wizard.save");
    page.heading("Sales");
    (okta, token)
}

fn waiting(page: &Page, okta: &Okta, token: &str) {
    let texts = &page.texts;
    page.says("connection.state", &texts.text("state.pending"));
    page.says("connection.last-synced", &texts.text("time.not-synced"));
    page.until("document.activeElement === document.querySelector('h1')");
    // Okta cannot reach an address of this machine.
    page.tick("address", false);
    page.mentions("tick.address", "--base-url");
    page.tick("request", false);
    page.tick("write", false);
    // Survives as long as the document does.
    page.eval("window.sameDocument = true");

    assert_eq!(okta.with("scimbox_wrong7Qa").get("/Users"), 401);
    let ours = &token[token.len() - 4..];
    page.mentions("pending.attempt", &texts.fill("cause.TOKEN_UNKNOWN.tails", &[("tail", "g7Qa"), ("ours", ours)]));

    assert_eq!(okta.get("/ServiceProviderConfig"), 200);
    page.mentions("pending.discovery", "127.0.0.1");
    page.says("connection.state", &texts.text("state.pending"));
    page.tick("request", false);
}

fn syncing(page: &Page, okta: &Okta) {
    let texts = &page.texts;
    assert_eq!(okta.get("/Users?startIndex=1&count=2"), 200);
    page.tick("request", true);
    page.says("connection.state", &texts.text("state.active"));
    page.says("connection.last-synced", &texts.text("time.just-now"));
    page.tick("write", false);

    okta.syncs();
    page.tick("write", true);
    page.mentions("connection.pending", &texts.text("pending.all-done"));
    page.until("window.sameDocument");
}

fn lists(page: &Page) {
    let texts = &page.texts;
    page.click("connection.tab-requests");
    page.until("document.querySelectorAll('[data-t=\"request.row\"]').length >= 7");
    page.click("connection.tab-users");
    assert!(page.rows("users.row", 3).iter().any(|row| row.contains("山田 花子")));
    page.click("connection.tab-teams");
    page.rows("teams.row", 1);

    page.click("nav.users");
    page.heading(&texts.text("nav.users"));
    let users = page.rows("users.row", 3);
    assert!(users.iter().all(|row| row.contains(&texts.text("state.invited")) && row.contains("Sales")), "{users:?}");
    page.fill("users.search", "GRACE");
    assert!(page.rows("users.row", 1)[0].contains("grace@acme.test"));
    page.click("nav.teams");
    page.heading(&texts.text("nav.teams"));
    let teams = page.rows("teams.row", 1);
    assert!(teams[0].contains("Finance") && teams[0].contains(&texts.text("state.pending-approval")), "{teams:?}");
    page.click("nav.connections");
    page.click("connections.open");
    page.heading("Sales");
}

/// A second token while the first one works on, then the first one ends; the provider with the second.
fn rotating(page: &Page, okta: &Okta, token: &str) -> Okta {
    page.click("connection.rotate");
    page.click("rotate.submit");
    let next = page.field("rotate.token");
    assert_ne!(next, token);
    page.click("rotate.done");
    page.lacks("rotate");
    let rotated = okta.with(&next);
    assert_eq!((okta.get("/Users"), rotated.get("/Users")), (200, 200));

    page.click("connection.tab-tokens");
    page.rows("token.row", 2);
    page.mentions("tokens.ending", &token[token.len() - 4..]);
    page.click("tokens.end-now");
    page.click("revoke.submit");
    page.lacks("tokens.ending");
    page.until("document.querySelectorAll('[data-t=\"token.row\"][data-state=\"revoked\"]').length === 1");
    assert_eq!((okta.get("/Users"), rotated.get("/Users")), (401, 200));
    rotated
}

fn pausing(page: &Page, okta: &Okta) {
    let texts = &page.texts;
    page.click("connection.pause");
    page.says("connection.state", &texts.text("state.paused"));
    assert_eq!(okta.get("/Users"), 503);
    page.click("connection.tab-requests");
    page.until(&format!(
        "document.body.innerText.includes({})",
        serde_json::json!(texts.text("cause.CONNECTION_PAUSED"))
    ));
    page.click("connection.pause");
    page.says("connection.state", &texts.text("state.active"));
    assert_eq!(okta.get("/Users"), 200);
}

/// Signing in approves what waits, as the setting `sign-in` says.
fn leaving_and_coming_back(page: &Page) {
    let texts = &page.texts;
    page.click("shell.account");
    page.click("shell.sign-out");
    page.heading(&texts.text("login.title"));
    walk::fill_in(page);
    page.heading(&texts.text("nav.overview"));
    page.click("nav.teams");
    assert!(page.rows("teams.row", 1)[0].contains(&texts.text("state.approved")));
}

fn deleting(page: &Page, okta: &Okta) {
    let texts = &page.texts;
    page.click("nav.connections");
    page.click("connections.open");
    page.click("connection.delete");
    page.until("document.querySelector('[data-t=\"connection.delete-submit\"]').disabled");
    page.fill("connection.delete-name", "Sale");
    page.until("document.querySelector('[data-t=\"connection.delete-submit\"]').disabled");
    page.fill("connection.delete-name", "Sales");
    page.click("connection.delete-submit");
    page.says("node.name", "Sales");
    page.until("!document.querySelector('[data-t=\"node.add-method\"]')?.disabled");
    assert_eq!(okta.get("/Users"), 401);
    page.click("node.users");
    page.heading(&texts.text("nav.users"));
    page.rows("users.row", 3);
}
