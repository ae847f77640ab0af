//! A whole list as a table of comma-separated values (RFC 4180), written as it is read: whatever the list's length,
//! only one chunk of it is in memory.

use super::cell_lines::{rows, sort};
use super::filter::{Filter, Order, Prepared};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::catalogue::queries::{LineDisease, diseases_of, lines_by_id, modifications_of};
use crate::catalogue::{Error, Holding, LineView, ModificationView};
use crate::csv_writer;
use crate::id::CellLineId;
use crate::inventory::StockView;
use crate::inventory::queries::stock_of;
use crate::language::Lang;
use crate::page::{Cursor, Keyset, Sort};
use futures_util::stream::{self, Stream};
use std::collections::HashMap;

/// Lines of one chunk; keeps within the values that a statement can bind.
const CHUNK: u64 = 500;

/// Where the writing of a list stands.
struct Walk {
    app: App,
    actor: Actor,
    prepared: Prepared,
    sort: Sort,
    next: Next,
}

enum Next {
    Heads,
    Lines(Option<Cursor>),
    Nothing,
}

/// The lines of a list that the actor may see, as a stream of pieces of text: first the heads in the reader's language,
/// then the lines in the order of the list. Numbers of vials stand in it for those who may see them, bands for
/// everybody.
///
/// # Errors
/// A wrong filter, or those of the database; later ones come in the stream and end it.
pub async fn export(
    app: &App,
    actor: &Actor,
    filter: Filter,
    order: Order,
) -> Result<impl Stream<Item = Result<String, Error>> + Send + use<>, Error> {
    let prepared = filter.prepare(app, actor)?;
    prepared.check_codes(app).await?;
    let sort = sort(order, &prepared);
    let walk = Walk { app: app.clone(), actor: actor.clone(), prepared, sort, next: Next::Heads };
    Ok(stream::try_unfold(walk, |mut walk| async move { Ok(walk.piece().await?.map(|text| (text, walk))) }))
}

impl Walk {
    async fn piece(&mut self) -> Result<Option<String>, Error> {
        let after = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return Ok(None),
            Next::Heads => {
                self.next = Next::Lines(None);
                let heads = heads(self.actor.lang, self.actor.can(Permission::ReadStock));
                return Ok(Some(csv_writer::file([heads])));
            }
            Next::Lines(after) => after,
        };
        let page = rows(&self.app, &self.prepared, self.sort, &Keyset::after(self.sort, after, CHUNK)).await?;
        if page.has_next {
            self.next = Next::Lines(page.rows.last().map(|row| row.0.clone()));
        }
        let ids: Vec<CellLineId> = page.rows.iter().map(|row| row.1.id).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let details = Details::read(&self.app, &self.actor, &ids).await?;
        // A line that the bank took back into its drafts since the list was read is left out.
        let lines = ids.iter().filter_map(|id| details.lines.get(id)).map(|line| details.cells(line, &self.actor));
        Ok(Some(csv_writer::lines(lines)))
    }
}

fn heads(lang: Lang, numbers: bool) -> Vec<String> {
    let mut heads = vec![
        lang.pick("Accession", "등록번호"),
        lang.pick("RRID", "RRID"),
        lang.pick("Name", "이름"),
        lang.pick("Other names", "다른 이름"),
        lang.pick("Cell type", "세포 종류"),
        lang.pick("Diseases", "질환"),
        lang.pick("Grade", "등급"),
        lang.pick("Modifications", "유전자 변형"),
        lang.pick("Living modified organism", "유전자변형생물체(LMO)"),
        lang.pick("Publication status", "공개 상태"),
        lang.pick("Availability", "분양 가능 여부"),
    ];
    if numbers {
        heads.push(lang.pick("Available vials", "분양 가능 바이알 수"));
    }
    heads.push(lang.pick("Made up", "가상 자료"));
    heads.into_iter().map(Into::into).collect()
}

/// Everything of a chunk's lines, read at once.
struct Details {
    lines: HashMap<CellLineId, LineView>,
    diseases: HashMap<CellLineId, Vec<LineDisease>>,
    modifications: HashMap<CellLineId, Vec<ModificationView>>,
    stock: HashMap<CellLineId, StockView>,
}

impl Details {
    async fn read(app: &App, actor: &Actor, ids: &[CellLineId]) -> Result<Self, Error> {
        let db = app.db.read();
        let lines = lines_by_id(db, actor, ids).await?.into_iter().map(|line| (line.id, line)).collect();
        let mut diseases: HashMap<_, Vec<_>> = HashMap::new();
        for disease in diseases_of(db, ids).await? {
            diseases.entry(disease.line_id).or_default().push(disease);
        }
        let mut modifications: HashMap<_, Vec<_>> = HashMap::new();
        for modification in modifications_of(db, ids).await? {
            modifications.entry(modification.line_id).or_default().push(modification);
        }
        let stock = stock_of(db, actor, ids, app.clock.now()).await?;
        Ok(Self { lines, diseases, modifications, stock })
    }

    fn cells(&self, line: &LineView, actor: &Actor) -> Vec<String> {
        let lang = actor.lang;
        let yes_or_no = |is: bool| lang.pick(if is { "yes" } else { "no" }, if is { "예" } else { "아니요" });
        let named = |disease: &LineDisease| {
            let known =
                disease.disease.as_ref().map(|d| lang.pick(Some(&d.name), d.name_ko.as_ref()).unwrap_or(&d.name));
            known.unwrap_or(&disease.label).clone()
        };
        let changed = |change: &ModificationView| {
            let product = change.product.as_ref().map(|product| format!(" ({product})")).unwrap_or_default();
            format!("{}: {}{product}", change.kind.label(lang), change.gene)
        };
        let listed = |texts: Vec<String>| texts.join("; ");
        let stock = self.stock.get(&line.id).filter(|_| line.holding == Holding::Held);
        let mut cells = vec![
            line.accession.clone().unwrap_or_default(),
            line.rrid.clone().unwrap_or_default(),
            line.name.clone(),
            listed(line.synonyms.iter().chain(&line.hpscreg_name).cloned().collect()),
            line.cell_type.label(lang).into(),
            listed(self.diseases.get(&line.id).into_iter().flatten().map(named).collect()),
            line.grade.map(|grade| grade.label(lang)).unwrap_or_default().into(),
            listed(self.modifications.get(&line.id).into_iter().flatten().map(changed).collect()),
            yes_or_no(line.is_lmo()).into(),
            line.publication_status.map(|status| status.label(lang)).unwrap_or_default().into(),
            stock.map(|stock| stock.availability.label(lang)).unwrap_or_default().into(),
        ];
        if actor.can(Permission::ReadStock) {
            cells.push(stock.and_then(|stock| stock.free).map(|free| free.to_string()).unwrap_or_default());
        }
        cells.push(yes_or_no(line.made_up).into());
        cells
    }
}
