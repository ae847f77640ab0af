//! Whose bank the pages say this is.

use serde::Deserialize;
use std::path::PathBuf;

/// Names, masthead and emblem of the pages. Without them the pages claim to be nobody's in particular.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Site {
    /// The bank's name in English; a plain one if empty.
    pub name_en: String,
    /// The bank's name in Korean; a plain one if empty.
    pub name_ko: String,
    /// One line above every page in English, as official sites carry it; none if empty.
    pub masthead_en: String,
    /// The same in Korean.
    pub masthead_ko: String,
    /// An SVG file shown beside the name instead of the drawing of vials.
    pub emblem: Option<PathBuf>,
}
