//! What arguments name: nodes, connections, users and teams, each by its id, or by its name where only one has it.

use super::{ArgumentError, CommandContext, node_named};
use crate::domain::connection::{self, Connection};
use crate::domain::connection_settings::Scope;
use crate::domain::directory::TeamFilter;
use crate::domain::predicate::Window;
use crate::domain::user::ScopeKey;
use crate::domain::{Error, NodeId, Noun, TeamId, UserId, fold};

macro_rules! names {
    ($($(#[$about:meta])* $name:ident)+) => {
        $(
            $(#[$about])*
            #[derive(Clone, Debug)]
            pub(super) struct $name(String);

            impl From<String> for $name {
                fn from(text: String) -> $name {
                    $name(text)
                }
            }
        )+
    };
}

names! {
    /// A node: its id, its name or its path.
    NodeName
    /// A connection: its id, or its node.
    ConnectionName
    /// A user: the id or the user name.
    UserName
    /// A team: its id or its name.
    TeamName
}

impl NodeName {
    pub(super) fn id(&self, context: &CommandContext) -> anyhow::Result<NodeId> {
        let text = self.0.clone();
        context.store.read(move |tx| node_named::resolve(tx, &text))
    }

    /// That of an argument that may be absent.
    pub(super) fn id_of(name: Option<&NodeName>, context: &CommandContext) -> anyhow::Result<Option<NodeId>> {
        name.map(|name| name.id(context)).transpose()
    }
}

impl ConnectionName {
    pub(super) fn find(&self, context: &CommandContext) -> anyhow::Result<Connection> {
        let text = self.0.clone();
        context.store.read(move |tx| {
            let known = text.parse().ok().map(|id: i64| connection::find(tx, id));
            match known {
                Some(Ok(found)) => Ok(found),
                Some(Err(error)) if !matches!(error, Error::NotFound(..)) => Err(error.into()),
                _ => {
                    let unknown = || Error::NotFound(Noun::Connection, text.clone());
                    let node = match node_named::resolve(tx, &text) {
                        Ok(node) => node,
                        // Nobody asked for a node.
                        Err(error) if matches!(error.downcast_ref(), Some(Error::NotFound(..))) => {
                            return Err(unknown().into());
                        }
                        Err(error) => return Err(error),
                    };
                    Ok(connection::find(tx, node.0)?)
                }
            }
        })
    }
}

impl UserName {
    pub(super) fn id(&self, context: &CommandContext) -> anyhow::Result<UserId> {
        if let Ok(id) = self.0.parse() {
            return Ok(id);
        }
        let folded = fold(&self.0);
        let found = context.read(move |tx| {
            let mut scopes = vec![ScopeKey::of(Scope::Appliance, NodeId(0))];
            scopes.extend(tx.nodes()?.into_iter().map(|node| ScopeKey::of(Scope::Node, node.id)));
            let mut found = Vec::new();
            for scope in scopes {
                found.extend(tx.user_named(scope, &folded)?.map(|user| user.id));
            }
            found.sort();
            found.dedup();
            Ok(found)
        })?;
        one(&found, Noun::User, &self.0, "users")
    }
}

impl TeamName {
    pub(super) fn id(&self, context: &CommandContext) -> anyhow::Result<TeamId> {
        let filter = TeamFilter { text: self.0.clone(), ..TeamFilter::default() };
        let (id, folded) = (self.0.parse::<TeamId>(), fold(&self.0));
        let found = context.read(move |tx| {
            if let Ok(id) = id
                && tx.team_anywhere(id)?.is_some()
            {
                return Ok(vec![id]);
            }
            let (teams, _) = tx.list_teams(&filter, Window { offset: 0, limit: u64::MAX })?;
            let named = teams.into_iter().filter(|row| fold(&row.team.profile.name) == folded);
            Ok(named.map(|row| row.team.id).collect())
        })?;
        one(&found, Noun::Team, &self.0, "teams")
    }
}

/// The only one of that name.
fn one<I: Copy + std::fmt::Display>(found: &[I], noun: Noun, name: &str, many: &str) -> anyhow::Result<I> {
    match found {
        [] => Err(Error::NotFound(noun, name.to_owned()).into()),
        [one] => Ok(*one),
        more => {
            let ids = more.iter().map(I::to_string).collect::<Vec<_>>().join(", ");
            let sentence = format!("{} {many} are called “{name}”. Use one of the ids {ids}.", more.len());
            Err(ArgumentError::Usage(sentence).into())
        }
    }
}
