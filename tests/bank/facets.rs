//! Facets count what the list then lists; an empty list says what to try; a whole list goes out as a table.

use crate::cast::{Cast, holdings};
use crate::catalogue::{import_all_diseases, import_line_file, seen};
use crate::support::{Bank, on_a_bank};
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use stembank::actor::Actor;
use stembank::catalogue::commands::{RegisterCellLine, SuspendCellLine};
use stembank::catalogue::model::cell_line::CellType;
use stembank::catalogue::model::genetic_modification::Kind;
use stembank::catalogue::publication::Reason;
use stembank::language::Lang;
use stembank::search::{Filter, Order, export};

/// The real lines, and held ones with every band, some changes, a grade and a standing.
async fn fill(bank: &Bank) -> Cast {
    import_all_diseases(bank).await;
    import_line_file(bank, "curated_psc_lines.txt").await;
    let cast = bank.cast().await;
    let changes = |kinds: &[Kind]| kinds.iter().map(|kind| (*kind, String::from("GENE"), None)).collect::<Vec<_>>();
    let lines: [(&str, i32, &[Kind]); 7] = [
        ("TEST-0001", 9, &[Kind::KnockIn, Kind::KnockOut]),
        ("TEST-0002", 5, &[Kind::KnockIn, Kind::KnockIn]),
        ("TEST-0003", 4, &[]),
        ("TEST-0004", 1, &[Kind::Transgene]),
        ("TEST-0005", 0, &[]),
        ("TEST-0006", 0, &[]),
        ("TEST-0007", 6, &[]),
    ];
    for (accession, vials, kinds) in lines {
        let mut held = holdings(accession);
        held.lmo = (vials == 4).then_some(true);
        let diseases = if vials > 4 { vec![("MONDO:0010726".into(), "Rett syndrome".into())] } else { vec![] };
        let new = RegisterCellLine {
            name: format!("Made-up {accession}"),
            cell_type: CellType::InducedPluripotent,
            diseases,
            modifications: changes(kinds),
            made_up: true,
            holdings: held,
        };
        let line = bank.app.run(&Actor::system("test"), new).await.unwrap();
        if vials > 0 {
            bank.lot(&cast.staff, line.id, &format!("LOT-{accession}"), vials).await;
        }
        if accession == "TEST-0006" {
            let reason = Reason { en: "A made-up reason.".into(), ko: "지어낸 사유입니다.".into() };
            bank.app.run(&cast.staff.actor, SuspendCellLine { line: line.id, reason }).await.unwrap();
        }
    }
    bank.quarantined(&cast.staff, last_line(bank).await, "QUARANTINED", 9).await;
    // The bank recorded a change that the source does not name, and the other way round.
    bank.execute("UPDATE cell_line SET engineered_in_source = FALSE WHERE accession = 'TEST-0004'").await.unwrap();
    bank.execute("UPDATE cell_line SET grade = 'clinical' WHERE accession = 'TEST-0002'").await.unwrap();
    bank.letters().await;
    cast
}

async fn last_line(bank: &Bank) -> stembank::id::CellLineId {
    stembank::id::CellLineId(bank.number("SELECT id FROM cell_line WHERE accession = 'TEST-0005'").await)
}

const FACETS: &str = "query($s: String, $w: CellLineFilter) { cellLines(search: $s, where: $w, first: 0) { totalCount
    facets { field values { value label count } } } }";

/// What choosing only this value of a facet would be as a filter.
fn chosen(field: &str, value: &str, mut filter: Value) -> Value {
    filter[field] = match field {
        "livingModifiedOrganism" => json!(value == "true"),
        _ => json!({ "eq": value }),
    };
    filter
}

#[tokio::test]
async fn every_facet_counts_exactly_what_its_value_lists() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let filters = [
            (json!(null), json!({})),
            (json!(null), json!({ "holding": { "eq": "HELD" } })),
            (json!("rett"), json!({})),
            (json!("made up"), json!({ "modification": { "in": ["KNOCK_IN", "NONE"] } })),
            (json!(null), json!({ "availability": { "in": ["AVAILABLE", "WAITING_LIST"] } })),
            (json!(null), json!({ "availability": { "eq": "FEW" }, "livingModifiedOrganism": true })),
            (json!(null), json!({ "livingModifiedOrganism": false, "donorSex": { "eq": "Male" } })),
            (json!(null), json!({ "donorSex": { "in": ["Male", "Female"] }, "cellType": { "eq": "EMBRYONIC" } })),
            (json!(null), json!({ "modification": { "eq": "NONE" }, "inStock": true })),
            (json!(null), json!({ "publicationStatus": { "eq": "PUBLISHED" }, "disease": { "eq": "MONDO:0010726" } })),
            (json!(null), json!({ "grade": { "eq": "CLINICAL" }, "modification": { "eq": "KNOCK_IN" } })),
            (json!("zzzz"), json!({ "holding": { "eq": "HELD" } })),
        ];
        let mut compared = 0;
        for (search, filter) in filters {
            let list = seen(bank, FACETS, json!({ "s": search, "w": filter })).await["cellLines"].clone();
            for facet in list["facets"].as_array().unwrap() {
                let field = facet["field"].as_str().unwrap();
                for value in facet["values"].as_array().unwrap() {
                    let only = chosen(field, value["value"].as_str().unwrap(), filter.clone());
                    let listed = seen(
                        bank,
                        "query($s: String, $w: CellLineFilter) { cellLines(search: $s, where: $w) { totalCount } }",
                        json!({ "s": search, "w": only }),
                    )
                    .await["cellLines"]["totalCount"]
                        .clone();
                    assert_eq!(value["count"], listed, "{search} {filter}: {field} {value}");
                    assert!(!value["label"].as_str().unwrap().is_empty());
                    compared += 1;
                }
            }
        }
        assert!(compared > 150, "{compared}");
    })
    .await;
}

#[tokio::test]
async fn bands_changes_sexes_and_standings_are_counted_and_reference_lines_have_no_band() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let values = async |field: &str, filter: Value| {
            let list = seen(bank, FACETS, json!({ "w": filter })).await["cellLines"].clone();
            let facet =
                list["facets"].as_array().unwrap().iter().find(|facet| facet["field"] == field).unwrap().clone();
            let one = |v: &Value| (v["value"].as_str().unwrap().to_owned(), v["count"].as_i64().unwrap());
            facet["values"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()
        };
        let pair = |value: &str, count: i64| (value.to_owned(), count);
        // Nine, five and six vials; four and one; none twice.
        let bands = [pair("AVAILABLE", 3), pair("FEW", 2), pair("WAITING_LIST", 2)];
        assert_eq!(values("availability", json!({})).await, bands);
        assert_eq!(values("availability", json!({ "holding": { "eq": "REFERENCE" } })).await, []);
        // OR within a facet: choosing a band leaves the facet's own counts as they were.
        assert_eq!(values("availability", json!({ "availability": { "eq": "FEW" } })).await, bands);
        assert_eq!(
            values("holding", json!({ "availability": { "in": ["FEW", "AVAILABLE"] } })).await,
            [pair("HELD", 5)]
        );
        // AND across facets.
        let clinical = json!({ "grade": { "eq": "CLINICAL" } });
        assert_eq!(values("availability", clinical).await, [pair("AVAILABLE", 1)]);
        let held = json!({ "holding": { "eq": "HELD" } });
        let changes = [pair("NONE", 4), pair("KNOCK_IN", 2), pair("KNOCK_OUT", 1), pair("TRANSGENE", 1)];
        assert_eq!(values("modification", held.clone()).await, changes);
        assert_eq!(values("livingModifiedOrganism", held.clone()).await, [pair("false", 4), pair("true", 3)]);
        assert_eq!(values("publicationStatus", held).await, [pair("PUBLISHED", 6), pair("SUSPENDED", 1)]);
        let female = bank.number("SELECT count(*) FROM cell_line WHERE sex = 'Female'").await;
        assert!(values("donorSex", json!({})).await.contains(&pair("Female", female)));
    })
    .await;
}

#[tokio::test]
async fn an_empty_list_says_what_begins_alike_and_which_filter_to_drop() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let query = "query($s: String, $w: CellLineFilter) { cellLines(search: $s, where: $w) { totalCount
            suggestions { near { search isDisease } without { field count } } } }";
        let ask = async |search: Value, filter: Value| {
            seen(bank, query, json!({ "s": search, "w": filter })).await["cellLines"].clone()
        };
        let list = ask(json!("KSCBi001-Z"), json!({})).await;
        assert_eq!(list["totalCount"], 0);
        let near = list["suggestions"]["near"].as_array().unwrap();
        assert!(!near.is_empty() && near.len() <= 5, "{list}");
        assert_eq!(near[0]["search"], "KSCBi001-A");
        for one in near {
            let again = ask(one["search"].clone(), json!({})).await;
            assert!(again["totalCount"].as_i64().unwrap() > 0, "{one}");
        }

        let list = ask(json!("rettx"), json!({})).await;
        let rett = json!({ "search": "Rett syndrome", "isDisease": true });
        assert!(list["suggestions"]["near"].as_array().unwrap().contains(&rett), "{list}");

        // The search is right and one filter is not: the filter is to be dropped, the search stays.
        let list = ask(json!("TEST-0001"), json!({ "availability": { "eq": "FEW" } })).await;
        assert_eq!(list["totalCount"], 0);
        let without = json!([{ "field": "SEARCH", "count": 2 }, { "field": "AVAILABILITY", "count": 1 }]);
        assert_eq!(list["suggestions"], json!({ "near": [], "without": without }));

        let nothing = json!({ "near": [], "without": [] });
        assert_eq!(ask(json!("rett"), json!({})).await["suggestions"], nothing, "a list that is not empty");
        assert_eq!(ask(json!("-"), json!({})).await["suggestions"], nothing);
    })
    .await;
}

#[tokio::test]
async fn a_whole_list_goes_out_as_a_table_with_numbers_only_for_who_may_see_them() {
    on_a_bank(async |bank| {
        let cast = fill(bank).await;
        let table = async |actor: &Actor, filter: Filter| {
            let pieces = export::export(&bank.app, actor, filter, Order::Relevance).await.unwrap();
            let pieces: Vec<String> = pieces.try_collect().await.unwrap();
            let text = pieces.concat();
            let text = text.strip_prefix('\u{FEFF}').expect("spreadsheets are told that it is UTF-8").to_owned();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect::<Vec<Vec<String>>>()
        };
        let public = table(&Actor::anonymous(Lang::Ko), Filter::default()).await;
        let all = bank.number("SELECT count(*) FROM cell_line").await;
        assert_eq!(public.len() as i64, all + 1, "one row a line, and the heads");
        assert_eq!(public[0][..3], ["등록번호", "RRID", "이름"]);
        assert!(public.iter().all(|row| row.len() == 12));
        assert_eq!(public[1][0], "TEST-0001");
        assert_eq!(public[1][5], "레트증후군");
        assert_eq!(public[1][10], "분양 가능");
        assert_eq!(public.last().unwrap()[10], "", "a reference line has no band");
        let mut names: Vec<_> = public.iter().map(|row| row[1..3].concat()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), public.len(), "no line twice, none left out");

        let mut staff = cast.staff.actor.clone();
        staff.lang = Lang::En;
        let filter = Filter { search: Some("made up".into()), ..Filter::default() };
        let seen = table(&staff, filter).await;
        assert_eq!(seen.len(), 8);
        assert_eq!(seen[0][10..], ["Availability", "Available vials", "Made up"]);
        assert_eq!(seen[1][10..], ["Available", "9", "yes"]);
        assert_eq!(seen[1][7], "Knock-in: GENE; Knock-out: GENE");
        assert_eq!(seen[6][9..], ["Suspended", "Waiting list", "0", "yes"]);

        let wrong = Filter { disease: vec!["MONDO:9".into()], ..Filter::default() };
        assert!(export::export(&bank.app, &staff, wrong, Order::Name).await.is_err(), "refused before the first word");
    })
    .await;
}
