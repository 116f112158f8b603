//! The import table of docs/architecture.md#who-may-import-whom: which part may name which.

use crate::{File, clean, files, finds, passes};

/// Part, and the parts that it may import. `world` is the clock and the random bytes, which come from http and cli.
const MAY: [(&str, &[&str]); 12] = [
    ("domain", &["domain"]),
    ("scim", &["scim", "domain"]),
    ("store", &["store", "domain"]),
    ("api", &["api", "domain", "scim"]),
    ("http", &["http", "api", "scim", "domain", "store", "tls", "world"]),
    ("jobs", &["jobs", "push", "domain", "store", "tls", "world"]),
    ("push", &["push", "scim", "world"]),
    ("sandbox", &["sandbox", "push", "scim", "world"]),
    ("cli", &["cli", "api", "domain", "scim", "store", "http", "jobs", "push", "sandbox", "tls", "world"]),
    ("tls", &["tls", "world"]),
    ("world", &["domain"]),
    ("lib", &[]),
];

/// The part that a file belongs to.
fn part(path: &str) -> &str {
    let below = path.strip_prefix("src/").unwrap();
    below.split('/').next().unwrap().trim_end_matches(".rs")
}

/// What the compiler reads: without comments.
pub fn program(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let trimmed = line.trim_start();
        let code = if trimmed.starts_with("//") { "" } else { line.split(" // ").next().unwrap() };
        out.push_str(code);
        out.push('\n');
    }
    out
}

/// The parts that a text names by `crate::part` or `crate::{part…, part…}`.
fn named(text: &str) -> Vec<String> {
    let word = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, true);
        for (n, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    found.push(word(&list[n..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn forbidden_imports(file: &File) -> Vec<String> {
    let part = part(&file.path);
    let Some((_, may)) = MAY.iter().find(|(name, _)| *name == part) else {
        return if part == "main" { Vec::new() } else { vec![format!("{}: a part that nobody knows", file.path)] };
    };
    let code = program(&file.text);
    let parts = MAY.map(|(name, _)| name);
    let mut faults: Vec<String> = named(&code)
        .into_iter()
        .filter(|name| parts.contains(&name.as_str()) && !may.contains(&name.as_str()))
        .map(|name| format!("{}: {part} must not know {name}", file.path))
        .collect();
    if code.contains("scimbox::") {
        faults.push(format!("{}: says scimbox:: where crate:: is meant", file.path));
    }
    // From a file of a part `super` is the part itself; twice leaves it, except below store/sqlite.
    if code.contains("super::super::") && !file.path.starts_with("src/store/sqlite/") {
        faults.push(format!("{}: climbs out of its part by super::super", file.path));
    }
    faults
}

#[test]
fn each_part_imports_only_what_it_may() {
    clean(files("src", &["rs"]).iter().flat_map(forbidden_imports).collect());
}

#[test]
fn a_forbidden_import_is_found() {
    finds(
        forbidden_imports,
        &[
            ("src/domain/user.rs", "use crate::scim::Error;"),
            ("src/domain/user.rs", "fn f() { crate::store::open() }"),
            ("src/domain/mod.rs", "use crate::{domain::Time, world};"),
            ("src/scim/users.rs", "use crate::http::App;"),
            ("src/api/user.rs", "use crate::http::App;"),
            ("src/api/node.rs", "use crate::store::Store;"),
            ("src/domain/user.rs", "use crate::api::user::User;"),
            ("src/scim/users.rs", "use crate::{\n    domain::{Act, Tx},\n    store::Store,\n};"),
            ("src/store/sqlite/user.rs", "use crate::scim::Error;"),
            ("src/store/mod.rs", "let now = crate::world::now();"),
            ("src/jobs/mail.rs", "use crate::http::App;"),
            ("src/push/plan.rs", "use crate::domain::User;"),
            ("src/world.rs", "use crate::store::Store;"),
            ("src/http/mod.rs", "use crate::cli::run;"),
            ("src/scim/patch.rs", "use super::super::http::App;"),
            ("src/gadgets/mod.rs", ""),
        ],
    );
}

#[test]
fn an_import_that_is_allowed_passes() {
    passes(
        forbidden_imports,
        &[
            ("src/http/scim.rs", "use crate::scim::Error;\nuse crate::domain::Time;\nuse crate::world;"),
            ("src/scim/users.rs", "// crate::http is where this is called from\nuse crate::domain::Tx;"),
            ("src/store/sqlite/user.rs", "use super::super::Store;\nuse crate::domain::{Fault, Tx};"),
            ("src/api/user.rs", "use crate::domain::Tx;\nuse crate::scim::render::text::user_text;"),
            ("src/cli/audit.rs", "use crate::api::event::Event;"),
            ("src/cli/serve.rs", "use crate::{http::Server, store::Store};"),
            ("src/main.rs", "match scimbox::cli::run() {}"),
        ],
    );
}
