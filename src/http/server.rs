//! The server: binds, sets the limits of every connection, and stops without losing anything.

use super::address::Addresses;
use super::error::ScimError;
use super::interim_sessions::InterimSessions;
use super::metrics::{self, Metrics};
use super::open_sockets::{OpenSockets, SocketLimits};
use super::rejection::Rejection;
use super::small_server::SmallServer;
use super::stream::Stream;
use super::stream_state::{self, CountedBody, StreamState};
use super::transport;
use super::{App, Background, SCIM, capture, login_throttle, memory_budget, pages, precheck, routes, trace};
use crate::store::Store;
use crate::tls::Tls;
use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Request};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{AppConfig, Service};
use actix_web::http::header::{DATE, HeaderMap, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY};
use actix_web::web::Data;
use actix_web::{App as Application, HttpResponse};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, broadcast, watch};
use tracing::Instrument;

/// How many clients can wait to be let in: a site's whole fleet may come back at the same moment.
const BACKLOG: i32 = 4_096;

/// How to serve.
#[derive(Clone)]
pub struct Options {
    /// Where the appliance lives, and whom it believes.
    pub addresses: Addresses,
    /// Whether this is a throw-away demonstration.
    pub demo: bool,
    /// Whether everybody may sign in to it, as one auditor.
    pub public: bool,
    /// The work behind the requests.
    pub background: Background,
    /// How many network connections there can be.
    pub connections: SocketLimits,
    /// TLS, where it is spoken here.
    pub tls: Option<Arc<Tls>>,
}

/// A bound server that has not started yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    /// Where the metrics are, if they are anywhere.
    metrics: Option<(SmallServer, PathBuf)>,
}

impl Server {
    /// Binds.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub fn bind(address: SocketAddr) -> std::io::Result<Server> {
        Server::on(TcpListener::bind(address)?)
    }

    /// Takes a socket that listens already.
    ///
    /// # Errors
    /// When it does not listen, or has no address of the Internet.
    pub fn on(listener: TcpListener) -> std::io::Result<Server> {
        // The standard library lets 128 wait. Listening again changes nothing but that.
        rustix::net::listen(&listener, BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Server { listener, address, metrics: None })
    }

    /// The same with metrics on a listener of their own; `backups` is the folder whose newest backup they tell.
    pub fn with_metrics(self, metrics: Option<SmallServer>, backups: PathBuf) -> Server {
        Server { metrics: metrics.map(|listener| (listener, backups)), ..self }
    }

    /// The address, with the port that was chosen where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves until SIGTERM or SIGINT: then running requests are finished, for at most five seconds. A second signal does not
/// wait for them. `ready` is called once both are heard, so that whoever is told of the server can also stop it well.
///
/// # Errors
/// When no worker can be started, and those of `ready`.
pub fn serve(
    server: Server,
    store: Store,
    options: Options,
    ready: impl FnOnce() -> std::io::Result<()>,
) -> std::io::Result<()> {
    let delays = login_throttle::LoginThrottle::load(&store).map_err(std::io::Error::other)?;
    let recorder = super::recorder::Recorder::start(&store)?;
    let sockets = Arc::new(OpenSockets::new(options.connections, options.addresses.proxies.clone()));
    let app = Data::new(App {
        store,
        addresses: options.addresses,
        demo: options.demo,
        public: options.public,
        document: super::openapi::document(),
        rates: Arc::default(),
        bodies: memory_budget::MemoryBudget::new(memory_budget::BODIES),
        answers: memory_budget::MemoryBudget::new(memory_budget::ANSWERS),
        captures: capture::Captures::default(),
        staging: super::staging::Staging::default(),
        recorder,
        delays,
        interim: InterimSessions::default(),
        changed: broadcast::channel(64).0,
        stopping: watch::channel(false).0,
        noted: parking_lot::Mutex::default(),
        refused: parking_lot::Mutex::default(),
        hashing: super::hashing::Hashing::start()?,
        long_bodies: Arc::new(Semaphore::new(super::group_body::AT_ONCE)),
        background: options.background,
        metrics: server.metrics.as_ref().map(|(_, backups)| Metrics::new(backups.clone())),
        sockets: Arc::clone(&sockets),
        tls: options.tls.clone(),
    });
    if let Some((metrics, _)) = server.metrics {
        metrics::start(metrics, app.clone())?;
    }
    let workers = std::thread::available_parallelism().map_or(2, NonZeroUsize::get).min(512);
    let each = options.connections.accepted.div_ceil(workers);
    if let Err(fault) = app.store.prepare_readers(u32::try_from(workers).unwrap_or(u32::MAX)) {
        tracing::warn!(%fault, "the workers cannot read yet");
    }
    let kept = app.clone();
    let served = actix_web::rt::System::new().block_on(async move {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let (mut hangup, tls) = (signal(SignalKind::hangup())?, options.tls.clone());
        actix_web::rt::spawn(async move {
            while hangup.recv().await.is_some() {
                tls.iter().for_each(|tls| tls.reload());
            }
        });
        ready()?;
        let shared = app.clone();
        let builder = ServerBuilder::new();
        let stopping = builder.graceful_shutdown_signal();
        let running = builder
            .disable_signals()
            .workers(workers)
            .max_concurrent_connections(each)
            .shutdown_timeout(5)
            .listen("scimbox", server.listener, move || {
                let stopping = stopping.clone();
                let http = HttpService::build()
                    .graceful_shutdown_signal(move || {
                        let stopping = stopping.clone();
                        async move { stopping.notified().await }
                    })
                    // `Stream` holds the limits of time, for every request of a connection.
                    .keep_alive(KeepAlive::Os)
                    .client_request_timeout(Duration::ZERO)
                    .client_disconnect_timeout(Duration::from_secs(2))
                    .expect(fn_service(move |request: Request| {
                        let refused = |mut refusal: Box<HttpResponse>| {
                            complete(refusal.headers_mut(), &headers(), true, false);
                            actix_http::Response::from(*refusal)
                        };
                        std::future::ready(precheck::expect(request).map_err(refused))
                    }))
                    .on_connect_ext(|stream: &Stream, data| {
                        data.insert(Rc::clone(stream.state()));
                    })
                    .h1(map_config(application(app.clone()), |()| AppConfig::default()));
                let (sockets, tls) = (Arc::clone(&sockets), options.tls.clone());
                fn_service(move |stream: TcpStream| {
                    let entered = stream.peer_addr().and_then(|peer| {
                        let entered = sockets.enter(peer.ip()).ok_or(io::ErrorKind::ConnectionRefused)?;
                        Ok((stream, entered, peer))
                    });
                    let tls = tls.clone();
                    async move {
                        let (stream, entered, peer) = entered.map_err(DispatchError::Io)?;
                        let shaken = transport::shake(stream, tls.as_deref(), &entered.place).await;
                        let shaken = shaken.map_err(DispatchError::Io)?;
                        let certificate = shaken.certificate(tls.as_deref());
                        Ok((Stream::new(shaken, certificate, entered), Some(peer)))
                    }
                })
                .and_then(http)
            })?
            .run();
        let handle = running.handle();
        let gentle = async move {
            either(&mut terminate, &mut interrupt).await;
            // Live pages would hold the server open for as long as somebody watches.
            shared.stopping.send_replace(true);
            let stopped = handle.stop(true);
            let again = async {
                either(&mut terminate, &mut interrupt).await;
                tracing::warn!("a second signal: the server ends at once");
            };
            futures_util::future::select(Box::pin(stopped), Box::pin(again)).await;
        };
        // The library would hear of the second signal only after what it waits for.
        match futures_util::future::select(Box::pin(running), Box::pin(gentle)).await {
            futures_util::future::Either::Left((ended, _)) => ended,
            futures_util::future::Either::Right(_) => Ok(()),
        }
    });
    kept.recorder.stop();
    served
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    futures_util::future::select(Box::pin(terminate.recv()), Box::pin(interrupt.recv())).await;
}

/// The routes, with what every answer goes through on its way out.
fn application(
    app: Data<App>,
) -> impl ServiceFactory<
    Request,
    Config = AppConfig,
    Response = actix_web::dev::ServiceResponse<CountedBody>,
    Error = actix_http::Response<actix_web::body::BoxBody>,
    InitError = (),
    Service = impl Service<Request>,
    Future = impl Future,
> {
    let headers = Rc::new(headers());
    let shared = app.clone();
    let application = Application::new().app_data(app).configure(routes);
    let counted = application.wrap_fn(move |request, next| {
        let (headers, is_scim) = (Rc::clone(&headers), request.path().starts_with(SCIM));
        let counted = shared.metrics.as_ref().map(|_| metrics::labels(&request));
        let (span, place, since) = (trace::span(&request), trace::place(&request), Instant::now());
        let (state, app) = (request.conn_data::<Rc<StreamState>>().cloned(), shared.clone());
        let called = match precheck::refusal(&shared, &request) {
            None => Ok(span.in_scope(|| next.call(request))),
            Some(refusal) => {
                let refusal = super::usage::remember_refused(&shared, &request, refusal);
                Err(request.into_response(refusal))
            }
        };
        async move {
            let mut answer = match called {
                Ok(called) => called.await?,
                Err(refused) => refused,
            };
            let share = match answer.response().body().size() {
                BodySize::Sized(length) if length > stream_state::LONG => {
                    let mut share = app.answers.share();
                    if !share.grow(usize::try_from(length).unwrap_or(usize::MAX)) {
                        let refusal =
                            precheck::respond(answer.request().path(), &ScimError::Rejection(Rejection::NoRoom));
                        answer = answer.into_response(refusal);
                    }
                    Some(share)
                }
                _ => None,
            };
            let is_https =
                app.addresses.is_https(answer.request()) && app.tls.as_ref().is_none_or(|tls| tls.is_lasting());
            complete(answer.headers_mut(), &headers, is_scim, is_https);
            if let (Some(metrics), Some(labels)) = (&app.metrics, counted) {
                metrics.answered(labels, answer.status().as_u16(), since.elapsed());
            }
            if let Some(place) = place {
                let id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok());
                trace::answered(place, answer.status().as_u16(), id, since.elapsed());
            }
            Ok(answer.map_body(|_, body| match state {
                Some(state) => state.answer(body, share),
                None => CountedBody::uncounted(body),
            }))
        }
        .instrument(span)
    });
    counted.into_factory().map_err(|error: actix_web::Error| error.error_response().into())
}

type Headers = Vec<(HeaderName, HeaderValue)>;

/// What every answer says, and what those add that a browser may show (docs/security.md#what-is-protected). There is no CORS: no other site
/// has business here.
fn headers() -> [Headers; 2] {
    let fixed =
        |(name, value): (&'static str, &'static str)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    let all = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")];
    let shown = [
        ("content-security-policy", pages::POLICY),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)"),
    ];
    [all.map(fixed).into(), shown.map(fixed).into()]
}

/// Adds the headers that an answer does not set itself. Those for browsers are left out where only programs ask: they
/// would be half of what a small resource weighs.
fn complete(answer: &mut HeaderMap, [all, shown]: &[Headers; 2], is_scim: bool, is_https: bool) {
    if let Some(date) = super::date::now() {
        answer.insert(DATE, date);
    }
    if is_https {
        answer.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    for (name, value) in all.iter().chain(shown.iter().filter(|_| !is_scim)) {
        if !answer.contains_key(name) {
            answer.insert(name.clone(), value.clone());
        }
    }
}
