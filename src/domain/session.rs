//! Sessions: an administrator signed in from one browser. The cookie holds 256 random bits, the store only their hash.

use super::admin::Admin;
use super::{Fault, Result, Time, Tx};

/// A signed-in browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// SHA-256 of the cookie's secret.
    pub digest: [u8; 32],
    /// Whose it is.
    pub admin: i64,
    /// The last request, to the minute.
    pub seen_at: Time,
    /// Its end whatever happens.
    pub expires_at: Time,
    /// Whether *keep me signed in* was chosen, which lifts the idle limit.
    pub remembered: bool,
}

/// What sessions need of a store.
pub trait Sessions {
    /// A session and its administrator.
    fn session(&mut self, digest: &[u8; 32]) -> Result<Option<(Session, Admin)>, Fault>;
    /// Adds one, and forgets those that are past their end.
    fn insert_session(&mut self, session: &Session, now: Time) -> Result<(), Fault>;
    /// Remembers a request.
    fn see_session(&mut self, digest: &[u8; 32], at: Time) -> Result<(), Fault>;
    /// Signs out.
    fn end_session(&mut self, digest: &[u8; 32]) -> Result<(), Fault>;
    /// Signs out everywhere, but for one session.
    fn end_sessions(&mut self, admin: i64, keep: Option<[u8; 32]>) -> Result<(), Fault>;
}

/// A session ends after half an hour without a request, unless it is remembered.
const IDLE_MINUTES: i64 = 30;

/// Opens a session of 12 hours, or of 14 days when it is remembered.
pub fn open(tx: &mut dyn Tx, now: Time, admin: i64, digest: [u8; 32], remembered: bool) -> Result<Session> {
    let expires_at = if remembered { now.plus_days(14) } else { now.plus_minutes(12 * 60) };
    let session = Session { digest, admin, seen_at: now, expires_at, remembered };
    tx.insert_session(&session, now)?;
    Ok(session)
}

/// The session behind a cookie, as long as it lasts.
pub fn find(tx: &mut dyn Tx, now: Time, digest: &[u8; 32]) -> Result<Option<(Session, Admin)>> {
    Ok(tx.session(digest)?.filter(|(session, _)| {
        now < session.expires_at && (session.remembered || now < session.seen_at.plus_minutes(IDLE_MINUTES))
    }))
}
