//! Versions: `If-Match` and `If-None-Match` against a resource's version (RFC 7644, section 3.14).

use super::error::{Error, Result};

/// What a request demands of the version it meets.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    matching: Option<Tags>,
    other_than: Option<Tags>,
}

#[derive(Clone, Debug)]
enum Tags {
    Any,
    These(Vec<String>),
}

impl Conditions {
    /// From the two headers. Tags are compared without regard to `W/`, because all of ours are weak.
    pub fn read(if_match: Option<&str>, if_none_match: Option<&str>) -> Conditions {
        Conditions { matching: if_match.map(Tags::read), other_than: if_none_match.map(Tags::read) }
    }

    /// Whether a change may go on.
    ///
    /// # Errors
    /// [`Error::Precondition`], with the version there is.
    pub fn check(&self, version: i64) -> Result<()> {
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
    pub fn is_known(&self, version: i64) -> Result<bool> {
        Conditions { matching: self.matching.clone(), other_than: None }.check(version)?;
        Ok(self.other_than.as_ref().is_some_and(|tags| tags.hold(version)))
    }
}

/// A version as the wire shows it.
pub fn tag(version: i64) -> String {
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

    fn hold(&self, version: i64) -> bool {
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
            assert_eq!(Conditions::read(Some(header), None).check(3).is_ok(), holds, "If-Match: {header}");
            assert_eq!(Conditions::read(None, Some(header)).check(3).is_err(), holds, "If-None-Match: {header}");
            assert_eq!(Conditions::read(None, Some(header)).is_known(3).ok(), Some(holds), "If-None-Match: {header}");
        }
        assert!(Conditions::default().check(1).is_ok());
    }
}
