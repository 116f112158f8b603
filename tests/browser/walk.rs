//! Ways through the console that several tests take.

use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::page::Page;

/// The first administrator, by the set-up link.
#[track_caller]
pub fn set_up(page: &Page, appliance: &Appliance) {
    page.go(&appliance.setup_link());
    page.heading(&page.texts.text("setup.title"));
    // The tab keeps what the link brought.
    page.reload();
    page.heading(&page.texts.text("setup.title"));
    page.fill("setup.email", ADMIN);
    page.fill("setup.name", "Ada");
    page.fill("setup.password", PASSWORD);
    page.click("setup.submit");
    page.heading(&page.texts.text("nav.overview"));
}

/// Goes to a path and signs in there.
#[track_caller]
pub fn sign_in(page: &Page, appliance: &Appliance, path: &str) {
    page.go(&appliance.url(path));
    page.heading(&page.texts.text("login.title"));
    fill_in(page);
}

/// Fills in the sign-in page.
#[track_caller]
pub fn fill_in(page: &Page) {
    page.fill("login.email", ADMIN);
    page.fill("login.password", PASSWORD);
    page.click("login.submit");
    page.until("document.querySelector('[data-t=\"shell.account\"]')");
}

/// A node below the root, which the page must show.
#[track_caller]
pub fn add_node(page: &Page, name: &str) {
    page.click("nodes.add");
    page.fill("nodes.name", name);
    page.click("nodes.create");
    page.says("node.name", name);
}

/// The wizard from a node's page to the shown token; URL and token.
#[track_caller]
pub fn generate(page: &Page, idp: &str) -> (String, String) {
    page.click("node.add-method");
    page.heading(&page.texts.text("wizard.title"));
    page.click("wizard.next");
    page.click(&format!("wizard.idp.{idp}"));
    page.click("wizard.next");
    page.click("wizard.generate");
    (page.field("wizard.url"), page.field("wizard.token"))
}
