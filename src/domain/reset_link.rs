//! Links by which an administrator sets a new password: made by an owner or on the command line, good once and for an hour.

use super::admin::{self, Admin};
use super::event::{Event, EventKind};
use super::mail::Message;
use super::{Act, Error, Result, Time, Tx, settings, token::digest};

/// For how many minutes a link works.
pub const MINUTES: i64 = 60;

/// Puts a link out, replacing the last one of that administrator. Only its hash is kept.
pub fn offer(tx: &mut dyn Tx, act: &Act, id: i64, secret: &str) -> Result<Admin> {
    let admin = admin::get(tx, id)?;
    tx.set_reset_link(id, Some((digest(secret), act.now.plus_minutes(MINUTES))))?;
    tx.record(act, &Event::new(EventKind::ResetLinkCreated).object(admin.email.clone()))?;
    Ok(admin)
}

/// Whose password a link would set now.
///
/// # Errors
/// `RESET_LINK_OVER`.
pub fn check(tx: &mut dyn Tx, now: Time, secret: &str) -> Result<Admin> {
    match tx.reset_link(&digest(secret))? {
        Some((id, until)) if now < until => admin::get(tx, id).map_err(|_| Error::ResetLinkOver),
        _ => Err(Error::ResetLinkOver),
    }
}

/// Sets another password by a link, which ends with it, as all sessions do. A second factor stays.
///
/// # Errors
/// `RESET_LINK_OVER`.
pub fn take(tx: &mut dyn Tx, act: &Act, secret: &str, password: &str) -> Result<Admin> {
    let admin = check(tx, act.now, secret)?;
    admin::reset_password(tx, act, admin.id, password, None)?;
    Ok(admin)
}

/// The mail that brings a link.
pub fn mail(tx: &mut dyn Tx, admin: &Admin, link: &str, id: String) -> Result<Message> {
    let (subject, text) = match settings::value(tx, "mail_language")?.as_str() {
        "ja" => (
            "Scimbox のパスワードの再設定",
            format!(
                "次のリンクを開いて、新しいパスワードを設定してください。リンクは 1 回だけ、{MINUTES}分間有効です。\n\n{link}\n\n\
                 心当たりがない場合は、オーナーに連絡してください。\n"
            ),
        ),
        _ => (
            "Set a new password for Scimbox",
            format!(
                "Open this link to set a new password. It works once, for {MINUTES} minutes.\n\n{link}\n\n\
                 If you did not expect this, tell an owner of the appliance.\n"
            ),
        ),
    };
    Ok(Message { to: admin.email.clone(), subject: subject.to_owned(), text, id })
}
