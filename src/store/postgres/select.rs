//! From a [`Predicate`] to SQL: fragments of constant text, and every value bound.

use super::condition::{Condition, Value};
use super::{document, signed};
use crate::domain::NodeId;
use crate::domain::predicate::{Column, From, Key, Position, Predicate, Sort, Walk};

/// The condition on users called `u`, their node included.
pub(super) fn users(node: NodeId, which: &Predicate) -> Condition {
    USERS.condition(node, which)
}

/// The condition on teams called `t`, their node included.
pub(super) fn teams(node: NodeId, which: &Predicate) -> Condition {
    TEAMS.condition(node, which)
}

/// A walk in SQL: the value it is ordered by, and everything behind WHERE.
pub(super) struct WalkSql {
    pub(super) sort: String,
    pub(super) on: Condition,
}

/// A walk over users called `u`.
pub(super) fn walk_users(node: NodeId, which: &Predicate, walk: &Walk) -> WalkSql {
    USERS.walk(node, which, walk)
}

/// A walk over teams called `t`.
pub(super) fn walk_teams(node: NodeId, which: &Predicate, walk: &Walk) -> WalkSql {
    TEAMS.walk(node, which, walk)
}

/// A comparison and the values of its `?`; `None` for a key of the other type.
type Compared = Option<(&'static str, Vec<Value>)>;

/// How one of the two types is spelled.
struct Table {
    of_node: &'static str,
    document: &'static str,
    number: &'static str,
    column: fn(Column) -> Option<&'static str>,
    one_of: &'static str,
    ids: &'static str,
    key: fn(NodeId, &Key) -> Compared,
}

const USERS: Table = Table {
    of_node: "u.node_id = ? AND ",
    document: "u.resource",
    number: "u.user_id",
    column: user_column,
    one_of: "u.user_id IN (",
    ids: "SELECT u.user_id FROM \"user\" u WHERE ",
    key: user_key,
};

const TEAMS: Table = Table {
    of_node: "t.node_id = ? AND ",
    document: "t.resource",
    number: "t.team_key",
    column: team_column,
    one_of: "t.team_key IN (",
    ids: "SELECT t.team_key FROM team t WHERE ",
    key: team_key,
};

fn user_column(column: Column) -> Option<&'static str> {
    Some(match column {
        Column::Id => "(CAST(u.user_id AS TEXT) COLLATE \"C\")",
        Column::UserName => "u.user_name_folded",
        Column::ExternalId => "u.external_id",
        Column::DisplayName => "u.display_name_folded",
        Column::Active => "u.lock = 'none'",
        Column::Created => "u.created_at",
        Column::Modified => "u.modified_at",
    })
}

fn team_column(column: Column) -> Option<&'static str> {
    match column {
        Column::Id | Column::UserName | Column::Active => None,
        Column::ExternalId => Some("t.external_id"),
        Column::DisplayName => Some("t.name_folded"),
        Column::Created => Some("t.created_at"),
        Column::Modified => Some("t.modified_at"),
    }
}

fn user_key(node: NodeId, key: &Key) -> Compared {
    Some(match key {
        Key::User(id) => ("u.user_id = ?", vec![id.0.into()]),
        Key::UserName(folded) => ("u.user_name_folded = ?", vec![folded.clone().into()]),
        Key::ExternalId(id) => ("u.external_id = ?", vec![id.clone().into()]),
        Key::DisplayName(folded) => ("u.display_name_folded = ?", vec![folded.clone().into()]),
        Key::Email(folded) => (
            "u.user_id IN (SELECT e.user_id FROM user_email e WHERE e.node_id = ? AND e.email = ? UNION ALL
               SELECT n.user_id FROM \"user\" n WHERE n.node_id = ? AND n.user_name_folded = ? AND n.name_is_email)",
            vec![node.0.into(), folded.clone().into(), node.0.into(), folded.clone().into()],
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

impl Table {
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
            Predicate::Column(column, ask) => match (self.column)(*column) {
                Some(sql) => document::answers(sql, &[], ask, into),
                None => into.sql.push_str("FALSE"),
            },
            Predicate::Field(field, ask) => document::field(self.document, field, ask, into),
            Predicate::Element(field, inner) => {
                document::open(self.document, field, into);
                self.element(inner, into);
                into.sql.push(')');
            }
            Predicate::Not(inner) => {
                // A key without a value compares to NULL, which NOT would leave as it is.
                into.sql.push_str("NOT coalesce(");
                self.lower(node, inner, into);
                into.sql.push_str(", FALSE)");
            }
            Predicate::All(parts) => self.all(node, parts, into),
            // Only parts that an index answers gain by being asked one by one.
            Predicate::Any(parts) if !which.is_indexed() => {
                document::joined(parts, " OR ", "FALSE", into, &mut |part, into| self.lower(node, part, into));
            }
            Predicate::Any(parts) => self.any(node, parts, into),
        }
    }

    /// A condition on one element of an array, called `e`.
    fn element(&self, which: &Predicate, into: &mut Condition) {
        match which {
            Predicate::Everything => into.sql.push_str("TRUE"),
            Predicate::Field(field, ask) => document::part(field, ask, into),
            Predicate::Not(inner) => {
                into.sql.push_str("NOT (");
                self.element(inner, into);
                into.sql.push(')');
            }
            Predicate::All(parts) => {
                document::joined(parts, " AND ", "TRUE", into, &mut |part, into| self.element(part, into));
            }
            Predicate::Any(parts) => {
                document::joined(parts, " OR ", "FALSE", into, &mut |part, into| self.element(part, into));
            }
            // Keys and columns belong to resources and never stand inside an element.
            Predicate::Nothing | Predicate::Is(_) | Predicate::Column(..) | Predicate::Element(..) => {
                into.sql.push_str("FALSE");
            }
        }
    }

    /// The condition, order and limit of a walk.
    fn walk(&self, node: NodeId, which: &Predicate, walk: &Walk) -> WalkSql {
        let sort = walk.order.map(|order| self.sort(order.by));
        let mut on = Condition { sql: String::new(), values: Vec::new() };
        on.values.extend(sort.iter().flat_map(|sort| sort.values.clone()));
        self.of_node(node, which, &mut on);
        let backwards = matches!(walk.from, From::Before(_));
        let falls = walk.order.is_some_and(|order| order.descending) != backwards;
        let skip = match &walk.from {
            From::Skip(skip) => *skip,
            From::After(mark) | From::Before(mark) => {
                self.behind(mark, sort.as_ref(), falls, backwards, &mut on);
                0
            }
        };
        on.sql.push_str(" ORDER BY ");
        if let Some(sort) = &sort {
            on.sql.push_str(&format!("{} {}, ", sort.sql, if falls { "DESC NULLS FIRST" } else { "ASC NULLS LAST" }));
            on.values.extend(sort.values.clone());
        }
        on.sql.push_str(&format!("{} {} LIMIT ? OFFSET ?", self.number, if backwards { "DESC" } else { "ASC" }));
        on.values.extend([signed(walk.limit).into(), signed(skip).into()]);
        WalkSql { sort: sort.map_or_else(|| "NULL::text".to_owned(), |sort| sort.sql), on }
    }

    /// What lies behind a place: a later value, or the same and a later number. No value is greater than any.
    fn behind(&self, mark: &Position, sort: Option<&Condition>, falls: bool, backwards: bool, on: &mut Condition) {
        let later = if backwards { "<" } else { ">" };
        let Some(sort) = sort else {
            on.sql.push_str(&format!(" AND {} {later} ?", self.number));
            return on.values.push(mark.number.into());
        };
        let (number, value) = (self.number, &sort.sql);
        let mut push = |sql: &str, mark: Option<&String>| {
            on.sql.push_str(sql);
            on.values.extend(sort.values.clone());
            on.values.extend(mark.map(|mark| mark.clone().into()));
        };
        match (&mark.value, falls) {
            (Some(mark), true) => {
                push(&format!(" AND ({value} < ? OR "), Some(mark));
                push(&format!("({value} = ? AND {number} {later} ?))"), Some(mark));
            }
            (Some(mark), false) => {
                push(&format!(" AND ({value} IS NULL OR "), None);
                push(&format!("{value} > ? OR "), Some(mark));
                push(&format!("({value} = ? AND {number} {later} ?))"), Some(mark));
            }
            (None, true) => push(&format!(" AND ({value} IS NOT NULL OR {number} {later} ?)"), None),
            (None, false) => push(&format!(" AND ({value} IS NULL AND {number} {later} ?)"), None),
        }
        on.values.push(mark.number.into());
    }

    /// The value that a list is ordered by, as text.
    fn sort(&self, by: Sort) -> Condition {
        let mut sort = Condition { sql: String::new(), values: Vec::new() };
        match by {
            Sort::Column(column) => match ((self.column)(column), column) {
                (None, _) => sort.sql.push_str("NULL::text"),
                // Moments have thirteen digits until the year 2286 and booleans one, so as text they keep their order.
                (Some(sql), Column::Active | Column::Created | Column::Modified) => {
                    sort.sql.push_str(&format!("(CAST({sql} AS TEXT) COLLATE \"C\")"));
                }
                (Some(sql), _) => sort.sql.push_str(sql),
            },
            Sort::Field(field) => document::sort(self.document, &field, &mut sort),
        }
        sort
    }

    /// Halves hang together as a tree, so that PostgreSQL's limit on the depth of an expression is not met by a long list.
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
