//! What the console's files must never do: write markup from text, run text, call strangers, or grow without notice.

use crate::{File, clean, files, finds, passes};

/// No file of the console holds one of these, the library apart.
const FORBIDDEN: [&str; 10] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "dangerouslySetInnerHTML",
    "eval(",
    "new Function",
    "style=",
    "javascript:",
    "importScripts",
];

/// The library holds its own ways to write markup, which nothing here reaches; it must not run text either.
const FORBIDDEN_IN_THE_LIBRARY: [&str; 4] = ["eval(", "new Function", "document.write", "importScripts"];

/// All that is served, in bytes, both languages and the library counted. Not counted are the library's licence and the
/// indentation of lines, which compression takes away.
const LARGEST: usize = 916_500;

fn is_library(file: &File) -> bool {
    file.path.starts_with("web/vendor/")
}

fn forbidden_words(file: &File) -> Vec<String> {
    let words: &[&str] = if is_library(file) { &FORBIDDEN_IN_THE_LIBRARY } else { &FORBIDDEN };
    words.iter().filter(|word| file.text.contains(**word)).map(|word| format!("{}: {word}", file.path)).collect()
}

/// ` onclick="…"`: text that would run. A handler in Preact is a function, `onClick=${…}`.
fn handlers_as_text(file: &File) -> Vec<String> {
    if is_library(file) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for (at, _) in file.text.match_indices(" on") {
        let rest = &file.text[at + 1..];
        let name: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        let after = rest[name.len()..].trim_start();
        let Some(value) = after.strip_prefix('=') else { continue };
        if name.len() > 3 && (value.starts_with('"') || value.starts_with('\'')) {
            faults.push(format!("{}: {name}= as text", file.path));
        }
    }
    faults
}

/// Addresses of others. The names of XML namespaces look like some and are none.
fn strangers(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    for scheme in ["http://", "https://", "url(//", "src=\"//", "href=\"//", "wss://", "ws://"] {
        for (at, _) in file.text.match_indices(scheme) {
            let address: String = file.text[at..].chars().take_while(|c| !"\"'`<> )\n".contains(*c)).collect();
            if !address.starts_with("http://www.w3.org/") {
                faults.push(format!("{}: {address}", file.path));
            }
        }
    }
    faults
}

/// A script or style sheet written into the page, which the policy would refuse.
fn inline(file: &File) -> Vec<String> {
    let is_page = file.path.ends_with(".html");
    let mut faults = Vec::new();
    for (at, _) in file.text.match_indices("<script").filter(|_| is_page) {
        let tag: String = file.text[at..].chars().take_while(|c| *c != '>').collect();
        let body = file.text[at + tag.len()..].strip_prefix("></script>");
        if !tag.contains("src=") || body.is_none() {
            faults.push(format!("{}: {tag}", file.path));
        }
    }
    if is_page && file.text.contains("<style") {
        faults.push(format!("{}: a style element", file.path));
    }
    faults
}

fn served() -> Vec<File> {
    files("web", &["html", "js", "css", "json", "svg"])
}

/// The longest line of the console's own files. A formatter leaves templates alone, so they are broken by hand.
const WIDEST: usize = 140;

fn too_wide(file: &File) -> Vec<String> {
    let is_code = file.path.ends_with(".js") || file.path.ends_with(".css");
    let lines = file.text.lines().enumerate().filter(|(_, line)| line.chars().count() > WIDEST);
    let ours = is_code && !file.path.starts_with("web/vendor/");
    lines.filter(|_| ours).map(|(n, _)| format!("{}:{}: wider than {WIDEST}", file.path, n + 1)).collect()
}

#[test]
fn no_line_of_the_console_is_wider_than_a_screen() {
    clean(files("web", &["js", "css"]).iter().flat_map(too_wide).collect());
    finds(too_wide, &[("web/a.js", &"x".repeat(WIDEST + 1))]);
    passes(too_wide, &[("web/a.js", &"x".repeat(WIDEST)), ("web/vendor/a.js", &"x".repeat(999))]);
}

#[test]
fn the_console_neither_writes_markup_from_text_nor_runs_text() {
    clean(served().iter().flat_map(forbidden_words).collect());
    clean(served().iter().flat_map(handlers_as_text).collect());
    clean(served().iter().flat_map(inline).collect());
    finds(
        forbidden_words,
        &[
            ("web/a.js", "node.innerHTML = text"),
            ("web/a.js", "html`<p style=${x}>`"),
            ("web/a.js", "<p dangerouslySetInnerHTML=${x}>"),
            ("web/a.js", "eval(text)"),
            ("web/vendor/a.js", "new Function(text)"),
            ("web/index.html", "<a href=\"javascript:x()\">"),
        ],
    );
    finds(handlers_as_text, &[("web/index.html", "<p onclick=\"x()\">"), ("web/a.js", "html`<p onload='x()'>`")]);
    passes(handlers_as_text, &[("web/a.js", "html`<p onClick=${go}>`; const on = \"x\"; let once = 'x'")]);
    finds(inline, &[("web/index.html", "<script>x()</script>"), ("web/index.html", "<style>p{}</style>")]);
    passes(inline, &[("web/index.html", "<script type=\"module\" src=\"/ui/assets/app.js\"></script>")]);
}

#[test]
fn the_console_calls_nobody_but_its_own_server() {
    clean(served().iter().flat_map(strangers).collect());
    finds(
        strangers,
        &[
            ("web/a.js", "fetch('https://cdn.test/x.js')"),
            ("web/index.html", "<script src=\"//cdn.test/x.js\"></script>"),
            ("web/css/a.css", "background: url(//cdn.test/x.png)"),
        ],
    );
    passes(strangers, &[("web/a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">")]);
}

#[test]
fn the_console_stays_small() {
    let files = served();
    let size: usize = files.iter().flat_map(|file| file.text.lines()).map(|line| line.trim_start().len() + 1).sum();
    assert!(size < LARGEST, "{size} bytes");
}

#[test]
fn the_library_is_pinned_and_brings_its_licence() {
    let library = files("web/vendor", &["js", "md"]);
    assert!(
        library.iter().any(|file| file.path.ends_with(".md") && file.text.contains("npx esbuild")),
        "how to build it"
    );
    let licence = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/web/vendor/LICENSE")).unwrap();
    assert!(licence.contains("Permission is hereby granted"));
}
