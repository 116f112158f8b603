//! The SCIM endpoint: from path and method to a call of the protocol, and from its answer to a response.

use super::capture::Exchange;
use super::error::{ScimError, bulk_outcome, scim_answer};
use super::provisioner::{Provisioner, agent, presented};
use super::{App, body};
use crate::domain::connection::{Seen, State, seen};
use crate::domain::{self, Act, Fault, NodeId, Time, Tx, token, user};
use crate::scim::list::{Listing, answer};
use crate::scim::query::Query;
use crate::scim::resource::Content;
use crate::scim::schema::{ResourceType, USER_TYPE, of_endpoint};
use crate::scim::version::Conditions;
use crate::scim::{Answer, Caller, Error, Terms, bulk, discovery, groups, json, patch, search_all, users};
use crate::world;
use actix_web::http::Method;
use actix_web::http::header::{IF_MATCH, IF_NONE_MATCH};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;
use percent_encoding::percent_decode_str;
use std::panic::AssertUnwindSafe;

/// Anything below the SCIM path.
pub async fn handle(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let now = world::now();
    let (node, segments) = segments(request.path());
    let admitted = Provisioner::admit(&app, &request, node, now);
    let (outcome, provisioner) = match admitted {
        Err(refusal) => (Err(refusal), None),
        Ok(provisioner) => {
            let work = serve(&app, &request, payload, &provisioner.caller, &segments);
            // A panic must cost its own request alone.
            let outcome = AssertUnwindSafe(work).catch_unwind().await.unwrap_or(Err(ScimError::Broken));
            (outcome, Some(provisioner))
        }
    };
    let refusal = outcome.as_ref().err().map(|error| (error.code(), error.detail()));
    let response = match outcome {
        Ok(answer) => scim_answer(answer),
        Err(error) => error.response(),
    };
    if let Some(node) = node {
        remember(&app, &request, node, &segments, provisioner, refusal, response.status().as_u16(), now).await;
    }
    response
}

/// The node and what follows it. Empty segments do not count: a base URL that was pasted with a slash at its end makes
/// `//Users` (JumpCloud, idp-clients 4).
fn segments(path: &str) -> (Option<NodeId>, Vec<String>) {
    let rest = path.strip_prefix(super::SCIM).unwrap_or_default();
    let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let mut segments = rest.split('/').filter(|segment| !segment.is_empty()).map(decoded);
    let node = segments.next().and_then(|segment| segment.parse().ok());
    (node, segments.collect())
}

/// What a path names.
enum Place<'a> {
    All(&'static ResourceType),
    One(&'static ResourceType, &'a str),
    Search(Option<&'static ResourceType>),
    Root,
    ServiceProviderConfig,
    ResourceTypes(Option<&'a str>),
    Schemas(Option<&'a str>),
    Me,
    Bulk,
}

/// Reads the segments behind the node, in any letter case (Microsoft's collection says `/users`).
fn place<'a>(segments: &'a [String]) -> Option<Place<'a>> {
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let is = |segment: &str, word: &str| segment.eq_ignore_ascii_case(word);
    Some(match parts.as_slice() {
        [] => Place::Root,
        [one] if is(one, ".search") => Place::Search(None),
        [one] if is(one, "Me") => Place::Me,
        [one] if is(one, "Bulk") => Place::Bulk,
        [one] if is(one, "ServiceProviderConfig") => Place::ServiceProviderConfig,
        [one] if is(one, "ResourceTypes") => Place::ResourceTypes(None),
        [one, id] if is(one, "ResourceTypes") => Place::ResourceTypes(Some(id)),
        [one] if is(one, "Schemas") => Place::Schemas(None),
        [one, id] if is(one, "Schemas") => Place::Schemas(Some(id)),
        [one] => Place::All(of_endpoint(one)?),
        [one, search] if is(search, ".search") => Place::Search(Some(of_endpoint(one)?)),
        [one, id] if of_endpoint(id).is_none() => Place::One(of_endpoint(one)?, id),
        _ => return None,
    })
}

async fn serve(
    app: &App,
    request: &HttpRequest,
    payload: Payload,
    caller: &Caller,
    segments: &[String],
) -> Result<Answer, ScimError> {
    let place = place(segments).ok_or_else(|| lost(caller, segments))?;
    let method = request.method();
    let reads = method == Method::GET || method == Method::HEAD;
    let not_here = |allowed| -> Result<Answer, ScimError> { Err(Error::Method(method.to_string(), allowed).into()) };
    let call = Call { app, request, caller };
    match place {
        Place::All(of) if reads => call.list(Query::from_url(request.query_string())?, of).await,
        Place::All(of) if method == Method::POST => call.create(of, payload).await,
        Place::All(_) => not_here("GET, HEAD, POST"),
        Place::One(of, id) if reads => call.get(of, id).await,
        Place::One(of, id) if method == Method::PUT => call.replace(of, id, payload).await,
        Place::One(of, id) if method == Method::PATCH => call.modify(of, id, payload).await,
        Place::One(of, id) if method == Method::DELETE => call.delete(of, id).await,
        Place::One(..) => not_here("GET, HEAD, PUT, PATCH, DELETE"),
        Place::Search(of) if method == Method::POST => {
            let query = Query::from_body(&json::parse_object(&body::read(request, payload).await?)?)?;
            match of {
                Some(of) => call.list(query, of).await,
                None => call.list_all(query).await,
            }
        }
        Place::Search(_) => not_here("POST"),
        Place::Root if reads => call.list_all(Query::from_url(request.query_string())?).await,
        Place::Root => not_here("GET, HEAD"),
        Place::ServiceProviderConfig | Place::ResourceTypes(_) | Place::Schemas(_) if !reads => not_here("GET, HEAD"),
        // RFC 7644, section 4: discovery is not filtered.
        Place::ServiceProviderConfig | Place::ResourceTypes(_) | Place::Schemas(_)
            if Query::from_url(request.query_string())?.has_filter() =>
        {
            Err(Error::Forbidden("Discovery cannot be filtered.".to_owned()).into())
        }
        Place::ServiceProviderConfig => Ok(discovery::service_provider_config(caller)),
        Place::ResourceTypes(id) => Ok(discovery::resource_types(caller, id)?),
        Place::Schemas(id) => Ok(discovery::schemas(caller, id)?),
        Place::Me => Err(Error::NotImplemented("A token belongs to a connection and to no user.".to_owned()).into()),
        Place::Bulk if method == Method::POST => call.bulk(payload).await,
        Place::Bulk => not_here("POST"),
    }
}

/// A 404 for a path that is none, with the address that was probably meant.
fn lost(caller: &Caller, segments: &[String]) -> ScimError {
    let meant = segments
        .iter()
        .rev()
        .find_map(|segment| of_endpoint(segment))
        .map(|of| format!("/{}", of.endpoint))
        .unwrap_or_default();
    let path: String = segments.join("/").chars().take(120).collect();
    let detail = format!(
        "There is nothing at “/{path}”. The base URL is {}, and you probably want {}{meant}. [WRONG_PATH]",
        caller.base, caller.base
    );
    Error::NotFound(detail).into()
}

/// One admitted request.
struct Call<'a> {
    app: &'a App,
    request: &'a HttpRequest,
    caller: &'a Caller,
}

impl Call<'_> {
    fn terms(&self) -> Result<Terms, Error> {
        let header = |name| self.request.headers().get(name).and_then(|value| value.to_str().ok());
        let projection = Query::from_url(self.request.query_string())?.projection;
        Ok(Terms { projection, conditions: Conditions::read(header(IF_MATCH), header(IF_NONE_MATCH)), bare: false })
    }

    fn act(&self) -> Result<Act, ScimError> {
        let act = world::request(format!("scim:{}", self.caller.connection.id)).map_err(|_| ScimError::Broken)?;
        Ok(Act { now: self.caller.now, address: self.app.addresses.client(self.request), ..act })
    }

    async fn list(&self, query: Query, of: &'static ResourceType) -> Result<Answer, ScimError> {
        let listing = Listing::bind(&query, of, self.caller)?;
        let run = |tx: &mut dyn Tx, caller: &Caller, listing: &Listing| match of.name == USER_TYPE.name {
            true => answer::<users::Users>(tx, caller, listing),
            false => answer::<groups::Groups>(tx, caller, listing),
        };
        if listing.is_bounded() {
            let hurried = listing.hurrying();
            match self.app.store.read(|tx| run(tx, self.caller, &hurried)) {
                Err(Error::Fault(Fault::TooLong)) => {}
                done => return Ok(done?),
            }
        }
        let caller = self.caller.clone();
        Ok(self.app.store.scan(move |tx| run(tx, &caller, &listing)).await?)
    }

    async fn list_all(&self, query: Query) -> Result<Answer, ScimError> {
        let caller = self.caller.clone();
        Ok(self.app.store.scan(move |tx| search_all(tx, &caller, &query)).await?)
    }

    async fn get(&self, of: &'static ResourceType, id: &str) -> Result<Answer, ScimError> {
        let (terms, caller) = (self.terms()?, self.caller);
        if of.name == USER_TYPE.name {
            let id = users::id(id)?;
            return Ok(self.app.store.read(|tx| users::get(tx, caller, id, &terms))?);
        }
        let id = groups::id(id)?;
        let long = |tx: &mut dyn Tx| groups::is_long(tx, caller, id, &terms);
        if self.app.store.read(long)? {
            let caller = caller.clone();
            return Ok(self.app.store.scan(move |tx| groups::get(tx, &caller, id, &terms)).await?);
        }
        Ok(self.app.store.read(|tx| groups::get(tx, caller, id, &terms))?)
    }

    async fn create(&self, of: &'static ResourceType, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act, caller) = (self.terms()?, self.act()?, self.caller.clone());
        let content = Content::read(of, json::parse_object(&body::read(self.request, payload).await?)?)?;
        let create = if of.name == USER_TYPE.name { users::create } else { groups::create };
        let (by, node) = (act.clone(), caller.connection.node);
        let made = self.app.store.write(move |tx| create(tx, &act, &caller, &content, &terms)).await;
        if let Err(Error::OutOfSeats { seats, users, .. }) = &made {
            let refusal = domain::Error::OutOfSeats { seats: *seats, users: *users };
            self.app.store.write(move |tx| user::note_out_of_seats(tx, &by, node, &refusal)).await?;
        }
        Ok(made?)
    }

    async fn replace(&self, of: &'static ResourceType, id: &str, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act, caller) = (self.terms()?, self.act()?, self.caller.clone());
        let content = Content::read(of, json::parse_object(&body::read(self.request, payload).await?)?)?;
        if of.name == USER_TYPE.name {
            let id = users::id(id)?;
            return Ok(self.app.store.write(move |tx| users::replace(tx, &act, &caller, id, &content, &terms)).await?);
        }
        let id = groups::id(id)?;
        Ok(self.app.store.write(move |tx| groups::replace(tx, &act, &caller, id, &content, &terms)).await?)
    }

    async fn modify(&self, of: &'static ResourceType, id: &str, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act, caller) = (self.terms()?, self.act()?, self.caller.clone());
        let operations = patch::read(of, &json::parse_object(&body::read(self.request, payload).await?)?)?;
        if of.name == USER_TYPE.name {
            let id = users::id(id)?;
            return Ok(self
                .app
                .store
                .write(move |tx| users::modify(tx, &act, &caller, id, &operations, &terms))
                .await?);
        }
        let id = groups::id(id)?;
        Ok(self.app.store.write(move |tx| groups::modify(tx, &act, &caller, id, &operations, &terms)).await?)
    }

    async fn bulk(&self, payload: Payload) -> Result<Answer, ScimError> {
        let (act, caller) = (self.act()?, self.caller.clone());
        let request = bulk::read(&json::parse_object(&body::read(self.request, payload).await?)?)?;
        let run = move |tx: &mut dyn Tx| bulk::run(tx, &act, &caller, &request, bulk_outcome);
        Ok(Answer::List(self.app.store.write(run).await?))
    }

    async fn delete(&self, of: &'static ResourceType, id: &str) -> Result<Answer, ScimError> {
        let (terms, act, caller) = (self.terms()?, self.act()?, self.caller.clone());
        if of.name == USER_TYPE.name {
            let id = users::id(id)?;
            return Ok(self.app.store.write(move |tx| users::delete(tx, &act, &caller, id, &terms)).await?);
        }
        let id = groups::id(id)?;
        Ok(self.app.store.write(move |tx| groups::delete(tx, &act, &caller, id, &terms)).await?)
    }
}

/// Milliseconds between two notes of a connection's last use.
const NOTE_EVERY: i64 = 5_000;

/// Keeps the exchange for the console, and notes in the store that the connection was used: at once when that is news
/// (the first request, the first write), else now and then.
#[expect(clippy::too_many_arguments, reason = "everything that is known of one exchange, in one place")]
async fn remember(
    app: &Data<App>,
    request: &HttpRequest,
    node: NodeId,
    segments: &[String],
    provisioner: Option<Provisioner>,
    refusal: Option<(&'static str, String)>,
    status: u16,
    now: Time,
) {
    let from = app.addresses.client(request);
    let agent = agent(request);
    let synced = status < 300
        && place(segments)
            .is_some_and(|p| matches!(p, Place::All(_) | Place::One(..) | Place::Search(_) | Place::Bulk));
    let wrote = synced
        && !matches!(*request.method(), Method::GET | Method::HEAD)
        && !matches!(place(segments), Some(Place::Search(_)));
    let known = match &provisioner {
        Some(provisioner) => Some(provisioner.caller.connection.state),
        // Only nodes with a connection have a page that shows what arrives.
        None => app.store.read(|tx| tx.connection_of(node)).ok().flatten().map(|c| c.state),
    };
    if known.is_none() {
        return;
    }
    let path: String = format!("/{}", segments.join("/")).chars().take(200).collect();
    let token_tail =
        refusal.as_ref().filter(|(code, _)| code.starts_with("TOKEN")).and(presented(request)).map(token::tail);
    let (code, detail) = refusal.map_or((None, None), |(code, detail)| (Some(code), Some(detail)));
    app.captures.keep(
        node,
        Exchange {
            at: now,
            method: request.method().to_string(),
            path,
            status,
            code,
            token_tail,
            from: from.clone(),
            agent: agent.clone(),
            detail,
        },
    );
    if let Some(Provisioner { caller, token_id }) = provisioner {
        let connection = caller.connection;
        let news = synced && (connection.state == State::Pending || (wrote && connection.first_write_at.is_none()));
        let note = Seen { token_id, synced, wrote, from, agent };
        if news || is_due(app, connection.id, now) {
            let Ok(act) = world::act(format!("scim:{}", connection.id)) else { return };
            let act = Act { now, address: note.from.clone(), ..act };
            let written = app.store.write(move |tx| seen(tx, &act, connection.id, &note));
            if news {
                log_failure(written.await);
            } else {
                actix_web::rt::spawn(async move { log_failure(written.await) });
            }
        }
    }
    // Nobody may be watching.
    let _ = app.changed.send(node);
}

fn is_due(app: &App, id: crate::domain::ScimId, now: Time) -> bool {
    let mut noted = app.noted.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let due = noted.get(&id).is_none_or(|last| now.0 - last.0 >= NOTE_EVERY);
    if due {
        noted.insert(id, now);
    }
    due
}

fn log_failure(result: Result<(), crate::domain::Error>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the use of a connection could not be noted");
    }
}
