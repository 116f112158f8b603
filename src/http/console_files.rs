//! The console's files, embedded, and the page that starts it: files have the version of all of them in their addresses, and
//! what the first view needs is named at once, so that a browser neither asks again nor waits for one import after another.

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "web/"]
#[exclude = "vendor/README.md"]
#[exclude = "vendor/LICENSE"]
pub struct Web;

/// What every view needs, and the view that most people see first.
const FIRST: [&str; 2] = ["app.js", "views/shell/overview.js"];

/// What is made of the files once.
pub struct Console {
    /// Changes with every file.
    pub version: String,
    /// The page.
    pub index: String,
}

/// The console of this program.
pub fn console() -> Option<&'static Console> {
    static CONSOLE: OnceLock<Option<Console>> = OnceLock::new();
    CONSOLE.get_or_init(made).as_ref()
}

fn made() -> Option<Console> {
    let mut names: Vec<_> = Web::iter().collect();
    names.sort();
    let mut hasher = Sha256::new();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update(Web::get(&name)?.metadata.sha256_hash());
    }
    let version: String = hasher.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let mut modules = BTreeSet::new();
    FIRST.iter().for_each(|first| collect(first, &mut modules));
    let links: String =
        modules.iter().map(|module| format!("  <link rel=\"modulepreload\" href=\"/ui/assets/{module}\">\n")).collect();
    let page = text("index.html")?.replacen("</head>", &format!("{links}</head>"), 1);
    Some(Console { index: page.replace("/ui/assets/", &format!("/ui/assets/v-{version}/")), version })
}

fn text(name: &str) -> Option<String> {
    String::from_utf8(Web::get(name)?.data.into_owned()).ok()
}

/// A module and all that it imports, without what it loads when that is needed.
fn collect(name: &str, found: &mut BTreeSet<String>) {
    if found.contains(name) {
        return;
    }
    let Some(text) = text(name) else { return };
    found.insert(name.to_owned());
    for line in text.lines() {
        let Some((_, rest)) = line.split_once(" from \"") else { continue };
        let Some((path, _)) = rest.split_once("\";") else { continue };
        collect(&beside(name, path), found);
    }
}

/// Where a relative address leads from a file.
fn beside(name: &str, path: &str) -> String {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
