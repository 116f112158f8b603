//! Data flows one way: no file imports, over whatever others, what imports it, and nouns know no acts.

use crate::imports::program;
use crate::{File, clean, files};
use std::collections::{HashMap, HashSet};

/// The nouns of the rules, and the acts that are done with them. Whatever is neither is about both.
const NOUNS: [&str; 16] = [
    "admin",
    "api_key",
    "connection",
    "connection_settings",
    "connection_state",
    "device",
    "event",
    "idp",
    "node",
    "push_options",
    "push_record",
    "push_run",
    "session",
    "team",
    "token",
    "user",
];
const ACTS: [&str; 15] = [
    "approval",
    "audit_chain",
    "delivery",
    "deprovision",
    "directory",
    "invitation",
    "job",
    "mail",
    "membership",
    "provisioning",
    "push_admin",
    "push_lifecycle",
    "push_schedule",
    "team_lifecycle",
    "user_lifecycle",
];

/// Folders that hold one noun.
const ONE_NOUN: [&str; 1] = ["scim::schema"];

/// The module of a file: `src/domain/user.rs` is `domain::user`, `src/scim/patch/mod.rs` is `scim::patch`.
fn module(path: &str) -> String {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(path, "lib" | "main") { String::new() } else { path.replace('/', "::") }
}

/// The paths of a `use`, its braces opened.
fn opened(path: &str) -> Vec<String> {
    let path = path.trim();
    let Some((head, list)) = path.split_once('{') else { return vec![path.to_owned()] };
    let list = list.trim_end().trim_end_matches('}');
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
        .iter()
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| opened(&format!("{head}{}", part.trim())))
        .collect()
}

/// All paths that begin with `crate` or `super`, imported or named in place.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut code = code;
    while let Some(at) = code.find("use ") {
        rest.push_str(&code[..at]);
        let (import, behind) = code[at + 4..].split_once(';').unwrap_or((&code[at + 4..], ""));
        found.extend(opened(&import.split_whitespace().collect::<Vec<_>>().join(" ")));
        code = behind;
    }
    rest.push_str(code);
    for word in rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':') {
        if word.starts_with("crate::") || word.starts_with("super::") {
            found.push(word.trim_end_matches(':').to_owned());
        }
    }
    found
}

/// Where a path leads: the longest module that it names.
fn target(from: &str, path: &str, modules: &HashSet<String>) -> Option<String> {
    let mut at: Vec<&str> = from.split("::").filter(|part| !part.is_empty()).collect();
    let mut parts = path.split("::").map(str::trim).peekable();
    match *parts.peek()? {
        "crate" => {
            at.clear();
            parts.next();
        }
        "super" => {
            while parts.next_if_eq(&"super").is_some() {
                at.pop();
            }
        }
        _ => return None,
    }
    for part in parts {
        at.push(part);
        if !modules.contains(&at.join("::")) {
            at.pop();
            break;
        }
    }
    Some(at.join("::"))
}

/// Which module names which. What a folder only hands on (`pub use`) is passed over; so is the sum of all nouns.
fn graph(files: &[File]) -> HashMap<String, HashSet<String>> {
    let modules: HashSet<String> = files.iter().map(|file| module(&file.path)).collect();
    let of_file = |file: &File| {
        let from = module(&file.path);
        let code = program(&file.text);
        let code = code.split("#[cfg(test)]").next().unwrap().replace("pub use ", "pub(crate) hands_on ");
        let targets = paths(&code).iter().filter_map(|path| target(&from, path, &modules)).collect::<HashSet<_>>();
        let others = targets.into_iter().filter(|to| *to != from && !to.is_empty() && to != "domain").collect();
        (from, others)
    };
    files.iter().filter(|file| !file.path.ends_with("_test.rs")).map(of_file).collect()
}

/// The modules that can be reached from one.
fn reached(graph: &HashMap<String, HashSet<String>>, from: &str) -> HashSet<String> {
    let (mut seen, mut next) = (HashSet::new(), vec![from.to_owned()]);
    while let Some(module) = next.pop() {
        for to in graph.get(&module).into_iter().flatten() {
            if seen.insert(to.clone()) {
                next.push(to.clone());
            }
        }
    }
    seen
}

/// Modules that reach themselves. A folder that holds one noun is one thing.
fn circles(files: &[File]) -> Vec<String> {
    let graph = graph(files);
    let is_one = |a: &str, b: &str| ONE_NOUN.iter().any(|noun| a.starts_with(noun) && b.starts_with(noun));
    let mut found = Vec::new();
    for from in graph.keys() {
        let back = reached(&graph, from);
        let partners = back.iter().filter(|to| reached(&graph, to).contains(from) && *to != from);
        found.extend(
            partners.filter(|to| from < *to && !is_one(from, to)).map(|to| format!("{from} and {to} know each other")),
        );
    }
    found.sort();
    found
}

fn nouns_that_act(files: &[File]) -> Vec<String> {
    let graph = graph(files);
    let acts = |to: &&String| to.strip_prefix("domain::").is_some_and(|name| ACTS.contains(&name));
    let of_noun = |noun: &&str| {
        let from = format!("domain::{noun}");
        let to: Vec<String> = graph.get(&from).into_iter().flatten().filter(acts).cloned().collect();
        to.into_iter().map(move |to| format!("{from} is a noun and knows the act {to}"))
    };
    NOUNS.iter().flat_map(of_noun).collect()
}

#[test]
fn no_two_files_know_each_other() {
    clean(circles(&files("src", &["rs"])));
    let known = |texts: &[(&str, &str)]| texts.iter().map(|(path, text)| File::new(path, text)).collect::<Vec<_>>();
    let bad = known(&[
        ("src/a/x.rs", "use super::y::Y;"),
        ("src/a/y.rs", "use crate::a::{z::Z};"),
        ("src/a/z.rs", "fn f() { super::x::g() }"),
        ("src/a/mod.rs", ""),
    ]);
    assert!(!circles(&bad).is_empty());
    let good =
        known(&[("src/a/x.rs", "use super::y::Y;"), ("src/a/y.rs", "// super::x"), ("src/a/mod.rs", "pub use x::X;")]);
    assert!(circles(&good).is_empty());
}

#[test]
fn nouns_know_no_acts() {
    clean(nouns_that_act(&files("src", &["rs"])));
    assert!(
        !nouns_that_act(&[
            File::new("src/domain/user.rs", "use super::approval;"),
            File::new("src/domain/approval.rs", "")
        ])
        .is_empty()
    );
}
