//! Captured requests in large numbers: every question is answered by an index, in the order that it has.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::super::{SqliteTx, plans::database, write_cache::WriteCache};
use crate::domain::exchange::{Exchange, ExchangeQuery, Phrase, Ring, Subject};
use crate::domain::{NodeId, Time, Tx};

fn exchange(n: i64) -> Exchange {
    Exchange {
        number: 0,
        request_id: format!("{n:012x}"),
        at: Time(n),
        connection: None,
        node: Some(NodeId(n % 2)),
        is_noise: n % 100 == 0,
        method: "GET".to_owned(),
        path: "/Users".to_owned(),
        query: format!("filter=p{n}"),
        status: if n % 50 == 0 { 404 } else { 200 },
        micros: 400,
        request_size: 0,
        answer_size: 200,
        client: "Okta".to_owned(),
        agent: None,
        address: String::new(),
        code: None,
        token_tail: None,
        detail: None,
        conflict: None,
        relaxations: vec!["path-slashes".to_owned()],
        subject: Subject::default(),
        summary: Phrase::default(),
        words: format!("/users filter=p{n}"),
        text: None,
    }
}

#[test]
fn twenty_thousand_are_listed_narrowed_and_dropped_by_their_indexes() {
    let (_dir, db) = database();
    let cache = WriteCache::default();
    let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
    db.execute_batch("BEGIN").unwrap();
    (1..=20_000).for_each(|n| tx.insert_exchange(&exchange(n)).unwrap());
    db.execute_batch("COMMIT").unwrap();
    let found = |tx: &mut dyn Tx, query: ExchangeQuery| {
        let found = tx.exchanges(&ExchangeQuery { limit: 10, ..query }).unwrap();
        found.into_iter().map(|one| one.number).collect::<Vec<_>>()
    };
    let node = Some(NodeId(1));
    assert_eq!(found(tx, ExchangeQuery { node, ..ExchangeQuery::default() }).first(), Some(&19_999));
    let before = ExchangeQuery { node, before: Some(100), ..ExchangeQuery::default() };
    assert_eq!(found(tx, before).first(), Some(&99));
    let searched = ExchangeQuery { text: Some("P12345".to_owned()), ..ExchangeQuery::default() };
    assert_eq!(found(tx, searched), [12_345]);
    let relaxed = ExchangeQuery { relaxation: Some("path".to_owned()), ..ExchangeQuery::default() };
    assert!(found(tx, relaxed).is_empty(), "a part of a code is none");
    assert_eq!(tx.exchange("000000004e20").unwrap().unwrap().number, 20_000);
    assert_eq!(tx.exchange_space(Ring::Noise).unwrap().count, 200);
    assert_eq!(tx.drop_oldest_exchanges(Ring::Noise, 3).unwrap().count, 3);
    assert_eq!(tx.drop_exchanges_before(Time(11), 50).unwrap(), 10);

    let plan = |sql: &str| -> String {
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    for (sql, index) in [
        ("SELECT * FROM exchange e WHERE e.node_id = 1 ORDER BY e.exchange_id DESC LIMIT 9", "exchange_of_node"),
        (
            "SELECT * FROM exchange e WHERE e.node_id = 1 AND e.exchange_id < 9 ORDER BY e.exchange_id DESC LIMIT 9",
            "exchange_of_node",
        ),
        ("SELECT * FROM exchange e WHERE e.request_id = 'x' ORDER BY e.exchange_id DESC LIMIT 1", "exchange_request"),
        ("SELECT exchange_id FROM exchange WHERE noise = 1 ORDER BY exchange_id LIMIT 9", "exchange_noise"),
    ] {
        let told = plan(sql);
        assert!(told.contains(index) && !told.contains("TEMP B-TREE"), "{sql}: {told}");
    }
    assert!(!plan("SELECT * FROM exchange e ORDER BY e.exchange_id DESC LIMIT 9").contains("TEMP B-TREE"));
}
