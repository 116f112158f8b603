//! PATCH on memberships: what an operation on `members` or `groups` asks for, in the RFC's forms and those of real clients.

use crate::domain::membership::Change;
use crate::scim::error::{Error, Result};
use crate::scim::intake::value;
use crate::scim::patch::operation::Verb;
use crate::scim::patch::{Patch, Relation};
use crate::scim::path::{Path, Selection};
use crate::scim::relaxation::Relaxation;
use crate::scim::schema::Target;
use serde_json::Value;

/// No request searches memberships by anything but their value more often.
const SEARCHES: usize = 8;

impl Patch<'_> {
    /// Operations on `members` and `groups`.
    pub(in crate::scim) fn relation(&mut self, verb: Verb, path: &Path, value: Option<Value>) -> Result<()> {
        let name = self.of.relation;
        if name == "groups" {
            self.leeway.take(Relaxation::GroupsWritten)?;
        }
        // Null says that there is none, an absent value says nothing.
        let is_null = value == Some(Value::Null);
        let value = value.filter(|value| !value.is_null());
        let selected = match path {
            Path::Elements(_, selection) => Some(selection),
            Path::Attribute(Target { part: Some(part), .. }) if part.name != "value" => {
                return Err(Error::Mutability(format!("“{name}.{}” cannot be changed by a client.", part.name)));
            }
            _ => None,
        };
        let ids = value.map(|value| value::ids(name, &value, self.leeway)).transpose()?;
        let change = match (verb, selected, ids) {
            (Verb::Add, Some(selection), None) => {
                self.leeway.take(Relaxation::AddByValuePath)?;
                Change::Add(chosen(name, selection)?)
            }
            (Verb::Add, None, None) if is_null => return Ok(()),
            (Verb::Add, None, None) => return Err(Error::InvalidValue(format!("“{name}” needs a value."))),
            (Verb::Add, _, Some(ids)) => Change::Add(ids),
            (Verb::Remove, Some(selection), _) => match chosen(name, selection) {
                Ok(ids) => Change::Remove(ids),
                Err(_) => {
                    let earlier = self.relations.iter().filter(|r| matches!(r, Relation::RemoveMatching(_))).count();
                    if earlier >= SEARCHES {
                        let detail =
                            format!("At most {SEARCHES} operations may search “{name}”. Name them by their value.");
                        return Err(Error::TooMany(detail));
                    }
                    self.relations.push(Relation::RemoveMatching(selection.test.clone()));
                    return Ok(());
                }
            },
            // Entra, JumpCloud and others: remove + path members + value takes those and no others.
            (Verb::Remove, None, Some(ids)) => {
                self.leeway.take(Relaxation::RemoveWithValue)?;
                if let Some(id) = ids.iter().find(|id| !self.of.can_be_member(id)) {
                    return Err(Error::InvalidValue(format!(
                        "“{}” in “{name}” cannot be an id.",
                        crate::scim::error::shown(id)
                    )));
                }
                Change::Remove(ids)
            }
            (Verb::Remove, None, None) => Change::Set(Vec::new()),
            (Verb::Replace, _, None) if !is_null => {
                let detail = format!("“{name}” needs a value: a list, or [] for none.");
                return Err(Error::InvalidValue(detail));
            }
            (Verb::Replace, None, ids) => Change::Set(ids.unwrap_or_default()),
            (Verb::Replace, Some(selection), ids) => {
                self.relations.push(Relation::Change(Change::Remove(chosen(name, selection)?)));
                Change::Add(ids.unwrap_or_default())
            }
        };
        self.relations.push(Relation::Change(change));
        Ok(())
    }
}

/// The ids that a filter of nothing but `value eq "…"` names.
fn chosen(name: &str, selection: &Selection) -> Result<Vec<String>> {
    let ids: Option<Vec<String>> =
        selection.example.iter().flatten().map(|(part, text)| (*part == "value").then(|| text.clone())).collect();
    match ids {
        Some(ids) if ids.len() == 1 => Ok(ids),
        _ => Err(Error::InvalidPath(format!("Choose one of “{name}” by its value: {name}[value eq \"id\"]."))),
    }
}
