//! Names that attack: whatever a node, a user, a team or a client calls itself, the console shows it as text.

use crate::appliance::Appliance;
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::json;

const IMAGE: &str = "<img src=x onerror=\"window.attacked=1\">";
const SCRIPT: &str = "\"><script>window.attacked=1</script>";
const TEMPLATE: &str = "{{7*7}}";

/// The names are there letter by letter, and nothing of them has become an element or has run.
#[track_caller]
fn shows(page: &Page, names: &[&str]) {
    for name in names {
        page.until(&format!("document.body.innerText.includes({})", json!(name)));
    }
    let made = page.eval("return document.querySelectorAll('#app img, #app script, #app [onerror]').length");
    assert_eq!((made, page.eval("return window.attacked ?? null")), (json!(0), json!(null)), "on {}", page.path());
}

#[test]
fn hostile_names_show_as_text_wherever_they_appear() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    walk::sign_in(&page, &appliance, "/ui/nodes");
    walk::add_node(&page, IMAGE);
    shows(&page, &[IMAGE]);
    for (open, close) in [
        ("node.rename", "node.rename-dialog.close"),
        ("node.move", "node.move-dialog.close"),
        ("node.delete", "node.delete-dialog.close"),
    ] {
        page.click(open);
        shows(&page, &[IMAGE]);
        page.click(close);
    }
    page.click("node.add-method");
    page.click("wizard.next");
    page.click("wizard.idp.other");
    page.click("wizard.options");
    page.click("wizard.preset.rfc");
    page.fill("wizard.role-prefix", IMAGE);
    page.click("wizard.next");
    page.click("wizard.generate");
    let (url, token) = (page.field("wizard.url"), page.field("wizard.token"));
    shows(&page, &[IMAGE]);
    page.click("wizard.copy-both");
    page.click("wizard.save");
    page.heading(IMAGE);

    let client = Okta::new(&url, &token);
    let user = client.post("/Users", &json!({ "userName": SCRIPT, "displayName": IMAGE, "externalId": TEMPLATE }));
    let members = json!([{ "value": user }]);
    client.post("/Groups", &json!({ "displayName": TEMPLATE, "externalId": SCRIPT, "members": members }));
    client.post("/Groups", &json!({ "displayName": IMAGE }));
    assert_eq!(client.get("/%3Cimg%20src=x%20onerror=%22window.attacked=1%22%3E"), 404);
    page.tick("write", true);
    page.click("connection.tab-requests");
    shows(&page, &[IMAGE]);
    page.click("connection.tab-users");
    shows(&page, &[SCRIPT, IMAGE, TEMPLATE]);
    page.click("connection.tab-teams");
    shows(&page, &[SCRIPT, IMAGE, TEMPLATE]);
    page.click("connection.delete");
    shows(&page, &[IMAGE]);
    page.click("connection.delete-dialog.close");

    for (link, names) in [
        ("nav.users", [SCRIPT, IMAGE].as_slice()),
        ("nav.teams", &[IMAGE, TEMPLATE]),
        ("nav.connections", &[IMAGE]),
        ("nav.overview", &[IMAGE]),
    ] {
        page.click(link);
        shows(&page, names);
    }
    page.click("nav.teams");
    page.click("teams.columns");
    page.click("teams.column-external-id");
    shows(&page, &[SCRIPT, IMAGE, TEMPLATE]);
    page.click("nav.users");
    page.click("users.columns");
    page.click("users.column-external-id");
    shows(&page, &[SCRIPT, IMAGE, TEMPLATE]);
    page.fill("users.search", IMAGE);
    page.rows("users.row", 1);
    page.fill("users.search", &format!("{IMAGE}{SCRIPT}"));
    page.mentions("users.none", SCRIPT);
    shows(&page, &[]);
    page.is_clean();
}
