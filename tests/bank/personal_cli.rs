//! Giving out and erasing personal data from the command line, as a process of its own.

use crate::cast::PASSWORD;
use crate::support::{Bank, on_a_bank};
use std::process::{Command, Output};

fn stembank(bank: &Bank, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stembank"));
    command.args(["--config", "/dev/null/none.toml", "account"]).args(arguments);
    command.env("BANK_DATABASE_URL", &bank.app.config.database_url).env("LANG", "en_US.UTF-8");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_gives_out_and_erases() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let email = cast.researcher.email.as_str();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.json");
        let path = file.to_str().unwrap();

        let printed = stembank(bank, &["export", email]);
        assert!(printed.status.success(), "{}", text(&printed.stderr));
        let written = stembank(bank, &["export", email, "-o", path]);
        assert!(written.status.success() && written.stdout.is_empty());
        for document in [text(&printed.stdout).to_owned(), std::fs::read_to_string(&file).unwrap()] {
            let document: serde_json::Value = serde_json::from_str(&document).unwrap();
            assert_eq!(document["account"]["rows"][0]["email"], email);
            assert!(!document.to_string().contains(PASSWORD));
        }
        let again = stembank(bank, &["export", email, "-o", path]);
        assert!(!again.status.success() && text(&again.stderr).contains("cannot write"), "nothing is overwritten");

        let before = bank.contents().await;
        let preview = stembank(bank, &["erase", email]);
        assert!(text(&preview.stdout).contains("Nothing was done yet"), "{preview:?}");
        let last = stembank(bank, &["erase", &cast.administrator.email, "--yes"]);
        assert!(!last.status.success() && text(&last.stderr).contains("the last administrator"), "{last:?}");
        assert_eq!(bank.contents().await, before);
        let done = stembank(bank, &["erase", email, "--yes"]);
        assert!(text(&done.stdout).contains("The account is erased"), "{done:?}");
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE erased_at IS NOT NULL").await, 1);
        let unknown = stembank(bank, &["export", email]);
        assert!(text(&unknown.stderr).contains("There is no such account."), "{unknown:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_closes_accounts_but_not_that_of_the_last_administrator() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let before = bank.contents().await;
        let last = stembank(bank, &["disable", &cast.administrator.email]);
        assert!(!last.status.success() && text(&last.stderr).contains("at least one administrator"), "{last:?}");
        let unknown = stembank(bank, &["disable", "nobody@example.org"]);
        assert!(text(&unknown.stderr).contains("No account has the e-mail nobody@example.org."), "{unknown:?}");
        assert_eq!(bank.contents().await, before);

        let done = stembank(bank, &["disable", &cast.researcher.email, "--reason", "left the university"]);
        assert!(text(&done.stdout).contains("researcher@example.org is disabled."), "{done:?}");
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE disabled_at IS NOT NULL").await, 1);
        let notified = "SELECT count(*) FROM audit_event WHERE action = 'account.disable'
                    AND CAST(detail AS TEXT) LIKE '%left the university%'";
        assert_eq!(bank.number(notified).await, 1);
    })
    .await;
}
