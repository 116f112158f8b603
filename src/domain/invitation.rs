//! Invitations: each new user gets one, with a link that works once, for some days, until it is taken back or replaced.

use super::event::EventKind;
use super::token::digest;
use super::user::{Lock, User, UserState};
use super::words::words;
use super::{Act, Error, Fault, NodeId, Result, Time, Tx, UserId, approval};
use subtle::ConstantTimeEq;

/// Where the mail of an invitation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mail {
    /// Will go out.
    Waiting,
    /// Is being handed to the mail server.
    Sending,
    /// The mail server has taken it.
    Sent,
    /// No mail server was set; the outbox shows it.
    Kept,
    /// Given up.
    Failed,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationAnswer {
    /// The person has joined.
    Accepted,
    /// The person does not want to.
    Declined,
    /// An administrator took it back.
    Revoked,
}

words!(Mail, "state", Waiting = "waiting", Sending = "sending", Sent = "sent", Kept = "kept", Failed = "failed");
words!(InvitationAnswer, "answer", Accepted = "accepted", Declined = "declined", Revoked = "revoked");

/// The invitation of a user.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Whose.
    pub user: UserId,
    /// Which of that user's; ascends when one replaces another.
    pub serial: i64,
    /// Where the mail is.
    pub mail: Mail,
    /// When it was made.
    pub created_at: Time,
    /// When the mail is tried next.
    pub next_try_at: Time,
    /// How often it was tried.
    pub tries: u32,
    /// Why it did not go out the last time.
    pub error: Option<String>,
    /// When it went out; when it may have gone out, if it was given up.
    pub sent_at: Option<Time>,
    /// SHA-256 of the link's secret; `None` before the link was ever written.
    pub digest: Option<[u8; 32]>,
    /// Until when the link works.
    pub expires_at: Option<Time>,
    /// What became of it.
    pub answer: Option<InvitationAnswer>,
    /// When that was.
    pub answered_at: Option<Time>,
}

impl Invitation {
    /// Its state in one word.
    pub fn word(&self, now: Time) -> &'static str {
        match (self.answer, self.mail) {
            (Some(answer), _) => answer.word(),
            (None, _) if super::error::passed(self.expires_at, now) => "expired",
            (None, Mail::Sending) => Mail::Waiting.word(),
            (None, Mail::Failed) if self.sent_at.is_some() => "unsure",
            (None, mail) => mail.word(),
        }
    }
}

/// What invitations need of a store.
pub trait Invitations {
    /// Makes one unless there is one, when a mail server is set: its mail waits, from now. Without one the invitation is
    /// kept and need not be written.
    fn invite(&mut self, user: UserId, now: Time) -> Result<(), Fault>;
    /// Remembers that a user who comes locked is not invited before it is unlocked.
    fn withhold_invitation(&mut self, user: UserId) -> Result<(), Fault>;
    /// Makes the invitation that was withheld. The mail of any other that waits is due now.
    fn resume_invitation(&mut self, user: UserId, now: Time) -> Result<(), Fault>;
    /// Replaces it by a new one.
    fn reinvite(&mut self, user: UserId, now: Time) -> Result<(), Fault>;
    /// That of a user, one that need not be written included.
    fn invitation(&mut self, user: UserId) -> Result<Option<Invitation>, Fault>;
    /// Writes everything but user and creation, as long as it is still the same one, and one that was not written yet.
    fn update_invitation(&mut self, invitation: &Invitation) -> Result<(), Fault>;
    /// Users whose mail is due, the longest waiting first. Of those who are locked only the ones whose mail was under way.
    fn due_invitations(&mut self, now: Time, limit: u64) -> Result<Vec<UserId>, Fault>;
    /// The users of the outbox, newest mail first: those in that state, of a node or of all, and how many there are. Nobody
    /// who is locked is among them.
    fn outbox(
        &mut self,
        mail: Option<Mail>,
        node: Option<NodeId>,
        window: super::predicate::Window,
    ) -> Result<(Vec<UserId>, u64), Fault>;
}

/// The secret part of a link, and whose it is.
#[derive(Clone, Debug)]
pub struct InvitationLink {
    /// What stands behind `/join/`.
    pub token: String,
    /// Until when it works.
    pub expires_at: Time,
}

/// Gives the open invitation of a user a link; an older link stops working.
pub fn write_link(
    tx: &mut dyn Tx,
    act: &Act,
    user: UserId,
    secret: &str,
    days: i64,
) -> Result<(Invitation, InvitationLink)> {
    let mut invitation = sendable(tx, user)?;
    let expires_at = act.now.plus_days(days);
    invitation.digest = Some(digest(secret));
    invitation.expires_at = Some(expires_at);
    tx.update_invitation(&invitation)?;
    Ok((invitation, InvitationLink { token: format!("{user}-{secret}"), expires_at }))
}

/// Gives the open invitation of a user a link for an administrator to hand out. No mail with another one follows.
pub fn hand_out(
    tx: &mut dyn Tx,
    act: &Act,
    user: &User,
    secret: &str,
    days: i64,
) -> Result<(Invitation, InvitationLink)> {
    let (mut invitation, link) = write_link(tx, act, user.id, secret, days)?;
    // A mail that is under way carries a link that works no more.
    if matches!(invitation.mail, Mail::Waiting | Mail::Sending | Mail::Failed) {
        invitation.mail = Mail::Kept;
        invitation.sent_at = None;
        tx.update_invitation(&invitation)?;
    }
    tx.record(act, &user.event(EventKind::SendInvitation).is("mail", "handed out"))?;
    Ok((invitation, link))
}

/// A mail that was given up is tried again.
pub fn retry(tx: &mut dyn Tx, act: &Act, user: &User) -> Result<Invitation> {
    let mut invitation = sendable(tx, user.id)?;
    if invitation.mail == Mail::Failed {
        invitation.mail = Mail::Waiting;
        invitation.next_try_at = act.now;
        invitation.tries = 0;
        tx.update_invitation(&invitation)?;
        tx.record(act, &user.event(EventKind::SendInvitation).is("mail", invitation.mail.word()))?;
    }
    Ok(invitation)
}

/// The invitation of a user that waits for an answer.
fn open(tx: &mut dyn Tx, user: UserId) -> Result<Invitation> {
    let found = tx.user_anywhere(user)?;
    let name = found.as_ref().map(|user| user.profile.user_name.clone()).unwrap_or_default();
    let invitation = tx.invitation(user)?.filter(|invitation| invitation.answer.is_none());
    match (found, invitation) {
        (Some(user), _) if user.state == UserState::Active => Err(Error::AlreadyJoined(name)),
        (Some(_), Some(invitation)) => Ok(invitation),
        _ => Err(Error::NotInvited(name)),
    }
}

/// The invitation that a mail or a link can be made for.
fn sendable(tx: &mut dyn Tx, user: UserId) -> Result<Invitation> {
    if let Some(user) = tx.user_anywhere(user)? {
        check_invitable(&user)?;
    }
    open(tx, user)
}

/// Whether a link would lead somewhere: a person who is locked cannot join.
fn check_invitable(user: &User) -> Result<()> {
    let name = || user.profile.user_name.clone();
    match (user.state, user.lock) {
        (UserState::Active, _) => Err(Error::AlreadyJoined(name())),
        (UserState::Invited, Lock::None) => Ok(()),
        (UserState::Invited, _) => Err(Error::UserLocked(name())),
    }
}

/// A new invitation in place of the old one: its mail goes out again, and older links stop working.
pub fn resend(tx: &mut dyn Tx, act: &Act, user: &User) -> Result<()> {
    check_invitable(user)?;
    tx.reinvite(user.id, act.now)?;
    let mail = tx.invitation(user.id)?.map_or(Mail::Kept, |invitation| invitation.mail);
    Ok(tx.record(act, &user.event(EventKind::SendInvitation).is("mail", mail.word()))?)
}

/// Takes an invitation back: its link stops working.
pub fn revoke(tx: &mut dyn Tx, act: &Act, user: &User) -> Result<()> {
    let mut invitation = open(tx, user.id)?;
    invitation.answer = Some(InvitationAnswer::Revoked);
    invitation.answered_at = Some(act.now);
    if matches!(invitation.mail, Mail::Waiting) {
        invitation.mail = Mail::Kept;
    }
    tx.update_invitation(&invitation)?;
    Ok(tx.record(act, &user.event(EventKind::InvitationRevoked))?)
}

/// Why a link does not lead in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Not one of ours, or replaced by a newer one.
    Unknown,
    /// Too old.
    Expired,
    /// Used already.
    Used,
    /// Taken back.
    Revoked,
}

/// The user behind a link, as long as it works.
pub fn find(tx: &mut dyn Tx, now: Time, token: &str) -> Result<std::result::Result<User, Closed>> {
    let Some((user, secret)) = token.split_once('-') else { return Ok(Err(Closed::Unknown)) };
    let Ok(user) = user.parse::<UserId>() else { return Ok(Err(Closed::Unknown)) };
    let (Some(invitation), Some(user)) = (tx.invitation(user)?, tx.user_anywhere(user)?) else {
        return Ok(Err(Closed::Unknown));
    };
    if !invitation.digest.is_some_and(|known| bool::from(known.ct_eq(&digest(secret)))) {
        return Ok(Err(Closed::Unknown));
    }
    Ok(match invitation.answer {
        Some(InvitationAnswer::Revoked) => Err(Closed::Revoked),
        Some(_) => Err(Closed::Used),
        None if user.state == UserState::Active => Err(Closed::Used),
        None if super::error::passed(invitation.expires_at, now) => Err(Closed::Expired),
        None if user.lock != Lock::None => Err(Closed::Revoked),
        None => Ok(user),
    })
}

/// The person behind a link accepts or declines. Works once.
pub fn answer(tx: &mut dyn Tx, act: &Act, token: &str, accepts: bool) -> Result<std::result::Result<User, Closed>> {
    let user = match find(tx, act.now, token)? {
        Ok(user) => user,
        Err(closed) => return Ok(Err(closed)),
    };
    if accepts {
        return welcome(tx, act, user, By::Link).map(Ok);
    }
    settle(tx, act, user.id, InvitationAnswer::Declined)?;
    tx.record(act, &user.event(EventKind::DeclineInvitation))?;
    Ok(Ok(user))
}

/// The person has joined because an administrator says so.
pub fn join(tx: &mut dyn Tx, act: &Act, user: User) -> Result<User> {
    welcome(tx, act, user, By::Administrator)
}

/// Who says that a person has joined.
#[derive(PartialEq, Eq)]
enum By {
    Link,
    Administrator,
}

/// The person has joined: what waited for it follows.
fn welcome(tx: &mut dyn Tx, act: &Act, mut user: User, by: By) -> Result<User> {
    if user.state == UserState::Active {
        return Err(Error::AlreadyJoined(user.profile.user_name));
    }
    user.state = UserState::Active;
    settle(tx, act, user.id, InvitationAnswer::Accepted)?;
    tx.join_user(user.id)?;
    let mut event = user.event(EventKind::AcceptInvitation);
    if by == By::Administrator {
        event = event.is("by_hand", true);
    }
    tx.record(act, &event.was("state", "invited").is("state", "active"))?;
    approval::follow(tx, act, &user)?;
    Ok(user)
}

fn settle(tx: &mut dyn Tx, act: &Act, user: UserId, answer: InvitationAnswer) -> Result<()> {
    let Some(mut invitation) = tx.invitation(user)? else { return Ok(()) };
    invitation.answer = Some(answer);
    invitation.answered_at = Some(act.now);
    if invitation.mail == Mail::Waiting {
        invitation.mail = Mail::Kept;
    }
    Ok(tx.update_invitation(&invitation)?)
}
