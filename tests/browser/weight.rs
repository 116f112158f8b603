//! How much the console asks of a network.

use crate::appliance::Appliance;
use crate::catalogue::BOTH;
use crate::page::Page;
use crate::routes;
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

/// Counts what a page asks of the admin API, the stream among it, and how much of that is under way.
const COUNTS: &str = "
    window.calls = [];
    window.waiting = 0;
    const [ask, Stream] = [window.fetch, window.EventSource];
    window.fetch = async (address, ...rest) => {
        if (String(address).includes('/api/v1/')) calls.push(String(address));
        waiting += 1;
        try { return await ask(address, ...rest); } finally { waiting -= 1; }
    };
    window.EventSource = function (address) {
        calls.push(address);
        return new Stream(address);
    };
";

#[test]
fn a_reload_of_any_page_asks_for_the_page_its_start_and_the_stream() {
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        let appliance = Appliance::with_admin();
        let routes = routes::filled(&appliance);
        page.runs_first(COUNTS);
        walk::sign_in(&page, &appliance, "/ui/");
        let whole = || {
            page.until("document.querySelector('h1') && !document.querySelector('.skeleton') && window.waiting === 0");
            page.until("document.readyState === 'complete' && window.calls.some((one) => one.includes('/live?'))");
            // The checklist of a guide, and what it looks at.
            let checked = "!document.querySelector('[data-t=\"guide.checks\"]') || window.calls.some((one) => /limit(=|%3D)500/.test(one))";
            page.until(&format!("!document.querySelector('.skeleton') && ({checked}) && window.waiting === 0"));
        };
        let mut wrong = Vec::new();
        for path in &routes {
            page.go(&appliance.url(path));
            whole();
            page.reload();
            whole();
            let again = page.eval(ASKED);
            let calls = page.eval("return window.calls");
            let (files, asked) = (again["files"].as_u64().unwrap(), again["requests"].as_u64().unwrap());
            if files > 0 || asked > 2 || calls.as_array().unwrap().len() > 2 {
                wrong.push(format!("{path}: {calls} {}", again["names"]));
            }
        }
        assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), routes.len());
        page.is_clean();
    }
}
