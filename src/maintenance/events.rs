//! What the history tells of backups.

use crate::audit::Subject;
use chrono::{DateTime, Utc};

crate::area_events! {
    /// What was done with the bank's database.
    BackupEvent, BackupAction, about Subject:

    /// A backup was made.
    Made { file: String, bytes: i64, sha256: String, encrypted: bool } = "backup.make", "Backup made", "백업 생성";

    /// The database comes from a backup of this instant, with so many seals of the history.
    Restored { made_at: DateTime<Utc>, history_length: i64 }
        = "backup.restore", "Restored from a backup", "백업에서 복원";
}
