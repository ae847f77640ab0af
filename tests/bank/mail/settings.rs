//! The settings of mail, and what is said when they do not fit the server.

use super::server::{Server, Tls};
use super::{post_many, rows, states, wait, worker};
use crate::support::on_a_bank;
use chrono::Duration;
use std::path::Path;
use std::process::{Command, Stdio};
use stembank::config::{Secret, Smtp, SmtpTls};
use stembank::error::DomainError;
use stembank::language::{Lang, particle};
use stembank::mail::check;

/// A certificate for `localhost` that vouches for itself; `None` without OpenSSL's command.
fn certificate(folder: &Path) -> Option<Tls> {
    let openssl = Command::new("openssl").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !openssl.is_ok_and(|status| status.success()) {
        eprintln!("without the command 'openssl' nothing is tried over TLS");
        return None;
    }
    let tls = Tls { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
    let settings = "[req]\ndistinguished_name = name\nx509_extensions = own\nprompt = no\n[name]\nCN = localhost\n\
                    [own]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = DNS:localhost\n";
    std::fs::write(folder.join("settings"), settings).unwrap();
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-config",
        ])
        .arg(folder.join("settings"))
        .arg("-keyout")
        .arg(&tls.key)
        .arg("-out")
        .arg(&tls.certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "openssl makes no certificate");
    Some(tls)
}

/// What is wrong, in both languages.
async fn wrong(settings: &Smtp) -> (String, String) {
    let error = check(settings).await.expect_err("the settings do not fit");
    (error.say(Lang::En), error.say(Lang::Ko))
}

fn pair(en: String, ko: String) -> (String, String) {
    (en, ko)
}

#[tokio::test]
async fn letters_leave_encrypted_by_starttls() {
    let folder = tempfile::tempdir().unwrap();
    let Some(tls) = certificate(folder.path()) else { return };
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::with(Some(tls.clone()));
        let mut settings = server.settings();
        settings.timeout_seconds = 10;
        check(&settings).await.unwrap();
        post_many(bank, &cast.staff, 2).await;
        let worker = stembank::mail::Worker::new(bank.app.clone(), &settings).unwrap();
        assert_eq!(worker.round().await.unwrap().sent, 2);
        let received = server.received();
        assert!(received.iter().all(|mail| mail.encrypted && mail.signed_in), "{received:?}");

        let strange = Smtp { ca_file: None, ..settings.clone() };
        let (en, ko) = wrong(&strange).await;
        cannot_be_encrypted(&settings, &en, &ko);
    })
    .await;
}

/// The sentences say that, of which server, and that its certificate is not one to trust.
fn cannot_be_encrypted(settings: &Smtp, en: &str, ko: &str) {
    let name = format!("localhost:{}", settings.port());
    let named = particle(&name, "과의", "와의");
    assert!(en.starts_with(&format!("The connection to the mail server {name} cannot be encrypted: ")), "{en}");
    assert!(ko.starts_with(&format!("메일 서버 {named} 연결을 암호화할 수 없습니다: ")), "{ko}");
    assert!(en.contains("certificate") && en.contains("smtp.ca_file"), "{en}");
    assert!(ko.contains("인증서") && ko.contains("smtp.ca_file"), "{ko}");
}

#[tokio::test]
async fn letters_leave_encrypted_from_the_first_byte() {
    let folder = tempfile::tempdir().unwrap();
    let Some(tls) = certificate(folder.path()) else { return };
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::encrypted(tls.clone());
        let settings = Smtp { timeout_seconds: 10, ..server.settings() };
        assert_eq!(settings.tls, SmtpTls::Required);
        check(&settings).await.unwrap();
        post_many(bank, &cast.staff, 2).await;
        let worker = stembank::mail::Worker::new(bank.app.clone(), &settings).unwrap();
        assert_eq!(worker.round().await.unwrap().sent, 2);
        let received = server.received();
        assert!(received.len() == 2 && received.iter().all(|mail| mail.encrypted && mail.signed_in), "{received:?}");
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_refused_and_the_letter_waits_until_it_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let Some(tls) = certificate(folder.path()) else { return };
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        for server in [Server::encrypted(tls.clone()), Server::with(Some(tls.clone()))] {
            let trusted = Smtp { timeout_seconds: 10, ..server.settings() };
            let strange = Smtp { ca_file: None, ..trusted.clone() };
            let (en, ko) = wrong(&strange).await;
            cannot_be_encrypted(&strange, &en, &ko);
            post_many(bank, &cast.staff, 1).await;
            let worker = |settings| stembank::mail::Worker::new(bank.app.clone(), settings).unwrap();
            assert_eq!(worker(&strange).round().await.unwrap().given_back, 1);
            assert_eq!(server.received().len(), 0);
            assert_eq!(states(bank).await.pop().unwrap(), "queued");
            let kept = rows(bank).await.pop().unwrap()["last_error"].as_str().unwrap().to_owned();
            assert!(kept.contains("cannot be encrypted") && kept.contains("certificate"), "{kept}");
            wait(bank, Duration::minutes(20));
            assert_eq!(worker(&trusted).round().await.unwrap().sent, 1, "the letter was not lost");
            assert_eq!(server.received().len(), 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_trusts_the_authority_of_the_settings_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let Some(tls) = certificate(folder.path()) else { return };
    on_a_bank(async |bank| {
        let settings = Server::encrypted(tls.clone());
        let smtp = settings.settings();
        let doctor = |ca_file: Option<&Path>| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_stembank"));
            command.args(["--config", "no-such-file.toml", "doctor"]).env("LANG", "en_US.UTF-8");
            command.env("BANK_DATABASE_URL", &bank.app.config.database_url).env("RUST_LOG", "error");
            command.env("BANK_PUBLIC_URL", "https://bank.example").env("BANK_SMTP__HOST", "localhost");
            command.env("BANK_SMTP__PORT", smtp.port().to_string()).env("BANK_SMTP__TLS", "required");
            command.env("BANK_SMTP__FROM", "bank@example.org").envs(ca_file.map(|file| ("BANK_SMTP__CA_FILE", file)));
            String::from_utf8(command.output().unwrap().stdout).unwrap()
        };
        let well = doctor(Some(&tls.certificate));
        assert!(well.contains(&format!("ok\tmail\tlocalhost:{} takes letters", smtp.port())), "{well}");
        let wrong = doctor(None);
        assert!(
            wrong.contains("WRONG\tmail\tThe connection to the mail server") && wrong.contains("ca_file"),
            "{wrong}"
        );
    })
    .await;
}

#[tokio::test]
async fn nothing_is_sent_readably_where_encryption_is_asked_for() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::start();
        let settings = Smtp { tls: SmtpTls::Starttls, ..server.settings() };
        let name = format!("127.0.0.1:{}", settings.port());
        assert_eq!(
            wrong(&settings).await,
            pair(
                format!("The mail server {name} offers no STARTTLS; nothing is sent unencrypted."),
                format!("메일 서버 {name}에서 STARTTLS를 제공하지 않습니다. 암호화하지 않고는 보내지 않습니다."),
            )
        );
        post_many(bank, &cast.staff, 1).await;
        let worker = stembank::mail::Worker::new(bank.app.clone(), &settings).unwrap();
        assert_eq!(worker.round().await.unwrap().given_back, 1);
        assert_eq!(server.received().len(), 0);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_can_be_used_is_fine() {
    on_a_bank(async |bank| {
        let server = Server::start();
        check(&server.settings()).await.unwrap();
        let open = Smtp { username: None, password: None, ..server.settings() };
        check(&open).await.unwrap();
        assert_eq!(worker(bank, &server).round().await.unwrap(), stembank::mail::DeliveryCounts::default());
        assert_eq!(server.received().len(), 0, "a check sends nothing");
    })
    .await;
}

#[tokio::test]
async fn whatever_is_wrong_with_the_server_is_said_in_a_sentence() {
    let server = Server::start();
    let settings = server.settings();
    let name = format!("127.0.0.1:{}", settings.port());
    let stranger = Smtp { password: Some(Secret("wrong".into())), ..settings.clone() };
    let cause = "permanent error (535): 5.7.8 <...> may not enter";
    assert_eq!(
        wrong(&stranger).await,
        pair(
            format!("The mail server {name} does not let the bank sign in: {cause}."),
            format!("메일 서버 {name}에 로그인할 수 없습니다: {cause}."),
        )
    );
    server.go_away();
    let (en, ko) = wrong(&settings).await;
    assert!(en.starts_with(&format!("The mail server {name} cannot be reached: ")) && en.contains("refused"), "{en}");
    assert!(ko.starts_with(&format!("메일 서버 {name}에 연결할 수 없습니다: ")), "{ko}");

    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    assert_eq!(
        wrong(&Smtp { port: Some(port), ..settings.clone() }).await,
        pair(
            format!("The mail server 127.0.0.1:{port} did not answer within 1 seconds."),
            format!("메일 서버 127.0.0.1:{port}의 응답이 1초 안에 오지 않았습니다."),
        )
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_named() {
    let settings = Server::start().settings();
    for (settings, en, ko) in [
        (
            Smtp { from: "nobody".into(), ..settings.clone() },
            "smtp.from is no sender; write it as 'Name <name@example.org>'.",
            "smtp.from 값은 발신인이 아닙니다. '이름 <name@example.org>' 형식으로 적어 주십시오.",
        ),
        (
            Smtp { password: None, ..settings.clone() },
            "smtp.username and smtp.password go together; give both or neither.",
            "smtp.username과 smtp.password는 함께 지정하거나 함께 비워 두어야 합니다.",
        ),
        (
            Smtp { host: "mail.example.org".into(), ..settings.clone() },
            "smtp.tls is 'none' and smtp.host is another machine: the password would travel readably. Use 'starttls' or \
             'required'.",
            "smtp.tls가 'none'이고 smtp.host가 다른 컴퓨터여서 비밀번호가 그대로 노출됩니다. 'starttls' 또는 'required'를 \
             사용해 주십시오.",
        ),
        (
            Smtp { tls: SmtpTls::Required, ca_file: Some("no/such/file".into()), ..settings.clone() },
            "smtp.ca_file: no certificate can be read from no/such/file.",
            "smtp.ca_file: no/such/file 파일에서 인증서를 읽을 수 없습니다.",
        ),
    ] {
        assert_eq!(wrong(&settings).await, pair(en.into(), ko.into()));
    }
}
