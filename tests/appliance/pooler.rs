//! Through pgbouncer in transaction mode, where each transaction may be on another connection to PostgreSQL.

use crate::appliance::cluster::{Cluster, Database, as_nobody};
use crate::appliance::{Appliance, eventually};
use crate::idp_clients::{Client, encoded};
use crate::people::*;
use crate::programs::skipped;
use serde_json::json;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

const PROGRAM: &str = "/usr/sbin/pgbouncer";
/// Connections to PostgreSQL, fewer than the instances open to the pooler.
const POOL: usize = 3;

/// A pooler before a database; it ends with this.
struct Pooler {
    address: String,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Pooler {
    fn before(database: &Database) -> Pooler {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = database.server();
        let (host, of_server) = server.rsplit_once(':').unwrap();
        let settings = format!(
            "[databases]\n* = host={host} port={of_server} user=scimbox\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = {POOL}\nmax_client_conn = 200\n"
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new(PROGRAM);
        as_nobody(&mut command, &[folder.path(), &file]);
        let process = command.arg("-q").arg(&file).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let address = format!("127.0.0.1:{port}");
        let pooler = Pooler { address, process, _folder: folder };
        eventually("pgbouncer listens", || TcpStream::connect(&pooler.address).ok());
        pooler
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn through_a_pooler_in_transaction_mode_two_instances_do_all_that_they_do() {
    if !std::path::Path::new(PROGRAM).exists() {
        return skipped("instances behind pgbouncer, because pgbouncer is missing (tests/run installs it)");
    }
    let own = match Cluster::start(96) {
        Ok(own) => Arc::new(own),
        Err(why) => return skipped(&format!("instances behind pgbouncer, because {why}")),
    };
    let database = own.fresh();
    let pooler = Pooler::before(&database);
    let pooled = database.pooled_at(&pooler.address);
    let houses = [Appliance::on(&pooled, &[]), Appliance::on(&pooled, &[])];
    let sales = houses[0].connect("Sales", &["--preset", "rfc"]);
    let through = |n: usize| Client::bearer(&houses[n % 2].url(sales.path()), &sales.token);
    let red = through(0).post("/Groups", team("Red")).expect(201).id();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (client, red) = (through(n), &red);
            scope.spawn(move || {
                for m in 0..10 {
                    let name = format!("pooled{n}x{m}");
                    let id = client.post("/Users", person(&name)).expect(201).id();
                    client.patch(&format!("/Groups/{red}"), op("add", "members", refs(&[&id]))).expect(204);
                    client.get(&format!("/Users/{id}")).expect(200).says("/groups/0/value", red.as_str());
                    let elsewhere =
                        with(person(&name), json!({ "emails": [{ "value": format!("{name}@home.test") }] }));
                    client.put(&format!("/Users/{id}"), elsewhere).expect(200);
                    let filter = encoded(&format!("emails.value eq \"{name}@home.test\""));
                    client.get(&format!("/Users?filter={filter}")).expect(200).says("/totalResults", 1);
                    // What no index answers goes through a cursor of the database.
                    let filter = encoded(&format!("name.familyName eq \"{name}\" or userName eq \"{name}@acme.test\""));
                    client.get(&format!("/Users?filter={filter}&count=1")).expect(200);
                }
            });
        }
    });
    through(1).get("/Users?count=5&startIndex=11").expect(200).says("/totalResults", 80).says("/itemsPerPage", 5);
    assert_eq!(through(1).get(&format!("/Groups/{red}")).expect(200).at("/members").as_array().unwrap().len(), 80);
    houses[0].run(&["scim", "pause", &sales.scim_id]).ok();
    through(1).get("/Users").refused(503);
    houses[0].run(&["scim", "resume", &sales.scim_id]).ok();
    through(1).delete(&format!("/Groups/{red}")).expect(204);
    houses[1].run(&["audit", "verify"]).ok();
    let open = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'scimbox' AND application_name = 'scimbox'";
    let open: usize = database.ask(open).parse().unwrap();
    assert!((1..=POOL).contains(&open), "{open}");
}
