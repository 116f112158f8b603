//! The console's calls for the settings of the appliance, and a mail to try them with.

use super::admin::{Admin, SignedInAdmin};
use super::error::ApiError;
use super::{App, body, console_door, key_scope, outbox};
use crate::api::settings::{PasswordSet, Seats, SettingValue, Settings, SettingsChange, TestMail};
use crate::api::words::{PasswordOrigin, SettingOrigin};
use crate::domain::mail::{self, MailServer, Message, Template, Tls};
use crate::domain::settings::{self, Setting};
use crate::domain::{Error, Tx};
use crate::world;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// Where the password of the mail server goes. A key could have it sent to a server of its owner's.
const WAY_OF_PASSWORD: [&str; 4] = ["mail_host", "mail_port", "mail_tls", "mail_user"];

/// Show the settings of the appliance
///
/// Each with its default and its origin.
#[utoipa::path(get, path = "/settings", responses((status = 200, body = Settings)))]
pub async fn get(_: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shown(&app)?))
}

fn shown(app: &Data<App>) -> Result<Settings, ApiError> {
    let shared = app.clone();
    let values = app.store.read(move |tx| {
        let value = |setting: &'static Setting| {
            let kept = tx.kept(setting.name)?;
            let origin = match &kept {
                _ if shared.background.fixed.contains(&setting.name) => "environment",
                Some(_) => "here",
                None => "default",
            };
            let value = kept.unwrap_or_else(|| setting.default.to_owned());
            Ok::<_, Error>(SettingValue { setting, value, origin: SettingOrigin(origin) })
        };
        settings::ALL.iter().map(value).collect::<Result<Vec<_>, _>>()
    })?;
    let password = &app.background.mail_password;
    Ok(Settings::new(values, PasswordSet { set: password.secret.is_some(), origin: PasswordOrigin(password.origin) }))
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

/// Change settings of the appliance
///
/// Settings from the environment cannot be changed. A list for console_allow_from that leaves out
/// the address of the request is refused. No API key can change mail_host, mail_port, mail_tls or mail_user.
#[utoipa::path(patch, path = "/settings", request_body = SettingsChange, responses((status = 200, body = Settings)))]
pub async fn change(
    admin: Admin,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let SettingsChange(wishes) = body::json(&request, payload).await?;
    let wishes: Vec<(String, Value)> =
        wishes.into_iter().map(|(name, value)| (name, body::whole_numbers(value))).collect();
    let mut changes = Vec::with_capacity(wishes.len());
    for (name, value) in &wishes {
        let setting = settings::named(name)?;
        if app.background.fixed.contains(&setting.name) {
            return Err(Error::Fixed(setting.name).into());
        }
        admin.check_setting(setting.name)?;
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
        let wanted = plain(setting.name, value)?;
        if setting.name == console_door::SETTING {
            console_door::check_stays(&app, &request, wanted.as_deref().unwrap_or_default())?;
        }
        changes.push((setting, wanted));
    }
    let act = admin.act()?;
    app.store.write(move |tx| settings::change(tx, &act, &changes)).await?;
    app.wake();
    Ok(HttpResponse::Ok().json(shown(&app)?))
}

/// Show seats and users
///
/// The maximum and the current number of users.
#[utoipa::path(get, path = "/seats", responses((status = 200, body = Seats)))]
pub async fn seats(_: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let (seats, users) = app.store.read(|tx| Ok::<_, Error>((settings::number(tx, "seats")?, tx.users_in_all()?)))?;
    Ok(HttpResponse::Ok().json(Seats { seats, users }))
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

// No API key opens it: it reaches any server, and tells what that says.
/// Send a test mail
///
/// With values that need not be saved; none is kept. The saved password is sent to the saved server only: for another host,
/// port, TLS mode or user give mail_password, or the answer is MAIL_PASSWORD_REQUIRED.
#[utoipa::path(
    post,
    path = "/settings/test-mail",
    request_body = TestMail,
    responses((status = 204)),
    security(("session" = []))
)]
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
    let (saved, template, days, test) = app.store.read(move |tx| {
        let template = test.template(tx)?;
        Ok::<_, Error>((mail::server(tx)?, template, settings::number(tx, "invitation_days")?, test))
    })?;
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
