//! Made-up requests: finished ones on fixed days, and one in every state that a visitor should see.

use super::Error;
use super::desk::{Desk, Wish};
use super::holdings::Held;
use super::people::People;
use super::stage::{Stage, day};
use crate::id::RequestId;
use crate::requests::model::request::Use;
use chrono::{DateTime, Duration, Utc};

/// Days from the first word of a finished request to its receipt.
const DAYS_TO_RECEIPT: i64 = 13;
const SUMMARY: &str = "시연을 위해 꾸며 낸 연구입니다. A study made up for the demonstration.";

/// Tells them all, oldest first, and gives their number.
pub(super) async fn play(stage: &Stage, people: &People, lines: &[Held]) -> Result<usize, Error> {
    let desk = Desk { stage, people, lines };
    Ok(finished(&desk).await? + open(&desk).await?)
}

/// Requests that came to their end. The first dispatch is in 2025: the years before are the published ones. What would
/// not be over by now is left out.
async fn finished(desk: &Desk<'_>) -> Result<usize, Error> {
    let (university, company) = (&desk.people.university, &desk.people.company);
    let wish = Wish {
        from: university,
        title: "골형성부전증 세포 모델 Osteogenesis imperfecta in a dish",
        summary: SUMMARY,
        intended_use: Use::DiseaseModelling,
        commercial: false,
        lines: &[(1, 2), (19, 2)],
    };
    let toxicity = Wish {
        from: company,
        title: "심장 독성 평가 Cardiac safety screen",
        summary: SUMMARY,
        intended_use: Use::DrugDiscovery,
        commercial: true,
        lines: &[(26, 3), (27, 3), (21, 1)],
    };
    let rett = Wish {
        from: university,
        title: "레트증후군 신경세포 분화 Neurons of Rett syndrome",
        summary: SUMMARY,
        intended_use: Use::BasicResearch,
        commercial: false,
        lines: &[(39, 2), (40, 1)],
    };
    let stories: [(DateTime<Utc>, Wish<'_>, &[usize]); 3] =
        [(day(2025, 3, 6), wish, &[]), (day(2025, 9, 4), toxicity, &[21]), (day(2026, 1, 8), rett, &[])];
    let mut written = 0;
    for (begin, wish, refused) in stories {
        if begin + Duration::days(DAYS_TO_RECEIPT) > desk.stage.now {
            continue;
        }
        let request = in_force(desk, begin, &wish, refused).await?;
        desk.reserve(begin + Duration::days(11), request).await?;
        desk.ship(begin + Duration::days(DAYS_TO_RECEIPT - 1), request, &wish.from.researcher).await?;
        written += 1;
    }
    Ok(written)
}

/// From the first word to the bank's signature on the tenth day.
async fn in_force(
    desk: &Desk<'_>,
    begin: DateTime<Utc>,
    wish: &Wish<'_>,
    refused: &[usize],
) -> Result<RequestId, Error> {
    let request = approved(desk, begin, wish, refused).await?;
    let agreement = desk.offer(begin + Duration::days(7), request).await?;
    desk.sign(begin + Duration::days(8), wish.from, &agreement).await?;
    Ok(request)
}

/// From the first word to the decision on the sixth day.
async fn approved(
    desk: &Desk<'_>,
    begin: DateTime<Utc>,
    wish: &Wish<'_>,
    refused: &[usize],
) -> Result<RequestId, Error> {
    let request = desk.submit(begin, wish).await?;
    desk.claim(begin + Duration::days(1), request).await?;
    desk.decide(begin + Duration::days(6), request, refused).await?;
    Ok(request)
}

/// Requests that wait for somebody, placed just before now.
async fn open(desk: &Desk<'_>) -> Result<usize, Error> {
    let (university, company) = (&desk.people.university, &desk.people.company);
    let ago = |days: i64| desk.stage.now - Duration::days(days);
    let wish = |title, lines: &'static [(usize, i32)]| Wish {
        from: university,
        title,
        summary: SUMMARY,
        intended_use: Use::DiseaseModelling,
        commercial: false,
        lines,
    };

    // Waits for vials: the bank has none of the line.
    let waiting = approved(desk, ago(24), &wish("대기 중인 신청 Waiting for vials", &[(4, 1)]), &[]).await?;
    desk.reserve(ago(17), waiting).await?;

    // In force, vials set aside, to be packed: the bank's turn.
    let reserved = wish("프래더-윌리 증후군 신경세포 Neurons of Prader-Willi syndrome", &[(22, 2), (1, 1)]);
    let to_ship = in_force(desk, ago(14), &reserved, &[]).await?;
    desk.reserve(ago(2), to_ship).await?;

    // Agreement offered: the principal investigator's turn.
    let to_sign = wish("지대형 근이영양증 근육세포 Muscle cells of limb-girdle muscular dystrophy", &[(37, 2)]);
    let offered = approved(desk, ago(9), &to_sign, &[]).await?;
    desk.offer(ago(1), offered).await?;

    let to_complete = wish("다운증후군 심근세포 Heart cells of Down syndrome", &[(38, 2)]);
    let returned = desk.submit(ago(8), &to_complete).await?;
    desk.claim(ago(7), returned).await?;
    let comment = "연구 요약에 세포 수를 적어 주십시오. Please say in the summary how many cells are needed.";
    desk.send_back(ago(5), returned, comment).await?;

    // The donor's consent is unknown: a person at the bank has to look into it.
    let to_review =
        Wish { from: company, commercial: true, ..wish("화합물 선별 Compound screen", &[(35, 2), (5, 1)]) };
    let under_review = desk.submit(ago(6), &to_review).await?;
    desk.claim(ago(4), under_review).await?;

    desk.submit(ago(3), &wish("레트증후군 오가노이드 Organoids of Rett syndrome", &[(39, 3)])).await?;
    desk.draft(ago(1), &wish("작성 중인 신청 A request being written", &[(10, 1)])).await?;
    Ok(7)
}
