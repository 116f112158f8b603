//! People who stand in each other's way: a name that another node or another user holds, and a queue to be searched.

use crate::appliance::Appliance;
use crate::catalogue::{BOTH, Language};
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::{Value, json};

fn connect(appliance: &Appliance, name: &str) -> (Value, Okta) {
    let node = appliance.node(name);
    let made = appliance.json(&["scim", "create", "--node", &node, "--idp", "okta", "--approval", "manual"]);
    let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
    (made, okta)
}

#[test]
fn who_holds_a_name_elsewhere_is_moved_and_the_refused_request_says_that_it_is_healed() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let ((_, sales), (made, shop)) = (connect(&appliance, "Sales"), connect(&appliance, "Shop"));
    let ada = json!({ "userName": "ada@acme.test" });
    sales.post("/Users", &ada);
    assert_eq!(shop.try_post("/Users", &ada), 409);
    walk::sign_in(&page, &appliance, &format!("/ui/connections/{}?tab=requests", made["scim_id"]));
    page.mentions("request.row", "Sales");
    page.click("conflict.move");
    page.mentions("request.row", &page.texts.text("cause.USER_ELSEWHERE.over"));
    page.lacks("conflict.move");
    page.is_clean();
}

#[test]
fn a_name_that_is_taken_leads_to_who_holds_it() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    let (_, okta) = connect(&appliance, "Sales");
    let ada = okta.post("/Users", &json!({ "userName": "ada@acme.test" }));
    walk::sign_in(&page, &appliance, "/ui/users");
    page.click("users.add");
    page.fill("user-add.user-name", "Ada@acme.test");
    page.click("user-add.submit");
    page.mentions("user.taken", &page.texts.text("error.USER_NAME_TAKEN"));
    page.click("user.taken-open");
    page.says("user.user-name", "ada@acme.test");
    assert_eq!(page.path(), format!("/ui/users/{ada}"));
}

#[test]
fn memberships_that_wait_are_searched_by_user_and_team() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let (_, okta) = connect(&appliance, "Sales");
    okta.syncs();
    walk::sign_in(&page, &appliance, "/ui/approvals?tab=memberships");
    page.rows("open-memberships.row", 3);
    page.fill("approvals.search", "Hopper");
    page.rows("open-memberships.row", 1);
    page.fill("approvals.search", "FINANCE");
    page.rows("open-memberships.row", 3);
    page.fill("approvals.search", "nobody");
    page.mentions("approvals.none-found", &page.texts.text("approvals.none-found.title"));
    page.click("approvals.tab-waiting");
    assert_eq!(page.value("approvals.search").as_deref(), Some(""), "another list begins without a search");
    page.is_clean();
}

#[test]
fn the_api_reference_tells_bodies_answers_and_words() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    walk::sign_in(&page, &appliance, "/ui/api");
    page.fill("reference.search", "users/bulk");
    page.rows("reference.operation", 1);
    page.click("reference.open");
    for text in ["BulkResult", "BulkOutcome", "resend", "USER_ELSEWHERE"] {
        page.mentions("reference.operation", text);
    }
    page.is_clean();
}

#[test]
fn the_api_reference_says_what_calls_do_in_japanese() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    walk::sign_in(&page, &appliance, "/ui/api");
    page.fill("reference.search", "接続を一時停止");
    page.rows("reference.operation", 1);
    page.mentions("reference.operation", "/connections/{scim_id}/pause");
    page.mentions("reference.tag", "IDプロバイダとノードの接続です。");
    page.fill("reference.search", "requests/live");
    page.mentions("reference.operation", "リクエストを監視");
    page.rows("reference.operation", 1);
    page.click("reference.open");
    page.mentions("reference.operation", "APIキーでは呼び出せません。");
    page.is_clean();
}

#[test]
fn invitations_that_nobody_mailed_are_sent_in_one_go_once_there_is_a_mail_server() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let node = appliance.node("Sales");
        let made = appliance.json(&["scim", "create", "--node", &node]);
        let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
        okta.syncs();
        walk::sign_in(&page, &appliance, "/ui/outbox");
        page.mentions("outbox.no-mail", &page.texts.text("outbox.no-mail"));
        page.lacks("outbox.kept");
        // Nobody listens there: what is sent waits.
        appliance.run(&["settings", "set", "mail_host", "localhost"]).ok();
        appliance.run(&["settings", "set", "mail_port", "9"]).ok();
        page.reload();
        page.mentions("outbox.kept", "3");
        page.click("outbox.send-all");
        page.hears(&page.texts.fill("bulk.resend.done", &[("n", "3")]));
        page.lacks("outbox.kept");
        page.choose("outbox.state-filter", "kept");
        page.until("!document.querySelector('[data-t=\"outbox.show\"]')");
        page.is_clean();
    }
}
