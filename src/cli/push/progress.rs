//! How a run is shown while it works: a bar for each phase on a terminal, a line for each tenth elsewhere.

use crate::cli::output;
use crate::push::watch::{Phase, Watch};
use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;
use std::io::IsTerminal;

/// Who watches a run from the command line.
pub(super) struct Progress {
    quiet: bool,
    verbose: bool,
    terminal: bool,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    phase: Option<Phase>,
    tenth: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// One that says nothing when `quiet`, and each request when `verbose`.
    pub(super) fn new(quiet: bool, verbose: bool) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        Progress { quiet, verbose, terminal, shown: Mutex::default() }
    }

    /// Leaves the screen to what comes next.
    pub(super) fn end(&self) {
        if let Some(bar) = self.shown.lock().bar.take() {
            bar.finish();
        }
    }
}

/// What a phase is called.
pub(super) fn title(phase: Phase) -> &'static str {
    match phase {
        Phase::ReadSource => "read source",
        Phase::Compare => "compare",
        Phase::Groups => "groups",
        Phase::Users => "users",
        Phase::Memberships => "memberships",
        Phase::Removals => "removals",
    }
}

impl Watch for Progress {
    fn progress(&self, phase: Phase, done: u64, total: Option<u64>) {
        if self.quiet {
            return;
        }
        let mut shown = self.shown.lock();
        let is_new = shown.phase != Some(phase);
        if is_new {
            if let Some(bar) = shown.bar.take() {
                bar.finish();
            }
            (shown.phase, shown.tenth) = (Some(phase), 0);
        }
        if self.terminal {
            let bar = shown.bar.get_or_insert_with(|| bar(phase));
            match total {
                Some(total) => bar.set_length(total),
                None => bar.tick(),
            }
            // Threads tell out of order.
            if done > bar.position() || is_new {
                bar.set_position(done);
            }
            return;
        }
        let tenth = total.filter(|total| *total > 0).map_or(0, |total| done * 10 / total);
        if tenth > shown.tenth || (is_new && total.is_none()) {
            shown.tenth = tenth;
            let said = match total {
                Some(total) => format!("{}: {}0 % ({done} of {total})", title(phase), tenth.min(10)),
                None => format!("{} …", title(phase)),
            };
            output::note(&said);
        }
    }

    fn line(&self, text: &str) {
        if !self.verbose {
            return;
        }
        match &self.shown.lock().bar {
            Some(bar) => bar.suspend(|| output::note(text)),
            None => output::note(text),
        }
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn bar(phase: Phase) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:12} {bar:30} {pos:>8}/{len:8} {per_sec:>12} {eta:>6}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_prefix(title(phase))
}
