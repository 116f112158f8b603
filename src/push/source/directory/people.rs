//! People as a directory describes them: who is one, what to call them, whether they are active.

use super::entry::Entry;
use super::{Directory, DirectorySchema, Failure};
use crate::push::sentence::{Sentence, say};
use crate::push::source::{Person, Unusable};

/// The filters of a schema, with what the settings add for people.
pub(super) struct Filters {
    pub person: String,
    pub group: &'static str,
}

impl Filters {
    /// # Errors
    /// When the filter of the settings is none.
    pub fn new(settings: &Directory) -> Result<Filters, Failure> {
        let own = match settings.filter.as_deref().map(str::trim) {
            None | Some("") => String::new(),
            Some(filter) if filter.starts_with('(') => filter.to_owned(),
            Some(filter) => format!("({filter})"),
        };
        if !own.is_empty() && ldap3::parse_filter(&own).is_err() {
            let found = say!("is_no_filter", "“{own}” is no filter.", own = own);
            return Err(Failure::new(
                "filter",
                found,
                say!("write_it_as_rfc_4515_says", "Write it as RFC 4515 says, such as (department=Sales)."),
            ));
        }
        Ok(match settings.schema {
            DirectorySchema::ActiveDirectory => Filters {
                person: format!("(&(objectCategory=person)(objectClass=user){own})"),
                group: "(objectCategory=group)",
            },
            DirectorySchema::OpenLdap => Filters {
                person: format!("(&(|(objectClass=person)(objectClass=inetOrgPerson)){own})"),
                group: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers)(objectClass=posixGroup))",
            },
        })
    }

    /// A filter for both.
    pub fn either(&self) -> String {
        format!("(|{}{})", self.person, self.group)
    }
}

/// The attributes that are read of people and groups.
pub(super) fn attributes(schema: DirectorySchema) -> &'static [&'static str] {
    match schema {
        DirectorySchema::ActiveDirectory => &[
            "objectClass",
            "objectGUID",
            "objectSid",
            "cn",
            "name",
            "displayName",
            "givenName",
            "sn",
            "mail",
            "userPrincipalName",
            "userAccountControl",
            "accountExpires",
            "lockoutTime",
            "isCriticalSystemObject",
        ],
        DirectorySchema::OpenLdap => &[
            "objectClass",
            "entryUUID",
            "cn",
            "displayName",
            "givenName",
            "sn",
            "mail",
            "uid",
            "pwdAccountLockedTime",
            "nsAccountLock",
        ],
    }
}

/// What stays the same when the entry is renamed.
pub(super) fn id(entry: &Entry, schema: DirectorySchema) -> Option<String> {
    match schema {
        DirectorySchema::ActiveDirectory => entry.guid(),
        DirectorySchema::OpenLdap => entry.text("entryUUID").map(str::to_owned),
    }
}

/// Whether an entry is a group.
pub(super) fn is_group(entry: &Entry) -> bool {
    ["group", "groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup"]
        .iter()
        .any(|class| entry.has("objectClass", class))
}

/// What an entry turned out to be.
pub(super) enum Found {
    Person(Person),
    Unusable(Unusable),
    /// An account that comes with the directory, such as `krbtgt`.
    OfSystem,
}

/// Reads a person. Times are compared with `now`, milliseconds since 1970.
pub(super) fn person(entry: &Entry, schema: DirectorySchema, now: i64) -> Found {
    let text = |name: &str| entry.text(name).map(str::to_owned);
    let display_name = text("displayName").or_else(|| text("cn"));
    let (id, email) = (id(entry, schema), address(entry, schema));
    let ad = schema == DirectorySchema::ActiveDirectory;
    if email.is_none() && entry.has("isCriticalSystemObject", "TRUE") {
        return Found::OfSystem;
    }
    let why = match (&id, &email) {
        (None, _) if ad => say!("its_objectguid_cannot_be_read", "its objectGUID cannot be read"),
        (None, _) => say!("its_entryuuid_cannot_be_read", "its entryUUID cannot be read"),
        (_, None) if ad => {
            say!("it_has_no_address_neither_mail", "it has no address: neither mail nor userPrincipalName")
        }
        (_, None) => say!("it_has_no_address_no_mail", "it has no address: no mail"),
        // Whoever may not see whether an account is disabled must not enable it elsewhere.
        _ if ad && entry.number("userAccountControl").is_none() => {
            say!(
                "its_useraccountcontrol_cannot_be_read_so",
                "its userAccountControl cannot be read, so it may be disabled"
            )
        }
        _ => Sentence::default(),
    };
    match (id, email) {
        (Some(id), Some(email)) if why.is_empty() => {
            let inactive_because = inactive(entry, now);
            let (given_name, family_name) = (text("givenName"), text("sn"));
            let active = inactive_because.is_none();
            let groups = Vec::new();
            Found::Person(Person { id, email, display_name, given_name, family_name, active, inactive_because, groups })
        }
        (id, email) => {
            let name = display_name.unwrap_or_else(|| entry.dn.clone());
            Found::Unusable(Unusable { id, email, name, why })
        }
    }
}

fn address(entry: &Entry, schema: DirectorySchema) -> Option<String> {
    let address = |name: &str| entry.text(name).filter(|text| text.contains('@')).map(str::to_owned);
    match schema {
        DirectorySchema::ActiveDirectory => address("mail").or_else(|| address("userPrincipalName")),
        DirectorySchema::OpenLdap => address("mail"),
    }
}

/// ACCOUNTDISABLE of `userAccountControl` (MS-ADTS, section 2.2.16).
const DISABLED: i64 = 2;

/// `pwdAccountLockedTime` of an account that an administrator has locked for good.
const LOCKED_FOR_GOOD: &str = "000001010000Z";

fn inactive(entry: &Entry, now: i64) -> Option<&'static str> {
    if entry.number("userAccountControl").is_some_and(|flags| flags & DISABLED != 0)
        || entry.has("nsAccountLock", "TRUE")
        || entry.has("pwdAccountLockedTime", LOCKED_FOR_GOOD)
    {
        return Some("disabled");
    }
    let expires = entry.number("accountExpires").and_then(milliseconds);
    expires.is_some_and(|expires| expires <= now).then_some("expired")
}

/// A FILETIME, 100 nanoseconds since 1601, as milliseconds since 1970; `None` for never.
fn milliseconds(filetime: i64) -> Option<i64> {
    (filetime != 0 && filetime != i64::MAX).then(|| filetime / 10_000 - 11_644_473_600_000)
}

/// Whether too many wrong passwords have locked the account out, which ends by itself.
pub(super) fn is_locked_out(entry: &Entry) -> bool {
    entry.number("lockoutTime").is_some_and(|time| time != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000_000;

    fn account(control: &str, expires: &str) -> Entry {
        Entry::of("cn=x", &[("userAccountControl", &[control.as_bytes()]), ("accountExpires", &[expires.as_bytes()])])
    }

    #[test]
    fn disabled_and_expired_accounts_are_inactive_and_never_means_never() {
        for (control, expires, why) in [
            ("512", "0", None),
            ("512", "9223372036854775807", None),
            ("514", "0", Some("disabled")),
            ("66050", "0", Some("disabled")),
            ("512", "133000000000000000", Some("expired")),
            ("512", "143000000000000000", None),
        ] {
            assert_eq!(inactive(&account(control, expires), NOW), why, "{control} {expires}");
        }
        assert_eq!(
            inactive(&Entry::of("uid=x", &[("pwdAccountLockedTime", &[b"000001010000Z"])]), NOW),
            Some("disabled")
        );
        assert_eq!(inactive(&Entry::of("uid=x", &[("pwdAccountLockedTime", &[b"20260101000000Z"])]), NOW), None);
    }
}
