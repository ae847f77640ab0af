//! Administration: people, institutions, outbox, history, health, permissions.

mod health;
mod history;
mod institution;
mod institutions;
mod outbox;
mod overview;
mod people;
mod permissions;
mod person;
mod verification;

pub use verification::Verification;

use super::Web;
use super::frame::{Frame, Layout};
use super::page_error::PageError;
use super::section_nav::{SectionNav, flash};
use super::visitor::Visitor;
use crate::actor::Permission;
use axum::Router;

/// `/admin` and below.
pub fn router() -> Router<Web> {
    Router::new()
        .merge(health::router())
        .merge(history::router())
        .merge(institution::router())
        .merge(institutions::router())
        .merge(outbox::router())
        .merge(overview::router())
        .merge(people::router())
        .merge(permissions::router())
        .merge(person::router())
        .merge(verification::router())
}

/// What all pages of administration have around them. Whoever only keeps institutions sees only those.
fn section_nav(v: &Visitor, here: &'static str, known: &[(&str, &str)]) -> SectionNav {
    let section = |key: &'static str, path: &str| (key, path.to_owned(), v.t.say(&format!("admin-section-{key}")));
    let mut sections = vec![section("institutions", "/admin/institutions")];
    if v.can(Permission::Administer) {
        sections.insert(0, section("overview", "/admin"));
        sections.insert(1, section("people", "/admin/people"));
        sections.extend([
            section("mail", "/admin/mail"),
            section("history", "/admin/history"),
            section("health", "/admin/health"),
        ]);
    }
    sections.push(section("permissions", "/admin/permissions"));
    SectionNav { here, sections, flash: flash(v, known) }
}

/// The frame of a page of administration.
fn frame(v: &Visitor, title: impl Into<String>) -> Frame {
    Frame::new(v, title).at("admin").on(Layout::Staff)
}

/// Refuses early whoever does not administer.
fn administrator(v: &Visitor) -> Result<(), PageError> {
    Ok(v.actor.may(Permission::Administer)?)
}

/// Refuses early whoever does not keep institutions.
fn keeper(v: &Visitor) -> Result<(), PageError> {
    Ok(v.actor.may(Permission::KeepInstitutions)?)
}
