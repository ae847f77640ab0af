//! `stembank doctor`: looks at everything the bank needs and says what is wrong and what to do. Changes nothing.

use super::Failure;
use crate::accounts::openid;
use crate::app::Clock;
use crate::config::Config;
use crate::db::{Db, Sql, standing};
use crate::error::Fault;
use crate::language::Lang;
use crate::mail;
use chrono::{DateTime, Utc};
use sea_orm::DbBackend;
use std::path::{Path, PathBuf};

/// Seconds by which this machine's clock may differ from the database's.
const CLOCK_TOLERANCE: i64 = 5;

/// What was found of one thing.
enum Found {
    Well(String),
    Doubtful(String),
    Wrong(String),
}

/// Looks at everything.
///
/// # Errors
/// Something is wrong; every finding was printed.
pub async fn run(file: &Path, lang: Lang) -> Result<(), Failure> {
    let mut wrong = 0;
    let mut tell = |what: &str, found: Found| {
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
            tell(lang.pick("settings", "설정"), Found::Wrong(error.to_string()));
            return Err(failed(lang, 1));
        }
    };
    tell(lang.pick("settings", "설정"), settings(&config, file, lang));
    tell(lang.pick("storage", "저장 공간"), storage(&config, lang));
    database(&config, lang, &mut tell).await;
    tell(lang.pick("mail", "메일"), letters(&config, lang).await);
    for (id, found) in providers(&config, lang).await {
        tell(&format!("{} {id}", lang.pick("sign-in provider", "로그인 제공자")), found);
    }
    if wrong == 0 { Ok(()) } else { Err(failed(lang, wrong)) }
}

fn failed(lang: Lang, wrong: usize) -> Failure {
    Failure::new(lang.pick(format!("{wrong} thing(s) to mend"), format!("고쳐야 할 항목 {wrong}건")))
}

fn settings(config: &Config, file: &Path, lang: Lang) -> Found {
    let from = if file.exists() { file.display().to_string() } else { lang.pick("defaults", "기본값").to_owned() };
    let public = &config.public_url;
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|start| public.starts_with(start));
    if public.starts_with("https://") {
        Found::Well(lang.pick(format!("read from {from} and BANK_*"), format!("{from} 및 BANK_* 변수")))
    } else if local {
        Found::Doubtful(lang.pick(
            format!("public_url is {public}: links in letters work on this machine only"),
            format!("public_url이 {public}입니다. 메일의 링크가 이 컴퓨터에서만 열립니다"),
        ))
    } else {
        Found::Wrong(lang.pick(
            format!("public_url is {public}; it has to begin with https://, since passwords travel under it"),
            format!("public_url이 {public}입니다. 비밀번호가 오가므로 https://로 시작해야 합니다"),
        ))
    }
}

/// The file of a SQLite database, if it is one.
fn sqlite_file(config: &Config) -> Option<PathBuf> {
    let path = config.database_url.strip_prefix("sqlite:")?;
    Some(path.trim_start_matches("//").split('?').next().unwrap_or_default().into())
}

fn storage(config: &Config, lang: Lang) -> Found {
    let Some(file) = sqlite_file(config) else {
        return Found::Well(lang.pick("the bank keeps no files of its own", "은행이 따로 보관하는 파일 없음").into());
    };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match tempfile_in(folder) {
        Ok(()) => {
            Found::Well(lang.pick(
                format!("{} can be written", folder.display()),
                format!("{} 폴더에 쓸 수 있음", folder.display()),
            ))
        }
        Err(error) => Found::Wrong(lang.pick(
            format!("{} cannot be written: {error}", folder.display()),
            format!("{} 폴더에 쓸 수 없음: {error}", folder.display()),
        )),
    }
}

/// Makes a file and takes it away again.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let file = folder.join(format!(".stembank-doctor-{}", std::process::id()));
    std::fs::write(&file, b"can this be written?")?;
    std::fs::remove_file(file)
}

async fn database(config: &Config, lang: Lang, tell: &mut impl FnMut(&str, Found)) {
    let what = lang.pick("database", "데이터베이스");
    if sqlite_file(config).is_some_and(|file| !file.exists()) {
        let sentence =
            lang.pick("is not there yet; 'stembank migrate' makes it", "아직 없음. 'stembank migrate'로 생성");
        return tell(what, Found::Doubtful(sentence.into()));
    }
    let db = match Db::connect(&config.database_url).await {
        Ok(db) => db,
        Err(error) => {
            let sentence = lang.pick(format!("cannot be reached: {error}"), format!("연결할 수 없음: {error}"));
            return tell(what, Found::Wrong(sentence));
        }
    };
    tell(what, contents(&db, lang).await);
    tell(lang.pick("clock", "시계"), clock(&db, lang).await);
    let _ = db.close().await;
}

async fn contents(db: &Db, lang: Lang) -> Found {
    let kind = match standing(db.read()).await {
        Ok(standing) if standing.is_demo => {
            lang.pick("a demonstration, which 'serve' refuses", "시연용('serve'로 열 수 없음)")
        }
        Ok(_) => lang.pick("a bank", "은행"),
        Err(_) => {
            let sentence =
                lang.pick("has no bank in it; run 'stembank migrate'", "은행 자료 없음. 'stembank migrate' 실행 필요");
            return Found::Wrong(sentence.into());
        }
    };
    if db.backend() == DbBackend::Sqlite {
        match Sql::new("PRAGMA quick_check(1)")
            .one(db.read())
            .await
            .and_then(|row| row.map(|r| r.try_get_by_index::<String>(0)).transpose())
        {
            Ok(Some(answer)) if answer == "ok" => {}
            Ok(answer) => {
                return Found::Wrong(lang.pick(
                    format!("is damaged: {answer:?}; restore a backup"),
                    format!("손상됨: {answer:?}. 백업에서 복원 필요"),
                ));
            }
            Err(error) => return Found::Wrong(error.to_string()),
        }
    }
    match db.pending_migrations().await {
        Ok(pending) if pending.is_empty() => {
            Found::Well(lang.pick(format!("{kind}, at this version"), format!("{kind}, 최신 버전")))
        }
        Ok(pending) => Found::Doubtful(lang.pick(
            format!("{kind}; {} step(s) are pending, 'stembank migrate' or the next start takes them", pending.len()),
            format!("{kind}. 마이그레이션 {}건 대기 중이며 'stembank migrate' 또는 다음 시작 때 적용", pending.len()),
        )),
        Err(error) => Found::Wrong(error.to_string()),
    }
}

/// Approvals end by the day, tokens by the second: the clocks of bank and database have to agree.
async fn clock(db: &Db, lang: Lang) -> Found {
    if db.backend() == DbBackend::Sqlite {
        return Found::Well(lang.pick("only this machine's counts", "이 컴퓨터의 시계만 사용").into());
    }
    let row = Sql::new("SELECT now()").one(db.read()).await;
    let theirs = row.and_then(|row| row.map(|row| row.try_get_by_index::<DateTime<Utc>>(0)).transpose());
    match theirs {
        Ok(Some(theirs)) => {
            let apart = (Clock::system().now() - theirs).num_seconds().abs();
            let sentence =
                lang.pick(format!("{apart} s apart from the database's"), format!("데이터베이스와 {apart}초 차이"));
            if apart <= CLOCK_TOLERANCE { Found::Well(sentence) } else { Found::Wrong(sentence) }
        }
        Ok(None) => {
            Found::Wrong(lang.pick("the database tells no time", "데이터베이스가 시각을 알려 주지 않음").into())
        }
        Err(error) => Found::Wrong(error.to_string()),
    }
}

async fn letters(config: &Config, lang: Lang) -> Found {
    let Some(smtp) = &config.smtp else {
        return Found::Doubtful(
            lang.pick(
                "no [smtp] in the settings: letters wait in the outbox",
                "설정에 [smtp]가 없어 메일이 발송되지 않고 대기",
            )
            .into(),
        );
    };
    match mail::check(smtp).await {
        Ok(()) => Found::Well(lang.pick(
            format!("{}:{} takes letters", smtp.host, smtp.port()),
            format!("{}:{} 서버가 메일을 받음", smtp.host, smtp.port()),
        )),
        Err(error) => Found::Wrong(error.say(lang)),
    }
}

async fn providers(config: &Config, lang: Lang) -> Vec<(String, Found)> {
    let mut found = vec![];
    for id in config.identity_providers.keys() {
        found.push((
            id.clone(),
            match openid::check(config, id).await {
                Ok(()) => Found::Well(lang.pick("answers as a provider", "제공자로서 정상 응답").into()),
                Err(openid::Error::Provider { cause, .. }) => Found::Wrong(cause),
                Err(error) => Found::Wrong(error.say(lang)),
            },
        ));
    }
    found
}
