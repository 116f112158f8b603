//! The page behind an invitation's link: no session, no script, one form. Looking changes nothing, so a mail scanner that
//! follows the link uses nothing up; an answer works once.

use super::error::ScimError;
use super::{App, body, precheck};
use crate::domain::invitation::{self, Closed};
use crate::domain::node;
use crate::domain::user::User;
use crate::domain::{Act, Error, Time, Tx};
use crate::world;
use actix_web::http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;

/// The page holds a form and a style sheet and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the page says, in one language.
struct Words {
    language: &'static str,
    title: &'static str,
    title_of: &'static str,
    address: &'static str,
    inviter: &'static str,
    valid: &'static str,
    note: &'static str,
    other: &'static str,
    switch: &'static str,
    invited: &'static str,
    accept: &'static str,
    decline: &'static str,
    joined: &'static str,
    declined: &'static str,
    unknown: &'static str,
    expired: &'static str,
    used: &'static str,
    revoked: &'static str,
    busy: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    title: "Invitation",
    title_of: "Join “{node}”",
    address: "For",
    inviter: "Invited by the administrators of",
    valid: "Valid until",
    note: "Accepting makes your account active. This page asks for no password. If you did not expect this invitation, decline it or \
           close this page.",
    other: "ja",
    switch: "日本語",
    invited: "You have been invited to “{node}” as {email}.",
    accept: "Accept",
    decline: "Decline",
    joined: "Welcome. You have joined “{node}”. You can close this page.",
    declined: "You have declined the invitation to “{node}”. You can close this page.",
    unknown: "This link is not valid. It may have been replaced by a newer one. Ask your administrator for a new invitation.",
    expired: "This invitation has expired. Ask your administrator for a new one.",
    used: "This invitation has been answered already.",
    revoked: "This invitation has been taken back. Ask your administrator why.",
    busy: "Something went wrong on our side. Nothing has changed; try again in a moment.",
};

const JAPANESE: Words = Words {
    language: "ja",
    title: "招待",
    title_of: "「{node}」への参加",
    address: "宛先",
    inviter: "招待元 (管理者)",
    valid: "有効期限",
    note: "承諾するとアカウントが有効になります。このページでパスワードを求めることはありません。心当たりがない場合は、辞退するか、このページを閉じてください。",
    other: "en",
    switch: "English",
    invited: "{email} として「{node}」に招待されています。",
    accept: "承諾する",
    decline: "辞退する",
    joined: "「{node}」に参加しました。このページを閉じてかまいません。",
    declined: "「{node}」への招待を辞退しました。このページを閉じてかまいません。",
    unknown: "このリンクは無効です。新しいリンクに置き換えられた可能性があります。管理者に再招待を依頼してください。",
    expired: "この招待は有効期限が切れています。管理者に再招待を依頼してください。",
    used: "この招待にはすでに回答済みです。",
    revoked: "この招待は取り消されました。管理者にお問い合わせください。",
    busy: "サーバーで問題が発生しました。変更は行われていません。しばらくしてからもう一度お試しください。",
};

/// The language that was chosen on the page, else the browser's.
fn words(request: &HttpRequest) -> &'static Words {
    match request.query_string() {
        "language=ja" => return &JAPANESE,
        "language=en" => return &ENGLISH,
        _ => {}
    }
    let accepted = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = accepted.split([',', ';']).map(str::trim).find(|tag| tag.starts_with("ja") || tag.starts_with("en"));
    if first.is_some_and(|tag| tag.starts_with("ja")) { &JAPANESE } else { &ENGLISH }
}

/// The page; every text in it is escaped.
#[derive(Template)]
#[template(path = "join.html")]
struct Document<'a> {
    words: &'a Words,
    title: &'a str,
    sentence: &'a str,
    /// What tells somebody whether the invitation is genuine.
    facts: Vec<(&'static str, String)>,
    /// Whether it holds the form.
    asks: bool,
}

fn page(response: HttpResponseBuilder, words: &Words, sentence: &str) -> HttpResponse {
    document(response, &Document { words, title: words.title, sentence, facts: Vec::new(), asks: false })
}

/// An open invitation, with what its receiver can check.
struct Open {
    user: User,
    node: String,
    path: String,
    expires_at: Option<Time>,
}

fn page_with_form(words: &Words, open: &Open) -> HttpResponse {
    let said = |sentence: &str| spoken(sentence, &open.user, &open.node);
    let mut facts =
        vec![(words.address, open.user.profile.user_name.clone()), (words.inviter, open.path.replace('\\', " › "))];
    facts.extend(open.expires_at.map(|at| (words.valid, format!("{} UTC", minute(at)))));
    let (title, sentence) = (said(words.title_of), said(words.invited));
    document(HttpResponse::Ok(), &Document { words, title: &title, sentence: &sentence, facts, asks: true })
}

/// A moment to the minute, `2026-12-05 09:30`.
fn minute(at: Time) -> String {
    let text = at.to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

fn document(mut response: HttpResponseBuilder, document: &Document<'_>) -> HttpResponse {
    response.insert_header((CONTENT_SECURITY_POLICY, POLICY)).content_type("text/html; charset=utf-8");
    match document.render() {
        Ok(text) => response.body(text),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn closed(words: &Words, why: Closed) -> HttpResponse {
    match why {
        Closed::Unknown => page(HttpResponse::NotFound(), words, words.unknown),
        Closed::Expired => page(HttpResponse::Gone(), words, words.expired),
        Closed::Used => page(HttpResponse::Gone(), words, words.used),
        Closed::Revoked => page(HttpResponse::Gone(), words, words.revoked),
    }
}

/// A link that nobody was sent.
fn guessed(app: &App, request: &HttpRequest, words: &Words) -> HttpResponse {
    match app.rates.guessed(app, request) {
        Ok(()) => closed(words, Closed::Unknown),
        Err(turned) => precheck::respond(request.path(), &ScimError::Rejection(turned)),
    }
}

fn failed(words: &Words, error: &Error) -> HttpResponse {
    tracing::warn!(%error, "an invitation could not be answered");
    page(HttpResponse::ServiceUnavailable(), words, words.busy)
}

fn spoken(sentence: &str, user: &User, node: &str) -> String {
    sentence.replace("{email}", &user.profile.user_name).replace("{node}", node)
}

/// `GET /join/{token}`: who invites whom, and a form to answer.
pub async fn show(app: Data<App>, path: Path<String>, request: HttpRequest) -> HttpResponse {
    let (words, now) = (words(&request), world::now());
    let found = app.store.read(move |tx| match invitation::find(tx, now, &path)? {
        Ok(user) => {
            let (node, invited) = (node::get(tx, user.node)?, tx.invitation(user.id)?);
            let (path, expires_at) = (node::path_of(tx, &node)?, invited.and_then(|invited| invited.expires_at));
            Ok::<_, Error>(Ok(Open { user, node: node.name, path, expires_at }))
        }
        Err(why) => Ok(Err(why)),
    });
    match found {
        Ok(Err(Closed::Unknown)) => guessed(&app, &request, words),
        Ok(Ok(open)) => page_with_form(words, &open),
        Ok(Err(why)) => closed(words, why),
        Err(error) => failed(words, &error),
    }
}

/// `POST /join/{token}`: accepts or declines.
pub async fn answer(app: Data<App>, path: Path<String>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let words = words(&request);
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let body = body::read(&request, payload).await.unwrap_or_default();
    let wish = form_urlencoded::parse(&body).find(|(name, _)| name == "answer").map(|(_, value)| value.into_owned());
    // A page of another site can know neither the link nor what it would press here; a browser says who asks.
    let accepts = match (site, wish.as_deref()) {
        (None | Some("same-origin"), Some("accept")) => true,
        (None | Some("same-origin"), Some("decline")) => false,
        _ => return page(HttpResponse::BadRequest(), words, words.unknown),
    };
    let Ok(act) = world::request("person") else {
        return page(HttpResponse::ServiceUnavailable(), words, words.busy);
    };
    let act = Act { address: app.addresses.client(&request), ..act };
    // Whoever makes links up must not be able to fill the queue of writes with them.
    let link = path.clone();
    match app.store.read(move |tx| invitation::find(tx, act.now, &link)) {
        Ok(Ok(_)) => {}
        Ok(Err(Closed::Unknown)) => return guessed(&app, &request, words),
        Ok(Err(why)) => return closed(words, why),
        Err(error) => return failed(words, &error),
    }
    let write = move |tx: &mut dyn Tx| {
        Ok::<_, Error>(match invitation::answer(tx, &act, &path, accepts)? {
            Ok(user) => Ok((node::get(tx, user.node)?.name, user)),
            Err(why) => Err(why),
        })
    };
    let sentence = if accepts { words.joined } else { words.declined };
    match app.store.write(write).await {
        Ok(Ok((node, user))) => page(HttpResponse::Ok(), words, &spoken(sentence, &user, &node)),
        Ok(Err(why)) => closed(words, why),
        Err(error) => failed(words, &error),
    }
}
