//! Finding lines: what readers type and what they then see, with the real records that come with the product.

use crate::cast::holdings;
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::Path;
use stembank::actor::Actor;
use stembank::catalogue::commands::{Holdings, TakeCellLineIntoHoldings};
use stembank::catalogue::import::{import_cellosaurus, import_diseases};
use stembank::catalogue::queries::Key;
use stembank::catalogue::{LineView, PublicationStatus};
use stembank::id::CellLineId;
use stembank::import::{Options, Source};
use stembank::search::line_page::page_of;
use unicode_normalization::UnicodeNormalization;

/// Imports lines from a made-up text.
pub async fn import_lines(bank: &Bank, text: &str) {
    let source = Source::from_reader("made up", Cursor::new(text.to_owned())).unwrap();
    import_cellosaurus(&bank.app, &Actor::system("import"), source, Options::default(), &()).await.unwrap();
}

/// Imports lines from a file that comes with the product.
pub async fn import_line_file(bank: &Bank, name: &str) {
    import_cellosaurus(&bank.app, &Actor::system("import"), file(name), Options::default(), &()).await.unwrap();
}

/// Imports all diseases that come with the product, with their Korean names.
pub async fn import_all_diseases(bank: &Bank) {
    for name in ["disease_codes.csv", "disease_ancestors.csv", "disease_names_ko.csv"] {
        import_diseases(&bank.app, &Actor::system("import"), file(name), Options::default(), &()).await.unwrap();
    }
}

fn file(name: &str) -> Source {
    Source::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)).unwrap()
}

async fn fill(bank: &Bank) {
    import_all_diseases(bank).await;
    import_line_file(bank, "curated_psc_lines.txt").await;
}

/// Takes a reference line in.
async fn hold(bank: &Bank, rrid: &str, holdings: Holdings) -> LineView {
    let id = CellLineId(bank.number(&format!("SELECT id FROM cell_line WHERE rrid = '{rrid}'")).await);
    bank.app.run(&Actor::system("test"), TakeCellLineIntoHoldings { line: id, holdings }).await.unwrap()
}

/// What a read answers to the public, in English.
pub async fn seen(bank: &Bank, query: &str, variables: Value) -> Value {
    let answer = bank.ask(None, query, variables).await;
    assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
    answer["data"].clone()
}

/// Code and sentence of a refusal to the public.
async fn refused(bank: &Bank, query: &str) -> (String, String) {
    let answer = bank.ask(None, query, json!({})).await;
    let error = &answer["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("not refused: {query}: {answer}")).to_owned();
    (text(&error["extensions"]["code"]), text(&error["message"]))
}

/// Names that a search lists, in order, and the total.
pub async fn found(bank: &Bank, search: &str) -> Vec<String> {
    let query = "query($s: String) { cellLines(search: $s, first: 100) { totalCount nodes { name } } }";
    let list = seen(bank, query, json!({ "s": search })).await["cellLines"].clone();
    let names = names(&list["nodes"]);
    let total = list["totalCount"].as_u64().unwrap();
    assert_eq!(total.min(100), names.len() as u64, "{search}");
    names
}

fn names(nodes: &Value) -> Vec<String> {
    nodes.as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().into()).collect()
}

#[tokio::test]
async fn a_line_is_found_however_its_name_or_disease_is_typed() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let decomposed: String = "레트".nfd().collect();
        let rett = ["RS1-52M", "RS1-61P", "RS2-62P", "RS2-65M"];
        for search in [
            "레트",
            "레트증후군",
            "레트 증후군",
            &decomposed,
            "rett",
            "Rett Syndrome",
            "rett  syndrome!",
            "ＲＥＴＴ",
            "RTT",
        ] {
            assert_eq!(found(bank, search).await, rett, "{search}");
        }
        for code in ["MONDO:0010726", "mondo:0010726", "Orphanet:778", "OMIM:312750", "NCIT:C75488"] {
            assert_eq!(found(bank, code).await, rett, "{code}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_line_is_found_by_endings_accessions_and_other_names_and_nothing_is_found_by_nothing() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let rett = ["RS1-52M", "RS1-61P", "RS2-62P", "RS2-65M"];
        let syndrome = found(bank, "증후군").await;
        assert!(rett.iter().all(|name| syndrome.iter().any(|found| found == name)), "{syndrome:?}");
        assert!(syndrome.len() > 10, "the endings of other diseases as well: {syndrome:?}");
        for search in [
            "KSCBi001-A",
            "kscbi001a",
            "kscbi 001 a",
            "KSCBi001",
            "ＫＳＣＢｉ００１－Ａ",
            "CVCL_IT62",
            "cvcl it62",
            "cvclit62",
            "RRID:CVCL_IT62",
            "rrid: cvcl_it62",
            "hUSiPS2",
            "husips-2",
        ] {
            let first = found(bank, search).await.first().cloned();
            assert_eq!(first.as_deref(), Some("KSCBi001-A"), "{search}");
        }
        for (search, name) in [
            ("CHAe001-A", "CHA-hES3"),
            ("chae001a", "CHA-hES3"),
            ("ESIBIe003-A-4", "Envy"),
            ("SNUe005-A", "SNUhES11"),
            ("DGMIFi003-A-1", "KSCBi002-A-1"),
            ("CMC-003i-Nestin.EGFP", "KSCBi005-A-1"),
        ] {
            let first = found(bank, search).await.first().cloned();
            assert_eq!(first.as_deref(), Some(name), "{search}");
        }
        for nothing in ["***", "-", "zzzz", "rett zzzz", "레트 zzzz"] {
            assert_eq!(found(bank, nothing).await, [""; 0], "{nothing}");
        }
        let everything = "{ cellLines(first: 0) { totalCount } }";
        let all = seen(bank, everything, json!({})).await["cellLines"]["totalCount"].clone();
        assert_eq!(all, 253);
        for blank in ["", "  "] {
            let query = "query($s: String) { cellLines(search: $s, first: 0) { totalCount } }";
            assert_eq!(
                seen(bank, query, json!({ "s": blank })).await["cellLines"]["totalCount"],
                all,
                "an empty box is no search"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_parent_disease_finds_the_lines_of_its_children() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let query =
            "query($s: String, $w: CellLineFilter) { cellLines(search: $s, where: $w, first: 100) { nodes { name } } }";
        let list = async |search: Option<&str>, filter: Value| {
            let mut names = names(&seen(bank, query, json!({ "s": search, "w": filter })).await["cellLines"]["nodes"]);
            names.sort();
            names
        };
        let chosen = list(None, json!({ "disease": { "eq": "MONDO:0020121" } })).await;
        assert_eq!(chosen.len(), 19, "13 Duchenne, 5 Becker, 1 laminin-alpha-2 related, by the file: {chosen:?}");
        for search in ["근이영양증", "muscular dystrophy"] {
            let by_search = list(Some(search), json!({})).await;
            assert!(chosen.iter().all(|name| by_search.contains(name)), "{search}: {by_search:?}");
        }
        let child = list(None, json!({ "disease": { "eq": "MONDO:0010679" } })).await;
        assert_eq!(child.len(), 13);
        for (name, count) in [("orphanet:98896", 13), ("OMIM:310200", 13), ("MONDO:0010311", 5)] {
            assert_eq!(list(None, json!({ "disease": { "eq": name } })).await.len(), count, "{name}");
        }
        let either = json!({ "disease": { "in": ["MONDO:0010679", "MONDO:0010726"] } });
        assert_eq!(list(None, either.clone()).await.len(), 17, "values of one filter widen");
        assert_eq!(list(Some("rett"), either).await.len(), 4, "a search narrows");
        let id = seen(bank, r#"{ diseases(search: "레트") { nodes { id } } }"#, json!({})).await["diseases"]["nodes"]
            [0]["id"]
            .clone();
        assert_eq!(list(None, json!({ "disease": { "eq": id } })).await.len(), 4, "by global id");
        let (code, sentence) =
            refused(bank, r#"{ cellLines(where: { disease: { eq: "MONDO:9999999" } }) { totalCount } }"#).await;
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(sentence.contains("MONDO:9999999"), "{sentence}");
    })
    .await;
}

#[tokio::test]
async fn diseases_are_found_in_both_languages_and_by_code() {
    on_a_bank(async |bank| {
        import_all_diseases(bank).await;
        let query = "query($s: String) { diseases(search: $s, first: 100) { totalCount nodes { mondoId name nameKo label } } }";
        let rett = json!({ "mondoId": "MONDO:0010726", "name": "Rett syndrome", "nameKo": "레트증후군", "label": "Rett syndrome" });
        for search in ["레트", "레트 증후군", "rett syndrome", "RTT", "MONDO:0010726", "Orphanet:778", "orphanet 778"] {
            let list = seen(bank, query, json!({ "s": search })).await["diseases"].clone();
            assert!(list["nodes"].as_array().unwrap().contains(&rett), "{search}: {list}");
        }
        let by_code = seen(bank, query, json!({ "s": "MONDO:0010726" })).await["diseases"].clone();
        assert_eq!(by_code["totalCount"], 1);
        assert_eq!(seen(bank, query, json!({ "s": "***" })).await["diseases"]["totalCount"], 0, "as in the list of lines");
        assert_eq!(seen(bank, query, json!({ "s": null })).await["diseases"]["totalCount"], 1382);
    })
    .await;
}

#[tokio::test]
async fn a_search_has_at_most_200_characters() {
    on_a_bank(async |bank| {
        for field in ["cellLines", "diseases"] {
            let ask = |n: usize| format!("{{ {field}(search: \"{}\") {{ totalCount }} }}", "레".repeat(n));
            assert_eq!(seen(bank, &ask(200), json!({})).await[field]["totalCount"], 0);
            let (code, sentence) = refused(bank, &ask(201)).await;
            assert_eq!(code, "BAD_USER_INPUT", "{field}");
            assert!(sentence.contains("200"), "{sentence}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_is_found_exactly_first_and_loosely_only_when_unique() {
    on_a_bank(async |bank| {
        let twins = "ID   Twin\nAC   CVCL_TW01\n//\nID   Twin\nAC   CVCL_TW02\n//\nID   Solo-1\nAC   CVCL_TW03\n//\n
ID   SOLO 1\nAC   CVCL_TW04\n//\nID   Alone-7\nAC   CVCL_TW05\n//\n";
        import_lines(bank, &twins.replace("\n\n", "\n")).await;
        let by_name = "query($n: String) { cellLine(name: $n) { rrid } }";
        for (name, rrid) in [
            ("Alone-7", json!("CVCL_TW05")),
            ("alone 7", json!("CVCL_TW05")),
            ("ALONE7", json!("CVCL_TW05")),
            ("Solo-1", json!("CVCL_TW03")),
            ("SOLO 1", json!("CVCL_TW04")),
            ("Nobody", Value::Null),
            ("", Value::Null),
            ("***", Value::Null),
            ("Alone", Value::Null),
        ] {
            let line = seen(bank, by_name, json!({ "n": name })).await["cellLine"].clone();
            assert_eq!(line.get("rrid").cloned().unwrap_or_default(), rrid, "{name}");
        }
        for (name, rrids) in [
            ("Twin", ["CVCL_TW01", "CVCL_TW02"]),
            ("t-win", ["CVCL_TW01", "CVCL_TW02"]),
            ("solo1", ["CVCL_TW03", "CVCL_TW04"]),
        ] {
            let (code, sentence) = refused(bank, &format!("{{ cellLine(name: \"{name}\") {{ name }} }}")).await;
            assert_eq!(code, "BAD_USER_INPUT", "{name}");
            assert!(rrids.iter().all(|rrid| sentence.contains(rrid)), "{name}: {sentence}");
        }
        for key in ["", "(name: \"Twin\", rrid: \"CVCL_TW01\")", "(accession: \"A\", rrid: \"CVCL_TW01\")"] {
            assert_eq!(refused(bank, &format!("{{ cellLine{key} {{ name }} }}")).await.0, "BAD_USER_INPUT", "{key}");
        }
        bank.line("TEST-0001").await;
        for key in [
            "rrid: \"CVCL_TW05\"",
            "rrid: \"RRID:CVCL_TW05\"",
            "rrid: \" rrid:cvcl_tw05 \"",
            "accession: \"test-0001\"",
        ] {
            assert!(
                seen(bank, &format!("{{ cellLine({key}) {{ name }} }}"), json!({})).await["cellLine"].is_object(),
                "{key}"
            );
        }
        assert_eq!(
            seen(bank, r#"{ cellLine(accession: "CVCL_TW05") { name } }"#, json!({})).await["cellLine"],
            Value::Null
        );
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_there_for_the_bank_alone() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        import_all_diseases(bank).await;
        import_lines(bank, "ID   Hidden-1\nAC   CVCL_HI01\nDI   MONDO; MONDO:0010726; Rett syndrome\n//\n").await;
        import_lines(bank, "ID   Child-1\nAC   CVCL_HI02\nHI   CVCL_HI01 ! Hidden-1\n//\n").await;
        let draft = Holdings { status: PublicationStatus::Draft, ..holdings("TEST-0001") };
        let line = hold(bank, "CVCL_HI01", draft).await;
        let lot = bank.lot(&cast.staff, line.id, "LOT-1", 6).await;
        let query = format!(
            r#"{{ a: cellLine(accession: "TEST-0001") {{ name }} r: cellLine(rrid: "CVCL_HI01") {{ name }} n: cellLine(name: "hidden 1") {{ name }}
              node(id: "{}") {{ id }} lot: node(id: "{}") {{ id }} nodes(ids: ["{}"]) {{ id }}
              child: cellLine(rrid: "CVCL_HI02") {{ parent {{ name }} }}
              list: cellLines {{ totalCount nodes {{ name }} facets {{ field values {{ value count }} }} }}
              search: cellLines(search: "rett") {{ totalCount }} stock: cellLines(where: {{ inStock: true }}) {{ totalCount }} }}"#,
            line.id.global(), lot.global(), line.id.global()
        );
        let held = |facets: &Value| facets.as_array().unwrap().iter().any(|f| f["values"].as_array().unwrap().iter().any(|v| v["value"] == "HELD"));
        let hidden = |answer: &Value| {
            let answer = &answer["data"];
            for field in ["a", "r", "n", "node", "lot"] {
                assert_eq!(answer[field], Value::Null, "{field}");
            }
            assert_eq!(answer["nodes"], json!([null]));
            assert_eq!(answer["child"], json!({ "parent": null }));
            assert_eq!((&answer["list"]["totalCount"], &answer["list"]["nodes"]), (&json!(1), &json!([{ "name": "Child-1" }])));
            assert!(!held(&answer["list"]["facets"]), "{answer}");
            assert_eq!((&answer["search"]["totalCount"], &answer["stock"]["totalCount"]), (&json!(0), &json!(0)));
        };
        hidden(&bank.ask(None, &query, json!({})).await);
        for person in [&cast.researcher, &cast.signatory, &cast.stranger] {
            hidden(&bank.ask(Some(&person.token), &query, json!({})).await);
        }
        let staff = bank.data(&cast.staff, &query, json!({})).await;
        for field in ["a", "r", "n"] {
            assert_eq!(staff[field]["name"], "Hidden-1", "{field}");
        }
        assert!(staff["node"].is_object() && staff["lot"].is_object());
        assert_eq!(staff["child"]["parent"]["name"], "Hidden-1");
        assert_eq!(staff["list"]["nodes"], json!([{ "name": "Hidden-1" }, { "name": "Child-1" }]), "held before reference");
        assert!(held(&staff["list"]["facets"]));
        assert_eq!((&staff["search"]["totalCount"], &staff["stock"]["totalCount"]), (&json!(1), &json!(1)));
        let check = r#"{ checkUse(input: { accession: "TEST-0001", intendedUse: BASIC_RESEARCH }) { outcome } }"#;
        assert_eq!(refused(bank, check).await.0, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn a_held_line_never_tells_its_donors_age_or_alleles() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let record = |n: u8| {
            format!("ID   Donor-{n}\nAC   CVCL_DO0{n}\nSX   Female\nAG   38Y\nCC   HLA typing: A*24:02,26:01.\nCC   Population: Korean.\n//\n")
        };
        import_lines(bank, &(record(1) + &record(2))).await;
        hold(bank, "CVCL_DO01", holdings("TEST-0001")).await;
        let query = r#"{ held: cellLine(rrid: "CVCL_DO01") { donorAge donorSex comments crossReferences references webPages }
                         known: cellLine(rrid: "CVCL_DO02") { donorAge comments } }"#;
        let public = seen(bank, query, json!({})).await;
        let everybody = [bank.data(&cast.researcher, query, json!({})).await, bank.data(&cast.staff, query, json!({})).await, public];
        for seen in &everybody {
            assert_eq!((&seen["held"]["donorAge"], &seen["held"]["donorSex"]), (&json!("35-39"), &json!("Female")));
            assert!(!seen["held"].to_string().contains("38Y"), "{seen}");
            assert_eq!(seen["known"]["donorAge"], "38Y", "a reference line keeps what its source published");
            assert!(seen["known"].to_string().contains("HLA typing"), "{seen}");
        }
        for (rrid, shown) in [("CVCL_DO01", false), ("CVCL_DO02", true)] {
            let page = page_of(&bank.app, &cast.researcher.actor, &Key::Rrid(rrid.into())).await.unwrap().unwrap();
            let remarks = page.page.facts.remarks;
            assert_eq!(remarks.iter().any(|remark| remark.contains("A*24:02")), shown, "the page as the API: {remarks:?}");
        }
        for seen in &everybody {
            assert!(!seen["held"].to_string().contains("A*24:02"), "alleles of a held line are not read here: {seen}");
            assert!(seen["held"].to_string().contains("Korean"), "{seen}");
        }
    })
    .await;
}

#[tokio::test]
async fn stock_is_a_band_to_the_public_and_a_number_to_people_signed_in() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        for (accession, vials) in [("TEST-0001", 0), ("TEST-0002", 1), ("TEST-0003", 4), ("TEST-0004", 5)] {
            let line = bank.line(accession).await;
            if vials > 0 {
                bank.lot(&cast.staff, line.id, &format!("LOT-{accession}"), vials).await;
            }
        }
        import_lines(bank, "ID   Known\nAC   CVCL_KN01\n//\n").await;
        let query = "{ cellLines { nodes { name availability availableVials } } }";
        let stock = |answer: Value| {
            let nodes = answer["cellLines"]["nodes"].as_array().unwrap().clone();
            nodes.iter().map(|node| (node["availability"].clone(), node["availableVials"].clone())).collect::<Vec<_>>()
        };
        let bands = [json!("WAITING_LIST"), json!("FEW"), json!("FEW"), json!("AVAILABLE"), Value::Null];
        let public: Vec<_> = bands.iter().map(|band| (band.clone(), Value::Null)).collect();
        assert_eq!(stock(seen(bank, query, json!({})).await), public);
        let numbers = [json!(0), json!(1), json!(4), json!(5), Value::Null];
        let signed_in: Vec<_> = bands.into_iter().zip(numbers).collect();
        for person in [&cast.researcher, &cast.committee, &cast.staff] {
            assert_eq!(stock(bank.data(person, query, json!({})).await), signed_in);
        }
    })
    .await;
}
