//! Leeway: what one request may take beyond the RFC, and what it has taken.

use super::error::{Error, Result, shown};
use super::relaxation::Relaxation;
use crate::domain::connection_settings::Tolerance;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What one request may take beyond the RFC, and what it has taken. Clones share what was taken.
#[derive(Clone, Debug)]
pub struct Leeway {
    tolerance: Tolerance,
    taken: Arc<AtomicU64>,
}

impl Leeway {
    /// Nothing has been taken yet.
    pub fn new(tolerance: Tolerance) -> Leeway {
        Leeway { tolerance, taken: Arc::default() }
    }

    /// The same for a text that nobody sent to an endpoint here: whatever can be read is taken.
    pub fn liberal() -> Leeway {
        Leeway::new(Tolerance::Liberal)
    }

    /// The same request under another tolerance.
    pub fn under(&self, tolerance: Tolerance) -> Leeway {
        Leeway { tolerance, taken: Arc::clone(&self.taken) }
    }

    /// Whether it holds to the letter.
    pub fn is_strict(&self) -> bool {
        self.tolerance == Tolerance::Strict
    }

    /// The one place that every relaxation passes: notes it, or refuses it.
    ///
    /// # Errors
    /// [`Error::Strict`] on a strict connection.
    pub fn take(&self, relaxation: Relaxation) -> Result<()> {
        self.take_in(relaxation, "it")
    }

    /// [`Leeway::take`] with the attribute or the text that it is about, for the refusal.
    ///
    /// # Errors
    /// [`Error::Strict`] on a strict connection.
    pub fn take_in(&self, relaxation: Relaxation, what: &str) -> Result<()> {
        if self.is_strict() {
            let what = if what == "it" { what.to_owned() } else { format!("“{}”", shown(what)) };
            return Err(Error::Strict(relaxation, what));
        }
        self.taken.fetch_or(1 << relaxation as u64, Ordering::Relaxed);
        Ok(())
    }

    /// What was taken, in the order of [`Relaxation::ALL`].
    pub fn taken(&self) -> Vec<Relaxation> {
        let taken = self.taken.load(Ordering::Relaxed);
        Relaxation::ALL.iter().copied().filter(|relaxation| taken & (1 << *relaxation as u64) != 0).collect()
    }
}

impl Default for Leeway {
    /// For what no identity provider sent.
    fn default() -> Leeway {
        Leeway::new(Tolerance::Liberal)
    }
}

// One bit for each.
const _: () = assert!(Relaxation::ALL.len() <= 64);
