//! Exchanges in SQLite: a line each, and beside it headers and bodies where they are kept.

use super::{SqliteTx, change, collect, first, signed};
use crate::domain::exchange::{
    Exchange, ExchangeHour, ExchangeQuery, ExchangeText, Exchanges, Phrase, Ring, Space, Subject,
};
use crate::domain::{Fault, NodeId, Time, fold};
use rusqlite::types::Value;
use rusqlite::{Row, named_params, params, params_from_iter};

/// The columns of an exchange called `e`, by name.
macro_rules! columns {
    () => {
        "e.exchange_id, e.request_id, e.at, e.scim_id, e.node_id, e.noise, e.method, e.path, e.query, e.status, e.micros,
         e.request_size, e.answer_size, e.client, e.agent, e.address, e.code, e.token_tail, e.detail, e.conflict_name,
         e.conflict_user, e.relaxations, e.kind, e.subject_id, e.subject, e.summary, e.summary_code, e.arguments"
    };
}

fn line(row: &Row<'_>) -> rusqlite::Result<Exchange> {
    let relaxations: String = row.get("relaxations")?;
    Ok(Exchange {
        number: row.get("exchange_id")?,
        request_id: row.get("request_id")?,
        at: row.get("at")?,
        connection: row.get("scim_id")?,
        node: row.get("node_id")?,
        is_noise: row.get("noise")?,
        method: row.get("method")?,
        path: row.get("path")?,
        query: row.get("query")?,
        status: row.get("status")?,
        micros: row.get("micros")?,
        request_size: row.get("request_size")?,
        answer_size: row.get("answer_size")?,
        client: row.get("client")?,
        agent: row.get("agent")?,
        address: row.get("address")?,
        code: row.get("code")?,
        token_tail: row.get("token_tail")?,
        detail: row.get("detail")?,
        conflict: row.get::<_, Option<String>>("conflict_name")?.zip(row.get("conflict_user")?),
        relaxations: relaxations.split_whitespace().map(str::to_owned).collect(),
        subject: Subject { kind: row.get("kind")?, id: row.get("subject_id")?, name: row.get("subject")? },
        summary: Phrase { code: row.get("summary_code")?, text: row.get("summary")?, arguments: row.get("arguments")? },
        words: String::new(),
        text: None,
    })
}

fn text(row: &Row<'_>) -> rusqlite::Result<ExchangeText> {
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

impl Exchanges for SqliteTx<'_> {
    fn insert_exchange(&mut self, e: &Exchange) -> Result<(), Fault> {
        let insert = "INSERT INTO exchange (
              request_id, at, scim_id, node_id, noise, method, path, query, status, micros, request_size, answer_size,
              client, agent, address, code, token_tail, detail, conflict_name, conflict_user, relaxations, kind,
              subject_id, subject, summary, summary_code, arguments, words, bytes)
            VALUES (:request_id, :at, :scim_id, :node_id, :noise, :method, :path, :query, :status, :micros, :request_size,
              :answer_size, :client, :agent, :address, :code, :token_tail, :detail, :conflict_name, :conflict_user,
              :relaxations, :kind, :subject_id, :subject, :summary, :summary_code, :arguments, :words, :bytes)";
        let values = named_params! {
            ":request_id": e.request_id,
            ":at": e.at,
            ":scim_id": e.connection,
            ":node_id": e.node,
            ":noise": e.is_noise,
            ":method": e.method,
            ":path": e.path,
            ":query": e.query,
            ":status": e.status,
            ":micros": signed(e.micros),
            ":request_size": signed(e.request_size),
            ":answer_size": signed(e.answer_size),
            ":client": e.client,
            ":agent": e.agent,
            ":address": e.address,
            ":code": e.code,
            ":token_tail": e.token_tail,
            ":detail": e.detail,
            ":conflict_name": e.conflict.as_ref().map(|(name, _)| name),
            ":conflict_user": e.conflict.as_ref().map(|(_, user)| user),
            ":relaxations": e.relaxations.join(" "),
            ":kind": e.subject.kind,
            ":subject_id": e.subject.id,
            ":subject": e.subject.name,
            ":summary": e.summary.text,
            ":summary_code": e.summary.code,
            ":arguments": e.summary.arguments,
            ":words": e.words,
            ":bytes": signed(e.bytes()),
        };
        change(self.db, insert, values)?;
        let Some(text) = &e.text else { return Ok(()) };
        let insert = "INSERT INTO exchange_text (
              exchange_id, request_headers, request_body, answer_headers, answer_body, effect)
            VALUES (last_insert_rowid(), ?1, ?2, ?3, ?4, ?5)";
        let t = text;
        let values = params![t.request_headers, t.request_body, t.answer_headers, t.answer_body, t.effect];
        change(self.db, insert, values).map(drop)
    }

    fn exchange(&mut self, request_id: &str) -> Result<Option<Exchange>, Fault> {
        let by_name = concat!(
            "SELECT ",
            columns!(),
            " FROM exchange e WHERE e.request_id = ?1 ORDER BY e.exchange_id DESC LIMIT 1"
        );
        let Some(found) = first(self.db, by_name, [request_id], line)? else { return Ok(None) };
        let texts = "SELECT request_headers, request_body, answer_headers, answer_body, effect FROM exchange_text
            WHERE exchange_id = ?1";
        let kept = first(self.db, texts, [found.number], text)?;
        Ok(Some(Exchange { text: kept, ..found }))
    }

    fn exchanges(&mut self, query: &ExchangeQuery) -> Result<Vec<Exchange>, Fault> {
        let mut sql = concat!("SELECT ", columns!(), " FROM exchange e WHERE TRUE").to_owned();
        let mut values: Vec<Value> = Vec::new();
        let mut and = |condition: &str, given: Vec<Value>| {
            sql.push_str(" AND ");
            sql.push_str(condition);
            values.extend(given);
        };
        if let Some(node) = query.node {
            and("e.node_id = ?", vec![node.0.into()]);
        }
        if let Some(nodes) = &query.among {
            let list = format!("[{}]", nodes.iter().map(|node| node.0.to_string()).collect::<Vec<_>>().join(","));
            and("e.node_id IN (SELECT value FROM json_each(?))", vec![list.into()]);
        }
        if let Some(connection) = query.connection {
            and("e.scim_id = ?", vec![connection.0.into()]);
        }
        if let Some((from, to)) = query.status {
            and("e.status BETWEEN ? AND ?", vec![i64::from(from).into(), i64::from(to).into()]);
        }
        if let Some(client) = &query.client {
            and("e.client LIKE ? ESCAPE '\\'", vec![within(client).split_off(1).into()]);
        }
        if let Some(method) = &query.method {
            and("e.method = ?", vec![method.to_ascii_uppercase().into()]);
        }
        if let Some(code) = &query.relaxation {
            and("' ' || e.relaxations || ' ' LIKE ? ESCAPE '\\'", vec![within(&format!(" {code} ")).into()]);
        }
        if let Some(text) = query.text.as_ref().filter(|text| !text.is_empty()) {
            let kept =
                "(instr(e.words, ?) > 0 OR EXISTS (SELECT 1 FROM exchange_text t WHERE t.exchange_id = e.exchange_id
                AND (t.request_body LIKE ? ESCAPE '\\' OR t.answer_body LIKE ? ESCAPE '\\')))";
            let like = within(text);
            and(kept, vec![fold(text).into(), like.clone().into(), like.into()]);
        }
        if let Some(from) = query.from {
            and("e.at >= ?", vec![from.0.into()]);
        }
        if let Some(to) = query.to {
            and("e.at <= ?", vec![to.0.into()]);
        }
        if let Some(before) = query.before {
            and("e.exchange_id < ?", vec![before.into()]);
        }
        match query.since {
            Some(since) => {
                and("e.exchange_id > ?", vec![since.into()]);
                sql.push_str(" ORDER BY e.exchange_id LIMIT ?");
            }
            None => sql.push_str(" ORDER BY e.exchange_id DESC LIMIT ?"),
        }
        values.push(signed(query.limit).into());
        collect(self.db, &sql, params_from_iter(values), line)
    }

    fn latest_exchanges(&mut self, node: NodeId, noise: bool, limit: u64) -> Result<Vec<Exchange>, Fault> {
        let latest = match noise {
            false => concat!(
                "SELECT ",
                columns!(),
                " FROM exchange e WHERE e.node_id = ?1 AND e.noise = 0 ORDER BY e.exchange_id DESC LIMIT ?2"
            ),
            true => concat!(
                "SELECT ",
                columns!(),
                " FROM exchange e WHERE e.node_id = ?1 AND e.noise = 1 ORDER BY e.exchange_id DESC LIMIT ?2"
            ),
        };
        collect(self.db, latest, params![node, signed(limit)], line)
    }

    fn newest_exchange(&mut self) -> Result<i64, Fault> {
        let newest = "SELECT exchange_id FROM exchange ORDER BY exchange_id DESC LIMIT 1";
        Ok(first(self.db, newest, [], |row| row.get(0))?.unwrap_or_default())
    }

    fn exchange_space(&mut self, ring: Ring) -> Result<Space, Fault> {
        let space = |row: &Row<'_>| Ok(Space { count: row.get(0)?, bytes: row.get(1)? });
        let sums = match ring {
            Ring::Node(node) => first(
                self.db,
                "SELECT count(*), coalesce(sum(bytes), 0) FROM exchange WHERE node_id = ?1 AND noise = 0",
                [node],
                space,
            ),
            Ring::Noise => {
                first(self.db, "SELECT count(*), coalesce(sum(bytes), 0) FROM exchange WHERE noise = 1", [], space)
            }
        };
        Ok(sums?.unwrap_or_default())
    }

    fn drop_oldest_exchanges(&mut self, ring: Ring, count: u64) -> Result<Space, Fault> {
        let bytes = |row: &Row<'_>| row.get::<_, u64>(0);
        let dropped = match ring {
            Ring::Node(node) => collect(
                self.db,
                "DELETE FROM exchange WHERE exchange_id IN (
                   SELECT exchange_id FROM exchange WHERE node_id = ?1 AND noise = 0 ORDER BY exchange_id LIMIT ?2)
                 RETURNING bytes",
                params![node, signed(count)],
                bytes,
            )?,
            Ring::Noise => collect(
                self.db,
                "DELETE FROM exchange WHERE exchange_id IN (
                   SELECT exchange_id FROM exchange WHERE noise = 1 ORDER BY exchange_id LIMIT ?1) RETURNING bytes",
                [signed(count)],
                bytes,
            )?,
        };
        Ok(Space { count: dropped.len() as u64, bytes: dropped.iter().sum() })
    }

    fn exchange_hours(&mut self, since: Time) -> Result<Vec<ExchangeHour>, Fault> {
        let sql = "SELECT at / 3600000 * 3600000, count(*), sum(status >= 400) FROM exchange
            WHERE at >= ?1 AND noise = 0 GROUP BY 1 ORDER BY 1";
        let hour = |row: &Row<'_>| Ok(ExchangeHour { from: row.get(0)?, all: row.get(1)?, refused: row.get(2)? });
        collect(self.db, sql, [since], hour)
    }

    fn drop_exchanges_of(&mut self, node: NodeId, most: u64) -> Result<u64, Fault> {
        let old = "DELETE FROM exchange WHERE exchange_id IN (
              SELECT exchange_id FROM exchange WHERE node_id = ?1 ORDER BY exchange_id LIMIT ?2)";
        Ok(change(self.db, old, params![node, signed(most)])? as u64)
    }

    fn drop_exchanges_before(&mut self, moment: Time, most: u64) -> Result<u64, Fault> {
        let old = "DELETE FROM exchange WHERE at < ?1 AND exchange_id IN (
              SELECT exchange_id FROM exchange ORDER BY exchange_id LIMIT ?2)";
        Ok(change(self.db, old, params![moment, signed(most)])? as u64)
    }
}

#[cfg(test)]
#[path = "exchange_test.rs"]
mod tests;
