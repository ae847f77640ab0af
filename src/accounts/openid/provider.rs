//! The talk with an identity provider. Nothing here touches the database.

use super::Error;
use crate::accounts::email;
use crate::config::{Config, IdentityProvider};
use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse, reqwest,
};
use std::fmt::Display;
use std::time::Duration;

/// How long a provider may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Where to send the browser, and what must be remembered until it is back.
#[derive(Clone)]
pub(in crate::accounts) struct AuthorizationRequest {
    pub(in crate::accounts) address: String,
    pub(in crate::accounts) state: String,
    pub(in crate::accounts) nonce: String,
    pub(in crate::accounts) pkce_verifier: String,
}

/// What a provider says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::accounts) struct Claims {
    /// Who they are there, for ever.
    pub(in crate::accounts) subject: String,
    /// Their e-mail in lower case, only if the provider verified it.
    pub(in crate::accounts) verified_email: Option<String>,
    /// Their name, if the provider tells it.
    pub(in crate::accounts) name: Option<String>,
    /// When they proved it there, by the provider's clock; told where [`Freshness::Fresh`] asked for it.
    pub(in crate::accounts) authenticated_at: Option<DateTime<Utc>>,
    /// When the provider said so, by its clock.
    pub(in crate::accounts) issued_at: DateTime<Utc>,
}

/// How fresh the authentication at a provider has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::accounts) enum Freshness {
    /// Who is there? Whoever is signed in at the provider already need not prove it.
    Any,
    /// Prove it now, signed in or not (OpenID Connect Core 1.0, section 3.1.2.1: prompt=login, max_age=0).
    Fresh,
}

/// Asks a provider for its description, as a sign-in does first.
///
/// # Errors
/// [`Error::Provider`]: it does not answer, or not as a provider.
pub async fn check(config: &Config, id: &str) -> Result<(), Error> {
    client(config, id).await.map(drop)
}

pub(in crate::accounts) fn settings<'a>(config: &'a Config, id: &str) -> Result<&'a IdentityProvider, Error> {
    config.identity_providers.get(id).ok_or(Error::NoSuchProvider)
}

/// Begins: the address with challenge, state and nonce.
pub(in crate::accounts) async fn authorization_request(
    config: &Config,
    id: &str,
    freshness: Freshness,
) -> Result<AuthorizationRequest, Error> {
    let (client, _) = client(config, id).await?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request =
        client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
    for scope in settings(config, id)?.scopes.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    if freshness == Freshness::Fresh {
        request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
    }
    let (address, state, nonce) = request.set_pkce_challenge(challenge).url();
    Ok(AuthorizationRequest {
        address: address.into(),
        state: state.into_secret(),
        nonce: nonce.secret().clone(),
        pkce_verifier: verifier.into_secret(),
    })
}

/// What a browser brought back, and what was kept for it when it left.
pub(in crate::accounts) struct Exchange {
    pub code: String,
    pub nonce: String,
    pub pkce_verifier: String,
}

/// Ends: turns the code into what the provider says of the person, checked against its keys and our nonce.
pub(in crate::accounts) async fn exchange_code(
    config: &Config,
    now: DateTime<Utc>,
    id: &str,
    Exchange { code, nonce, pkce_verifier }: Exchange,
) -> Result<Claims, Error> {
    let (client, http) = client(config, id).await?;
    let answer = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|error| provider_error(id, &error))?
        .set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier))
        .request_async(&http)
        .await
        .map_err(|error| provider_error(id, &error))?;
    let verifier = client.id_token_verifier().set_time_fn(move || -> DateTime<Utc> { now });
    let token = answer.id_token().ok_or_else(|| provider_error(id, &"its answer has no ID token"))?;
    let claims = token.claims(&verifier, &Nonce::new(nonce)).map_err(|error| provider_error(id, &error))?;
    if let Some(expected) = claims.access_token_hash() {
        let signing = |error| provider_error(id, &error);
        let key = token.signing_key(&verifier).map_err(|error| provider_error(id, &error))?;
        let algorithm = token.signing_alg().map_err(|error| provider_error(id, &error))?;
        let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key).map_err(signing)?;
        if actual != *expected {
            return Err(provider_error(id, &"its access token is not the one it signed for"));
        }
    }
    let subject = claims.subject().clone();
    let (authenticated_at, issued_at) = (claims.auth_time(), claims.issue_time());
    let mut email = claims.email().cloned();
    let mut verified = claims.email_verified();
    let mut name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
    if let (None, Ok(request)) = (&email, client.user_info(answer.access_token().clone(), Some(subject.clone()))) {
        let more: CoreUserInfoClaims =
            request.request_async(&http).await.map_err(|error| provider_error(id, &error))?;
        email = more.email().cloned();
        verified = more.email_verified();
        name = name.or_else(|| more.name().and_then(|name| name.get(None)).map(|name| name.to_string()));
    }
    let verified_email = email.filter(|_| verified == Some(true)).and_then(|email| email::normal(&email));
    Ok(Claims { subject: subject.to_string(), verified_email, name, authenticated_at, issued_at })
}

/// A client by the provider's own description, asked anew each time: sign-ins are rare, and keys change.
async fn client(config: &Config, id: &str) -> Result<(Client, reqwest::Client), Error> {
    let settings = settings(config, id)?;
    // A redirect from a provider could lead into the bank's own network.
    let http = reqwest::ClientBuilder::new().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT).build();
    let http = http.map_err(|error| provider_error(id, &error))?;
    let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|error| provider_error(id, &error))?;
    let is_local = matches!(issuer.url().host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if issuer.url().scheme() != "https" && !is_local {
        return Err(provider_error(id, &"its issuer has to be an https address"));
    }
    let metadata =
        CoreProviderMetadata::discover_async(issuer, &http).await.map_err(|error| provider_error(id, &error))?;
    let back = format!("{}/sign-in/{id}/callback", config.public_url.trim_end_matches('/'));
    let back = RedirectUrl::new(back).map_err(|error| provider_error(id, &error))?;
    let secret = settings.client_secret.clone().map(ClientSecret::new);
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(settings.client_id.clone()), secret);
    Ok((client.set_redirect_uri(back), http))
}

/// With everything behind it, for the log; the person gets one sentence.
fn provider_error(id: &str, error: &(impl Display + ?Sized)) -> Error {
    Error::Provider { id: id.to_owned(), cause: error.to_string() }
}
