//! Sessions that end under the administrator's hands, and what the browser remembers of somebody.

use crate::appliance::{ADMIN, Appliance};
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::json;

const NEXT_PASSWORD: &str = "another horse, another battery";

/// Ends all sessions from outside, as an expiry would.
fn end_sessions(appliance: &Appliance) {
    appliance.run_with(&["admin", "reset-password", ADMIN, "--password-file", "-"], NEXT_PASSWORD).ok();
}

#[track_caller]
fn sign_in_again(page: &Page) {
    page.mentions("login-again", &page.texts.text("login.expired-text"));
    assert_eq!(page.field("login-again.email"), ADMIN);
    page.fill("login-again.password", NEXT_PASSWORD);
    page.click("login-again.submit");
    page.lacks("login-again");
}

/// A 401 is a console message whatever a page does; nothing else may be there.
#[track_caller]
fn only_401(page: &Page) {
    let others: Vec<_> = page.troubles().into_iter().filter(|trouble| !trouble.contains("status of 401")).collect();
    assert_eq!(others, [""; 0]);
}

#[test]
fn an_act_after_the_session_has_ended_goes_on_after_a_new_sign_in() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let node = appliance.node("Sales");
    walk::sign_in(&page, &appliance, &format!("/ui/nodes/{node}"));
    page.click("node.rename");
    page.fill("node.rename-name", "Sales and more");
    end_sessions(&appliance);
    page.click("node.rename-submit");
    sign_in_again(&page);
    page.says("node.name", "Sales and more");
    only_401(&page);
}

#[test]
fn a_live_page_whose_session_ends_asks_to_sign_in_and_keeps_what_was_typed() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    appliance.node("Sales");
    let scim_id = appliance.json(&["scim", "create", "--node", "Sales"])["scim_id"].to_string();
    walk::sign_in(&page, &appliance, &format!("/ui/connections/{scim_id}?tab=behaviour"));
    page.fill("behaviour.role_prefix", "role:");
    page.fill("behaviour.rate_limit", "5");
    end_sessions(&appliance);
    sign_in_again(&page);
    assert_eq!(page.field("behaviour.role_prefix"), "role:");
    page.click("behaviour.save");
    page.lacks("behaviour.unsaved");
    let saved = appliance.json(&["scim", "view", &scim_id]);
    assert_eq!((&saved["prefix"], &saved["rate_limit"]), (&"role:".into(), &5.into()), "{saved}");

    // And the page is live again.
    appliance.run(&["scim", "pause", &scim_id]).ok();
    page.says("connection.state", &page.texts.text("state.paused"));
    only_401(&page);
}

#[test]
fn a_key_is_made_after_the_password_was_given_again_and_not_without_it() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    walk::sign_in(&page, &appliance, "/ui/api-keys");
    crate::shortcuts::proofs_are_old(&appliance);
    page.click("keys.create");
    page.fill("key-create.name", "Nightly report");
    page.click("key-create.submit");
    page.mentions("confirm", &page.texts.text("confirm.text"));
    page.click("confirm.cancel");
    page.mentions("key-create.error", &page.texts.text("error.REAUTHENTICATE"));
    page.click("key-create.submit");
    page.fill("confirm.password", "not the password");
    page.click("confirm.submit");
    page.mentions("confirm.error", &page.texts.text("error.SIGN_IN_FAILED"));
    page.fill("confirm.password", crate::appliance::PASSWORD);
    page.click("confirm.submit");
    page.lacks("confirm");
    assert!(page.field("key-made.secret").starts_with("sbkey_"));
    page.click("key-made.done");
    let others: Vec<_> = page.troubles().into_iter().filter(|t| !t.contains("status of 40")).collect();
    assert_eq!(others, [""; 0]);
}

#[test]
fn a_forgotten_password_is_set_again_by_the_link_that_an_owner_makes() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let eve = ["admin", "create", "eve@acme.test", "--name", "Eve", "--password-file", "-"];
    appliance.run_with(&eve, crate::appliance::PASSWORD).ok();
    walk::sign_in(&page, &appliance, "/ui/administrators");
    page.click("admins.password");
    page.click("admin-password.make-link");
    page.mentions("admin-password", &page.texts.text("admins.link-text"));
    let link = page.field("admin-password.link");
    page.go(&link);
    page.fill("reset.password", "short");
    page.click("reset.submit");
    page.until("document.querySelector('.field-error')");
    page.fill("reset.password", NEXT_PASSWORD);
    page.click("reset.submit");
    page.heading(&page.texts.text("admins.reset-done"));
    assert_eq!((page.path(), page.eval("return location.hash")), ("/ui/reset".to_owned(), json!("")));
    page.click("reset.to-login");
    page.heading(&page.texts.text("login.title"));
    page.fill("login.email", "eve@acme.test");
    page.fill("login.password", NEXT_PASSWORD);
    page.click("login.submit");
    page.heading(&page.texts.text("nav.overview"));
}

/// A browser has six connections to a server; pages in the background would use them up.
#[test]
fn a_live_page_that_nobody_sees_holds_no_stream_and_catches_up_when_it_is_shown() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    appliance.node("Sales");
    let scim_id = appliance.json(&["scim", "create", "--node", "Sales"])["scim_id"].to_string();
    walk::sign_in(&page, &appliance, &format!("/ui/connections/{scim_id}"));
    page.until("streams.some((stream) => stream.readyState === EventSource.OPEN)");
    let hide = |hidden: bool| {
        page.eval(&format!("Object.defineProperty(document, 'hidden', {{ configurable: true, get: () => {hidden} }})"));
        page.eval("document.dispatchEvent(new Event('visibilitychange'))");
    };
    hide(true);
    assert_eq!(page.eval("return streams.every((stream) => stream.readyState === EventSource.CLOSED)"), true);
    appliance.run(&["scim", "pause", &scim_id]).ok();
    hide(false);
    page.says("connection.state", &page.texts.text("state.paused"));
    page.is_clean();
}

#[test]
fn a_wrong_password_is_refused_in_words_and_the_page_that_was_asked_for_comes_after_the_right_one() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    page.go(&format!("{}/ui/users?node=1", appliance.url("")));
    page.heading(&page.texts.text("login.title"));
    page.fill("login.email", ADMIN);
    page.fill("login.password", "not the password");
    page.click("login.submit");
    page.mentions("login.error", &page.texts.text("error.SIGN_IN_FAILED"));
    walk::fill_in(&page);
    page.heading(&page.texts.text("nav.users"));
    assert_eq!((page.path(), page.eval("return location.search")), ("/ui/users".to_owned(), json!("?node=1")));
    only_401(&page);
}

#[test]
fn language_and_theme_that_were_chosen_are_remembered() {
    let Some(mut page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    walk::sign_in(&page, &appliance, "/ui/");
    page.choose("shell.language", "ja");
    page.choose("shell.theme", "dark");
    page.texts = Language::Japanese.catalogue();
    page.heading(&page.texts.text("nav.overview"));
    page.reload();
    page.heading(&page.texts.text("nav.overview"));
    assert_eq!(
        page.eval("const { lang, dataset } = document.documentElement; return [lang, dataset.theme]"),
        json!(["ja", "dark"])
    );
    page.is_clean();
}

#[test]
fn what_the_sign_in_approved_is_told_on_every_page_until_it_is_closed_and_can_be_undone() {
    for language in crate::catalogue::BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let node = appliance.node("Sales");
        let made = appliance.json(&["scim", "create", "--node", &node, "--idp", "okta", "--approval", "sign-in"]);
        let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
        okta.post("/Groups", &json!({ "displayName": "Red" }));
        // A deep link, and a reload.
        walk::sign_in(&page, &appliance, "/ui/teams");
        let told = page.texts.fill("login.approved", &[("teams", "1"), ("memberships", "0")]);
        page.mentions("shell.approved", &told);
        page.reload();
        page.mentions("shell.approved", &told);
        page.click("shell.approved-undo");
        page.hears(&page.texts.fill("login.undone", &[("teams", "1"), ("memberships", "0")]));
        page.lacks("shell.approved");
        page.click("nav.approvals");
        page.rows("approvals.team", 1);
        page.is_clean();
    }
}

#[test]
fn the_second_factor_begins_with_a_code_to_scan_and_asks_for_the_password() {
    for language in crate::catalogue::BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        walk::sign_in(&page, &appliance, "/ui/");
        page.click("shell.account");
        page.click("shell.factor");
        page.fill("factor.password", "not the password");
        page.click("factor.submit");
        page.mentions("factor.error", &page.texts.text("error.SIGN_IN_FAILED"));
        // The browser's own line about the answer 401.
        page.troubles();
        page.fill("factor.password", crate::appliance::PASSWORD);
        page.click("factor.submit");
        page.until("document.querySelector('[data-t=\"factor.qr\"] path')?.getAttribute('d').startsWith('M4 4h7')");
        page.fill("factor.code", "000000");
        page.is_clean();
    }
}
