//! Nodes with their users and teams beside the tree, and pages for when something is not there: an address, or the server.

use crate::appliance::Appliance;
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;

#[test]
fn a_node_shows_its_people_a_mistyped_address_what_was_meant_and_a_server_that_went_away_says_so() {
    let Some(page) = Page::open(Language::English) else { return };
    let mut appliance = Appliance::with_admin();
    let node = appliance.node("Sales");
    let made = appliance.json(&["scim", "create", "--node", &node, "--idp", "okta"]);
    let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
    walk::sign_in(&page, &appliance, &format!("/ui/nodes/{node}"));
    page.says("node.name", "Sales");
    okta.syncs();
    // The counts follow without a reload, in the tree as well.
    page.until("document.querySelector('[data-t=\"node.tab-users\"]').innerText.includes('3')");
    page.until(
        "[...document.querySelectorAll('[data-t=\"nodes.row\"]')].some((row) => row.innerText.includes('3 · 1'))",
    );
    page.click("node.tab-users");
    page.rows("users.row", 3);
    page.click("node.tab-teams");
    page.rows("teams.row", 1);
    page.click("node.tab-general");
    page.until("document.querySelector('[data-t=\"node.rename\"]')");

    page.go(&appliance.url("/ui/user/7"));
    page.heading(&page.texts.text("missing.title"));
    page.says("missing.meant", &page.texts.text("nav.users"));
    page.is_clean();
    page.click("missing.meant");
    page.heading(&page.texts.text("nav.users"));
    appliance.signal(rustix::process::Signal::TERM);
    appliance.end();
    page.mentions("shell.offline", &page.texts.text("banner.offline"));
}
