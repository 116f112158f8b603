//! Exchanges in PostgreSQL: a line each, and beside it headers and bodies where they are kept.

use super::row::Row;
use super::value::ToColumn;
use super::{PgTx, change, collect, first, signed};
use crate::domain::exchange::{
    Exchange, ExchangeHour, ExchangeQuery, ExchangeText, Exchanges, Phrase, Ring, Space, Subject,
};
use crate::domain::{Fault, NodeId, Time, fold};

/// The columns of an exchange called `e`, in the order of [`line`].
macro_rules! columns {
    () => {
        "e.exchange_id, e.request_id, e.at, e.scim_id, e.node_id, e.noise, e.method, e.path, e.query, e.status, e.micros,
         e.request_size, e.answer_size, e.client, e.agent, e.address, e.code, e.token_tail, e.detail, e.conflict_name,
         e.conflict_user, e.relaxations, e.kind, e.subject_id, e.subject, e.summary, e.summary_code, e.arguments"
    };
}

fn line(row: &Row) -> Result<Exchange, Fault> {
    let relaxations: String = row.get(21)?;
    Ok(Exchange {
        number: row.get(0)?,
        request_id: row.get(1)?,
        at: row.get(2)?,
        connection: row.get(3)?,
        node: row.get(4)?,
        is_noise: row.get(5)?,
        method: row.get(6)?,
        path: row.get(7)?,
        query: row.get(8)?,
        status: row.get(9)?,
        micros: row.get(10)?,
        request_size: row.get(11)?,
        answer_size: row.get(12)?,
        client: row.get(13)?,
        agent: row.get(14)?,
        address: row.get(15)?,
        code: row.get(16)?,
        token_tail: row.get(17)?,
        detail: row.get(18)?,
        conflict: row.get::<_, Option<String>>(19)?.zip(row.get(20)?),
        relaxations: relaxations.split_whitespace().map(str::to_owned).collect(),
        subject: Subject { kind: row.get(22)?, id: row.get(23)?, name: row.get(24)? },
        summary: Phrase { code: row.get(26)?, text: row.get(25)?, arguments: row.get(27)? },
        words: String::new(),
        text: None,
    })
}

fn text(row: &Row) -> Result<ExchangeText, Fault> {
    Ok(ExchangeText {
        request_headers: row.get(0)?,
        request_body: row.get(1)?,
        answer_headers: row.get(2)?,
        answer_body: row.get(3)?,
        effect: row.get(4)?,
    })
}

/// A text inside `LIKE '%…%' ESCAPE '\'`.
fn within(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

impl Exchanges for PgTx<'_> {
    fn insert_exchange(&mut self, e: &Exchange) -> Result<(), Fault> {
        let insert = "INSERT INTO exchange (
              request_id, at, scim_id, node_id, noise, method, path, query, status, micros, request_size, answer_size,
              client, agent, address, code, token_tail, detail, conflict_name, conflict_user, relaxations, kind,
              subject_id, subject, summary, summary_code, arguments, words, bytes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)";
        let values: &[&dyn ToColumn] = &[
            &e.request_id,
            &e.at,
            &e.connection,
            &e.node,
            &e.is_noise,
            &e.method,
            &e.path,
            &e.query,
            &e.status,
            &signed(e.micros),
            &signed(e.request_size),
            &signed(e.answer_size),
            &e.client,
            &e.agent,
            &e.address,
            &e.code,
            &e.token_tail,
            &e.detail,
            &e.conflict.as_ref().map(|(name, _)| name),
            &e.conflict.as_ref().map(|(_, user)| user),
            &e.relaxations.join(" "),
            &e.subject.kind,
            &e.subject.id,
            &e.subject.name,
            &e.summary.text,
            &e.summary.code,
            &e.summary.arguments,
            &e.words,
            &signed(e.bytes()),
        ];
        // One writer at a time, so that the numbers ascend as readers see them.
        self.db.execute_later("LOCK TABLE exchange IN SHARE ROW EXCLUSIVE MODE", &[])?;
        self.db.execute_later(insert, values)?;
        let Some(text) = &e.text else { return Ok(()) };
        let insert = "INSERT INTO exchange_text (
              exchange_id, request_headers, request_body, answer_headers, answer_body, effect)
            VALUES (currval(pg_get_serial_sequence('exchange', 'exchange_id')), ?1, ?2, ?3, ?4, ?5)";
        let t = text;
        let values: &[&dyn ToColumn] =
            &[&t.request_headers, &t.request_body, &t.answer_headers, &t.answer_body, &t.effect];
        self.db.execute_later(insert, values)
    }

    fn exchange(&mut self, request_id: &str) -> Result<Option<Exchange>, Fault> {
        let by_name = concat!(
            "SELECT ",
            columns!(),
            " FROM exchange e WHERE e.request_id = ?1 ORDER BY e.exchange_id DESC LIMIT 1"
        );
        let Some(found) = first(self.db, by_name, &[&request_id], line)? else { return Ok(None) };
        let texts = "SELECT request_headers, request_body, answer_headers, answer_body, effect FROM exchange_text
            WHERE exchange_id = ?1";
        let kept = first(self.db, texts, &[&found.number], text)?;
        Ok(Some(Exchange { text: kept, ..found }))
    }

    fn exchanges(&mut self, query: &ExchangeQuery) -> Result<Vec<Exchange>, Fault> {
        let mut sql = concat!("SELECT ", columns!(), " FROM exchange e WHERE TRUE").to_owned();
        let mut values: Vec<Box<dyn ToColumn>> = Vec::new();
        let mut and = |condition: &str, given: Vec<Box<dyn ToColumn>>| {
            sql.push_str(" AND ");
            sql.push_str(condition);
            values.extend(given);
        };
        if let Some(node) = query.node {
            and("e.node_id = ?", vec![Box::new(node.0)]);
        }
        if let Some(nodes) = &query.among {
            let list: Vec<i64> = nodes.iter().map(|node| node.0).collect();
            and("e.node_id = ANY(?)", vec![Box::new(list)]);
        }
        if let Some(connection) = query.connection {
            and("e.scim_id = ?", vec![Box::new(connection.0)]);
        }
        if let Some((from, to)) = query.status {
            and("e.status BETWEEN ? AND ?", vec![Box::new(i64::from(from)), Box::new(i64::from(to))]);
        }
        if let Some(client) = &query.client {
            and("e.client ILIKE ? ESCAPE '\\'", vec![Box::new(within(client).split_off(1))]);
        }
        if let Some(method) = &query.method {
            and("e.method = ?", vec![Box::new(method.to_ascii_uppercase())]);
        }
        if let Some(code) = &query.relaxation {
            and("' ' || e.relaxations || ' ' ILIKE ? ESCAPE '\\'", vec![Box::new(within(&format!(" {code} ")))]);
        }
        if let Some(text) = query.text.as_ref().filter(|text| !text.is_empty()) {
            let kept =
                "(strpos(e.words, ?) > 0 OR EXISTS (SELECT 1 FROM exchange_text t WHERE t.exchange_id = e.exchange_id
                AND (t.request_body ILIKE ? ESCAPE '\\' OR t.answer_body ILIKE ? ESCAPE '\\')))";
            let like = within(text);
            and(kept, vec![Box::new(fold(text)), Box::new(like.clone()), Box::new(like)]);
        }
        if let Some(from) = query.from {
            and("e.at >= ?", vec![Box::new(from.0)]);
        }
        if let Some(to) = query.to {
            and("e.at <= ?", vec![Box::new(to.0)]);
        }
        if let Some(before) = query.before {
            and("e.exchange_id < ?", vec![Box::new(before)]);
        }
        match query.since {
            Some(since) => {
                and("e.exchange_id > ?", vec![Box::new(since)]);
                sql.push_str(" ORDER BY e.exchange_id LIMIT ?");
            }
            None => sql.push_str(" ORDER BY e.exchange_id DESC LIMIT ?"),
        }
        values.push(Box::new(signed(query.limit)));
        collect(self.db, &sql, &values.iter().map(|value| &**value).collect::<Vec<_>>(), line)
    }

    fn latest_exchanges(&mut self, node: NodeId, noise: bool, limit: u64) -> Result<Vec<Exchange>, Fault> {
        let latest = match noise {
            false => concat!(
                "SELECT ",
                columns!(),
                " FROM exchange e WHERE e.node_id = ?1 AND NOT e.noise ORDER BY e.exchange_id DESC LIMIT ?2"
            ),
            true => concat!(
                "SELECT ",
                columns!(),
                " FROM exchange e WHERE e.node_id = ?1 AND e.noise ORDER BY e.exchange_id DESC LIMIT ?2"
            ),
        };
        collect(self.db, latest, &[&node, &signed(limit)], line)
    }

    fn newest_exchange(&mut self) -> Result<i64, Fault> {
        let newest = "SELECT exchange_id FROM exchange ORDER BY exchange_id DESC LIMIT 1";
        Ok(first(self.db, newest, &[], |row| row.get(0))?.unwrap_or_default())
    }

    fn exchange_space(&mut self, ring: Ring) -> Result<Space, Fault> {
        let space = |row: &Row| Ok(Space { count: row.get(0)?, bytes: row.get(1)? });
        let sums = match ring {
            Ring::Node(node) => first(
                self.db,
                "SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM exchange WHERE node_id = ?1 AND NOT noise",
                &[&node],
                space,
            ),
            Ring::Noise => {
                first(self.db, "SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM exchange WHERE noise", &[], space)
            }
        };
        Ok(sums?.unwrap_or_default())
    }

    // An array is looked up by key; `IN (SELECT …)` may be joined with all there is.
    fn drop_oldest_exchanges(&mut self, ring: Ring, count: u64) -> Result<Space, Fault> {
        let bytes = |row: &Row| row.get::<_, u64>(0);
        let dropped = match ring {
            Ring::Node(node) => collect(
                self.db,
                "DELETE FROM exchange WHERE exchange_id = ANY (ARRAY(
                   SELECT exchange_id FROM exchange WHERE node_id = ?1 AND NOT noise ORDER BY exchange_id LIMIT ?2))
                 RETURNING bytes",
                &[&node, &signed(count)],
                bytes,
            )?,
            Ring::Noise => collect(
                self.db,
                "DELETE FROM exchange WHERE exchange_id = ANY (ARRAY(
                   SELECT exchange_id FROM exchange WHERE noise ORDER BY exchange_id LIMIT ?1)) RETURNING bytes",
                &[&signed(count)],
                bytes,
            )?,
        };
        Ok(Space { count: dropped.len() as u64, bytes: dropped.iter().sum() })
    }

    fn exchange_hours(&mut self, since: Time) -> Result<Vec<ExchangeHour>, Fault> {
        let sql = "SELECT at / 3600000 * 3600000, count(*), count(*) FILTER (WHERE status >= 400) FROM exchange
            WHERE at >= ?1 AND NOT noise GROUP BY 1 ORDER BY 1";
        let hour = |row: &Row| Ok(ExchangeHour { from: row.get(0)?, all: row.get(1)?, refused: row.get(2)? });
        collect(self.db, sql, &[&since], hour)
    }

    fn drop_exchanges_of(&mut self, node: NodeId, most: u64) -> Result<u64, Fault> {
        let old = "DELETE FROM exchange WHERE exchange_id = ANY (ARRAY(
              SELECT exchange_id FROM exchange WHERE node_id = ?1 ORDER BY exchange_id LIMIT ?2))";
        Ok(change(self.db, old, &[&node, &signed(most)])? as u64)
    }

    fn drop_exchanges_before(&mut self, moment: Time, most: u64) -> Result<u64, Fault> {
        let old = "DELETE FROM exchange WHERE at < ?1 AND exchange_id = ANY (ARRAY(
              SELECT exchange_id FROM exchange ORDER BY exchange_id LIMIT ?2))";
        Ok(change(self.db, old, &[&moment, &signed(most)])? as u64)
    }
}
