//! The console's pages, embedded, under a policy that lets nothing in but them; and the health of the process.

use super::App;
use super::compression::takes_gzip;
use super::console_files::{Console, Web, console};
use super::error::ApiError;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::EmbeddedFile;
use serde_json::json;

/// How long a browser may keep what never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// What a page of ours may do: load and call this origin, nothing else, and never run text as a program.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// `/` and `/ui`
pub async fn home() -> HttpResponse {
    HttpResponse::Found().insert_header((LOCATION, "/ui/")).finish()
}

/// `/favicon.ico`
pub async fn icon(request: HttpRequest) -> HttpResponse {
    served(&request, "favicon.svg", "no-cache")
}

/// `/ui/…`: the one page; its script reads the path.
pub async fn shell(request: HttpRequest) -> HttpResponse {
    let Some(console) = console() else { return not_found() };
    let tag = format!("\"{}\"", console.version);
    answer(&request, &tag, "no-cache", "index.html", || console.index.clone().into_bytes())
}

/// `/ui/assets/…`. Below the version of this program a file never changes, and is joined of what belongs together.
pub async fn asset(request: HttpRequest, path: Path<String>) -> HttpResponse {
    let (version, path) = match path.strip_prefix("v-").and_then(|rest| rest.split_once('/')) {
        Some((version, path)) => (version, path),
        None => ("", path.as_str()),
    };
    match console().filter(|console| console.version == version) {
        Some(console) => lasting(&request, console, path),
        // A module of another version would bring a second copy of the whole console with it.
        None if !version.is_empty() && path.ends_with(".js") => not_found(),
        None => served(&request, path, "no-cache"),
    }
}

fn lasting(request: &HttpRequest, console: &Console, path: &str) -> HttpResponse {
    let takes_gzip = takes_gzip(request);
    let body = if takes_gzip { console.gzip(path) } else { console.file(path) };
    let Some(body) = body else { return not_found() };
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, kind(path)))
        .insert_header((CACHE_CONTROL, FOREVER))
        .insert_header((VARY, "accept-encoding"));
    if takes_gzip {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    answer.body(body)
}

fn served(request: &HttpRequest, path: &str, caching: &'static str) -> HttpResponse {
    let Some(file) = Web::get(path) else { return not_found() };
    answer(request, &etag(&file), caching, path, || file.data.into_owned())
}

fn answer(
    request: &HttpRequest,
    tag: &str,
    caching: &'static str,
    path: &str,
    body: impl FnOnce() -> Vec<u8>,
) -> HttpResponse {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.contains(tag)) {
        return HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind(path)))
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, caching))
        .body(body())
}

fn etag(file: &EmbeddedFile) -> String {
    let hash: String = file.metadata.sha256_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}\"")
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// `/healthz`: the store can be read. A restart does not make it writable, so what keeps it from that is told and no more.
pub async fn health(app: Data<App>) -> Result<HttpResponse, ApiError> {
    app.store.read(|tx| tx.root())?;
    // It may be over by now, without anybody having written.
    let problem = match app.store.problem() {
        Some(_) => app.store.ready().await.err(),
        None => None,
    };
    Ok(HttpResponse::Ok().json(match problem {
        None => json!({ "status": "ok" }),
        Some(fault) => json!({ "status": "degraded", "problem": fault.code(), "detail": fault.to_string() }),
    }))
}

/// `/readyz`: the store can be written.
pub async fn readiness(app: Data<App>) -> Result<HttpResponse, ApiError> {
    app.store.ready().await?;
    Ok(HttpResponse::Ok().json(json!({ "status": "ready" })))
}

/// Any other path.
pub fn not_found() -> HttpResponse {
    HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("Not found. The console is at /ui/.\n")
}
