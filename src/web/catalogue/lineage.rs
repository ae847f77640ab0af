//! The lineage of a line as a drawing: donor, parent, sisters, the line itself, children, from left to right.

use super::shown::{identifier, line_address};
use crate::catalogue::pages::LinePage;
use crate::catalogue::queries::ListedLine;
use crate::web::texts::Text;

/// Boxes of one column of the drawing; the list below it has them all.
const MOST: usize = 6;
/// Characters of a name that fit into a box.
const LONGEST: usize = 22;
const WIDTH: usize = 200;
const HEIGHT: usize = 52;
const GAP: usize = 60;
const PITCH: usize = 68;
/// A drawing of two columns is not blown up.
const NARROWEST: usize = 740;

/// A box of the drawing.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its left edge.
    pub x: usize,
    /// Its upper edge.
    pub y: usize,
    /// Name.
    pub name: String,
    /// What stands below the name.
    pub about: String,
    /// Page of the line; empty for the donor and for the line whose page this is.
    pub address: String,
    /// The line whose page this is.
    pub me: bool,
}

impl Node {
    /// Where the texts begin.
    pub fn text(&self) -> usize {
        self.x + 16
    }

    /// Line of writing of the name.
    pub fn upper(&self) -> usize {
        self.y + 22
    }

    /// Line of writing below it.
    pub fn lower(&self) -> usize {
        self.y + 42
    }
}

/// A relative in the list.
#[derive(Clone, Debug)]
pub struct Relative {
    /// How it is related.
    pub how: String,
    /// Name.
    pub name: String,
    /// Page.
    pub address: String,
}

/// The drawing with everything it shows as a list.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// Width of the drawing.
    pub width: usize,
    /// Height of the drawing.
    pub height: usize,
    /// Boxes.
    pub nodes: Vec<Node>,
    /// Lines between them, as paths.
    pub links: Vec<String>,
    /// The drawing in one sentence.
    pub description: String,
    /// The same as a list.
    pub list: Vec<Relative>,
}

struct Drawing {
    t: Text,
    nodes: Vec<Node>,
    links: Vec<String>,
}

/// The lineage of a line; nothing if it has no relatives here.
pub fn of(t: Text, page: &LinePage) -> Option<Lineage> {
    let is_parent = |line: &ListedLine| page.parent.as_ref().is_some_and(|parent| parent.id == line.id);
    let is_child = |line: &ListedLine| page.children.iter().any(|child| child.id == line.id);
    let sisters: Vec<&ListedLine> =
        page.sisters.iter().filter(|one| one.id != page.line.id && !is_parent(one) && !is_child(one)).collect();
    let children: Vec<&ListedLine> = page.children.iter().filter(|one| one.id != page.line.id).collect();
    if page.parent.is_none() && sisters.is_empty() && children.is_empty() {
        return None;
    }
    let mut drawing = Drawing { t, nodes: vec![], links: vec![] };
    let me = ListedLine::from(page.line.clone());
    let shown = |lines: &[&ListedLine]| lines.iter().take(MOST).map(|one| (*one).clone()).collect::<Vec<_>>();
    let (below, beside) = (shown(&children), shown(&sisters));
    let (first, mut column) = match &page.parent {
        Some(parent) => (drawing.column(1, std::slice::from_ref(parent), &beside), 2),
        None => (drawing.column(1, std::slice::from_ref(&me), &beside), 1),
    };
    let height = PITCH * below.len().max(1 + beside.len());
    drawing.donor(&first);
    let mut mine = first[0];
    if page.parent.is_some() {
        mine = drawing.column(column, std::slice::from_ref(&me), &[])[0];
        drawing.link(first[0], mine);
    }
    for child in drawing.column(column + 1, &below, &[]) {
        drawing.link(mine, child);
    }
    if !below.is_empty() {
        column += 1;
    }
    for node in &mut drawing.nodes {
        node.me = node.name == cut(&me.name) && node.address == line_address(identifier(&me));
        if node.me {
            node.address.clear();
            node.about = t.say("line-kin-this");
        }
    }
    let list = list(t, page, &sisters, &children);
    let description = t.with(
        "line-kin-description",
        [
            ("name", page.line.name.clone().into()),
            ("parent", page.parent.as_ref().map_or_else(String::new, |parent| parent.name.clone()).into()),
            ("sisters", sisters.len().into()),
            ("children", children.len().into()),
        ],
    );
    let width = ((WIDTH + GAP) * column + WIDTH + 2).max(NARROWEST);
    Some(Lineage { width, height, nodes: drawing.nodes, links: drawing.links, description, list })
}

impl Drawing {
    /// A column of boxes; answers their places.
    fn column(&mut self, column: usize, lines: &[ListedLine], more: &[ListedLine]) -> Vec<usize> {
        let begin = self.nodes.len();
        for (row, line) in lines.iter().chain(more).enumerate() {
            self.nodes.push(Node {
                x: (WIDTH + GAP) * column + 1,
                y: PITCH * row + 1,
                name: cut(&line.name),
                about: identifier(line).to_owned(),
                address: line_address(identifier(line)),
                me: false,
            });
        }
        (begin..self.nodes.len()).collect()
    }

    fn donor(&mut self, lines: &[usize]) {
        let (name, about) = (self.t.say("line-kin-donor"), String::new());
        self.nodes.push(Node { x: 1, y: 1, name, about, address: String::new(), me: false });
        let donor = self.nodes.len() - 1;
        for line in lines {
            self.link(donor, *line);
        }
    }

    fn link(&mut self, from: usize, to: usize) {
        let (from, to) = (&self.nodes[from], &self.nodes[to]);
        let (y1, y2, middle) = (from.y + HEIGHT / 2, to.y + HEIGHT / 2, to.x - GAP / 2);
        self.links.push(format!("M{} {y1}H{middle}V{y2}H{}", from.x + WIDTH, to.x));
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.into();
    }
    format!("{}…", name.chars().take(LONGEST - 1).collect::<String>())
}

fn list(t: Text, page: &LinePage, sisters: &[&ListedLine], children: &[&ListedLine]) -> Vec<Relative> {
    let relative = |how: &str, line: &ListedLine| Relative {
        how: t.say(how),
        name: line.name.clone(),
        address: line_address(identifier(line)),
    };
    let parents = page.parent.iter().map(|one| relative("line-kin-parent", one));
    let sisters = sisters.iter().map(|one| relative("line-kin-sister", one));
    let children = children.iter().map(|one| relative("line-kin-child", one));
    parents.chain(sisters).chain(children).collect()
}
