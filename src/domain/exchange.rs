//! Exchanges: requests to the SCIM endpoint with their answers, as the inspector keeps them.

use super::event::{Event, EventKind};
use super::{Act, Error, Fault, NodeId, Noun, Result, ScimId, Time, Tx, UserId};

/// One request and its answer. What is secret in them was taken out before.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its place among all, ascending; 0 while it is not kept.
    pub number: i64,
    /// The name of the request, 12 hexadecimal digits.
    pub request_id: String,
    /// When it arrived.
    pub at: Time,
    /// The connection it belongs to, also where its token was refused.
    pub connection: Option<ScimId>,
    /// The node in its path, if there is such a node.
    pub node: Option<NodeId>,
    /// Nothing says that a client of this connection sent it.
    pub is_noise: bool,
    /// The method.
    pub method: String,
    /// The path below the base URL of the node; the whole path where there is no such node.
    pub path: String,
    /// What stands behind the question mark, as it was sent.
    pub query: String,
    /// The status of the answer.
    pub status: u16,
    /// Microseconds from its head to its answer.
    pub micros: u64,
    /// Bytes of the request's body.
    pub request_size: u64,
    /// Bytes of the answer's body.
    pub answer_size: u64,
    /// The client, as far as it was recognised.
    pub client: String,
    /// Its `User-Agent`.
    pub agent: Option<String>,
    /// Its address.
    pub address: String,
    /// Why it was refused.
    pub code: Option<String>,
    /// The last four characters of a token that was refused.
    pub token_tail: Option<String>,
    /// What the answer said about the refusal.
    pub detail: Option<String>,
    /// The user name that was refused and the user of another node who has it.
    pub conflict: Option<(String, UserId)>,
    /// The codes of the relaxations it used.
    pub relaxations: Vec<String>,
    /// Whom or what it concerned.
    pub subject: Subject,
    /// What happened, in words.
    pub summary: Phrase,
    /// What a search looks through, folded.
    pub words: String,
    /// Headers, bodies and effect, where the connection wants them kept.
    pub text: Option<ExchangeText>,
}

/// Whom or what an exchange concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// `User` or `Group`.
    pub kind: Option<String>,
    /// Its id.
    pub id: Option<String>,
    /// Its user name or name.
    pub name: Option<String>,
}

/// A sentence in English, and what makes the same sentence in another language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase {
    /// Which sentence it is.
    pub code: String,
    /// The sentence.
    pub text: String,
    /// Names and values of its placeholders, a JSON object.
    pub arguments: String,
}

/// Headers, bodies and effect of an exchange.
#[derive(Clone, Debug, Default)]
pub struct ExchangeText {
    /// JSON: a list of pairs.
    pub request_headers: String,
    /// As it was sent, without secrets; `None` where there was none or it was too long.
    pub request_body: Option<String>,
    /// JSON: a list of pairs.
    pub answer_headers: String,
    /// As it was sent.
    pub answer_body: Option<String>,
    /// What was changed, JSON.
    pub effect: String,
}

impl Exchange {
    /// About how many bytes it takes on the disk.
    pub fn bytes(&self) -> u64 {
        let text = self.text.as_ref().map_or(0, |text| {
            let bodies = [&text.request_body, &text.answer_body].into_iter().flatten().map(String::len).sum::<usize>();
            bodies + text.request_headers.len() + text.answer_headers.len() + text.effect.len() + 40
        });
        let line = self.path.len() + self.query.len() + self.words.len() + self.summary.text.len();
        (text + line + self.summary.arguments.len() + self.detail.as_ref().map_or(0, String::len) + 250) as u64
    }
}

/// A part of all exchanges that is limited by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ring {
    /// What the client of a node's connection sent.
    Node(NodeId),
    /// What nobody known sent, to whatever node.
    Noise,
}

/// How much a ring holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// How many exchanges.
    pub count: u64,
    /// How many bytes, about.
    pub bytes: u64,
}

/// Which exchanges. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct ExchangeQuery {
    /// Of this node.
    pub node: Option<NodeId>,
    /// Of one of these nodes alone.
    pub among: Option<Vec<NodeId>>,
    /// Of this connection.
    pub connection: Option<ScimId>,
    /// With a status from the first to the last of these.
    pub status: Option<(u16, u16)>,
    /// Of clients whose name begins so, in any letter case.
    pub client: Option<String>,
    /// With this method.
    pub method: Option<String>,
    /// That used the relaxation of this code.
    pub relaxation: Option<String>,
    /// That hold this text in path, query, names or, where they are kept, bodies.
    pub text: Option<String>,
    /// Not before this moment.
    pub from: Option<Time>,
    /// Not after this moment.
    pub to: Option<Time>,
    /// Older than this one.
    pub before: Option<i64>,
    /// Newer than this one; they then come oldest first.
    pub since: Option<i64>,
    /// How many at most.
    pub limit: u64,
}

/// What arrived within an hour from clients of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeHour {
    /// Its beginning.
    pub from: Time,
    /// How many exchanges.
    pub all: u64,
    /// How many of these were refused.
    pub refused: u64,
}

/// What exchanges need of a store.
pub trait Exchanges {
    /// Adds one.
    fn insert_exchange(&mut self, exchange: &Exchange) -> Result<(), Fault>;
    /// One with everything that is kept of it.
    fn exchange(&mut self, request_id: &str) -> Result<Option<Exchange>, Fault>;
    /// Those that a query finds, newest first, without their texts.
    fn exchanges(&mut self, query: &ExchangeQuery) -> Result<Vec<Exchange>, Fault>;
    /// The newest of a node, of one of its two kinds, without their texts.
    fn latest_exchanges(&mut self, node: NodeId, noise: bool, limit: u64) -> Result<Vec<Exchange>, Fault>;
    /// The number of the newest.
    fn newest_exchange(&mut self) -> Result<i64, Fault>;
    /// Those hours since a moment that have any, oldest first.
    fn exchange_hours(&mut self, since: Time) -> Result<Vec<ExchangeHour>, Fault>;
    /// How much a ring holds.
    fn exchange_space(&mut self, ring: Ring) -> Result<Space, Fault>;
    /// Removes the oldest of a ring; how much that was.
    fn drop_oldest_exchanges(&mut self, ring: Ring, count: u64) -> Result<Space, Fault>;
    /// Removes the oldest of a node, whoever sent them, at most so many; how many.
    fn drop_exchanges_of(&mut self, node: NodeId, most: u64) -> Result<u64, Fault>;
    /// Removes those before a moment, at most so many; how many.
    fn drop_exchanges_before(&mut self, moment: Time, most: u64) -> Result<u64, Fault>;
}

/// The exchange, or a refusal that names it.
pub fn get(tx: &mut dyn Tx, request_id: &str) -> Result<Exchange> {
    let named = || Error::NotFound(Noun::Exchange, request_id.chars().take(80).collect());
    tx.exchange(request_id)?.ok_or_else(named)
}

/// Removes the oldest of a node, or of all, at most so many; how many. Writes are short, so whoever clears all repeats it.
pub fn clear(tx: &mut dyn Tx, node: Option<NodeId>, most: u64) -> Result<u64> {
    Ok(match node {
        Some(node) => tx.drop_exchanges_of(node, most)?,
        None => tx.drop_exchanges_before(Time(i64::MAX), most)?,
    })
}

/// Writes that requests were removed by an administrator.
pub fn note_cleared(tx: &mut dyn Tx, act: &Act, node: Option<NodeId>, count: u64) -> Result<()> {
    let event = Event { node, ..Event::new(EventKind::RequestsCleared) };
    Ok(tx.record(act, &event.is("requests", count))?)
}
