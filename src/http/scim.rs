//! The SCIM endpoint: who is let in, and from the answer of the protocol to a response.

use super::answer::scim_answer;
use super::error::ScimError;
use super::provisioner::{Provisioner, presented};
use super::refusal::refused;
use super::rejection::Rejection;
use super::scim_call::Call;
use super::scim_path::{ScimPath, is_read, place, segments};
use super::usage::{Answered, remember};
use super::{App, precheck, request_id, self_test, staging, tape};
use crate::domain::{NodeId, Time, token};
use crate::scim::Answer;
use crate::world;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Anything below the SCIM path.
pub async fn handle(request: HttpRequest, payload: Payload, app: Data<App>) -> HttpResponse {
    let (now, began) = (world::now(), Instant::now());
    let (node, segments) = segments(request.path());
    let place = place(&segments);
    if place.is_none()
        && let Some(answer) = self_test::answer(&app, &request, &segments, now)
    {
        return answer;
    }
    let (outcome, provisioner) = match begin(&app, &request, node, place, now) {
        Err(refusal) => (Err(app.rates.refused(&app, &request, refusal)), None),
        Ok((provisioner, Some(outcome))) => (outcome, Some(provisioner)),
        Ok((provisioner, None)) => {
            tape::start(&request, provisioner.caller.connection.settings.capture);
            let call = Call::of(&app, &request, &provisioner);
            // Boxed, so that reads that were answered above do not carry the room for it. A panic must cost its own request
            // alone.
            let outcome = match staging::of(&provisioner) {
                None => AssertUnwindSafe(Box::pin(call.serve(payload, place, &segments))).catch_unwind().await,
                Some(sandbox) => {
                    let work = Box::pin(staging::serve(call, sandbox, payload, place, &segments));
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
    let response = remember(&app, &request, node, place, &segments, provisioner, answered, response).await;
    if is_staged { staging::spoil(&request, response) } else { response }
}

/// A client that was let in, and its answer when nothing has to be waited for.
type Begun = (Provisioner, Option<Result<Answer, ScimError>>);

/// Lets the client in and, in the same transaction, answers what can be answered right here.
fn begin(
    app: &App,
    request: &HttpRequest,
    node: Option<NodeId>,
    place: Option<ScimPath<'_>>,
    now: Time,
) -> Result<Begun, ScimError> {
    if !precheck::is_certified(app, request) {
        return Err(ScimError::Rejection(Rejection::NoCertificate));
    }
    if !is_read(request) {
        return Ok((Provisioner::admit_to_write(app, request, node, now)?, None));
    }
    app.store.read(|tx| {
        if let (Some(place), Some(token)) = (place, presented(request)) {
            token::foresee(tx, token, Call::foreseen(place))?;
        }
        let provisioner = Provisioner::admit(tx, app, request, node, now)?;
        if staging::of(&provisioner).is_some() {
            return Ok((provisioner, None));
        }
        let call = Call::of(app, request, &provisioner);
        let answer = catch_unwind(AssertUnwindSafe(|| place.and_then(|place| call.at_once(tx, place))));
        let answer = answer.unwrap_or(Some(Err(ScimError::Broken)));
        Ok((provisioner, answer))
    })
}
