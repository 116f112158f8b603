//! Users and teams made or changed by hand: their resources, as an identity provider would have sent them.

use super::error::Result;
use super::intake::content::Content;
use super::leeway::Leeway;
use super::schema::{GROUP_TYPE, USER_TYPE};
use crate::domain::{team, user};
use serde_json::{Map, Value};

/// What is changed of a user or team: absent stays, `None` inside is removed.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// `userName` of a user, `displayName` of a team.
    pub name: Option<String>,
    /// `displayName` of a user.
    pub display_name: Option<Option<String>>,
    /// `externalId`.
    pub external_id: Option<Option<String>>,
}

impl Names {
    fn write(&self, name: &str, into: &mut Map<String, Value>) {
        let all = [
            (name, self.name.clone().map(Some)),
            ("displayName", self.display_name.clone()),
            ("externalId", self.external_id.clone()),
        ];
        for (attribute, change) in all {
            match change {
                Some(Some(text)) => drop(into.insert(attribute.to_owned(), Value::String(text))),
                Some(None) => drop(into.shift_remove(attribute)),
                None => {}
            }
        }
    }
}

/// The profile of a new user, with its addresses.
///
/// # Errors
/// `invalidValue`.
pub fn new_user(names: &Names) -> Result<(user::UserProfile, Vec<String>)> {
    let mut body = Map::new();
    names.write("userName", &mut body);
    let content = Content::read(&USER_TYPE, body, &Leeway::default())?;
    let content = content.with_default_email();
    Ok((content.user_profile()?, content.emails()))
}

/// The profile of a user after a change. An address that was the user name follows it.
///
/// # Errors
/// `invalidValue`.
pub fn changed_user(profile: &user::UserProfile, names: &Names) -> Result<(user::UserProfile, Vec<String>)> {
    let mut content = Content::stored(&profile.resource, None)?;
    names.write("userName", &mut content.attributes);
    content.check(&USER_TYPE)?;
    content.follow_user_name(&profile.user_name);
    Ok((content.user_profile()?, content.emails()))
}

/// The profile of a new team.
///
/// # Errors
/// `invalidValue`.
pub fn new_team(names: &Names) -> Result<team::TeamProfile> {
    let mut body = Map::new();
    names.write("displayName", &mut body);
    Content::read(&GROUP_TYPE, body, &Leeway::default())?.team_profile()
}

/// The profile of a team after a change.
///
/// # Errors
/// `invalidValue`.
pub fn changed_team(profile: &team::TeamProfile, names: &Names) -> Result<team::TeamProfile> {
    let mut content = Content::stored(&profile.resource, None)?;
    names.write("displayName", &mut content.attributes);
    content.check(&GROUP_TYPE)?;
    content.team_profile()
}
