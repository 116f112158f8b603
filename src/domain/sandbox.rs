//! Sandboxes: nodes for trying things out, which may answer like another service provider, fail on purpose and be emptied at once.

use super::fault_rule::FaultRule;

/// What makes a node a sandbox, with what is switched on there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sandbox {
    /// The service provider that it answers like.
    pub persona: Option<String>,
    /// What goes wrong on purpose.
    pub faults: Vec<FaultRule>,
    /// How far the clock that tokens, cursors and rate limits of personas are judged by is ahead, in seconds.
    pub ahead: i64,
}

/// The furthest that a clock can be ahead, in seconds: ten years.
pub const FURTHEST: i64 = 10 * 366 * 86_400;

impl Sandbox {
    /// Whether requests are answered as on any other node.
    pub fn is_plain(&self) -> bool {
        self.persona.is_none() && self.faults.is_empty()
    }
}
