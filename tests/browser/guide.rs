//! The guide of an identity provider: its checklist follows the requests, in the wizard before Save and on the connection's page.

use crate::appliance::Appliance;
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::json;

fn is_warned(page: &Page, check: &str) {
    page.until(&format!("document.querySelector('[data-t=\"tick.guide.{check}\"].warn')"));
}

fn guide_of(language: Language) -> Option<()> {
    let page = Page::open(language)?;
    let appliance = Appliance::with_admin();
    appliance.node("Sales");
    walk::sign_in(&page, &appliance, "/ui/nodes");
    page.rows("nodes.row", 2);
    page.eval("[...document.querySelectorAll('[data-t=\"nodes.row\"]')].find((row) => row.innerText.includes('Sales')).click()");
    page.says("node.name", "Sales");
    let (url, token) = walk::generate(&page, "okta");
    let okta = Okta::new(&url, &token);
    page.eval("document.querySelector('[data-t=\"wizard.guide\"]').open = true");
    page.mentions("guide", &url);

    assert_eq!(okta.get("/Users?startIndex=1&count=2"), 401);
    is_warned(&page, "read-users");
    page.mentions("tick.guide.read-users", &page.texts.text("cause.TOKEN_NOT_SAVED"));
    page.click("wizard.copy-both");
    page.click("wizard.save");
    page.says("connection.state", &page.texts.text("state.pending"));

    assert_eq!(okta.get("/Users?startIndex=1&count=2"), 200);
    page.tick("guide.read-users", true);
    page.tick("guide.lookup-user", false);
    assert_eq!(okta.get("/Users?filter=userName%20eq%20%22ada@acme.test%22&startIndex=1&count=100"), 200);
    page.tick("guide.lookup-user", true);
    assert_eq!(okta.try_post("/Users", &json!({ "userName": "" })), 400);
    is_warned(&page, "create-user");
    okta.post("/Users", &json!({ "userName": "ada@acme.test", "emails": [{ "value": "ada@acme.test" }] }));
    page.tick("guide.create-user", true);
    assert_eq!(okta.get("/Devices"), 404);
    is_warned(&page, "others");
    page.is_clean();
    Some(())
}

#[test]
fn the_checklist_of_a_guide_turns_green_as_requests_arrive_and_yellow_with_the_reason() {
    guide_of(Language::English);
}

#[test]
fn the_checklist_does_the_same_in_japanese() {
    guide_of(Language::Japanese);
}
