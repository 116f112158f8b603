//! The overview that steers, and the audit log that says what changed and for whom.

use crate::appliance::Appliance;
use crate::catalogue::BOTH;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;

#[test]
fn the_overview_tells_what_needs_somebody_and_the_audit_log_names_the_members() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let node = appliance.node("Sales");
        let made = appliance.json(&["scim", "create", "--node", &node, "--idp", "okta", "--approval", "manual"]);
        let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
        walk::sign_in(&page, &appliance, "/ui/");
        let texts = &page.texts;
        page.mentions("needs.item", "Sales");
        page.mentions("overview.rate", &texts.text("rate.none"));

        page.says("overview.backup", &format!("{}{}", texts.text("overview.no-backup"), texts.text("overview.backup")));
        okta.syncs();
        page.reload();
        page.mentions("needs.item", &texts.fill("needs.approvals", &[("n", "4")]));
        page.mentions("overview.rate", &texts.fill("rate.text", &[("n", "4"), ("refused", "0")]));
        page.click("rate.table");
        page.click("needs.approvals");
        page.rows("open-teams.row", 1);

        page.go(&appliance.url("/ui/audit?event=pending_added_to_team"));
        page.mentions("audit.event", "grace@acme.test");
        page.click("audit.sent");
        page.until("location.pathname.startsWith('/ui/requests/')");
        page.until("document.querySelector('h1').innerText.includes('Finance')");
        page.is_clean();
    }
}
