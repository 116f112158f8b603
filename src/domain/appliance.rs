//! The appliance itself: its counter, its address, and what a store can always do.

use super::Fault;

/// The counter that ids are made from.
pub trait Numbers {
    /// The next number of the appliance: ascending, never given twice, also after a deletion.
    fn next_number(&mut self) -> Result<i64, Fault>;
    /// How many seats there are for users; 0 for no limit.
    fn seats(&mut self) -> Result<u64, Fault>;
    /// How many users there are in all nodes, locked ones included: each has a seat.
    fn users_in_all(&mut self) -> Result<u64, Fault>;
}

/// What the appliance remembers of itself.
pub trait Appliance {
    /// The address it was last served at, without a slash at the end; `None` before it was ever served.
    fn base_url(&mut self) -> Result<Option<String>, Fault>;
    /// Remembers the address it is served at.
    fn set_base_url(&mut self, base_url: &str) -> Result<(), Fault>;
    /// Where the running server listens, for those on the same machine; `None` after a clean stop.
    fn listen_url(&mut self) -> Result<Option<String>, Fault>;
    /// Remembers where the server listens.
    fn set_listen_url(&mut self, listen_url: Option<&str>) -> Result<(), Fault>;
    /// Writes and changes nothing: shows that the store can be written.
    fn touch(&mut self) -> Result<(), Fault>;
    /// The key that cursors are signed with.
    fn cursor_key(&mut self) -> Result<[u8; 32], Fault>;
    /// Runs `work`; what it wrote is undone when it answers false or fails.
    fn attempt(&mut self, work: &mut dyn FnMut(&mut dyn super::Tx) -> Result<bool, Fault>) -> Result<(), Fault>;
}
