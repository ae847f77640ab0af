//! Pages beside the graph's answer with the same data, and kept pages beside static bytes.

use crate::engine::Bank;
use crate::load::Shot;
use crate::measure::{Answers, CONNECTIONS, Comparison, Ratio};
use crate::reads::{beside_static, codes};
use crate::search::FEW;
use crate::seed::HELD;
use crate::statistics::READERS;
use crate::{Failure, Options, Served};
use stembank::statistics::queries::span;

/// Fields of a line in a list.
const LISTED: &str = "nodes{accession rrid name synonyms cellType grade holding publicationStatus madeUp availability
    diseases{label disease{mondoId name nameKo}}} totalCount facets{field values{value label count}}
    pageInfo{hasNextPage endCursor}";
/// Fields of the page of a line.
const WHOLE: &str = "id accession rrid name synonyms category cellType grade holding legalBasis registryNumber hpscregName
    livingModifiedOrganism donorAge donorSex species publicationStatus publicationSince publicationReason madeUp problematic
    comments crossReferences references webPages availability diseases{label disease{mondoId name nameKo}}
    modifications{kind} parent{accession rrid name} lots{number tier passage frozenOn vialsMade state madeUp
    qualityTests{test method specification result verdict testedOn}}";

/// Lists and lines.
pub async fn catalogue(bank: &Bank, served: &Served, name: &str, options: &Options) -> Result<(), Failure> {
    let codes = codes(bank).await?;
    let page = |code: &String| Shot::get(&format!("/catalogue?disease={code}"));
    let data = |code: &String| list_of(&format!("disease:{{eq:\"{code}\"}} holding:{{in:[HELD]}}"));
    let (pages, twins): (Vec<_>, Vec<_>) = codes.iter().map(|code| (page(code), data(code))).unzip();
    let kept = pages[0].clone();
    beside_data("page: 20 lines of a disease, facets", name, served, (pages, twins), CONNECTIONS, options).await?;
    beside_static("the same page, kept, beside static bytes", name, kept, served, None, options).await?;

    let whole = (vec![Shot::get("/catalogue?holding=all")], vec![list_of("")]);
    beside_data("page: the whole catalogue, facets", name, served, whole, FEW, &options.few_rounds()).await?;

    let names = (1..=HELD).step_by(20).map(|i| format!("BENCH-{}", 100_000 + i));
    let page = |name: &String| Shot::get(&format!("/catalogue/{name}"));
    let data = |name: &String| Shot::graphql(&format!("{{cellLine(accession:\"{name}\"){{{WHOLE}}}}}"), None);
    let (pages, twins): (Vec<_>, Vec<_>) = names.map(|name| (page(&name), data(&name))).unzip();
    let kept = pages[0].clone();
    beside_data("page: one line", name, served, (pages, twins), CONNECTIONS, options).await?;
    beside_static("the same page, kept, beside static bytes", name, kept, served, None, options).await
}

/// The years.
pub async fn statistics(bank: &Bank, served: &Served, name: &str, options: &Options, rows: i64) -> Result<(), Failure> {
    let (first, last) = span(&bank.app).await?;
    let name = &format!("{name}; {rows} distributions");
    let figures =
        "year distributions requests vials institutions fiveYearMean ratioToFiveYearMean changeOnPreviousYear";
    let page = Shot::get("/statistics");
    let years = Shot::graphql(&format!("{{yearlyDistributions(from:{first} to:{last}){{{figures}}}}}"), None);
    let shots = (vec![page.clone()], vec![years]);
    beside_data("page: statistics, all years", name, served, shots, READERS, &options.few_rounds()).await?;
    beside_static("the same page, kept, beside static bytes", name, page, served, None, options).await
}

fn list_of(filter: &str) -> Shot {
    Shot::graphql(&format!("{{cellLines(where:{{{filter}}} first:20){{{LISTED}}}}}"), None)
}

/// What a page costs in answers of the graph with the same data; nothing is kept.
async fn beside_data(
    what: &str,
    bank: &str,
    served: &Served,
    (pages, data): (Vec<Shot>, Vec<Shot>),
    connections: usize,
    options: &Options,
) -> Result<(), Failure> {
    let comparison = Comparison {
        name: format!("{what}, beside its data by GraphQL"),
        bank: bank.into(),
        ratio: Ratio::Cost,
        target: None,
        ours: (served.fresh, pages),
        twin: (served.fresh, data),
        connections,
        answers: Answers::Own,
    };
    comparison.measure(options).await.map(drop)
}
