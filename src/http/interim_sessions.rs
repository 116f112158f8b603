//! Interim sessions: kept in memory while the store takes no writes, so that an administrator can sign in and see why.

use super::App;
use crate::domain::admin::{self, Admin};
use crate::domain::session::{self, Session};
use crate::domain::{Fault, Time, fold};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many there can be. Only right passwords make one, so nobody else can fill this.
const AT_MOST: usize = 100;

/// Sessions that no store knows. They end with the program.
#[derive(Default)]
pub struct InterimSessions {
    sessions: Mutex<HashMap<[u8; 32], InterimSession>>,
    /// Spares every other request the lock.
    count: AtomicUsize,
}

struct InterimSession {
    session: Session,
    account: String,
    /// The hash of the password it was opened with: another password ends it.
    password: String,
}

impl InterimSessions {
    /// Opens a session of 12 hours for an administrator whose password was right.
    ///
    /// # Errors
    /// `Unwritable` when there are too many.
    pub fn open(&self, now: Time, admin: &Admin, password: String, digest: [u8; 32]) -> Result<Session, Fault> {
        let mut sessions = self.sessions.lock();
        sessions.retain(|_, held| held.session.lasts(now));
        if sessions.len() >= AT_MOST {
            return Err(Fault::Unwritable);
        }
        let session = Session::new(now, admin.id, digest, false);
        sessions.insert(digest, InterimSession { session: session.clone(), account: fold(&admin.email), password });
        self.count.store(sessions.len(), Relaxed);
        Ok(session)
    }

    /// Ends one; whether there was one.
    pub fn end(&self, digest: &[u8; 32]) -> bool {
        self.keep(|held| held.session.digest != *digest)
    }

    /// Ends all of an administrator; whether there was one.
    pub fn end_all(&self, admin: i64) -> bool {
        self.keep(|held| held.session.admin != admin)
    }

    fn keep(&self, stays: impl Fn(&InterimSession) -> bool) -> bool {
        let mut sessions = self.sessions.lock();
        let before = sessions.len();
        sessions.retain(|_, held| stays(held));
        self.count.store(sessions.len(), Relaxed);
        sessions.len() < before
    }

    fn find(&self, app: &App, now: Time, digest: &[u8; 32]) -> Result<Option<(Session, Admin)>, Fault> {
        let held = self.sessions.lock().get_mut(digest).filter(|held| held.session.lasts(now)).map(|held| {
            held.session.seen_at = now;
            (held.session.clone(), held.account.clone(), held.password.clone())
        });
        let Some((session, account, password)) = held else { return Ok(None) };
        let admin = app.store.read(move |tx| admin::unchanged(tx, &account, session.admin, &password))?;
        if admin.is_none() {
            self.end(digest);
        }
        Ok(admin.map(|admin| (session, admin)))
    }
}

/// The session behind a cookie, wherever it is kept.
///
/// # Errors
/// Those of the store.
pub fn find(app: &App, now: Time, digest: &[u8; 32]) -> Result<Option<(Session, Admin)>, crate::domain::Error> {
    let asked = *digest;
    match app.store.read(move |tx| session::find(tx, now, &asked))? {
        None if app.interim.count.load(Relaxed) > 0 => Ok(app.interim.find(app, now, digest)?),
        found => Ok(found),
    }
}
