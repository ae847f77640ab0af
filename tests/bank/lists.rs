//! Lists of lines: filters, facets that tell the truth, pages that neither repeat nor skip.

use crate::cast::holdings;
use crate::catalogue::{import_all_diseases, import_line_file, import_lines, seen};
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use stembank::actor::Actor;
use stembank::catalogue::commands::{Holdings, TakeCellLineIntoHoldings};
use stembank::catalogue::model::cell_line::Grade;
use stembank::id::CellLineId;

const PAGE: &str =
    "query($s: String, $w: CellLineFilter, $o: CellLineOrder! = RELEVANCE, $f: Int, $a: String, $l: Int, $b: String) {
    cellLines(search: $s, where: $w, orderBy: $o, first: $f, after: $a, last: $l, before: $b) {
      totalCount edges { cursor node { id } } nodes { name holding }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn fill(bank: &Bank) {
    import_all_diseases(bank).await;
    import_line_file(bank, "curated_psc_lines.txt").await;
    // One line of the parent itself, so that a parent's count is more than its own lines or its children's.
    import_lines(bank, "ID   Parent-1\nAC   CVCL_PA01\nDI   MONDO; MONDO:0020121; Muscular dystrophy\n//\n").await;
    let staff = bank
        .person("keeper", None, vec![stembank::actor::Grant { role: stembank::actor::Role::Staff, institution: None }])
        .await;
    for (n, (rrid, grade)) in
        [("CVCL_IT62", Grade::Research), ("CVCL_IT63", Grade::Clinical), ("CVCL_A3YS", Grade::Research)]
            .into_iter()
            .enumerate()
    {
        let id = CellLineId(bank.number(&format!("SELECT id FROM cell_line WHERE rrid = '{rrid}'")).await);
        let holdings = Holdings { grade, ..holdings(&format!("TEST-000{n}")) };
        bank.app.run(&Actor::system("test"), TakeCellLineIntoHoldings { line: id, holdings }).await.unwrap();
        if grade == Grade::Research {
            bank.lot(&staff, id, &format!("LOT-{n}"), 2).await;
        }
    }
}

async fn page(bank: &Bank, variables: Value) -> Value {
    seen(bank, PAGE, variables).await["cellLines"].clone()
}

async fn total(bank: &Bank, search: Option<&str>, filter: &Value) -> i64 {
    let query = "query($s: String, $w: CellLineFilter) { cellLines(search: $s, where: $w, first: 0) { totalCount } }";
    seen(bank, query, json!({ "s": search, "w": filter })).await["cellLines"]["totalCount"].as_i64().unwrap()
}

#[tokio::test]
async fn filters_of_one_kind_widen_and_different_kinds_narrow() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let count = async |filter: Value| total(bank, None, &filter).await;
        let all = count(json!({})).await;
        assert_eq!(all, 254);
        assert_eq!(count(json!({ "holding": { "eq": "HELD" } })).await, 3);
        assert_eq!(count(json!({ "holding": { "eq": "REFERENCE" } })).await, 251);
        assert_eq!(count(json!({ "holding": { "in": ["HELD", "REFERENCE"] } })).await, all);
        let embryonic = count(json!({ "cellType": { "eq": "EMBRYONIC" } })).await;
        let induced = count(json!({ "cellType": { "eq": "INDUCED_PLURIPOTENT" } })).await;
        assert!(embryonic >= 45 && induced >= 130, "{embryonic} {induced}");
        assert_eq!(
            count(json!({ "cellType": { "in": ["EMBRYONIC", "INDUCED_PLURIPOTENT"] } })).await,
            embryonic + induced
        );
        assert_eq!(count(json!({ "cellType": { "eq": "EMBRYONIC" }, "holding": { "eq": "HELD" } })).await, 0);
        assert_eq!(count(json!({ "grade": { "eq": "CLINICAL" } })).await, 1);
        assert_eq!(count(json!({ "inStock": true })).await, 2);
        assert_eq!(count(json!({ "inStock": false })).await, all - 2);
        assert_eq!(count(json!({ "inStock": true, "disease": { "eq": "MONDO:0010726" } })).await, 1);
        assert_eq!(total(bank, Some("rett"), &json!({ "holding": { "eq": "HELD" } })).await, 1);
        assert_eq!(count(json!({ "cellType": { "in": [] } })).await, all, "an empty choice is none");
    })
    .await;
}

#[tokio::test]
async fn choosing_a_value_of_a_facet_lists_as_many_lines_as_it_says() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let query = "query($s: String, $w: CellLineFilter) { cellLines(search: $s, where: $w) { facets { field values { value label count } } } }";
        let mut looked_at = 0;
        for (search, base) in [
            (None, json!({})),
            (None, json!({ "holding": { "eq": "HELD" } })),
            (None, json!({ "cellType": { "eq": "INDUCED_PLURIPOTENT" }, "holding": { "in": ["REFERENCE"] } })),
            (None, json!({ "disease": { "eq": "MONDO:0020121" } })),
            (None, json!({ "inStock": false })),
            (Some("근이영양증"), json!({})),
            (Some("rett"), json!({ "disease": { "eq": "MONDO:0010679" } })),
            (Some("***"), json!({})),
        ] {
            let facets = seen(bank, query, json!({ "s": search, "w": base })).await["cellLines"]["facets"].clone();
            let fields: Vec<_> = facets.as_array().unwrap().iter().map(|facet| facet["field"].as_str().unwrap()).collect();
            let more = ["availability", "modification", "livingModifiedOrganism", "donorSex", "publicationStatus"];
            assert_eq!(fields, [&["holding", "cellType", "grade", "disease"][..], &more[..]].concat());
            for facet in facets.as_array().unwrap() {
                let field = facet["field"].as_str().unwrap();
                let values = facet["values"].as_array().unwrap();
                assert!(values.is_sorted_by_key(|value| std::cmp::Reverse(value["count"].as_i64())), "{field}: {values:?}");
                for value in values {
                    let mut chosen = base.clone();
                    chosen[field] = match field {
                        "livingModifiedOrganism" => json!(value["value"] == "true"),
                        _ => json!({ "eq": value["value"] }),
                    };
                    let listed = total(bank, search, &chosen).await;
                    assert_eq!(value["count"], listed, "{search:?} {base} and then {field} = {}", value["label"]);
                    looked_at += 1;
                }
            }
        }
        assert!(looked_at > 60, "{looked_at}");
    })
    .await;
}

/// Ids of a whole list, page after page, forward or backward, always in the list's order.
async fn whole(bank: &Bank, base: &Value, size: usize, forward: bool) -> Vec<String> {
    let (mut ids, mut cursor) = (vec![], Value::Null);
    loop {
        let mut variables = base.clone();
        let window = if forward { ("f", "a") } else { ("l", "b") };
        variables[window.0] = json!(size);
        variables[window.1] = cursor;
        let page = page(bank, variables).await;
        let edges = page["edges"].as_array().unwrap();
        let some: Vec<String> = edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().into()).collect();
        assert!(some.len() <= size);
        let info = &page["pageInfo"];
        assert_eq!(info["startCursor"], edges.first().map_or(Value::Null, |edge| edge["cursor"].clone()));
        let more = if forward { &info["hasNextPage"] } else { &info["hasPreviousPage"] };
        cursor = if forward { info["endCursor"].clone() } else { info["startCursor"].clone() };
        ids = if forward { [ids, some].concat() } else { [some, ids].concat() };
        if more == false {
            assert_eq!(page["totalCount"], ids.len());
            return ids;
        }
    }
}

#[tokio::test]
async fn paging_gives_every_line_once_in_both_directions() {
    on_a_bank(async |bank| {
        fill(bank).await;
        for base in [
            json!({}),
            json!({ "o": "NAME" }),
            json!({ "o": "NEWEST" }),
            json!({ "s": "hips" }),
            json!({ "s": "증후군", "o": "NAME" }),
            json!({ "s": "ips", "o": "NEWEST" }),
            json!({ "w": { "cellType": { "eq": "EMBRYONIC" } } }),
            json!({ "w": { "disease": { "eq": "MONDO:0020121" } } }),
        ] {
            for size in [7, 100] {
                let forward = whole(bank, &base, size, true).await;
                assert_eq!(whole(bank, &base, size, false).await, forward, "{base} by {size}");
                let mut once = forward.clone();
                once.sort();
                once.dedup();
                assert_eq!(once.len(), forward.len(), "{base}: a line twice");
                assert!(!forward.is_empty(), "{base}");
            }
        }
        assert_eq!(whole(bank, &json!({}), 50, true).await.len(), 254);
        let held = page(bank, json!({ "f": 5 })).await["nodes"].clone();
        let holding: Vec<_> = held.as_array().unwrap().iter().map(|node| node["holding"].as_str().unwrap()).collect();
        assert_eq!(holding, ["HELD", "HELD", "HELD", "REFERENCE", "REFERENCE"], "held ones rank first");
    })
    .await;
}

#[tokio::test]
async fn a_window_that_makes_no_sense_is_refused() {
    on_a_bank(async |bank| {
        fill(bank).await;
        let ask = async |variables: Value| bank.ask(None, PAGE, variables).await;
        for (variables, part) in [
            (json!({ "f": 101 }), "100"),
            (json!({ "f": -1 }), "-1"),
            (json!({ "l": 101 }), "100"),
            (json!({ "f": 1, "l": 1 }), "last"),
            (json!({ "a": "nonsense" }), "after"),
            (json!({ "b": "" }), "before"),
        ] {
            let answer = ask(variables.clone()).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{variables}: {answer}");
            let sentence = answer["errors"][0]["message"].as_str().unwrap();
            assert!(sentence.contains(part), "{variables}: {sentence}");
        }
        let none = page(bank, json!({ "f": 0 })).await;
        assert_eq!((&none["edges"], &none["totalCount"]), (&json!([]), &json!(254)));
        let twenty = page(bank, json!({})).await;
        assert_eq!(twenty["edges"].as_array().unwrap().len(), 20, "unless told");

        let cursor =
            async |query: &str, field: &str| seen(bank, query, json!({})).await[field]["pageInfo"]["endCursor"].clone();
        let of_diseases = cursor("{ diseases(first: 1) { pageInfo { endCursor } } }", "diseases").await;
        let newest = cursor("{ cellLines(first: 1, orderBy: NEWEST) { pageInfo { endCursor } } }", "cellLines").await;
        let searched =
            cursor("{ cellLines(first: 1, search: \"rett\") { pageInfo { endCursor } } }", "cellLines").await;
        for other in [of_diseases, newest, searched] {
            let answer = ask(json!({ "a": other })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{other}: {answer}");
        }
    })
    .await;
}
