//! Sessions: an administrator signed in from one browser. The cookie holds 256 random bits, the store only their hash.

use super::admin::Admin;
use super::event::{Event, EventKind};
use super::{Act, Error, Fault, Noun, Result, Time, Tx};

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
    /// When the password was last given in it.
    pub proved_at: Time,
    /// The network address it was opened from.
    pub address: String,
    /// What the browser calls itself.
    pub client: String,
}

/// What sessions need of a store.
pub trait Sessions {
    /// A session and its administrator.
    fn session(&mut self, digest: &[u8; 32]) -> Result<Option<(Session, Admin)>, Fault>;
    /// Those of an administrator, ended ones too.
    fn sessions_of(&mut self, admin: i64) -> Result<Vec<Session>, Fault>;
    /// Adds one, and forgets those that are past their end.
    fn insert_session(&mut self, session: &Session, now: Time) -> Result<(), Fault>;
    /// Remembers a request.
    fn see_session(&mut self, digest: &[u8; 32], at: Time) -> Result<(), Fault>;
    /// Signs out.
    fn end_session(&mut self, digest: &[u8; 32]) -> Result<(), Fault>;
    /// Signs out everywhere.
    fn end_sessions(&mut self, admin: i64) -> Result<(), Fault>;
}

/// A session ends after half an hour without a request, unless it is remembered.
const IDLE_MINUTES: i64 = 30;

/// Corrections of the clock up to this are nothing to notice.
const CLOCK_MINUTES: i64 = 5;

/// For so long after the password was given nobody is asked for it again.
const PROVED_MINUTES: i64 = 15;

impl Session {
    /// A session that begins now, of 12 hours, or of 14 days when it is remembered.
    pub fn new(now: Time, admin: i64, digest: [u8; 32], remembered: bool) -> Session {
        let expires_at = if remembered { now.plus_days(14) } else { now.plus_minutes(12 * 60) };
        let (address, client) = (String::new(), String::new());
        Session { digest, admin, seen_at: now, expires_at, remembered, proved_at: now, address, client }
    }

    /// What lists call it: a part of the digest, which tells nothing of the secret.
    pub fn id(&self) -> String {
        data_encoding::HEXLOWER.encode(self.digest.get(..8).unwrap_or_default())
    }

    /// When it was opened.
    pub fn opened_at(&self) -> Time {
        if self.remembered { self.expires_at.plus_days(-14) } else { self.expires_at.plus_minutes(-12 * 60) }
    }

    /// Whether it has not ended. One that was seen in the future has: the clock was set back, and how old it is can no
    /// longer be told.
    pub fn lasts(&self, now: Time) -> bool {
        !self.is_ahead(now)
            && now < self.expires_at
            && (self.remembered || now < self.seen_at.plus_minutes(IDLE_MINUTES))
    }

    /// Whether the password was given a short while ago: what changes who may get in asks for that.
    pub fn is_proved(&self, now: Time) -> bool {
        self.proved_at <= now && now < self.proved_at.plus_minutes(PROVED_MINUTES)
    }

    /// Whether it was last seen in what is now the future.
    fn is_ahead(&self, now: Time) -> bool {
        self.seen_at >= now.plus_minutes(CLOCK_MINUTES)
    }
}

/// Opens a session for a browser that calls itself `client`.
pub fn open(
    tx: &mut dyn Tx,
    act: &Act,
    admin: i64,
    digest: [u8; 32],
    remembered: bool,
    client: &str,
) -> Result<Session> {
    let client = client.chars().filter(|c| !c.is_control()).take(200).collect();
    let session = Session { address: act.address.clone(), client, ..Session::new(act.now, admin, digest, remembered) };
    tx.insert_session(&session, act.now)?;
    Ok(session)
}

/// The same session under a new secret, after its password was given once more: whoever has the old cookie has nothing.
pub fn renew(tx: &mut dyn Tx, now: Time, old: &Session, digest: [u8; 32]) -> Result<Session> {
    let session = Session { digest, seen_at: now, proved_at: now, ..old.clone() };
    tx.end_session(&old.digest)?;
    tx.insert_session(&session, now)?;
    Ok(session)
}

/// The session behind a cookie, as long as it lasts.
pub fn find(tx: &mut dyn Tx, now: Time, digest: &[u8; 32]) -> Result<Option<(Session, Admin)>> {
    Ok(tx.session(digest)?.filter(|(session, _)| session.lasts(now)))
}

/// Sessions that have not ended, of one administrator or of all; the one last used first.
pub fn all(tx: &mut dyn Tx, now: Time, admin: Option<i64>) -> Result<Vec<(Session, Admin)>> {
    let mut all = Vec::new();
    for one in tx.admins()?.into_iter().filter(|one| admin.is_none_or(|id| one.id == id)) {
        let lasting = tx.sessions_of(one.id)?.into_iter().filter(|session| session.lasts(now));
        all.extend(lasting.map(|session| (session, one.clone())));
    }
    all.sort_by_key(|(session, _)| std::cmp::Reverse(session.seen_at));
    Ok(all)
}

/// Ends a session by what lists call it, of one administrator or of anybody.
pub fn end(tx: &mut dyn Tx, act: &Act, admin: Option<i64>, id: &str) -> Result<Admin> {
    let found = all(tx, act.now, admin)?.into_iter().find(|(session, _)| session.id() == id);
    let (session, whose) = found.ok_or_else(|| Error::NotFound(Noun::Session, id.chars().take(80).collect()))?;
    tx.end_session(&session.digest)?;
    tx.record(act, &Event::new(EventKind::SignOut).object(whose.email.clone()).is("session", session.id()))?;
    Ok(whose)
}

/// Ends all sessions of an administrator.
pub fn end_all(tx: &mut dyn Tx, act: &Act, whose: &Admin) -> Result<()> {
    tx.record(act, &Event::new(EventKind::SignOut).object(whose.email.clone()).is("everywhere", true))?;
    Ok(tx.end_sessions(whose.id)?)
}

/// Whether the session behind a cookie was seen in the future. It has to be removed, or it would live again once the clock
/// gets there, and then longer than it may.
pub fn is_ahead(tx: &mut dyn Tx, now: Time, digest: &[u8; 32]) -> Result<bool> {
    Ok(tx.session(digest)?.is_some_and(|(session, _)| session.is_ahead(now)))
}
