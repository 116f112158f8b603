//! Captured requests, for the inspector: one line each, and one with everything that is kept of it.

use super::request_status;
use super::scalar::{Id, Moment};
use super::words::CaptureMode;
use crate::domain::connection::Connection;
use crate::domain::exchange::{Exchange, ExchangeQuery};
use crate::domain::{Error, NodeId, Result, ScimId, Time};
use crate::scim::explain::{self, Explanation, Seen, effect};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Requests of a page at most, and when nobody says how many.
const MOST: u64 = 1000;
const USUAL: u64 = 100;

/// A document with the fields of a line and more: a flattened struct could not be closed.
macro_rules! line {
    ($(#[doc = $about:literal])+ $name:ident { $($own:tt)* }) => {
        $(#[doc = $about])+
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The name of the request: `X-Request-Id` of its answer.
            pub request_id: String,
            /// When it arrived.
            pub at: Moment,
            /// The connection; null where the address named none.
            pub scim_id: Option<Id>,
            /// The node of the connection.
            pub node_id: Option<Id>,
            /// The method.
            pub method: String,
            /// The path below the base URL; the whole path where the address named no connection.
            pub path: String,
            /// What stands behind the question mark.
            pub query: String,
            /// The status of the answer.
            pub status: u16,
            /// Milliseconds until the answer was made.
            pub ms: f64,
            /// The client, as far as it was recognised.
            pub client: String,
            /// What happened, in one English sentence.
            pub summary: String,
            /// Which sentence that is.
            pub summary_code: String,
            /// What fills the placeholders of the sentence.
            #[schema(value_type = Object)]
            pub arguments: Map<String, Value>,
            /// The codes of the relaxations that applied.
            pub relaxations: Vec<String>,
            /// The code of the refusal.
            pub code: Option<String>,
            /// What the answer said about the refusal.
            pub detail: Option<String>,
            /// `User` or `Group`.
            pub kind: Option<String>,
            /// The id of the user or group that it concerned.
            pub subject_id: Option<String>,
            /// The name of that user or group.
            pub subject: Option<String>,
            /// The client's address.
            pub from: String,
            /// The client's User-Agent.
            pub agent: Option<String>,
            /// Bytes of the request's body.
            pub request_size: u64,
            /// Bytes of the answer's body.
            pub answer_size: u64,
            /// Whether nothing says that a client of the connection sent it.
            pub noise: bool,
            $($own)*
        }

        impl $name {
            /// The line of an exchange, and what is more.
            fn of(exchange: &Exchange, more: impl FnOnce(Line) -> $name) -> $name {
                more(Line(exchange))
            }
        }
    };
}

/// An exchange whose line is to be shown.
struct Line<'e>(&'e Exchange);

macro_rules! filled {
    ($name:ident, $line:expr, $($own:ident: $value:expr),*) => {{
        let exchange = $line.0;
        $name {
            request_id: exchange.request_id.clone(),
            at: exchange.at.into(),
            scim_id: exchange.connection.map(Id::from),
            node_id: exchange.node.map(Id::from),
            method: exchange.method.clone(),
            path: exchange.path.clone(),
            query: exchange.query.clone(),
            status: exchange.status,
            ms: exchange.micros as f64 / 1000.0,
            client: exchange.client.clone(),
            summary: exchange.summary.text.clone(),
            summary_code: exchange.summary.code.clone(),
            arguments: serde_json::from_str(&exchange.summary.arguments).unwrap_or_default(),
            relaxations: exchange.relaxations.clone(),
            code: exchange.code.clone(),
            detail: exchange.detail.clone(),
            kind: exchange.subject.kind.clone(),
            subject_id: exchange.subject.id.clone(),
            subject: exchange.subject.name.clone(),
            from: exchange.address.clone(),
            agent: exchange.agent.clone(),
            request_size: exchange.request_size,
            answer_size: exchange.answer_size,
            noise: exchange.is_noise,
            $($own: $value),*
        }
    }};
}

line!(
    /// A captured request.
    Request {}
);

line!(
    /// A captured request with everything that is kept of it.
    RequestDetail {
        /// How much of it is kept.
        pub capture: CaptureMode,
        /// What was sent.
        pub request: RequestText,
        /// What was answered.
        pub response: RequestText,
        /// What it changed, attribute by attribute.
        pub effect: Vec<RequestEffect>,
        /// What there is to say of it.
        pub explain: Vec<RequestExplanation>,
    }
);

impl From<&Exchange> for Request {
    fn from(exchange: &Exchange) -> Request {
        Request::of(exchange, |line| filled!(Request, line,))
    }
}

/// Headers and body.
#[derive(Serialize, Default, ToSchema)]
pub struct RequestText {
    /// The headers, names in lower case; empty where they are not kept.
    pub headers: BTreeMap<String, String>,
    /// The body; null where there was none, or it is not kept.
    pub body: Option<String>,
}

impl RequestText {
    fn new(headers: &str, body: Option<&String>) -> RequestText {
        let pairs: Vec<(String, String)> = serde_json::from_str(headers).unwrap_or_default();
        let mut all = BTreeMap::<String, String>::new();
        for (name, value) in pairs {
            all.entry(name).and_modify(|known| *known = format!("{known}, {value}")).or_insert(value);
        }
        RequestText { headers: all, body: body.cloned() }
    }
}

/// A change of one attribute.
#[derive(Serialize, ToSchema)]
pub struct RequestEffect {
    /// `User` or `Group`.
    pub kind: String,
    /// The id of the user or group.
    pub id: String,
    /// Its user name or name.
    pub name: String,
    /// The attribute.
    pub attribute: String,
    /// Its value before; null where it had none.
    #[schema(value_type = Value)]
    pub before: Value,
    /// Its value after; null where it has none.
    #[schema(value_type = Value)]
    pub after: Value,
}

impl From<effect::Effect> for RequestEffect {
    fn from(one: effect::Effect) -> RequestEffect {
        let effect::Effect { kind, id, name, attribute, before, after } = one;
        RequestEffect { kind, id, name, attribute, before, after }
    }
}

/// Something to say of a request.
#[derive(Serialize, ToSchema)]
pub struct RequestExplanation {
    /// `filter`, `operation`, `ignored`, `plain`, the code of a relaxation, or that of a refusal.
    pub code: String,
    /// The sentence in English.
    pub text: String,
    /// The clause of the RFC.
    pub clause: Option<String>,
    /// What to change, and where.
    pub advice: Option<String>,
    /// What the sentence is made with.
    #[schema(value_type = Object)]
    pub arguments: Map<String, Value>,
}

impl From<Explanation> for RequestExplanation {
    fn from(one: Explanation) -> RequestExplanation {
        let Explanation { code, text, clause, advice, arguments } = one;
        RequestExplanation { code, text, clause, advice, arguments }
    }
}

/// An exchange as `scim` looks at it.
pub fn seen<'e>(exchange: &'e Exchange, headers: &'e [(String, String)], idp: Option<&'e str>) -> Seen<'e> {
    let text = exchange.text.as_ref();
    Seen {
        method: &exchange.method,
        path: &exchange.path,
        query: &exchange.query,
        status: exchange.status,
        micros: exchange.micros,
        code: exchange.code.as_deref(),
        detail: exchange.detail.as_deref(),
        agent: exchange.agent.as_deref(),
        headers,
        body: text.and_then(|text| text.request_body.as_deref()),
        answer: text.and_then(|text| text.answer_body.as_deref()),
        idp,
        relaxations: &exchange.relaxations,
        ..Seen::default()
    }
}

impl RequestDetail {
    /// Everything of an exchange, explained for the identity provider of its connection.
    pub fn new(exchange: &Exchange, connection: Option<&Connection>) -> RequestDetail {
        let told = explain::explain(&seen(exchange, &[], connection.map(|one| one.idp.name)), &exchange.client);
        let text = exchange.text.as_ref();
        let effects: Vec<effect::Effect> =
            text.and_then(|text| serde_json::from_str(&text.effect).ok()).unwrap_or_default();
        let mode = if text.is_some() { "full" } else { "metadata" };
        let request = text.map(|text| RequestText::new(&text.request_headers, text.request_body.as_ref()));
        let response = text.map(|text| RequestText::new(&text.answer_headers, text.answer_body.as_ref()));
        RequestDetail::of(exchange, |line| {
            filled!(RequestDetail, line,
                capture: CaptureMode(mode),
                request: request.unwrap_or_default(),
                response: response.unwrap_or_default(),
                effect: effects.into_iter().map(RequestEffect::from).collect(),
                explain: told.into_iter().map(RequestExplanation::from).collect()
            )
        })
    }
}

/// Captured requests, newest first.
#[derive(Serialize, ToSchema)]
pub struct RequestPage {
    /// The requests of this page.
    #[schema(max_items = 1000)]
    pub requests: Vec<Request>,
    /// The value of `after` for the next page; null on the last one.
    pub next: Option<String>,
    /// How many requests since the start could not be kept, because too many came at once.
    pub dropped: u64,
}

/// Which requests.
#[derive(Deserialize, IntoParams, Default, Clone)]
#[into_params(parameter_in = Query)]
pub struct RequestQuery {
    /// The id of a node.
    #[param(value_type = Option<Id>)]
    pub node_id: Option<i64>,
    /// The id of a connection.
    #[param(value_type = Option<Id>)]
    pub scim_id: Option<i64>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9]{1,15})?$")]
    pub after: Option<String>,
    /// Requests of a page: 100 by default, at most 1000.
    pub limit: Option<u64>,
    /// A text in path, query, names or, where they are kept, bodies.
    pub q: Option<String>,
    /// A status such as `404`, or a class such as `4xx`; `refused` for all from 400.
    #[param(pattern = "^([1-5][0-9][0-9]|[1-5]xx|refused)?$")]
    pub status: Option<String>,
    /// The beginning of the client's name, in any letter case.
    pub client: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// The code of a relaxation.
    pub relaxation: Option<String>,
    /// Not before this time, as in 2026-01-31T09:30:00Z.
    #[param(value_type = Option<Moment>)]
    pub since: Option<String>,
    /// Not after this time, as in 2026-01-31T09:30:00Z.
    #[param(value_type = Option<Moment>)]
    pub until: Option<String>,
}

impl RequestQuery {
    /// How many a page has.
    pub fn count(&self) -> u64 {
        self.limit.unwrap_or(USUAL).clamp(1, MOST)
    }

    /// The same for the store: one more than a page has, which says whether there is another one.
    ///
    /// # Errors
    /// `INVALID`.
    pub fn wanted(&self, among: Option<Vec<NodeId>>) -> Result<ExchangeQuery> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let wrong = || Error::Invalid("after", "expected “next” of a page".to_owned());
        let number = |text: String| {
            let is_number = text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i64>().ok().filter(|_| is_number).ok_or_else(wrong)
        };
        let before = given(&self.after).map(number).transpose()?;
        Ok(ExchangeQuery {
            node: self.node_id.map(NodeId),
            among,
            connection: self.scim_id.map(ScimId),
            status: given(&self.status).map(|text| request_status::range(&text)).transpose()?,
            client: given(&self.client),
            method: given(&self.method),
            relaxation: given(&self.relaxation),
            text: given(&self.q).map(|text| super::listing::searched(&text)),
            from: self.since.as_deref().map(|text| Time::parse("since", text)).transpose()?,
            to: self.until.as_deref().map(|text| Time::parse("until", text)).transpose()?,
            before,
            since: None,
            limit: self.count() + 1,
        })
    }
}

/// A page of what was found.
pub fn page(mut found: Vec<Exchange>, count: u64, dropped: u64) -> RequestPage {
    let more = found.len() as u64 > count;
    found.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|last| last.number.to_string());
    RequestPage { requests: found.iter().map(Request::from).collect(), next, dropped }
}

/// Which request.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RequestPath {
    /// The name of a request; of an export also several, with commas between.
    pub request_id: String,
}

/// In which form.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RequestFormatQuery {
    /// The format.
    #[param(value_type = super::words::RequestFormat)]
    pub format: String,
}

/// How a request is sent again.
#[derive(Deserialize, ToSchema)]
pub struct ReplayWish {
    /// Whether everything is undone afterwards; true if absent.
    pub dry_run: Option<bool>,
    /// Another body than the one that is kept.
    pub body: Option<String>,
    /// Another query.
    pub query: Option<String>,
}

/// What a request came to that was sent again.
#[derive(Serialize, ToSchema)]
pub struct Replayed {
    /// The name of the request that was sent again.
    pub request_id: String,
    /// Whether everything was undone.
    pub dry_run: bool,
    /// The status this time.
    pub status: u16,
    /// The status that it had.
    pub before: u16,
    /// Whether both are the same.
    pub equal: bool,
    /// The body of the answer.
    pub body: Option<String>,
    /// What it changed; in a dry run, what it would change.
    pub effect: Vec<RequestEffect>,
    /// The codes of the relaxations that applied.
    pub relaxations: Vec<String>,
}
