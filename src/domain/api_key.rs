//! API keys: what a program presents at the admin API. 256 random bits, shown once, kept as SHA-256, for reading only or
//! for writing too. No identity provider's endpoint takes one.

use super::event::{Event, What};
use super::settings::words;
use super::token::{self, Issue};
use super::{Act, Error, Fault, Noun, Result, Time, Tx, error::passed};
use subtle::ConstantTimeEq;

/// How every key begins.
pub const PREFIX: &str = "sbkey_";

/// What a key lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope {
    /// Look.
    Read,
    /// Change, too.
    Write,
}

words!(KeyScope, "scope", Read = "read", Write = "write");

/// A key as it is kept: everything but the secret.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The 8 characters that find it; not secret.
    pub id: String,
    /// What it is for, in its maker's words.
    pub name: String,
    /// What it lets its holder do.
    pub scope: KeyScope,
    /// SHA-256 of the whole key.
    pub digest: [u8; 32],
    /// Its first characters, to recognise it by.
    pub start: String,
    /// Its last four characters.
    pub last4: String,
    /// When it was made.
    pub created_at: Time,
    /// Who made it.
    pub created_by: String,
    /// When it expires.
    pub expires_at: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
    /// Its last use, to the minute.
    pub last_used_at: Option<Time>,
}

/// What API keys need of a store.
pub trait ApiKeys {
    /// One by its id.
    fn api_key(&mut self, id: &str) -> Result<Option<ApiKey>, Fault>;
    /// All of them, newest first.
    fn api_keys(&mut self) -> Result<Vec<ApiKey>, Fault>;
    /// Adds one.
    fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), Fault>;
    /// Revokes one.
    fn revoke_api_key(&mut self, id: &str, at: Time) -> Result<(), Fault>;
    /// Remembers a use.
    fn use_api_key(&mut self, id: &str, at: Time) -> Result<(), Fault>;
}

/// The most keys that are kept alive at once.
const MOST: usize = 100;

/// Makes a key and returns it whole, for the only time.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act,
    name: &str,
    scope: KeyScope,
    expires_at: Option<Time>,
    issue: &Issue,
) -> Result<(ApiKey, String)> {
    if name.trim().is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Error::Invalid("name", "expected 1 to 100 characters".to_owned()));
    }
    if tx.api_keys()?.iter().filter(|key| key.revoked_at.is_none()).count() >= MOST {
        return Err(Error::TooMany(MOST));
    }
    let (id, secret) = token::mint(PREFIX, issue);
    let key = ApiKey {
        id,
        name: name.to_owned(),
        scope,
        digest: token::digest(&secret),
        start: secret.chars().take(PREFIX.len() + 4).collect(),
        last4: token::tail(&secret),
        created_at: act.now,
        created_by: act.by.clone(),
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    tx.insert_api_key(&key)?;
    tx.record(
        act,
        &Event::new(What::ApiKeyCreated).object(name.to_owned()).is("key", &*key.start).is("scope", scope.word()),
    )?;
    Ok((key, secret))
}

/// Revokes a key: it is refused from the next request on.
pub fn revoke(tx: &mut dyn Tx, act: &Act, id: &str) -> Result<ApiKey> {
    let mut key = tx.api_key(id)?.ok_or_else(|| Error::NotFound(Noun::ApiKey, id.chars().take(80).collect()))?;
    if key.revoked_at.is_none() {
        key.revoked_at = Some(act.now);
        tx.revoke_api_key(id, act.now)?;
        tx.record(act, &Event::new(What::ApiKeyRevoked).object(key.name.clone()).was("key", &*key.start))?;
    }
    Ok(key)
}

/// The key that was presented, as long as it is good.
pub fn authenticate(tx: &mut dyn Tx, now: Time, presented: &str) -> Result<Option<ApiKey>> {
    let Some(id) = token::id_of(PREFIX, presented) else { return Ok(None) };
    let known = tx.api_key(id)?.filter(|key| bool::from(key.digest.ct_eq(&token::digest(presented))));
    Ok(known.filter(|key| key.revoked_at.is_none() && !passed(key.expires_at, now)))
}
