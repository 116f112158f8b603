//! The mail of an invitation on its way: what each step leaves the invitation in, when a mail is tried again, and when it is
//! given up. A mail goes out at most once: it is marked before it is handed over, and a mark that is found later is given up.

use super::event::EventKind;
use super::invitation::{self, Invitation, Mail};
use super::mail::{self, Message};
use super::{Act, Error, Result, Time, Tx, UserId, settings};

/// Minutes until a mail that was refused is tried again; after the last one it is given up.
const WAITS: [i64; 6] = [1, 5, 15, 60, 240, 720];
/// Days after which a mail that finds no server is given up.
const GIVEN_UP: i64 = 3;

/// Why a message did not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server cannot be reached, or takes nothing from us: no message would go out.
    Server(String),
    /// This message was refused, for now.
    Later(String),
    /// This message was refused for good.
    Never(String),
    /// The message was handed over, and then nothing was heard that says whether it was taken: it may have gone out.
    Unsure(String),
}

impl Failure {
    /// What the server said.
    pub fn said(&self) -> &str {
        match self {
            Failure::Server(said) | Failure::Later(said) | Failure::Never(said) | Failure::Unsure(said) => said,
        }
    }
}

/// Writes the mail with a new link below `base`, and marks it as being handed over; `None` when there is nothing to send
/// any more.
pub fn begin(
    tx: &mut dyn Tx,
    act: &Act,
    user: UserId,
    secret: &str,
    base: &str,
) -> Result<Option<(Invitation, Message)>> {
    let Some(mut known) = tx.invitation(user)? else { return Ok(None) };
    let days = settings::number(tx, "invitation_days")?;
    let (mut invitation, link) = match invitation::write_link(tx, act, user, secret, days) {
        Ok(written) => written,
        // Locked since it was looked for: it waits for the lock to be lifted.
        Err(Error::UserLocked(_)) => return Ok(None),
        Err(Error::AlreadyJoined(_) | Error::NotInvited(_)) => {
            known.mail = Mail::Kept;
            tx.update_invitation(&known)?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let Some(user) = tx.user_anywhere(user)? else { return Ok(None) };
    let message = mail::invitation(tx, &user, &format!("{base}/join/{}", link.token), invitation.serial)?;
    invitation.mail = if message.to.is_empty() { Mail::Failed } else { Mail::Sending };
    invitation.error = message.to.is_empty().then(|| "The user has no address.".to_owned());
    invitation.tries += 1;
    // Should nothing be heard of it any more, this is when it may have gone out.
    invitation.sent_at = (invitation.mail == Mail::Sending).then_some(act.now);
    tx.update_invitation(&invitation)?;
    Ok((invitation.mail == Mail::Sending).then_some((invitation, message)))
}

/// Gives up mails that are marked although nobody hands them over any more.
pub fn give_up(tx: &mut dyn Tx, marked: &[Invitation]) -> Result<()> {
    for known in marked {
        let why = "The program ended while the mail was handed over; it may have gone out.".to_owned();
        tx.update_invitation(&Invitation { mail: Mail::Failed, error: Some(why), ..known.clone() })?;
    }
    Ok(())
}

/// What an invitation is once its mail was handed over, or was not.
pub fn after(mut invitation: Invitation, outcome: std::result::Result<(), Failure>, now: Time) -> Invitation {
    let failure = match outcome {
        Ok(()) => return Invitation { mail: Mail::Sent, sent_at: Some(now), error: None, ..invitation },
        Err(failure) => failure,
    };
    invitation.error = Some(failure.said().to_owned());
    if !matches!(failure, Failure::Unsure(_)) {
        invitation.sent_at = None;
    }
    let wait = usize::try_from(invitation.tries).ok().and_then(|tries| WAITS.get(tries.saturating_sub(1)));
    match (failure, wait) {
        // The mail was not tried: it is next as soon as the server takes any.
        (Failure::Server(_), _) => {
            invitation.mail = Mail::Waiting;
            invitation.tries = invitation.tries.saturating_sub(1);
        }
        (Failure::Later(_), Some(minutes)) => {
            invitation.mail = Mail::Waiting;
            invitation.next_try_at = now.plus_minutes(*minutes);
        }
        _ => invitation.mail = Mail::Failed,
    }
    invitation
}

/// Writes what came of a mail, unless it counts no more.
pub fn end(tx: &mut dyn Tx, act: &Act, invitation: &Invitation) -> Result<()> {
    // While the server was slow an administrator may have sent another or taken a link.
    let is_same = |now: &Invitation| (now.serial, now.digest) == (invitation.serial, invitation.digest);
    let Some(now) = tx.invitation(invitation.user)?.filter(is_same) else { return Ok(()) };
    // And the person may have answered.
    let over = now.answer.is_some() && invitation.mail == Mail::Waiting;
    let settled = Invitation {
        mail: if over { Mail::Kept } else { invitation.mail },
        next_try_at: invitation.next_try_at,
        tries: invitation.tries,
        error: invitation.error.clone(),
        sent_at: invitation.sent_at,
        ..now
    };
    tx.update_invitation(&settled)?;
    if let (Mail::Sent, Some(user)) = (settled.mail, tx.user_anywhere(settled.user)?) {
        let first = settled.serial == 1 && user.scim_id.is_some();
        let what = if first { EventKind::AutoInviteUser } else { EventKind::SendInvitation };
        tx.record(act, &user.event(what).is("mail", "sent"))?;
    }
    Ok(())
}

/// Writes why nothing goes out, and gives up what has waited for days: counted from when it could have gone out, because by
/// then the lock may have been lifted, or somebody asked for another try.
pub fn put_off(tx: &mut dyn Tx, due: &[UserId], why: &str, now: Time) -> Result<()> {
    for user in due {
        let Some(mut invitation) = tx.invitation(*user)?.filter(|i| i.mail == Mail::Waiting) else { continue };
        invitation.error = Some(why.to_owned());
        if invitation.next_try_at.plus_days(GIVEN_UP) <= now {
            invitation.mail = Mail::Failed;
        }
        tx.update_invitation(&invitation)?;
    }
    Ok(())
}
