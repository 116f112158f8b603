//! The console by keyboard: letters that lead to pages, the palette, the sheet of keys, and how somebody switches letters off.

use crate::appliance::Appliance;
use crate::catalogue::BOTH;
use crate::page::Page;
use crate::walk;

const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";
const DOWN: &str = "\u{E015}";
/// Control and K, then both released.
const PALETTE: &str = "\u{E009}k\u{E000}";

#[test]
fn letters_the_palette_and_the_sheet_of_keys_lead_everywhere() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let node = appliance.node("Sales");
        for name in ["ann@acme.test", "ben@acme.test"] {
            appliance.json(&["user", "add", name, "--node", &node]);
        }
        walk::sign_in(&page, &appliance, "/ui/");
        let texts = &page.texts;
        page.heading(&texts.text("nav.overview"));

        page.press_keys("gu");
        page.heading(&texts.text("nav.users"));
        page.rows("users.row", 2);
        page.press_keys("/");
        page.until("document.activeElement.dataset.t === 'users.search'");
        // In a field the letters are text.
        page.press_keys("gt");
        assert_eq!(page.field("users.search"), "gt");

        page.press_keys(PALETTE);
        page.until("document.activeElement.dataset.t === 'palette.search'");
        page.press_keys("ben@");
        page.rows("palette.item", 1);
        page.press_keys(ENTER);
        page.heading("ben@acme.test");
        page.lacks("palette");

        page.click("shell.search");
        page.press_keys("sales");
        page.until("document.querySelector('[data-t=\"palette.item\"]')?.textContent.includes('Sales')");
        page.press_keys("zz");
        page.says("palette.status", &texts.text("people.none-found"));
        page.press_keys(ESCAPE);
        page.lacks("palette");

        page.press_keys(PALETTE);
        page.press_keys(DOWN);
        page.press_keys(ENTER);
        page.heading(&texts.text("nav.nodes"));

        page.click("shell.brand");
        page.heading(&texts.text("nav.overview"));
        page.press_keys("?");
        page.mentions("keys", &texts.text("nav.audit"));
        page.click("keys.letters");
        page.press_keys(ESCAPE);
        page.lacks("keys");
        page.press_keys("gt");
        page.press_keys("?");
        page.press_keys(PALETTE);
        page.rows("palette.item", 16);
        page.lacks("keys");
        assert_eq!(page.path(), "/ui/");
        page.is_clean();
    }
}
