//! Accessibility as axe-core sees it: every rule of WCAG and every best practice it knows.

use crate::appliance::has_file;
use crate::chromium::skipped;
use crate::page::Page;
use serde_json::Value;
use std::path::Path;

/// What is violated, a line for each rule, with the first places.
const RUN: &str = "
    // What is still fading in has no contrast yet.
    for (const one of document.getAnimations()) if (one.effect.getComputedTiming().endTime < Infinity) one.finish();
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => {
        const places = nodes.slice(0, 3).map((node) => `${node.target} (${node.any[0]?.message ?? node.failureSummary})`);
        return `axe ${id}, ${nodes.length}: ${places.join('; ')}`;
    });
";

/// Loads axe-core into every page that is opened from now on; without it nothing is checked, which is said loudly.
pub fn load(page: &Page) {
    // The pages are the same on both stores.
    if !has_file() {
        return;
    }
    match source() {
        Some(source) => page.runs_first(&source),
        None => {
            let why = std::env::var("SCIMBOX_TESTS_NO_AXE").unwrap_or_else(|_| "tests/run installs it".to_owned());
            skipped(&format!("what axe-core says of the console: {why}"));
        }
    }
}

fn source() -> Option<String> {
    let environment = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv-axe/lib");
    let python = std::fs::read_dir(environment).ok()?.next()?.ok()?.path();
    std::fs::read_to_string(python.join("site-packages/axe_playwright_python/axe.min.js")).ok()
}

/// What the page violates.
pub fn violations(page: &Page) -> Vec<String> {
    if page.eval("return typeof axe") != "object" {
        return if has_file() && source().is_some() { vec!["axe-core is not there".to_owned()] } else { Vec::new() };
    }
    match page.eval(RUN) {
        Value::Array(found) => found.iter().map(|line| line.as_str().unwrap().to_owned()).collect(),
        other => vec![format!("axe-core says {other}")],
    }
}
