//! Files for imports, broken in the ways of programs, disks and offices.

use super::Fuzz;
use crate::support::Bank;
use encoding_rs::EUC_KR;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use std::time::Instant;
use stembank::accounts::import::import as import_institutions;
use stembank::actor::Actor;
use stembank::catalogue::import::{import_cellosaurus, import_diseases};
use stembank::import::{Error, Options, Source};
use stembank::statistics::import::import as import_history;

const LINES: &str = "ID   Made up\nAC   CVCL_9Z05\nAS   CVCL_9Z06\nSY   One; Two\nDR   hPSCreg; X\nDI   ORDO; Orphanet_778; Rett\n\
    OX   NCBI_TaxID=9606; ! Homo sapiens\nHI   CVCL_9Z07 ! X\nSX   Male\nAG   38Y\nCA   Cell line\nCC   Population: Korean.\n//\n\
    ID   세포주\nAC   CVCL_9Z06\n//\n";
const TABLES: [&str; 5] = [
    "ror_id,name,name_ko,types,status,website\nhttps://ror.org/04h9pn542,Made up,지어낸,education | funder,active,https://a.kr\n",
    "mondo_id,name,synonyms,description,orphanet\nMONDO:0010726,Rett syndrome,RTT | X,Made up.,Orphanet:778\n",
    "mondo_id,ancestor_mondo_id,distance\nMONDO:0010726,MONDO:0000001,3\n",
    "mondo_id,name_ko,synonyms_ko\nMONDO:0010726,레트 증후군,레트\n",
    "year,measure,institution_type,value,source\n2024,institutions,university,36,made up\n",
];

fn broken(fuzz: &mut Fuzz, text: &str) -> Vec<u8> {
    let mut text = text.repeat(1 + fuzz.below(4));
    for _ in 0..fuzz.below(5) {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = *fuzz.one_of(&ends);
        let what = match fuzz.below(6) {
            0 => fuzz.text(),
            1 => "\"".into(),
            2 => "\n".into(),
            3 => ",".repeat(fuzz.below(300)),
            4 => "x".repeat(fuzz.below(200_000)),
            _ => text[at..].chars().take(40).collect(),
        };
        text.insert_str(at, &what);
    }
    let mut bytes = match fuzz.below(8) {
        0 => EUC_KR.encode(&text).0.into_owned(),
        1 => "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        2 => text.replace(',', ";").into_bytes(),
        3 => text.replace('\n', "\r").into_bytes(),
        _ => text.into_bytes(),
    };
    for _ in 0..fuzz.below(4) {
        let at = fuzz.below(bytes.len());
        match fuzz.below(3) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] = fuzz.byte(),
            _ => bytes.insert(at, fuzz.byte()),
        }
    }
    if fuzz.one_in(5) {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).expect("memory takes it");
        bytes = packed.finish().expect("memory takes it");
        if fuzz.one_in(2) {
            bytes.truncate(fuzz.below(bytes.len()));
        }
    }
    bytes
}

#[tokio::test]
async fn files_broken_at_random_are_read_or_refused_at_once() {
    let variable = "STEMBANK_FUZZ_FILES";
    let (app, actor, mut fuzz) = (Bank::open().await, Actor::system("import"), Fuzz::new(variable, 120));
    for _ in 0..fuzz.amount {
        let kind = fuzz.below(TABLES.len() + 1);
        let bytes = broken(&mut fuzz, TABLES.get(kind).unwrap_or(&LINES));
        let begun = Instant::now();
        let Ok(source) = Source::from_reader("made up", Cursor::new(bytes.clone())) else { continue };
        let options = Options { dry_run: fuzz.one_in(3), ..Options::default() };
        let imported = match kind {
            0 => import_institutions(&app, &actor, source, options, &()).await,
            1..=3 => import_diseases(&app, &actor, source, options, &()).await,
            4 => import_history(&app, &actor, source, Some("made up"), options, &()).await,
            _ => import_cellosaurus(&app, &actor, source, options, &()).await,
        };
        fuzz.took(begun, || String::from_utf8_lossy(&bytes).into_owned());
        let is_refused =
            matches!(imported, Ok(_) | Err(Error::Header { .. } | Error::NoRecords { .. } | Error::Broken { .. }));
        let text = String::from_utf8_lossy(&bytes);
        assert!(is_refused, "seed {}: {imported:?}\n{text:.3000}", fuzz.seed);
    }
    fuzz.ended(variable);
}
