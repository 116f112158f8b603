//! The SCIM endpoint: from path and method to a call of the protocol, and from its answer to a response.

use super::capture::{Exchange, Refused};
use super::error::{ScimError, bulk_outcome, scim_answer};
use super::place::{Place, lost, place, segments};
use super::provisioner::{Provisioner, agent, beginning, presented};
use super::refusal::{note_failure, note_out_of_seats, refused};
use super::{App, body, request_id};
use crate::domain::connection::{Seen, State, seen};
use crate::domain::{Act, Fault, NodeId, Time, Tx, token};
use crate::scim::list::Listing;
use crate::scim::page::answer;
use crate::scim::query::Query;
use crate::scim::resource::Content;
use crate::scim::schema::{ResourceType, USER_TYPE};
use crate::scim::version::Conditions;
use crate::scim::{Answer, Caller, Error, Terms, bulk, discovery, groups, json, patch, search_all, users};
use crate::world;
use actix_web::http::Method;
use actix_web::http::header::{IF_MATCH, IF_NONE_MATCH};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Anything below the SCIM path.
pub async fn handle(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let now = world::now();
    let (node, segments) = segments(request.path());
    let place = place(&segments);
    let (outcome, provisioner) = match begin(&app, &request, node, place, now) {
        Err(refusal) => (Err(refusal), None),
        Ok((provisioner, Some(outcome))) => (outcome, Some(provisioner)),
        Ok((provisioner, None)) => {
            let call = Call { app: &app, request: &request, caller: &provisioner.caller, provisioner: &provisioner };
            let work = call.serve(payload, place, &segments);
            // A panic must cost its own request alone.
            let outcome = AssertUnwindSafe(work).catch_unwind().await.unwrap_or(Err(ScimError::Broken));
            (outcome, Some(provisioner))
        }
    };
    let refusal = outcome.as_ref().err().map(|error| refused(&app, node, error));
    let mut response = match outcome {
        Ok(answer) => scim_answer(answer),
        Err(error) => error.response(),
    };
    // Only what writes has a name: it is the one in the audit log.
    request_id::show(&request, &mut response);
    if let Some(node) = node {
        let status = response.status().as_u16();
        remember(&app, &request, node, place, &segments, provisioner, refusal, status, now).await;
    }
    response
}

fn is_read(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// A client that was let in, and its answer when nothing has to be waited for.
type Begun = (Provisioner, Option<Result<Answer, ScimError>>);

/// Lets the client in and, in the same transaction, answers what can be answered right here.
fn begin(
    app: &App,
    request: &HttpRequest,
    node: Option<NodeId>,
    place: Option<Place<'_>>,
    now: Time,
) -> Result<Begun, ScimError> {
    if !is_read(request) {
        return Ok((Provisioner::admit_to_write(app, request, node, now)?, None));
    }
    app.store.read(|tx| {
        let provisioner = Provisioner::admit(tx, app, request, node, now)?;
        let call = Call { app, request, caller: &provisioner.caller, provisioner: &provisioner };
        let answer = catch_unwind(AssertUnwindSafe(|| place.and_then(|place| call.at_once(tx, place))));
        let answer = answer.unwrap_or(Some(Err(ScimError::Broken)));
        Ok((provisioner, answer))
    })
}

/// One admitted request.
struct Call<'a> {
    app: &'a App,
    request: &'a HttpRequest,
    caller: &'a Caller,
    provisioner: &'a Provisioner,
}

impl Call<'_> {
    /// The answer to a read whose cost does not grow with the node; `None` for everything else.
    fn at_once(&self, tx: &mut dyn Tx, place: Place<'_>) -> Option<Result<Answer, ScimError>> {
        match place {
            Place::All(of) => {
                let listing = Query::from_url(self.request.query_string());
                match listing.and_then(|query| Listing::bind(&query, of, self.caller)) {
                    Ok(listing) => self.list_at_once(tx, of, listing),
                    Err(error) => Some(Err(error.into())),
                }
            }
            Place::One(of, id) if of.name == USER_TYPE.name => Some(self.user(tx, id).map_err(ScimError::from)),
            Place::One(_, id) => self.group(tx, id).map_err(ScimError::from).transpose(),
            Place::ServiceProviderConfig | Place::ResourceTypes(_) | Place::Schemas(_) => Some(self.discover(place)),
            Place::Search(_) | Place::Root | Place::Me | Place::Bulk => None,
        }
    }

    fn user(&self, tx: &mut dyn Tx, id: &str) -> Result<Answer, Error> {
        users::get(tx, self.caller, users::id(id)?, &self.terms()?)
    }

    /// A group, unless it is so large that it goes to the threads for long work.
    fn group(&self, tx: &mut dyn Tx, id: &str) -> Result<Option<Answer>, Error> {
        let (id, terms) = (groups::id(id)?, self.terms()?);
        match groups::is_long(tx, self.caller, id, &terms)? {
            true => Ok(None),
            false => groups::get(tx, self.caller, id, &terms).map(Some),
        }
    }

    fn list_at_once(
        &self,
        tx: &mut dyn Tx,
        of: &'static ResourceType,
        listing: Listing,
    ) -> Option<Result<Answer, ScimError>> {
        match listing.is_bounded().then(|| listed(tx, self.caller, of, &listing.hurrying()))? {
            Err(Error::Fault(Fault::TooLong)) => None,
            done => Some(done.map_err(ScimError::from)),
        }
    }

    fn discover(&self, place: Place<'_>) -> Result<Answer, ScimError> {
        // RFC 7644, section 4: discovery is not filtered.
        if Query::from_url(self.request.query_string())?.has_filter() {
            return Err(Error::Forbidden("Discovery cannot be filtered.".to_owned()).into());
        }
        match place {
            Place::ResourceTypes(id) => Ok(discovery::resource_types(self.caller, id)?),
            Place::Schemas(id) => Ok(discovery::schemas(self.caller, id)?),
            _ => Ok(discovery::service_provider_config(self.caller)),
        }
    }

    /// Everything that has to be waited for: bodies, writes, and reads that grow with the node.
    async fn serve(
        &self,
        payload: Payload,
        place: Option<Place<'_>>,
        segments: &[String],
    ) -> Result<Answer, ScimError> {
        let (request, method, reads) = (self.request, self.request.method(), is_read(self.request));
        let not_here =
            |allowed| -> Result<Answer, ScimError> { Err(Error::Method(method.to_string(), allowed).into()) };
        match place.ok_or_else(|| lost(self.caller, segments))? {
            Place::All(of) if reads => {
                let listing = Listing::bind(&Query::from_url(request.query_string())?, of, self.caller)?;
                self.scan(move |tx, caller| listed(tx, caller, of, &listing)).await
            }
            Place::All(of) if method == Method::POST => self.create(of, payload).await,
            Place::All(_) => not_here("GET, HEAD, POST"),
            Place::One(_, id) if reads => {
                let (id, terms) = (groups::id(id)?, self.terms()?);
                self.scan(move |tx, caller| groups::get(tx, caller, id, &terms)).await
            }
            Place::One(of, id) if method == Method::PUT => self.replace(of, id, payload).await,
            Place::One(of, id) if method == Method::PATCH => self.modify(of, id, payload).await,
            Place::One(of, id) if method == Method::DELETE => self.delete(of, id).await,
            Place::One(..) => not_here("GET, HEAD, PUT, PATCH, DELETE"),
            Place::Search(of) if method == Method::POST => {
                let query = Query::from_body(&json::parse_object(&body::read(request, payload).await?)?)?;
                self.search(query, of).await
            }
            Place::Search(_) => not_here("POST"),
            Place::Root if reads => self.search(Query::from_url(request.query_string())?, None).await,
            Place::Root => not_here("GET, HEAD"),
            Place::ServiceProviderConfig | Place::ResourceTypes(_) | Place::Schemas(_) => not_here("GET, HEAD"),
            Place::Me => {
                Err(Error::NotImplemented("A token belongs to a connection and to no user.".to_owned()).into())
            }
            Place::Bulk if method == Method::POST => self.bulk(payload).await,
            Place::Bulk => not_here("POST"),
        }
    }

    fn terms(&self) -> Result<Terms, Error> {
        let header = |name| self.request.headers().get(name).and_then(|value| value.to_str().ok());
        let projection = Query::from_url(self.request.query_string())?.projection;
        Ok(Terms { projection, conditions: Conditions::read(header(IF_MATCH), header(IF_NONE_MATCH)), bare: false })
    }

    fn act(&self) -> Result<Act, ScimError> {
        let act = world::request(format!("scim:{}", self.caller.connection.id)).map_err(|_| ScimError::Broken)?;
        request_id::keep(self.request, &act.request_id);
        Ok(Act { now: self.caller.now, address: self.app.addresses.client(self.request), ..act })
    }

    async fn scan<F>(&self, f: F) -> Result<Answer, ScimError>
    where
        F: FnOnce(&mut dyn Tx, &Caller) -> Result<Answer, Error> + Send + 'static,
    {
        let caller = self.caller.clone();
        Ok(self.app.store.scan(move |tx| f(tx, &caller)).await?)
    }

    /// Writes, if the client is still let in when its turn comes.
    async fn write<F>(&self, f: F) -> Result<Answer, ScimError>
    where
        F: Fn(&mut dyn Tx, &Caller) -> Result<Answer, Error> + Send + 'static,
    {
        let provisioner = self.provisioner.clone();
        let write = move |tx: &mut dyn Tx| -> Result<_, ScimError> {
            let caller = provisioner.renew(tx)?;
            Ok((f(tx, &caller)?, matches!(caller, Cow::Owned(_))))
        };
        let (answer, outdated) = self.app.store.write(write).await?;
        if outdated {
            self.app.store.forget(&self.provisioner.access.token.id);
        }
        Ok(answer)
    }

    async fn search(&self, query: Query, of: Option<&'static ResourceType>) -> Result<Answer, ScimError> {
        let Some(of) = of else {
            return self.scan(move |tx, caller| search_all(tx, caller, &query)).await;
        };
        let listing = Listing::bind(&query, of, self.caller)?;
        let at_once =
            self.app.store.read(|tx| -> Result<_, Fault> { Ok(self.list_at_once(tx, of, listing.clone())) })?;
        match at_once {
            Some(done) => done,
            None => self.scan(move |tx, caller| listed(tx, caller, of, &listing)).await,
        }
    }

    async fn create(&self, of: &'static ResourceType, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act) = (self.terms()?, self.act()?);
        let body = body::read(self.request, payload).await?;
        if of.name != USER_TYPE.name {
            let content = Content::read(of, json::parse_object(&body)?)?;
            return self.write(move |tx, caller| groups::create(tx, &act, caller, &content, &terms)).await;
        }
        let (new, by, node) = (users::New::read(self.caller, &body)?, act.clone(), self.caller.connection.node);
        let made = self.write(move |tx, caller| users::create(tx, &act, caller, &new, &terms)).await;
        if let Err(ScimError::Protocol(Error::OutOfSeats { seats, users, .. })) = &made {
            note_out_of_seats(self.app, by, node, *seats, *users).await;
        }
        made
    }

    async fn replace(&self, of: &'static ResourceType, id: &str, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act) = (self.terms()?, self.act()?);
        let content = Content::read(of, json::parse_object(&body::read(self.request, payload).await?)?)?;
        if of.name == USER_TYPE.name {
            let id = users::id(id)?;
            return self.write(move |tx, caller| users::replace(tx, &act, caller, id, &content, &terms)).await;
        }
        let id = groups::id(id)?;
        self.write(move |tx, caller| groups::replace(tx, &act, caller, id, &content, &terms)).await
    }

    async fn modify(&self, of: &'static ResourceType, id: &str, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act) = (self.terms()?, self.act()?);
        let operations = patch::read(of, &json::parse_object(&body::read(self.request, payload).await?)?)?;
        if of.name == USER_TYPE.name {
            let id = users::id(id)?;
            return self.write(move |tx, caller| users::modify(tx, &act, caller, id, &operations, &terms)).await;
        }
        let id = groups::id(id)?;
        self.write(move |tx, caller| groups::modify(tx, &act, caller, id, &operations, &terms)).await
    }

    async fn bulk(&self, payload: Payload) -> Result<Answer, ScimError> {
        let act = self.act()?;
        let request = bulk::read(&json::parse_object(&body::read(self.request, payload).await?)?)?;
        let run = move |tx: &mut dyn Tx, caller: &Caller| bulk::run(tx, &act, caller, &request, bulk_outcome);
        self.write(move |tx, caller| run(tx, caller).map(Answer::List)).await
    }

    async fn delete(&self, of: &'static ResourceType, id: &str) -> Result<Answer, ScimError> {
        let (terms, act) = (self.terms()?, self.act()?);
        if of.name == USER_TYPE.name {
            let id = users::id(id)?;
            return self.write(move |tx, caller| users::delete(tx, &act, caller, id, &terms)).await;
        }
        let id = groups::id(id)?;
        self.write(move |tx, caller| groups::delete(tx, &act, caller, id, &terms)).await
    }
}

fn listed(tx: &mut dyn Tx, caller: &Caller, of: &ResourceType, listing: &Listing) -> Result<Answer, Error> {
    match of.name == USER_TYPE.name {
        true => answer::<users::Users>(tx, caller, listing),
        false => answer::<groups::Groups>(tx, caller, listing),
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
    place: Option<Place<'_>>,
    segments: &[String],
    provisioner: Option<Provisioner>,
    refusal: Option<Refused>,
    status: u16,
    now: Time,
) {
    let from = app.addresses.client(request);
    let synced = status < 300 && matches!(place, Some(Place::All(_) | Place::One(..) | Place::Search(_) | Place::Bulk));
    let wrote = synced && !is_read(request) && !matches!(place, Some(Place::Search(_)));
    let known = match &provisioner {
        Some(provisioner) => Some(provisioner.caller.connection.state),
        // Only nodes with a connection have a page that shows what arrives.
        None => app.store.read(|tx| tx.connection_of(node)).ok().flatten().map(|c| c.state),
    };
    if known.is_none() {
        return;
    }
    let token_tail =
        refusal.as_ref().filter(|refused| refused.code.starts_with("TOKEN")).and(presented(request)).map(token::tail);
    if let (None, Some(refused)) = (&provisioner, &refusal) {
        note_failure(app, node, refused.code, &from, now);
    }
    let (code, detail, conflict) =
        refusal.map_or((None, None, None), |refused| (Some(refused.code), Some(refused.detail), refused.conflict));
    let due = provisioner.as_ref().and_then(|provisioner| {
        let connection = &provisioner.caller.connection;
        let news = synced && (connection.state == State::Pending || (wrote && connection.first_write_at.is_none()));
        (news || is_due(app, connection.id, now)).then(|| {
            let token_id = provisioner.access.token.id.clone();
            (news, Seen { token_id, synced, wrote, from: from.clone(), agent: provisioner.caller.agent.clone() })
        })
    });
    let (connection, agent) = match provisioner {
        Some(Provisioner { caller, .. }) => (Some(caller.connection.id), caller.agent),
        None => (None, agent(request)),
    };
    app.captures.keep(
        node,
        Exchange {
            at: now,
            method: request.method().clone(),
            path: shown_path(segments),
            status,
            code,
            token_tail,
            from,
            agent,
            detail,
            conflict,
            request_id: request_id::of(request),
        },
    );
    if let (Some((news, note)), Some(connection)) = (due, connection) {
        let Ok(act) = world::act(format!("scim:{connection}")) else { return };
        let (act, token_id) = (Act { now, address: note.from.clone(), ..act }, note.token_id.clone());
        let written = app.store.write(move |tx| seen(tx, &act, connection, &note));
        if news {
            log_failure(written.await);
            app.store.forget(&token_id);
        } else {
            actix_web::rt::spawn(async move { log_failure(written.await) });
        }
    }
    // Nobody may be watching.
    let _ = app.changed.send(node);
}

/// The path below the node's base URL, as much of it as is worth keeping.
fn shown_path(segments: &[String]) -> String {
    let mut path = String::with_capacity(40);
    for segment in segments {
        path.push('/');
        path.push_str(segment);
    }
    if path.is_empty() {
        path.push('/');
    }
    let kept = beginning(&path, 200).len();
    path.truncate(kept);
    path
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
