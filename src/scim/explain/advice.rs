//! Refusals explained: why a request was turned away, and what to change in the screens of the identity provider.

use super::{Explanation, Seen};

/// Where an identity provider keeps what may be wrong, in its own words.
struct Screens {
    /// The beginning of the client's name.
    client: &'static str,
    /// The address.
    url: &'static str,
    /// The token.
    token: &'static str,
    /// The mapping of attributes.
    mapping: &'static str,
    /// How one user is sent again.
    again: &'static str,
}

const SCREENS: &[Screens] = &[
    Screens {
        client: "Okta",
        url: "Okta, the application, Provisioning, Integration, “SCIM connector base URL”",
        token: "Okta, the application, Provisioning, Integration, “HTTP Header Authorization”",
        mapping: "Okta, the application, Provisioning, To App, “Attribute Mappings”",
        again: "In Okta open Dashboard, Tasks and retry the task, or use Provisioning, “Force Sync”.",
    },
    Screens {
        client: "Entra",
        url: "Entra ID, the enterprise application, Provisioning, Admin Credentials, “Tenant URL”",
        token: "Entra ID, the enterprise application, Provisioning, Admin Credentials, “Secret Token”",
        mapping: "Entra ID, the enterprise application, Provisioning, “Mappings”",
        again: "In Entra ID use “Provision on demand” for this user, or “Restart provisioning”.",
    },
    Screens {
        client: "JumpCloud",
        url: "JumpCloud, SSO Applications, the application, Identity Management, “Base URL”",
        token: "JumpCloud, SSO Applications, the application, Identity Management, “Token Key”",
        mapping: "JumpCloud, SSO Applications, the application, Identity Management, “Attribute Mapping”",
        again: "In JumpCloud take the user out of the user group and put it in again.",
    },
    Screens {
        client: "OneLogin",
        url: "OneLogin, the application, Configuration, “SCIM Base URL”",
        token: "OneLogin, the application, Configuration, “SCIM Bearer Token”",
        mapping: "OneLogin, the application, Parameters and Configuration, “SCIM JSON Template”",
        again: "In OneLogin open the application, Users, and reapply the mappings or approve the failed user.",
    },
    Screens {
        client: "Google",
        url: "Google Admin console, Apps, Web and mobile apps, the application, Auto-provisioning, “Endpoint URL”",
        token: "Google Admin console, Apps, Web and mobile apps, the application, Auto-provisioning, “Access token”",
        mapping: "Google Admin console, Apps, Web and mobile apps, the application, Auto-provisioning, “Attribute mapping”",
        again: "In the Google Admin console turn Auto-provisioning off and on; Google sends the user again within hours.",
    },
    Screens {
        client: "",
        url: "the identity provider, where it asks for the base URL of SCIM",
        token: "the identity provider, where it asks for the bearer token",
        mapping: "the attribute mapping of the identity provider",
        again: "Send the user again from the identity provider.",
    },
];

fn screens(client: &str) -> &'static Screens {
    static NONE: Screens = Screens { client: "", url: "", token: "", mapping: "", again: "" };
    SCREENS.iter().find(|screens| client.starts_with(screens.client)).unwrap_or(&NONE)
}

/// Why a request was refused, and what to change.
pub fn refusal(seen: &Seen<'_>, client: &str) -> Option<Explanation> {
    if seen.status < 400 && seen.code != Some("FAULT") {
        return None;
    }
    let code = seen.code.unwrap_or("REFUSED");
    let screens = screens(client);
    let Screens { url, token, mapping, again, .. } = screens;
    let (clause, advice) = match (code, seen.status) {
        ("FAULT", _) => {
            ("", "That was on purpose: this node is a sandbox. “scimbox node faults clear NODE” ends it.".to_owned())
        }
        ("PERSONA", _) => (
            "",
            "The service provider that this sandbox plays refuses that. Its page is in the header Link of the answer.".to_owned(),
        ),
        ("TOKEN_MISSING", _) => (
            "RFC 7644, section 2",
            format!("Enter the token of this connection at {token}. It is sent as “Authorization: Bearer …”."),
        ),
        ("TOKEN_NO_BEARER", _) => (
            "RFC 6750, section 2.1",
            format!("Choose the bearer token as the way to sign in, or put “Bearer ” before the token at {token}."),
        ),
        ("TOKEN_UNKNOWN", _) => (
            "RFC 7644, section 2",
            format!("The token is not one of ours, or was not pasted whole. Make a new one with “scimbox scim rotate” and enter it at {token}."),
        ),
        ("TOKEN_EXPIRED" | "TOKEN_REVOKED", _) => (
            "RFC 7644, section 2",
            format!("The token has ended. Make a new one with “scimbox scim rotate” and enter it at {token}."),
        ),
        ("TOKEN_NOT_SAVED", _) => {
            ("RFC 7644, section 2", "The connection is a draft. Save it in the console, then test again.".to_owned())
        }
        ("TOKEN_OTHER_NODE", _) => (
            "RFC 7644, section 2",
            format!("The token belongs to another node than the address. Compare the number at the end of the address at {url} with the one that the connection shows."),
        ),
        ("TOKEN_PAUSED" | "CONNECTION_PAUSED" | "PAUSED", _) => {
            ("", "The connection is paused. Resume it in the console or with “scimbox scim resume”.".to_owned())
        }
        ("ADDRESS_NOT_ALLOWED", _) => (
            "",
            "The token is right, and the address is not on the allow list of the connection. Add it to “allow_from” if it is the identity provider's; otherwise somebody else has the token: rotate it.".to_owned(),
        ),
        ("CLIENT_CERTIFICATE_NOT_ALLOWED", _) => (
            "",
            "The client shows a certificate whose names are not on the list of the connection. Add one to “client_cert_names” if it is the identity provider's; otherwise somebody else has the token: rotate it.".to_owned(),
        ),
        ("NO_CLIENT_CERTIFICATE", _) => (
            "",
            "Give the client a certificate of the authority in --client-ca, or set “client_cert” of the connection to “off” if its identity provider has none.".to_owned(),
        ),
        ("WRONG_PATH" | "WRONG_URL", _) => (
            "RFC 7644, section 3.2",
            format!("The address is not the base URL. Copy the base URL of this connection to {url}, without /Users behind it."),
        ),
        ("USER_ELSEWHERE", _) => (
            "RFC 7644, section 3.3",
            format!("The user name exists in another node of this appliance. Move the user or rename it there, or set “unique_users” to “node”. {again}"),
        ),
        ("uniqueness", _) | (_, 409) => (
            "RFC 7644, section 3.3",
            format!("Something of this name is here already and belongs to another account of the identity provider. Look for it under Users or Teams, or change the name in {mapping}. {again}"),
        ),
        ("mutability", _) => (
            "RFC 7643, section 2.2",
            format!("The client sets an attribute that only this endpoint sets. Remove it from {mapping}."),
        ),
        ("invalidFilter", _) => (
            "RFC 7644, section 3.4.2.2",
            format!("The filter cannot be read. If the client lets you choose how users are matched, match by userName in {mapping}."),
        ),
        ("invalidPath", _) => (
            "RFC 7644, section 3.5.2",
            format!("The client names an attribute that is not here. Correct or remove it in {mapping}."),
        ),
        ("noTarget", _) => (
            "RFC 7644, section 3.5.2",
            format!("The client changes something that the resource does not have. {again}"),
        ),
        ("invalidValue", _) => (
            "RFC 7644, section 3.12",
            format!("A value is not acceptable: see the sentence above. Correct the attribute in {mapping}, or its value for this user. {again}"),
        ),
        ("invalidSyntax", _) => (
            "RFC 7644, section 3.12",
            format!("The body is not what the endpoint expects. If it came from a template, correct {mapping}. If the connection is strict, “scimbox scim edit ID --tolerance liberal” takes what real clients send."),
        ),
        ("sensitive", _) => ("RFC 7644, section 7.5.2", format!("Passwords cannot be asked for. Remove the attribute from {mapping}.")),
        ("TOO_OFTEN", _) => (
            "RFC 6585, section 4",
            "The client asks more often than allowed and has to wait. Raise “rate_limit” of the connection if that is meant.".to_owned(),
        ),
        ("TOO_LARGE" | "tooMany", _) => (
            "RFC 7644, section 3.12",
            "The request is larger than the limit. Send fewer members or operations at once, or page the list.".to_owned(),
        ),
        ("ENCODED", _) => ("RFC 9110, section 8.4", "Turn compression of request bodies off in the client.".to_owned()),
        ("SLOW" | "MALFORMED", _) => (
            "RFC 9112",
            "The request did not arrive as HTTP says. Look for a proxy between the client and this endpoint that changes or cuts it.".to_owned(),
        ),
        ("OUT_OF_SEATS", _) | (_, 428) => {
            ("", "There are no seats left. Raise the setting “seats”, or delete users who have left.".to_owned())
        }
        (_, 404) => (
            "RFC 7644, section 3.12",
            format!("The client remembers an id that is gone or belongs to another node. {again} If it goes on, remove the application's assignment of this user and assign it again."),
        ),
        (_, 405) => ("RFC 9110, section 15.5.6", format!("This address does not take the method. Check the address at {url}.")),
        (_, 412) => ("RFC 7644, section 3.14", "Somebody else has changed it meanwhile. The client has to read it again.".to_owned()),
        (_, 501) => ("RFC 7644, section 3.11", "The client asks for something that a token cannot have. Use /Users.".to_owned()),
        (_, 503) => ("RFC 9110, section 15.6.4", "The appliance was busy. The client tries again by itself.".to_owned()),
        (_, 500..) => ("", "This is a fault of the appliance. Its log knows more under the request id.".to_owned()),
        _ => ("RFC 7644, section 3.12", format!("Compare the address at {url} and {mapping}.")),
    };
    let text = seen.detail.filter(|detail| !detail.is_empty());
    let text = text.map_or_else(|| format!("The request was refused with status {}.", seen.status), str::to_owned);
    let explained = Explanation { advice: Some(advice), ..Explanation::new(code, text).clause(clause) };
    Some(explained.with("status", seen.status).with("client", client))
}
