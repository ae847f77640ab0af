//! The one place in which a field of a request stands.

/// Every field of a request that is a column of its own, in the order of the form: `request_fields!(part)` expands to
/// `part! { ... }` with all of them. The cell lines and the principal investigator are written by hand beside it, in
/// `FIELDS`, `Draft` and the inputs of the API.
///
/// A new field is one entry here, one column (a migration and `request::Model`), and its markup in the form's template
/// (`web/requests/step1.html` to `step4.html`). The draft with its checks, the copy of an earlier request, the snapshot
/// at a return and what changed since, the history, inputs and outputs of the API, values of the form, the export of
/// personal data and the erasure follow; the tests then ask for the schema's text, and who sees it.
///
/// An entry is `column: Kind "name" { ... }`: the column in the database and everywhere in the code, what it holds (one
/// of `kind`), and its name for clients and forms. Then:
/// * `input`, `output`: what the API says of it where it is written and where it is read;
/// * `label`: what a person reads before it, in English and in Korean, as it stands within a sentence;
/// * `section`: the step of the form in which it stands (`Section`);
/// * `rule`: the form that a text has (`Rule`), asked of every draft;
/// * `submission`: whether it may be empty when the request is handed in (`Submission`);
/// * `history`: how the history keeps it, which nobody can erase (`History`): `Fingerprint` for whatever may name a
///   person or leads to one;
/// * `erasure`: whether it goes when the request is blanked (`Erasure`).
macro_rules! request_fields {
    ($then:ident) => {
        $then! {
            project_title: Line "projectTitle" {
                input "Title of the project, at most 300 characters."
                output "Title of the project."
                label "title of the project", "연구 과제명";
                section Project; rule AtMost(300); submission Required; history Fingerprint; erasure Blanked;
            }
            summary: Text "summary" {
                input "What it is about, at most 5,000 characters."
                output "What it is about."
                label "summary", "연구 개요";
                section Project; rule AtMost(5_000); submission Required; history Fingerprint; erasure Blanked;
            }
            use_plan: Text "usePlan" {
                input "How the cells will be used, at most 20,000 characters."
                output "How the cells will be used."
                label "plan of use", "이용 계획";
                section Project; rule AtMost(20_000); submission Optional; history Fingerprint; erasure Blanked;
            }
            intended_use: IntendedUse "intendedUse" {
                input "What they are wanted for."
                output "What they are wanted for; null while the draft does not say."
                label "intended use", "이용 목적";
                section Project; rule Any; submission Required; history Plain; erasure Kept;
            }
            commercial: Tick "commercial" {
                input "For commercial use."
                output "For commercial use."
                label "for commercial use", "상업적 이용";
                section Project; rule Any; submission Optional; history Plain; erasure Kept;
            }
            in_people: Tick "inPeople" {
                input "In people."
                output "In people."
                label "in people", "사람 대상 이용";
                section Project; rule Any; submission Optional; history Plain; erasure Kept;
            }
            redistribution: Tick "redistribution" {
                input "To be passed on to others."
                output "To be passed on to others."
                label "to be passed on", "제3자 제공";
                section Project; rule Any; submission Optional; history Plain; erasure Kept;
            }
            country: Text "country" {
                input "ISO 3166-1 alpha-2 code of the destination; KR unless told."
                output "ISO 3166-1 alpha-2 code of the destination."
                label "country", "국가";
                section Delivery; rule Country; submission Optional; history Plain; erasure Kept;
            }
            region: Line "region" {
                input "Province or metropolitan city of the delivery: in Korea one of the state's list, by its Korean or English name."
                output "Province or metropolitan city of the delivery."
                label "province or city", "시·도";
                section Delivery; rule AtMost(100); submission Required; history Plain; erasure Blanked;
            }
            address: Text "address" {
                input "Address of the delivery, at most 500 characters."
                output "Address of the delivery."
                label "address", "배송 주소";
                section Delivery; rule AtMost(500); submission Required; history Fingerprint; erasure Blanked;
            }
            delivery: Delivery "delivery" {
                input "Courier or pick-up."
                output "Courier or pick-up."
                label "delivery", "수령 방법";
                section Delivery; rule Any; submission Optional; history Plain; erasure Kept;
            }
            recipient_name: OptionalLine "recipientName" {
                input "Name of the person who receives the parcel, at most 200 characters."
                output "Name of the person who receives the parcel."
                label "recipient", "수령인";
                section Delivery; rule AtMost(200); submission Optional; history Fingerprint; erasure Blanked;
            }
            recipient_telephone: OptionalLine "recipientTelephone" {
                input "Telephone of that person: 5 to 40 digits, spaces, +, -, ( and )."
                output "Telephone of the person who receives the parcel."
                label "recipient's telephone", "수령인 전화번호";
                section Delivery; rule Telephone; submission Optional; history Fingerprint; erasure Blanked;
            }
        }
    };
}
pub(crate) use request_fields;
