//! Relay: a server that hands every request to somebody else and gives back the answer, for recording what passes.

use super::status::of_number;
use actix_web::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// The longest body, in bytes.
const LONGEST: usize = 16 << 20;

/// A request that passes.
#[derive(Clone, Debug)]
pub struct Relayed {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct RelayAnswer {
    /// The status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Answers a request, on a thread that may wait.
pub type Relay = dyn Fn(Relayed) -> RelayAnswer + Send + Sync;

/// Serves until it is told to stop. `ready` is told the address.
///
/// # Errors
/// When it cannot listen, and those of `ready`.
pub fn relay(address: SocketAddr, ready: impl FnOnce(SocketAddr) -> io::Result<Arc<Relay>>) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    let relay = Data::from(ready(listener.local_addr()?)?);
    actix_web::rt::System::new().block_on(async move {
        let application = move || {
            App::new().app_data(relay.clone()).app_data(PayloadConfig::new(LONGEST)).default_service(web::to(pass))
        };
        HttpServer::new(application).workers(2).shutdown_timeout(2).listen(listener)?.run().await
    })
}

async fn pass(request: HttpRequest, body: Bytes, relay: Data<Relay>) -> HttpResponse {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let one = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = request.headers().iter().map(one).collect();
    let relayed = Relayed { method: request.method().to_string(), target, headers, body: body.to_vec() };
    let relay = relay.into_inner();
    let Ok(answer) = web::block(move || relay(relayed)).await else {
        return HttpResponse::build(of_number(500)).finish();
    };
    let mut response = HttpResponse::build(of_number(answer.status));
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value))
            && name != CONTENT_LENGTH
        {
            response.append_header((name, value));
        }
    }
    response.body(answer.body)
}
