//! The files beside a database: its copies and its log.

use crate::store::backup::FOLDER;
use crate::store::backup::trailer::{self, Ending};
use std::path::{Path, PathBuf};

/// The copies of a database that upgrades have made, oldest first.
pub(super) fn copies(file: &Path) -> Vec<PathBuf> {
    let begins = format!("{}.v", file.file_name().unwrap_or_default().to_string_lossy());
    let entries = file.parent().and_then(|dir| std::fs::read_dir(dir).ok()).into_iter().flatten().flatten();
    let is_copy = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&begins) && !name.ends_with(".part")
    };
    let mut copies: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_copy).collect();
    copies.sort_by_key(|path| path.metadata().and_then(|found| found.modified()).ok());
    copies
}

/// Which copy of a database is the newest good one, and how it is put back, in a sentence.
pub(super) fn newest(file: &Path) -> String {
    let dir = file.parent().unwrap_or(Path::new("."));
    let mut all = copies(file);
    let backups = std::fs::read_dir(dir.join(FOLDER)).into_iter().flatten().flatten();
    let names = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "db");
    all.extend(backups.map(|entry| entry.path()).filter(names));
    all.sort_by_key(|path| path.metadata().and_then(|found| found.modified()).ok());
    // One that was changed since it was written is no help.
    let good = |path: &PathBuf| trailer::sum(path).is_ok_and(|found| found.ending != Ending::Differs);
    match all.into_iter().rev().find(good) {
        Some(copy) => {
            let (dir, copy) = (dir.display(), copy.display());
            format!(
                "The newest good copy is “{copy}”. This puts it back: scimbox --data-dir {dir} backup restore {copy}"
            )
        }
        None => "There is no copy beside it.".to_owned(),
    }
}

/// What to know about the log of a missing database, in a sentence.
pub(super) fn in_log(file: &Path) -> String {
    let log = beside(file, "-wal");
    match log.metadata().is_ok_and(|log| log.len() > 0) {
        true => format!(
            "What was written last is in “{}” and belongs to that very file; before a copy takes its place, move the log away. ",
            log.display()
        ),
        false => String::new(),
    }
}

/// A file that SQLite keeps beside a database.
pub(in crate::store) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}
