//! Devices: browsers that an administrator has signed in from before, told by a cookie that outlives the session. A device
//! opens nothing; its failed sign-ins are counted apart, so that no stranger can use them up.

use super::{Fault, Time};

/// The most browsers that are remembered of one administrator.
pub const MOST: u64 = 20;

/// For how many days a browser is remembered.
pub const DAYS: i64 = 400;

/// What devices need of a store.
pub trait Devices {
    /// Whose device it is.
    fn device(&mut self, digest: &[u8; 32]) -> Result<Option<i64>, Fault>;
    /// Remembers a device, and forgets the oldest of that administrator beyond [`MOST`].
    fn keep_device(&mut self, digest: &[u8; 32], admin: i64, at: Time) -> Result<(), Fault>;
    /// Forgets the devices of an administrator, but for one.
    fn end_devices(&mut self, admin: i64, keep: Option<[u8; 32]>) -> Result<(), Fault>;
}
