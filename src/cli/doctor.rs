//! `stembank doctor`: looks at everything the bank needs and says what is wrong and what to do. Changes nothing.

use super::Failure;
use crate::config::Config;
use crate::db::{Db, Standing, standing};
use crate::error::DomainError;
use crate::health::{Found, backups, callers, clock, contents, letters, metrics, providers, settings, storage};
use crate::language::Lang;
use crate::maintenance::Error;
use crate::maintenance::restore::place;
use std::path::Path;

/// Looks at everything.
///
/// # Errors
/// Something is wrong; every finding was printed.
pub async fn run(file: &Path, lang: Lang) -> Result<(), Failure> {
    let mut wrong = 0;
    let mut report = |what: &str, found: Found| {
        let (mark, sentence) = match found {
            Found::Well(sentence) => (lang.pick("ok", "정상"), sentence),
            Found::Doubtful(sentence) => (lang.pick("LOOK", "주의"), sentence),
            Found::Wrong(sentence) => {
                wrong += 1;
                (lang.pick("WRONG", "오류"), sentence)
            }
        };
        println!("{mark}\t{what}\t{sentence}");
    };
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) => {
            report(lang.pick("settings", "설정"), Found::Wrong(error.to_string()));
            return Err(failed(lang, 1));
        }
    };
    report(lang.pick("settings", "설정"), settings(&config, Some(file), lang));
    report(lang.pick("callers", "접속자"), callers(&config, lang));
    report(lang.pick("storage", "저장 공간"), storage(&config, lang));
    database(&config, lang, &mut report).await;
    report(lang.pick("mail", "메일"), letters(&config, lang).await);
    report(lang.pick("metrics", "지표"), metrics(&config, lang));
    for (id, found) in providers(&config, lang).await {
        report(&format!("{} {id}", lang.pick("sign-in provider", "로그인 제공자")), found);
    }
    if wrong == 0 { Ok(()) } else { Err(failed(lang, wrong)) }
}

fn failed(lang: Lang, wrong: usize) -> Failure {
    Failure::new(lang.pick(format!("{wrong} thing(s) to mend"), format!("고쳐야 할 항목 {wrong}건")))
}

async fn database(config: &Config, lang: Lang, report: &mut impl FnMut(&str, Found)) {
    let what = lang.pick("database", "데이터베이스");
    let bank = match standing(&config.database_url).await {
        Ok(Standing::Bank(bank)) => bank,
        Ok(Standing::Missing | Standing::Empty) => {
            let sentence =
                lang.pick("is not there yet; 'stembank migrate' makes it", "아직 없음. 'stembank migrate'로 생성");
            return report(what, Found::Doubtful(sentence.into()));
        }
        Ok(Standing::Foreign) => {
            return report(what, Found::Wrong(Error::Foreign(place(&config.database_url)).say(lang)));
        }
        Err(error) => {
            let sentence = lang.pick(format!("cannot be reached: {error}"), format!("연결할 수 없음: {error}"));
            return report(what, Found::Wrong(sentence));
        }
    };
    if let Some(step) = bank.unknown.into_iter().next() {
        return report(what, Found::Wrong(Error::Newer(step).say(lang)));
    }
    if bank.log_is_missing {
        report(what, Found::Wrong(Error::LogMissing.say(lang)));
    }
    let db = match Db::connect_with(&config.database_url, config.sqlite_durability).await {
        Ok(db) => db,
        Err(error) => return report(what, Found::Wrong(error.to_string())),
    };
    report(what, contents(&db, true, lang).await);
    report(lang.pick("clock", "시계"), clock(&db, lang).await);
    if bank.pending.is_empty() {
        report(lang.pick("backup", "백업"), backups(&db, config, lang).await);
    }
    let _ = db.close().await;
}
