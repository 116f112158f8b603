//! API keys: what a program presents at the admin API. 256 random bits, shown once, kept as SHA-256, limited by scope and
//! perhaps to nodes. No identity provider's endpoint takes one, and none outlives the administrator who made it.

use super::allow_list::AllowList;
use super::event::{Event, EventKind};
use super::role::Role;
use super::token::{self, Issue};
use super::words::words;
use super::{Act, Error, Fault, NodeId, Noun, Result, Time, Tx, error::passed, node};
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
    /// Also see new tokens and join links, and change what is kept of the audit log and what mails say.
    Full,
}

words!(KeyScope, "scope", Read = "read", Write = "write", Full = "full");

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
    /// The administrator who made it, as long as there is one: it ends with them.
    pub maker: Option<i64>,
    /// The only nodes that it may touch; `None` for all.
    pub nodes: Option<Vec<NodeId>>,
    /// Where its requests may come from. One without a list of its own follows that of the console.
    pub allow_from: AllowList,
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

/// The most nodes that a key can be limited to.
const MOST_NODES: usize = 100;

/// For how many days a key works when nobody says otherwise.
pub const USUAL_DAYS: i64 = 90;

/// What a new key is for, and what it may do.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it lets its holder do.
    pub scope: KeyScope,
    /// The only nodes that it may touch; `None` for all.
    pub nodes: Option<Vec<NodeId>>,
    /// Where its requests may come from. One without a list of its own follows that of the console.
    pub allow_from: AllowList,
    /// When it expires; `None` for never.
    pub expires_at: Option<Time>,
    /// The administrator who makes it.
    pub maker: i64,
}

/// Makes a key and returns it whole, for the only time.
pub fn create(tx: &mut dyn Tx, act: &Act, wish: &NewKey, issue: &Issue) -> Result<(ApiKey, String)> {
    let name = wish.name.as_str();
    if name.trim().is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Error::Invalid("name", "expected 1 to 100 characters".to_owned()));
    }
    if tx.api_keys()?.iter().filter(|key| key.revoked_at.is_none()).count() >= MOST {
        return Err(Error::TooMany(MOST));
    }
    if let Some(nodes) = &wish.nodes {
        if nodes.is_empty() || nodes.len() > MOST_NODES {
            return Err(Error::Invalid("nodes", format!("expected 1 to {MOST_NODES} nodes")));
        }
        nodes.iter().try_for_each(|node| node::get(tx, *node).map(drop))?;
    }
    let (id, secret) = token::mint(PREFIX, issue);
    let key = ApiKey {
        id,
        name: name.to_owned(),
        scope: wish.scope,
        digest: token::digest(&secret),
        start: secret.chars().take(PREFIX.len() + 4).collect(),
        last4: token::tail(&secret),
        created_at: act.now,
        created_by: act.by.clone(),
        maker: Some(wish.maker),
        nodes: wish.nodes.clone(),
        allow_from: wish.allow_from.clone(),
        expires_at: wish.expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    tx.insert_api_key(&key)?;
    let mut event = Event::new(EventKind::ApiKeyCreated).object(name.to_owned());
    event = event.is("key", &*key.start).is("scope", key.scope.word());
    if let Some(nodes) = &key.nodes {
        event = event.is("nodes", nodes.iter().map(NodeId::to_string).collect::<Vec<_>>());
    }
    if let Some(list) = key.allow_from.text() {
        event = event.is("allow_from", list);
    }
    if let Some(at) = key.expires_at {
        event = event.is("expires_at", at.to_string());
    }
    tx.record(act, &event)?;
    Ok((key, secret))
}

/// Revokes a key: it is refused from the next request on.
pub fn revoke(tx: &mut dyn Tx, act: &Act, id: &str) -> Result<ApiKey> {
    let mut key = tx.api_key(id)?.ok_or_else(|| Error::NotFound(Noun::ApiKey, id.chars().take(80).collect()))?;
    if key.revoked_at.is_none() {
        key.revoked_at = Some(act.now);
        tx.revoke_api_key(id, act.now)?;
        tx.record(act, &Event::new(EventKind::ApiKeyRevoked).object(key.name.clone()).was("key", &*key.start))?;
    }
    Ok(key)
}

/// Revokes the keys of an administrator who goes.
pub fn revoke_all_of(tx: &mut dyn Tx, act: &Act, maker: i64) -> Result<()> {
    let keys = tx.api_keys()?.into_iter().filter(|key| key.maker == Some(maker) && key.revoked_at.is_none());
    keys.collect::<Vec<_>>().iter().try_for_each(|key| revoke(tx, act, &key.id).map(drop))
}

/// The key that was presented, as long as it is good and its maker is there.
pub fn authenticate(tx: &mut dyn Tx, now: Time, presented: &str) -> Result<Option<ApiKey>> {
    let Some(id) = token::id_of(PREFIX, presented) else { return Ok(None) };
    let known = tx.api_key(id)?.filter(|key| bool::from(key.digest.ct_eq(&token::digest(presented))));
    Ok(known.filter(|key| key.maker.is_some() && key.revoked_at.is_none() && !passed(key.expires_at, now)))
}

/// What the maker of a key may do: the key can do no more.
pub fn role(tx: &mut dyn Tx, key: &ApiKey) -> Result<Option<Role>> {
    Ok(tx.admins()?.into_iter().find(|admin| key.maker == Some(admin.id)).map(|maker| maker.role))
}
