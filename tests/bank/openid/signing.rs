//! Signing by who has no password: at the provider once more, for one signature.

use super::*;
use crate::cast::Cast;
use futures_util::future::join_all;
use serde_json::Value;
use std::time::Duration as Wait;

const SIGN: &str = "mutation($input: SignAgreementInput!) { signAgreement(input: $input) {
    agreement { state nextParty signatures { party authentication manifestation } } errors { code field message } } }";

/// An offered agreement whose investigator and signatory have no password.
async fn offered(bank: &Bank) -> Option<(App, Cast, Value)> {
    let app = with_providers(bank)?;
    let cast = bank.cast().await;
    let line = bank.line("TEST-0001").await;
    bank.lot(&cast.staff, line.id, "TEST-LOT-1", 4).await;
    let journey = bank.approved(&cast, &[(line.id, 1)]).await;
    let agreement = bank.offered(&cast, &journey).await;
    let sql =
        "UPDATE person SET password_hash = NULL WHERE email IN ('researcher@example.org', 'signatory@example.org')";
    bank.execute(sql).await.unwrap();
    bank.letters().await;
    Some((app, cast, agreement))
}

fn address(provider: &str, agreement: &Value, party: &str) -> String {
    let (id, hash) = (agreement["id"].as_str().unwrap(), agreement["documentHash"].as_str().unwrap());
    format!("/sign-in/{provider}/signature?agreement={id}&party={party}&documentHash={hash}&return_to=/requests%23x")
}

impl Browser {
    /// Signed in at the bank by the provider, and still signed in there.
    async fn of(app: &App, login: &str) -> Self {
        let mut browser = Self::new(app);
        assert_eq!(browser.sign_in("local", login).await.status, StatusCode::SEE_OTHER);
        browser
    }

    /// Authenticates for a signature; it takes a person half a minute.
    async fn authenticate(&mut self, provider: &str, agreement: &Value, party: &str, login: &str) -> Reply {
        let leaving = self.pages.get(&address(provider, agreement, party)).await;
        assert_eq!(leaving.status, StatusCode::SEE_OTHER, "{}", leaving.text);
        assert!(
            leaving.header("location").contains("prompt=login") && leaving.header("location").contains("max_age=0")
        );
        self.app.clock.set(self.app.clock.now() + Duration::seconds(30));
        let path = self.fetch_code(leaving.header("location"), login).await;
        self.pages.get(&path).await
    }

    /// The same, to whom it is granted: the proof.
    async fn proof(&mut self, agreement: &Value, party: &str, login: &str) -> String {
        let answer = self.authenticate("local", agreement, party, login).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer
            .header("location")
            .strip_prefix("/requests#proof=")
            .unwrap_or_else(|| panic!("{}", answer.header("location")))
            .into()
    }

    async fn sign(&self, input: &Value, lang: &str) -> Value {
        let answer = self.send(SIGN, json!({ "input": input }), lang).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"]["signAgreement"].clone()
    }
}

fn by_proof(agreement: &Value, party: &str, email: &str, proof: &str) -> Value {
    json!({ "agreement": agreement["id"], "party": party, "meaning": "I agree", "documentHash": agreement["documentHash"],
        "email": email, "proof": proof })
}

/// Signing has to be refused with one code, at one field, with one sentence in each language, and to change nothing.
async fn refuses(bank: &Bank, browser: &Browser, input: &Value, code: [&str; 2], sentences: [&str; 2]) {
    let before = bank.contents().await;
    for (lang, sentence) in ["en", "ko"].into_iter().zip(sentences) {
        let error = browser.sign(input, lang).await["errors"][0].clone();
        let expected = json!({ "code": code[0], "field": code[1], "message": sentence });
        assert_eq!(error, expected);
    }
    assert_eq!(bank.contents().await, before, "a refused signature changed something");
}

const USED: [&str; 2] = [
    "This proof was used already; authenticate at your provider again for each signature.",
    "이미 사용된 인증입니다. 서명할 때마다 제공자에서 다시 인증해 주십시오.",
];
const OTHER_SESSION: [&str; 2] = [
    "This proof belongs to another session; authenticate and sign in the same one.",
    "다른 세션에서 받은 인증입니다. 같은 세션에서 인증하고 서명해 주십시오.",
];
const OTHER_MATTER: [&str; 2] = [
    "This proof is for another agreement, party or text; authenticate for the one you sign.",
    "다른 협약, 당사자 또는 협약서에 대한 인증입니다. 서명할 협약에 대하여 다시 인증해 주십시오.",
];
/// What a page says of everything that there is not.
const NOT_THERE: &str = "페이지를 찾을 수 없습니다";
const PROOF: [&str; 2] = ["PROOF_INVALID", "proof"];

#[tokio::test]
async fn who_has_no_password_signs_by_authenticating_again_at_the_provider() {
    on_a_bank(async |bank| {
        let Some((app, cast, agreement)) = offered(bank).await else { return };
        let mut investigator = Browser::of(&app, "researcher@example.org").await;
        let mut signatory = Browser::of(&app, "signatory@example.org").await;

        let proof = investigator.proof(&agreement, "PRINCIPAL_INVESTIGATOR", "researcher@example.org").await;
        let input = by_proof(&agreement, "PRINCIPAL_INVESTIGATOR", " Researcher@example.org", &proof);
        let signed = investigator.sign(&input, "en").await;

        assert_eq!((&signed["errors"], &signed["agreement"]["nextParty"]), (&json!([]), &json!("RECIPIENT")));
        let signature = &signed["agreement"]["signatures"][0];
        assert_eq!(signature["authentication"], "PROVIDER");
        assert_eq!(
            signature["manifestation"],
            "Signed by Made-up researcher for the principal investigator on 2026-03-02 12:00:30 (Asia/Seoul), meaning \
             \"I agree\"; proved by e-mail and a fresh authentication at the identity provider."
        );
        refuses(bank, &investigator, &input, PROOF, USED).await;

        let proof = signatory.proof(&agreement, "RECIPIENT", "signatory@example.org").await;
        let input = by_proof(&agreement, "RECIPIENT", "signatory@example.org", &proof);
        // Sent many times at once it is one signature.
        let all = join_all((0..4).map(|_| signatory.sign(&input, "en"))).await;
        assert_eq!(all.iter().filter(|signed| signed["errors"] == json!([])).count(), 1, "{all:#?}");
        let signed = bank.sign(&cast.administrator, &agreement, "BANK").await;
        assert_eq!(signed["state"], "IN_FORCE");

        let ways = "SELECT count(*) FROM signature WHERE authentication = ";
        assert_eq!(bank.number(&format!("{ways}'provider'")).await, 2);
        assert_eq!(bank.number(&format!("{ways}'password'")).await, 1);
        let events = "SELECT count(*) FROM audit_event WHERE action = 'account.authenticate_to_sign'";
        assert_eq!(bank.number(events).await, 2);
        for (table, rows) in bank.contents().await {
            assert!(!rows.iter().any(|row| row.contains(&proof)), "{table} keeps the proof itself");
        }
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_proof_is_good_for_one_signature_in_one_session_for_five_minutes() {
    on_a_bank(async |bank| {
        let Some((app, cast, agreement)) = offered(bank).await else { return };
        let line = bank.line("TEST-0002").await;
        let other = bank.approved(&cast, &[(line.id, 1)]).await;
        let other = bank.offered(&cast, &other).await;
        bank.letters().await;
        let (party, email) = ("PRINCIPAL_INVESTIGATOR", "researcher@example.org");
        let mut browser = Browser::of(&app, email).await;
        let proof = browser.proof(&agreement, party, email).await;
        let input = by_proof(&agreement, party, email, &proof);

        refuses(bank, &browser, &by_proof(&other, party, email, &proof), PROOF, OTHER_MATTER).await;
        let mut another_text = input.clone();
        another_text["documentHash"] = other["documentHash"].clone();
        refuses(bank, &browser, &another_text, PROOF, OTHER_MATTER).await;
        let second = Browser::of(&app, email).await;
        refuses(bank, &second, &input, PROOF, OTHER_SESSION).await;
        let unknown = [
            "The bank does not know this proof; authenticate at your provider for this signature.",
            "확인할 수 없는 인증입니다. 이 서명을 위해 제공자에서 다시 인증해 주십시오.",
        ];
        refuses(bank, &browser, &by_proof(&agreement, party, email, "made up"), PROOF, unknown).await;
        let email_of_another = [
            "This e-mail is not yours; everybody signs for themselves.",
            "본인의 이메일이 아닙니다. 서명은 본인만 할 수 있습니다.",
        ];
        let mismatch = ["SIGNER_MISMATCH", "email"];
        let foreign = by_proof(&agreement, party, &cast.signatory.email, &proof);
        refuses(bank, &browser, &foreign, mismatch, email_of_another).await;

        // By a token there is no session to which a proof could belong.
        let before = bank.contents().await;
        let answer = bank.ask(Some(&cast.researcher.token), SIGN, json!({ "input": input })).await;
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "SESSION_REQUIRED", "{answer:#}");
        assert_eq!(bank.contents().await, before);

        let late = app.clock.now() + Duration::minutes(5);
        app.clock.set(late);
        let expired = [
            "This proof has expired; authenticate at your provider again and sign within five minutes.",
            "유효 시간이 지난 인증입니다. 제공자에서 다시 인증한 후 5분 안에 서명해 주십시오.",
        ];
        refuses(bank, &browser, &input, PROOF, expired).await;
        app.clock.set(late - Duration::seconds(1));
        assert_eq!(browser.sign(&input, "en").await["errors"], json!([]), "a refused proof is not used up");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn an_authentication_before_the_beginning_or_of_somebody_else_gives_no_proof() {
    on_a_bank(async |bank| {
        let Some((app, _, agreement)) = offered(bank).await else { return };
        let (party, email) = ("PRINCIPAL_INVESTIGATOR", "researcher@example.org");
        let mut browser = Browser::of(&app, email).await;
        let before = bank.contents().await;

        // Whoever holds the browser can take away that the provider is to ask again.
        tokio::time::sleep(Wait::from_secs(4)).await;
        let leaving = browser.pages.get(&address("local", &agreement, party)).await;
        for max_age in ["&max_age=100000", ""] {
            let tampered = leaving.header("location").replace("&prompt=login", "").replace("&max_age=0", max_age);
            assert_ne!(tampered, leaving.header("location"));
            let again = browser.pages.get(&address("local", &agreement, party)).await;
            let state = again.header("location").split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
            let tampered = again.header("location").replace("&prompt=login", "").replace("&max_age=0", max_age);
            let path = browser.fetch_code(&tampered, "nobody@example.org").await;
            assert!(path.contains(&state));
            let answer = browser.pages.get(&path).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.header("location"));
            assert!(answer.text.contains("제공자에서 방금 인증하셨음이 확인되지 않았습니다."), "{}", answer.text);
        }
        bank.execute("DELETE FROM openid_login").await.unwrap();
        assert_eq!(bank.contents().await, before);

        browser.provider.clear();
        let answer = browser.authenticate("local", &agreement, party, "somebody-else@example.org").await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.header("location"));
        assert!(answer.text.contains("연결되어 있지 않던 신원입니다"), "{}", answer.text);
        assert_eq!(bank.contents().await, before);

        // An identity that is linked in the session proves nothing beyond the session.
        browser.link("other", "of-an-intruder@example.org", "").await;
        let before = bank.contents().await;
        let answer = browser.authenticate("other", &agreement, party, "of-an-intruder@example.org").await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.header("location"));
        assert!(answer.text.contains("연결되어 있지 않던 신원입니다"), "{}", answer.text);
        assert_eq!(bank.contents().await, before);
        assert_eq!(bank.number("SELECT count(*) FROM signing_proof").await, 0);
        assert_eq!(bank.told_changes().await, ["identity_linked"]);
    })
    .await;
}

#[tokio::test]
async fn the_way_back_has_to_end_in_the_session_in_which_it_began() {
    on_a_bank(async |bank| {
        let Some((app, _, agreement)) = offered(bank).await else { return };
        let (party, email) = ("PRINCIPAL_INVESTIGATOR", "researcher@example.org");
        let mut browser = Browser::of(&app, email).await;
        let leaving = browser.pages.get(&address("local", &agreement, party)).await;
        let path = browser.fetch_code(leaving.header("location"), email).await;
        let renewed = Browser::of(&app, email).await;
        browser.pages.take_session_of(&renewed.pages);
        let answer = browser.pages.get(&path).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.header("location"));
        assert!(answer.text.contains("시작하신 세션에 로그인되어 있지 않습니다"), "{}", answer.text);
        assert_eq!(bank.number("SELECT count(*) FROM signing_proof").await, 0);
        assert_eq!(bank.number("SELECT count(*) FROM session WHERE ended_at IS NULL").await, 2, "nobody was signed in");
    })
    .await;
}

#[tokio::test]
async fn who_could_not_sign_anyway_is_told_before_they_go() {
    on_a_bank(async |bank| {
        let Some((app, cast, agreement)) = offered(bank).await else { return };
        let party = "PRINCIPAL_INVESTIGATOR";
        let nobody = Browser::new(&app);
        let mut stranger = Browser::of(&app, &cast.stranger.email).await;
        let mut signatory = Browser::of(&app, "signatory@example.org").await;
        let mut investigator = Browser::of(&app, "researcher@example.org").await;
        let before = bank.contents().await;
        let refused = async |browser: &mut Browser, path: &str, status: StatusCode, sentence: &str| {
            let answer = browser.pages.get(path).await;
            assert_eq!(answer.status, status, "{path}");
            assert!(answer.text.contains(sentence), "{path}: {}", answer.text);
        };
        let own = address("local", &agreement, party);
        let answer = nobody.pages.get(&own).await;
        assert!(answer.header("location").starts_with("/sign-in?to=%2Fsign-in%2Flocal%2Fsignature"), "{answer:?}");
        refused(&mut stranger, &own, StatusCode::NOT_FOUND, NOT_THERE).await;
        let turn = "다음 서명 차례는 연구책임자입니다.";
        refused(&mut signatory, &address("local", &agreement, "RECIPIENT"), StatusCode::CONFLICT, turn).await;
        let changed = own.replace("&return_to", "0&return_to");
        let read_again =
            "읽으신 협약서와 현재 협약서가 다릅니다. 협약서를 다시 읽고 그 documentHash로 서명해 주십시오.";
        refused(&mut investigator, &changed, StatusCode::CONFLICT, read_again).await;
        for path in [own.replace(party, "SOMEBODY"), own.replace("agreement=", "agreement=x")] {
            refused(&mut investigator, &path, StatusCode::NOT_FOUND, NOT_THERE).await;
        }
        let unknown = address("nobody", &agreement, party);
        refused(&mut investigator, &unknown, StatusCode::NOT_FOUND, NOT_THERE).await;
        assert_eq!(bank.contents().await, before);
        bank.execute("UPDATE person SET password_hash = 'x' WHERE email = 'researcher@example.org'").await.unwrap();
        let password = "비밀번호가 있는 계정입니다. 비밀번호로 서명해 주십시오.";
        refused(&mut investigator, &own, StatusCode::CONFLICT, password).await;
        assert_eq!(bank.number("SELECT count(*) FROM openid_login").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_page_of_an_agreement_takes_the_proof_without_a_script() {
    on_a_bank(async |bank| {
        let Some((app, _, agreement)) = offered(bank).await else { return };
        let (party, email) = ("PRINCIPAL_INVESTIGATOR", "researcher@example.org");
        let mut browser = Browser::of(&app, email).await;
        let page = "/requests/REQ-2026-00001/agreement";
        let shown = browser.pages.page(page).await;
        let way = between(&shown, "href=\"/sign-in/local/signature?", "\"").expect("the page leads to the provider");
        let way = format!("/sign-in/local/signature?{}", way.replace("&#38;", "&").replace("&amp;", "&"));
        let sign = format!("{page}/sign");
        let form = [("meaning", "yes"), ("party", "principal_investigator"), ("email", email)];
        let hash = agreement["documentHash"].as_str().unwrap();
        let form: Vec<_> = form.into_iter().chain([("documentHash", hash)]).collect();

        let before = bank.contents().await;
        let early = browser.pages.send(&sign, &form).await;
        assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing is proved yet");
        assert_eq!(bank.contents().await, before);

        let proves = async |browser: &mut Browser| {
            let leaving = browser.pages.get(&way).await;
            app.clock.set(app.clock.now() + Duration::seconds(30));
            let path = browser.fetch_code(leaving.header("location"), email).await;
            browser.pages.get(&path).await
        };
        let back = proves(&mut browser).await;
        assert_eq!(back.header("location"), format!("{page}?text=ko"), "the proof stands in no address");
        let shown = browser.pages.page(back.header("location")).await;
        assert!(shown.contains("본인 확인을 마쳤습니다") && !shown.contains("name=\"password\""), "{shown}");

        app.clock.set(app.clock.now() + Duration::minutes(5));
        let late = browser.pages.send(&sign, &form).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.text.contains("유효 시간이 지난 인증입니다") && late.text.contains(&way[..24]), "{}", late.text);
        assert_eq!(bank.number("SELECT count(*) FROM signature").await, 0, "{party}");

        proves(&mut browser).await;
        let signed = browser.pages.done(&sign, &form).await;
        assert_eq!(signed, format!("{page}?done=signed"));
        assert_eq!(bank.number("SELECT count(*) FROM signature WHERE authentication = 'provider'").await, 1);
        assert!(!browser.pages.cookies().contains("stembank_proof"), "a used proof is forgotten");
        bank.letters().await;
    })
    .await;
}
