//! The console of an auditor: everything can be seen, and nothing is offered that would be refused.

use crate::appliance::{Appliance, PASSWORD};
use crate::catalogue::{BOTH, Language};
use crate::page::Page;
use crate::routes;
use serde_json::Value;

const AUDITOR: &str = "eve@acme.test";

/// The names of what can be used and is not known to change nothing.
const OFFERED: &str = r"
    const harmless = new RegExp('^(audit|connection|diagnostics|member-history|missing|needs|overview|reference|request|requests|shell)\\.(?!'
        + 'pause|edit|rotate|delete|traffic|clear-all|approved-undo)'
        + '|\\.(copy|cli|sort|tab|column|pick|search|node|state|lock|role|origin|all|back|open|clear|more|next|previous|size|log|to)\\b'
        + '|\\.(copy|tab|sort|column|pick|to|state|page|change)-[\\w-]+$|(^|\\.)(download|show-)');
    const all = document.querySelectorAll('main :is(button, a.button, input, select, textarea)');
    const usable = (one) => !one.matches(':disabled, [readonly]') && one.checkVisibility() && !one.closest('.off-screen');
    const name = (one) => one.dataset.t ?? one.id ?? one.className;
    return [...all].filter(usable).map(name).filter((one) => !harmless.test(one));
";

fn sign_in(page: &Page, appliance: &Appliance) {
    page.go(&appliance.url("/ui/"));
    page.fill("login.email", AUDITOR);
    page.fill("login.password", PASSWORD);
    page.click("login.submit");
    page.until("document.querySelector('[data-t=\"shell.account\"]')");
}

#[test]
fn an_auditor_sees_every_page_and_no_button_that_would_be_refused() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let routes = routes::filled(&appliance);
    let create = ["admin", "create", AUDITOR, "--role", "auditor", "--password-file", "-"];
    appliance.run_with(&create, PASSWORD).ok();
    sign_in(&page, &appliance);
    let mut wrong = Vec::new();
    for path in &routes {
        page.go(&appliance.url(path));
        page.until("document.querySelector('h1') && !document.querySelector('.skeleton')");
        let offered = page.eval(OFFERED);
        let offered = offered.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned);
        wrong.extend(offered.chain(page.troubles()).map(|what| format!("{path}: {what}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_only_changes_says_who_may_and_the_rest_says_so_above_its_fields() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let node = appliance.node("Sales");
        let create = ["admin", "create", AUDITOR, "--role", "auditor", "--password-file", "-"];
        appliance.run_with(&create, PASSWORD).ok();
        sign_in(&page, &appliance);
        page.go(&appliance.url(&format!("/ui/nodes/{node}/provisioning/new")));
        page.heading(&page.texts.text("role.looks-only"));
        page.go(&appliance.url("/ui/settings"));
        page.mentions("role.looks-only", &page.texts.text("role.looks-only"));
        // An administrator changes all but what only an owner does.
        appliance.run(&["admin", "edit", AUDITOR, "--role", "administrator"]).ok();
        page.go(&appliance.url(&format!("/ui/nodes/{node}/provisioning/new")));
        page.heading(&page.texts.text("wizard.title"));
        page.go(&appliance.url("/ui/settings"));
        page.until("document.querySelector('[data-t=\"settings.audit_days\"]')?.readOnly === true");
        page.until("document.querySelector('[data-t=\"settings.seats\"]').readOnly === false");
        page.go(&appliance.url("/ui/administrators"));
        page.until("document.querySelector('[data-t=\"admins.add\"]')?.checkVisibility() === false");
        page.is_clean();
    }
}
