//! Invitations, their mails and their links.

use super::node_names::NodeNames;
use super::scalar::{Id, Moment};
use super::words::{InvitationState, Language, MailState};
use crate::domain::invitation::{self, Mail as MailPlace};
use crate::domain::user::User;
use crate::domain::{Result, Time, Tx, mail};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The invitation of a user.
#[derive(Serialize, ToSchema)]
pub struct Invitation {
    /// Its state.
    pub state: InvitationState,
    /// When it was created.
    pub created_at: Moment,
    /// When the mail went out.
    pub sent_at: Option<Moment>,
    /// When the link expires.
    pub expires_at: Option<Moment>,
    /// When it was answered or revoked.
    pub answered_at: Option<Moment>,
    /// The number of attempts to send the mail.
    pub tries: u32,
    /// Why it could not be sent.
    pub error: Option<String>,
}

impl Invitation {
    /// An invitation as it is at that moment.
    pub fn new(invitation: &invitation::Invitation, now: Time) -> Invitation {
        // While a mail is under way it has not gone out.
        let sent_at = invitation.sent_at.filter(|_| matches!(invitation.mail, MailPlace::Sent | MailPlace::Failed));
        Invitation {
            state: InvitationState(invitation.word(now)),
            created_at: invitation.created_at.into(),
            sent_at: sent_at.map(Moment),
            expires_at: invitation.expires_at.map(Moment),
            answered_at: invitation.answered_at.map(Moment),
            tries: invitation.tries,
            error: invitation.error.clone(),
        }
    }
}

/// An invitation in the outbox.
#[derive(Serialize, ToSchema)]
pub struct Mail {
    /// The id of a user.
    pub user_id: Id,
    /// The user name, as the identity provider sent it.
    pub user_name: String,
    /// The display name.
    pub display_name: Option<String>,
    /// The id of a node.
    pub node_id: Id,
    /// The name of that node.
    pub node_name: Option<String>,
    /// The address it goes to.
    pub to: String,
    /// The language of the mail.
    #[schema(value_type = Language)]
    pub language: String,
    /// Its state.
    pub invitation: Option<Invitation>,
}

impl Mail {
    /// The mail of a user's invitation.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(
        tx: &mut dyn Tx,
        user: &User,
        invited: &invitation::Invitation,
        language: &str,
        around: &NodeNames,
    ) -> Result<Mail> {
        Ok(Mail {
            user_id: user.id.into(),
            user_name: user.profile.user_name.clone(),
            display_name: user.profile.display_name.clone(),
            node_id: user.node.into(),
            node_name: around.name_of(user.node).map(str::to_owned),
            to: mail::address_of(tx, user)?,
            language: language.to_owned(),
            invitation: Some(Invitation::new(invited, around.now)),
        })
    }
}

/// The outbox.
#[derive(Serialize, ToSchema)]
pub struct MailPage {
    /// The number of items on all pages.
    pub total: u64,
    /// The position of the first item, counted from 1.
    pub start: u64,
    /// Whether a mail server is set.
    pub mail: bool,
    /// Why no mail can be sent at the moment: the error of the mail server or of the connection to it.
    pub problem: Option<String>,
    /// The mails of this page.
    #[schema(max_items = 1000)]
    pub mails: Vec<Mail>,
}

/// A mail as it would be sent.
#[derive(Serialize, ToSchema)]
pub struct MailText {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// A mail with a new link; older links stop working.
#[derive(Serialize, ToSchema)]
pub struct MailWithLink {
    /// The address it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The address at which the user joins. It works once.
    pub link: String,
    /// When the link expires.
    pub expires_at: Moment,
}

/// A join link.
#[derive(Serialize, ToSchema)]
pub struct Link {
    /// The address at which the user joins. It works once.
    pub link: String,
    /// When it expires.
    pub expires_at: Moment,
}

/// Which mails are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutboxQuery {
    /// Only mails in this state.
    #[param(value_type = Option<MailState>)]
    pub state: Option<String>,
    /// Only those of this node.
    #[param(value_type = Option<Id>)]
    pub node_id: Option<i64>,
    /// The position of the first item, counted from 1.
    pub start: Option<u64>,
    /// Page size: 50 by default, at most 1000.
    pub count: Option<u64>,
}

/// An invitation with texts that need not be saved.
#[derive(Deserialize, ToSchema)]
pub struct Preview {
    /// The language of the mail.
    #[schema(value_type = Language)]
    pub language: String,
    /// The subject of the mail.
    pub invite_subject: Option<String>,
    /// The heading of the mail.
    pub invite_heading: Option<String>,
    /// The text of the mail; {name}, {email}, {node}, {link} and {days} are filled in.
    pub invite_text: Option<String>,
}
