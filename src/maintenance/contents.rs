//! What a database has in it, counted and hashed, so that a copy can be compared with what it was made of.

use super::error::Error;
use crate::db::{rows_as_text, tables};
use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DbErr, StreamTrait};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::pin::pin;

/// Keys of transactions come and go, and say nothing of the bank.
const LEFT_OUT: &str = "commit_key";

/// Rows by table, and one hash over all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// How many rows each table has.
    pub rows: BTreeMap<String, u64>,
    /// SHA-256 values of all rows, added up, so that their order does not matter; in hexadecimal.
    pub hash: String,
}

impl Contents {
    /// Reads all of a database, row by row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read<C: ConnectionTrait + StreamTrait>(db: &C) -> Result<Self, DbErr> {
        let (mut rows, mut sum) = (BTreeMap::new(), Sum::default());
        for table in tables(db).await?.into_iter().filter(|table| table != LEFT_OUT) {
            let mut count = 0;
            let mut stream = pin!(db.stream_raw(rows_as_text(db, &table).await?).await?);
            while let Some(row) = stream.try_next().await? {
                sum.add(&table, row.try_get_by_index::<String>(0)?.as_bytes());
                count += 1;
            }
            rows.insert(table, count);
        }
        Ok(Self { rows, hash: sum.hexadecimal() })
    }

    /// Compares a copy with what it was made of.
    ///
    /// # Errors
    /// [`Error::Differs`] with the first table that has another number of rows, or the word for the whole.
    pub fn equals(&self, copy: &Self) -> Result<(), Error> {
        let tables = self.rows.keys().chain(copy.rows.keys());
        if let Some(table) = tables.into_iter().find(|table| self.rows.get(*table) != copy.rows.get(*table)) {
            return Err(Error::Differs(table.clone()));
        }
        if self.hash == copy.hash { Ok(()) } else { Err(Error::Differs("SHA-256".into())) }
    }

    /// All rows of all tables.
    pub fn total(&self) -> u64 {
        self.rows.values().sum()
    }
}

/// A sum of hashes modulo 2^256.
#[derive(Default)]
struct Sum([u8; 32]);

impl Sum {
    fn add(&mut self, table: &str, row: &[u8]) {
        let hash = Sha256::new().chain_update(table).chain_update([0]).chain_update(row).finalize();
        let mut carry = 0;
        for (byte, more) in self.0.iter_mut().zip(hash) {
            let sum = u16::from(*byte) + u16::from(more) + carry;
            *byte = (sum & 0xff) as u8;
            carry = sum >> 8;
        }
    }

    fn hexadecimal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_depends_on_rows_and_tables_and_not_on_their_order() {
        let sum = |rows: &[(&str, &str)]| {
            let mut sum = Sum::default();
            rows.iter().for_each(|(table, row)| sum.add(table, row.as_bytes()));
            sum.hexadecimal()
        };
        let all = [("a", "1"), ("a", "2"), ("b", "1")];
        assert_eq!(sum(&all), sum(&[all[2], all[0], all[1]]));
        for other in [&all[..2], &[all[0], all[1], ("a", "1")], &[all[0], all[1], all[2], all[2]]] {
            assert_ne!(sum(&all), sum(other));
        }
    }
}
