//! Versions: what they are made of, and `If-Match` and `If-None-Match` against them (RFC 7644, section 3.14).

use super::error::{Error, Result};
use super::leeway::Leeway;
use super::relaxation::Relaxation;
use crate::domain::membership::TeamRef;
use crate::domain::team::Team;
use crate::domain::token;
use crate::domain::user::User;

/// The version of a resource: that of its row and, for a user in teams, of the teams that the answer names. A team that is
/// renamed or loses all its members so changes what its users answer without a write to any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    row: i64,
    groups: Option<u64>,
}

impl Version {
    /// That of a user in these teams, which must be all of its teams.
    pub fn of_user(user: &User, teams: &[TeamRef]) -> Version {
        let mut named = String::with_capacity(teams.len() * 48);
        for team in teams {
            named.push_str(&team.id.to_string());
            named.push_str(&team.name);
            named.push('\0');
        }
        let first = |digest: [u8; 32]| digest.iter().take(8).fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
        Version { row: user.version, groups: (!teams.is_empty()).then(|| first(token::digest(&named))) }
    }

    /// That of a team, whose row counts its memberships.
    pub fn of_team(team: &Team) -> Version {
        Version { row: team.version, groups: None }
    }
}

impl std::fmt::Display for Version {
    /// The text inside the quotes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(itoa::Buffer::new().format(self.row))?;
        self.groups.map_or(Ok(()), |groups| write!(f, "-{groups:016x}"))
    }
}

/// What a request demands of the version it meets. Read here and not by the typed headers of the HTTP library, which refuse
/// the tags without quotes that real clients send.
#[derive(Clone, Debug, Default)]
pub struct Preconditions {
    matching: Option<Tags>,
    other_than: Option<Tags>,
}

#[derive(Clone, Debug)]
enum Tags {
    Any,
    These(Vec<String>),
}

impl Preconditions {
    /// From the two headers. Tags are compared without regard to `W/`, because all of ours are weak.
    ///
    /// # Errors
    /// [`Error::Strict`] for a tag without quotes.
    pub fn read(if_match: Option<&str>, if_none_match: Option<&str>, leeway: &Leeway) -> Result<Preconditions> {
        for tag in [if_match, if_none_match].into_iter().flatten().flat_map(|header| header.split(',')) {
            let tag = tag.trim();
            let opaque = tag.strip_prefix("W/").unwrap_or(tag);
            if tag != "*" && !(opaque.len() > 1 && opaque.starts_with('"') && opaque.ends_with('"')) {
                leeway.take(Relaxation::UnquotedEtag)?;
            }
        }
        Ok(Preconditions { matching: if_match.map(Tags::read), other_than: if_none_match.map(Tags::read) })
    }

    /// Whether nothing is demanded.
    pub fn is_none(&self) -> bool {
        self.matching.is_none() && self.other_than.is_none()
    }

    /// Whether a change may go on.
    ///
    /// # Errors
    /// [`Error::Precondition`], with the version there is.
    pub fn check(&self, version: Version) -> Result<()> {
        let met = self.matching.as_ref().is_none_or(|tags| tags.hold(version))
            && !self.other_than.as_ref().is_some_and(|tags| tags.hold(version));
        match met {
            true => Ok(()),
            false => {
                Err(Error::Precondition(format!("The resource has the version {} now. Read it again.", tag(version))))
            }
        }
    }

    /// Whether the client has that version already; a read of a version it does not want fails.
    ///
    /// # Errors
    /// [`Error::Precondition`] when `If-Match` does not hold.
    pub fn is_known(&self, version: Version) -> Result<bool> {
        Preconditions { matching: self.matching.clone(), other_than: None }.check(version)?;
        Ok(self.other_than.as_ref().is_some_and(|tags| tags.hold(version)))
    }
}

/// A version as the wire shows it.
pub fn tag(version: Version) -> String {
    format!("W/\"{version}\"")
}

impl Tags {
    fn read(header: &str) -> Tags {
        let tags: Vec<String> = header
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned())
            .filter(|tag| !tag.is_empty())
            .collect();
        if tags.iter().any(|tag| tag == "*") { Tags::Any } else { Tags::These(tags) }
    }

    fn hold(&self, version: Version) -> bool {
        match self {
            Tags::Any => true,
            Tags::These(tags) => tags.contains(&version.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_hold_as_http_says() {
        let three = Version { row: 3, groups: None };
        let read = |matching, other| Preconditions::read(matching, other, &Leeway::default()).unwrap_or_default();
        for (header, holds) in [
            ("W/\"3\"", true),
            ("\"3\"", true),
            ("3", true),
            ("*", true),
            ("W/\"2\", W/\"3\"", true),
            ("W/\"2\"", false),
            ("W/\"33\"", false),
            ("", false),
        ] {
            assert_eq!(read(Some(header), None).check(three).is_ok(), holds, "If-Match: {header}");
            assert_eq!(read(None, Some(header)).check(three).is_err(), holds, "If-None-Match: {header}");
            assert_eq!(read(None, Some(header)).is_known(three).ok(), Some(holds), "If-None-Match: {header}");
        }
        assert!(Preconditions::default().check(three).is_ok());
    }
}
