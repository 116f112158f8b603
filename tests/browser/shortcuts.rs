//! What a browser test cannot wait for and no page can do.

use crate::appliance::Appliance;

/// Makes the approval of a team slow, so that somebody can watch it.
pub fn approves_slowly(appliance: &Appliance) {
    let trigger = "CREATE TRIGGER slow AFTER UPDATE ON team BEGIN SELECT hex(randomblob(2000000)); END";
    appliance.database().execute_batch(trigger).unwrap();
}

/// Lets the last password proof of all sessions be long ago.
pub fn proofs_are_old(appliance: &Appliance) {
    appliance.tamper("UPDATE session SET proved_at = 1");
}
