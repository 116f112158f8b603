//! What a run tells while it works, and how it is asked to stop.

/// The parts of a run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// People and groups are read from the source.
    ReadSource,
    /// Users and groups are read from the target and compared.
    Compare,
    /// Groups are created and changed.
    Groups,
    /// Users are created, changed and unlocked.
    Users,
    /// Members are added.
    Memberships,
    /// Members are removed, users locked or deleted, groups deleted.
    Removals,
}

/// Who watches a run: a terminal, a row in the store, a test. Called from several threads.
pub trait Watch: Sync {
    /// How far a phase is; `total` as soon as it is known.
    fn progress(&self, phase: Phase, done: u64, total: Option<u64>);
    /// A line of the run's log. Never holds a secret.
    fn line(&self, text: &str);
    /// Whether the run is to stop before its next request.
    fn is_cancelled(&self) -> bool;
}
