//! Who may do what, written out from the policy itself.

use super::{frame, keeper, section_nav};
use crate::actor::{Needs, Permission, Role, Verb};
use crate::web::Web;
use crate::web::frame::{Frame, PageResult, render};
use crate::web::section_nav::SectionNav;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::routing::get;

pub fn router() -> Router<Web> {
    Router::new().route("/admin/permissions", get(show))
}

/// One line of the matrix: words, and for everybody and each role whether it may.
type Row = (String, Vec<bool>);

#[derive(Template)]
#[template(path = "admin/permissions.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    columns: Vec<String>,
    rows: Vec<Row>,
    /// Commands of the API by what they take.
    verbs: Vec<(String, Vec<&'static str>)>,
    /// Roles that act only with a second factor.
    factor: String,
}

async fn show(v: Visitor) -> PageResult {
    keeper(&v)?;
    let t = v.t;
    let everybody = t.say("admin-everybody");
    let columns = std::iter::once(everybody).chain(Role::ALL.map(|role| role.label(t.lang).to_owned())).collect();
    let may = |permission: Permission| {
        let public = permission.is_public();
        std::iter::once(public).chain(Role::ALL.map(|role| public || role.grants(permission))).collect()
    };
    let factor = Role::ALL.into_iter().filter(|role| role.needs_second_factor());
    let page = Page {
        f: frame(&v, t.say("admin-section-permissions")),
        t,
        a: section_nav(&v, "permissions", &[]),
        columns,
        rows: Permission::ALL.map(|permission| (permission.label(t.lang).to_owned(), may(permission))).into(),
        verbs: verbs(t),
        factor: factor.map(|role| role.label(t.lang)).collect::<Vec<_>>().join(", "),
    };
    render(&page)
}

fn verbs(t: Text) -> Vec<(String, Vec<&'static str>)> {
    let mut groups: Vec<(String, Vec<&'static str>)> = vec![];
    for verb in Verb::ALL {
        let takes = match verb.needs() {
            Needs::Nothing => t.say("admin-needs-nothing"),
            Needs::Account => t.say("admin-needs-account"),
            Needs::Session => t.say("admin-needs-session"),
            Needs::AnyOf(some) => some.iter().map(|one| one.label(t.lang)).collect::<Vec<_>>().join(" / "),
        };
        match groups.iter_mut().find(|(words, _)| *words == takes) {
            Some((_, names)) => names.push(verb.name()),
            None => groups.push((takes, vec![verb.name()])),
        }
    }
    groups
}
