//! The wizard when it does not go straight through: reloads, changed minds, and leaving.

use crate::appliance::Appliance;
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;

const WARNS: &str = "const leave = new Event('beforeunload', { cancelable: true }); dispatchEvent(leave); return leave.defaultPrevented";

fn start() -> Option<(Page, Appliance)> {
    let page = Page::open(Language::English)?;
    let appliance = Appliance::with_admin();
    appliance.node("Sales");
    walk::sign_in(&page, &appliance, "/ui/nodes");
    page.rows("nodes.row", 2);
    page.eval("[...document.querySelectorAll('[data-t=\"nodes.row\"]')].find((row) => row.innerText.includes('Sales')).click()");
    page.says("node.name", "Sales");
    Some((page, appliance))
}

#[test]
fn a_token_that_was_copied_before_a_reload_can_still_be_saved() {
    let Some((page, _appliance)) = start() else { return };
    let (url, token) = walk::generate(&page, "jumpcloud");
    page.reload();
    let gone = page.texts.fill("wizard.token-gone", &[("last4", &token[token.len() - 4..])]);
    page.mentions("wizard.token-gone", &gone);
    assert!(!page.eval("return document.documentElement.outerHTML").to_string().contains(&token), "it is still shown");
    page.click("wizard.save");
    page.says("connection.state", &page.texts.text("state.pending"));
    assert_eq!(Okta::new(&url, &token).get("/Users"), 200);
    page.is_clean();
}

#[test]
fn after_a_reload_another_token_can_be_generated_and_only_that_one_works() {
    let Some((page, _appliance)) = start() else { return };
    let (url, lost) = walk::generate(&page, "entra");
    page.reload();
    page.click("wizard.generate-again");
    let token = page.field("wizard.token");
    assert_ne!(token, lost);
    page.click("wizard.copy-both");
    page.click("wizard.save");
    page.says("connection.state", &page.texts.text("state.pending"));
    let entra = Okta::new(&url, &token);
    assert_eq!((entra.with(&lost).get("/Users"), entra.get("/Users")), (401, 200));
    page.click("connection.tab-behaviour");
    page.until("document.querySelector('[data-t=\"behaviour.unique_groups\"]').checked");
    page.is_clean();
}

#[test]
fn leaving_with_an_unsaved_token_warns_and_staying_keeps_it() {
    let Some((page, appliance)) = start() else { return };
    assert_eq!(page.eval(WARNS), false);
    let (_, token) = walk::generate(&page, "okta");
    assert_eq!(page.eval(WARNS), true, "closing the tab does not warn");
    page.click("nav.users");
    page.mentions("wizard.leave", &page.texts.text("wizard.leave-text"));
    page.click("wizard.stay");
    page.lacks("wizard.leave");
    assert_eq!(page.field("wizard.token"), token);

    page.click("nav.users");
    page.click("wizard.leave-anyway");
    page.heading(&page.texts.text("nav.users"));
    assert_eq!(page.eval(WARNS), false);
    assert_eq!(appliance.json(&["scim", "list"])[0]["status"], "draft");
    page.is_clean();
}

#[test]
fn changed_options_ask_for_another_token() {
    let Some((page, appliance)) = start() else { return };
    walk::generate(&page, "okta");
    page.click("wizard.back");
    page.click("wizard.options");
    page.click("wizard.unique-groups");
    page.fill("wizard.role-prefix", "role:");
    page.click("wizard.next");
    page.until(&format!("document.body.innerText.includes({})", serde_json::json!(page.texts.text("wizard.outdated"))));
    page.lacks("wizard.save");
    page.click("wizard.generate");
    page.field("wizard.token");
    page.click("wizard.save");
    page.click("wizard.save-anyway");
    page.says("connection.state", &page.texts.text("state.pending"));
    let made = &appliance.json(&["scim", "view", appliance.json(&["scim", "list"])[0]["scim_id"].to_string().as_str()]);
    assert_eq!((&made["unique_groups"], &made["role_prefix"]), (&true.into(), &"role:".into()));
    page.is_clean();
}

#[test]
fn an_address_that_nothing_has_come_by_yet_is_not_ticked() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin_and(&["--base-url", "http://scim.acme.test"]);
    let node = appliance.node("Sales");
    let made = appliance.json(&["scim", "create", "--node", &node]);
    walk::sign_in(&page, &appliance, &format!("/ui/connections/{}", made["scim_id"]));
    page.tick("address", false);
    let (url, token) = (made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
    let here = url.replace("http://scim.acme.test", &appliance.url(""));
    Okta::new(&here, token).get("/ServiceProviderConfig");
    page.tick("address", true);
    page.tick("request", false);
    page.is_clean();
}
