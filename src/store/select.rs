//! From a [`Predicate`] to SQL: fragments of constant text, and every value bound.

use super::condition::{Condition, Value};
use crate::domain::NodeId;
use crate::domain::predicate::{Ask, Column, DocumentField, From, Key, Position, Predicate, Sort, Walk};
use std::borrow::Cow;

/// What each store spells in its own way. Every text is compared and ordered by its bytes.
pub(in crate::store) struct Dialect {
    /// No text.
    pub(in crate::store) no_text: &'static str,
    /// A number or a truth as text.
    pub(in crate::store) as_text: fn(&str) -> String,
    /// Whether an expression, with the values of its `?`, answers.
    pub(in crate::store) answers: fn(&str, &[Value], &Ask, &mut Condition),
    /// Whether a place in the document answers.
    pub(in crate::store) field: fn(&str, &DocumentField, &Ask, &mut Condition),
    /// Opens a condition on the elements of an array; the caller closes the bracket.
    pub(in crate::store) open: fn(&str, &DocumentField, &mut Condition),
    /// Whether a part of an element answers.
    pub(in crate::store) part: fn(&DocumentField, &Ask, &mut Condition),
    /// The value at a place of the document by which a list is ordered.
    pub(in crate::store) sort: fn(&str, &DocumentField, &mut Condition),
}

/// The condition on users called `u`, their node included.
pub(in crate::store) fn users(dialect: &Dialect, node: NodeId, which: &Predicate) -> Condition {
    Table { kind: &USERS, dialect }.condition(node, which)
}

/// The condition on teams called `t`, their node included.
pub(in crate::store) fn teams(dialect: &Dialect, node: NodeId, which: &Predicate) -> Condition {
    Table { kind: &TEAMS, dialect }.condition(node, which)
}

/// A walk in SQL: the value it is ordered by, and everything behind WHERE.
pub(in crate::store) struct WalkSql {
    pub(in crate::store) sort: String,
    pub(in crate::store) on: Condition,
}

/// A walk over users called `u`.
pub(in crate::store) fn walk_users(dialect: &Dialect, node: NodeId, which: &Predicate, walk: &Walk) -> WalkSql {
    Table { kind: &USERS, dialect }.walk(node, which, walk)
}

/// A walk over teams called `t`.
pub(in crate::store) fn walk_teams(dialect: &Dialect, node: NodeId, which: &Predicate, walk: &Walk) -> WalkSql {
    Table { kind: &TEAMS, dialect }.walk(node, which, walk)
}

/// A comparison and the values of its `?`; `None` for a key of the other type.
type Compared = Option<(&'static str, Vec<Value>)>;

/// How one of the two types is spelled.
struct Kind {
    of_node: &'static str,
    document: &'static str,
    number: &'static str,
    column: fn(Column) -> Option<&'static str>,
    one_of: &'static str,
    ids: &'static str,
    key: fn(NodeId, &Key) -> Compared,
}

const USERS: Kind = Kind {
    of_node: "u.node_id = ? AND ",
    document: "u.resource",
    number: "u.user_id",
    column: user_column,
    one_of: "u.user_id IN (",
    ids: "SELECT u.user_id FROM \"user\" u WHERE ",
    key: user_key,
};

const TEAMS: Kind = Kind {
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
        Column::Id => "u.user_id",
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

/// One of the two types as a store spells it.
struct Table<'d> {
    kind: &'static Kind,
    dialect: &'d Dialect,
}

impl Table<'_> {
    /// A column, an id as text.
    fn column(&self, column: Column) -> Option<Cow<'static, str>> {
        let sql = (self.kind.column)(column)?;
        Some(if column == Column::Id { (self.dialect.as_text)(sql).into() } else { sql.into() })
    }

    fn condition(&self, node: NodeId, which: &Predicate) -> Condition {
        let mut condition = Condition { sql: String::new(), values: Vec::new() };
        self.of_node(node, which, &mut condition);
        condition
    }

    fn of_node(&self, node: NodeId, which: &Predicate, into: &mut Condition) {
        into.sql.push_str(self.kind.of_node);
        into.values.push(node.0.into());
        self.lower(node, which, into);
    }

    fn lower(&self, node: NodeId, which: &Predicate, into: &mut Condition) {
        match which {
            Predicate::Everything => into.sql.push_str("TRUE"),
            Predicate::Nothing => into.sql.push_str("FALSE"),
            Predicate::Is(key) => match (self.kind.key)(node, key) {
                Some((sql, values)) => {
                    into.sql.push_str(sql);
                    into.values.extend(values);
                }
                // A key of the other type is fulfilled by none of this one.
                None => into.sql.push_str("FALSE"),
            },
            Predicate::Column(column, ask) => match self.column(*column) {
                Some(sql) => (self.dialect.answers)(&sql, &[], ask, into),
                None => into.sql.push_str("FALSE"),
            },
            Predicate::Field(field, ask) => (self.dialect.field)(self.kind.document, field, ask, into),
            Predicate::Element(field, inner) => {
                (self.dialect.open)(self.kind.document, field, into);
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
                joined(parts, " OR ", "FALSE", into, &mut |part, into| self.lower(node, part, into));
            }
            Predicate::Any(parts) => self.any(node, parts, into),
        }
    }

    /// A condition on one element of an array, called `e`.
    fn element(&self, which: &Predicate, into: &mut Condition) {
        match which {
            Predicate::Everything => into.sql.push_str("TRUE"),
            Predicate::Field(field, ask) => (self.dialect.part)(field, ask, into),
            Predicate::Not(inner) => {
                into.sql.push_str("NOT (");
                self.element(inner, into);
                into.sql.push(')');
            }
            Predicate::All(parts) => {
                joined(parts, " AND ", "TRUE", into, &mut |part, into| self.element(part, into));
            }
            Predicate::Any(parts) => {
                joined(parts, " OR ", "FALSE", into, &mut |part, into| self.element(part, into));
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
        on.sql.push_str(&format!("{} {} LIMIT ? OFFSET ?", self.kind.number, if backwards { "DESC" } else { "ASC" }));
        on.values.extend([signed(walk.limit).into(), signed(skip).into()]);
        WalkSql { sort: sort.map_or_else(|| self.dialect.no_text.to_owned(), |sort| sort.sql), on }
    }

    /// What lies behind a place: a later value, or the same and a later number. No value is greater than any.
    fn behind(&self, mark: &Position, sort: Option<&Condition>, falls: bool, backwards: bool, on: &mut Condition) {
        let later = if backwards { "<" } else { ">" };
        let Some(sort) = sort else {
            on.sql.push_str(&format!(" AND {} {later} ?", self.kind.number));
            return on.values.push(mark.number.into());
        };
        let (number, value) = (self.kind.number, &sort.sql);
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
            Sort::Column(column) => match (self.column(column), column) {
                (None, _) => sort.sql.push_str(self.dialect.no_text),
                // Moments have thirteen digits until the year 2286 and booleans one, so as text they keep their order.
                (Some(sql), Column::Active | Column::Created | Column::Modified) => {
                    sort.sql.push_str(&(self.dialect.as_text)(&sql));
                }
                (Some(sql), _) => sort.sql.push_str(&sql),
            },
            Sort::Field(field) => (self.dialect.sort)(self.kind.document, &field, &mut sort),
        }
        sort
    }

    /// Halves hang together as a tree, so that a store's limit on the depth of an expression is not met by a long list.
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
            _ => into.sql.push_str(self.kind.one_of),
        }
        let group = if parts.len() > 100 { parts.len().div_ceil(100) } else { 1 };
        for (place, some) in parts.chunks(group).enumerate() {
            if place > 0 {
                into.sql.push_str(" UNION ALL ");
            }
            into.sql.push_str(self.kind.ids);
            match some {
                [one] => self.of_node(node, one, into),
                more => self.any(node, more, into),
            }
        }
        into.sql.push(')');
    }
}

/// Parts between brackets, joined by a word.
fn joined(
    parts: &[Predicate],
    word: &str,
    none: &str,
    into: &mut Condition,
    lower: &mut dyn FnMut(&Predicate, &mut Condition),
) {
    if parts.is_empty() {
        return into.sql.push_str(none);
    }
    into.sql.push('(');
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            into.sql.push_str(word);
        }
        lower(part, into);
    }
    into.sql.push(')');
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
