//! The console's calls for backups. Restoring needs a stopped server, so that is for the command line.

use super::App;
use super::admin::{Admin, SignedInAdmin};
use super::error::ApiError;
use super::file::file;
use crate::api::backup::{Backup, BackupPath, BackupProblem, BackupVerdict, Backups};
use crate::domain::{Error, Noun};
use crate::store::backup::{self, ASKED, BackupError, BackupWish, Found};
use crate::world;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpResponse, web};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use zeroize::Zeroizing;

/// Where backups go, and what they are sealed with.
#[derive(Clone)]
pub struct BackupFolder {
    /// The folder.
    pub path: PathBuf,
    /// The passphrase.
    pub passphrase: Option<Zeroizing<String>>,
}

/// One backup at a time: it reads the whole database twice.
static UNDER_WAY: AtomicBool = AtomicBool::new(false);

/// The right to read the whole database, given back when it is dropped.
struct Turn;

impl Turn {
    fn take() -> Result<Turn, ApiError> {
        match UNDER_WAY.swap(true, Ordering::SeqCst) {
            true => Err(failed("Another backup is being made or checked. Try again when it is done.")),
            false => Ok(Turn),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        UNDER_WAY.store(false, Ordering::SeqCst);
    }
}

fn failed(said: impl std::fmt::Display) -> ApiError {
    Error::BackupFailed(said.to_string()).into()
}

impl From<BackupError> for ApiError {
    fn from(error: BackupError) -> ApiError {
        failed(error)
    }
}

fn name(found: &Found) -> String {
    found.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A backup of the folder by its name, and no other file.
fn named(app: &App, wanted: &str) -> Result<Found, ApiError> {
    let all = backup::list(&app.background.backups.path)?;
    let found = all.into_iter().find(|found| name(found) == wanted);
    Ok(found.ok_or_else(|| Error::NotFound(Noun::Backup, wanted.chars().take(80).collect()))?)
}

/// List backups
///
/// Newest first.
#[utoipa::path(get, path = "/backups", responses((status = 200, body = Backups)))]
pub async fn list(_: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let folder = &app.background.backups.path;
    let backups = backup::list(folder)?.into_iter().map(|found| Backup {
        name: name(&found),
        bytes: found.bytes,
        created_at: found.created_at.into(),
        schema: found.schema,
        sealed: found.sealed,
        scheduled: found.scheduled,
        with_key: found.with_key,
    });
    Ok(HttpResponse::Ok().json(Backups { folder: folder.display().to_string(), backups: backups.collect() }))
}

/// Make a backup
///
/// Answered when it is written and checked.
#[utoipa::path(post, path = "/backups", responses((status = 201, body = BackupVerdict)))]
pub async fn create(admin: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    admin.check_proved()?;
    if app.store.is_shared() {
        return Err(failed(backup::ELSEWHERE));
    }
    let (turn, store, to) = (Turn::take()?, app.store.clone(), app.background.backups.clone());
    let (now, chance) = (world::now(), world::random()?);
    let made = web::block(move || {
        let _turn = turn;
        let passphrase = to.passphrase.as_deref().map(String::as_str);
        let wish =
            BackupWish { dir: store.folder(), to: &to.path, name: ASKED, passphrase, with_key: false, now, chance };
        backup::create(&wish, &mut |_, _| {})
    });
    let made = made.await.map_err(|_| ApiError::broken("a backup was not finished"))??;
    let name = made.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let verdict = BackupVerdict { name, ok: true, bytes: made.bytes, sha256: made.sha256, problems: Vec::new() };
    Ok(HttpResponse::Created().json(verdict))
}

/// Verify a backup
///
/// Looks through the whole file; a sealed one with the passphrase of the server.
#[utoipa::path(post, path = "/backups/{name}/verify", params(BackupPath), responses((status = 200, body = BackupVerdict)))]
pub async fn verify(_: Admin, app: Data<App>, path: Path<BackupPath>) -> Result<HttpResponse, ApiError> {
    let found = named(&app, &path.name)?;
    let (turn, store, of) = (Turn::take()?, app.store.clone(), app.background.backups.clone());
    let (file, now) = (found.file.clone(), world::now());
    let checked = web::block(move || {
        let _turn = turn;
        backup::check(&file, store.folder(), of.passphrase.as_deref().map(String::as_str), now)
    });
    let checked = checked.await.map_err(|_| ApiError::broken("a backup was not looked through"))??;
    let problem = |one: crate::store::Problem| BackupProblem { check: one.check.to_owned(), found: one.found };
    Ok(HttpResponse::Ok().json(BackupVerdict {
        name: name(&found),
        ok: checked.problems.is_empty(),
        bytes: checked.bytes,
        sha256: checked.sha256,
        problems: checked.problems.into_iter().map(problem).collect(),
    }))
}

/// Download a backup
///
/// No API key can do this: the file holds everything.
#[utoipa::path(
    get,
    path = "/backups/{name}",
    params(BackupPath),
    responses((status = 200, content((String = "application/octet-stream"))))
)]
pub async fn download(signed: SignedInAdmin, app: Data<App>, path: Path<BackupPath>) -> Result<HttpResponse, ApiError> {
    signed.check_proved()?;
    let found = named(&app, &path.name)?;
    let open = File::open(&found.file)?;
    let pages = futures_util::stream::unfold(Some(open), |open| async move {
        let open = open?;
        let read = web::block(move || {
            let mut part = Vec::with_capacity(1 << 18);
            (&open).take(1 << 18).read_to_end(&mut part).map(|_| (open, part))
        });
        match read.await {
            Ok(Ok((_, part))) if part.is_empty() => None,
            Ok(Ok((open, part))) => Some((Ok(Bytes::from(part)), Some(open))),
            Ok(Err(error)) => Some((Err(ApiError::from(error)), None)),
            Err(_) => Some((Err(ApiError::broken("a backup could not be read")), None)),
        }
    });
    Ok(file(&name(&found), "application/octet-stream", pages))
}

/// Delete a backup
///
/// With the key file beside it.
#[utoipa::path(delete, path = "/backups/{name}", params(BackupPath), responses((status = 204)))]
pub async fn delete(signed: SignedInAdmin, app: Data<App>, path: Path<BackupPath>) -> Result<HttpResponse, ApiError> {
    signed.check_proved()?;
    backup::delete(&named(&app, &path.name)?)?;
    Ok(HttpResponse::NoContent().finish())
}
