//! The documentation: its links lead somewhere, and what the source cites is in it.

use crate::{File, clean, files, finds, passes};
use std::collections::{HashMap, HashSet};

/// The anchor that a heading gets where the pages are read.
fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '))
        .collect::<String>();
    kept.trim().replace(' ', "-")
}

/// The anchors of each page.
fn anchors(pages: &[File]) -> HashMap<&str, HashSet<String>> {
    let headings = |text: &str| {
        let mut in_code = false;
        let of_line = |line: &str| {
            in_code ^= line.starts_with("```");
            let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#') && !in_code);
            heading.map(anchor)
        };
        text.lines().filter_map(of_line).collect()
    };
    pages.iter().map(|page| (page.path.as_str(), headings(&page.text))).collect()
}

/// Where a link on a page leads: a path from the top of the repository.
fn target(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.rsplit_once('/').map_or(Vec::new(), |(folder, _)| folder.split('/').collect());
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Links of a page, and citations like `docs/rfc.md#linking` anywhere, that lead nowhere.
fn leads_nowhere(file: &File, known: &HashMap<&str, HashSet<String>>, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut look = |path: &str, anchor: Option<&str>| match (known.get(path), anchor) {
        (Some(known), Some(anchor)) if !known.contains(anchor) => {
            wrong.push(format!("{}: {path} has no heading #{anchor}", file.path));
        }
        (None, _) if !exists(path) => wrong.push(format!("{}: there is no {path}", file.path)),
        _ => {}
    };
    if file.path.ends_with(".md") {
        for (at, _) in file.text.match_indices("](") {
            let link = file.text[at + 2..].split(')').next().unwrap();
            if !link.contains("://") {
                let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
                let path = if path.is_empty() { file.path.clone() } else { target(&file.path, path) };
                look(&path, anchor);
            }
        }
    }
    for (at, _) in file.text.match_indices("docs/") {
        let rest = &file.text[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"/.-_#".contains(c)).unwrap_or(rest.len());
        let cited = rest[..end].trim_end_matches('.');
        match cited.split_once('#') {
            Some((path, anchor)) => look(path, Some(anchor)),
            None if cited.ends_with(".md") => look(cited, None),
            None => {}
        }
    }
    wrong
}

/// A file at the top of the repository.
fn top(name: &str) -> File {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    File::new(name, &std::fs::read_to_string(path).unwrap())
}

/// What is read by people, at the top and in `docs`, and in the tests beside what it explains.
fn pages() -> Vec<File> {
    let mut pages = files("docs", &["md"]);
    pages.extend(files("tests", &["md"]));
    pages.extend(["README.md", "README.ja.md"].map(top));
    pages
}

/// What may cite a page.
fn sources() -> Vec<File> {
    let extensions = ["rs", "json", "sql", "js", "css", "html", "py"];
    let mut all: Vec<File> =
        ["src", "tests", "benches", "web"].iter().flat_map(|folder| files(folder, &extensions)).collect();
    all.extend(["schema.sql", "Cargo.toml", "tests/run"].map(top));
    all.retain(|file| !file.path.ends_with("tidy/docs.rs"));
    all
}

/// Whoever has the repository has everything that it names: nothing in it is found elsewhere.
fn outside(file: &File) -> Vec<String> {
    let words = ["idp-clients", "keeper-contract", "DESIGN", "../shared"];
    let found = words.iter().filter(|word| file.text.contains(*word));
    found.map(|word| format!("{}: {word} is not in the repository", file.path)).collect()
}

#[test]
fn every_link_and_every_citation_leads_somewhere() {
    let pages = pages();
    let known = anchors(&pages);
    let exists = |path: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists();
    clean(pages.iter().chain(&sources()).flat_map(|file| leads_nowhere(file, &known, &exists)).collect());
    let none = |_: &str| false;
    let known = HashMap::from([("docs/a.md", HashSet::from(["b".to_owned()]))]);
    let look = |file: &File| leads_nowhere(file, &known, &none);
    finds(
        look,
        &[
            ("docs/x.md", "[a](a.md#c)"),
            ("README.md", "[a](docs/z.md)"),
            ("src/x.rs", "// docs/a.md#c."),
            ("src/x.rs", "// docs/z.md"),
        ],
    );
    passes(look, &[("docs/x.md", "[a](a.md#b)"), ("README.md", "[a](docs/a.md)"), ("src/x.rs", "// (docs/a.md#b)")]);
}

#[test]
fn nothing_outside_the_repository_is_cited() {
    clean(pages().iter().chain(&sources()).flat_map(outside).collect());
    finds(outside, &[("src/x.rs", "//! As idp-clients 1.4 says."), ("tests/x.rs", "join(\"../shared\")")]);
    passes(outside, &[("src/x.rs", "//! docs/clients.md#booleans-as-strings: design of the clients.")]);
}
