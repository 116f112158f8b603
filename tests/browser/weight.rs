//! How much the console asks of a network.

use crate::appliance::Appliance;
use crate::catalogue::BOTH;
use crate::page::Page;
use crate::walk;
use serde_json::{Value, json};

/// The requests of the page that was just opened and the bytes that came over the network for them.
const ASKED: &str = "
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    const sent = all.filter((one) => one.transferSize > 0);
    return { requests: sent.length, bytes: sent.reduce((sum, one) => sum + one.transferSize, 0), names: sent.map((one) => `${one.name} ${one.transferSize}`), files: sent.filter((one) => one.name.includes('/ui/assets/')).length };
";

/// Once the overview is whole.
fn asked(page: &Page) -> Value {
    page.until("document.querySelector('h1') && !document.querySelector('.skeleton')");
    page.until("document.readyState === 'complete'");
    page.eval(ASKED)
}

#[test]
fn the_first_view_is_light_and_a_reload_asks_for_no_file_again() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let node = appliance.node("Sales");
        appliance.json(&["scim", "create", "--node", &node, "--idp", "okta"]);
        page.go(&appliance.url("/ui/login"));
        let first = asked(&page);
        walk::sign_in(&page, &appliance, "/ui/");
        page.until("document.querySelector('[data-t=\"overview.nodes\"]')");
        let rest = asked(&page);
        let most = |what: &Value, name: &str| what[name].as_u64().unwrap();
        assert!(most(&first, "requests") <= 25 && most(&rest, "requests") <= 25, "{first:#} {rest:#}");
        assert!(most(&first, "bytes") <= 100_000 && most(&rest, "bytes") <= 100_000, "{first:#} {rest:#}");
        page.reload();
        page.until("document.querySelector('[data-t=\"overview.nodes\"]')");
        let again = asked(&page);
        assert_eq!(again["files"], 0, "{again:#}");
        // The page, what it starts with, and the stream, which ends only with the page and so is not among them.
        assert!(most(&again, "requests") <= 2, "{again:#}");
        assert!(most(&again, "bytes") <= 10_000, "{again:#}");
        // Long answers of the admin API are compressed, but never one with a secret.
        let encodings = page.eval(
            "const ask = async (path) => (await fetch(`/api/v1/${path}`)).headers.get('content-encoding');
             return [await ask('openapi.json'), await ask('session')]",
        );
        assert_eq!(encodings, json!(["gzip", null]));
        page.is_clean();
    }
}
