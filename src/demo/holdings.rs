//! What the demonstration's bank holds: the real lines named after the reference bank, and six made-up ones.
//!
//! What the reference bank really holds is not public. The made-up lines stand for those it announced for 2025, three
//! of patients and a reporter; two more show a line that is suspended and one that is withdrawn. Nothing of them is
//! taken from a real line.

use super::Error;
use super::queries::named_like;
use super::stage::{Stage, day};
use crate::actor::Actor;
use crate::catalogue::commands::{Holdings, RegisterCellLine, SuspendCellLine, TakeCellLineIntoHoldings};
use crate::catalogue::model::{Texts, cell_line};
use crate::catalogue::publication::Reason;
use crate::catalogue::{CellType, Grade, LegalBasis, ModificationKind as Kind, ProvisionConsent, PublicationStatus};
use crate::id::CellLineId;
use crate::language::particle;
use crate::requests::commands::WithdrawCellLine;
use sea_orm::DerivePartialModel;

/// Code of the reference bank at the beginning of its hPSCreg names.
const INSTITUTION_CODE: &str = "KSCBi";
/// How many lines of the records carry it.
const NAMED: usize = 36;
/// Place of the line whose donor's consent is left unknown, so that a review can be seen.
const WITHOUT_CONSENT: usize = 35;
const GROUND: (&str, &str) = (
    "Shown as held by the demonstration's bank on one ground only: the institution code KSCBi in its hPSCreg name.",
    "hPSCreg 명칭에 기관 코드 KSCBi가 들어 있다는 것만을 근거로 시연용 은행의 보유 세포주로 표시합니다.",
);
const CONSENT_ASSUMED: (&str, &str) = (
    "The donor's consent to provision is assumed for the demonstration.",
    "공여자의 분양 동의는 시연을 위해 가정한 것입니다.",
);
const CONSENT_OPEN: (&str, &str) = (
    "The donor's consent to provision is left unknown for the demonstration.",
    "공여자의 분양 동의 여부는 시연을 위해 미확인으로 두었습니다.",
);
const MADE_UP: (&str, &str) = (
    "Made up for the demonstration. It stands for a line that Korea's National Stem Cell Bank added in 2025, whose \
     identifiers are not public.",
    "시연을 위해 꾸며 낸 세포주입니다. 국가줄기세포은행이 2025년에 추가한 세포주를 대신하며, 실제 식별 정보는 공개되어 있지 않습니다.",
);

const SHOWN: (&str, &str) = (
    "Made up for the demonstration, to show a line that is given out no more or not for now.",
    "분양하지 않거나 분양을 멈춘 세포주를 보여 주기 위해 시연용으로 꾸며 낸 세포주입니다.",
);
const SUSPENDED: (&str, &str) = (
    "Made up: an abnormal karyotype was found in the newest lot; distribution is suspended until it is tested again.",
    "가상 사유: 최근 로트에서 핵형 이상이 확인되어 재시험이 끝날 때까지 분양을 중지합니다.",
);
const WITHDRAWN: (&str, &str) = (
    "Made up: the donor withdrew their consent; the line is given out no more.",
    "가상 사유: 공여자가 동의를 철회하여 이 세포주는 더 이상 분양하지 않습니다.",
);

/// A held line: its place in `DEMO-0001` is its index here plus one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub id: CellLineId,
    pub cell_type: CellType,
}

/// Takes the lines in, in the order of their accessions.
pub(super) async fn take_in(stage: &Stage) -> Result<Vec<Held>, Error> {
    let actor = Actor::system("demo");
    let mut held = vec![];
    for (i, line) in named(stage).await?.into_iter().enumerate() {
        let holdings = line.holdings(i + 1);
        let line = stage.app.run(&actor, TakeCellLineIntoHoldings { line: line.id, holdings }).await?;
        held.push(Held { id: line.id, cell_type: line.cell_type });
    }
    stage.go(day(2025, 6, 2));
    for new in made_up() {
        let line = stage.app.run(&actor, new).await?;
        held.push(Held { id: line.id, cell_type: line.cell_type });
    }
    held.extend(not_given_out(stage, &actor).await?);
    Ok(held)
}

/// A line that is suspended and one that is withdrawn, each with its reason.
async fn not_given_out(stage: &Stage, actor: &Actor) -> Result<[Held; 2], Error> {
    let new = |place, name: &str| RegisterCellLine {
        name: name.into(),
        cell_type: CellType::InducedPluripotent,
        diseases: vec![],
        modifications: vec![],
        made_up: true,
        holdings: holdings(
            place,
            LegalBasis::HumanDerivedMaterial,
            ProvisionConsent::Given,
            (format!("{} {}", SHOWN.0, CONSENT_ASSUMED.0), format!("{} {}", SHOWN.1, CONSENT_ASSUMED.1)),
        ),
    };
    let reason = |(en, ko): (&str, &str)| Reason { en: en.into(), ko: ko.into() };
    let suspended = stage.app.run(actor, new(NAMED + 5, "Demo suspended iPSC (made up)")).await?;
    let withdrawn = stage.app.run(actor, new(NAMED + 6, "Demo withdrawn iPSC (made up)")).await?;
    stage.go(day(2025, 10, 13));
    stage.app.run(actor, SuspendCellLine { line: suspended.id, reason: reason(SUSPENDED) }).await?;
    stage.app.run(actor, WithdrawCellLine { line: withdrawn.id, reason: reason(WITHDRAWN) }).await?;
    Ok([suspended, withdrawn].map(|line| Held { id: line.id, cell_type: line.cell_type }))
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "cell_line::Entity")]
struct Named {
    id: CellLineId,
    name: String,
    synonyms: Texts,
    cell_type: CellType,
}

/// The lines of the records that carry the code, by name.
async fn named(stage: &Stage) -> Result<Vec<Named>, Error> {
    let mut lines: Vec<Named> = named_like(INSTITUTION_CODE).into_partial_model().all(stage.app.db.read()).await?;
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    if lines.len() == NAMED {
        Ok(lines)
    } else {
        Err(Error::Records(format!("{} lines of {INSTITUTION_CODE}", lines.len())))
    }
}

impl Named {
    fn holdings(&self, place: usize) -> Holdings {
        let consent = if place == WITHOUT_CONSENT { ProvisionConsent::Unknown } else { ProvisionConsent::Given };
        let said = if consent == ProvisionConsent::Given { CONSENT_ASSUMED } else { CONSENT_OPEN };
        let mut basis = (format!("{} {}", GROUND.0, said.0), format!("{} {}", GROUND.1, said.1));
        let engineered = self.synonyms.0.iter().find(|name| names_a_change(name));
        if let Some(name) = engineered {
            basis.0.push_str(&format!(" Treated as a living modified organism: its record also names it '{name}'."));
            let named = particle(name, "이라는", "라는");
            basis.1.push_str(&format!(" 기록에 {named} 다른 이름이 있어 유전자변형생물체로 취급합니다."));
        }
        let legal_basis = match self.cell_type {
            CellType::Embryonic => LegalBasis::EmbryonicLineRegistry,
            _ => LegalBasis::HumanDerivedMaterial,
        };
        Holdings { lmo: engineered.map(|_| true), ..holdings(place, legal_basis, consent, basis) }
    }
}

/// True of a name that says knock-out, knock-in or fluorescent: `GLA-KO hiPS`, `hiPSC-TPM1_KI`, `PB01-EiPS21-EGFP04`.
fn names_a_change(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| word.ends_with("KO") || word.ends_with("KI") || word.contains("GFP"))
}

fn holdings(place: usize, legal_basis: LegalBasis, consent: ProvisionConsent, basis: (String, String)) -> Holdings {
    Holdings {
        accession: accession(place),
        grade: Grade::Research,
        legal_basis,
        registry_number: None,
        provision_consent: consent,
        lmo: None,
        basis: Some(basis),
        status: PublicationStatus::Published,
    }
}

/// `DEMO-0001` of 1.
pub(super) fn accession(place: usize) -> String {
    format!("DEMO-{place:04}")
}

fn made_up() -> Vec<RegisterCellLine> {
    let patients = [
        ("Demo LGMD iPSC (made up)", "MONDO:0016971", "limb-girdle muscular dystrophy"),
        ("Demo Down syndrome iPSC (made up)", "MONDO:0008608", "Down syndrome"),
        ("Demo Rett syndrome iPSC (made up)", "MONDO:0010726", "Rett syndrome"),
    ];
    let line = |place, name: &str, diseases, modifications| RegisterCellLine {
        name: name.into(),
        cell_type: CellType::InducedPluripotent,
        diseases,
        modifications,
        made_up: true,
        holdings: holdings(
            place,
            LegalBasis::HumanDerivedMaterial,
            ProvisionConsent::Given,
            (format!("{} {}", MADE_UP.0, CONSENT_ASSUMED.0), format!("{} {}", MADE_UP.1, CONSENT_ASSUMED.1)),
        ),
    };
    let mut lines = vec![];
    for (i, (name, mondo_id, disease)) in patients.iter().enumerate() {
        lines.push(line(NAMED + 1 + i, name, vec![((*mondo_id).into(), (*disease).into())], vec![]));
    }
    let reporter = (Kind::KnockIn, String::from("CDH1"), Some(String::from("fluorescent E-cadherin reporter")));
    lines.push(line(NAMED + 4, "Demo E-cadherin reporter iPSC (made up)", vec![], vec![reporter]));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_by_a_name_and_not_by_letters_in_passing() {
        for name in
            ["GLA-KO hiPS", "hiPSC-TPM1_KI", "hiPSC-TLR7KO-A59", "PB01-EiPS21-EGFP04", "CMC-hiPSC-003(Nestin-GFP)"]
        {
            assert!(names_a_change(name), "{name}");
        }
        for name in ["DKHi005-A", "KNIH-OI001i-A", "hFSiPS3-1", "LQT01-hiPSC"] {
            assert!(!names_a_change(name), "{name}");
        }
    }
}
