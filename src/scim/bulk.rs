//! `/Bulk`: many operations in one request, each with its own outcome (RFC 7644, section 3.7).
//!
//! All of them run in one transaction, each in a savepoint of its own: one bad operation undoes itself and not its
//! neighbours. References by `bulkId` may point forward; a circle of them ends in 409, as at Keeper (docs/keeper.md#errors).

use super::Answer;
use super::Caller;
use super::Terms;
use super::dispatch::with_type;
use super::error::{Error, Result};
use super::intake::content::Content;
use super::intake::json::{self, get};
use super::intake::message::{self, BULK_REQUEST};
use super::leeway::Leeway;
use super::patch;
use super::relaxation::Relaxation;
use super::resource::Resource;
use super::schema::{ResourceType, of_endpoint};
use super::version::{Preconditions, tag};
use crate::domain::{Act, Tx, token};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// No request has more operations; announced as `bulk.maxOperations`.
pub const MAX_OPERATIONS: usize = 1000;
const REFERENCE: &str = "bulkId:";

/// A bulk request.
#[derive(Clone, Debug)]
pub struct Request {
    operations: Vec<BulkOperation>,
    fail_on_errors: Option<u64>,
}

#[derive(Clone, Debug)]
struct BulkOperation {
    method: String,
    bulk_id: Option<String>,
    path: String,
    version: Option<String>,
    data: Value,
    /// The `bulkId`s that path and data mention.
    references: HashSet<String>,
}

/// How an outcome looks in the response: its status, and the error's body.
pub type Render = fn(&Result<Answer>) -> (u16, Option<Value>);

/// Reads a BulkRequest.
///
/// # Errors
/// `invalidSyntax` for what is none, [`Error::TooLarge`] for more than 1000 operations.
pub fn read(body: &Map<String, Value>, leeway: &Leeway) -> Result<Request> {
    message::note_schemas(body, &[BULK_REQUEST], leeway)?;
    let syntax = |detail: &str| Error::InvalidSyntax(detail.to_owned());
    let Some(Value::Array(list)) = get(body, "Operations") else {
        return Err(syntax("A bulk request needs “Operations”, an array of operations."));
    };
    if list.len() > MAX_OPERATIONS {
        let detail = format!("A bulk request has at most {MAX_OPERATIONS} operations, this one has {}.", list.len());
        return Err(Error::TooLarge(detail));
    }
    let fail_on_errors = match get(body, "failOnErrors") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_u64().ok_or_else(|| syntax("“failOnErrors” must be a positive integer."))?),
    };
    let operations = list.iter().map(|operation| {
        let object = operation.as_object().ok_or_else(|| syntax("Each of “Operations” must be an object."))?;
        let text = |name: &str| get(object, name).and_then(Value::as_str).map(str::to_owned);
        let (path, data) = (text("path").unwrap_or_default(), get(object, "data").cloned().unwrap_or(Value::Null));
        let mut references = HashSet::new();
        find_references(&data, &mut references);
        references.extend(path.split('/').filter_map(|segment| segment.strip_prefix(REFERENCE)).map(str::to_owned));
        let method = text("method").unwrap_or_default();
        if method.contains(|c: char| c.is_ascii_lowercase()) {
            leeway.take(Relaxation::MethodLetterCase)?;
        }
        Ok(BulkOperation {
            method: method.to_ascii_uppercase(),
            bulk_id: text("bulkId"),
            version: text("version"),
            path,
            data,
            references,
        })
    });
    Ok(Request { operations: operations.collect::<Result<_>>()?, fail_on_errors })
}

/// A segment of a path: a URI like any other (RFC 7644, section 3.7), also inside a body.
fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn find_references(value: &Value, into: &mut HashSet<String>) {
    match value {
        Value::String(text) => into.extend(text.strip_prefix(REFERENCE).map(str::to_owned)),
        Value::Array(elements) => elements.iter().for_each(|element| find_references(element, into)),
        Value::Object(object) => object.values().for_each(|value| find_references(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A resource as it was before an operation and is after it; `None` where it was not there.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Its type.
    pub of: &'static ResourceType,
    /// Its text before.
    pub before: Option<String>,
    /// Its text after.
    pub after: Option<String>,
}

/// Reads the text of a resource, for those who want to know what each operation has changed.
pub type Watch = fn(&mut dyn Tx, &Caller, &'static ResourceType, &str) -> Option<String>;

/// Operations whose resources are read before and after at most.
const WATCHED: usize = 100;

/// Runs a request and returns the BulkResponse, outcomes in the order of the operations.
///
/// # Errors
/// Only those of the store; what is wrong with an operation is its own outcome.
pub fn run(tx: &mut dyn Tx, act: &Act, caller: &Caller, request: &Request, render: Render) -> Result<String> {
    run_watched(tx, act, caller, request, render, None).map(|(text, _)| text)
}

/// [`run`], and what each operation has changed where that is to be watched.
///
/// # Errors
/// Those of [`run`].
pub fn run_watched(
    tx: &mut dyn Tx,
    act: &Act,
    caller: &Caller,
    request: &Request,
    render: Render,
    watch: Option<Watch>,
) -> Result<(String, Vec<Watched>)> {
    let ids: HashSet<&str> = request.operations.iter().filter_map(|o| o.bulk_id.as_deref()).collect();
    let mut run = Run {
        caller,
        act,
        made: HashMap::new(),
        failed: HashSet::new(),
        out_of_seats: false,
        watch,
        watched: Vec::new(),
    };
    let mut outcomes: Vec<Option<Value>> = vec![None; request.operations.len()];
    let mut errors = 0;
    loop {
        let mut progress = false;
        for (n, (operation, outcome)) in request.operations.iter().zip(outcomes.iter_mut()).enumerate() {
            let waits =
                |id: &String| ids.contains(id.as_str()) && !run.made.contains_key(id) && !run.failed.contains(id);
            if outcome.is_some() || operation.references.iter().any(waits) {
                continue;
            }
            let done = run.one(tx, n, operation)?;
            errors += u64::from(done.is_err());
            *outcome = Some(run.outcome(operation, &done, render));
            progress = true;
            if request.fail_on_errors.is_some_and(|limit| limit > 0 && errors >= limit) {
                return Ok((response(outcomes), run.watched));
            }
        }
        if !progress {
            break;
        }
    }
    for (operation, outcome) in request.operations.iter().zip(outcomes.iter_mut()).filter(|(_, o)| o.is_none()) {
        let circle = Err(Error::Conflict("The operation is part of a circle of bulkId references.".to_owned()));
        *outcome = Some(run.outcome(operation, &circle, render));
    }
    Ok((response(outcomes), run.watched))
}

fn response(outcomes: Vec<Option<Value>>) -> String {
    let outcomes: Vec<Value> = outcomes.into_iter().flatten().collect();
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": outcomes }).to_string()
}

/// A request on its way.
struct Run<'a> {
    caller: &'a Caller,
    act: &'a Act,
    /// The ids behind the `bulkId`s that came to something.
    made: HashMap<String, String>,
    failed: HashSet<String>,
    /// Whether it has been written that no seat is left.
    out_of_seats: bool,
    watch: Option<Watch>,
    watched: Vec<Watched>,
}

impl Run<'_> {
    /// One operation, in a savepoint of its own.
    fn one(&mut self, tx: &mut dyn Tx, n: usize, operation: &BulkOperation) -> Result<Result<(String, Answer)>> {
        let seed = token::digest(&format!("{:?} {n}", self.act.seed));
        let mut act = self.act.clone();
        act.seed.iter_mut().zip(seed).for_each(|(to, from)| *to = from);
        let watch = self.watch.filter(|_| self.watched.len() < WATCHED);
        let text_of = |tx: &mut dyn Tx, target: Option<(&'static ResourceType, String)>| {
            let (of, id) = target?;
            Some((of, watch?(tx, self.caller, of, &id)))
        };
        let named = watch.and_then(|_| self.named(&operation.path));
        let before = text_of(tx, named.clone());
        let mut done = Err(Error::InvalidSyntax(String::new()));
        tx.attempt(&mut |tx| {
            done = self.apply(tx, &act, operation);
            match &done {
                Err(Error::Fault(fault)) => Err(fault.clone()),
                done => Ok(done.is_ok()),
            }
        })?;
        if let (Err(Error::OutOfSeats { seats, users, .. }), false) = (&done, self.out_of_seats) {
            self.out_of_seats = true;
            crate::domain::user_lifecycle::note_out_of_seats(tx, &act, self.caller.connection.node, *seats, *users)?;
        }
        if let (Ok((location, _)), Some(_)) = (&done, watch) {
            let after = text_of(tx, self.named(location));
            if let Some(of) = after.as_ref().or(before.as_ref()).map(|(of, _)| *of) {
                let (before, after) = (before.and_then(|(_, text)| text), after.and_then(|(_, text)| text));
                self.watched.push(Watched { of, before, after });
            }
        }
        if let Some(id) = &operation.bulk_id {
            match &done {
                Ok((location, _)) => {
                    let made = location.rsplit('/').next().unwrap_or_default().to_owned();
                    self.made.insert(id.clone(), made);
                }
                Err(_) => {
                    self.failed.insert(id.clone());
                }
            }
        }
        Ok(done)
    }

    /// The resource that a path names, without noting how it is written.
    fn named(&self, path: &str) -> Option<(&'static ResourceType, String)> {
        let path = path.strip_prefix(&self.caller.base).unwrap_or(path);
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let [name, id] = segments.as_slice() else { return None };
        let id = if id.starts_with(REFERENCE) { self.resolved_text(id) } else { decoded(id) };
        of_endpoint(name).map(|of| (of, id))
    }

    fn apply(&self, tx: &mut dyn Tx, act: &Act, operation: &BulkOperation) -> Result<(String, Answer)> {
        if let Some(id) = operation.references.iter().find(|id| !self.made.contains_key(*id)) {
            let why = if self.failed.contains(id) { "came to nothing" } else { "is not part of the request" };
            return Err(Error::Conflict(format!("The operation refers to bulkId “{id}”, which {why}.")));
        }
        let (of, id) = self.target(&operation.path)?;
        let object = || match self.resolved(&operation.data) {
            Value::Object(object) => Ok(object),
            other => Err(Error::InvalidSyntax(format!("“data” must be an object, but is {}.", json::kind(&other)))),
        };
        let leeway = &self.caller.leeway;
        let conditions = Preconditions::read(operation.version.as_deref().filter(|v| !v.is_empty()), None, leeway)?;
        let terms = Terms { conditions, bare: true, ..Terms::default() };
        let caller = self.caller;
        let answer = match (operation.method.as_str(), id.as_deref()) {
            ("POST", None) => {
                match &operation.bulk_id {
                    None => return Err(Error::InvalidValue("A POST in a bulk request needs a bulkId.".to_owned())),
                    Some(id) if self.made.contains_key(id) => {
                        return Err(Error::InvalidValue(format!("The bulkId “{id}” stands twice in the request.")));
                    }
                    Some(_) => {}
                }
                let content = Content::read(of, object()?, leeway)?;
                with_type!(of, R => R::create(tx, act, caller, &R::new(caller, content)?, &terms)?)
            }
            ("PUT", Some(id)) => {
                let content = Content::read(of, object()?, leeway)?;
                with_type!(of, R => R::replace(tx, act, caller, R::id(id)?, &content, &terms)?)
            }
            ("PATCH", Some(id)) => {
                let operations = patch::read(of, &object()?, leeway)?;
                with_type!(of, R => R::modify(tx, act, caller, R::id(id)?, &operations, &terms)?)
            }
            ("DELETE", Some(id)) => with_type!(of, R => R::delete(tx, act, caller, R::id(id)?, &terms)?),
            (method, None) => return Err(Error::Method(format!("“{method}”"), "POST")),
            (method, Some(_)) => return Err(Error::Method(format!("“{method}”"), "PUT, PATCH, DELETE")),
        };
        let location = match (&answer, id) {
            (Answer::Made { location, .. }, _) => location.clone(),
            (_, id) => format!("{}/{}/{}", caller.base, of.endpoint, id.unwrap_or_default()),
        };
        Ok((location, answer))
    }

    /// The type and the id in `/Users/ID`, with its reference resolved.
    fn target(&self, path: &str) -> Result<(&'static ResourceType, Option<String>)> {
        if !path.starts_with('/') {
            self.caller.leeway.take(Relaxation::BulkPath)?;
        }
        let path = path.strip_prefix(&self.caller.base).unwrap_or(path);
        let inside = path.strip_prefix('/').unwrap_or(path);
        if inside.split('/').any(str::is_empty) {
            self.caller.leeway.take(Relaxation::PathSlashes)?;
        }
        let segments: Vec<&str> = inside.split('/').filter(|segment| !segment.is_empty()).collect();
        if segments.first().and_then(|name| of_endpoint(name)).is_some_and(|of| segments.first() != Some(&of.endpoint))
        {
            self.caller.leeway.take(Relaxation::PathLetterCase)?;
        }
        let found = match segments.as_slice() {
            [name] => of_endpoint(name).map(|of| (of, None)),
            [name, id] => {
                let id = if id.starts_with(REFERENCE) { self.resolved_text(id) } else { decoded(id) };
                of_endpoint(name).map(|of| (of, Some(id)))
            }
            _ => None,
        };
        found.ok_or_else(|| Error::NotFound(format!("“path” must be such as /Users or /Groups/ID, but is “{path}”.")))
    }

    fn resolved_text(&self, text: &str) -> String {
        let made = text.strip_prefix(REFERENCE).and_then(|id| self.made.get(id));
        made.cloned().unwrap_or_else(|| text.to_owned())
    }

    fn resolved(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.resolved_text(text)),
            Value::Array(elements) => Value::Array(elements.iter().map(|e| self.resolved(e)).collect()),
            Value::Object(object) => {
                Value::Object(object.iter().map(|(key, value)| (key.clone(), self.resolved(value))).collect())
            }
            other => other.clone(),
        }
    }

    fn outcome(&self, operation: &BulkOperation, done: &Result<(String, Answer)>, render: Render) -> Value {
        let mut outcome = Map::new();
        outcome.insert("method".to_owned(), operation.method.clone().into());
        if let Some(id) = &operation.bulk_id {
            outcome.insert("bulkId".to_owned(), id.clone().into());
        }
        let (status, response) = match done {
            Ok((location, answer)) => {
                outcome.insert("location".to_owned(), location.clone().into());
                if let Answer::Found { version, .. } | Answer::Made { version, .. } | Answer::Done(Some(version)) =
                    answer
                {
                    outcome.insert("version".to_owned(), tag(*version).into());
                }
                render(&Ok(answer.clone()))
            }
            Err(error) => {
                if operation.method != "POST"
                    && let Ok((of, Some(id))) = self.target(&operation.path)
                {
                    let location = format!("{}/{}/{id}", self.caller.base, of.endpoint);
                    outcome.insert("location".to_owned(), location.into());
                }
                render(&Err(error.clone()))
            }
        };
        outcome.insert("status".to_owned(), status.to_string().into());
        if let Some(response) = response {
            outcome.insert("response".to_owned(), response);
        }
        Value::Object(outcome)
    }
}
