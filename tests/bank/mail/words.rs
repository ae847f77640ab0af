//! What letters say, as they come out of a mail program.

use super::server::{Received, Server};
use super::{key, post, rows, states, worker};
use crate::cast::{Cast, Person};
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use stembank::mail::LetterKind;

/// Everything that any letter needs.
pub fn facts() -> Value {
    json!({
        "request": "REQ-2026-00042", "agreement": "MTA-2026-00007", "shipment": "SHP-2026-00003", "state": "approved",
        "comment": "The plan lacks a date.\n.It begins with a dot.", "reason": "Clause 4", "line": 1, "vials": 2,
        "until": "2026-03-16T15:30:00+00:00", "cell_line": "KSCB-0001", "days": 8, "waits_for": "review",
        "link_secret": "made-up-secret", "expires_at": "2026-03-03T03:00:00+00:00", "outcome": "verified",
        "day": "2026-03-02", "sequence": 7, "hash": "made-up-hash", "from": "bank",
        "reason_en": "The karyotype changed.", "reason_ko": "핵형이 달라졌습니다.",
        "institution_name": "Made-up University", "institution_name_ko": "지어낸 대학교", "role": "signatory",
        "granted": true, "into_name": "University That Counts", "into_name_ko": "통합된 병원",
        "change": "password", "at": "2026-03-02T03:00:00+00:00", "provider": "Made-up provider", "provider_ko": "지어낸 제공자",
    })
}

pub async fn speaks(bank: &Bank, person: &Person, lang: &str) {
    bank.execute(&format!("UPDATE person SET locale = '{lang}' WHERE id = {}", key(person).0)).await.unwrap();
}

/// One letter, sent and received.
pub async fn received(bank: &Bank, server: &Server, to: &Person, letter: LetterKind, detail: Value) -> Received {
    post(bank, to, letter, 42, detail).await;
    let round = worker(bank, server).round().await.unwrap();
    assert_eq!(round.sent, 1, "{letter:?}: {:?}", rows(bank).await.last());
    server.received().remove(0)
}

#[tokio::test]
async fn a_letter_has_the_headers_that_mail_programs_need() {
    on_a_bank(async |bank| {
        let Cast { researcher, .. } = bank.cast().await;
        let server = Server::start();
        let first = received(bank, &server, &researcher, LetterKind::RequestClaimed, facts()).await;
        assert_eq!(first.header("From"), "\"Made-up Bank\" <post@bank.example>");
        assert_eq!(first.header("To"), "\"Made-up researcher\" <researcher@example.org>");
        assert_eq!(first.header("Subject"), "[REQ-2026-00042] Your request is under review");
        assert_eq!(first.header("Date"), "Mon, 02 Mar 2026 03:00:00 +0000");
        assert_eq!(first.header("Auto-Submitted"), "auto-generated");
        assert_eq!(first.header("Content-Language"), "en");
        let id = first.header("Message-ID");
        assert!(id.starts_with("<mail.1.") && id.ends_with("@bank.example>"), "{id}");
        assert_eq!(
            first.text(),
            "Dear Made-up researcher,\n\nA member of the bank's staff began to review your request REQ-2026-00042.\n\n\
             It is the bank's turn; there is nothing for you to do now.\n\
             http://127.0.0.1:8080/requests/REQ-2026-00042\n\n-- \nMade-up Bank\n\
             This letter was sent automatically; answers to it are not read.\n"
        );

        let second = received(bank, &server, &researcher, LetterKind::RequestDecided, facts()).await;
        assert_ne!(second.header("Message-ID"), id);
        assert_eq!(second.header("References"), "<DistributionRequest.42@bank.example>");
        for name in ["References", "In-Reply-To"] {
            assert_eq!(second.header(name), first.header(name), "letters of one request belong together");
        }
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_in_the_language_of_its_reader() {
    on_a_bank(async |bank| {
        let Cast { researcher, .. } = bank.cast().await;
        speaks(bank, &researcher, "ko").await;
        bank.execute("UPDATE person SET name = '홍길동'").await.unwrap();
        let server = Server::start();
        let mail = received(bank, &server, &researcher, LetterKind::RequestReturned, facts()).await;
        assert_eq!(mail.header("Subject"), "[REQ-2026-00042] 신청 내용을 보완해 주십시오");
        assert_eq!(mail.header("To"), "홍길동 <researcher@example.org>");
        assert_eq!(mail.header("Content-Language"), "ko");
        assert_eq!(
            mail.text(),
            "홍길동 님께\n\n은행이 분양 신청 REQ-2026-00042를 보완하도록 되돌려 보냈습니다.\n\n\
             \u{20}   The plan lacks a date.\n    .It begins with a dot.\n\n\
             신청인의 차례입니다. 내용을 보완하여 다시 제출해 주십시오.\n\
             http://127.0.0.1:8080/requests/REQ-2026-00042\n\n-- \nMade-up Bank\n\
             이 메일은 자동으로 발송되었으며, 회신하셔도 읽지 않습니다.\n"
        );
        assert!(mail.raw().is_ascii(), "the letter needs a server that takes more than ASCII");
    })
    .await;
}

#[tokio::test]
async fn every_letter_is_whole_in_both_languages() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::start();
        let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        for lang in ["en", "ko"] {
            speaks(bank, &cast.researcher, lang).await;
            for letter in LetterKind::ALL {
                let mut facts = facts();
                if *letter == LetterKind::MembershipDecided {
                    facts["state"] = json!("active");
                }
                let mail = received(bank, &server, &cast.researcher, *letter, facts).await;
                let (subject, text) = (mail.header("Subject"), mail.text());
                assert_eq!(
                    (hangul(&subject), hangul(&text)),
                    (lang == "ko", lang == "ko"),
                    "{letter:?}: {subject}\n{text}"
                );
                for unfilled in ["{", "}", "null", "None", "()", "가(이)", "  을", "undefined"] {
                    assert!(!subject.contains(unfilled) && !text.contains(unfilled), "{letter:?}: {subject}\n{text}");
                }
                assert!(text.contains("http://127.0.0.1:8080/"), "{letter:?} leads nowhere: {text}");
                let turn = ["turn", "Nothing more", "try again", "Sign in", "차례", "더 ", "다시 시도", "로그인"];
                assert!(turn.iter().any(|words| text.contains(words)), "{letter:?} does not say what to do: {text}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_member_reads_which_role_was_given_or_taken_and_where_they_belong_now() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::start();
        let mut said = vec![];
        for lang in ["en", "ko"] {
            speaks(bank, &cast.researcher, lang).await;
            for (role, granted) in [("signatory", true), ("administrator", false), ("principal_investigator", true)] {
                let mut detail = facts();
                detail["role"] = json!(role);
                detail["granted"] = json!(granted);
                let mail = received(bank, &server, &cast.researcher, LetterKind::InstitutionRoleChanged, detail).await;
                said.push(mail.text());
            }
            let mail = received(bank, &server, &cast.researcher, LetterKind::InstitutionMerged, facts()).await;
            said.push(mail.text());
        }
        let mut nameless = facts();
        nameless["institution_name_ko"] = json!(null);
        let mail = received(bank, &server, &cast.researcher, LetterKind::InstitutionMerged, nameless).await;
        said.push(mail.text());
        let expected = [
            "You were made signatory at Made-up University: you sign agreements for the institution.",
            "You are no longer administrator at Made-up University; you still belong to it.",
            "You were made principal investigator at Made-up University: colleagues can name you",
            "Made-up University was merged into University That Counts. You belong to University That Counts now",
            "지어낸 대학교의 서명권자 역할이 부여되었습니다. 앞으로 기관을 대표하여 협약에 서명하게 됩니다.",
            "지어낸 대학교의 기관 관리자 역할이 해제되었습니다. 소속은 그대로 유지됩니다.",
            "지어낸 대학교의 연구책임자 역할이 부여되었습니다.",
            "지어낸 대학교가 통합된 병원으로 통합되었습니다.",
            "Made-up University가 통합된 병원으로 통합되었습니다.",
        ];
        for (text, expected) in said.iter().zip(expected) {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert_eq!(said.len(), expected.len());
    })
    .await;
}

#[tokio::test]
async fn what_a_letter_lacks_makes_it_dead_and_never_wrong() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::start();
        for letter in LetterKind::ALL {
            post(bank, &cast.researcher, *letter, 42, json!({})).await;
        }
        let (mut sent, mut dead) = (0, 0);
        // A round takes no more than twenty.
        for _ in 0..2 {
            let round = worker(bank, &server).round().await.unwrap();
            (sent, dead) = (sent + round.sent, dead + round.dead);
        }
        let able = [
            LetterKind::AccountLocked,
            LetterKind::EmailAlreadyRegistered,
            LetterKind::MembershipRequested,
            LetterKind::InstitutionProposed,
        ];
        assert_eq!((sent, dead), (able.len(), LetterKind::ALL.len() - able.len()));
        assert_eq!(rows(bank).await[0]["last_error"], "the letter is not whole: missing field `request`");
        server.received();
    })
    .await;
}

#[tokio::test]
async fn the_secret_of_a_link_leaves_the_outbox_with_the_letter() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::start();
        let links = [
            (LetterKind::VerifyEmail, "verify-email"),
            (LetterKind::ResetPassword, "reset-password"),
            (LetterKind::Invitation, "invitation"),
        ];
        for (letter, page) in links {
            let mail =
                received(bank, &server, &cast.researcher, letter, json!({ "link_secret": "made-up-secret" })).await;
            let link = format!("\nhttp://127.0.0.1:8080/{page}?token=made-up-secret\n");
            assert!(mail.text().contains(&link), "{}", mail.text());
        }
        server.script([super::server::Act::Answer(super::server::Stage::Rcpt, "550 no")]);
        post(bank, &cast.researcher, LetterKind::ResetPassword, 42, json!({ "link_secret": "made-up-secret" })).await;
        worker(bank, &server).round().await.unwrap();
        assert_eq!(states(bank).await, ["sent", "sent", "sent", "dead"]);
        assert!(!format!("{:?}", bank.contents().await).contains("made-up-secret"), "a secret stays behind");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_a_stranger_chose_reaches_no_unproved_address() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.execute("UPDATE person SET name = 'Win now at evil.example'").await.unwrap();
        let server = Server::start();
        let secret = json!({ "link_secret": "s" });
        for letter in [LetterKind::VerifyEmail, LetterKind::Invitation] {
            let mail = received(bank, &server, &cast.researcher, letter, secret.clone()).await;
            assert!(!mail.raw().contains("evil") && !mail.text().contains("evil"), "{}", mail.raw());
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_cannot_add_a_header() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let id = key(&cast.researcher).0;
        let break_out = "'A' || CHR(13) || CHR(10) || 'Bcc: b@evil.example'";
        let break_out = match bank.engine() {
            sea_orm::DbBackend::Sqlite => break_out.replace("CHR", "char"),
            _ => break_out.into(),
        };
        bank.execute(&format!("UPDATE person SET name = {break_out} WHERE id = {id}")).await.unwrap();
        let server = Server::start();
        let mail = received(bank, &server, &cast.researcher, LetterKind::RequestClaimed, facts()).await;
        assert_eq!(mail.header("To"), "A Bcc: b@evil.example <researcher@example.org>");
        assert!(!mail.raw().lines().any(|line| line.starts_with("Bcc")), "{}", mail.raw());
    })
    .await;
}
