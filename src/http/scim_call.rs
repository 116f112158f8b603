//! One admitted SCIM request: from its path and method to a call of the protocol.

use super::at_once::{list_at_once, listed};
use super::error::{ScimError, bulk_outcome};
use super::provisioner::Provisioner;
use super::refusal::note_out_of_seats;
use super::request_parts::RequestParts;
use super::scim_path::{ScimPath, is_read, lost, note_path};
use super::tape::{self, Touched};
use super::{App, body, dropped_write, group_body, request_id};
use crate::domain::connection_settings::CaptureMode;
use crate::domain::foresight::Foreseen;
use crate::domain::{Act, Fault, Tx};
use crate::scim::Answer;
use crate::scim::Caller;
use crate::scim::Error;
use crate::scim::bulk::{self, Watched};
use crate::scim::dispatch::with_type;
use crate::scim::intake::content::Content;
use crate::scim::intake::json;
use crate::scim::list::Listing;
use crate::scim::patch;
use crate::scim::query::Query;
use crate::scim::relaxation::Relaxation;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::search_all;
use crate::store::ScanLane;
use crate::world;
use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use parking_lot::Mutex;
use std::borrow::Cow;
use std::sync::Arc;

/// One admitted request.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// What all requests share.
    pub app: &'a App,
    /// The request.
    pub request: &'a HttpRequest,
    /// What of it does not belong to its network connection.
    pub parts: &'a RequestParts,
    /// Who asks.
    pub caller: &'a Caller,
    /// The same with its token.
    pub provisioner: &'a Provisioner,
    /// Whether what it writes is undone although the answer says that it was done, a fault of sandboxes.
    pub drops: bool,
    /// Where what a Bulk request changes is put down, for those who look at it afterwards.
    pub notes: Option<&'a Mutex<Vec<Watched>>>,
}

impl<'a> Call<'a> {
    /// A request of a client that was let in.
    pub fn of(
        app: &'a App,
        request: &'a HttpRequest,
        parts: &'a RequestParts,
        provisioner: &'a Provisioner,
    ) -> Call<'a> {
        Call { app, request, parts, caller: &provisioner.caller, provisioner, drops: false, notes: None }
    }

    /// Everything that has to be waited for: bodies, writes, and reads that grow with the node.
    ///
    /// # Errors
    /// Every refusal.
    pub async fn serve(&self, payload: Payload) -> Result<Answer, ScimError> {
        let (parts, place) = (self.parts, self.parts.place());
        let (method, reads) = (self.request.method(), is_read(self.request));
        // A read was counted when it was found that it takes longer.
        if !reads || place.is_none() {
            parts.is_taken(&self.caller.connection)?;
        }
        let not_here =
            |allowed| -> Result<Answer, ScimError> { Err(Error::Method(method.to_string(), allowed).into()) };
        let leeway = &self.caller.leeway;
        note_path(parts.path(), place, leeway)?;
        match place.ok_or_else(|| lost(self.caller, &parts.segments))? {
            ScimPath::All(of) if reads => {
                let listing = Listing::bind(&Query::from_url(parts.query(), leeway)?, of, self.caller)?;
                self.scan(move |tx, caller| listed(tx, caller, of, &listing)).await
            }
            ScimPath::All(of) if method == Method::POST => with_type!(of, R => self.create::<R>(payload).await),
            ScimPath::All(_) => not_here("GET, HEAD, POST"),
            ScimPath::One(of, id) if reads => with_type!(of, R => self.long::<R>(id).await),
            ScimPath::One(of, id) if method == Method::PUT => with_type!(of, R => self.replace::<R>(id, payload).await),
            ScimPath::One(of, id) if method == Method::PATCH => {
                with_type!(of, R => self.modify::<R>(id, payload).await)
            }
            ScimPath::One(of, id) if method == Method::DELETE => with_type!(of, R => self.delete::<R>(id).await),
            ScimPath::One(..) => not_here("GET, HEAD, PUT, PATCH, DELETE"),
            ScimPath::Search(of) if method == Method::POST => {
                let query = Query::from_body(&json::parse_object(&self.body(payload).await?)?, leeway)?;
                self.search(query, of).await
            }
            ScimPath::Search(_) => not_here("POST"),
            ScimPath::Root if reads => self.search(Query::from_url(parts.query(), leeway)?, None).await,
            ScimPath::Root => not_here("GET, HEAD"),
            ScimPath::ServiceProviderConfig | ScimPath::ResourceTypes(_) | ScimPath::Schemas(_) => {
                not_here("GET, HEAD")
            }
            ScimPath::Me => {
                Err(Error::NotImplemented("A token belongs to a connection and to no user.".to_owned()).into())
            }
            ScimPath::Bulk if method == Method::POST => self.bulk(payload).await,
            ScimPath::Bulk => not_here("POST"),
        }
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
        let provisioner = self.provisioner.clone();
        // Whoever waited for a thread may have been shut out meanwhile.
        let scan = move |tx: &mut dyn Tx| -> Result<_, ScimError> {
            let caller = provisioner.renew(tx)?;
            Ok(f(tx, &caller)?)
        };
        self.app.store.scan(ScanLane::Node(self.caller.connection.node), scan).await
    }

    /// The body, whatever media type it claims.
    ///
    /// # Errors
    /// Those of reading it, and of a media type that is none of SCIM's.
    pub async fn body(&self, payload: Payload) -> Result<Vec<u8>, ScimError> {
        self.note_media()?;
        let bytes = body::read(self.request, payload).await?;
        tape::body(self.request, &bytes);
        Ok(bytes)
    }

    /// The body of a resource.
    async fn content<R: Resource>(&self, payload: Payload) -> Result<Content, ScimError> {
        if R::STREAMED {
            self.note_media()?;
            return group_body::read(self.request, payload, &self.app.long_bodies, &self.caller.leeway).await;
        }
        Ok(Content::read(R::TYPE, json::parse_object(&self.body(payload).await?)?, &self.caller.leeway)?)
    }

    fn note_media(&self) -> Result<(), ScimError> {
        let media = self.request.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        let is_json = ["application/scim+json", "application/json"].iter().any(|json| json.eq_ignore_ascii_case(media));
        if !is_json {
            self.caller.leeway.take_in(Relaxation::ContentType, media)?;
        }
        Ok(())
    }

    /// Writes, if the client is still let in when its turn comes.
    async fn write<F>(&self, foreseen: Foreseen, f: F) -> Result<Answer, ScimError>
    where
        F: Fn(&mut dyn Tx, &Caller) -> Result<Answer, Error> + Send + 'static,
    {
        let provisioner = self.provisioner.clone();
        if self.drops {
            return dropped_write::rehearse(&self.app.store, provisioner, f).await;
        }
        let write = move |tx: &mut dyn Tx| -> Result<_, ScimError> {
            tx.foresee_write(provisioner.caller.connection.node, foreseen)?;
            let caller = provisioner.renew(tx)?;
            Ok((f(tx, &caller)?, matches!(caller, Cow::Owned(_))))
        };
        let (answer, outdated) = self.app.store.write(write).await?;
        if outdated {
            self.app.store.forget(&self.provisioner.access.token.id);
        }
        Ok(answer)
    }

    /// Writes one resource, and records it before and after where that is kept.
    async fn write_one<R: Resource, F>(&self, id: R::Id, foreseen: Foreseen, f: F) -> Result<Answer, ScimError>
    where
        F: Fn(&mut dyn Tx, &Caller) -> Result<Answer, Error> + Send + 'static,
    {
        if self.drops || !tape::runs(self.request) {
            return self.write(foreseen, f).await;
        }
        let whole = self.caller.connection.settings.capture == CaptureMode::Full;
        let deletes = *self.request.method() == Method::DELETE;
        // Without the text of the group nothing would say its name: the answer has none.
        let (first, then) = (whole || deletes || R::STREAMED, whole || deletes);
        let slot = Arc::<Mutex<Touched>>::default();
        let filled = Arc::clone(&slot);
        let written = self.write(foreseen, move |tx, caller| {
            let before = if first { tape::text_of::<R>(tx, caller, id, whole) } else { None };
            let answer = f(tx, caller)?;
            let after = if then { tape::text_of::<R>(tx, caller, id, whole) } else { None };
            *filled.lock() = Touched { before, after, ..Touched::default() };
            Ok(answer)
        });
        let answer = written.await;
        tape::touched(self.request, std::mem::take(&mut *slot.lock()));
        answer
    }

    async fn search(&self, query: Query, of: Option<&'static ResourceType>) -> Result<Answer, ScimError> {
        let Some(of) = of else {
            return self.scan(move |tx, caller| search_all(tx, caller, &query)).await;
        };
        let listing = Listing::bind(&query, of, self.caller)?;
        let (caller, asked) = (self.caller.clone(), listing.clone());
        let at_once = move |tx: &mut dyn Tx| Ok::<_, Fault>(list_at_once(tx, &caller, of, asked));
        match self.app.store.read(at_once)? {
            Some(done) => done,
            None => self.scan(move |tx, caller| listed(tx, caller, of, &listing)).await,
        }
    }

    /// A read that takes long.
    async fn long<R: Resource>(&self, id: &str) -> Result<Answer, ScimError> {
        let (id, terms) = (R::id(id)?, self.parts.terms(&self.caller.leeway)?);
        self.scan(move |tx, caller| R::get(tx, caller, id, &terms)).await
    }

    async fn create<R: Resource>(&self, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act) = (self.parts.terms(&self.caller.leeway)?, self.act()?);
        let new = match R::STREAMED {
            true => R::new(self.caller, self.content::<R>(payload).await?)?,
            false => R::read_new(self.caller, &self.body(payload).await?)?,
        };
        let (by, node) = (act.clone(), self.caller.connection.node);
        let write = move |tx: &mut dyn Tx, caller: &Caller| R::create(tx, &act, caller, &new, &terms);
        let made = self.write(R::foreseen(None), write).await;
        if let Err(ScimError::Protocol(Error::OutOfSeats { seats, users, .. })) = &made {
            note_out_of_seats(self.app, by, node, *seats, *users).await;
        }
        made
    }

    async fn replace<R: Resource>(&self, id: &str, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act) = (self.parts.terms(&self.caller.leeway)?, self.act()?);
        let (content, id) = (self.content::<R>(payload).await?, R::id(id)?);
        let foreseen = R::foreseen(Some(id));
        self.write_one::<R, _>(id, foreseen, move |tx, caller| R::replace(tx, &act, caller, id, &content, &terms)).await
    }

    async fn modify<R: Resource>(&self, id: &str, payload: Payload) -> Result<Answer, ScimError> {
        let (terms, act) = (self.parts.terms(&self.caller.leeway)?, self.act()?);
        let operations = patch::read(R::TYPE, &json::parse_object(&self.body(payload).await?)?, &self.caller.leeway)?;
        let id = R::id(id)?;
        let foreseen = R::foreseen_of_patch(id, &operations);
        let write = move |tx: &mut dyn Tx, caller: &Caller| R::modify(tx, &act, caller, id, &operations, &terms);
        self.write_one::<R, _>(id, foreseen, write).await
    }

    async fn delete<R: Resource>(&self, id: &str) -> Result<Answer, ScimError> {
        let (terms, act) = (self.parts.terms(&self.caller.leeway)?, self.act()?);
        let id = R::id(id)?;
        let foreseen = R::foreseen(Some(id));
        self.write_one::<R, _>(id, foreseen, move |tx, caller| R::delete(tx, &act, caller, id, &terms)).await
    }

    async fn bulk(&self, payload: Payload) -> Result<Answer, ScimError> {
        let act = self.act()?;
        let request = bulk::read(&json::parse_object(&self.body(payload).await?)?, &self.caller.leeway)?;
        let is_whole = tape::runs(self.request) && self.caller.connection.settings.capture == CaptureMode::Full;
        let watch = ((is_whole || self.notes.is_some()) && !self.drops).then_some(tape::watch as bulk::Watch);
        let slot = Arc::<Mutex<Vec<Watched>>>::default();
        let filled = Arc::clone(&slot);
        let written = self.write(Foreseen::Other, move |tx, caller| {
            let (text, watched) = bulk::run_watched(tx, &act, caller, &request, bulk_outcome, watch)?;
            *filled.lock() = watched;
            Ok(Answer::List(text))
        });
        let answer = written.await;
        let several = std::mem::take(&mut *slot.lock());
        if let Some(notes) = self.notes {
            notes.lock().clone_from(&several);
        }
        // Values are kept only of a connection that captures all.
        let several = if is_whole { several } else { Vec::new() };
        tape::touched(self.request, Touched { several, ..Touched::default() });
        answer
    }
}
