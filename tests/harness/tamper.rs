//! The file behind the program's back: to let time pass that nobody can wait for, and to break what no request can break.

use crate::appliance::{Appliance, PATIENCE};
use rusqlite::Connection;

impl Appliance {
    /// A connection to its database.
    pub fn database(&self) -> Connection {
        let database = Connection::open(self.data().join("scimbox.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database
    }

    /// Changes rows, of which there must be some.
    #[track_caller]
    pub fn tamper(&self, sql: &str) {
        assert!(self.database().execute(sql, []).unwrap() > 0, "{sql}");
    }

    /// A number that only the file tells.
    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}
