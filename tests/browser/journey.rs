//! The whole main job in the browser: a researcher finds a line and requests it, the bank decides, three parties sign,
//! the vials leave and arrive.

use crate::demonstration::Demonstration;
use crate::window::{Manner, Window};

/// The line that is requested; the demonstration has vials of it.
const LINE: &str = "DEMO-0039";

#[tokio::test]
async fn three_people_take_a_request_from_the_catalogue_to_its_receipt_in_korean() {
    whole_way(Manner::at_a_desk("ko")).await;
}

#[tokio::test]
async fn the_same_in_english_on_a_dark_screen() {
    whole_way(Manner { theme: "dark", ..Manner::at_a_desk("en") }).await;
}

#[tokio::test]
async fn the_same_on_a_narrow_screen() {
    whole_way(Manner { width: 360, theme: "dark", ..Manner::at_a_desk("ko") }).await;
}

#[tokio::test]
async fn the_same_without_scripts() {
    whole_way(Manner { scripts: false, ..Manner::at_a_desk("en") }).await;
}

#[tokio::test]
async fn the_same_by_keyboard_alone() {
    whole_way(Manner { keyboard: true, ..Manner::at_a_desk("ko") }).await;
}

async fn whole_way(manner: Manner) {
    let bank = Demonstration::start().await;
    let researcher = Window::open(&bank, manner).await;
    finds_a_line(&researcher, manner).await;
    let number = requests_it(&bank, &researcher).await;

    let staff = Window::open(&bank, manner).await;
    staff.sign_in(&bank.access("STAFF")).await;
    decides(&staff, &number).await;

    signs(&bank, &researcher, &number, "RESEARCHER").await;
    for role in ["SIGNATORY", "ADMINISTRATOR"] {
        let signer = Window::open(&bank, manner).await;
        signer.sign_in(&bank.access(role)).await;
        signs(&bank, &signer, &number, role).await;
        signer.close().await;
    }

    ships(&staff, &number).await;
    receives(&researcher, &number, manner).await;
    staff.close().await;
    researcher.close().await;
}

/// From the home page by a search to the line, and into the basket.
async fn finds_a_line(window: &Window, manner: Manner) {
    window.fill("q", if manner.lang == "ko" { "레트" } else { "Rett" }).await;
    window.press("main form[role='search'] button").await;
    window.press(&format!("main a[href='/catalogue/{LINE}']")).await;
    window.sees(LINE).await;
    if manner.scripts {
        window.press(".copy + .copies").await;
        window.sees(if manner.lang == "ko" { "복사했습니다" } else { "Copied" }).await;
    }
    window.press("form[action='/basket/add'] button").await;
    // The next address would overtake the form.
    window.find("a[href='/basket'] .count").await;
    window.go("/basket").await;
    window.sees(LINE).await;
    window.looks_right("basket-full").await;
}

/// Signs in on the way, fills the form in and hands it in: the request's number.
async fn requests_it(bank: &Demonstration, window: &Window) -> String {
    window.press("button[name='do'][value='begin']").await;
    window.find("main form[action='/sign-in']").await;
    window.sign_in(&bank.access("RESEARCHER")).await;
    if window.place().await.starts_with("/basket") {
        window.press("button[name='do'][value='begin']").await;
    }
    window.find("form[action='/requests/new']").await;
    window.looks_right("request-new").await;
    window.press("form[action='/requests/new'] button.go").await;
    let next = "button[name='do'][value='next']";
    window.find("main .stepper").await;
    // The lines came from the basket: the form begins with the next step.
    if window.has("main [name='line']").await {
        window.press(next).await;
    }
    window.looks_right("request-step-2").await;
    window.fill("projectTitle", "A tour by browser (made up)").await;
    window.fill("summary", "Made up for a test.").await;
    window.fill("usePlan", "Differentiate and compare.").await;
    window.choose("intendedUse", "disease_modelling").await;
    window.press(next).await;
    window.find("main [name='irbApprovalNumber']").await;
    window.looks_right("request-step-3").await;
    window.fill("irbApprovalNumber", "IRB-7 (made up)").await;
    window.fill("irbValidUntil", "2099-12-31").await;
    window.press(next).await;
    window.find("main select[name='region']").await;
    window.looks_right("request-step-4").await;
    window.choose("region", "서울특별시").await;
    window.fill("address", "1 Made-up Street").await;
    window.press(next).await;
    window.find("form[action$='/submit']").await;
    window.looks_right("request-step-5").await;
    window.press("form[action$='/submit'] button.go").await;
    window.find("main .path").await;
    window.looks_right("request-submitted").await;
    let place = window.place().await;
    let number = place.trim_start_matches("/requests/").split(['?', '/']).next().unwrap_or_default().to_owned();
    assert!(number.starts_with("REQ-"), "the request is shown at {place}");
    number
}

/// From the worklist: takes it, approves it, offers the agreement.
async fn decides(window: &Window, number: &str) {
    window.go("/desk?tab=unassigned").await;
    window.press(&format!("main a[href='/desk/{number}']")).await;
    window.press("form[action$='/claim'] button").await;
    window.find("form[action$='/decide']").await;
    window.looks_right("desk-request").await;
    window.tick("form[action$='/decide'] input[type='radio'][value='approve']").await;
    window.press("form[action$='/decide'] button.go").await;
    window.press("form[action$='/offer'] button").await;
    window.find(&format!("a[href='/requests/{number}/agreement']")).await;
}

async fn signs(bank: &Demonstration, window: &Window, number: &str, role: &str) {
    window.go(&format!("/requests/{number}/agreement")).await;
    window.find("form[action$='/sign']").await;
    window.looks_right("agreement").await;
    let access = bank.access(role);
    window.tick("form[action$='/sign'] [name='meaning']").await;
    window.fill("email", &access.email).await;
    window.fill("password", &access.password).await;
    window.press("form[action$='/sign'] button.go").await;
    window.find(".note.ok").await;
}

async fn ships(window: &Window, number: &str) {
    window.go(&format!("/desk/{number}")).await;
    window.press("form[action$='/reserve'] button").await;
    window.press("form[action$='/pack'] button").await;
    window.find("form[action$='/dispatch'] [name^='courier']").await;
    window.type_into("form[action$='/dispatch'] [name^='courier']", "Made-up courier").await;
    window.type_into("form[action$='/dispatch'] [name^='trackingNumber']", "0001").await;
    window.press("form[action$='/dispatch'] button").await;
    window.sees("Made-up courier").await;
    window.looks_right("desk-dispatched").await;
    window.press("a[href$='/slip']").await;
    window.find("main table").await;
    window.looks_right("slip").await;
}

/// Receipt in two clicks: from the request to the parcel, and confirmed.
async fn receives(window: &Window, number: &str, manner: Manner) {
    window.go(&format!("/requests/{number}")).await;
    window.press(&format!("main a[href='/requests/{number}/receipt']")).await;
    window.find("form[action$='/receipt']").await;
    window.looks_right("receipt").await;
    window.press("form[action$='/receipt'] button.go").await;
    window.sees(if manner.lang == "ko" { "수령을 확인했습니다" } else { "The receipt is confirmed" }).await;
    window.go(&format!("/requests/{number}")).await;
    window.sees(if manner.lang == "ko" { "종결" } else { "closed" }).await;
    window.looks_right("request-closed").await;
}
