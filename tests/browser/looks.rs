//! Every page as a picture, on a wide and a narrow screen, light and dark, in both languages; and by the rules of
//! accessibility.

use crate::demonstration::Demonstration;
use crate::window::{Manner, Window};

/// How the pages are looked at: each language, width and light at least twice.
const WAYS: [(&str, u32, &str); 4] =
    [("ko", 1280, "light"), ("en", 1280, "dark"), ("ko", 360, "dark"), ("en", 360, "light")];

/// Name of the picture, and address.
type Page = (&'static str, &'static str);

/// Pages that need nobody.
const PUBLIC: &[Page] = &[
    ("home", "/"),
    ("catalogue", "/catalogue"),
    ("catalogue-empty", "/catalogue?q=no+such+line"),
    ("line", "/catalogue/DEMO-0039"),
    ("line-real", "/catalogue/DEMO-0001"),
    ("line-suspended", "/catalogue/DEMO-0041"),
    ("diseases", "/diseases"),
    ("disease", "/diseases/MONDO:0010726"),
    ("statistics", "/statistics"),
    ("statistics-2024", "/statistics/2024"),
    ("basket", "/basket"),
    ("sign-in", "/sign-in"),
    ("register", "/register"),
    ("forgotten", "/forgotten"),
    ("not-found", "/no-such-page"),
];
const RESEARCHER: &[Page] =
    &[("requests", "/requests"), ("account", "/account"), ("institution", "/account/institution")];
const STAFF: &[Page] = &[("desk", "/desk?tab=all"), ("freezer", "/freezer")];
const ADMINISTRATOR: &[Page] = &[
    ("admin", "/admin"),
    ("people", "/admin/people"),
    ("institutions", "/admin/institutions"),
    ("outbox", "/admin/mail"),
    ("history", "/admin/history"),
    ("health", "/admin/health"),
    ("permissions", "/admin/permissions"),
];

#[tokio::test]
async fn public_pages_look_right_and_are_accessible() {
    look(None, PUBLIC).await;
}

#[tokio::test]
async fn pages_of_a_researcher_look_right_and_are_accessible() {
    look(Some("RESEARCHER"), RESEARCHER).await;
}

#[tokio::test]
async fn pages_of_staff_look_right_and_are_accessible() {
    look(Some("STAFF"), STAFF).await;
}

#[tokio::test]
async fn pages_of_an_administrator_look_right_and_are_accessible() {
    look(Some("ADMINISTRATOR"), ADMINISTRATOR).await;
}

/// Looks at pages in every way, and at the first thing that the last of them lists.
async fn look(role: Option<&str>, pages: &[Page]) {
    let bank = Demonstration::start().await;
    let mut wrong = vec![];
    for (lang, width, theme) in WAYS {
        let window = Window::open(&bank, Manner { lang, width, scripts: true }).await;
        if let Some(role) = role {
            window.sign_in(&bank.access(role)).await;
        }
        window.press(&format!("button[name='theme'][value='{theme}']")).await;
        for (name, path) in pages {
            window.go(path).await;
            window.picture(&format!("{name}.{lang}.{width}.{theme}")).await;
            wrong.extend(window.too_wide().await);
            wrong.extend(window.violations().await);
        }
        window.close().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
