//! The wizard when it does not go straight through: reloads, changed minds, and leaving.

use crate::appliance::Appliance;
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;

/// Waits until closing the tab would ask, or would not. What was typed is at stake once the page is drawn again.
#[track_caller]
fn warns_of_closing(page: &Page, expected: bool) {
    page.until(&format!("dispatchEvent(new Event('beforeunload', {{ cancelable: true }})) !== {expected}"));
}

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
    warns_of_closing(&page, false);
    let (_, token) = walk::generate(&page, "okta");
    warns_of_closing(&page, true);
    page.click("nav.users");
    page.mentions("wizard.leave", &page.texts.text("wizard.leave-text"));
    page.click("wizard.stay");
    page.lacks("wizard.leave");
    assert_eq!(page.field("wizard.token"), token);

    page.click("nav.users");
    page.click("wizard.leave-anyway");
    page.heading(&page.texts.text("nav.users"));
    warns_of_closing(&page, false);
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

#[test]
fn what_is_typed_and_not_saved_is_asked_about_in_every_form() {
    let Some((page, appliance)) = start() else { return };
    let made = appliance.json(&["scim", "create", "--node", &appliance.node("Typed"), "--idp", "okta"]);
    let connection = format!("/ui/connections/{}", made["scim_id"]);
    let text = page.texts.text("unsaved.leave-text");
    for (path, field, reset) in [
        ("/ui/settings".to_owned(), "settings.seats", Some("settings-limits.reset")),
        (format!("{connection}?tab=behaviour"), "behaviour.role_prefix", Some("behaviour.reset")),
        (format!("/ui/push/new?source=file&target={}", made["scim_id"]), "push.name", None),
    ] {
        page.go(&appliance.url(&path));
        page.until(&format!("document.querySelector('[data-t=\"{field}\"]')"));
        warns_of_closing(&page, false);
        page.fill(field, "77");
        warns_of_closing(&page, true);
        page.click("nav.users");
        page.mentions("unsaved.leave", &text);
        page.click("unsaved.stay");
        page.lacks("unsaved.leave");
        assert_eq!(page.field(field), "77");
        if let Some(reset) = reset {
            page.click(reset);
            warns_of_closing(&page, false);
            page.fill(field, "78");
        }
        page.click("nav.users");
        page.click("unsaved.leave-anyway");
        page.heading(&page.texts.text("nav.users"));
        warns_of_closing(&page, false);
    }
    // Another tab of the same page loses it as well.
    page.go(&appliance.url(&format!("{connection}?tab=behaviour")));
    page.fill("behaviour.role_prefix", "role:");
    page.eval("scrollTo(0, 0)");
    page.click("connection.tab-users");
    page.mentions("unsaved.leave", &text);
    page.click("unsaved.stay");
    page.click("behaviour.save");
    page.hears(&page.texts.text("behaviour.saved"));
    warns_of_closing(&page, false);
    page.is_clean();
}

#[test]
fn the_self_test_says_what_an_address_of_this_machine_means_and_never_turns_green() {
    let Some((page, appliance)) = start() else { return };
    let (url, token) = walk::generate(&page, "okta");
    let is = |name: &str, verdict: &str| {
        page.until(&format!(
            "document.querySelector('[data-t=\"self-test.{name}\"]')?.dataset.verdict === '{verdict}'"
        ));
    };
    let looked = || {
        page.click("self-test.run");
        page.says("self-test.verdict", &page.texts.text("self-test.all.warning"));
        is("name", "warning");
        page.mentions("self-test.name", "--base-url");
        ["port", "path", "header", "clock"].iter().for_each(|name| is(name, "ok"));
    };
    looked();
    page.click("wizard.copy-both");
    page.click("wizard.save");
    page.says("connection.state", &page.texts.text("state.pending"));
    page.tick("address", false);
    looked();
    // The token at a wrong URL.
    assert_eq!(Okta::new(&appliance.url("/scim/v2"), &token).get("/Users"), 404);
    let asked = appliance.url("/scim/v2/Users");
    page.mentions("pending.attempt", &page.texts.fill("cause.WRONG_URL", &[("asked", &asked), ("url", &url)]));
    page.is_clean();
}
