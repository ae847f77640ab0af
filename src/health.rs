//! Whether everything the bank needs is there: looked at by `stembank doctor` and by the page of administrators.
//! Looking changes nothing.

use crate::accounts::{cookie, openid};
use crate::actor::Actor;
use crate::app::{App, Clock};
use crate::audit::queries::chain;
use crate::config::{Config, Durability};
use crate::db::{Db, database_kind, quick_check, server_time, sqlite_file};
use crate::error::DomainError;
use crate::language::Lang;
use crate::mail;
use crate::maintenance::queries::newest;
use sea_orm::DbBackend;
use std::path::Path;
use std::time::Duration;

/// Seconds by which this machine's clock may differ from the database's.
const CLOCK_TOLERANCE: i64 = 5;

/// What was found of one thing, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// As it should be.
    Well(String),
    /// Somebody should look at it.
    Doubtful(String),
    /// Something does not work.
    Wrong(String),
}

/// Settings as they were read, from a file if one is named.
pub fn settings(config: &Config, file: Option<&Path>, lang: Lang) -> Found {
    let file = file.filter(|file| file.exists()).map(|file| file.display().to_string());
    let from = file.unwrap_or_else(|| lang.pick("defaults", "기본값").to_owned());
    let public = &config.public_url;
    if public.starts_with("https://") {
        Found::Well(lang.pick(format!("read from {from} and BANK_*"), format!("{from} 및 BANK_* 변수")))
    } else if !cookie::is_secure(config) {
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

/// Whether callers are known apart. Behind a proxy on this machine, everybody comes from it: all share one limit of
/// attempts to sign in, unless the proxy tells whose address it was.
pub fn callers(config: &Config, lang: Lang) -> Found {
    match &config.client_address_header {
        Some(header) => Found::Well(lang.pick(
            format!("a proxy tells their addresses in {header}"),
            format!("프록시가 {header} 헤더로 주소를 알려 줌"),
        )),
        None if cookie::is_secure(config) && config.listen.ip().is_loopback() => Found::Doubtful(lang.pick(
            "a proxy seems to stand before the bank, and all callers have its address: set client_address_header, and \
             have the proxy write that header"
                .into(),
            "프록시를 거치는 것으로 보이나 모든 접속이 프록시 주소로 기록됩니다. client_address_header를 설정하고 \
             프록시가 해당 헤더를 쓰게 해 주십시오"
                .into(),
        )),
        None => Found::Well(lang.pick("known by their own addresses", "접속 주소로 구분").into()),
    }
}

/// Whether the files of the bank can be written.
pub fn storage(config: &Config, lang: Lang) -> Found {
    let Some(file) = sqlite_file(&config.database_url) else {
        return Found::Well(lang.pick("the bank keeps no files of its own", "은행이 따로 보관하는 파일 없음").into());
    };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match tempfile_in(folder) {
        Ok(()) if is_open_to_others(&file) => Found::Doubtful(lang.pick(
            format!("others on this machine can read {0}: take that from them (chmod 600 {0})", file.display()),
            format!(
                "이 컴퓨터의 다른 사용자가 {0} 파일을 읽을 수 있습니다. 권한을 제한해 주십시오(chmod 600 {0})",
                file.display()
            ),
        )),
        Ok(()) if config.sqlite_durability == Durability::Normal => Found::Doubtful(lang.pick(
            "sqlite_durability is normal: a power cut may lose what was acknowledged last".into(),
            "sqlite_durability가 normal입니다. 정전되면 마지막으로 처리한 내용이 사라질 수 있습니다".into(),
        )),
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

/// Whether others than the file's owner may read it. Names, letters and secrets lie in it.
fn is_open_to_others(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        false
    }
}

/// Makes a file and takes it away again.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let file = folder.join(format!(".stembank-doctor-{}", std::process::id()));
    std::fs::write(&file, b"can this be written?")?;
    std::fs::remove_file(file)
}

/// What is in the database; looked through page by page only if thoroughly.
pub async fn contents(db: &Db, thoroughly: bool, lang: Lang) -> Found {
    let kind = match database_kind(db.read()).await {
        Ok(kind) if kind.is_demo => lang.pick("a demonstration, which 'serve' refuses", "시연용('serve'로 열 수 없음)"),
        Ok(_) => lang.pick("a bank", "은행"),
        Err(_) => {
            let sentence =
                lang.pick("has no bank in it; run 'stembank migrate'", "은행 자료 없음. 'stembank migrate' 실행 필요");
            return Found::Wrong(sentence.into());
        }
    };
    if thoroughly && db.backend() == DbBackend::Sqlite {
        match quick_check(db.read()).await {
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

/// How old the newest backup is. Without a schedule the bank's own habit is not known: two days are a sign.
pub async fn backups(db: &Db, config: &Config, lang: Lang) -> Found {
    let newest = match newest(db.read()).await {
        Ok(newest) => newest,
        Err(error) => return Found::Wrong(error.to_string()),
    };
    let Some(newest) = newest else {
        return Found::Doubtful(lang.pick(
            "none was ever made; 'stembank backup FILE' makes one, backup.folder a schedule".into(),
            "아직 없음. 'stembank backup FILE'로 만들거나 backup.folder로 예약".into(),
        ));
    };
    let hours = (Clock::system().now() - newest.made_at).num_hours();
    let sentence = lang.pick(
        format!("the newest is {hours} hours old ({})", newest.file_name),
        format!("가장 최근 백업은 {hours}시간 전({})", newest.file_name),
    );
    let every = if config.backup.folder.is_some() { config.backup.every_hours } else { 24 };
    if hours <= 2 * i64::from(every) { Found::Well(sentence) } else { Found::Doubtful(sentence) }
}

/// Approvals end by the day, tokens by the second: the clocks of bank and database have to agree.
pub async fn clock(db: &Db, lang: Lang) -> Found {
    if db.backend() == DbBackend::Sqlite {
        return Found::Well(lang.pick("only this machine's counts", "이 컴퓨터의 시계만 사용").into());
    }
    match server_time(db.read()).await {
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

/// Whether the mail server takes letters.
pub async fn letters(config: &Config, lang: Lang) -> Found {
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

/// Whether each sign-in provider answers.
pub async fn providers(config: &Config, lang: Lang) -> Vec<(String, Found)> {
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

/// Whether the bank's figures are for those alone who are meant.
pub fn metrics(config: &Config, lang: Lang) -> Found {
    let Some(address) = config.metrics.listen else {
        return Found::Well(match &config.metrics.token {
            Some(_) => lang.pick("/metrics asks for its token", "/metrics는 토큰을 요구함").into(),
            None => lang.pick("not served", "제공하지 않음").into(),
        });
    };
    match (&config.metrics.token, address.ip().is_loopback()) {
        (Some(_), _) => Found::Well(lang.pick(
            format!("{address} and /metrics ask for their token"),
            format!("{address} 및 /metrics는 토큰을 요구함"),
        )),
        (None, true) => Found::Well(lang.pick(
            format!("{address}, on this machine only"),
            format!("{address}, 이 컴퓨터에서만 열림"),
        )),
        (None, false) => Found::Doubtful(lang.pick(
            format!(
                "{address} can be reached from outside and asks for no token; set metrics.token, or listen on 127.0.0.1"
            ),
            format!(
                "{address} 주소는 외부에서 열 수 있고 토큰을 요구하지 않습니다. metrics.token을 설정하거나 127.0.0.1에서 \
                 열어 주십시오"
            ),
        )),
    }
}

/// How long the mail server and the providers may take while somebody waits for the page.
const PATIENCE: Duration = Duration::from_secs(5);
/// Events that may wait for their seal: what a busy half second brings.
const UNSEALED: i64 = 1_000;

/// Looks at everything a running bank needs: what, and what was found. For administrators.
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn examine(app: &App, actor: &Actor) -> Result<Vec<(String, Found)>, crate::audit::Error> {
    let lang = actor.lang;
    let history = history(app, actor).await?;
    let config = &*app.config;
    let engine = match app.db.backend() {
        DbBackend::Sqlite => "SQLite",
        DbBackend::Postgres => "PostgreSQL",
        _ => "SQL",
    };
    let late = || Found::Wrong(lang.pick("does not answer in time", "제때 응답하지 않음").into());
    let mail = tokio::time::timeout(PATIENCE, letters(config, lang));
    let outside = tokio::time::timeout(PATIENCE, providers(config, lang));
    let (mail, outside) = tokio::join!(mail, outside);
    let say = |en: &str, ko: &str| lang.pick(en, ko).to_owned();
    let mut found = vec![
        (say("settings", "설정"), settings(config, None, lang)),
        (say("callers", "접속자"), callers(config, lang)),
        (say("storage", "저장 공간"), storage(config, lang)),
        (format!("{} ({engine})", say("database", "데이터베이스")), contents(&app.db, false, lang).await),
        (say("clock", "시계"), clock(&app.db, lang).await),
        (say("backup", "백업"), backups(&app.db, config, lang).await),
        (say("history", "이력"), history),
        (say("mail", "메일"), mail.unwrap_or_else(|_| late())),
        (say("metrics", "지표"), metrics(config, lang)),
    ];
    let named = |id: &str| format!("{} {id}", say("sign-in provider", "로그인 제공자"));
    match outside {
        Ok(providers) => found.extend(providers.into_iter().map(|(id, one)| (named(&id), one))),
        Err(_) => found.extend(config.identity_providers.keys().map(|id| (named(id), late()))),
    }
    Ok(found)
}

/// Whether events get their seals.
async fn history(app: &App, actor: &Actor) -> Result<Found, crate::audit::Error> {
    let chain = chain(app, actor).await?;
    let sentence = actor.lang.pick(
        format!("{} events sealed, {} wait for their seal", chain.sealed, chain.unsealed),
        format!("봉인된 이력 {}건, 봉인을 기다리는 이력 {}건", chain.sealed, chain.unsealed),
    );
    Ok(if chain.unsealed > UNSEALED { Found::Doubtful(sentence) } else { Found::Well(sentence) })
}
