//! What requests are about to read, asked for in one way to the database and back. The statements are those that the request makes,
//! word for word; where it makes another one, that costs a way of its own and nothing else.

use super::PgTx;
use super::ahead::Lasts;
use super::params;
use super::{event, invitation, membership, node, team, token, user};
use crate::domain::foresight::{Foreseen, Foresight};
use crate::domain::{Fault, NodeId};

/// The number of a new user or team.
pub(super) const NEXT_NUMBER: &str = "SELECT (enterprise << 32) + nextval('number') FROM appliance";
/// How many users there may be.
pub(super) const SEATS: &str = "SELECT value FROM setting WHERE name = 'seats'";

impl Foresight for PgTx<'_> {
    fn foresee_read(&mut self, token: &str, read: Foreseen) -> Result<(), Fault> {
        match read {
            Foreseen::User(id) => {
                self.db.ahead(token::ACCESS, params![token], Lasts::Throughout)?;
                self.db.ahead(user::BY_ID, params![id], Lasts::Throughout)?;
                self.db.ahead(membership::TEAMS_OF_USER, params![id], Lasts::Throughout)
            }
            Foreseen::Team(id) => {
                self.db.ahead(token::ACCESS, params![token], Lasts::Throughout)?;
                self.db.ahead(team::BY_ID, params![id], Lasts::Throughout)?;
                self.db.ahead(membership::MEMBERS_OF_SMALL, params![id], Lasts::Throughout)
            }
            Foreseen::Member(..) | Foreseen::NewUser | Foreseen::Other => Ok(()),
        }
    }

    fn foresee_write(&mut self, node: NodeId, write: Foreseen) -> Result<(), Fault> {
        if matches!(write, Foreseen::Other) {
            return Ok(());
        }
        self.db.ahead(token::CHANGES, params![], Lasts::UntilChange)?;
        // What comes after it is read when nobody else changes the node.
        self.db.ahead(node::HOLD, params![node], Lasts::Throughout)?;
        match write {
            Foreseen::NewUser => {
                self.db.ahead(SEATS, params![], Lasts::UntilChange)?;
                self.db.ahead(NEXT_NUMBER, params![], Lasts::Once)?;
                self.db.ahead(invitation::MAILS, params![], Lasts::Throughout)?;
            }
            Foreseen::User(id) => {
                self.db.ahead(user::BY_ID, params![id], Lasts::UntilChange)?;
                self.db.ahead(membership::TEAMS_OF_USER, params![id], Lasts::UntilTeamsChange)?;
            }
            Foreseen::Team(id) => self.db.ahead(team::BY_ID, params![id], Lasts::UntilChange)?,
            Foreseen::Member(team, user) => {
                self.db.ahead(team::BY_ID, params![team], Lasts::UntilChange)?;
                self.db.ahead(user::BY_ID, params![user], Lasts::UntilChange)?;
            }
            Foreseen::Other => {}
        }
        // The end of the node's chain stays as it is until this transaction writes it.
        self.db.ahead(event::END, params![node.0], Lasts::Once)
    }
}
