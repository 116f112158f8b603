//! The thread that puts captured exchanges into words and writes them in batches, and holds the limits of what is kept.

use super::exchange_queue::{Queue, Raw};
use crate::domain::connection_settings::CaptureMode;
use crate::domain::exchange::{Exchange, ExchangeText, Ring, Space};
use crate::domain::{Error, Fault, ScimId, Tx, UserId, settings};
use crate::scim::explain::client::Client;
use crate::scim::explain::effect::{self, Effect, Names};
use crate::scim::explain::redact::{self, Clean};
use crate::scim::explain::{Seen, observe};
use crate::store::Store;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many are written together, and how many of these can be noise.
const BATCH: usize = 256;
const BATCH_NOISE: usize = 64;
/// How many exchanges of nobody known are kept, and in how many bytes.
const NOISE: Space = Space { count: 1_000, bytes: 4 << 20 };
/// Members whose names are looked up.
const NAMED: usize = 50;
/// What is too old is looked for so often when nothing arrives.
const LOOK: Duration = Duration::from_secs(60);

/// Where other instances write too, what the rings hold is counted again so often.
const COUNTED: Duration = Duration::from_secs(10);

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
pub(super) struct Writer {
    /// What the settings said when the last batch was written.
    limits: Limits,
    store: Store,
    queue: Arc<Queue>,
    /// Who was recognised on a connection by an agent: those that send none are told by a few of their requests alone.
    clients: HashMap<(ScimId, Option<String>), Client>,
    /// What the rings hold, as far as it was counted.
    spaces: HashMap<Ring, Space>,
    /// When they were last counted from nothing.
    counted: Instant,
}

impl Writer {
    pub(super) fn new(store: &Store, queue: Arc<Queue>) -> Writer {
        let (clients, spaces) = (HashMap::new(), HashMap::new());
        Writer { limits: Limits::USUAL, store: store.clone(), queue, clients, spaces, counted: Instant::now() }
    }

    /// Writes what waits, until it is told to stop and nothing waits any more.
    pub(super) fn run(&mut self) {
        while let Some(taken) = self.queue.take(BATCH, LOOK) {
            self.write(taken.batch);
            for reply in taken.flushed {
                let _ = reply.send(());
            }
        }
    }

    fn write(&mut self, mut batch: Vec<Raw>) {
        let all = batch.len();
        let mut noise = 0;
        batch.retain(|raw| {
            noise += usize::from(raw.is_noise);
            !raw.is_noise || noise <= BATCH_NOISE
        });
        let mut lost = all - batch.len();
        if self.queue.is_outdated() || self.store.is_shared() && self.counted.elapsed() >= COUNTED {
            self.spaces.clear();
            self.counted = Instant::now();
        }
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
        self.queue.lose(lost as u64);
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
        Some(self.named(|names| effect::between(kind, seen.before, after, names)))
    }

    /// Changes with members by their names.
    fn named(&self, told: impl Fn(&Names) -> Vec<Effect>) -> Vec<Effect> {
        let effects = told(&Names::new());
        let ids: Vec<UserId> = effect::nameless(&effects).filter_map(|id| id.parse().ok()).take(NAMED).collect();
        if ids.is_empty() {
            return effects;
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
        told(&named.unwrap_or_default())
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
            micros: raw.micros,
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
        let effects = match raw.touched.several.is_empty() {
            true => self.effects(&seen),
            false => Some(self.named(|names| effect::of_bulk(&raw.touched.several, names))),
        };
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
