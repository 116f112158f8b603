//! The console's calls for sandboxes: sample data, and a fresh start.

use super::admin::Admin;
use super::error::ApiError;
use super::seeding::{self, Seeded};
use super::{App, body};
use crate::api::node::NodePath;
use crate::api::sandbox::{SampleLocale, SampleShape, SandboxReset, SeedWish, Seeded as SeededDocument};
use crate::domain::NodeId;
use crate::scim::sample::{Locale, Order, Shape, sample};
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

/// Fill a sandbox
///
/// With users and groups that could be a company. Those whose names are there already are passed over. Nobody is invited.
#[utoipa::path(
    post,
    path = "/nodes/{node_id}/seed",
    params(NodePath),
    request_body = SeedWish,
    responses((status = 200, body = SeededDocument))
)]
pub async fn seed(
    admin: Admin,
    app: Data<App>,
    path: Path<NodePath>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let wish: SeedWish = body::json(&request, payload).await?;
    let groups = wish.groups.unwrap_or_default();
    if wish.users > 10_000 || groups > 1_000 {
        return Err(ApiError::invalid("users", "expected at most 10000 users and 1000 groups"));
    }
    let order = Order {
        users: wish.users as usize,
        groups: groups as usize,
        locale: wish.locale.map(locale).unwrap_or_default(),
        shape: wish.shape.map(shape).unwrap_or_default(),
        seed: wish.seed.unwrap_or(1).into(),
    };
    let (act, store, node) = (admin.act()?, app.store.clone(), NodeId(path.node_id));
    let done = web::block(move || seeding::seed(&store, &act, node, sample(&order))).await;
    let Seeded { users, groups, skipped } = done.map_err(|_| ApiError::broken("a sandbox could not be filled"))??;
    app.wake();
    Ok(HttpResponse::Ok().json(SeededDocument { users, groups, skipped }))
}

/// Reset a sandbox
///
/// Its users and teams go, faults end, and its clock is set right. Persona, connection and tokens stay.
#[utoipa::path(post, path = "/nodes/{node_id}/reset", params(NodePath), responses((status = 200, body = SandboxReset)))]
pub async fn reset(admin: Admin, app: Data<App>, path: Path<NodePath>) -> Result<HttpResponse, ApiError> {
    let (act, store, node) = (admin.act()?, app.store.clone(), NodeId(path.node_id));
    let done = web::block(move || seeding::reset(&store, &act, node)).await;
    let removed = done.map_err(|_| ApiError::broken("a sandbox could not be reset"))??;
    Ok(HttpResponse::Ok().json(SandboxReset { users: removed.users, teams: removed.teams }))
}

fn locale(word: SampleLocale) -> Locale {
    match word {
        SampleLocale::En => Locale::En,
        SampleLocale::Ja => Locale::Ja,
        SampleLocale::Mixed => Locale::Mixed,
    }
}

fn shape(word: SampleShape) -> Shape {
    match word {
        SampleShape::Flat => Shape::Flat,
        SampleShape::OrgChart => Shape::OrgChart,
    }
}
