//! Settings of the appliance: seats, invitations, mail, backups, how long the audit log is kept. Each has a default that works.

use super::allow_list::AllowList;
use super::event::{Event, EventKind};
use super::{Act, Error, Fault, Noun, Result, Tx, is_email};

/// What a setting may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// A number between two.
    Number(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// An address, or nothing.
    Email,
    /// The address of a syslog server, or nothing.
    Syslog,
    /// An allow list of addresses, or nothing.
    Addresses,
    /// A text of at most so many characters.
    Text(usize),
}

/// A setting of the appliance.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in API, CLI and store.
    pub name: &'static str,
    /// What holds while nobody says otherwise.
    pub default: &'static str,
    /// What it may hold.
    pub kind: SettingKind,
}

const fn setting(name: &'static str, default: &'static str, kind: SettingKind) -> Setting {
    Setting { name, default, kind }
}

const TEXT_EN: &str = "{name}, you have been invited to {node}.\n\nOpen this link within {days} days to accept:\n\n{link}\n\n\
     If you did not expect this, ignore it or decline it on that page.";
const TEXT_JA: &str = "{name} 様\n\n「{node}」に招待されました。\n\n{days}日以内に次のリンクを開いて承諾してください。\n\n{link}\n\n\
     お心当たりがない場合は、このメールを無視するか、リンク先のページで辞退してください。";

/// The languages of mails.
pub const LANGUAGES: [&str; 2] = ["en", "ja"];

/// How much is logged, from the least to the most.
pub const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// Where the number of the newest event is kept that the syslog server has: beside the settings, but none of them.
pub const AUDIT_SENT: &str = "audit_syslog_sent";

/// Where it is kept how far the files with events go: beside the settings, but none of them.
pub const AUDIT_FILED: &str = "audit_files_written";

/// All of them, in the order in which they are shown.
pub const ALL: &[Setting] = &[
    setting("seats", "0", SettingKind::Number(0, 10_000_000)),
    setting("invitation_days", "7", SettingKind::Number(1, 90)),
    setting("audit_days", "0", SettingKind::Number(0, 36_500)),
    setting("requests_count", "10000", SettingKind::Number(100, 1_000_000)),
    setting("requests_days", "30", SettingKind::Number(1, 3650)),
    setting("requests_mib", "100", SettingKind::Number(1, 100_000)),
    setting("requests_body_kib", "256", SettingKind::Number(1, 1024)),
    setting("backup_hours", "0", SettingKind::Number(0, 8_760)),
    setting("backup_keep", "7", SettingKind::Number(1, 1_000)),
    setting("audit_syslog", "", SettingKind::Syslog),
    setting("audit_syslog_ca", "", SettingKind::Text(20_000)),
    setting("audit_file_hours", "0", SettingKind::Number(0, 8_760)),
    setting("console_allow_from", "", SettingKind::Addresses),
    setting("second_factor_required", "off", SettingKind::Word(&["off", "on"])),
    setting("log_level", "info", SettingKind::Word(&LEVELS)),
    setting("mail_host", "", SettingKind::Text(253)),
    setting("mail_port", "587", SettingKind::Number(1, 65_535)),
    setting("mail_tls", "starttls", SettingKind::Word(&["none", "starttls", "tls"])),
    setting("mail_user", "", SettingKind::Text(320)),
    setting("mail_from", "", SettingKind::Email),
    setting("mail_language", "en", SettingKind::Word(&LANGUAGES)),
    setting("invite_subject_en", "You have been invited to {node}", SettingKind::Text(200)),
    setting("invite_heading_en", "Welcome", SettingKind::Text(200)),
    setting("invite_text_en", TEXT_EN, SettingKind::Text(4000)),
    setting("invite_subject_ja", "「{node}」への招待", SettingKind::Text(200)),
    setting("invite_heading_ja", "ようこそ", SettingKind::Text(200)),
    setting("invite_text_ja", TEXT_JA, SettingKind::Text(4000)),
];

/// Events stay for so many days whatever the setting says: whoever changes it cannot wipe out at once what was done before.
pub const AUDIT_DAYS: i64 = 30;

/// What settings need of a store.
pub trait ApplianceSettings {
    /// The value of a setting that is not at its default.
    fn kept(&mut self, name: &str) -> Result<Option<String>, Fault>;
    /// Keeps a value, or goes back to the default.
    fn keep(&mut self, name: &str, value: Option<&str>) -> Result<(), Fault>;
}

/// The setting of that name.
pub fn named(name: &str) -> Result<&'static Setting> {
    let found = ALL.iter().find(|setting| setting.name == name);
    found.ok_or_else(|| Error::NotFound(Noun::Setting, name.chars().take(80).collect()))
}

/// The value of a setting as kept, else its default.
pub fn value(tx: &mut dyn Tx, name: &str) -> Result<String> {
    let setting = named(name)?;
    Ok(tx.kept(name)?.unwrap_or_else(|| setting.default.to_owned()))
}

/// The value of a number.
pub fn number(tx: &mut dyn Tx, name: &str) -> Result<i64> {
    Ok(value(tx, name)?.parse().unwrap_or_default())
}

impl Setting {
    /// The environment variable that fixes it.
    pub fn variable(&self) -> String {
        format!("SCIMBOX_{}", self.name.to_uppercase())
    }

    /// Whether it takes no line ends.
    pub fn is_one_line(&self) -> bool {
        !matches!(self.kind, SettingKind::Text(most) if most >= 1000)
    }

    /// Whether a value may be kept.
    pub fn check(&self, value: &str) -> Result<()> {
        let wrong = |what: String| Err(Error::Invalid(self.name, what));
        if value.chars().any(|c| c.is_control() && c != '\n') {
            return wrong("it holds a control character".to_owned());
        }
        let days = value.parse().unwrap_or_default();
        if self.name == "audit_days" && (1..AUDIT_DAYS).contains(&days) {
            return wrong(format!("expected {AUDIT_DAYS} days at least, or 0 to keep all"));
        }
        match self.kind {
            SettingKind::Number(from, to) => match value.parse::<i64>() {
                Ok(number) if (from..=to).contains(&number) => Ok(()),
                _ => wrong(format!("expected a number from {from} to {to}")),
            },
            SettingKind::Word(words) if !words.contains(&value) => wrong(format!("expected {}", words.join(" or "))),
            SettingKind::Email if !value.is_empty() && !is_email(value) => {
                wrong("expected an e-mail address".to_owned())
            }
            SettingKind::Text(most) if value.chars().count() > most => {
                wrong(format!("expected at most {most} characters"))
            }
            SettingKind::Text(_) if self.is_one_line() && value.contains('\n') => wrong("expected one line".to_owned()),
            SettingKind::Syslog if !value.is_empty() && !is_syslog(value) => {
                wrong("expected an address such as tls://logs.example.com:6514, or tcp://".to_owned())
            }
            SettingKind::Addresses => match value.parse::<AllowList>() {
                Err(Error::Invalid(_, what)) => wrong(what),
                other => other.map(drop),
            },
            SettingKind::Word(_) | SettingKind::Email | SettingKind::Syslog | SettingKind::Text(_) => Ok(()),
        }
    }
}

/// Whether a text is `tcp://` or `tls://` with a host and perhaps a port.
fn is_syslog(text: &str) -> bool {
    let rest = text.strip_prefix("tcp://").or_else(|| text.strip_prefix("tls://")).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let port = rest.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    text.len() <= 300
        && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && rest.chars().all(plain)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Changes settings; `None` goes back to the default.
pub fn change(tx: &mut dyn Tx, act: &Act, changes: &[(&'static Setting, Option<String>)]) -> Result<()> {
    let mut event = Event::new(EventKind::SettingsUpdated);
    for (setting, wanted) in changes {
        if let Some(wanted) = wanted {
            setting.check(wanted)?;
        }
        let before = value(tx, setting.name)?;
        let wanted = wanted.as_deref().filter(|wanted| *wanted != setting.default);
        tx.keep(setting.name, wanted)?;
        let after = wanted.unwrap_or(setting.default).to_owned();
        event = event.changed(setting.name, before, after);
    }
    if event.tells() {
        tx.record(act, &event)?;
    }
    Ok(())
}
