//! Sandboxes in the console: made with a checkbox, filled, set to go wrong, watched with a banner, and emptied.

use crate::appliance::Appliance;
use crate::catalogue::BOTH;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::json;

#[test]
fn a_sandbox_is_made_filled_spoiled_and_emptied() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        walk::sign_in(&page, &appliance, "/ui/nodes");
        let texts = &page.texts;
        page.click("nodes.add");
        page.fill("nodes.name", "Lab");
        page.click("nodes.sandbox");
        page.click("nodes.create");
        page.says("node.name", "Lab");
        page.says("node.sandbox", &texts.text("sandbox.title"));

        page.click("sandbox.seed");
        page.fill("sandbox.seed-users", "12");
        page.fill("sandbox.seed-groups", "2");
        page.choose("sandbox.seed-locale", "ja");
        page.click("sandbox.seed-submit");
        page.says("node.users", "12");

        page.choose("sandbox.persona", "users-only");
        page.fill("sandbox.faults", "drop method=POST path=/Users");
        page.click("sandbox.save");
        page.until("document.querySelector('[data-t=\"sandbox.on\"]')");

        let made = appliance.json(&["scim", "create", "--node", "Lab", "--idp", "okta"]);
        let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
        page.go(&appliance.url(&format!("/ui/connections/{}?tab=requests", made["scim_id"])));
        page.mentions("connection.sandbox-banner", "drop method=POST path=/Users");
        page.mentions("connection.sandbox-banner", &texts.text("sandbox.users-only"));
        assert_eq!(okta.get("/Groups"), 404);
        assert_eq!(okta.try_post("/Users", &json!({ "userName": "ghost@acme.test" })), 201);
        page.until("document.querySelector('[data-t=\"request.row\"][data-status=\"201\"] .status.bad')");
        page.until(
            "[...document.querySelectorAll('[data-t=\"request.row\"] .code')].some((e) => e.textContent === 'PERSONA')",
        );

        page.click("connection.traffic");
        page.choose("traffic.scenario", "connection-test");
        page.click("traffic.send");
        page.until("document.querySelector('[data-t=\"traffic.report\"]')");
        page.click("traffic.dialog.cancel");

        page.click("connection.sandbox");
        page.click("sandbox.reset");
        page.click("sandbox.reset-submit");
        page.says("node.users", "0");
        page.lacks("sandbox.on");
        page.is_clean();
    }
}
