//! First run, signing in and signing out.

use super::admin::{self as guard, Admin, SignedInAdmin};
use super::error::ApiError;
use super::login_throttle::Who;
use super::sign_in_attempt::{delay, log_failed};
use super::{App, body, password, request_id, second_factor};
use crate::api::session::{Session, SetUp, SignIn, Status};
use crate::domain::admin::{self, NewAdmin};
use crate::domain::approval::{self, ApprovalBatch, ApprovalScope};
use crate::domain::job::{self};
use crate::domain::second_factor::Given;
use crate::domain::sign_in;
use crate::domain::{Act, Error, Fault, Tx, fold, token};
use crate::store::ScanLane;
use crate::world;
use actix_web::http::header::USER_AGENT;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

/// Show what the sign-in page needs to know
///
/// Whether an administrator exists, and whether this request is signed in.
#[utoipa::path(get, path = "/status", responses((status = 200, body = Status)), security(()))]
pub async fn status(app: Data<App>, request: HttpRequest, admin: Option<Admin>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(status_of(&app, &request, admin.is_some())?))
}

/// The same, to whoever is signed in or not.
///
/// # Errors
/// Those of the store.
pub fn status_of(app: &App, request: &HttpRequest, signed_in: bool) -> Result<Status, ApiError> {
    let setup_required = app.store.read(|tx| tx.admins())?.is_empty();
    let base = app.addresses.base(request);
    let host = base.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    let local = ["127.", "localhost", "[::1]"].iter().any(|name| host.starts_with(name));
    let served = app.tls.as_ref().filter(|_| signed_in).and_then(|tls| tls.certificate());
    Ok(Status {
        setup_required,
        signed_in,
        demo: app.demo,
        version: env!("CARGO_PKG_VERSION"),
        // The base URL may name this machine while the appliance listens to all.
        insecure: !app.addresses.is_https(request) && (!local || app.addresses.everywhere),
        base_url: base.into_owned(),
        client: app.addresses.client(request),
        https: app.addresses.is_https(request),
        certificate_days: served.map(|found| found.days_left(world::now().0)),
    })
}

/// Create the first administrator
///
/// Needs the one-time link that the server printed at its first start. Signs in as well.
#[utoipa::path(post, path = "/setup", request_body = SetUp, responses((status = 201, body = Session)), security(()))]
pub async fn set_up(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    guard::check_origin(&app, &request)?;
    let SetUp { token, email, name, password } = body::json(&request, payload).await?;
    let address = app.addresses.client(&request);
    let now = world::now();
    let attempt = delay(&app, now, &Who::Stranger { account: "setup", address: &address })?;
    let asked = token.clone();
    app.store.read(move |tx| admin::check_setup(tx, now, &asked)).inspect_err(|_| log_failed(&address, "setup"))?;
    app.delays.succeeded(&attempt);
    admin::check_credentials(&email, &password)?;
    let new = NewAdmin { email, name, password: password::hash(&app, password).await?, role: None };
    let (secret, device) = (Zeroizing::new(world::secret()?), Zeroizing::new(world::secret()?));
    let client = client(&request);
    let (digest, device_digest) = (token::digest(&secret), token::digest(&device));
    let act = Act { now, address, request_id: request_id::of(&request).unwrap_or_default(), ..world::act("setup")? };
    let write = move |tx: &mut dyn Tx| sign_in::set_up(tx, &act, &token, &new, digest, &device_digest, &client);
    let (admin, session) = app.store.write(write).await?;
    let body = Session::new(&admin, &session, &guard::csrf_of(&secret), None);
    let mut response = HttpResponse::Created();
    response.cookie(guard::set_cookie(&app, &request, &secret, false));
    Ok(response.cookie(guard::set_device(&app, &request, &device)).json(body))
}

/// What the browser calls itself.
fn client(request: &HttpRequest) -> String {
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.unwrap_or_default().to_owned()
}

// An unknown address and a wrong password get the same answer after the same work.
/// Sign in
///
/// Sets the session cookie. With a second factor the answer is SECOND_FACTOR_NEEDED until a code is given as well. Approves what waits for an administrator to sign in.
#[utoipa::path(post, path = "/session", request_body = SignIn, responses((status = 200, body = Session)), security(()))]
pub async fn begin(app: Data<App>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    guard::check_origin(&app, &request)?;
    let SignIn { email, password, remember, code } = body::json(&request, payload).await?;
    let (account, address, now) = (fold(&email), app.addresses.client(&request), world::now());
    let device = guard::device(&app, &request).map(Zeroizing::new);
    let digest = device.as_ref().map(|secret| token::digest(secret));
    let email = account.clone();
    let (known, device_of) = app.store.read(move |tx| {
        let device_of = digest.map(|digest| tx.device(&digest)).transpose()?.flatten();
        Ok::<_, Error>((tx.admin_by_email(&email)?, device_of))
    })?;
    // A device of somebody else is a stranger here.
    let device = device.zip(digest).filter(|_| known.as_ref().is_some_and(|(admin, _)| device_of == Some(admin.id)));
    let who = match &device {
        Some((_, digest)) => Who::Device(digest),
        None => Who::Stranger { account: &account, address: &address },
    };
    let attempt = delay(&app, now, &who)?;
    let right = password::verify(&app, &attempt, password, known.as_ref().map(|(_, hash)| hash.clone())).await?;
    let act = Act {
        now,
        address: address.clone(),
        request_id: request_id::of(&request).unwrap_or_default(),
        ..world::act("system")?
    };
    let Some((admin, hash)) = known.filter(|_| right) else {
        log_failed(&address, "session");
        let note = move |tx: &mut dyn Tx| sign_in::note_failed(tx, &act, &account);
        return match app.store.write(note).await {
            // The answer is the same whether the disk takes the note or not.
            Ok(()) | Err(Error::Fault(Fault::Unwritable | Fault::Unsure)) => Err(Error::SignInFailed.into()),
            Err(error) => Err(error.into()),
        };
    };
    let second = match second_factor::given(&app, admin.id, now, code.as_ref().map(|code| code.as_str())) {
        Err(Error::SecondFactorNeeded) => {
            app.delays.returned(&attempt);
            return Err(Error::SecondFactorNeeded.into());
        }
        Err(Error::SecondFactorWrong) => return wrong_code(&app, act, account).await,
        given => given?,
    };
    // A recovery code that is none counts as a failure, which only the store knows.
    let is_recovery = matches!(second, Some(Given::Recovery(_)));
    if !is_recovery {
        app.delays.succeeded(&attempt);
    }
    let failed = (act.clone(), account.clone());
    // Always a new id: one that was planted in the browser before must never become a session. The one it had ends.
    let (secret, old) = (Zeroizing::new(world::secret()?), guard::session_digest(&app, &request));
    let digest = token::digest(&secret);
    let (device, device_digest) = match device {
        Some(known) => known,
        None => {
            let made = Zeroizing::new(world::secret()?);
            let digest = token::digest(&made);
            (made, digest)
        }
    };
    let act = Act { by: admin.email.clone(), ..act };
    let start = (crate::domain::TeamKey(0), crate::domain::UserId(0));
    let looked =
        app.store.scan(ScanLane::Console, move |tx| approval::next(tx, ApprovalScope::SignIn, start, job::BATCH)).await;
    let batch = match looked {
        Ok(batch) => batch,
        // Whoever signs in does not wait for what takes long to be found; a job looks for it.
        Err(Error::Fault(Fault::TooLong | Fault::Busy)) => ApprovalBatch::default(),
        Err(error) => return Err(error.into()),
    };
    let stored = hash.clone();
    let proof = sign_in::Proof {
        account,
        admin: admin.id,
        hash,
        session: digest,
        device: device_digest,
        replaced: old,
        remembered: remember,
        client: client(&request),
        second,
    };
    let write = move |tx: &mut dyn Tx| sign_in::sign_in(tx, &act, &proof, &batch);
    let (session, approved) = match app.store.write(write).await {
        Ok((session, tally, job)) => (session, Some((tally, job))),
        // Whoever is to see what is the matter has to be let in.
        // A code that cannot be used up would work again.
        Err(Error::Fault(fault @ (Fault::Unwritable | Fault::Unsure))) if !is_recovery => {
            tracing::warn!(admin = admin.email, %fault, "signed in without a trace in the audit log");
            (app.interim.open(now, &admin, stored, digest)?, None)
        }
        Err(Error::SecondFactorWrong) => return wrong_code(&app, failed.0, failed.1).await,
        Err(error) => return Err(error.into()),
    };
    app.delays.succeeded(&attempt);
    let body = Session::new(&admin, &session, &guard::csrf_of(&secret), approved);
    let mut response = HttpResponse::Ok();
    response.cookie(guard::set_cookie(&app, &request, &secret, remember));
    Ok(response.cookie(guard::set_device(&app, &request, &device)).json(body))
}

/// A right password with a wrong code: it counts as a failed sign-in, and the audit log has it.
async fn wrong_code(app: &App, act: Act, account: String) -> Result<HttpResponse, ApiError> {
    second_factor::log_wrong(&act.address);
    match app.store.write(move |tx| sign_in::note_failed(tx, &act, &account)).await {
        Ok(()) | Err(Error::Fault(Fault::Unwritable | Fault::Unsure)) => Err(Error::SecondFactorWrong.into()),
        Err(error) => Err(error.into()),
    }
}

/// Show who is signed in
///
/// With the CSRF token that changes need.
#[utoipa::path(get, path = "/session", responses((status = 200, body = Session)), security(("session" = [])))]
pub async fn current(signed: SignedInAdmin) -> HttpResponse {
    let person = signed.person;
    HttpResponse::Ok().json(Session::new(&person.admin, &person.session, &person.csrf, None))
}

/// Sign out
///
/// Ends this session.
#[utoipa::path(delete, path = "/session", responses((status = 204)), security(("session" = [])))]
pub async fn sign_out(signed: SignedInAdmin, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let (digest, act) = (signed.person.session.digest, signed.guard.act()?);
    let interim = app.interim.end(&digest);
    let written = app.store.write(move |tx| sign_in::sign_out(tx, &act, &digest)).await;
    if let Err(error) = written
        && !(interim && matches!(error, Error::Fault(Fault::Unwritable | Fault::Unsure)))
    {
        return Err(error.into());
    }
    Ok(HttpResponse::NoContent().cookie(guard::clear_cookie(&app, &request)).finish())
}

/// Sign out everywhere
///
/// Ends all sessions of the signed-in administrator.
#[utoipa::path(delete, path = "/sessions", responses((status = 204)), security(("session" = [])))]
pub async fn sign_out_everywhere(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (id, act) = (signed.person.admin.id, signed.guard.act()?);
    app.interim.end_all(id);
    app.store.write(move |tx| sign_in::sign_out_everywhere(tx, &act, id)).await?;
    Ok(HttpResponse::NoContent().cookie(guard::clear_cookie(&app, &request)).finish())
}
