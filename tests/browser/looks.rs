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
    ("use-check", "/catalogue/DEMO-0039/use"),
    ("diseases", "/diseases"),
    ("disease", "/diseases/MONDO:0010726"),
    ("statistics", "/statistics"),
    ("statistics-2024", "/statistics/2024"),
    ("basket", "/basket"),
    ("sign-in", "/sign-in"),
    ("register", "/register"),
    ("forgotten", "/forgotten"),
    ("register-sent", "/register?done=sent"),
    ("verify-email", "/verify-email?token=made-up"),
    ("reset-password", "/reset-password?token=made-up"),
    ("invitation-link", "/invitation?token=made-up"),
    ("catalogue-several", "/catalogue/Demo"),
    ("diseases-empty", "/diseases?q=no+such+disease"),
    ("not-found", "/no-such-page"),
];
const RESEARCHER: &[Page] = &[
    ("requests", "/requests"),
    ("requests-all", "/requests?show=all"),
    ("account", "/account"),
    ("institution", "/account/institution"),
    ("password", "/account/password"),
    ("second-factor", "/account/second-factor"),
    ("sessions", "/account/sessions"),
    ("identities", "/account/identities"),
    ("tokens", "/account/tokens"),
    ("letters", "/account/letters"),
    ("data", "/account/data"),
    ("proposal", "/account/institution/propose"),
    ("request-returned", "/requests/REQ-2026-00005"),
    ("request-withdraw", "/requests/REQ-2026-00005/withdraw"),
    ("forbidden", "/admin"),
];
const STAFF: &[Page] = &[
    ("desk", "/desk?tab=all"),
    ("freezer", "/freezer"),
    ("quarantine", "/freezer/quarantine"),
    ("stock-line", "/desk/lines/DEMO-0039"),
    ("lot", "/desk/lines/DEMO-0039 > main a[href^='/freezer/lots/']"),
    ("vial", "/desk/lines/DEMO-0039 > main a[href^='/freezer/lots/'] > main a[href^='/freezer/vials/']"),
    ("certificate", "/catalogue/DEMO-0039 > main a[href$='/certificate']"),
    ("statistics-rows", "/statistics/2026/rows"),
    ("desk-approved", "/desk/REQ-2026-00003"),
    ("desk-waiting", "/desk/REQ-2026-00002"),
    ("agreement-preview", "/desk/REQ-2026-00002/agreement"),
];
const ADMINISTRATOR: &[Page] = &[
    ("admin", "/admin"),
    ("people", "/admin/people"),
    ("invitation", "/admin/people/invite"),
    ("person", "/admin/people > main tbody a[href^='/admin/people/']"),
    ("institutions", "/admin/institutions"),
    ("institution-record", "/admin/institutions > main tbody a[href^='/admin/institutions/']"),
    ("members", "/admin/institutions > main tbody a[href^='/admin/institutions/'] > main a[href$='/members']"),
    ("merge", "/admin/institutions > main tbody a[href^='/admin/institutions/'] > main a[href$='/merge']"),
    ("requests-of-the-bank", "/admin/requests"),
    ("verification", "/admin/history/verify"),
    ("agreements-ending", "/admin/agreements"),
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

/// Looks at pages in every way. What stands after `>` in an address is a link to follow from there.
async fn look(role: Option<&str>, pages: &[Page]) {
    let bank = Demonstration::start().await;
    let mut wrong = vec![];
    for (lang, width, theme) in WAYS {
        let window = Window::open(&bank, Manner { width, theme, ..Manner::at_a_desk(lang) }).await;
        if let Some(role) = role {
            window.sign_in(&bank.access(role)).await;
        }
        for (name, way) in pages {
            let mut steps = way.split(" > ");
            window.go(steps.next().unwrap_or_default()).await;
            for link in steps {
                window.follow(link).await;
            }
            wrong.extend(window.faults(name).await);
        }
        window.close().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The pictures of the README; `make pictures` takes them anew.
#[tokio::test]
#[ignore = "changes files of the project"]
async fn small_pictures_of_the_readme() {
    let bank = Demonstration::start().await;
    let nobody = Window::open(&bank, Manner::at_a_desk("ko")).await;
    nobody.go("/").await;
    nobody.small_picture("home", 1000).await;
    nobody.go("/catalogue/DEMO-0039").await;
    nobody.small_picture("line", 1000).await;
    nobody.close().await;
    let reader = Window::open(&bank, Manner { theme: "dark", ..Manner::at_a_desk("en") }).await;
    reader.go("/statistics").await;
    reader.small_picture("statistics", 1000).await;
    reader.close().await;
    let staff = Window::open(&bank, Manner::at_a_desk("en")).await;
    staff.sign_in(&bank.access("STAFF")).await;
    staff.go("/desk?tab=all").await;
    staff.small_picture("desk", 1000).await;
    staff.close().await;
}
