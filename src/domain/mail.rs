//! Mail: what an invitation says, in English or Japanese, and through which server it goes. Sending is not done here.

use super::settings::LANGUAGES;
use super::user::User;
use super::words::words;
use super::{Result, Tx, settings};

/// How the way to the mail server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    None,
    /// From the greeting on; refused by a server that does not offer it.
    StartTls,
    /// From the first byte.
    Tls,
}

words!(Tls, "mail_tls", None = "none", StartTls = "starttls", Tls = "tls");

/// A mail server and how to reach it.
#[derive(Clone)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way is kept private.
    pub tls: Tls,
    /// Who sends, when the server wants to know; empty for nobody.
    pub user: String,
    /// The password of that user; never kept in the store.
    pub password: Option<String>,
    /// The sender's address.
    pub from: String,
}

impl MailServer {
    /// Where its password goes, and how.
    pub fn way(&self) -> (&str, u16, Tls, &str) {
        (&self.host, self.port, self.tls, &self.user)
    }
}

/// A mail, ready to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// What tells it from all others, also when a server delivers it twice.
    pub id: String,
}

/// Subject, heading and text with their placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// One line.
    pub subject: String,
    /// One line.
    pub heading: String,
    /// Several lines.
    pub text: String,
}

/// What the placeholders stand for.
#[derive(Clone, Debug)]
pub struct Fill {
    /// How the person is called.
    pub name: String,
    /// The person's address.
    pub email: String,
    /// The node.
    pub node: String,
    /// The link.
    pub link: String,
    /// For how many days it works.
    pub days: i64,
}

/// The mail server that is set, without its password.
pub fn server(tx: &mut dyn Tx) -> Result<Option<MailServer>> {
    let host = settings::value(tx, "mail_host")?;
    if host.is_empty() {
        return Ok(None);
    }
    let from = settings::value(tx, "mail_from")?;
    Ok(Some(MailServer {
        port: u16::try_from(settings::number(tx, "mail_port")?).unwrap_or(587),
        tls: settings::value(tx, "mail_tls")?.parse()?,
        user: settings::value(tx, "mail_user")?,
        password: None,
        from: if from.is_empty() { format!("scimbox@{host}") } else { from },
        host,
    }))
}

/// The texts of an invitation in a language.
pub fn template(tx: &mut dyn Tx, language: &str) -> Result<Template> {
    let language = if language == "ja" { "ja" } else { "en" };
    Ok(Template {
        subject: settings::value(tx, &format!("invite_subject_{language}"))?,
        heading: settings::value(tx, &format!("invite_heading_{language}"))?,
        text: settings::value(tx, &format!("invite_text_{language}"))?,
    })
}

/// The language of a mail to a user: the one that the identity provider says, where there are texts in it, else that of the
/// setting `mail_language`.
pub fn language_of(tx: &mut dyn Tx, user: &User) -> Result<String> {
    // In the canonical text an attribute stands like this, and no value can look like one: its quotes are escaped.
    let said = ["preferredLanguage", "locale"].into_iter().find_map(|name| {
        let (_, rest) = user.profile.resource.split_once(&format!("\"{name}\":\""))?;
        let tag: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        LANGUAGES.into_iter().find(|language| tag.eq_ignore_ascii_case(language))
    });
    match said {
        Some(language) => Ok(language.to_owned()),
        None => settings::value(tx, "mail_language"),
    }
}

/// The invitation of a user with its link.
pub fn invitation(tx: &mut dyn Tx, user: &User, link: &str, serial: i64) -> Result<Message> {
    let language = language_of(tx, user)?;
    let template = template(tx, &language)?;
    let to = address_of(tx, user)?;
    let fill = Fill {
        name: user
            .profile
            .display_name
            .as_deref()
            .map_or_else(|| to.clone(), |name| super::printable(name).into_owned()),
        email: to.clone(),
        node: tx.node(user.node)?.map(|node| node.name).unwrap_or_default(),
        link: link.to_owned(),
        days: settings::number(tx, "invitation_days")?,
    };
    let (subject, text) = written(&template, &fill);
    Ok(Message { to, subject, text, id: format!("invitation-{}-{serial}", user.id) })
}

/// Where mail to a user goes: the first address that is one, the primary before the others and the user name last. Empty
/// when there is none.
pub fn address_of(tx: &mut dyn Tx, user: &User) -> Result<String> {
    let mut known = tx.emails_of(user.id)?.into_iter().chain([user.profile.user_name.clone()]);
    Ok(known.find(|address| super::is_email(address)).unwrap_or_default())
}

/// Subject and text of a template whose placeholders are filled.
pub fn written(template: &Template, fill: &Fill) -> (String, String) {
    let subject = filled(&template.subject, fill);
    let mut text = format!("{}\n\n{}\n", filled(&template.heading, fill), filled(&template.text, fill));
    if !template.text.contains("{link}") {
        text.push_str(&format!("\n{}\n", fill.link));
    }
    (subject, text)
}

/// One pass, so that what is filled in is never read as a placeholder.
fn filled(text: &str, fill: &Fill) -> String {
    let days = fill.days.to_string();
    let names: [(&str, &str); 5] = [
        ("{name}", &fill.name),
        ("{email}", &fill.email),
        ("{node}", &fill.node),
        ("{link}", &fill.link),
        ("{days}", &days),
    ];
    let mut out = String::with_capacity(text.len() + 100);
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        match names.iter().find(|(name, _)| behind.starts_with(name)) {
            Some((name, value)) => {
                // A line break in a name would begin a line of its own.
                out.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
                rest = behind.get(name.len()..).unwrap_or_default();
            }
            None => {
                out.push('{');
                rest = behind.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once_and_a_text_without_link_gets_it() {
        let fill = Fill {
            name: "{link}\nBcc: eve".to_owned(),
            email: "a@b.test".to_owned(),
            node: "Sales".to_owned(),
            link: "http://x/join/1".to_owned(),
            days: 7,
        };
        let template = |text: &str| Template {
            subject: "{name} to {node}".to_owned(),
            heading: "{unknown}".to_owned(),
            text: text.to_owned(),
        };
        let (subject, text) = written(&template("{days} {link}"), &fill);
        assert_eq!(subject, "{link} Bcc: eve to Sales");
        assert_eq!(text, "{unknown}\n\n7 http://x/join/1\n");
        assert_eq!(written(&template("no"), &fill).1, "{unknown}\n\nno\n\nhttp://x/join/1\n");
    }
}
