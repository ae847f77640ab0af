//! The catalogue's pages over HTTP: what everybody finds, reads and checks without signing in, in both languages.

use crate::cast::PASSWORD;
use crate::instance::{Instance, Reply};
use crate::support::{Bank, on_a_bank};
use axum::http::{Method, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use stembank::demo;

/// A page in a language.
async fn page(instance: &Instance, lang: &str, address: &str) -> Reply {
    instance.send(Method::GET, address, &[("accept-language", lang)], String::new()).await
}

/// A page that is there, in Korean.
async fn found(instance: &Instance, address: &str) -> String {
    let reply = page(instance, "ko", address).await;
    assert_eq!(reply.status, StatusCode::OK, "{address}: {}", reply.text);
    reply.text
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
}

fn lacks(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(!text.contains(part), "'{part}' in {text}");
    }
}

// One demonstration for everything that only reads.
#[tokio::test]
async fn everybody_finds_their_way_through_the_catalogue() {
    on_a_bank(async |bank| {
        demo::fill(&bank.app).await.unwrap();
        bank.letters().await;
        let instance = Instance::of(bank);
        home_tells_what_is_known(&instance).await;
        every_filter_is_an_address(&instance).await;
        an_empty_list_says_what_to_try(&instance).await;
        a_line_has_one_address(&instance).await;
        a_line_that_is_not_given_out_says_why(&instance).await;
        a_use_is_checked_by_its_address(&instance).await;
        diseases_lead_to_their_lines(&instance).await;
        machines_find_everything(&instance).await;
        a_first_visit_is_light(&instance).await;
    })
    .await;
}

/// Everything that a browser loads for a page, fonts excepted, compressed: less than 100 kB.
async fn a_first_visit_is_light(instance: &Instance) {
    for address in ["/", "/catalogue", "/catalogue/DEMO-0039", "/statistics"] {
        let page = found(instance, address).await;
        let parts = page.split(['"', '#']).filter(|part| part.starts_with("/static/") && !part.ends_with(".woff2"));
        let parts: BTreeSet<&str> = parts.collect();
        assert!(parts.len() >= 3, "a sheet, a script and drawings: {parts:?}");
        let mut bytes = compressed(&page);
        for part in parts {
            bytes += compressed(&found(instance, part).await);
        }
        assert!(bytes < 100_000, "{address} and what it needs: {bytes} bytes");
        eprintln!("{address} loads {bytes} bytes");
    }
}

fn compressed(text: &str) -> usize {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

async fn home_tells_what_is_known(instance: &Instance) {
    let ko = found(instance, "/").await;
    has(&ko, &["2024년 분양", "133", "74.0", "1.8", "/statistics/2024", "DEMO-0039", "새로 공개한 세포주"]);
    let en = page(instance, "en", "/").await.text;
    has(&en, &["Distributions in 2024", "1.8 times the mean", "Newly published lines"]);
}

async fn every_filter_is_an_address(instance: &Instance) {
    let held = found(instance, "/catalogue").await;
    has(&held, &["세포주 42주", "value=\"held\" id=\"c-holding-held\" checked", "/catalogue?holding=all", "분양 가능"]);
    lacks(&held, &["RS1-52M"]);
    let all = found(instance, "/catalogue?holding=all").await;
    has(&all, &["세포주 259주", "value=\"all\" id=\"c-holding-all\" checked"]);
    // OR within a filter, AND across filters.
    has(&found(instance, "/catalogue?stock=few&stock=waiting_list&lmo=true&lmo=false").await, &["세포주 10주"]);
    let rett = found(instance, "/catalogue?disease=MONDO:0010726&holding=all").await;
    has(&rett, &["세포주 5주", "레트증후군", "RS1-52M", "href=\"/catalogue?holding=all\""]);
    let first = found(instance, "/catalogue?sort=newest").await;
    let after = first.split("after=").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page").to_owned();
    let second = found(instance, &format!("/catalogue?sort=newest&after={after}")).await;
    assert_ne!(first, second);
    let wrong = page(instance, "ko", &format!("/catalogue?sort=name&after={after}")).await;
    assert_eq!((wrong.status, wrong.header("location")), (StatusCode::SEE_OTHER, "/catalogue?sort=name"));
    let unknown = found(instance, "/catalogue?disease=MONDO:0&grade=gold").await;
    has(&unknown, &["MONDO:0", "조건에서 뺐습니다", "세포주 42주"]);
    let table = page(instance, "ko", "/catalogue.csv?q=레트").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert!(table.header("content-disposition").starts_with("attachment; filename=\"cell-lines-"));
    assert!(table.text.starts_with("\u{FEFF}등록번호,"), "{}", table.text);
    has(&table.text, &["DEMO-0039"]);
    assert_eq!(table.text.lines().count(), 2, "{}", table.text);
}

async fn an_empty_list_says_what_to_try(instance: &Instance) {
    let near = found(instance, "/catalogue?q=kscbi009x").await;
    has(
        &near,
        &["조건에 맞는 세포주가 없습니다", "비슷한 이름", "KSCBi009-A", "/catalogue?q=KSCBi009-A&#38;holding=all"],
    );
    let dropped = found(instance, "/catalogue?q=RS1-52M").await;
    has(&dropped, &["‘보유’ 조건을 빼면 1주", "/catalogue?q=RS1-52M&#38;holding=all"]);
    let long = found(instance, &format!("/catalogue?q={}", "a".repeat(201))).await;
    has(&long, &["검색어는 200자 이하로", "aria-invalid"]);
    lacks(&long, &["DEMO-0001"]);
}

async fn a_line_has_one_address(instance: &Instance) {
    let line = found(instance, "/catalogue/DEMO-0002").await;
    has(&line, &["KSCBi002-A", "RRID:CVCL_IT63", "성인", "피부 진피", "KSCBi002-B", "action=\"/basket/add\"", "적합"]);
    let json = line.split("application/ld+json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: Value = serde_json::from_str(json.expect("data for machines")).unwrap();
    assert_eq!(data["identifier"][1], "RRID:CVCL_IT63");
    assert_eq!(data["taxonomicRange"]["name"], "Homo sapiens");
    let to = async |name: &str| {
        let reply = page(instance, "ko", &format!("/catalogue/{name}")).await;
        (reply.status, reply.header("location").to_owned())
    };
    assert_eq!(to("CVCL_IT63").await, (StatusCode::MOVED_PERMANENTLY, "/catalogue/DEMO-0002".into()));
    assert_eq!(to("demo-0002").await, (StatusCode::MOVED_PERMANENTLY, "/catalogue/DEMO-0002".into()));
    assert_eq!(to("kscbi001a").await, (StatusCode::FOUND, "/catalogue/DEMO-0001".into()));
    let several = page(instance, "ko", "/catalogue/kscbi002").await;
    assert_eq!(several.status, StatusCode::MULTIPLE_CHOICES);
    has(&several.text, &["/catalogue/DEMO-0002", "/catalogue/DEMO-0005"]);
    assert_eq!(to("nonsense").await.0, StatusCode::NOT_FOUND);
    let reference = found(instance, "/catalogue/CVCL_A3YS").await;
    has(&reference, &["은행이 보유하지 않은 세포주", "https://www.cellosaurus.org/CVCL_A3YS"]);
    lacks(&reference, &["/basket/add"]);
}

async fn a_line_that_is_not_given_out_says_why(instance: &Instance) {
    let suspended = page(instance, "en", "/catalogue/DEMO-0041").await.text;
    has(&suspended, &["Suspended", "since 2025-10-13", "abnormal karyotype", "Find another line"]);
    lacks(&suspended, &["/basket/add"]);
    let withdrawn = found(instance, "/catalogue/DEMO-0042").await;
    has(&withdrawn, &["동의를 철회", "2025-10-13"]);
    lacks(&withdrawn, &["/basket/add"]);
}

async fn a_use_is_checked_by_its_address(instance: &Instance) {
    let missing = found(instance, "/catalogue/DEMO-0040/use?use=disease_modelling&have=irb").await;
    has(&missing, &["1가지를 갖춰야 합니다", "제22조", "value=\"irb\" checked", "action=\"/basket/add\""]);
    let ready = found(instance, "/catalogue/DEMO-0040/use?use=disease_modelling&have=irb&have=lmo").await;
    has(&ready, &["갖출 것은 모두 있습니다"]);
    let refused = found(instance, "/catalogue/DEMO-0040/use?use=treatment&redistribution=1").await;
    has(&refused, &["허용되지 않습니다", "제3자에게 제공할 수 없습니다"]);
    lacks(&refused, &["/basket/add"]);
    let abroad = page(instance, "en", "/catalogue/DEMO-0040/use?country=ZZ").await.text;
    has(&abroad, &["Provision abroad needs an export approval"]);
    let moved = page(instance, "ko", "/catalogue/CVCL_IT63/use?use=education").await;
    assert_eq!(moved.header("location"), "/catalogue/DEMO-0002/use?use=education");
}

async fn diseases_lead_to_their_lines(instance: &Instance) {
    let list = found(instance, "/diseases?q=레트").await;
    has(&list, &["레트증후군", "Rett syndrome", "/diseases/MONDO:0010726"]);
    let some = found(instance, "/diseases").await;
    let all = found(instance, "/diseases?all=1").await;
    assert_ne!(some, all);
    let rett = found(instance, "/diseases/MONDO:0010726").await;
    has(&rett, &["은행 보유 1주", "OMIM:312750", "RS1-52M", "/catalogue?disease=MONDO%3A0010726", "MedicalCondition"]);
    let moved = page(instance, "ko", "/diseases/mondo:0010726").await;
    assert_eq!(moved.header("location"), "/diseases/MONDO:0010726");
    assert_eq!(page(instance, "ko", "/diseases/MONDO:0").await.status, StatusCode::NOT_FOUND);
}

async fn machines_find_everything(instance: &Instance) {
    let index = found(instance, "/sitemap.xml").await;
    has(&index, &["http://127.0.0.1:8080/sitemap/lines-1.xml", "/sitemap/diseases.xml"]);
    let lines = found(instance, "/sitemap/lines-1.xml").await;
    has(
        &lines,
        &["/catalogue/DEMO-0001</loc>", "hreflang=\"en\" href=\"http://127.0.0.1:8080/catalogue/CVCL_A3YS?lang=en\""],
    );
    has(&found(instance, "/sitemap/diseases.xml").await, &["/diseases/MONDO:0010726</loc>"]);
    assert_eq!(page(instance, "ko", "/sitemap/lines-99.xml").await.status, StatusCode::NOT_FOUND);
    has(&found(instance, "/robots.txt").await, &["Disallow: /account", "Sitemap: http://127.0.0.1:8080/sitemap.xml"]);
}

/// The cookies of somebody who signed in, with English pages.
async fn signed_in(bank: &Bank, email: &str) -> String {
    let instance = Instance::of(bank);
    let headers = [("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];
    let body = serde_urlencoded::to_string([("email", email), ("password", PASSWORD)]).unwrap();
    let reply = instance.send(Method::POST, "/sign-in", &headers, body).await;
    let session = reply.header("set-cookie").split(';').next().unwrap().to_owned();
    format!("lang=en; {session}")
}

#[tokio::test]
async fn the_public_reads_bands_and_whoever_signed_in_reads_numbers() {
    on_a_bank(async |bank| {
        // Given a line with six free vials.
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 6).await;
        let instance = Instance::of(bank);
        // When everybody and somebody look, then only the second reads the number.
        for address in ["/catalogue", "/catalogue/TEST-0001"] {
            let public = page(&instance, "en", address).await.text;
            has(&public, &["Available"]);
            lacks(&public, &["6 vials</span>", "<b class=\"big\">6</b>"]);
            let cookie = signed_in(bank, &cast.researcher.email).await;
            let own = instance.send(Method::GET, address, &[("cookie", &cookie)], String::new()).await;
            assert!(own.text.contains("6 vials</span>") || own.text.contains("<b class=\"big\">6</b>"), "{}", own.text);
            assert_eq!(own.header("cache-control"), "no-store", "a page with numbers is nobody else's");
        }
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_told_when_it_has_a_page_already_and_when_the_page_changed() {
    on_a_bank(async |bank| {
        bank.line("TEST-0001").await;
        let instance = Instance::of(bank);
        let first = page(&instance, "en", "/catalogue").await;
        let etag = first.header("etag").to_owned();
        let again = async || {
            let headers = [("accept-language", "en"), ("if-none-match", etag.as_str())];
            instance.send(Method::GET, "/catalogue", &headers, String::new()).await
        };
        let known = again().await;
        assert_eq!((known.status, known.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        bank.line("TEST-0002").await;
        let changed = again().await;
        assert_eq!(changed.status, StatusCode::OK);
        has(&changed.text, &["TEST-0002"]);
    })
    .await;
}
