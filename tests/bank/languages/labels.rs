//! The labels of what people choose from and read: every value of every enum of the schema.

use super::{Said, as_listed, both};
use async_graphql::OutputType;
use async_graphql::resolver_utils::EnumType;
use std::collections::BTreeSet;
use stembank::language::Lang;
use stembank::{accounts, actor, agreements, catalogue, history, inventory, mail, requests, search, shipments};

/// Enums that nobody is shown a label of, each with the reason.
const WITHOUT: [(&str, &str); 5] = [
    ("ErrorCode", "for programs; its sentence is the error's own"),
    ("Decision", "an input; its outcome is the state of the line"),
    ("Locale", "an input; languages are called by their own names"),
    ("CellLineFilterField", "for programs; pages name each filter where it stands"),
    ("SourceKind", "its text stands beside it"),
];

/// Every value of an enum with its label.
fn of<E: EnumType + OutputType>(label: impl Fn(E, Lang) -> &'static str) -> Said {
    let name = E::type_name();
    let said = |item: &async_graphql::resolver_utils::EnumItem<E>| {
        (format!("label {name} {}", item.name), both(|lang| label(item.value, lang).to_owned()))
    };
    E::items().iter().map(said).collect()
}

fn all() -> Said {
    use accounts::{institutions::model as institutions, membership::model as membership, model as account};
    use catalogue::model::{cell_line, genetic_modification};
    use inventory::model::{lot, quality_test, vial};
    use requests::model::{request, request_line};
    [
        of(actor::Role::label),
        of(actor::Permission::label),
        of(actor::Scope::label),
        of(account::institution::Type::label),
        of(account::institution::Status::label),
        of(account::session::How::label),
        of(institutions::Verification::label),
        of(membership::State::label),
        of(membership::How::label),
        of(membership::InstitutionRole::label),
        of(mail::LetterKind::label),
        of(mail::model::State::label),
        of(cell_line::CellType::label),
        of(cell_line::Holding::label),
        of(cell_line::Grade::label),
        of(cell_line::PublicationStatus::label),
        of(cell_line::LegalBasis::label),
        of(cell_line::ProvisionConsent::label),
        of(genetic_modification::Kind::label),
        of(search::Order::label),
        of(lot::Tier::label),
        of(lot::State::label),
        of(vial::State::label),
        of(quality_test::Test::label),
        of(quality_test::Verdict::label),
        of(inventory::rules::Availability::label),
        of(request::State::label),
        of(request::Use::label),
        of(request::Delivery::label),
        of(request_line::State::label),
        of(request_line::Refusal::label),
        of(requests::rules::Move::label),
        of(requests::timeline::Turn::label),
        of(requests::requirements::Outcome::label),
        of(agreements::model::agreement::State::label),
        of(agreements::model::signature::Party::label),
        of(agreements::model::signature::Authentication::label),
        of(agreements::rules::Kind::label),
        of(stembank::approvals::model::approval::Kind::label),
        of(search::Change::label),
        of(stembank::requests::model::message::Side::label),
        of(stembank::statistics::turnaround::Step::label),
        of(shipments::model::shipment::State::label),
        of(shipments::model::Condition::label),
    ]
    .concat()
}

#[test]
fn every_label_is_there_in_both_languages() {
    as_listed("label ", all());
}

#[test]
fn no_enum_of_the_schema_is_without_labels() {
    let schema = stembank::graphql::sdl();
    let named =
        schema.lines().filter_map(|line| line.strip_prefix("enum ")).map(|rest| rest.trim_end_matches([' ', '{']));
    let named: BTreeSet<_> = named.map(str::to_owned).collect();
    let mut known: BTreeSet<_> = all().iter().map(|(key, _)| key.split(' ').nth(1).unwrap().to_owned()).collect();
    // Those of requirements are their rules, below.
    known.insert("RequirementCode".into());
    known.extend(WITHOUT.iter().map(|(name, _)| (*name).to_owned()));
    let missing: Vec<_> = named.difference(&known).collect();
    assert!(missing.is_empty() && named.len() > 30, "no labels: {missing:?}");
}

#[test]
fn every_requirement_says_its_rule_its_law_and_its_document() {
    use requests::requirements::Code;
    let mut said = vec![];
    for item in Code::items() {
        let (name, code) = (item.name, item.value);
        said.push((format!("rule {name}"), both(|lang| code.rule(lang).into())));
        said.push((format!("rule {name} law"), both(|lang| code.legal_basis(lang).into())));
        if code.document(Lang::En).is_some() {
            said.push((format!("rule {name} document"), both(|lang| code.document(lang).unwrap().into())));
        }
    }
    as_listed("rule ", said);
}

#[test]
fn every_event_of_the_history_is_named() {
    let name = |word: &str, lang| history::label(word, lang).unwrap().to_owned();
    let words = history::actions(Lang::En).map(|(word, _)| word);
    as_listed("event ", words.map(|word| (format!("event {word}"), both(|lang| name(word, lang)))).collect());
    assert_eq!(requests::timeline::label("request.note", Lang::Ko), None, "only the bank sees it");
}
