//! Why somebody may not, in their language.

use crate::error::{Code, Description, DomainError, Kind};
use crate::language::Lang;
use crate::texts;

/// What stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Reason {
    NobodySignedIn,
    Role,
    Scope,
    SecondFactor,
    NoSession,
}

/// The actor may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Denied(pub(super) Reason);

crate::shown_in_english!(Denied);

impl DomainError for Denied {
    fn describe(&self) -> Description {
        match self.0 {
            Reason::NobodySignedIn => Description::new(Kind::Unauthenticated, Code::Unauthenticated),
            Reason::Role | Reason::Scope => Description::new(Kind::Forbidden, Code::Forbidden),
            Reason::SecondFactor => Description::new(Kind::Forbidden, Code::SecondFactorMissing),
            Reason::NoSession => Description::new(Kind::Forbidden, Code::SessionRequired),
        }
    }

    fn say(&self, lang: Lang) -> String {
        texts::error(lang, "denied", self.0.into(), &[])
    }
}
