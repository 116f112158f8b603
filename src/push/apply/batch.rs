//! Bulk requests (RFC 7644, section 3.7): many operations in one, as many as the target announces.

use super::{Apply, Item};
use crate::push::client::{Answer, ClientError, Method};
use crate::push::target::Service;
use serde_json::{Value, json};
use std::collections::HashMap;

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// What an operation takes besides its data and path, in bytes.
const AROUND: usize = 100;

/// What is sent together: one by one where the target has no Bulk, or no PATCH for what Bulk would hold.
pub(super) struct Batches<I: Iterator> {
    items: I,
    /// The one that did not fit into the batch before.
    kept: Option<I::Item>,
    most: usize,
    bytes: usize,
}

impl<'a, I: Iterator<Item = Item<'a>>> Batches<I> {
    pub(super) fn of(items: I, service: Service) -> Batches<I> {
        let (most, bytes) = service.bulk.filter(|_| service.patch).unwrap_or((1, 0));
        // Room for the frame, and for a target that counts otherwise.
        Batches { items, kept: None, most, bytes: bytes / 10 * 9 }
    }
}

impl<'a, I: Iterator<Item = Item<'a>>> Iterator for Batches<I> {
    type Item = Vec<Item<'a>>;

    fn next(&mut self) -> Option<Vec<Item<'a>>> {
        let first = self.kept.take().or_else(|| self.items.next())?;
        let (mut size, mut batch) = (length(&first), vec![first]);
        while batch.len() < self.most {
            let Some(item) = self.items.next() else { break };
            size += length(&item);
            if size > self.bytes {
                self.kept = Some(item);
                break;
            }
            batch.push(item);
        }
        Some(batch)
    }
}

/// What an operation takes, in bytes.
fn length(item: &Item<'_>) -> usize {
    AROUND + item.path.len() + item.body.as_ref().map_or(0, |body| body.to_string().len())
}

impl Apply<'_> {
    /// Sends a batch as one request. What it leaves unanswered is sent on its own.
    pub(super) fn in_bulk(&self, batch: &[Item<'_>]) -> Result<(), ClientError> {
        let operations: Vec<Value> = (0..).zip(batch).map(|(n, item)| operation(n, item)).collect();
        let body = json!({ "schemas": [BULK], "Operations": operations });
        let answer = match self.client.send(Method::Post, "/Bulk", Some(&body)) {
            Ok(answer) => answer,
            // Some of it may have been done, so each is looked for first.
            Err(ClientError::Lost(why)) => {
                self.watch.line(&format!("POST /Bulk: {why}; its operations are sent one by one"));
                return batch.iter().try_for_each(|item| self.send(item, true));
            }
            Err(error) => return Err(error),
        };
        let outcomes = outcomes(&answer, batch.len());
        for (n, item) in (0..).zip(batch) {
            match outcomes.get(&n) {
                Some(outcome) => self.settle(item, outcome),
                None => self.send(item, true)?,
            }
        }
        Ok(())
    }
}

fn operation(n: usize, item: &Item<'_>) -> Value {
    let mut operation = json!({ "method": item.method.name(), "path": item.path, "bulkId": n.to_string() });
    if let (Some(operation), Some(body)) = (operation.as_object_mut(), &item.body) {
        operation.insert("data".to_owned(), body.clone());
    }
    operation
}

/// What each operation came to, by its place; empty for an answer that is none.
fn outcomes(answer: &Answer, asked: usize) -> HashMap<usize, Answer> {
    let mut outcomes = HashMap::new();
    let list = answer.body.get("Operations").and_then(Value::as_array).filter(|_| answer.is_done());
    let list = list.map_or(&[][..], Vec::as_slice);
    for (place, operation) in list.iter().enumerate() {
        let text = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok());
        let status = operation.get("status");
        // An early draft put the status into an object.
        let status = status.map(|status| status.get("code").unwrap_or(status));
        let Some(status) = status.and_then(|status| text(status).or_else(|| number(status))) else { continue };
        let named = operation.get("bulkId").and_then(Value::as_str).and_then(|id| id.parse().ok());
        // Without names the order tells, if none is missing.
        let Some(place) = named.or((list.len() == asked).then_some(place)) else { continue };
        let mut body = operation.get("response").cloned().unwrap_or_else(|| json!({}));
        let location = operation.get("location").and_then(Value::as_str);
        let id = location.and_then(|location| location.rsplit('/').next()).filter(|id| !id.is_empty());
        if let (Some(object), Some(id)) = (body.as_object_mut(), id) {
            object.entry("id").or_insert_with(|| unquoted(id).into());
        }
        outcomes.insert(place, Answer { status, body });
    }
    outcomes
}

fn unquoted(id: &str) -> String {
    percent_encoding::percent_decode_str(id).decode_utf8_lossy().into_owned()
}
