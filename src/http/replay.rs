//! Replay: a captured request once more, within one transaction, which is undone unless it is meant.

use super::error::ScimError;
use super::scim_path::{ScimPath, lost, note_path, place};
use super::status::of_answer;
use super::tape;
use crate::domain::exchange::{self, Exchange};
use crate::domain::{Act, Error, Fault, Noun, Tx, connection};
use crate::scim::dispatch::with_type;
use crate::scim::explain::effect::{self, Effect, Names};
use crate::scim::intake::content::Content;
use crate::scim::intake::json;
use crate::scim::leeway::Leeway;
use crate::scim::list::Listing;
use crate::scim::page::answer;
use crate::scim::query::Query;
use crate::scim::relaxation::Relaxation;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::version::Preconditions;
use crate::scim::{self, Answer, Caller, Terms, bulk, discovery, patch, search_all};
use crate::store::Store;
use actix_web::body::MessageBody;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// What is sent again, and whether it is meant.
#[derive(Clone, Debug, Default)]
pub struct ReplayOrder {
    /// Everything is undone afterwards.
    pub dry_run: bool,
    /// Another body than the one that is kept.
    pub body: Option<String>,
    /// Another query.
    pub query: Option<String>,
}

/// What it came to.
#[derive(Clone, Debug)]
pub struct ReplayOutcome {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Option<String>,
    /// What it changed.
    pub effect: Vec<Effect>,
    /// The codes of the relaxations it used.
    pub relaxations: Vec<&'static str>,
}

/// Why nothing stays.
enum Undone {
    /// That was wanted, or it was refused.
    Outcome(ReplayOutcome),
    /// It could not be done.
    Failed(Error),
}

impl From<Fault> for Undone {
    fn from(fault: Fault) -> Undone {
        Undone::Failed(fault.into())
    }
}

impl From<Error> for Undone {
    fn from(error: Error) -> Undone {
        Undone::Failed(error)
    }
}

/// Sends a captured request again, on a thread that may wait. `base` is the address of the appliance.
///
/// # Errors
/// `NOT_FOUND` for the request or its connection; `INVALID` where its body is not kept.
pub fn replay(store: &Store, act: &Act, base: &str, id: &str, order: &ReplayOrder) -> Result<ReplayOutcome, Error> {
    let (act, base, id, order) = (act.clone(), base.to_owned(), id.to_owned(), order.clone());
    let run = move |tx: &mut dyn Tx| {
        let exchange = exchange::get(tx, &id)?;
        // Such a request came without a token of ours, so there is nowhere to send it.
        let unknown = || Error::NotFound(Noun::Connection, format!("of the request {id}"));
        let connection = Arc::new(connection::get(tx, exchange.connection.ok_or_else(unknown)?)?);
        let base = format!("{base}{}/{}", super::SCIM, connection.node);
        let leeway = Leeway::new(connection.settings.tolerance);
        let agent = exchange.agent.clone();
        let caller = Caller { connection, base, agent, now: act.now, leeway };
        let asked = Asked::new(&exchange, &order)?;
        let mut effects = Vec::new();
        let done = asked.perform(tx, &act, &caller, &mut effects);
        let is_done = done.is_ok();
        if let Err(ScimError::Protocol(scim::Error::Fault(fault))) = &done
            && !matches!(fault, Fault::TooLong)
        {
            return Err(Undone::Failed(fault.clone().into()));
        }
        let (status, body) = told(done);
        let relaxations = caller.leeway.taken().into_iter().map(Relaxation::code).collect();
        let outcome = ReplayOutcome { status, body, effect: effects, relaxations };
        if is_done && !order.dry_run { Ok(outcome) } else { Err(Undone::Outcome(outcome)) }
    };
    match store.write_blocking(run) {
        Ok(outcome) | Err(Undone::Outcome(outcome)) => Ok(outcome),
        Err(Undone::Failed(error)) => Err(error),
    }
}

fn told(done: Result<Answer, ScimError>) -> (u16, Option<String>) {
    match done {
        Ok(answer) => {
            let status = of_answer(&answer).as_u16();
            let body = match answer {
                Answer::List(text) | Answer::Found { text, .. } | Answer::Made { text, .. } => Some(text),
                Answer::Long { text, .. } => Some(text.collect()),
                Answer::Known(_) | Answer::Done(_) => None,
            };
            (status, body)
        }
        Err(error) => {
            let body = error.response().into_body().try_into_bytes().ok();
            (error.status().as_u16(), body.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()))
        }
    }
}

/// A request as it is sent again.
struct Asked {
    method: String,
    path: String,
    query: String,
    body: Option<String>,
    conditions: [Option<String>; 2],
}

impl Asked {
    fn new(exchange: &Exchange, order: &ReplayOrder) -> Result<Asked, Error> {
        let text = exchange.text.as_ref();
        let kept = text.and_then(|text| text.request_body.clone());
        let headers: Vec<(String, String)> =
            text.and_then(|text| serde_json::from_str(&text.request_headers).ok()).unwrap_or_default();
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let body = order.body.clone().or(kept);
        if body.is_none() && exchange.request_size > 0 {
            let why = "the body of this request was not kept: give one, or let the connection capture “full”";
            return Err(Error::Invalid("body", why.to_owned()));
        }
        Ok(Asked {
            method: exchange.method.to_ascii_uppercase(),
            path: exchange.path.clone(),
            query: order.query.clone().unwrap_or_else(|| exchange.query.clone()),
            body,
            conditions: [header("if-match"), header("if-none-match")],
        })
    }

    /// The same that `scim` does with a request, all in this transaction.
    fn perform(
        &self,
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        effects: &mut Vec<Effect>,
    ) -> Result<Answer, ScimError> {
        let leeway = &caller.leeway;
        let segments: Vec<String> = self
            .path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let place = place(&segments);
        note_path(&format!("{}/{}{}", super::SCIM, caller.connection.node, self.path), place, leeway)?;
        let reads = matches!(self.method.as_str(), "GET" | "HEAD");
        let query = Query::from_url(&self.query, leeway)?;
        let not_here =
            |allowed| -> Result<Answer, ScimError> { Err(scim::Error::Method(self.method.clone(), allowed).into()) };
        match place.ok_or_else(|| lost(caller, &segments))? {
            ScimPath::All(of) if reads => list(tx, caller, of, &query),
            ScimPath::All(of) if self.method == "POST" => {
                with_type!(of, R => self.create::<R>(tx, act, caller, effects))
            }
            ScimPath::All(_) => not_here("GET, HEAD, POST"),
            ScimPath::One(of, id) if reads => {
                with_type!(of, R => Ok(R::get(tx, caller, R::id(id)?, &self.terms(caller)?)?))
            }
            ScimPath::One(of, id) => with_type!(of, R => self.change::<R>(tx, act, caller, id, effects)),
            ScimPath::Search(of) if self.method == "POST" => {
                let query = Query::from_body(&self.object()?, leeway)?;
                match of {
                    Some(of) => list(tx, caller, of, &query),
                    None => Ok(search_all(tx, caller, &query)?),
                }
            }
            ScimPath::Search(_) => not_here("POST"),
            ScimPath::Root if reads => Ok(search_all(tx, caller, &query)?),
            ScimPath::Root => not_here("GET, HEAD"),
            ScimPath::ServiceProviderConfig if reads => Ok(discovery::service_provider_config(caller)),
            ScimPath::ResourceTypes(id) if reads => Ok(discovery::resource_types(caller, id)?),
            ScimPath::Schemas(id) if reads => Ok(discovery::schemas(caller, id)?),
            ScimPath::ServiceProviderConfig | ScimPath::ResourceTypes(_) | ScimPath::Schemas(_) => {
                not_here("GET, HEAD")
            }
            ScimPath::Me => {
                Err(scim::Error::NotImplemented("A token belongs to a connection and to no user.".to_owned()).into())
            }
            ScimPath::Bulk if self.method == "POST" => {
                let request = bulk::read(&self.object()?, leeway)?;
                let outcome = super::error::bulk_outcome;
                let (text, watched) = bulk::run_watched(tx, act, caller, &request, outcome, Some(tape::watch))?;
                *effects = effect::of_bulk(&watched, &Names::new());
                Ok(Answer::List(text))
            }
            ScimPath::Bulk => not_here("POST"),
        }
    }

    fn object(&self) -> scim::Result<serde_json::Map<String, serde_json::Value>> {
        json::parse_object(self.body.as_deref().unwrap_or_default().as_bytes())
    }

    fn terms(&self, caller: &Caller) -> scim::Result<Terms> {
        let projection = Query::from_url(&self.query, &caller.leeway)?.projection;
        let [if_match, if_none_match] = &self.conditions;
        let conditions = Preconditions::read(if_match.as_deref(), if_none_match.as_deref(), &caller.leeway)?;
        Ok(Terms { projection, conditions, bare: false })
    }

    fn create<R: Resource>(
        &self,
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        effects: &mut Vec<Effect>,
    ) -> Result<Answer, ScimError> {
        let new = R::new(caller, Content::read(R::TYPE, self.object()?, &caller.leeway)?)?;
        let made = R::create(tx, act, caller, &new, &self.terms(caller)?)?;
        if let Answer::Made { text, .. } = &made {
            *effects = effect::between(R::TYPE.name, None, Some(text), &Names::new());
        }
        Ok(made)
    }

    fn change<R: Resource>(
        &self,
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        id: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<Answer, ScimError> {
        let (id, terms) = (R::id(id)?, self.terms(caller)?);
        let before = tape::text_of::<R>(tx, caller, id, true);
        let done = match self.method.as_str() {
            "PUT" => {
                let content = Content::read(R::TYPE, self.object()?, &caller.leeway)?;
                R::replace(tx, act, caller, id, &content, &terms)?
            }
            "PATCH" => {
                let operations = patch::read(R::TYPE, &self.object()?, &caller.leeway)?;
                R::modify(tx, act, caller, id, &operations, &terms)?
            }
            "DELETE" => R::delete(tx, act, caller, id, &terms)?,
            method => return Err(scim::Error::Method(method.to_owned(), "GET, HEAD, PUT, PATCH, DELETE").into()),
        };
        let after = tape::text_of::<R>(tx, caller, id, true);
        *effects = effect::between(R::TYPE.name, before.as_deref(), after.as_deref(), &Names::new());
        Ok(done)
    }
}

fn list(tx: &mut dyn Tx, caller: &Caller, of: &'static ResourceType, query: &Query) -> Result<Answer, ScimError> {
    let listing = Listing::bind(query, of, caller)?;
    Ok(with_type!(of, R => answer::<R>(tx, caller, &listing))?)
}
