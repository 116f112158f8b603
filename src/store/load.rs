//! Load: what a database that several instances share has to do for this one.

/// How busy the connections to a database are.
#[derive(Clone, Copy, Debug)]
pub struct StoreLoad {
    /// How many there may be.
    pub most: u32,
    /// How many are open.
    pub open: u32,
    /// How many of those nobody uses.
    pub idle: u32,
    /// How many writes were begun again.
    pub again: u64,
    /// How many statements were sent.
    pub statements: u64,
    /// How often an answer was waited for.
    pub round_trips: u64,
}
