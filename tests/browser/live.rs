//! One stream for each tab: it tells badges, overview, lists, a connection and requests, and nothing jumps.

use crate::appliance::Appliance;
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::json;

/// Counts the streams that are open at the same time, and keeps the largest number.
const COUNT: &str = "
    const Real = EventSource;
    window.counted = { open: 0, most: 0, made: 0 };
    window.EventSource = class extends Real {
      constructor(address) {
        super(address);
        counted.made += 1;
        counted.open += 1;
        counted.most = Math.max(counted.most, counted.open);
      }
      close() {
        super.close();
        counted.open -= 1;
      }
    };
";

#[test]
fn a_tab_has_one_stream_and_shows_what_happens_without_jumping() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let node = appliance.node("Sales");
    let made = appliance.json(&["scim", "create", "--node", &node, "--idp", "okta", "--approval", "manual"]);
    let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
    walk::sign_in(&page, &appliance, "/ui/");
    page.mentions("needs.item", "Sales");
    page.eval(COUNT);
    let texts = &page.texts;
    page.click("nav.users");
    page.mentions("users.empty", &texts.text("users.empty-title"));
    okta.syncs();
    page.mentions("users.new", &texts.fill("list.new", &[("n", "3")]));
    page.until("document.querySelector('[data-t=\"users.empty\"]')");
    page.until("document.querySelector('[data-t=\"nav.badge\"]')?.innerText === '4'");
    page.click("users.new");
    page.rows("users.row", 3);
    page.lacks("users.new");
    page.click("nav.overview");
    page.mentions("needs.item", &texts.fill("needs.approvals", &[("n", "4")]));
    appliance.json(&["user", "add", "bob@acme.test", "--node", "Sales"]);
    page.until("document.querySelector('[data-t=\"overview.users\"]').innerText.startsWith('4')");
    for path in ["", "?tab=requests", "?tab=users", ""] {
        let href = format!("/ui/connections/{}{path}", made["scim_id"]);
        page.eval(&format!(
            "history.pushState(null, '', {}); dispatchEvent(new PopStateEvent('popstate'))",
            json!(href)
        ));
        page.until("document.querySelector('#tab-panel h2')");
    }
    // The audit log waits as well.
    page.click("nav.audit");
    page.until("document.querySelector('[data-t=\"audit.shown\"]')");
    appliance.json(&["user", "add", "carl@acme.test", "--node", "Sales"]);
    page.until("document.querySelector('[data-t=\"audit.new\"]')");
    page.click("audit.new");
    page.lacks("audit.new");
    // The guide follows the requests by the same stream.
    okta.get("/Users");
    page.click("nav.requests");
    page.mentions("request.row", "Okta");
    let streams = page.eval("return counted");
    assert_eq!(streams["most"], 1, "{streams}");
    assert!(streams["made"].as_u64().unwrap() >= 3, "{streams}");
    page.is_clean();
}
