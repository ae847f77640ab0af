//! Why an import stopped. What is wrong with single records never stops one; see [`super::Skipped`].

use super::Summary;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use sea_orm::DbErr;
use std::io;

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The actor may not import.
    Denied(#[from] Denied),
    /// The database refused; chunks before stay, the one at hand is undone as a whole.
    Database(#[from] DbErr),
    /// Another import added the same records meanwhile; the chunk is done again.
    Overtaken,
    /// The source cannot be opened.
    Unreadable {
        /// Its name.
        source_name: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The source broke off: a truncated or damaged archive. The whole records before it are in.
    Broken {
        /// Its name.
        source_name: String,
        /// The last line that could be read, counted from 1; 0 if none could.
        line: u64,
        /// What the system said.
        cause: io::Error,
        /// What was done before.
        summary: Box<Summary>,
    },
    /// The header line is none of those this import reads.
    Header {
        /// The source's name.
        source_name: String,
        /// Columns that are missing.
        missing: String,
    },
    /// The part that reads the source failed; a fault of ours.
    Reader(String),
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Denied(denied) => denied.describe(),
            Self::Database(error) => describe_database(error),
            Self::Overtaken => Description::new(Kind::Busy, Code::Busy),
            Self::Unreadable { .. } | Self::Broken { .. } | Self::Header { .. } => {
                Description::new(Kind::Invalid, Code::BadValue).at("file")
            }
            Self::Reader(_) => Description::new(Kind::Internal, Code::Internal),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Denied(denied) => denied.say(lang),
            Self::Database(error) => say_database(error, lang),
            Self::Overtaken => lang
                .pick(
                    "Another import adds the same records. Let it end, then import again.",
                    "다른 가져오기 작업이 같은 레코드를 추가하고 있습니다. 끝난 뒤 다시 가져와 주십시오.",
                )
                .into(),
            Self::Unreadable { source_name, cause } => lang.pick(
                format!("{source_name} cannot be read: {cause}."),
                format!("{source_name} 파일을 읽을 수 없습니다: {cause}."),
            ),
            Self::Broken { source_name, line, cause, .. } => say_broken(source_name, *line, cause, lang),
            Self::Header { source_name, missing } => lang.pick(
                format!("{source_name} has another header line than this import reads; columns missing: {missing}."),
                format!("{source_name} 파일의 머리글이 이 가져오기와 맞지 않습니다. 없는 열: {missing}."),
            ),
            Self::Reader(_) => crate::error::internal(lang),
        }
    }
}

fn say_broken(source_name: &str, line: u64, cause: &io::Error, lang: Lang) -> String {
    if cause.kind() == io::ErrorKind::UnexpectedEof {
        lang.pick(
            format!(
                "{source_name} is truncated: it ends after line {line} in the middle of the archive. The whole records \
                 before were imported; get a complete file and import it again."
            ),
            format!(
                "{source_name} 파일이 잘려 있습니다. {line}번째 줄 다음에서 압축이 끊겼습니다. 그 앞의 온전한 레코드는 \
                 가져왔습니다. 온전한 파일로 다시 가져와 주십시오."
            ),
        )
    } else {
        lang.pick(
            format!(
                "{source_name} is damaged after line {line}: {cause}. The whole records before were imported; get a \
                 sound file and import it again."
            ),
            format!(
                "{source_name} 파일이 {line}번째 줄 다음에서 손상되었습니다: {cause}. 그 앞의 온전한 레코드는 \
                 가져왔습니다. 온전한 파일로 다시 가져와 주십시오."
            ),
        )
    }
}
