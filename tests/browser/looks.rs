//! Every page as a picture, on a wide and a narrow screen, light and dark, in both languages; and by the rules of
//! accessibility.

use crate::demonstration::Demonstration;
use crate::window::{Manner, Window};

/// Pages that need nobody.
const PUBLIC: &[(&str, &str)] = &[
    ("home", "/"),
    ("statistics", "/statistics"),
    ("statistics-2024", "/statistics/2024"),
    ("sign-in", "/sign-in"),
    ("not-found", "/no-such-page"),
];

#[tokio::test]
async fn public_pages_look_right_and_are_accessible() {
    let bank = Demonstration::start().await;
    for lang in ["ko", "en"] {
        for width in [1280, 360] {
            let window = Window::open(&bank, Manner { lang, width, scripts: true }).await;
            for theme in ["light", "dark"] {
                window.press(&format!("button[name='theme'][value='{theme}']")).await;
                for (name, path) in PUBLIC {
                    window.go(path).await;
                    window.picture(&format!("{name}.{lang}.{width}.{theme}")).await;
                    window.fits().await;
                    window.is_accessible().await;
                }
            }
            window.close().await;
        }
    }
}
