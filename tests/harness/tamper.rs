//! The rows behind the program's back: to let time pass that nobody can wait for, and to break what no request can break.

use crate::appliance::cluster::{Database, database_of};
use crate::appliance::{Appliance, PATIENCE};
use rusqlite::Connection;

impl Appliance {
    /// A connection to its file. On PostgreSQL there is none: a test that needs it is about the file, and asks
    /// [`crate::appliance::has_file`] first.
    pub fn database(&self) -> Connection {
        let database = Connection::open(self.data().join("scimbox.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database
    }

    /// Changes rows, of which there must be some.
    #[track_caller]
    pub fn tamper(&self, sql: &str) {
        let changed = match database_of(&self.data()) {
            Some(database) => tell(&database, sql).rsplit(' ').next().unwrap_or_default().parse().unwrap(),
            None => self.database().execute(sql, []).unwrap(),
        };
        assert!(changed > 0, "{sql}");
    }

    /// Runs statements, all or none.
    #[track_caller]
    pub fn alter(&self, sql: &str) {
        match database_of(&self.data()) {
            Some(database) => drop(tell(&database, sql)),
            None => self.database().execute_batch(&format!("BEGIN IMMEDIATE; {sql}; COMMIT")).unwrap(),
        }
    }

    /// A number that only the store tells.
    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        match database_of(&self.data()) {
            Some(database) => tell(&database, sql).parse().unwrap(),
            None => self.database().query_row(sql, [], |row| row.get(0)).unwrap(),
        }
    }

    /// All that the store holds, to look for what must not be there.
    pub fn kept(&self) -> Vec<u8> {
        if let Some(database) = database_of(&self.data()) {
            return database.cluster.dump(&database.name);
        }
        let files = ["scimbox.db", "scimbox.db-wal"];
        files.iter().flat_map(|file| std::fs::read(self.data().join(file)).unwrap_or_default()).collect()
    }
}

/// What PostgreSQL says to statements in the common ground of both.
#[track_caller]
fn tell(database: &Database, sql: &str) -> String {
    database.ask(&sql.replace("randomblob(16)", "uuid_send(gen_random_uuid())"))
}
