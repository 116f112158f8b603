//! The house rules: who may know whom, what a file may be called and hold, and what the console's files must never do.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "tidy/catalogue.rs"]
mod catalogue;
#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/code.rs"]
mod code;
#[path = "tidy/console.rs"]
mod console;
#[path = "tidy/crates.rs"]
mod crates;
#[path = "tidy/docs.rs"]
mod docs;
#[path = "tidy/guides.rs"]
mod guides;
#[path = "tidy/imports.rs"]
mod imports;

use std::path::{Path, PathBuf};

/// A file of the project by its path from the root.
pub struct File {
    /// `src/…`, `tests/…`, `benches/…` or `web/…`.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl File {
    /// A sample for a rule.
    pub fn new(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    /// The name without folder and extension.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap();
        name.split('.').next().unwrap()
    }
}

/// All files below a folder with one of the extensions, in a stable order.
pub fn files(folder: &str, extensions: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())).flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| extensions.contains(&e)) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push(File { path: path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "{folder} is empty");
    found
}

/// All files of Rust.
pub fn rust() -> Vec<File> {
    ["src", "tests", "benches"].iter().flat_map(|folder| files(folder, &["rs"])).collect()
}

/// No rule is broken.
#[track_caller]
pub fn clean(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The rule finds something in each of these.
#[track_caller]
pub fn finds(rule: impl Fn(&File) -> Vec<String>, bad: &[(&str, &str)]) {
    for (path, text) in bad {
        assert!(!rule(&File::new(path, text)).is_empty(), "nothing is found in {path}: {text}");
    }
}

/// The rule finds nothing in any of these.
#[track_caller]
pub fn passes(rule: impl Fn(&File) -> Vec<String>, good: &[(&str, &str)]) {
    for (path, text) in good {
        clean(rule(&File::new(path, text)));
    }
}
