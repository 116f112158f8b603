//! What the program is built from: every crate comes from the one registry and under a licence that we may use.

use crate::clean;
use serde_json::Value;
use std::process::Command;

/// Licences that ask for nothing but that they are named, and MPL-2.0, which asks for its own files alone. No GPL.
const ALLOWED: [&str; 15] = [
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "0BSD",
];

/// Whether one of the alternatives of an SPDX expression is allowed. Older crates write a slash for OR.
fn is_allowed(licence: &str) -> bool {
    let inner = |text: &str| text.trim().trim_start_matches('(').trim_end_matches(')').trim().to_owned();
    // Brackets join alternatives: (A OR B) AND C needs C and one of the others.
    match licence.split_once(") AND ").or_else(|| licence.split_once(" AND (")) {
        Some((first, second)) => is_allowed(&inner(first)) && is_allowed(&inner(second)),
        None => licence
            .replace('/', " OR ")
            .split(" OR ")
            .any(|one| inner(one).split(" AND ").all(|part| ALLOWED.contains(&part.trim()))),
    }
}

#[test]
fn an_expression_is_read_as_it_is_meant() {
    for good in [
        "MIT",
        "MIT OR Apache-2.0",
        "MIT/GPL-3.0",
        "(MIT OR GPL-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
        "Apache-2.0 AND ISC",
        "Zlib OR Apache-2.0 OR MIT",
    ] {
        assert!(is_allowed(good), "{good}");
    }
    for bad in
        ["", "GPL-3.0", "AGPL-3.0-only", "LGPL-2.1", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-2.0", "Custom"]
    {
        assert!(!is_allowed(bad), "{bad}");
    }
}

#[test]
fn every_crate_has_a_licence_and_a_source_that_are_allowed() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"]);
    let told = command.arg("x86_64-unknown-linux-gnu").current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let metadata: Value = serde_json::from_slice(&told.stdout).unwrap();
    let packages = metadata.get("packages").and_then(Value::as_array).unwrap();
    assert!(packages.len() > 100, "{} packages", packages.len());
    let mut faults = Vec::new();
    for package in packages {
        let text = |name: &str| package[name].as_str().unwrap_or_default();
        // The program itself has no source.
        let is_ours = package["source"].is_null() && text("name") == "scimbox";
        let is_public = text("source").starts_with("registry+") && text("source").ends_with("/crates.io-index");
        if !is_ours && !is_public {
            faults.push(format!("{} comes from {}", text("name"), package["source"]));
        }
        if !is_allowed(text("license")) {
            faults.push(format!("{} {} has the licence {}", text("name"), text("version"), package["license"]));
        }
    }
    clean(faults);
}

#[test]
fn the_list_of_licences_is_that_of_the_lock_file() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (lock, list, library) = (read("Cargo.lock"), read("src/cli/licences.txt"), read("web/vendor/README.md"));
    let listed = list.lines().take_while(|line| !line.is_empty());
    let faults = listed.filter_map(|line| {
        let (name, rest) = line.split_once('\t')?;
        let (version, _) = rest.split_once('\t')?;
        let is_locked = lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n"));
        let is_vendored = library.contains(&format!("| {name} | {version} |"));
        (!is_locked && !is_vendored).then(|| format!("{name} {version} is not used: run packaging/licences"))
    });
    let mut faults: Vec<String> = faults.collect();
    // What the program needs itself; what those need changes with them.
    let manifest = read("Cargo.toml");
    let needs = manifest.split("[dependencies]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for need in needs.lines().filter_map(|line| line.split_once(' ')).map(|(name, _)| name) {
        if !list.starts_with(&format!("{need}\t")) && !list.contains(&format!("\n{need}\t")) {
            faults.push(format!("{need} is not in the list: run packaging/licences"));
        }
    }
    clean(faults);
}
