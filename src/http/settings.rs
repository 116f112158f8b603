//! The console's calls for the settings of the appliance, and a mail to try them with.

use super::admin::{Admin, SignedInAdmin};
use super::error::ApiError;
use super::{App, body, key_scope, outbox};
use crate::domain::mail::{self, MailServer, Message, Template, Tls};
use crate::domain::settings::{self, Setting, SettingKind};
use crate::domain::{Error, Tx};
use crate::world;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Where the password of the mail server goes. A key could have it sent to a server of its owner's.
const WAY_OF_PASSWORD: [&str; 4] = ["mail_host", "mail_port", "mail_tls", "mail_user"];

/// `GET /settings`
pub async fn get(_: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shown(&app)?))
}

fn shown(app: &App) -> Result<Value, ApiError> {
    let mut view = Map::new();
    app.store.read(|tx| {
        for setting in settings::ALL {
            let kept = tx.kept(setting.name)?;
            let origin = match &kept {
                _ if app.background.fixed.contains(&setting.name) => "environment",
                Some(_) => "here",
                None => "default",
            };
            let value = kept.unwrap_or_else(|| setting.default.to_owned());
            let one = json!({
                "value": typed(setting, &value),
                "default": typed(setting, setting.default),
                "origin": origin,
            });
            view.insert(setting.name.to_owned(), one);
        }
        Ok::<_, Error>(())
    })?;
    let password = &app.background.mail_password;
    let one = json!({ "set": password.secret.is_some(), "origin": password.origin });
    view.insert("mail_password".to_owned(), one);
    Ok(view.into())
}

fn typed(setting: &Setting, value: &str) -> Value {
    match setting.kind {
        SettingKind::Number(..) => value.parse::<i64>().map_or(Value::Null, Value::from),
        _ => value.into(),
    }
}

/// A value of a body as it is kept.
fn plain(name: &'static str, value: &Value) -> Result<Option<String>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(Error::Invalid(name, "expected a text or a number".to_owned())),
    }
}

/// `PATCH /settings`: what is named changes, `null` goes back to the default.
pub async fn change(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let wishes: Map<String, Value> = body::json(&request, payload).await?;
    let wishes: Map<String, Value> =
        wishes.into_iter().map(|(name, value)| (name, body::whole_numbers(value))).collect();
    let mut changes = Vec::with_capacity(wishes.len());
    for (name, value) in &wishes {
        let setting = settings::named(name)?;
        if app.background.fixed.contains(&setting.name) {
            return Err(Error::Fixed(setting.name).into());
        }
        if admin.person.is_none() && WAY_OF_PASSWORD.contains(&setting.name) {
            return Err(ApiError::key_scope(
                "No key can change the mail server, which gets its password. Sign in to the console.",
            ));
        }
        if admin.lacks_full_scope() && key_scope::is_full_setting(setting.name) {
            return Err(ApiError::key_scope(
                "Only a key of the scope “full” changes what is kept of the audit log and what mails say.",
            ));
        }
        changes.push((setting, plain(setting.name, value)?));
    }
    let act = admin.act()?;
    app.store.write(move |tx| settings::change(tx, &act, &changes)).await?;
    app.wake();
    Ok(HttpResponse::Ok().json(shown(&app)?))
}

/// `GET /seats`: how many there are, and how many users.
pub async fn seats(_: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let (seats, users) = app.store.read(|tx| Ok::<_, Error>((settings::number(tx, "seats")?, tx.users_in_all()?)))?;
    Ok(HttpResponse::Ok().json(json!({ "seats": seats, "users": users })))
}

/// Values that a test mail is tried with instead of the saved ones.
#[derive(Deserialize)]
struct TestMail {
    to: String,
    mail_host: Option<String>,
    mail_port: Option<u16>,
    mail_tls: Option<String>,
    mail_user: Option<String>,
    mail_password: Option<String>,
    mail_from: Option<String>,
    mail_language: Option<String>,
    invite_subject_en: Option<String>,
    invite_heading_en: Option<String>,
    invite_text_en: Option<String>,
    invite_subject_ja: Option<String>,
    invite_heading_ja: Option<String>,
    invite_text_ja: Option<String>,
}

impl TestMail {
    /// The server of these values. The password that is set goes with them only where it would go without them.
    fn server(&self, saved: Option<MailServer>, password: Option<String>) -> Result<Option<MailServer>, Error> {
        let host = self.mail_host.clone().or_else(|| saved.as_ref().map(|server| server.host.clone()));
        let Some(host) = host.filter(|host| !host.is_empty()) else { return Ok(None) };
        let from = self.mail_from.clone().or_else(|| saved.as_ref().map(|server| server.from.clone()));
        let tls = self.mail_tls.as_deref().map(str::parse).transpose()?;
        let user = self.mail_user.clone().or_else(|| saved.as_ref().map(|server| server.user.clone()));
        let mut server = MailServer {
            port: self.mail_port.or(saved.as_ref().map(|server| server.port)).unwrap_or(587),
            tls: tls.or(saved.as_ref().map(|server| server.tls)).unwrap_or(Tls::StartTls),
            user: user.unwrap_or_default(),
            password: self.mail_password.clone(),
            from: from.filter(|from| !from.is_empty()).unwrap_or_else(|| format!("scimbox@{host}")),
            host,
        };
        if server.password.is_none() && !server.user.is_empty() {
            if password.is_some() && !saved.is_some_and(|saved| saved.way() == server.way()) {
                return Err(Error::MailPasswordRequired);
            }
            server.password = password;
        }
        Ok(Some(server))
    }

    fn template(&self, tx: &mut dyn Tx) -> Result<Template, Error> {
        let saved = settings::value(tx, "mail_language")?;
        let language = self.mail_language.as_deref().unwrap_or(&saved);
        let template = mail::template(tx, language)?;
        let (subject, heading, text) = match language {
            "ja" => (&self.invite_subject_ja, &self.invite_heading_ja, &self.invite_text_ja),
            _ => (&self.invite_subject_en, &self.invite_heading_en, &self.invite_text_en),
        };
        Ok(Template {
            subject: subject.clone().unwrap_or(template.subject),
            heading: heading.clone().unwrap_or(template.heading),
            text: text.clone().unwrap_or(template.text),
        })
    }
}

/// `POST /settings/test-mail`: a mail with values that need not be saved; nothing of it is kept. No API key opens it: it
/// reaches any server, and tells what that says.
pub async fn test_mail(
    signed: SignedInAdmin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let test: TestMail = body::json(&request, payload).await?;
    if !crate::domain::is_email(&test.to) {
        return Err(Error::EmailInvalid(test.to.chars().take(100).collect()).into());
    }
    let (saved, template, days) = app
        .store
        .read(|tx| Ok::<_, Error>((mail::server(tx)?, test.template(tx)?, settings::number(tx, "invitation_days")?)))?;
    let server = test.server(saved, app.background.mail_password.secret.clone())?;
    let server = server.ok_or_else(ApiError::no_mail)?;
    let (subject, text) = mail::written(&template, &outbox::sample(&signed.guard, &app.addresses.base(&request), days));
    let message = Message { to: test.to, subject, text, id: format!("test-{}", world::request_id()?) };
    let post = app.background.post.clone();
    let sent = actix_web::web::block(move || post(&server, &message)).await;
    match sent {
        Ok(Ok(())) => Ok(HttpResponse::NoContent().finish()),
        Ok(Err(said)) => Err(ApiError::mail_failed(&said)),
        Err(_) => Err(ApiError::broken("the test mail was given up")),
    }
}
