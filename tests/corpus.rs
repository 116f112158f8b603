//! Every input that a fuzzer ever found, played again: nothing that broke once breaks twice.

#[path = "../fuzz/probe.rs"]
mod probe;

use std::path::Path;

/// Calls `probe` with each file of a corpus.
#[track_caller]
fn replay(name: &str, probe: impl Fn(&[u8])) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let files: Vec<_> = std::fs::read_dir(&dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    assert!(!files.is_empty(), "{} holds no inputs", dir.display());
    for file in files {
        if let Ok(bytes) = std::fs::read(&file) {
            probe(&bytes);
        }
    }
}

#[test]
fn no_filter_breaks_the_reader() {
    replay("filter", |bytes| probe::filter(&String::from_utf8_lossy(bytes)));
}

#[test]
fn no_path_breaks_the_reader() {
    replay("path", |bytes| probe::path(&String::from_utf8_lossy(bytes)));
}

#[test]
fn no_patch_breaks_a_resource() {
    replay("patch", probe::patch);
}

#[test]
fn no_body_breaks_the_intake() {
    replay("resource", probe::resource);
}
