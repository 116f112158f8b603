//! Why a person is in or out, and what a plan does to them.

use super::plan::{Change, Plan, Refused};
use super::run::Sides;
use serde::Serialize;

/// What there is to say about one person.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// What was asked for: an address, a name or an id.
    pub asked: String,
    /// The person as the source holds them, in scope.
    pub in_source: Vec<InSource>,
    /// The user as the target holds them.
    pub in_target: Vec<InTarget>,
    /// What the plan does to them.
    pub changes: Vec<Change>,
    /// Why they cannot be pushed.
    pub refused: Vec<Refused>,
    /// Why nothing is done to anybody, if so.
    pub guards: Vec<String>,
    /// What all of that comes to: a sentence.
    pub verdict: String,
}

/// A person in scope.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "each is named as in the source")]
pub struct InSource {
    pub id: String,
    pub email: String,
    pub active: bool,
    pub inactive_because: Option<&'static str>,
    /// The groups, each with the nested groups on the way.
    pub groups: Vec<Path>,
}

/// The way into a group.
#[derive(Clone, Debug, Serialize)]
pub struct Path {
    /// The group that was asked for.
    pub group: String,
    /// The nested groups on the way, from the outermost.
    pub via: Vec<String>,
}

/// A user of the target.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "each is named as in SCIM")]
pub struct InTarget {
    pub id: String,
    pub user_name: String,
    pub external_id: Option<String>,
    pub active: bool,
    pub groups: Vec<String>,
}

impl Explanation {
    /// Explains whoever has this address, name or id.
    pub fn of(asked: &str, sides: &Sides) -> Explanation {
        let Sides { reading, target, plan } = sides;
        let wanted = asked.trim().to_lowercase();
        let is = |text: &str| text.to_lowercase() == wanted;
        let may_be = |text: &Option<String>| text.as_deref().is_some_and(is);
        let people: Vec<_> =
            reading.people.iter().filter(|one| is(&one.id) || is(&one.email) || may_be(&one.display_name)).collect();
        let ids: Vec<&str> = people.iter().map(|one| one.id.as_str()).collect();
        let name_of = |id: &str| {
            let group = reading.groups.iter().find(|group| group.id == id);
            group.map_or_else(|| id.to_owned(), |group| group.name.clone())
        };
        let in_source = people.iter().map(|person| InSource {
            id: person.id.clone(),
            email: person.email.clone(),
            active: person.active,
            inactive_because: person.inactive_because,
            groups: person.groups.iter().map(|one| Path { group: name_of(&one.group), via: one.via.clone() }).collect(),
        });
        let is_user = |external: &Option<String>| external.as_deref().is_some_and(|id| ids.contains(&id));
        let users = target.users.iter().filter(|user| {
            is(&user.id) || is(&user.user_name) || may_be(&user.display_name) || is_user(&user.external_id)
        });
        let in_target: Vec<InTarget> = users
            .map(|user| InTarget {
                id: user.id.clone(),
                user_name: user.user_name.clone(),
                external_id: user.external_id.clone(),
                active: user.active,
                groups: target
                    .groups
                    .iter()
                    .filter(|one| one.members.contains(&user.id))
                    .map(|one| one.name.clone())
                    .collect(),
            })
            .collect();
        let concerns = |source_id: &Option<String>, target_id: &Option<String>, name: &str| {
            is(name)
                || source_id.as_deref().is_some_and(|id| ids.contains(&id))
                || target_id.as_ref().is_some_and(|id| in_target.iter().any(|user| user.id == *id))
        };
        let about = |change: &Change| {
            let members: Vec<_> =
                change.members.iter().filter(|one| concerns(&one.source_id, &one.target_id, &one.name)).collect();
            let is_theirs = change.members.is_empty() && concerns(&change.source_id, &change.target_id, &change.name);
            let members: Vec<_> = members.into_iter().cloned().collect();
            (is_theirs || !members.is_empty()).then(|| Change { members, ..change.clone() })
        };
        let refused = |one: &&Refused| is(&one.name) || people.iter().any(|person| one.name == person.email);
        let changes = plan.changes.iter().filter_map(about).collect();
        let mut explanation = Explanation {
            asked: asked.to_owned(),
            in_source: in_source.collect(),
            in_target,
            changes,
            refused: plan.refused.iter().filter(refused).cloned().collect(),
            guards: plan.guards.iter().map(|hit| hit.why.to_string()).collect(),
            verdict: String::new(),
        };
        explanation.verdict = explanation.verdict_on(plan);
        explanation
    }

    fn verdict_on(&self, plan: &Plan) -> String {
        let changes = self.changes.len();
        match (self.in_source.first(), self.in_target.first()) {
            (None, None) if self.refused.is_empty() => {
                "Neither the source, in the groups asked for, nor the target knows them.".to_owned()
            }
            (None, None) => "The source holds them in a form that cannot be pushed.".to_owned(),
            (None, Some(_)) if changes > 0 => {
                "The source does not hold them in the groups asked for, so they are taken out of the target.".to_owned()
            }
            (None, Some(_)) if plan.safe_mode => {
                "The source does not show them, but it could not be read whole: they stay.".to_owned()
            }
            (None, Some(_)) => {
                "The source does not hold them, and they stay: they are inactive already, did not come from a source, or \
                 are protected."
                    .to_owned()
            }
            (Some(person), None) if !person.active => {
                let why = person.inactive_because.unwrap_or("inactive");
                format!("They are in scope but {why}; inactive people are not created.")
            }
            (Some(_), None) if changes > 0 => "They are in scope and not in the target: they are created.".to_owned(),
            (Some(_), Some(_)) if changes > 0 => "They are in scope and differ: the changes below are made.".to_owned(),
            (Some(_), _) if !self.refused.is_empty() => "They are in scope but cannot be pushed.".to_owned(),
            (Some(_), _) => "They are in scope and the target holds them as they are, or they are protected.".to_owned(),
        }
    }
}
