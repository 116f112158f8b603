//! Long groups: the text of a group with its members, made piece by piece while it is sent, so that a hundred thousand
//! members cost eight bytes each and not the hundred and more of their text.

use crate::domain::UserId;
use crate::domain::team::Team;
use crate::scim::render::text::{group_parts, member_parts, push_member};

/// Members in one piece, about 64 KiB.
const PIECE: usize = 512;

/// The text of a group in pieces.
#[derive(Clone, Debug)]
pub struct GroupText {
    head: Option<String>,
    members: Vec<UserId>,
    sent: usize,
    tail: Option<String>,
    /// What stands before, between and behind the two ids of a member.
    around: [String; 3],
    /// How many bytes all pieces have.
    pub length: u64,
}

impl GroupText {
    /// The text of a group, as it is at this moment.
    pub fn new(team: &Team, members: Vec<UserId>, base: &str) -> GroupText {
        let (head, tail) = group_parts(team, base, 0);
        let around = member_parts(base);
        let one: usize = around.iter().map(String::len).sum();
        let ids: u64 = members.iter().map(|id| 2 * digits(*id)).sum();
        let commas = (members.len() as u64).saturating_sub(1);
        GroupText {
            length: (head.len() + tail.len()) as u64 + members.len() as u64 * one as u64 + ids + commas,
            head: Some(head),
            tail: Some(tail),
            members,
            sent: 0,
            around,
        }
    }
}

/// How many characters an id has; they are positive.
fn digits(id: UserId) -> u64 {
    u64::from(id.0.max(1).ilog10()) + 1
}

impl Iterator for GroupText {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if let Some(head) = self.head.take() {
            return Some(head);
        }
        let some = self.members.iter().skip(self.sent).take(PIECE);
        let one: usize = self.around.iter().map(String::len).sum();
        let mut piece = String::with_capacity(PIECE * (one + 40));
        let mut digits = itoa::Buffer::new();
        for id in some {
            push_member(&mut piece, &self.around, digits.format(id.0), None);
        }
        if self.sent > 0 && !piece.is_empty() {
            piece.insert(0, ',');
        }
        self.sent += PIECE;
        if piece.is_empty() { self.tail.take() } else { Some(piece) }
    }
}
