//! Lines of the audit log as every store keeps them: their content, and the hash that chains each to the one before it.

use super::attribute_changes;
use crate::domain::event::{ChainLink, Event, FieldValue, Fields, RecordedEvent};
use crate::domain::{Act, Fault};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// An event that is about to be recorded, as its columns have it.
pub(super) struct EventLine {
    pub(super) what: String,
    pub(super) team: Option<String>,
    pub(super) object: Option<String>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    content: Vec<u8>,
}

impl EventLine {
    /// Puts an event into words.
    ///
    /// # Errors
    /// [`Fault::Broken`] when a value cannot be JSON.
    pub(super) fn of(act: &Act, event: &Event<'_>) -> Result<EventLine, Fault> {
        let more = attribute_changes::fields(event);
        let (before, after) = more.as_ref().map_or((&event.before, &event.after), |(before, after)| (before, after));
        let (before, after) = (json(before)?, json(after)?);
        let team = event.team.map(|team| team.to_string());
        let what = event.what.word().to_owned();
        let object = event.object.as_deref().map(str::to_owned);
        let parts = [
            Some(what.as_str()),
            Some(act.by.as_str()),
            present(&act.address),
            present(&act.request_id),
            team.as_deref(),
            object.as_deref(),
            before.as_deref(),
            after.as_deref(),
        ];
        let content = line(parts, act.now.0, event.node.map(|node| node.0), event.user.map(|user| user.0));
        Ok(EventLine { what, team, object, before, after, content })
    }

    /// Its hash at a place behind another line.
    pub(super) fn hash(&self, previous: &[u8; 32], id: i64, chain: i64, serial: i64) -> [u8; 32] {
        hash(previous, id, Some((chain, serial)), &self.content)
    }
}

/// The hash that a recorded line has to have behind another one.
pub(super) fn chained(previous: &[u8; 32], entry: &RecordedEvent) -> [u8; 32] {
    let parts = [
        Some(entry.event.as_str()),
        Some(entry.actor.as_str()),
        entry.address.as_deref(),
        entry.request_id.as_deref(),
        entry.team.as_deref(),
        entry.object.as_deref(),
        entry.before.as_deref(),
        entry.after.as_deref(),
    ];
    let line = line(parts, entry.at.0, entry.node.map(|node| node.0), entry.user.map(|user| user.0));
    hash(previous, entry.id, entry.place, &line)
}

/// A hash over the ends of all chains.
pub(super) fn anchor(ends: &BTreeMap<i64, ChainLink>, start: [u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(start);
    for (chain, end) in ends {
        hasher.update(chain.to_be_bytes());
        hasher.update(end.serial.to_be_bytes());
        hasher.update(end.hash);
    }
    hasher.finalize().into()
}

/// A text of an act, unless it is empty.
pub(super) fn present(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The content of a line as it goes into its hash. Every part is preceded by its length, so that no two lines are alike.
fn line(parts: [Option<&str>; 8], at: i64, node: Option<i64>, user: Option<i64>) -> Vec<u8> {
    let mut line = Vec::with_capacity(256);
    line.extend_from_slice(&at.to_be_bytes());
    for number in [node, user] {
        line.extend_from_slice(&number.unwrap_or(0).to_be_bytes());
    }
    for part in parts {
        let length = part.map_or(u32::MAX, |part| u32::try_from(part.len()).unwrap_or(u32::MAX - 1));
        line.extend_from_slice(&length.to_be_bytes());
        line.extend_from_slice(part.unwrap_or_default().as_bytes());
    }
    line
}

fn hash(previous: &[u8; 32], id: i64, place: Option<(i64, i64)>, line: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(id.to_be_bytes());
    if let Some((chain, serial)) = place {
        hasher.update(chain.to_be_bytes());
        hasher.update(serial.to_be_bytes());
    }
    hasher.update(line);
    hasher.finalize().into()
}

/// One value of an object of fields.
struct EventField<'f>(&'f FieldValue<'f>);

impl Serialize for EventField<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            FieldValue::Nothing => to.serialize_unit(),
            FieldValue::Text(text) => to.serialize_str(text),
            FieldValue::Number(number) => to.serialize_i64(*number),
            FieldValue::Flag(flag) => to.serialize_bool(*flag),
            FieldValue::List(list) => to.collect_seq(list),
        }
    }
}

/// Fields as a JSON object; none is no object.
fn json(fields: &Fields<'_>) -> Result<Option<String>, Fault> {
    if fields.is_empty() {
        return Ok(None);
    }
    let mut text = Vec::with_capacity(128);
    let mut to = serde_json::Serializer::new(&mut text);
    let written = to.collect_map(fields.iter().map(|(name, shown)| (name, EventField(shown))));
    written.map_err(|e| Fault::Broken(format!("an event cannot be written as JSON: {e}")))?;
    String::from_utf8(text).map(Some).map_err(|e| Fault::Broken(e.to_string()))
}
