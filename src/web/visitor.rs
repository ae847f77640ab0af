//! Who looks at a page, and how: the person, the language, the display, the address. Made once a request, before any
//! page.

use super::basket::Basket;
use super::texts::Text;
use super::{Web, origin};
use crate::accounts::passwords::sha256_hex;
use crate::accounts::queries::{actor_by_session, people};
use crate::accounts::throttle::Client;
use crate::accounts::{self, cookie};
use crate::actor::{Actor, Permission};
use crate::language::Lang;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use sea_orm::DbErr;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

/// The cookie that keeps the display.
pub const THEME: &str = "theme";

/// How light a page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device is set.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All, in the order of the footer's buttons.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As it is kept and sent.
    pub fn tag(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads a tag; anything unknown follows the device.
    pub fn from_tag(tag: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.tag() == tag).unwrap_or_default()
    }
}

/// Everything about whoever looks; cheap to clone.
#[derive(Clone)]
pub struct Visitor(Arc<VisitorData>);

/// See [`Visitor`].
pub struct VisitorData {
    /// The bank.
    pub web: Web,
    /// Who asks.
    pub actor: Actor,
    /// The voice in their language.
    pub t: Text,
    /// Display.
    pub theme: Theme,
    /// The name of whoever is signed in.
    pub name: Option<String>,
    /// What they put aside to request.
    pub basket: Basket,
    /// Where the call came from, for the throttle.
    pub client: Client,
    /// Path of the address.
    pub path: String,
    /// Query of the address, without the `?`.
    pub query: String,
    /// True if the browser still has the cookie of a session that ended.
    pub session_ended: bool,
    /// What the browser says of the page that made it ask.
    pub(super) origin: origin::Origin,
    secret: Option<String>,
}

impl Deref for Visitor {
    type Target = VisitorData;

    fn deref(&self) -> &VisitorData {
        &self.0
    }
}

impl Visitor {
    /// Does what guesses could be made by, at an account if one is named, unless there were too many attempts of late.
    ///
    /// # Errors
    /// [`accounts::Error::TooManyAttempts`], then nothing was done; or those of what is done.
    pub async fn attempt<T>(
        &self,
        email: Option<&str>,
        doing: impl Future<Output = Result<T, accounts::Error>>,
    ) -> Result<T, accounts::Error> {
        self.web.throttle.attempt(&self.client, email)?;
        doing.await
    }

    /// Reads a request.
    ///
    /// # Errors
    /// Those of the database, by which a session is known.
    pub async fn of(web: &Web, parts: &Parts) -> Result<Self, DbErr> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let cookies = header(COOKIE.as_str());
        let wish = Lang::from_request(parts.uri.query(), cookies, header(ACCEPT_LANGUAGE.as_str()));
        let secret = cookies.and_then(|line| cookie::find(&web.app.config, line)).map(str::to_owned);
        let found = match &secret {
            Some(secret) => actor_by_session(&web.app, secret, wish).await?,
            None => None,
        };
        let person = found.as_ref().and_then(Actor::person_id);
        let name = match person {
            Some(person) => people(web.app.db.read(), &[person]).await?.pop().map(|p| p.name),
            None => None,
        };
        let session_ended = secret.is_some() && found.is_none();
        let actor = found.unwrap_or_else(|| Actor::anonymous(wish.unwrap_or_default()));
        let named = |name| cookies.and_then(|line| cookie::named(name, line)).unwrap_or_default();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self(Arc::new(VisitorData {
            t: Text { lang: actor.lang },
            theme: Theme::from_tag(named(THEME)),
            basket: Basket::read(named(super::basket::COOKIE)),
            client: Client::of(&web.app.config, peer, &parts.headers),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            origin: origin::Origin::of(&web.app.config, &parts.headers),
            secret: secret.filter(|_| !session_ended),
            web: web.clone(),
            actor,
            name,
            session_ended,
        })))
    }

    /// True if a page for this visitor is a page for everybody who reads the same language in the same light.
    pub fn is_anybody(&self) -> bool {
        self.actor.is_anonymous() && self.basket.is_empty() && !self.session_ended
    }

    /// True if the person may do this; for what a page offers.
    pub fn can(&self, permission: Permission) -> bool {
        self.actor.can(permission)
    }

    /// Path and query.
    pub fn address(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// This page in another language: the same address with `lang=` put in place.
    pub fn in_language(&self, lang: Lang) -> String {
        let others = self.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
        let pairs: Vec<String> = others.map(str::to_owned).chain([format!("lang={}", lang.tag())]).collect();
        format!("{}?{}", self.path, pairs.join("&"))
    }

    /// What a form of this visitor carries to show that one of our pages made it; empty while nobody is signed in,
    /// because then nothing is done in anybody's name. Masked anew each time, so that compression tells nothing of it.
    pub fn form_token(&self) -> String {
        let Some(token) = self.plain_token() else { return String::new() };
        let mask: [u8; 32] = rand::random();
        let masked = token.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
        mask.iter().copied().chain(masked).map(|byte| format!("{byte:02x}")).collect()
    }

    /// True if a form carries this visitor's token.
    pub(super) fn is_own_token(&self, given: &str) -> bool {
        let Some(token) = self.plain_token() else { return true };
        let byte = |at: usize| given.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let bytes: Option<Vec<u8>> = (0..given.len()).step_by(2).map(byte).collect();
        let Some(bytes) = bytes.filter(|bytes| bytes.len() == 64) else { return false };
        // Without leaving early, so that time tells nothing either.
        let differences = bytes[..32].iter().zip(&bytes[32..]).zip(&token).fold(0, |d, ((m, b), t)| d | (m ^ b ^ t));
        differences == 0
    }

    fn plain_token(&self) -> Option<Vec<u8>> {
        let digest = sha256_hex(format!("form token of {}", self.secret.as_ref()?).as_bytes());
        (0..digest.len()).step_by(2).map(|at| u8::from_str_radix(&digest[at..at + 2], 16).ok()).collect()
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        #[expect(clippy::expect_used, reason = "every page lies behind the layer that puts the visitor there")]
        let visitor = parts.extensions.get::<Self>().expect("a page is routed behind the visitor").clone();
        Ok(visitor)
    }
}
