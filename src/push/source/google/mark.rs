//! Whether a Google Workspace has changed since it was read whole, told by the tags of its answers (ETag).

use super::calls::Tagged;
use super::{Google, Prepared};
use crate::push::watch::{Phase, Watch};
use std::sync::atomic::{AtomicBool, Ordering};

/// The longest mark, in bytes. It is kept with the record; a larger directory is read whole each time.
const LONGEST: usize = 256 << 10;

/// A line for each answer: its tag, and what was asked.
pub(super) fn text(seen: &[Tagged]) -> Option<String> {
    let is_one_line = |one: &Tagged| !one.tag.contains(char::is_whitespace) && !one.asked.contains(char::is_whitespace);
    let lines: Vec<String> = seen.iter().map(|one| format!("{} {}", one.tag, one.asked)).collect();
    let text = lines.join("\n");
    (!seen.is_empty() && seen.iter().all(is_one_line) && text.len() <= LONGEST).then_some(text)
}

impl Google {
    /// Whether Google would give the same answers again. An answer with the tag of before is not sent, and tells the page after
    /// it as before. What cannot be asked at once has changed.
    pub(in crate::push::source) fn is_unchanged(&self, mark: &str) -> bool {
        let watch = Impatient::default();
        let Ok(Prepared { mut calls, .. }) = self.prepare(&watch) else { return false };
        mark.lines().all(|line| {
            let tagged =
                line.split_once(' ').map(|(tag, asked)| Tagged { asked: asked.to_owned(), tag: tag.to_owned() });
            tagged.is_some_and(|tagged| matches!(calls.is_same(&tagged), Ok(true)))
        }) && !mark.is_empty()
    }
}

/// Gives up as soon as there is something to wait for: reading whole waits as long as it takes.
#[derive(Default)]
struct Impatient(AtomicBool);

impl Watch for Impatient {
    fn progress(&self, _: Phase, _: u64, _: Option<u64>) {}

    fn line(&self, _: &str) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
