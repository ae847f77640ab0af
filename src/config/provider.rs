//! Where people may sign in besides here.

use serde::Deserialize;

/// A provider of identities (OpenID Connect Core 1.0). To it the bank is a confidential client with the redirect
/// address
/// `PUBLIC_URL/sign-in/NAME/callback`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// What people read on the button, in English.
    pub name_en: String,
    /// The same in Korean.
    pub name_ko: String,
    /// Its issuer, an https address (http on loopback only); the description is read from below it.
    pub issuer: String,
    /// What it calls the bank.
    pub client_id: String,
    /// What the bank proves itself by; none for a public client.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// What to ask for.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// Its subjects are ORCID iDs: signing in there authenticates a person's iD.
    #[serde(default)]
    pub is_orcid: bool,
}

fn usual_scopes() -> Vec<String> {
    ["openid", "email", "profile"].map(String::from).into()
}

impl std::fmt::Debug for IdentityProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityProvider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
