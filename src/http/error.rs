//! Refusals as HTTP: with `status`, the only file that names status codes.

use super::rejection::Rejection;
use super::request_id::log_cause;
use super::staged::Staged;
use super::status::{of_answer, of_error, of_fault, of_number, of_turned};
use crate::api::{self, error::Refusal};
use crate::domain::{self, Fault, token};
use crate::scim;
use crate::scim::relaxation::Relaxation;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, LINK, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

/// What SCIM bodies are.
pub const SCIM_JSON: &str = "application/scim+json";

/// A refusal on the SCIM side.
#[derive(Debug)]
pub enum ScimError {
    /// The protocol's.
    Protocol(scim::Error),
    /// The token's.
    Token(token::Refusal),
    /// There is no such endpoint; what was probably meant.
    WrongPath(String),
    /// Turned away before anybody looked at what it wants.
    Rejection(Rejection),
    /// Refused on purpose, in a sandbox.
    Staged(Box<Staged>),
    /// A bug; the log knows more.
    Broken,
}

impl<E: Into<scim::Error>> From<E> for ScimError {
    fn from(error: E) -> ScimError {
        ScimError::Protocol(error.into())
    }
}

impl ScimError {
    /// The stable word for the console.
    pub fn code(&self) -> &'static str {
        match self {
            ScimError::Token(refusal) => refusal.code(),
            ScimError::Rejection(turned) => turned.code(),
            ScimError::WrongPath(_) => "WRONG_PATH",
            ScimError::Staged(staged) => staged.code,
            ScimError::Broken => "INTERNAL",
            ScimError::Protocol(error) => match error {
                scim::Error::Fault(fault) if !matches!(fault, Fault::TooLong) => fault.code(),
                scim::Error::NotFound(_) => "NOT_FOUND",
                other => other.scim_type().unwrap_or("REFUSED"),
            },
        }
    }

    /// The text of `detail`, without more than a glimpse of what the client sent.
    pub fn detail(&self) -> String {
        let whole = self.sentence();
        match whole.char_indices().nth(500) {
            Some((end, _)) => format!("{}…", whole.get(..end).unwrap_or_default()),
            None => whole,
        }
    }

    fn sentence(&self) -> String {
        match self {
            ScimError::Token(refusal) => format!("{} [{}]", refusal.sentence(), refusal.code()),
            ScimError::Rejection(turned) => turned.sentence(),
            ScimError::WrongPath(sentence) => format!("{sentence} [WRONG_PATH]"),
            ScimError::Staged(staged) => staged.detail.clone(),
            ScimError::Broken => "Something went wrong on our side; nothing has changed.".to_owned(),
            ScimError::Protocol(scim::Error::Fault(Fault::Broken(_))) => ScimError::Broken.detail(),
            ScimError::Protocol(error) => error.to_string(),
        }
    }

    /// The status (RFC 7644, section 3.12, table 8).
    pub fn status(&self) -> StatusCode {
        match self {
            // Not a refusal that an identity provider gives up on (rancher 54869).
            ScimError::Token(token::Refusal::Paused(_)) => StatusCode::SERVICE_UNAVAILABLE,
            ScimError::Token(token::Refusal::Address(_) | token::Refusal::Certificate(_)) => StatusCode::FORBIDDEN,
            ScimError::Token(_) => StatusCode::UNAUTHORIZED,
            ScimError::Rejection(turned) => of_turned(*turned),
            ScimError::WrongPath(_) => StatusCode::NOT_FOUND,
            ScimError::Staged(staged) => of_number(staged.status),
            ScimError::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            ScimError::Protocol(error) => match error {
                scim::Error::InvalidFilter(_)
                | scim::Error::InvalidSyntax(_)
                | scim::Error::InvalidPath(_)
                | scim::Error::NoTarget(_)
                | scim::Error::InvalidValue(_)
                | scim::Error::NotUnderstood(_)
                | scim::Error::Mutability(_)
                | scim::Error::InvalidCursor(_)
                | scim::Error::ExpiredCursor
                | scim::Error::InvalidCount(_)
                | scim::Error::TooMany(_) => StatusCode::BAD_REQUEST,
                scim::Error::Uniqueness(_) | scim::Error::UserTaken { .. } | scim::Error::Conflict(_) => {
                    StatusCode::CONFLICT
                }
                scim::Error::Precondition(_) => StatusCode::PRECONDITION_FAILED,
                scim::Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
                scim::Error::NotFound(_) => StatusCode::NOT_FOUND,
                scim::Error::Forbidden(_) | scim::Error::Sensitive(_) => StatusCode::FORBIDDEN,
                scim::Error::OutOfSeats { .. } => StatusCode::PRECONDITION_REQUIRED,
                scim::Error::Method(..) => StatusCode::METHOD_NOT_ALLOWED,
                scim::Error::Strict(Relaxation::ContentType, _) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                scim::Error::Strict(..) => StatusCode::BAD_REQUEST,
                scim::Error::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
                scim::Error::Fault(fault) => of_fault(fault),
            },
        }
    }

    /// The error body (RFC 7644, section 3.12). `status` is a string there.
    fn body(&self) -> Value {
        let status = self.status();
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": status.as_str(),
        });
        let mut detail = self.detail();
        if status == StatusCode::INTERNAL_SERVER_ERROR && !matches!(self, ScimError::Staged(_)) {
            detail = format!("{detail} Request id: {}.", log_cause(&self.to_string()));
        }
        if let Value::Object(body) = &mut body {
            let word = match self {
                ScimError::Protocol(error) => error.scim_type(),
                ScimError::Staged(staged) => staged.scim_type.as_deref(),
                _ => None,
            };
            if let Some(word) = word {
                body.insert("scimType".to_owned(), word.into());
            }
            body.insert("detail".to_owned(), detail.into());
        }
        body
    }

    /// The whole answer: a SCIM error body whatever went wrong.
    pub fn response(&self) -> HttpResponse {
        let status = self.status();
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, SCIM_JSON));
        match self {
            ScimError::Token(refusal) if status == StatusCode::UNAUTHORIZED => {
                let is_absent = matches!(refusal, token::Refusal::Missing | token::Refusal::NoBearer);
                let why = if is_absent { "" } else { ", error=\"invalid_token\"" };
                response.insert_header((WWW_AUTHENTICATE, format!("Bearer realm=\"scimbox\"{why}")));
            }
            ScimError::Protocol(scim::Error::Method(_, allowed)) => {
                response.insert_header((ALLOW, *allowed));
            }
            _ => {}
        }
        match self {
            // Nobody resumes a connection within seconds.
            ScimError::Token(token::Refusal::Paused(_)) => drop(response.insert_header((RETRY_AFTER, "300"))),
            ScimError::Rejection(Rejection::TooOften(seconds)) => drop(response.insert_header((RETRY_AFTER, *seconds))),
            ScimError::Staged(staged) => {
                if let Some(source) = staged.source {
                    response.insert_header((LINK, format!("<{source}>; rel=\"help\"")));
                }
                if let Some(seconds) = staged.retry_after {
                    response.insert_header((RETRY_AFTER, seconds));
                }
            }
            _ => retry_later(&mut response, status),
        }
        response.body(self.body().to_string())
    }
}

impl std::fmt::Display for ScimError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ScimError::Protocol(error) => write!(f, "{error}"),
            other => write!(f, "{}", other.detail()),
        }
    }
}

/// An outcome inside a bulk response: its status, and the body of an error.
pub fn bulk_outcome(outcome: &scim::Result<scim::Answer>) -> (u16, Option<Value>) {
    match outcome {
        Ok(answer) => (of_answer(answer).as_u16(), None),
        Err(error) => {
            let error = ScimError::Protocol(error.clone());
            (error.status().as_u16(), Some(error.body()))
        }
    }
}

/// A refusal on the console's side: `{"error": {"code", "message", "detail"}}`.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    detail: Value,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError { status, code, message: message.into(), detail: json!({}) }
    }

    /// Nobody is signed in.
    pub fn sign_in_required() -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "SIGN_IN_REQUIRED", "Sign in first.")
    }

    /// A key that is not known, revoked or expired.
    pub fn key_unknown() -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "KEY_UNKNOWN", "This API key is not known, revoked or expired.")
    }

    /// A key that does not open this.
    pub fn key_scope(message: &str) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "KEY_SCOPE", message)
    }

    /// An administrator whose role does not open this.
    pub fn admin_role(message: &str) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "ADMIN_ROLE", message)
    }

    /// An administrator who needs a second factor and has none.
    pub fn second_factor_required() -> ApiError {
        let message = "Everybody needs a second factor here. Set yours up first.";
        ApiError::new(StatusCode::FORBIDDEN, "SECOND_FACTOR_REQUIRED", message)
    }

    /// No mail server is set.
    pub fn no_mail() -> ApiError {
        ApiError::new(StatusCode::CONFLICT, "NO_MAIL", "No mail server is set.")
    }

    /// A mail that did not go out, in the words of the server.
    pub fn mail_failed(said: &str) -> ApiError {
        ApiError::new(StatusCode::BAD_GATEWAY, "MAIL_FAILED", said)
    }

    /// A request that another site may have made.
    pub fn forged() -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "CSRF", "The request did not come from the console. Reload the page.")
    }

    /// The password was not given lately enough for this.
    pub fn reauthenticate() -> ApiError {
        let message = "Enter your password again: it was last given more than 15 minutes ago.";
        ApiError::new(StatusCode::FORBIDDEN, "REAUTHENTICATE", message)
    }

    /// Too many failures; wait so many seconds.
    pub fn delayed(seconds: u64) -> ApiError {
        let message = format!("Too many failed attempts. Wait {seconds} seconds.");
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "SIGN_IN_DELAYED", message);
        ApiError { detail: json!({ "retry_after": seconds }), ..error }
    }

    /// A field that is missing or wrong.
    pub fn invalid(field: &str, message: impl Into<String>) -> ApiError {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "INVALID", message);
        ApiError { detail: json!({ "field": field }), ..error }
    }

    /// A body that is too large or did not arrive.
    pub fn body(error: &ScimError) -> ApiError {
        let detail = match error {
            ScimError::Rejection(Rejection::TooOften(seconds)) => json!({ "retry_after": seconds }),
            _ => json!({}),
        };
        ApiError { detail, ..ApiError::new(error.status(), error.code(), error.detail()) }
    }

    /// Code, message and detail.
    pub fn refusal(&self) -> Refusal {
        Refusal { code: self.code, message: self.message.clone(), detail: self.detail.clone() }
    }

    /// A call that does not exist.
    pub fn no_such_call() -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such call.")
    }

    /// A call that exists for other methods.
    pub fn method(method: &str, allowed: &str) -> ApiError {
        let message = format!("“{method}” is not possible here. Possible: {allowed}.");
        let error = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD", message);
        ApiError { detail: json!({ "allow": allowed }), ..error }
    }

    /// A bug; the log knows more.
    pub fn broken(cause: &str) -> ApiError {
        ApiError::from(domain::Error::Fault(Fault::Broken(cause.to_owned())))
    }
}

impl From<scim::Error> for ApiError {
    /// What the protocol says of a resource that was made by hand.
    fn from(error: scim::Error) -> ApiError {
        match error {
            scim::Error::Fault(fault) => ApiError::from(fault),
            other => ApiError::new(StatusCode::BAD_REQUEST, "INVALID", other.to_string()),
        }
    }
}

impl From<domain::Error> for ApiError {
    fn from(error: domain::Error) -> ApiError {
        let status = of_error(&error);
        let (message, detail) = match &error {
            domain::Error::Fault(Fault::Broken(cause)) => (
                "Something went wrong on our side; nothing has changed.".to_owned(),
                json!({ "request_id": log_cause(cause) }),
            ),
            _ => (error.to_string(), super::detail::of(&error)),
        };
        ApiError { status, code: error.code(), message, detail }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> ApiError {
        ApiError::from(domain::Error::Fault(fault))
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> ApiError {
        ApiError::broken(&error.to_string())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}

impl actix_web::ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        retry_later(&mut response, self.status);
        if let Some(seconds) = self.detail.get("retry_after") {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Some(allowed) = self.detail.get("allow").and_then(Value::as_str) {
            response.insert_header((ALLOW, allowed));
        }
        response.json(api::error::Error { error: self.refusal() })
    }
}

fn retry_later(response: &mut HttpResponseBuilder, status: StatusCode) {
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE) {
        response.insert_header((RETRY_AFTER, "5"));
    }
}
