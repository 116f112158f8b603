//! HTTP: the routes, who is let in, and the one place that names status codes. Handlers unpack, call and pack.

mod address;
mod admin;
mod body;
mod capture;
mod connections;
mod directory;
mod error;
mod hashing;
mod live;
mod nodes;
mod pages;
mod place;
mod provisioner;
mod scim;
mod server;
mod sessions;
mod sign_in;
mod view;

pub use address::{Addresses, is_proxy, is_url};
pub use server::{Options, Server, serve};

use crate::domain::{NodeId, ScimId, Time};
use crate::store::Store;
use actix_web::middleware::Compress;
use actix_web::web::{self, ServiceConfig};
use std::collections::HashMap;
use std::sync::Mutex;
use tokio::sync::{broadcast, watch};

/// What all workers share.
pub struct App {
    store: Store,
    addresses: Addresses,
    demo: bool,
    captures: capture::Captures,
    delays: sign_in::Delays,
    /// Tells the live pages of a node that something happened there.
    changed: broadcast::Sender<NodeId>,
    /// True once the server stops, which ends the live pages.
    stopping: watch::Sender<bool>,
    /// When each connection's last use was written, so that reading costs no write per request.
    noted: Mutex<HashMap<ScimId, Time>>,
    hashing: hashing::Hashing,
}

/// Where SCIM lives; Keeper's clients expect this very path (keeper-contract 6, no. 1).
const SCIM: &str = "/api/rest/scim/v2";

/// Every route on one screen. Below [`SCIM`] the paths are read by `scim`, because clients send them with doubled and
/// trailing slashes and in any letter case, and because a miss there must be answered in SCIM's words.
fn routes(config: &mut ServiceConfig) {
    config
        .service(web::scope(SCIM).default_service(web::to(scim::handle)))
        .app_data(web::QueryConfig::default().error_handler(|error, _| error::misread(&error).into()))
        .app_data(web::PathConfig::default().error_handler(|error, _| error::misread(&error).into()))
        .service(
            web::scope("/api/v1")
                .route("/status", web::get().to(sessions::status))
                .route("/setup", web::post().to(sessions::set_up))
                .route("/session", web::post().to(sessions::sign_in))
                .route("/session", web::get().to(sessions::current))
                .route("/session", web::delete().to(sessions::sign_out))
                .route("/sessions", web::delete().to(sessions::sign_out_everywhere))
                .route("/password", web::post().to(sessions::change_password))
                .route("/idps", web::get().to(connections::idps))
                .route("/nodes", web::get().to(nodes::list))
                .route("/nodes", web::post().to(nodes::create))
                .route("/nodes/{node_id}", web::get().to(nodes::get))
                .route("/nodes/{node_id}", web::patch().to(nodes::change))
                .route("/nodes/{node_id}", web::delete().to(nodes::delete))
                .route("/nodes/{node_id}/connection", web::post().to(connections::generate))
                .route("/connections", web::get().to(connections::list))
                .route("/connections/{scim_id}", web::get().to(connections::get))
                .route("/connections/{scim_id}", web::patch().to(connections::edit))
                .route("/connections/{scim_id}", web::delete().to(connections::delete))
                .route("/connections/{scim_id}/save", web::post().to(connections::save))
                .route("/connections/{scim_id}/pause", web::post().to(connections::pause))
                .route("/connections/{scim_id}/resume", web::post().to(connections::resume))
                .route("/connections/{scim_id}/tokens", web::post().to(connections::rotate))
                .route("/connections/{scim_id}/tokens/{token_id}", web::delete().to(connections::revoke))
                .route("/connections/{scim_id}/live", web::get().to(live::events))
                .route("/users", web::get().to(directory::users))
                .route("/teams", web::get().to(directory::teams))
                .default_service(web::to(error::no_such_call)),
        )
        .route("/", web::get().to(pages::home))
        .route("/favicon.ico", web::get().to(pages::icon))
        .route("/ui", web::get().to(pages::home))
        .service(
            web::scope("/ui")
                .wrap(Compress::default())
                .route("/assets/{path:.*}", web::get().to(pages::asset))
                .route("/{path:.*}", web::get().to(pages::shell)),
        )
        .route("/healthz", web::get().to(pages::health))
        .route("/readyz", web::get().to(pages::readiness))
        .default_service(web::to(pages::missing));
}
