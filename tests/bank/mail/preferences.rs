//! What people want to be told.

use super::key;
use crate::support::on_a_bank;
use serde_json::{Value, json};

const LIST: &str = "{ viewer { mailPreferences { event label isDuty wanted } } }";

#[tokio::test]
async fn news_can_be_switched_off_and_on_again() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let set = async |wanted: bool| {
            let input = json!({ "event": "REQUEST_CLAIMED", "wanted": wanted });
            let fields = "event label isDuty wanted";
            let answer = bank.done(&cast.researcher, "setMailPreference", "mailPreference", fields, input).await;
            assert_eq!((&answer["wanted"], &answer["isDuty"]), (&json!(wanted), &json!(false)));
        };
        let notified = async || {
            bank.claimed(&cast, &[(line.id, 1)]).await;
            let letters = bank.letters().await;
            letters
                .iter()
                .any(|letter| letter.event == "request_claimed" && letter.recipient_id == key(&cast.researcher))
        };
        assert!(notified().await, "letters are wanted unless told otherwise");
        set(false).await;
        assert!(!notified().await);
        set(true).await;
        assert!(notified().await);
        assert_eq!(bank.number("SELECT count(*) FROM mail_preference").await, 1);
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'mail.preference'").await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_one_person_switches_off_others_still_get() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let input = json!({ "event": "REQUEST_WITHDRAWN", "wanted": false });
        bank.done(&cast.staff, "setMailPreference", "mailPreference", "wanted", input).await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        let input = json!({ "request": journey.id });
        bank.done(&cast.researcher, "withdrawDistributionRequest", "distributionRequest", "state", input).await;
        let letters = bank.letters().await;
        let withdrawn = letters.iter().filter(|letter| letter.event == "request_withdrawn");
        assert_eq!(withdrawn.map(|letter| letter.recipient_id).collect::<Vec<_>>(), [key(&cast.second_staff)]);
    })
    .await;
}

#[tokio::test]
async fn duties_are_listed_as_such_and_cannot_be_switched_off() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let input = json!({ "event": "SHIPMENT_RECEIVED", "wanted": false });
        bank.done(&cast.staff, "setMailPreference", "mailPreference", "wanted", input).await;
        let list = bank.data(&cast.staff, LIST, json!({})).await["viewer"]["mailPreferences"].clone();
        let find = |event: &str| list.as_array().unwrap().iter().find(|p| p["event"] == event).unwrap().clone();
        let submitted =
            json!({ "event": "REQUEST_SUBMITTED", "label": "A request came in", "isDuty": true, "wanted": true });
        assert_eq!(find("REQUEST_SUBMITTED"), submitted);
        assert_eq!(find("SHIPMENT_RECEIVED")["wanted"], false);
        let other = bank.data(&cast.second_staff, LIST, json!({})).await["viewer"]["mailPreferences"].clone();
        assert!(other.as_array().unwrap().iter().all(|preference| preference["wanted"] == true));

        let before = bank.contents().await;
        let query = "mutation { setMailPreference(input: { event: RESET_PASSWORD, wanted: false }) {
                       mailPreference { wanted } errors { code field message } } }";
        let en = "'Choose a new password' cannot be switched off: it asks something of you or concerns your account.";
        let ko = "'비밀번호 재설정' 메일은 수신을 끌 수 없습니다. 처리하실 일이나 계정에 관한 메일이기 때문입니다.";
        for (lang, message) in [("en", en), ("ko", ko)] {
            let body = json!({ "query": query }).to_string();
            let (_, answer) = bank.post(Some(&cast.staff.token), &[("accept-language", lang)], body).await;
            let error = json!({ "code": "CANNOT_BE_SWITCHED_OFF", "field": "event", "message": message });
            let payload = json!({ "mailPreference": Value::Null, "errors": [error] });
            assert_eq!(answer["data"]["setMailPreference"], payload);
        }
        assert_eq!(bank.contents().await, before);
    })
    .await;
}
