//! From a [`Predicate`] to SQL: fragments of constant text, and every value bound.

use crate::domain::NodeId;
use crate::domain::predicate::{Key, Predicate};
use rusqlite::types::Value;

/// A condition in SQL and the values of its `?`, in order.
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

/// The condition on users called `u`, their node included.
pub(super) fn users(node: NodeId, which: &Predicate) -> Condition {
    USERS.condition(node, which)
}

/// The condition on teams called `t`, their node included.
pub(super) fn teams(node: NodeId, which: &Predicate) -> Condition {
    TEAMS.condition(node, which)
}

/// A comparison and the values of its `?`; `None` for a key of the other type.
type Compared = Option<(&'static str, Vec<Value>)>;

/// How one of the two types is spelled.
struct Kind {
    of_node: &'static str,
    one_of: &'static str,
    ids: &'static str,
    key: fn(NodeId, &Key) -> Compared,
}

const USERS: Kind = Kind {
    of_node: "u.node_id = ? AND ",
    one_of: "u.user_id IN (",
    ids: "SELECT u.user_id FROM user u WHERE ",
    key: user_key,
};

const TEAMS: Kind = Kind {
    of_node: "t.node_id = ? AND ",
    one_of: "t.team_key IN (",
    ids: "SELECT t.team_key FROM team t WHERE ",
    key: team_key,
};

fn user_key(node: NodeId, key: &Key) -> Compared {
    Some(match key {
        Key::User(id) => ("u.user_id = ?", vec![id.0.into()]),
        Key::UserName(folded) => ("u.user_name_folded = ?", vec![folded.clone().into()]),
        Key::ExternalId(id) => ("u.external_id = ?", vec![id.clone().into()]),
        Key::DisplayName(folded) => ("u.display_name_folded = ?", vec![folded.clone().into()]),
        Key::Email(folded) => (
            "u.user_id IN (SELECT e.user_id FROM user_email e WHERE e.node_id = ? AND e.email = ?)",
            vec![node.0.into(), folded.clone().into()],
        ),
        Key::InTeam(id) => (
            "u.user_id IN (SELECT m.user_id FROM membership m WHERE m.team_key =
               (SELECT t.team_key FROM team t WHERE t.team_id = ? AND t.node_id = ?))",
            vec![id.0.to_vec().into(), node.0.into()],
        ),
        Key::Team(_) | Key::HasMember(_) => return None,
    })
}

fn team_key(_: NodeId, key: &Key) -> Compared {
    Some(match key {
        Key::Team(id) => ("t.team_id = ?", vec![id.0.to_vec().into()]),
        Key::ExternalId(id) => ("t.external_id = ?", vec![id.clone().into()]),
        Key::DisplayName(folded) => ("t.name_folded = ?", vec![folded.clone().into()]),
        Key::HasMember(id) => {
            ("t.team_key IN (SELECT m.team_key FROM membership m WHERE m.user_id = ?)", vec![id.0.into()])
        }
        Key::User(_) | Key::UserName(_) | Key::Email(_) | Key::InTeam(_) => return None,
    })
}

impl Kind {
    fn condition(&self, node: NodeId, which: &Predicate) -> Condition {
        let mut condition = Condition { sql: String::new(), values: Vec::new() };
        self.of_node(node, which, &mut condition);
        condition
    }

    fn of_node(&self, node: NodeId, which: &Predicate, into: &mut Condition) {
        into.sql.push_str(self.of_node);
        into.values.push(node.0.into());
        self.lower(node, which, into);
    }

    fn lower(&self, node: NodeId, which: &Predicate, into: &mut Condition) {
        match which {
            Predicate::Everything => into.sql.push_str("TRUE"),
            Predicate::Nothing => into.sql.push_str("FALSE"),
            Predicate::Is(key) => match (self.key)(node, key) {
                Some((sql, values)) => {
                    into.sql.push_str(sql);
                    into.values.extend(values);
                }
                // A key of the other type is fulfilled by none of this one.
                None => into.sql.push_str("FALSE"),
            },
            Predicate::All(parts) => self.all(node, parts, into),
            Predicate::Any(parts) => self.any(node, parts, into),
        }
    }

    /// Halves hang together as a tree, so that SQLite's limit on the depth of an expression is not met by a long list.
    fn all(&self, node: NodeId, parts: &[Predicate], into: &mut Condition) {
        match parts {
            [] => into.sql.push_str("TRUE"),
            [one] => self.lower(node, one, into),
            more => {
                let (left, right) = more.split_at(more.len() / 2);
                into.sql.push('(');
                self.all(node, left, into);
                into.sql.push_str(" AND ");
                self.all(node, right, into);
                into.sql.push(')');
            }
        }
    }

    /// A union of ids rather than `OR`, so that each part uses its own index. SQLite joins at most 500 queries in one.
    fn any(&self, node: NodeId, parts: &[Predicate], into: &mut Condition) {
        match parts {
            [] => return into.sql.push_str("FALSE"),
            [one] => return self.lower(node, one, into),
            _ => into.sql.push_str(self.one_of),
        }
        let group = if parts.len() > 100 { parts.len().div_ceil(100) } else { 1 };
        for (place, some) in parts.chunks(group).enumerate() {
            if place > 0 {
                into.sql.push_str(" UNION ALL ");
            }
            into.sql.push_str(self.ids);
            match some {
                [one] => self.of_node(node, one, into),
                more => self.any(node, more, into),
            }
        }
        into.sql.push(')');
    }
}
