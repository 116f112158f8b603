//! Backups in the console: made, checked, fetched and deleted, and what an auditor is kept from.

use crate::appliance::{Appliance, PASSWORD, has_file};
use crate::catalogue::{BOTH, Language};
use crate::page::Page;
use crate::walk;

#[test]
fn a_backup_is_made_checked_downloaded_and_deleted_and_the_schedule_is_set() {
    if !has_file() {
        return;
    }
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        walk::sign_in(&page, &appliance, "/ui/backups");
        let texts = &page.texts;
        page.mentions("backups.empty", &texts.text("backups.empty-title"));
        page.click("backups.create");
        assert!(page.rows("backups.row", 1)[0].contains(".db"));
        page.mentions("backups.verdict", ".db");
        page.click("backups.verify");
        page.mentions("backups.verdict", ".db");

        page.keeps_no_downloads();
        crate::shortcuts::proofs_are_old(&appliance);
        page.click("backups.download");
        page.fill("confirm.password", PASSWORD);
        page.click("confirm.submit");
        page.lacks("confirm");
        page.click("backups.delete");
        page.click("backup-delete.submit");
        page.mentions("backups.empty", &texts.text("backups.empty-title"));
        page.lacks("backups.error");

        page.fill("settings.backup_hours", "24");
        page.click("settings-backup.save");
        page.until("document.querySelector('[data-t=\"settings.backup_hours.origin\"]').dataset.origin !== 'default'");
        let others: Vec<_> = page.troubles().into_iter().filter(|t| !t.contains("status of 40")).collect();
        assert_eq!(others, [""; 0]);
    }
}

#[test]
fn what_a_role_does_not_open_is_disabled_with_the_reason() {
    // A database is backed up by whoever runs it.
    if !has_file() {
        return;
    }
    let Some(page) = Page::open(Language::English) else { return };
    let appliance = Appliance::with_admin();
    appliance.run(&["backup", "create"]).ok();
    let auditor = ["admin", "create", "audit@acme.test", "--name", "Kim", "--role", "auditor", "--password-file", "-"];
    appliance.run_with(&auditor, PASSWORD).ok();
    page.go(&appliance.url("/ui/login?next=%2Fui%2Fbackups"));
    page.heading(&page.texts.text("login.title"));
    page.fill("login.email", "audit@acme.test");
    page.fill("login.password", PASSWORD);
    page.click("login.submit");
    page.rows("backups.row", 1);
    page.mentions("shell.auditor", &page.texts.text("banner.auditor"));
    page.until("document.querySelector('#backups-role').textContent");
    for act in ["create", "verify", "download", "delete"] {
        page.until(&format!("document.querySelector('[data-t=\"backups.{act}\"]').disabled"));
    }
    page.is_clean();
}
