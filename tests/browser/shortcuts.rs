//! What a browser test cannot wait for or cannot do through the front door: it writes to the database.

use crate::appliance::{Appliance, PATIENCE};

fn database(appliance: &Appliance) -> rusqlite::Connection {
    let database = rusqlite::Connection::open(appliance.data().join("scimbox.db")).unwrap();
    database.busy_timeout(PATIENCE).unwrap();
    database
}

/// Makes the approval of a team slow, so that somebody can watch it.
pub fn approves_slowly(appliance: &Appliance) {
    let trigger = "CREATE TRIGGER slow AFTER UPDATE ON team BEGIN SELECT hex(randomblob(2000000)); END";
    database(appliance).execute_batch(trigger).unwrap();
}

/// Lets the last password proof of all sessions be long ago.
pub fn proofs_are_old(appliance: &Appliance) {
    database(appliance).execute("UPDATE session SET proved_at = 1", []).unwrap();
}
