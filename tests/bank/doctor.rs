//! `stembank doctor` as an administrator runs it: what is well, what to look at, what is wrong.

use crate::support::{Bank, on_a_bank};
use std::net::TcpListener;
use std::process::{Command, Output};

fn doctor(bank: &Bank, lang: &str, settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stembank"));
    command.args(["--config", "no-such-file.toml", "doctor"]).env("LANG", lang).env("RUST_LOG", "error");
    command.env("BANK_DATABASE_URL", &bank.app.config.database_url).envs(settings.iter().copied());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A port of this machine on which nobody listens.
fn silent_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_without_mail_is_well_and_told_so_in_both_languages() {
    on_a_bank(async |bank| {
        let before = bank.contents().await;
        let english = doctor(bank, "en_US.UTF-8", &[("BANK_PUBLIC_URL", "https://bank.example")]);
        assert!(english.status.success(), "{}", said(&english));
        let text = said(&english);
        let well =
            ["ok\tsettings\t", "ok\tdatabase\ta bank, at this version", "ok\tclock\t", "ok\tmetrics\tnot served"];
        for line in well.into_iter().chain(["LOOK\tmail\tno [smtp]"]) {
            assert!(text.contains(line), "{line}: {text}");
        }
        let korean = said(&doctor(bank, "ko_KR.UTF-8", &[("BANK_PUBLIC_URL", "https://bank.example")]));
        for line in ["정상\t설정\t", "정상\t데이터베이스\t은행, 최신 버전", "주의\t메일\t"] {
            assert!(korean.contains(line), "{line}: {korean}");
        }
        assert_eq!(bank.contents().await, before, "looking changed something");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_that_anybody_could_read_are_pointed_out() {
    on_a_bank(async |bank| {
        let token = ("BANK_METRICS__TOKEN", "a-made-up-token-for-prometheus");
        let listen = |address| ("BANK_METRICS__LISTEN", address);
        for (settings, lang, line) in [
            (vec![listen("0.0.0.0:9464")], "en_US.UTF-8", "LOOK\tmetrics\t0.0.0.0:9464 can be reached from outside"),
            (vec![listen("0.0.0.0:9464")], "ko_KR.UTF-8", "주의\t지표\t0.0.0.0:9464 주소는 외부에서"),
            (vec![listen("0.0.0.0:9464"), token], "en_US.UTF-8", "ok\tmetrics\t0.0.0.0:9464 and /metrics ask for"),
            (vec![listen("[::1]:9464")], "en_US.UTF-8", "ok\tmetrics\t[::1]:9464, on this machine only"),
            (vec![token], "en_US.UTF-8", "ok\tmetrics\t/metrics asks for its token"),
        ] {
            let text = said(&doctor(bank, lang, &settings));
            assert!(text.contains(line) && !text.contains(token.1), "{line}: {text}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_ends_with_status_1() {
    on_a_bank(async |bank| {
        let port = silent_port();
        let issuer = format!("http://127.0.0.1:{}", silent_port());
        let settings = [
            ("BANK_PUBLIC_URL", "http://bank.example"),
            ("BANK_SMTP__HOST", "127.0.0.1"),
            ("BANK_SMTP__PORT", port.as_str()),
            ("BANK_SMTP__TLS", "none"),
            ("BANK_SMTP__FROM", "bank@example.org"),
            ("BANK_IDENTITY_PROVIDERS__LOCAL__NAME_EN", "Made-up"),
            ("BANK_IDENTITY_PROVIDERS__LOCAL__NAME_KO", "지어낸"),
            ("BANK_IDENTITY_PROVIDERS__LOCAL__ISSUER", issuer.as_str()),
            ("BANK_IDENTITY_PROVIDERS__LOCAL__CLIENT_ID", "x"),
        ];
        let output = doctor(bank, "en_US.UTF-8", &settings);
        assert_eq!(output.status.code(), Some(1));
        let text = said(&output);
        for line in ["WRONG\tsettings\tpublic_url", "WRONG\tmail\t", "WRONG\tsign-in provider local\t"] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(String::from_utf8(output.stderr).unwrap().contains("3 thing(s) to mend"));

        let away = [("BANK_DATABASE_URL", "postgres://nobody@127.0.0.1:9/none")];
        let output = doctor(bank, "en_US.UTF-8", &away);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("WRONG\tdatabase\tcannot be reached"), "{}", said(&output));
    })
    .await;
}
