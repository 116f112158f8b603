//! What a request is about to read or change, told beforehand to a store that is far away, so that it looks for all of it at once.

use super::{Fault, NodeId, TeamId, UserId};

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreseen {
    /// A user.
    User(UserId),
    /// A team.
    Team(TeamId),
    /// A team and somebody who comes to it.
    Member(TeamId, UserId),
    /// A user that is to be made.
    NewUser,
    /// Anything else.
    Other,
}

/// A hint. Whether it is given or not, and whether it is right, changes no result.
pub trait Foresight {
    /// Something is about to be read by whoever presents the token with this id.
    fn foresee_read(&mut self, token: &str, read: Foreseen) -> Result<(), Fault> {
        let _ = (token, read);
        Ok(())
    }

    /// Something of a node is about to be changed by a client that was let in before.
    fn foresee_write(&mut self, node: NodeId, write: Foreseen) -> Result<(), Fault> {
        let _ = (node, write);
        Ok(())
    }
}
