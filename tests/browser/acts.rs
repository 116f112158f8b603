//! What an administrator presses after the first day: on people, on what waits, on mails and on the settings.

use crate::appliance::{ADMIN, Appliance, PATIENCE, has_file};
use crate::catalogue::Language;
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::{Value, json};

/// A connection of that node which approves nothing by itself, and three people and a team that came through it.
fn synced(appliance: &Appliance) -> Okta {
    let node = appliance.node("Sales");
    let made = appliance.json(&["scim", "create", "--node", &node, "--idp", "okta", "--approval", "manual"]);
    let okta = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
    okta.syncs();
    okta
}

/// The user of that name, as the command line tells it.
fn user(appliance: &Appliance, name: &str) -> Value {
    let list = appliance.json(&["user", "list"]);
    let is = |user: &&Value| user["user_name"] == format!("{name}@acme.test");
    list.as_array().unwrap().iter().find(is).unwrap_or_else(|| panic!("no {name} in {list}")).clone()
}

/// The status of a GET by somebody who is not signed in, or has a key.
fn status(url: &str, key: &str) -> u16 {
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).timeout_global(Some(PATIENCE));
    let agent = ureq::Agent::from(config.build());
    agent.get(url).header("Authorization", format!("Bearer {key}")).call().unwrap().status().as_u16()
}

#[test]
fn people_are_locked_and_unlocked_one_by_one_and_together_and_exported() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    synced(&appliance);
    walk::sign_in(&page, &appliance, "/ui/users");
    let texts = &page.texts;

    page.click_in("users.row", "grace@acme.test", "users.open");
    page.says("user.state", &texts.text("state.invited"));
    page.until("document.querySelector('[data-t=\"user.delete\"]').disabled");
    page.click("user.lock");
    page.says("user.state", &texts.text("state.locked"));
    page.hears(&texts.text("bulk.lock.done.one"));
    page.mentions("user.lock-text", ADMIN);
    page.mentions("user.lock-text", &texts.text("lock.admin"));
    page.until("!document.querySelector('[data-t=\"user.delete\"]').disabled");
    assert_eq!(user(&appliance, "grace")["state"], "locked");
    page.click("user.unlock");
    page.says("user.state", &texts.text("state.invited"));
    page.hears(&texts.text("bulk.unlock.done.one"));
    page.lacks("user.lock-text");
    assert_eq!(user(&appliance, "grace")["state"], "invited");

    page.click("user.all");
    page.click_in("users.row", "ada@acme.test", "users.pick");
    page.says("users.picked", &texts.fill("pick.count", &[("n", "1")]));
    page.click_in("users.row", "hanako@acme.test", "users.pick");
    page.says("users.picked", &texts.fill("pick.count", &[("n", "2")]));
    page.click("users.bulk-lock");
    page.mentions("bulk", &texts.fill("bulk.lock.title", &[("n", "2")]));
    page.mentions("bulk", "hanako@acme.test");
    page.click("bulk.submit");
    page.hears(&texts.fill("bulk.lock.done", &[("n", "2")]));
    page.lacks("users.picked");
    page.choose("users.lock", "admin");
    let locked = page.rows("users.row", 2);
    assert!(locked.iter().all(|row| row.contains(&texts.text("state.locked"))), "{locked:?}");
    page.says("users.export", &texts.fill("users.export", &[("n", "2")]));
    let exported = page.eval(
        "const answer = await fetch(document.querySelector('[data-t=\"users.export\"]').href);
         return [answer.status, answer.headers.get('content-type').split(';')[0], await answer.text()]",
    );
    assert_eq!((&exported[0], &exported[1]), (&json!(200), &json!("text/csv")));
    let csv = exported[2].as_str().unwrap();
    assert!(csv.contains("ada@acme.test") && csv.contains("山田 花子") && !csv.contains("grace"), "{csv}");

    page.click("users.pick-page");
    page.click("users.bulk-unlock");
    page.click("bulk.submit");
    page.hears(&texts.fill("bulk.unlock.done", &[("n", "2")]));
    page.lacks("users.row");
    page.is_clean();
}

#[test]
fn what_waits_is_approved_rejected_with_a_reason_and_synced_in_full() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let okta = synced(&appliance);
    for name in ["Legal", "Design"] {
        okta.post("/Groups", &json!({ "displayName": name, "members": [] }));
    }
    appliance.run(&["user", "join", &user(&appliance, "grace")["user_id"].to_string()]).ok();
    walk::sign_in(&page, &appliance, "/ui/approvals");
    let texts = &page.texts;
    page.rows("open-teams.row", 3);

    page.click_in("open-teams.row", "Legal", "open-teams.reject");
    page.until("document.querySelector('[data-t=\"reject.submit\"]').disabled");
    page.fill("reject.reason", "No such team here");
    page.click("reject.submit");
    page.mentions("approvals.result", &texts.fill("result.teams-rejected.one", &[("n", "1")]));
    page.rows("open-teams.row", 2);
    page.click_in("open-teams.row", "Design", "open-teams.approve");
    page.click("approve.submit");
    page.mentions("approvals.result", &texts.fill("result.teams-approved.one", &[("n", "1")]));
    page.rows("open-teams.row", 1);

    page.click("approvals.tab-memberships");
    page.click_in("open-memberships.row", "ada@acme.test", "open-memberships.reject");
    page.fill("reject.reason", "Not in Finance");
    page.click("reject.submit");
    page.mentions("approvals.result", &texts.fill("result.memberships-rejected.one", &[("n", "1")]));
    page.rows("open-memberships.row", 2);

    // Everything that is left, and a page that is opened anew meanwhile.
    page.click("approvals.full-sync");
    page.click("sync.submit");
    page.lacks("sync");
    page.rows("job", 1);
    page.reload();
    page.says("job.state", &texts.text("job.state.done"));
    page.mentions("job.summary", &texts.fill("result.teams-approved.one", &[("n", "1")]));
    page.mentions("job.summary", &texts.fill("result.memberships-approved.one", &[("n", "1")]));
    page.mentions("job.summary", &texts.fill("result.waiting", &[("n", "1")]));
    page.lacks("job.progress");
    page.mentions("approvals.no-memberships", &texts.text("approvals.no-memberships.title"));

    page.click("approvals.tab-rejected");
    assert!(page.rows("rejected-teams.row", 1)[0].contains("No such team here"));
    assert!(page.rows("rejected-memberships.row", 1)[0].contains("Not in Finance"));
    page.click("rejected-teams.approve");
    page.click("approve.submit");
    page.rows("rejected-teams.row", 0);
    page.is_clean();
}

/// A batch of a job is 250 teams: it stops after the first one, and there is a second one to resume with.
#[test]
fn a_full_sync_is_watched_stopped_found_again_after_a_reload_and_resumed() {
    // A trigger in the file makes the job slow enough to be watched.
    if !has_file() {
        return;
    }
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let okta = synced(&appliance);
    for n in 1..300 {
        okta.post("/Groups", &json!({ "displayName": format!("Team {n}"), "members": [] }));
    }
    crate::shortcuts::approves_slowly(&appliance);
    walk::sign_in(&page, &appliance, "/ui/approvals");
    let texts = &page.texts;
    page.click("approvals.full-sync");
    page.click("sync.submit");
    page.until("document.querySelector('[data-t=\"job.progress\"]')");
    page.reload();
    page.click("job.stop");
    page.says("job.state", &texts.text("job.state.stopped"));
    page.reload();
    page.says("job.state", &texts.text("job.state.stopped"));
    let part =
        page.eval("const { value, max } = document.querySelector('[data-t=\"job.progress\"]'); return [value, max]");
    assert!(part[0].as_u64() >= Some(250) && part[0].as_u64() < part[1].as_u64(), "{part}");
    page.mentions("job.summary", &texts.fill("result.teams-approved", &[("n", "250")]));
    page.click("job.resume");
    page.says("job.state", &texts.text("job.state.done"));
    page.mentions("job.summary", &texts.fill("result.teams-approved", &[("n", "300")]));
    page.lacks("job.progress");
    page.mentions("approvals.no-teams", &texts.text("approvals.no-teams.title"));
    page.is_clean();
}

#[test]
fn invitations_are_shown_revoked_and_sent_again_where_no_mail_goes() {
    let Some(page) = Page::open(Language::Japanese) else { return };
    let appliance = Appliance::with_admin();
    synced(&appliance);
    walk::sign_in(&page, &appliance, "/ui/outbox");
    let texts = &page.texts;
    page.mentions("outbox.no-mail", &texts.text("outbox.no-mail"));
    page.rows("outbox.row", 3);
    page.click_in("outbox.row", "grace@acme.test", "outbox.show");
    page.click("outbox-show.submit");
    let link = page.field("outbox-show.link");
    page.mentions("outbox-show.mail", &link);
    page.mentions("outbox-show.mail", "grace@acme.test");
    assert_eq!(status(&link, ""), 200);
    page.click("outbox-show.done");
    page.lacks("outbox-show");

    page.click_in("outbox.row", "grace@acme.test", "outbox.user");
    page.says("user.invitation", &texts.text("invitation.kept"));
    page.click("invitation.revoke");
    page.says("user.invitation", &texts.text("invitation.revoked"));
    page.lacks("invitation.link");
    assert_eq!(status(&link, ""), 410);
    page.click("invitation.resend");
    page.hears(&texts.text("invitation.kept.text"));
    page.says("user.invitation", &texts.text("invitation.kept"));
    page.click("invitation.link");
    page.click("user-link.submit");
    let next = page.field("user-link.link");
    assert_eq!((status(&next, ""), next == link), (200, false));
    page.click("user-link.done");
    page.is_clean();
}

#[test]
fn seats_are_set_and_a_test_mail_that_fails_says_why() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    synced(&appliance);
    walk::sign_in(&page, &appliance, "/ui/settings");
    let texts = &page.texts;
    page.says("settings.seats-used", &texts.fill("seats.used-free", &[("n", "3")]));
    page.fill("settings.seats", "many");
    page.until("document.querySelector('[data-t=\"settings-limits.save\"]').disabled");
    page.fill("settings.seats", "25");
    page.click("settings-limits.save");
    page.hears(&texts.text("behaviour.saved"));
    page.reload();
    assert_eq!(page.field("settings.seats"), "25");
    page.says("settings.seats-used", &texts.fill("seats.used", &[("users", "3"), ("seats", "25")]));

    page.mentions("settings.no-mail", &texts.text("outbox.no-mail"));
    page.until("document.querySelector('[data-t=\"settings.test\"]').disabled");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    page.fill("settings.mail_host", "localhost");
    page.fill("settings.mail_port", &nobody.to_string());
    page.choose("settings.mail_tls", "none");
    page.fill("settings.mail_from", "invites@acme.test");
    page.click("settings.test");
    assert_eq!(page.field("test-mail.to"), ADMIN);
    page.mentions("test-mail", &texts.text("settings.test-unsaved"));
    page.click("test-mail.submit");
    page.mentions("test-mail.error", &texts.text("error.MAIL_FAILED"));
    page.until("document.querySelector('[data-t=\"test-mail.error\"] [lang=en] code').textContent.length > 10");
    page.click("test-mail.cancel");
    let others: Vec<_> = page.troubles().into_iter().filter(|trouble| !trouble.contains("/test-mail")).collect();
    assert_eq!(others, [""; 0]);
}

#[test]
fn administrators_and_keys_are_added_and_the_audit_log_tells_it() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    walk::sign_in(&page, &appliance, "/ui/administrators");
    let texts = &page.texts;
    page.rows("admins.row", 1);
    page.until("document.querySelector('[data-t=\"admins.remove\"]').disabled");
    page.click("admins.add");
    page.fill("admin-add.email", "grace@acme.test");
    page.fill("admin-add.name", "Grace");
    page.fill("admin-add.password", "a horse, a battery and a staple");
    page.click("admin-add.submit");
    page.hears(&texts.fill("admins.added", &[("name", "Grace")]));
    assert!(page.rows("admins.row", 2).iter().any(|row| row.contains("grace@acme.test")));

    page.click("nav.api-keys");
    page.mentions("keys.empty", &texts.text("keys.empty-title"));
    page.click("keys.create");
    page.fill("key-create.name", "Nightly report");
    page.click("key-create.submit");
    let secret = page.field("key-made.secret");
    page.mentions("key-made", &texts.text("keys.never-again"));
    let users = format!("{}/api/v1/users", appliance.url(""));
    assert_eq!((status(&users, &secret), status(&users, "")), (200, 401));
    page.click("key-made.done");
    page.lacks("key-made");
    page.reload();
    let rows = page.rows("keys.row", 1);
    assert!(rows[0].contains("Nightly report") && rows[0].contains(&secret[secret.len() - 4..]), "{rows:?}");
    assert_eq!(page.eval(&format!("return document.documentElement.outerHTML.includes({})", json!(secret))), false);
    page.click("keys.revoke");
    page.click("key-revoke.submit");
    page.says("keys.state", &texts.text("state.revoked"));
    assert_eq!(status(&users, &secret), 401);

    page.click("nav.audit");
    for (event, text) in [("admin_created", "grace@acme.test"), ("api_key_created", "Nightly report")] {
        page.mentions(&format!("audit.event\"][data-event=\"{event}"), text);
    }
    page.choose("audit.event-filter", "api_key_revoked");
    let events = page.rows("audit.event", 1);
    assert!(events[0].contains("Nightly report") && events[0].contains(ADMIN), "{events:?}");
    page.click("audit.verify");
    page.until("document.querySelector('[data-t=\"audit.verdict\"]')?.classList.contains('good')");
    page.is_clean();
}

#[test]
fn who_may_present_the_token_is_set_with_the_behaviour_of_a_connection() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    let made = appliance.json(&["scim", "create", "--node", &appliance.node("Sales")]);
    let id = made["scim_id"].to_string();
    walk::sign_in(&page, &appliance, &format!("/ui/connections/{id}?tab=behaviour"));
    page.fill("behaviour.allow_from", "192.0.2.0/24");
    page.click("behaviour.client_cert.required");
    page.fill("behaviour.client_cert_names", "okta.test");
    page.click("behaviour.save");
    page.hears(&page.texts.text("behaviour.saved"));
    let settings = || appliance.json(&["scim", "view", &id]);
    assert_eq!(settings()["client_cert"], "required");
    page.reload();
    page.until("document.querySelector('[data-t=\"behaviour.client_cert.required\"]').checked");
    assert_eq!(page.field("behaviour.client_cert_names"), "okta.test");
    page.click("behaviour.client_cert.server");
    page.fill("behaviour.client_cert_names", "x");
    page.press_keys("\u{E003}");
    page.click("behaviour.save");
    page.lacks("behaviour.unsaved");
    page.is_clean();
    let left = settings();
    assert_eq!((&left["client_cert"], &left["client_cert_names"]), (&Value::Null, &Value::Null));
    assert_eq!(left["allow_from"], "192.0.2.0/24");
}

#[test]
fn diagnostics_name_each_check_and_show_the_whole_support_report() {
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    walk::sign_in(&page, &appliance, "/ui/diagnostics");
    page.until("document.querySelectorAll('[data-t=\"diagnostics.check\"]').length > 3");
    page.until("JSON.parse(document.querySelector('[data-t=\"diagnostics.report\"]').textContent).version");
    page.click("diagnostics.again");
    page.until("document.querySelectorAll('[data-t=\"diagnostics.check\"]').length > 3");
    page.is_clean();
}
