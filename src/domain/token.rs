//! Tokens: what an identity provider presents. 256 random bits, shown once, stored as SHA-256.
//!
//! `scimbox_` + 8 characters that find the row + 43 of secret + 6 of checksum, all letters and digits, so that a double
//! click selects the whole and a paste error is noticed before anything is looked up.

use super::client_certificate::{Peer, ShownCertificate};
use super::connection::{Connection, Pause};
use super::connection_state::ConnectionState;
use super::event::{Event, EventKind};
use super::foresight::Foreseen;
use super::{Act, Fault, NodeId, Result, ScimId, Time, Tx, error::passed};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

const PREFIX: &str = "scimbox_";
const ID: usize = 8;
const SECRET: usize = 43;
const CHECK: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token as it is kept: everything but the secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// The 8 characters that find it; not secret.
    pub id: String,
    /// The connection it belongs to.
    pub scim_id: ScimId,
    /// SHA-256 of the whole token.
    pub digest: [u8; 32],
    /// Its first characters, to recognise it by.
    pub start: String,
    /// Its last four characters.
    pub last4: String,
    /// When it was made.
    pub created_at: Time,
    /// Who made it.
    pub created_by: String,
    /// When it expires by the wish of its maker.
    pub expires_at: Option<Time>,
    /// When it ends because a newer one replaced it.
    pub ends_at: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
    /// Its last use, to the minute.
    pub last_used_at: Option<Time>,
    /// The address of the last use.
    pub last_used_from: Option<String>,
    /// The `User-Agent` of the last use.
    pub last_used_agent: Option<String>,
}

impl Token {
    /// Whether it was issued for one run of SCIM push.
    pub fn is_of_push(&self) -> bool {
        self.created_by == BY_PUSH
    }

    /// Neither revoked nor ended nor expired.
    pub fn is_live(&self, now: Time) -> bool {
        self.revoked_at.is_none() && !passed(self.ends_at, now) && !passed(self.expires_at, now)
    }
}

/// A token with its connection, as they were at one count of [`Tokens::access_changes`].
#[derive(Debug)]
pub struct Access {
    /// The token.
    pub token: Token,
    /// The connection it belongs to.
    pub connection: Arc<Connection>,
    /// The count.
    pub changes: i64,
}

/// Who made the tokens that SCIM push has for a run to a connection of this appliance.
pub const BY_PUSH: &str = "push";

/// What tokens need of a store.
pub trait Tokens {
    /// A count that rises with every change, by any process, that could let a token in to more or to less.
    fn access_changes(&mut self) -> Result<i64, Fault>;
    /// A token and its connection, by the token's id.
    fn access(&mut self, id: &str) -> Result<Option<Arc<Access>>, Fault>;
    /// The tokens of a connection, newest first.
    fn tokens(&mut self, connection: ScimId) -> Result<Vec<Token>, Fault>;
    /// Adds one.
    fn insert_token(&mut self, token: &Token) -> Result<(), Fault>;
    /// Writes when it ends and when it was revoked.
    fn update_token(&mut self, token: &Token) -> Result<(), Fault>;
    /// Removes one.
    fn delete_token(&mut self, id: &str) -> Result<(), Fault>;
    /// Remembers a use.
    fn use_token(&mut self, id: &str, at: Time, from: &str, agent: Option<&str>) -> Result<(), Fault>;
}

/// The random bytes of one new token: for the id and for the secret.
#[derive(Clone)]
pub struct Issue(pub [u8; 38]);

/// Makes a token for a connection and returns it whole, for the only time.
pub(crate) fn issue(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    issue: &Issue,
    expires_at: Option<Time>,
) -> Result<String> {
    Ok(issue_for(tx, act, connection, issue, expires_at, &act.by)?.1)
}

/// The same on behalf of somebody; with the id of the token.
pub(super) fn issue_for(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    issue: &Issue,
    expires_at: Option<Time>,
    created_by: &str,
) -> Result<(String, String)> {
    let (id, secret) = mint(PREFIX, issue);
    tx.record(act, &Event::new(EventKind::TokenIssued).node(connection.node).is("token_id", id.as_str()))?;
    tx.insert_token(&Token {
        id: id.clone(),
        scim_id: connection.id,
        digest: digest(&secret),
        start: secret.chars().take(PREFIX.len() + 4).collect(),
        last4: tail(&secret),
        created_at: act.now,
        created_by: created_by.to_owned(),
        expires_at,
        ends_at: None,
        revoked_at: None,
        last_used_at: None,
        last_used_from: None,
        last_used_agent: None,
    })?;
    Ok((id, secret))
}

/// A secret behind a prefix, and the characters in it that find its row.
pub(super) fn mint(prefix: &str, issue: &Issue) -> (String, String) {
    let (for_id, for_secret) = issue.0.split_at(6);
    let id = base62(for_id, ID);
    let body = format!("{prefix}{id}{}", base62(for_secret, SECRET));
    let check = checksum(&body).map(char::from);
    (id, body + &String::from_iter(check))
}

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No `Authorization: Bearer` at all.
    Missing,
    /// `Authorization` is one word, which should follow `Bearer`.
    NoBearer,
    /// Not a token of this appliance, or mistyped.
    Unknown,
    /// A draft's token.
    NotSaved,
    /// The token of another node.
    OtherNode,
    /// Past its expiry, or replaced by a newer one.
    Expired,
    /// Ended by an administrator.
    Revoked,
    /// From an address that the connection does not accept requests from.
    Address(Option<IpAddr>),
    /// Without the client certificate that the connection needs.
    Certificate(ShownCertificate),
    /// The connection is paused.
    Paused(Option<Pause>),
}

impl Refusal {
    /// The stable name, as in the message catalogues.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Missing => "TOKEN_MISSING",
            Refusal::NoBearer => "TOKEN_NO_BEARER",
            Refusal::Unknown => "TOKEN_UNKNOWN",
            Refusal::NotSaved => "TOKEN_NOT_SAVED",
            Refusal::OtherNode => "TOKEN_OTHER_NODE",
            Refusal::Expired => "TOKEN_EXPIRED",
            Refusal::Revoked => "TOKEN_REVOKED",
            Refusal::Address(_) => "ADDRESS_NOT_ALLOWED",
            Refusal::Certificate(shown) => shown.code(),
            Refusal::Paused(_) => "CONNECTION_PAUSED",
        }
    }

    /// What the wire says. Only the holder of a genuine token learns more than *unknown*.
    pub fn sentence(&self) -> Cow<'static, str> {
        let sentence = match self {
            Refusal::Missing => "No token came with the request. Send the header “Authorization: Bearer <token>”.",
            Refusal::NoBearer => {
                "The header Authorization has no “Bearer ” before the token. Send “Authorization: Bearer <token>”."
            }
            Refusal::Unknown => "This token is not known. Paste the whole token again, or generate a new one.",
            Refusal::NotSaved => "This token is not active yet. Press Save, then run the test again.",
            Refusal::OtherNode => "This token belongs to another node. Use that node's URL or this node's own token.",
            Refusal::Expired => "This token has expired. Rotate the token of the connection and paste the new one.",
            Refusal::Revoked => "This token has been revoked. Paste the current one.",
            Refusal::Address(from) => {
                let from = from.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
                return format!(
                    "This connection accepts no requests from {from}. Send from an address of its allow list."
                )
                .into();
            }
            Refusal::Certificate(shown) => return shown.refusal().into(),
            Refusal::Paused(None) => "This connection is paused. Resume it in the console.",
            Refusal::Paused(Some(Pause { at, by })) => {
                return format!("This connection was paused by {by} at {at}. Resume it in the console.").into();
            }
        };
        sentence.into()
    }
}

/// Where and when a token is presented.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The moment.
    pub now: Time,
    /// The client.
    pub peer: Peer,
    /// The node in the path.
    pub node: Option<NodeId>,
}

/// Lets a presented token in to a node, or says why not.
pub fn authenticate(
    tx: &mut dyn Tx,
    place: &Presented,
    presented: &str,
) -> Result<std::result::Result<Arc<Access>, Refusal>> {
    let Some(id) = id_of(PREFIX, presented) else { return Ok(Err(Refusal::Unknown)) };
    let Some(access) = tx.access(id)? else { return Ok(Err(Refusal::Unknown)) };
    Ok(access.admits(place, &digest(presented)).map(|()| access))
}

/// The connection whose token was presented, whether or not it lets in; `None` unless the token is genuine.
pub fn owner(tx: &mut dyn Tx, presented: &str) -> Result<Option<Arc<Connection>>> {
    let Some(id) = id_of(PREFIX, presented) else { return Ok(None) };
    let access = tx.access(id)?.filter(|access| bool::from(access.token.digest.ct_eq(&digest(presented))));
    Ok(access.map(|access| Arc::clone(&access.connection)))
}

/// Tells the store what is about to be read by whoever presents a token.
pub fn foresee(tx: &mut dyn Tx, presented: &str, read: Foreseen) -> Result<()> {
    match id_of(PREFIX, presented) {
        Some(id) => Ok(tx.foresee_read(id, read)?),
        None => Ok(()),
    }
}

/// [`authenticate`] with what an earlier request of the same client found, without a look into the store. Whoever is let
/// in by this must be asked again with [`renew`] in the transaction that acts.
pub fn recognise(
    recall: impl Fn(&str) -> Option<Arc<Access>>,
    place: &Presented,
    presented: &str,
) -> Option<Arc<Access>> {
    let access = recall(id_of(PREFIX, presented)?)?;
    access.admits(place, &digest(presented)).ok().map(|()| access)
}

/// Lets in again who was let in before: nothing to do unless access has changed meanwhile.
pub fn renew(
    tx: &mut dyn Tx,
    now: Time,
    peer: &Peer,
    seen: &Arc<Access>,
) -> Result<std::result::Result<Arc<Access>, Refusal>> {
    if tx.access_changes()? == seen.changes {
        return Ok(Ok(Arc::clone(seen)));
    }
    let Some(access) = tx.access(&seen.token.id)? else { return Ok(Err(Refusal::Unknown)) };
    let place = Presented { now, peer: peer.clone(), node: Some(seen.connection.node) };
    Ok(access.admits(&place, &seen.token.digest).map(|()| access))
}

impl Access {
    /// Only the holder of a genuine token is told that the address or the certificate is not allowed, and then nothing else.
    fn admits(&self, place: &Presented, digest: &[u8; 32]) -> std::result::Result<(), Refusal> {
        let Access { token, connection, .. } = self;
        let now = connection.clock(place.now);
        if !bool::from(token.digest.ct_eq(digest)) {
            return Err(Refusal::Unknown);
        }
        let (settings, Peer { address, certificate }) = (&connection.settings, &place.peer);
        if !settings.allow_from.allows(*address) {
            return Err(Refusal::Address(*address));
        }
        if !certificate.satisfies(settings.client_cert, &settings.client_cert_names) {
            return Err(Refusal::Certificate(certificate.clone()));
        }
        match connection.state {
            _ if token.revoked_at.is_some() => Err(Refusal::Revoked),
            _ if !token.is_live(now) => Err(Refusal::Expired),
            ConnectionState::Draft => Err(Refusal::NotSaved),
            _ if place.node != Some(connection.node) => Err(Refusal::OtherNode),
            ConnectionState::Paused => Err(Refusal::Paused(connection.paused.clone())),
            ConnectionState::Pending | ConnectionState::Active => Ok(()),
        }
    }
}

/// The last four characters, the part of a token that may be shown.
pub fn tail(secret: &str) -> String {
    let skip = secret.chars().count().saturating_sub(4);
    secret.chars().skip(skip).collect()
}

/// SHA-256. The token has 256 bits of its own, so a slow hash would protect nothing and let strangers burn our time.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The row a token points to, once shape and checksum hold.
pub(super) fn id_of<'t>(prefix: &str, presented: &'t str) -> Option<&'t str> {
    let shaped = presented.len() == prefix.len() + ID + SECRET + CHECK && presented.is_ascii();
    let (body, check) = presented.split_at_checked(prefix.len() + ID + SECRET)?;
    let genuine = shaped && body.starts_with(prefix) && checksum(body) == check.as_bytes();
    genuine.then(|| body.get(prefix.len()..prefix.len() + ID)).flatten()
}

/// CRC-32 in base 62. Every request has one computed, so nothing is allocated for it.
fn checksum(body: &str) -> [u8; CHECK] {
    let mut number = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET.get((number % 62) as usize).copied().unwrap_or(b'0');
        number /= 62;
    }
    digits
}

/// The number that the bytes are, in 62 digits, with leading zeros up to `width`.
fn base62(bytes: &[u8], width: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = vec![b'0'; width];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in &mut number {
            let value = (rest << 8) | u32::from(*byte);
            *byte = (value / 62) as u8;
            rest = value % 62;
        }
        *digit = ALPHABET.get(rest as usize).copied().unwrap_or(b'0');
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_error_is_noticed_before_anything_is_looked_up() {
        let body = format!("{PREFIX}{}{}", base62(&[7; 6], ID), base62(&[255; 32], SECRET));
        let token = format!("{body}{}", String::from_utf8_lossy(&checksum(&body)));
        assert_eq!(id_of(PREFIX, &token), body.get(PREFIX.len()..PREFIX.len() + ID));
        for wrong in [&token[1..], &token[..token.len() - 1], &token.replace('7', "8"), "", "scimbox_", "é"] {
            if wrong != token {
                assert_eq!(id_of(PREFIX, wrong), None, "{wrong}");
            }
        }
        assert_eq!(id_of(PREFIX, &format!("{token} ")), None);
    }

    #[test]
    fn digits_hold_the_whole_number() {
        assert_eq!(base62(&[0, 61], 4), "000z");
        assert_eq!(base62(&[0, 62], 4), "0010");
        assert_eq!(base62(&[255; 32], 43).len(), 43);
        assert_ne!(base62(&[255; 32], 43), base62(&[254; 32], 43));
    }
}
