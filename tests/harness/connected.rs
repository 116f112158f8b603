//! A saved connection, and the clients that were given its address and token.

use crate::idp_clients::Client;
use serde_json::Value;

/// What the command line printed of a new connection.
#[derive(Clone, Debug)]
pub struct Connected {
    pub scim_id: String,
    pub node_id: String,
    pub url: String,
    pub token: String,
}

macro_rules! actors {
    ($($name:ident)+) => {
        impl Connected {
            $(pub fn $name(&self) -> Client {
                self.client().$name()
            })+
        }
    };
}

actors!(okta entra jumpcloud google onelogin cloudgate authentik rauthy keycloak sailpoint ping ssosync commander google_function);

impl Connected {
    /// Reads the JSON of `scim create` and `scim rotate`.
    #[track_caller]
    pub fn read(made: &Value) -> Connected {
        Connected {
            scim_id: made["scim_id"].to_string(),
            node_id: made["node_id"].to_string(),
            url: made["scim_url"].as_str().expect("scim_url").to_owned(),
            token: made["provisioning_token"].as_str().expect("provisioning_token").to_owned(),
        }
    }

    /// A client with the token and no habits.
    pub fn client(&self) -> Client {
        Client::bearer(&self.url, &self.token)
    }

    /// A client with another token.
    pub fn client_with(&self, token: &str) -> Client {
        Client::bearer(&self.url, token)
    }

    /// A client without a token.
    pub fn stranger(&self) -> Client {
        Client::plain(&self.url)
    }

    /// The path part of the base URL, for requests that are written byte by byte.
    pub fn path(&self) -> &str {
        let start = self.url.find("/api/").expect("the path of SCIM");
        &self.url[start..]
    }
}
