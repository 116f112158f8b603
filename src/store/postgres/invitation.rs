//! Invitations on PostgreSQL. Where no mail server is set there is nothing to keep of one: an invited user without a row, unless
//! it is still `uninvited`, has an invitation whose mail is kept.

use super::params;
use super::row::Row;
use super::{PgTx, change, collect, first, part, signed};
use crate::domain::invitation::{Invitation, Invitations, Mail};
use crate::domain::predicate::Window;
use crate::domain::{Fault, NodeId, Time, UserId};

fn invitation(row: &Row) -> Result<Invitation, Fault> {
    Ok(Invitation {
        user: row.get(0)?,
        serial: row.get(1)?,
        mail: row.get(2)?,
        created_at: row.get(3)?,
        next_try_at: row.get(4)?,
        tries: row.get(5)?,
        error: row.get(6)?,
        sent_at: row.get(7)?,
        digest: row.get(8)?,
        expires_at: row.get(9)?,
        answer: row.get(10)?,
        answered_at: row.get(11)?,
    })
}

impl PgTx<'_> {
    /// Whether a mail server is set.
    fn mails(&self) -> Result<bool, Fault> {
        Ok(first(self.db, MAILS, params![], |_| Ok(()))?.is_some())
    }
}

/// Whether mails are sent.
pub(super) const MAILS: &str = "SELECT 1 FROM setting WHERE name = 'mail_host'";

impl Invitations for PgTx<'_> {
    fn invite(&mut self, user: UserId, now: Time) -> Result<(), Fault> {
        if !self.mails()? {
            return Ok(());
        }
        let insert = "INSERT INTO invitation (user_id, serial, mail, created_at, next_try_at)
            VALUES (?1, 1, 'waiting', ?2, ?2)
            ON CONFLICT (user_id) DO UPDATE SET next_try_at = excluded.next_try_at WHERE invitation.mail = 'waiting'";
        self.db.execute_later(insert, params![user, now])
    }

    fn withhold_invitation(&mut self, user: UserId) -> Result<(), Fault> {
        self.db.execute_later("UPDATE \"user\" SET uninvited = TRUE WHERE user_id = ?1", params![user])
    }

    fn resume_invitation(&mut self, user: UserId, now: Time) -> Result<(), Fault> {
        if change(
            self.db,
            "UPDATE \"user\" SET uninvited = FALSE WHERE user_id = ?1 AND uninvited = TRUE",
            params![user],
        )? > 0
        {
            return self.invite(user, now);
        }
        let due = "UPDATE invitation SET next_try_at = ?2 WHERE user_id = ?1 AND mail = 'waiting'";
        self.db.execute_later(due, params![user, now])
    }

    fn reinvite(&mut self, user: UserId, now: Time) -> Result<(), Fault> {
        let replace = "INSERT INTO invitation (user_id, serial, mail, created_at, next_try_at)
            VALUES (?1, 2, CASE WHEN ?3 THEN 'waiting' ELSE 'kept' END, ?2, ?2)
            ON CONFLICT (user_id) DO UPDATE SET serial = invitation.serial + 1, mail = excluded.mail,
              created_at = excluded.created_at, next_try_at = excluded.next_try_at, tries = 0, error = NULL,
              sent_at = NULL, digest = NULL, expires_at = NULL, answer = NULL, answered_at = NULL";
        let mails = self.mails()?;
        change(self.db, replace, params![user, now, mails]).map(drop)
    }

    fn invitation(&mut self, user: UserId) -> Result<Option<Invitation>, Fault> {
        self.hold_user(user)?;
        let of_user = "SELECT u.user_id, coalesce(i.serial, 1), coalesce(i.mail, 'kept'),
              coalesce(i.created_at, u.created_at), coalesce(i.next_try_at, u.created_at), coalesce(i.tries, 0),
              i.error, i.sent_at, i.digest, i.expires_at, i.answer, i.answered_at
            FROM \"user\" u LEFT JOIN invitation i ON i.user_id = u.user_id
            WHERE u.user_id = ?1 AND (i.user_id IS NOT NULL OR (u.state = 'invited' AND u.uninvited = FALSE))";
        first(self.db, of_user, params![user], invitation)
    }

    fn update_invitation(&mut self, invitation: &Invitation) -> Result<(), Fault> {
        let update = "INSERT INTO invitation (user_id, serial, mail, next_try_at, tries, error, sent_at, digest,
              expires_at, answer, answered_at, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            ON CONFLICT (user_id) DO UPDATE SET mail = excluded.mail, next_try_at = excluded.next_try_at,
              tries = excluded.tries, error = excluded.error, sent_at = excluded.sent_at, digest = excluded.digest,
              expires_at = excluded.expires_at, answer = excluded.answer, answered_at = excluded.answered_at
            WHERE invitation.serial = excluded.serial";
        let i = invitation;
        let values = params![
            i.user,
            i.serial,
            i.mail,
            i.next_try_at,
            i.tries,
            i.error,
            i.sent_at,
            i.digest,
            i.expires_at,
            i.answer,
            i.answered_at,
            i.created_at,
        ];
        change(self.db, update, values).map(drop)
    }

    fn due_invitations(&mut self, now: Time, limit: u64) -> Result<Vec<UserId>, Fault> {
        let due = "SELECT i.user_id FROM invitation i
              JOIN \"user\" u ON u.user_id = i.user_id
            WHERE i.mail IN ('waiting', 'sending') AND i.next_try_at <= ?1 AND (u.lock = 'none' OR i.mail = 'sending')
            ORDER BY i.next_try_at LIMIT ?2";
        collect(self.db, due, params![now, signed(limit)], |row| row.get(0))
    }

    fn outbox(
        &mut self,
        mail: Option<Mail>,
        node: Option<NodeId>,
        window: Window,
    ) -> Result<(Vec<UserId>, u64), Fault> {
        // Only what is kept can be without a row.
        let of_mail = "SELECT i.user_id FROM invitation i JOIN \"user\" u ON u.user_id = i.user_id
            WHERE i.answer IS NULL AND u.state = 'invited' AND u.lock = 'none' AND i.mail = ?1
              AND (?2 IS NULL OR u.node_id = ?2)
            ORDER BY i.created_at DESC, i.user_id DESC";
        let all = "SELECT u.user_id FROM \"user\" u LEFT JOIN invitation i ON i.user_id = u.user_id
            WHERE u.state = 'invited' AND u.lock = 'none' AND i.answer IS NULL
              AND (?1 IS NULL OR coalesce(i.mail, 'kept') = ?1) AND (?2 IS NULL OR u.node_id = ?2)
            ORDER BY coalesce(i.created_at, u.created_at) DESC, u.user_id DESC";
        let wanted = if mail.is_none_or(|mail| mail == Mail::Kept) { all } else { of_mail };
        let ids: Vec<UserId> = collect(self.db, wanted, params![mail, node], |row| row.get(0))?;
        Ok((part(&ids, window).to_vec(), ids.len() as u64))
    }
}
