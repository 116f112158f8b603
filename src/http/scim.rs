//! The SCIM endpoint: who is let in, and from the answer of the protocol to a response.

use super::answer::scim_answer;
use super::at_once::{at_once, foreseen};
use super::error::ScimError;
use super::provisioner::{Credentials, Provisioner};
use super::refusal::refused;
use super::rejection::Rejection;
use super::request_parts::RequestParts;
use super::scim_call::Call;
use super::scim_path::is_read;
use super::stream_state::StreamState;
use super::usage::{Answered, remember};
use super::{App, precheck, request_id, self_test, staging, tape};
use crate::domain::{Time, Tx, token};
use crate::scim::Answer;
use crate::world;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Instant;

/// Anything below the SCIM path.
pub async fn handle(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let (now, began) = (world::now(), Instant::now());
    let parts = RequestParts::of(&app, &request);
    let (node, place) = (parts.node, parts.place());
    if place.is_none()
        && let Some(answer) = self_test::answer(&app, &request, &parts.segments, now)
    {
        return answer;
    }
    let (outcome, provisioner) = match begin(&app, &request, &parts, now) {
        Err(refusal) => (Err(app.rates.refused(&app, &request, refusal)), None),
        Ok((provisioner, Some(outcome))) => (outcome, Some(provisioner)),
        Ok((provisioner, None)) => {
            tape::start(&request, provisioner.caller.connection.settings.capture);
            let call = Call::of(&app, &request, &parts, &provisioner);
            // Boxed, so that reads that were answered above do not carry the room for it. A panic must cost its own request
            // alone.
            let outcome = match staging::of(&provisioner) {
                None => AssertUnwindSafe(Box::pin(call.serve(payload))).catch_unwind().await,
                Some(sandbox) => {
                    let work = Box::pin(staging::serve(call, sandbox, payload));
                    AssertUnwindSafe(work).catch_unwind().await
                }
            };
            (outcome.unwrap_or(Err(ScimError::Broken)), Some(provisioner))
        }
    };
    let is_staged = provisioner.as_ref().and_then(staging::of).is_some();
    let mut refusal = outcome.as_ref().err().map(|error| refused(&app, node, error));
    if is_staged {
        refusal = staging::noted(&request, refusal);
    }
    let mut response = match outcome {
        Ok(answer) => scim_answer(answer),
        Err(error) => error.response(),
    };
    // What writes has the name that stands in the audit log.
    let acted = request_id::of(&request);
    let id = acted.clone().unwrap_or_else(world::request_name);
    request_id::show(&id, &mut response);
    let answered = Answered { acted, id, began, now, refusal };
    let response = remember(&app, &request, node, place, &parts.segments, provisioner, answered, response).await;
    if is_staged { staging::spoil(&request, response) } else { response }
}

/// A client that was let in, and its answer when nothing has to be waited for.
type Begun = (Provisioner, Option<Result<Answer, ScimError>>);

/// Lets the client in and, in the same transaction, answers what can be answered right here.
fn begin(app: &App, request: &HttpRequest, parts: &RequestParts, now: Time) -> Result<Begun, ScimError> {
    if !precheck::may_present(app, request) {
        return Err(ScimError::Rejection(Rejection::NoCertificate));
    }
    let credentials = Credentials::of(app, request, parts.node, now);
    let begun = match is_read(request) {
        false => (Provisioner::admit_to_write(&app.store, credentials)?, None),
        true => {
            let parts = parts.clone();
            app.store.read(move |tx| read(tx, &parts, credentials))?
        }
    };
    if let Some(state) = request.conn_data::<Rc<StreamState>>() {
        state.place.know();
    }
    Ok(begun)
}

fn read(tx: &mut dyn Tx, parts: &RequestParts, credentials: Credentials) -> Result<Begun, ScimError> {
    if let (Some(place), Some(token)) = (parts.place(), credentials.token()) {
        token::foresee(tx, token, foreseen(place))?;
    }
    let provisioner = Provisioner::admit(tx, credentials)?;
    if staging::of(&provisioner).is_some() {
        return Ok((provisioner, None));
    }
    let answer = catch_unwind(AssertUnwindSafe(|| at_once(tx, parts, &provisioner.caller)));
    Ok((provisioner, answer.unwrap_or(Some(Err(ScimError::Broken)))))
}
