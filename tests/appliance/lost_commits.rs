//! A connection to PostgreSQL that breaks around COMMIT: the answer is what became of the write, and nothing is done twice.

use crate::appliance::Appliance;
use crate::appliance::cluster::cluster;
use crate::database_proxy::{Cut, DatabaseProxy};
use crate::people::*;
use crate::programs::skipped;
use serde_json::json;

#[test]
fn a_write_whose_commit_is_not_answered_is_done_once_and_told_as_it_is() {
    let database = match cluster() {
        Ok(cluster) => cluster.fresh(),
        Err(why) => return skipped(&format!("a lost answer to COMMIT, because {why}")),
    };
    // As it was before outcomes were kept: the first start makes the table.
    database.ask(
        "DROP TABLE write_outcome, reset_link; DROP TRIGGER connection_changed ON connection;
         ALTER TABLE connection DROP COLUMN allow_from, DROP COLUMN client_cert, DROP COLUMN client_cert_names;
         ALTER TABLE api_key DROP COLUMN allow_from;
         CREATE TRIGGER connection_changed AFTER UPDATE OF capture ON connection
           FOR EACH ROW EXECUTE FUNCTION scimbox_access_changed();
         UPDATE scimbox_schema SET version = 1",
    );
    let proxy = DatabaseProxy::before(&database);
    let house = Appliance::on(&database.by_way_of(&proxy.address), &[]);
    let sales = house.rfc();
    let client = sales.client();
    client.post("/Users", person("first")).expect(201);
    for (n, cut) in [Cut::Before, Cut::After, Cut::AtOnce, Cut::After, Cut::Before, Cut::AtOnce].into_iter().enumerate()
    {
        let name = format!("doubtful{n}");
        proxy.cut(&name, cut);
        // One that began anew although it was kept would find the name taken, or the version gone.
        let made = client.post("/Users", person(&name)).expect(201);
        assert!(proxy.has_cut(), "{cut:?}");
        let path = format!("/Users/{}", made.id());
        let nick = format!("nick{n}");
        proxy.cut(&nick, cut);
        let sure = client.clone().with("If-Match", made.header("etag"));
        let changed = sure.patch(&path, op("replace", "nickName", nick.as_str())).expect(200);
        assert!(proxy.has_cut(), "{cut:?}");
        client.get(&path).says("/nickName", nick.as_str()).says("/meta/version", changed.at("/meta/version"));
        let created = format!("SELECT count(*) FROM event WHERE event = 'create_user' AND after LIKE '%{name}%'");
        assert_eq!(database.ask(&created), "1", "{cut:?}");
    }
    client.get("/Users?count=0").says("/totalResults", json!(7));
    assert_eq!(database.ask("SELECT max(version) FROM scimbox_schema"), "3");
    // A row for each thread that writes, not one for each write.
    let rows: u32 = database.ask("SELECT count(*) FROM write_outcome").parse().unwrap();
    assert!((1..=20).contains(&rows), "{rows}");
    house.run(&["audit", "verify"]).ok();
}
