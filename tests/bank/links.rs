//! No dead ends: whatever a page of the demonstration links to is there, for everybody who sees the link.

use crate::pages::Pages;
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use stembank::accounts::demo_accounts::ACCESS;
use stembank::demo;

/// Pages of one kind that are looked at: two requests tell what a hundred would.
const OF_A_KIND: usize = 3;
/// Links that do something or leave the bank's pages.
const NOT_FOLLOWED: [&str; 4] = ["/static/", "/graphql", "/sign-in/", "/emblem"];

/// An address without what differs between pages of a kind: numbers, names, values.
fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let part =
        |part: &str| if part.contains(|c: char| c.is_ascii_digit() || c == '%') { "*".into() } else { part.to_owned() };
    let path: Vec<String> = path.split('/').map(part).collect();
    let names: BTreeSet<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    format!("{}?{}", path.join("/"), names.into_iter().collect::<Vec<_>>().join("&"))
}

/// Addresses of the bank in a page, without their places.
fn links(page: &str) -> Vec<String> {
    let parts = page.split("href=\"").skip(1).filter_map(|part| part.split('"').next());
    let plain = |link: &str| link.split('#').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&");
    parts.filter(|link| link.starts_with('/')).map(plain).filter(|link| !link.is_empty()).collect()
}

/// Follows links from the home page on: each that is not there, with the page that has it; and how many were followed.
async fn dead_ends(pages: &Pages) -> (Vec<String>, usize) {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut ahead = VecDeque::from([("/".to_owned(), String::new())]);
    let (mut dead, mut followed) = (vec![], 0);
    while let Some((address, from)) = ahead.pop_front() {
        let reply = pages.get(&address).await;
        followed += 1;
        let to = reply.header("location").to_owned();
        match reply.status {
            StatusCode::OK => {}
            StatusCode::SEE_OTHER | StatusCode::FOUND | StatusCode::MOVED_PERMANENTLY if to.starts_with('/') => {}
            status => dead.push(format!("{address} on {from}: {status}")),
        }
        if reply.text.starts_with('{') || !reply.header("content-type").starts_with("text/html") {
            continue;
        }
        for link in links(&reply.text).into_iter().chain([to].into_iter().filter(|to| !to.is_empty())) {
            let count = kinds.entry(kind(&link)).or_default();
            let is_followed = !NOT_FOLLOWED.iter().any(|start| link.starts_with(start)) && *count < OF_A_KIND;
            if is_followed && known.insert(link.clone()) {
                *count += 1;
                ahead.push_back((link, address.clone()));
            }
        }
    }
    (dead, followed)
}

#[tokio::test]
async fn nobody_comes_to_a_page_that_is_not_there() {
    on_a_bank(async |bank: &Bank| {
        demo::fill(&bank.app).await.unwrap();
        bank.letters().await;
        // Agreements come near their end, so that the pages that warn of it have something to link to.
        bank.execute("UPDATE agreement SET expires_on = '2026-05-01' WHERE state = 'in_force'").await.unwrap();
        let (dead, followed) = dead_ends(&Pages::of(bank, "en")).await;
        assert!(dead.is_empty() && followed > 40, "{followed} followed, dead:\n{}", dead.join("\n"));
        for person in &ACCESS {
            let pages = Pages::without_factor(bank, "ko");
            let entered = pages.send("/sign-in", &[("email", person.email), ("password", person.password)]).await;
            assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", person.email);
            let (dead, followed) = dead_ends(&pages).await;
            assert!(
                dead.is_empty() && followed > 60,
                "{}: {followed} followed, dead:\n{}",
                person.email,
                dead.join("\n")
            );
        }
    })
    .await;
}
