//! The recorder: what was captured waits in a bounded queue for a thread of its own, which puts it into words and writes
//! it in small batches. What does not fit is dropped and counted, so that no request waits for it.

use super::tape::Touched;
use crate::domain::connection_settings::CaptureMode;
use crate::domain::exchange::{Exchange, ExchangeText, Ring, Space};
use crate::domain::{Error, Fault, NodeId, ScimId, Time, Tx, UserId, settings};
use crate::scim::explain::client::Client;
use crate::scim::explain::effect::{self, Effect, Names};
use crate::scim::explain::redact::{self, Clean, Found};
use crate::scim::explain::{Seen, observe};
use crate::store::Store;
use actix_web::web::Bytes;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// How many exchanges can wait, and how many bytes of bodies.
const WAITING: usize = 4_096;
const WAITING_BYTES: usize = 32 << 20;
/// How many are written together, and how many of these can be noise.
const BATCH: usize = 64;
const BATCH_NOISE: usize = 16;
/// How many exchanges of nobody known are kept, and in how many bytes.
const NOISE: Space = Space { count: 1_000, bytes: 4 << 20 };
/// Members whose names are looked up.
const NAMED: usize = 50;
/// What is too old is looked for so often when nothing arrives.
const LOOK: Duration = Duration::from_secs(60);

/// An exchange as it was captured. Its texts cannot hold secrets any more.
pub struct Raw {
    pub request_id: String,
    pub at: Time,
    pub connection: Option<(ScimId, &'static str)>,
    pub node: Option<NodeId>,
    pub mode: CaptureMode,
    pub is_noise: bool,
    pub method: String,
    pub path: Clean,
    pub query: Clean,
    pub status: u16,
    pub micros: u64,
    pub request_size: u64,
    pub answer_size: u64,
    pub agent: Option<String>,
    pub address: String,
    pub code: Option<&'static str>,
    pub token_tail: Option<String>,
    pub detail: Option<String>,
    pub conflict: Option<(String, UserId)>,
    pub relaxations: Vec<&'static str>,
    pub request_headers: Vec<(String, String)>,
    pub request_body: Option<Clean>,
    pub found: Found,
    pub answer_headers: Vec<(String, String)>,
    pub answer_body: Option<Bytes>,
    pub touched: Touched,
}

impl Raw {
    fn weight(&self) -> usize {
        let texts = [&self.touched.before, &self.touched.after].into_iter().flatten().map(String::len).sum::<usize>();
        let body = self.request_body.as_ref().map_or(0, |body| body.as_str().len());
        1_000 + texts + body + self.answer_body.as_ref().map_or(0, Bytes::len)
    }
}

enum Message {
    Captured(Box<Raw>),
    Flush(oneshot::Sender<()>),
    Stop,
}

/// What waits, and what did not fit.
#[derive(Default)]
struct Load {
    count: AtomicUsize,
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

/// The way to the thread.
pub struct Recorder {
    queue: SyncSender<Message>,
    load: Arc<Load>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Recorder {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there can be none.
    pub fn start(store: &Store) -> std::io::Result<Recorder> {
        let (queue, messages) = sync_channel(WAITING + 64);
        let load = Arc::<Load>::default();
        let mut writer = Writer {
            limits: Limits::USUAL,
            store: store.clone(),
            load: Arc::clone(&load),
            clients: HashMap::new(),
            spaces: HashMap::new(),
        };
        let thread = std::thread::Builder::new().name("requests".to_owned()).spawn(move || writer.run(&messages))?;
        Ok(Recorder { queue, load, thread: Mutex::new(Some(thread)) })
    }

    /// Keeps an exchange, or counts it where too many wait. Noise never takes more than half of the room.
    pub fn keep(&self, raw: Raw) {
        let weight = raw.weight();
        let (most, bytes) = if raw.is_noise { (WAITING / 2, WAITING_BYTES / 2) } else { (WAITING, WAITING_BYTES) };
        let fits = self.load.count.load(Ordering::Relaxed) < most
            && self.load.bytes.load(Ordering::Relaxed).saturating_add(weight) <= bytes;
        if !fits {
            self.load.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.load.count.fetch_add(1, Ordering::Relaxed);
        self.load.bytes.fetch_add(weight, Ordering::Relaxed);
        if self.queue.try_send(Message::Captured(Box::new(raw))).is_err() {
            self.load.gone(weight);
            self.load.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many were not kept since the start.
    pub fn dropped(&self) -> u64 {
        self.load.dropped.load(Ordering::Relaxed)
    }

    /// Waits a short while until what was captured so far can be read.
    pub async fn flush(&self) {
        let (reply, done) = oneshot::channel();
        if self.queue.try_send(Message::Flush(reply)).is_ok() {
            drop(tokio::time::timeout(Duration::from_secs(2), done).await);
        }
    }

    /// Writes what waits and ends the thread.
    pub fn stop(&self) {
        let Some(thread) = self.thread.lock().take() else { return };
        drop(self.queue.send(Message::Stop));
        drop(thread.join());
    }
}

impl Load {
    fn gone(&self, weight: usize) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(weight, Ordering::Relaxed);
    }
}

/// What the settings allow.
#[derive(Clone, Copy)]
struct Limits {
    each: Space,
    days: i64,
    body: usize,
}

impl Limits {
    /// As they are until something was written.
    const USUAL: Limits = Limits { each: Space { count: 10_000, bytes: 100 << 20 }, days: 30, body: 256 << 10 };

    fn read(tx: &mut dyn Tx) -> Result<Limits, Error> {
        let (count, mib) = (settings::number(tx, "requests_count")?, settings::number(tx, "requests_mib")?);
        let each = Space { count: count.unsigned_abs(), bytes: mib.unsigned_abs() << 20 };
        let body = usize::try_from(settings::number(tx, "requests_body_kib")?).unwrap_or_default() << 10;
        Ok(Limits { each, days: settings::number(tx, "requests_days")?, body })
    }
}

/// The thread.
struct Writer {
    /// What the settings said when the last batch was written.
    limits: Limits,
    store: Store,
    load: Arc<Load>,
    /// Who was recognised on a connection by an agent: those that send none are told by a few of their requests alone.
    clients: HashMap<(ScimId, Option<String>), Client>,
    /// What the rings hold, as far as it was counted.
    spaces: HashMap<Ring, Space>,
}

impl Writer {
    fn run(&mut self, messages: &Receiver<Message>) {
        loop {
            let (mut batch, mut flushed, mut over) = (Vec::new(), Vec::new(), false);
            let mut next = match messages.recv_timeout(LOOK) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            while let Some(message) = next {
                match message {
                    Message::Captured(raw) => batch.push(*raw),
                    Message::Flush(reply) => flushed.push(reply),
                    Message::Stop => over = true,
                }
                next = if batch.len() < BATCH { messages.try_recv().ok() } else { None };
            }
            self.write(batch);
            for reply in flushed {
                let _ = reply.send(());
            }
            if over {
                return;
            }
        }
    }

    fn write(&mut self, mut batch: Vec<Raw>) {
        batch.iter().for_each(|raw| self.load.gone(raw.weight()));
        let all = batch.len();
        let mut noise = 0;
        batch.retain(|raw| {
            noise += usize::from(raw.is_noise);
            !raw.is_noise || noise <= BATCH_NOISE
        });
        let mut lost = all - batch.len();
        let limits = self.limits;
        let exchanges: Arc<[Exchange]> = batch.into_iter().map(|raw| self.understood(raw, &limits)).collect();
        let (kept, spaces) = (Arc::clone(&exchanges), self.spaces.clone());
        match self.store.write_blocking(move |tx: &mut dyn Tx| written(tx, &kept, &spaces)) {
            Ok((limits, spaces)) => {
                self.limits = limits;
                match spaces {
                    Some(spaces) => self.spaces.extend(spaces),
                    // What went by its age was counted somewhere: all is counted again.
                    None => self.spaces.clear(),
                }
            }
            Err(fault) => {
                lost = all;
                self.spaces.clear();
                tracing::warn!(%fault, lost, "requests could not be kept for the inspector");
            }
        }
        self.load.dropped.fetch_add(lost as u64, Ordering::Relaxed);
    }

    /// What an exchange changed, with members by their names. Nothing where only one side is known.
    fn effects(&self, seen: &Seen<'_>) -> Option<Vec<Effect>> {
        let is_made = seen.status == 201 && seen.method.eq_ignore_ascii_case("POST");
        let after = if is_made { seen.answer } else { seen.after };
        if seen.status >= 400 || !(is_made || seen.before.is_some()) || !(after.is_some() || is_deletion(seen)) {
            return None;
        }
        let is_group = seen.path.trim_start_matches('/').to_ascii_lowercase().starts_with("groups");
        let kind = if is_group { "Group" } else { "User" };
        let effects = effect::between(kind, seen.before, after, &Names::new());
        let ids: Vec<UserId> = effect::nameless(&effects).filter_map(|id| id.parse().ok()).take(NAMED).collect();
        if ids.is_empty() {
            return Some(effects);
        }
        let named = self.store.read(|tx| {
            let mut names = Names::new();
            for id in ids {
                if let Some(user) = tx.user_anywhere(id)? {
                    names.insert(id.to_string(), user.profile.user_name);
                }
            }
            Ok::<_, Fault>(names)
        });
        Some(effect::between(kind, seen.before, after, &named.unwrap_or_default()))
    }

    /// Puts an exchange into words, and leaves out what its connection does not want kept.
    fn understood(&mut self, raw: Raw, limits: &Limits) -> Exchange {
        let answer = raw.answer_body.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let answer = answer.filter(|text| !text.is_empty()).map(|text| redact::answer(text, &raw.found));
        let detail = raw.detail.as_deref().map(|detail| redact::answer(detail, &raw.found).into_text());
        let relaxations: Vec<String> = raw.relaxations.iter().map(|code| (*code).to_owned()).collect();
        let seen = Seen {
            method: &raw.method,
            path: raw.path.as_str(),
            query: raw.query.as_str(),
            status: raw.status,
            code: raw.code,
            detail: detail.as_deref(),
            agent: raw.agent.as_deref(),
            headers: &raw.request_headers,
            body: raw.request_body.as_ref().map(Clean::as_str),
            answer: answer.as_ref().map(Clean::as_str),
            idp: raw.connection.map(|(_, idp)| idp),
            before: raw.touched.before.as_deref(),
            after: raw.touched.after.as_deref(),
            effects: None,
            relaxations: &relaxations,
        };
        let effects = self.effects(&seen);
        let seen = Seen { effects: effects.as_deref(), ..seen };
        let key = raw.connection.filter(|_| !raw.is_noise).map(|(id, _)| (id, raw.agent.clone()));
        let known = key.as_ref().and_then(|key| self.clients.get(key));
        let observed = observe(&seen, known);
        if let Some(key) = key.filter(|_| known.is_none() && crate::scim::explain::client::recognise(&seen).is_some()) {
            if self.clients.len() > 1_000 {
                self.clients.clear();
            }
            self.clients.insert(key, observed.client.clone());
        }
        let text = (raw.mode == CaptureMode::Full).then(|| {
            let effects = effects.as_deref().unwrap_or_default();
            let json = |pairs: &[(String, String)]| serde_json::to_string(pairs).unwrap_or_default();
            let short = |text: Option<&Clean>| {
                text.map(Clean::as_str).filter(|text| text.len() <= limits.body).map(str::to_owned)
            };
            ExchangeText {
                request_headers: json(&raw.request_headers),
                request_body: short(raw.request_body.as_ref()),
                answer_headers: json(&raw.answer_headers),
                answer_body: short(answer.as_ref()),
                effect: serde_json::to_string(effects).unwrap_or_default(),
            }
        });
        Exchange {
            number: 0,
            request_id: raw.request_id,
            at: raw.at,
            connection: raw.connection.map(|(id, _)| id),
            node: raw.node,
            is_noise: raw.is_noise,
            path: beginning(raw.path.into_text()),
            query: beginning(raw.query.into_text()),
            status: raw.status,
            micros: raw.micros,
            request_size: raw.request_size,
            answer_size: raw.answer_size,
            client: observed.client.name().to_owned(),
            code: raw.code.map(str::to_owned),
            token_tail: raw.token_tail,
            conflict: raw.conflict,
            subject: observed.subject,
            summary: observed.summary,
            words: observed.words,
            address: raw.address,
            agent: raw.agent,
            method: raw.method,
            relaxations,
            detail,
            text,
        }
    }
}

fn is_deletion(seen: &Seen<'_>) -> bool {
    seen.method.eq_ignore_ascii_case("DELETE")
}

/// As much of a path or query as is kept.
fn beginning(mut text: String) -> String {
    let end = super::provisioner::beginning(&text, 4_096).len();
    text.truncate(end);
    text
}

/// Writes a batch and holds the limits; what the rings hold then, or nothing where that has to be counted again.
fn written(
    tx: &mut dyn Tx,
    exchanges: &[Exchange],
    known: &HashMap<Ring, Space>,
) -> Result<(Limits, Option<HashMap<Ring, Space>>), Error> {
    let limits = Limits::read(tx)?;
    let mut touched: HashMap<Ring, Space> = HashMap::new();
    for exchange in exchanges {
        tx.insert_exchange(exchange)?;
        let ring = match exchange.node.filter(|_| !exchange.is_noise) {
            Some(node) => Ring::Node(node),
            None => Ring::Noise,
        };
        let space = touched.entry(ring).or_default();
        (space.count, space.bytes) = (space.count + 1, space.bytes + exchange.bytes());
    }
    for (ring, added) in &mut touched {
        let most = if *ring == Ring::Noise { NOISE } else { limits.each };
        let mut space = match known.get(ring) {
            Some(space) => Space { count: space.count + added.count, bytes: space.bytes + added.bytes },
            None => tx.exchange_space(*ring)?,
        };
        // A limit that was lowered is reached step by step, so that no write takes long.
        for _ in 0..4 {
            let too_many = space.count.saturating_sub(most.count);
            let average = (space.bytes / space.count.max(1)).max(1);
            let too_large = space.bytes.saturating_sub(most.bytes).div_ceil(average);
            let over = too_many.max(too_large).min(200);
            if over == 0 {
                break;
            }
            let gone = tx.drop_oldest_exchanges(*ring, over)?;
            space.count = space.count.saturating_sub(gone.count);
            space.bytes = space.bytes.saturating_sub(gone.bytes);
        }
        *added = space;
    }
    let newest = exchanges.iter().map(|exchange| exchange.at).max();
    let oldest = newest.unwrap_or_else(crate::world::now).plus_days(-limits.days);
    let gone = tx.drop_exchanges_before(oldest, 100)?;
    Ok((limits, (gone == 0).then_some(touched)))
}
