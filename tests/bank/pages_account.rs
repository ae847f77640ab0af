//! Registering and one's own account in a browser: what letters lead to, what is shown once, what survives a mistake.

use crate::cast::PASSWORD;
use crate::pages::{Pages, between};
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;

/// The secret in the newest letter.
async fn secret(bank: &Bank) -> String {
    let letters = bank.letters().await;
    letters.last().unwrap().detail["link_secret"].as_str().unwrap().to_owned()
}

const STRONG: &str = "lantern otter seventy plaza";

#[tokio::test]
async fn somebody_registers_confirms_the_letter_and_signs_in() {
    on_a_bank(async |bank| {
        let pages = Pages::of(bank, "ko");
        let form = [("email", "new@made-up.example"), ("name", "새 사람"), ("lang", "ko")];
        assert_eq!(pages.done("/register", &form).await, "/register?done=sent");
        let secret = secret(bank).await;

        // A mail program opens the link: nothing happens.
        let before = bank.contents().await;
        let page = pages.page(&format!("/verify-email?token={secret}")).await;
        assert!(page.contains(&secret) && page.contains("이 이메일이 맞습니다"), "{page}");
        assert_eq!(bank.contents().await, before);

        assert_eq!(
            pages.done("/verify-email", &[("token", &secret), ("new_password", STRONG)]).await,
            "/verify-email?done=verified"
        );
        let again = pages.send("/verify-email", &[("token", &secret), ("new_password", STRONG)]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a link works once");
        assert!(again.text.contains("새 링크 받기"));
        let page = pages.page("/verify-email?done=verified").await;
        assert!(page.contains("/sign-in?to=/account/institution"), "{page}");
        let to = pages.done("/sign-in", &[("email", "new@made-up.example"), ("password", STRONG), ("to", "/account")]);
        assert_eq!(to.await, "/account");
        assert!(pages.page("/account").await.contains("새 사람"));
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_survives_a_mistake_and_an_email_in_use_is_not_told() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = Pages::of(bank, "en");
        let before = bank.contents().await;
        let form = [("email", "no e-mail"), ("name", "Kim & Co"), ("lang", "ko")];
        let reply = pages.send("/register", &form).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text.contains("value=\"no e-mail\"") && reply.text.contains("Kim &#38; Co"), "{}", reply.text);
        assert!(reply.text.contains("href=\"#f-email\""), "{}", reply.text);
        assert_eq!(bank.contents().await, before);

        let known = [("email", cast.researcher.email.as_str()), ("name", "X"), ("lang", "en")];
        assert_eq!(pages.done("/register", &known).await, "/register?done=sent");
        assert_eq!(pages.done("/forgotten", &[("email", "nobody@made-up.example")]).await, "/forgotten?done=sent");
        let letters: Vec<_> = bank.letters().await.into_iter().map(|letter| letter.event).collect();
        assert_eq!(letters, ["email_already_registered"]);
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_and_sessions_end() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let inside = Pages::signed_in(bank, &cast.researcher, "en").await;
        let outside = Pages::of(bank, "en");
        outside.done("/forgotten", &[("email", &cast.researcher.email)]).await;
        let secret = secret(bank).await;
        let weak = outside.send("/reset-password", &[("token", &secret), ("new_password", "password1234")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(weak.text.contains(&secret), "the link is not used up by a weak password");
        let to = outside.done("/reset-password", &[("token", &secret), ("new_password", STRONG)]).await;
        assert_eq!(to, "/reset-password?done=reset");
        assert_eq!(inside.get("/account").await.status, StatusCode::SEE_OTHER);
        outside.done("/sign-in", &[("email", &cast.researcher.email), ("password", STRONG)]).await;
        assert_eq!(bank.told_changes().await, ["password"]);
    })
    .await;
}

#[tokio::test]
async fn staff_without_a_second_factor_are_led_to_set_one_up() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = Pages::of(bank, "en");
        let form = [("email", cast.staff.email.as_str()), ("password", PASSWORD), ("to", "/desk")];
        assert_eq!(pages.done("/sign-in", &form).await, "/account/second-factor");
        assert!(pages.page("/account").await.contains("Your role waits for two-step sign-in"));
        let barred = pages.get("/admin/institutions").await;
        assert_eq!(barred.status, StatusCode::FORBIDDEN);
        assert!(barred.text.contains("href=\"/account/second-factor\""), "{}", barred.text);

        let wrong = pages.send("/account/second-factor/enrol", &[("password", "wrong")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(bank.number("SELECT count(*) FROM second_factor").await, 0);
        let shown = pages.send("/account/second-factor/enrol", &[("password", PASSWORD)]).await;
        assert!(shown.text.contains("<svg viewBox=\"-4 -4 "), "a picture to scan");
        let secret = between(&shown.text, "<span class=\"copy\">", "<").unwrap();
        let address = between(&shown.text, "name=\"address\" value=\"", "\"").unwrap().replace("&#38;", "&");
        let fields = [("code", "000000"), ("secret", secret.as_str()), ("address", address.as_str())];
        let wrong = pages.send("/account/second-factor/confirm", &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains(&secret), "the picture stays for another try");

        let plain = totp_rs::Secret::try_from_base32(secret.replace(' ', "")).unwrap();
        let authenticator = totp_rs::Builder::new().with_secret(plain).build().unwrap();
        let code = authenticator.generate(bank.app.clock.now().timestamp().unsigned_abs()).to_string();
        let codes = pages.send("/account/second-factor/confirm", &[("code", &code)]).await;
        assert_eq!(codes.text.matches("<li><span class=\"copy\">").count(), 10, "{}", codes.text);
        assert!(pages.page("/admin/institutions").await.contains("Institutions"));
        assert_eq!(bank.told_changes().await, ["second_factor_on"]);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked_only_by_its_owner() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = Pages::signed_in(bank, &cast.researcher, "en").await;
        let none = pages.send("/account/tokens", &[("name", "analysis"), ("expiresInDays", "30")]).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(none.text.contains("value=\"analysis\""));
        let form = [("name", "analysis"), ("scopes", "read"), ("expiresInDays", "30")];
        let made = pages.send("/account/tokens", &form).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let token = between(&made.text, "<span class=\"copy secret\">", "<").unwrap();
        assert!(!pages.page("/account/tokens").await.contains(&token));
        let id = bank.number("SELECT max(id) FROM api_token").await;

        let stranger = Pages::signed_in(bank, &cast.stranger, "en").await;
        let barred = stranger.send(&format!("/account/tokens/{id}/revoke"), &[]).await;
        assert_eq!(barred.status, StatusCode::NOT_FOUND);
        assert_eq!(bank.number("SELECT count(*) FROM api_token WHERE revoked_at IS NOT NULL").await, 0);
        pages.done(&format!("/account/tokens/{id}/revoke"), &[]).await;
        assert_eq!(bank.number("SELECT count(*) FROM api_token WHERE revoked_at IS NOT NULL").await, 1);
    })
    .await;
}

#[tokio::test]
async fn profile_password_and_letters_are_changed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = Pages::signed_in(bank, &cast.researcher, "ko").await;
        pages.done("/account/profile", &[("name", "고친 이름"), ("lang", "en")]).await;
        assert!(pages.page("/account?done=profile").await.contains("프로필을 저장했습니다"));
        let empty = pages.send("/account/profile", &[("name", " "), ("lang", "en")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let weak = pages.send("/account/password", &[("password", PASSWORD), ("new_password", "short")]).await;
        assert!(weak.text.contains("id=\"e-new-password\""), "{}", weak.text);
        let wrong = pages.send("/account/password", &[("password", "wrong"), ("new_password", STRONG)]).await;
        assert!(wrong.text.contains("id=\"e-password\""), "{}", wrong.text);
        pages.done("/account/password", &[("password", PASSWORD), ("new_password", STRONG)]).await;
        pages.done("/account/letters", &[("wanted", "request_claimed")]).await;
        let off = "SELECT count(*) FROM mail_preference WHERE NOT wanted";
        assert!(bank.number(off).await > 0);
        assert_eq!(bank.number(&format!("{off} AND event = 'request_claimed'")).await, 0);
        for address in ["sessions", "identities", "institution", "data", "second-factor", "password"] {
            pages.page(&format!("/account/{address}")).await;
        }
        assert_eq!(bank.told_changes().await, ["password"]);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ended_keeps_what_was_typed() {
    on_a_bank(async |bank| {
        let reply = Pages::of(bank, "en").send("/account/profile", &[("name", "Typed name")]).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert!(reply.text.contains("Typed name"), "{}", reply.text);
        let to = Pages::of(bank, "en").get("/account/tokens").await;
        assert_eq!((to.status, to.header("location")), (StatusCode::SEE_OTHER, "/sign-in?to=%2Faccount%2Ftokens"));
    })
    .await;
}

#[tokio::test]
async fn ones_data_are_given_out_and_erased_after_typing_the_email() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = Pages::signed_in(bank, &cast.stranger, "en").await;
        let file = pages.send("/account/data/file", &[]).await;
        assert_eq!(file.json()["account"]["rows"][0]["email"], cast.stranger.email.as_str());
        let before = bank.contents().await;
        let email = cast.stranger.email.as_str();
        for (form, field) in [
            ([("email", "other@made-up.example"), ("password", PASSWORD), ("confirm", "yes")], "f-email"),
            ([("email", email), ("password", PASSWORD), ("other", "")], "f-confirm"),
        ] {
            let refused = pages.send("/account/data/erase", &form).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.text.contains(&format!("href=\"#{field}\"")), "{}", refused.text);
        }
        assert_eq!(bank.contents().await, before);
        let form = [("email", email), ("password", PASSWORD), ("confirm", "yes")];
        assert_eq!(pages.done("/account/data/erase", &form).await, "/account/erased");
        assert!(pages.page("/account/erased").await.contains("The account is erased"));
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE erased_at IS NOT NULL").await, 1);
    })
    .await;
}

#[tokio::test]
async fn somebody_asks_to_join_and_the_one_in_charge_decides() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let place = cast.university.0.to_string();
        let sql = "INSERT INTO institution_token (token, institution_id, weight) VALUES";
        bank.execute(&format!("{sql} ('university', {place}, 2)")).await.unwrap();
        let asks = Pages::signed_in(bank, &cast.stranger, "en").await;
        let found = asks.page("/account/institution?q=Univers").await;
        assert!(found.contains("Made-up University"), "{found}");
        let to = asks.done("/account/institution/join", &[("institution", &place)]).await;
        assert_eq!(to, "/account/institution?done=asked");
        bank.letters().await;
        let members = format!("/institutions/{place}/members");
        assert_eq!(asks.get(&members).await.status, StatusCode::NOT_FOUND, "for those in charge only");
        let id = bank.number("SELECT max(id) FROM institution_membership").await;

        bank.execute(&format!(
            "UPDATE institution_membership SET is_administrator = TRUE WHERE state = 'active' AND person_id = {}",
            cast.researcher.actor.person_id().unwrap().0
        ))
        .await
        .unwrap();
        let decides = Pages::signed_in(bank, &cast.researcher, "ko").await;
        assert!(decides.page(&format!("{members}?state=requested")).await.contains(&cast.stranger.email));
        let before = bank.contents().await;
        let refused = decides.send(&format!("/memberships/{id}/decide"), &[("decision", "refuse")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "a refusal needs a reason");
        assert_eq!(bank.contents().await, before);
        decides.done(&format!("/memberships/{id}/decide"), &[("decision", "approve")]).await;
        let give = [("role", "principal_investigator"), ("change", "give")];
        decides.done(&format!("/memberships/{id}/role"), &give).await;
        let sql = format!(
            "SELECT count(*) FROM institution_membership WHERE id = {id} AND state = 'active'
                           AND is_principal_investigator"
        );
        assert_eq!(bank.number(&sql).await, 1);
        bank.letters().await;
    })
    .await;
}
