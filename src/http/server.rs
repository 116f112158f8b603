//! The server: binds, sets the limits of every connection, and stops without losing anything.

use super::address::Addresses;
use super::{App, Background, SCIM, capture, pages, routes, sign_in};
use crate::store::Store;
use actix_web::dev::Service;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{App as Application, HttpServer};
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, broadcast, watch};

/// How to serve.
#[derive(Clone)]
pub struct Options {
    /// Where the appliance lives, and whom it believes.
    pub addresses: Addresses,
    /// Whether this is a throw-away demonstration.
    pub demo: bool,
    /// The work behind the requests.
    pub background: Background,
}

/// A bound server that has not started yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Binds.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub fn bind(address: SocketAddr) -> std::io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        Ok(Server { listener, address })
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
    let delays = sign_in::Delays::load(&store).map_err(std::io::Error::other)?;
    let app = Data::new(App {
        store,
        addresses: options.addresses,
        demo: options.demo,
        captures: capture::Captures::default(),
        delays,
        changed: broadcast::channel(64).0,
        stopping: watch::channel(false).0,
        noted: std::sync::Mutex::default(),
        refused: std::sync::Mutex::default(),
        hashing: super::hashing::Hashing::start()?,
        long_bodies: Arc::new(Semaphore::new(super::body::LONG_AT_ONCE)),
        background: options.background,
    });
    let transport = if app.addresses.usual().starts_with("https://") { Some("max-age=31536000") } else { None };
    actix_web::rt::System::new().block_on(async move {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        ready()?;
        let shared = app.clone();
        let running = HttpServer::new(move || {
            let headers = Rc::new(headers(transport));
            Application::new().app_data(app.clone()).configure(routes).wrap_fn(move |request, next| {
                let (headers, is_scim) = (Rc::clone(&headers), request.path().starts_with(SCIM));
                let answer = next.call(request);
                async move {
                    let mut answer = answer.await?;
                    complete(answer.headers_mut(), &headers, is_scim);
                    Ok(answer)
                }
            })
        })
        .disable_signals()
        .client_request_timeout(Duration::from_secs(5))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(15))
        .shutdown_timeout(5)
        .listen(server.listener)?
        .run();
        let handle = running.handle();
        actix_web::rt::spawn(async move {
            either(&mut terminate, &mut interrupt).await;
            // Live pages would hold the server open for as long as somebody watches.
            shared.stopping.send_replace(true);
            let gentle = handle.stop(true);
            actix_web::rt::spawn(async move {
                either(&mut terminate, &mut interrupt).await;
                handle.stop(false).await;
            });
            gentle.await;
        });
        running.await
    })
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    futures_util::future::select(Box::pin(terminate.recv()), Box::pin(interrupt.recv())).await;
}

type Headers = Vec<(HeaderName, HeaderValue)>;

/// What every answer says, and what those add that a browser may show (console.md, A8). There is no CORS: no other site
/// has business here.
fn headers(transport: Option<&'static str>) -> [Headers; 2] {
    let fixed =
        |(name, value): (&'static str, &'static str)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    let all = [Some(("cache-control", "no-store")), Some(("x-content-type-options", "nosniff"))];
    let transport = transport.map(|value| ("strict-transport-security", value));
    let shown = [
        ("content-security-policy", pages::POLICY),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)"),
    ];
    [all.into_iter().chain([transport]).flatten().map(fixed).collect(), shown.map(fixed).into()]
}

/// Adds the headers that an answer does not set itself. Those for browsers are left out where only programs ask: they
/// would be half of what a small resource weighs.
fn complete(answer: &mut HeaderMap, [all, shown]: &[Headers; 2], is_scim: bool) {
    for (name, value) in all.iter().chain(shown.iter().filter(|_| !is_scim)) {
        if !answer.contains_key(name) {
            answer.insert(name.clone(), value.clone());
        }
    }
}
