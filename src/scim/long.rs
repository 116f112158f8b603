//! Long groups: the text of a group with its members, made piece by piece while it is sent, so that a hundred thousand
//! members cost eight bytes each and not the hundred and more of their text.

use super::resource::{group_parts, push_member};
use crate::domain::UserId;
use crate::domain::team::Team;

/// Members in one piece, about 64 KiB.
const PIECE: usize = 512;

/// The text of a group in pieces.
#[derive(Clone, Debug)]
pub struct LongText {
    head: Option<String>,
    members: Vec<UserId>,
    sent: usize,
    tail: Option<String>,
    base: String,
    /// How many bytes all pieces have.
    pub length: u64,
}

impl LongText {
    /// The text of a group, as it is at this moment.
    pub fn new(team: &Team, members: Vec<UserId>, base: &str) -> LongText {
        let (head, tail) = group_parts(team, base, 0);
        let mut one = String::new();
        push_member(&mut one, "", None, base);
        let ids: u64 = members.iter().map(|id| 2 * digits(*id)).sum();
        let commas = (members.len() as u64).saturating_sub(1);
        LongText {
            length: (head.len() + tail.len()) as u64 + members.len() as u64 * one.len() as u64 + ids + commas,
            head: Some(head),
            tail: Some(tail),
            members,
            sent: 0,
            base: base.to_owned(),
        }
    }
}

/// How many characters an id has; they are positive.
fn digits(id: UserId) -> u64 {
    u64::from(id.0.max(1).ilog10()) + 1
}

impl Iterator for LongText {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if let Some(head) = self.head.take() {
            return Some(head);
        }
        let some = self.members.iter().skip(self.sent).take(PIECE);
        let mut piece = String::with_capacity(PIECE * (90 + self.base.len()));
        for (n, id) in some.enumerate() {
            if n == 0 && self.sent > 0 {
                piece.push(',');
            }
            push_member(&mut piece, &id.to_string(), None, &self.base);
        }
        self.sent += PIECE;
        if piece.is_empty() { self.tail.take() } else { Some(piece) }
    }
}
