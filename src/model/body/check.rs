//! The rules of a body, each with an error that names the place and the mend.

use super::*;
use crate::error::{Code as ErrorCode, Error};

/// What a cell that a row lacks counts, in bytes of text: it is not in what was sent, and takes room in all that is
/// made of it.
const MISSING_CELL: usize = 16;

/// Check all blocks, and the rules between them.
pub(super) fn blocks(blocks: &[Block]) -> Result<()> {
    if blocks.len() > MAX_BLOCKS {
        return Err(refuse("body", format!("has {} blocks, more than {MAX_BLOCKS}; divide it", blocks.len())));
    }
    let mut size = 0;
    for (i, one) in blocks.iter().enumerate() {
        let place = format!("body[{i}]");
        block(&place, one)?;
        if !follows(i.checked_sub(1).and_then(|above| blocks.get(above)), one) {
            return Err(refuse(
                &format!("{place}.style"),
                "is attribution but stands below no quote; put it directly after a block of style blockquote, or use normal",
            ));
        }
        size += weight(one);
        if size > MAX_TEXT {
            return Err(refuse(&place, format!("takes the text of the body over {MAX_TEXT} bytes; divide it")));
        }
    }
    Ok(())
}

/// Keep what passes the same rules; used by readers that report what they leave out.
pub(super) fn retain_valid(blocks: &mut Vec<Block>) {
    let (mut count, mut size) = (0, 0);
    blocks.retain_mut(|one| {
        let fits = count < MAX_BLOCKS && size + weight(one) <= MAX_TEXT && block("body", one).is_ok();
        if fits {
            count += 1;
            size += weight(one);
        }
        fits
    });
}

/// An attribution belongs to a quote.
fn follows(above: Option<&Block>, one: &Block) -> bool {
    let style = |block: &Block| if let Block::Text(text) = block { Some(text.style) } else { None };
    style(one) != Some(Style::Attribution) || above.and_then(style) == Some(Style::Blockquote)
}

/// The bytes of text in a block.
fn weight(block: &Block) -> usize {
    let spans = |children: &[Span]| children.iter().map(|span| span.text.len()).sum::<usize>();
    match block {
        Block::Text(text) => spans(&text.children),
        Block::Image(image) => image.alt.len() + spans(&image.caption) + spans(&image.credit),
        Block::Embed(embed) => embed.title.as_ref().map_or(0, String::len),
        Block::Code(code) => code.code.len(),
        Block::Table(table) => {
            let cells = table.rows.iter().flat_map(|row| &row.cells);
            // An empty cell is not free: a table of a million of them is too large as well.
            let here = spans(&table.caption) + cells.map(|cell| 1 + spans(&cell.children)).sum::<usize>();
            here.saturating_add(missing_cells(table).saturating_mul(MISSING_CELL))
        }
        Block::Divider => 0,
    }
}

/// How many cells the rows lack to be as wide as the widest. They are put there when the table is brought into
/// canonical form, so they are counted before that: one wide row and many short ones would make a hundred times what
/// was sent.
fn missing_cells(table: &Table) -> usize {
    let widths = || table.rows.iter().map(|row| row.cells.len());
    let widest = widths().max().unwrap_or(0);
    widths().fold(0, |missing: usize, width| missing.saturating_add(widest - width))
}

fn block(place: &str, block: &Block) -> Result<()> {
    match block {
        Block::Text(text) => text_block(place, text),
        Block::Image(image) => {
            address_at(place, "url", &image.url, address::resource)?;
            if let Some(href) = &image.href {
                address_at(place, "href", href, address::link)?;
            }
            for (name, side) in [("width", image.width), ("height", image.height)] {
                if side.is_some_and(|side| side == 0 || side > 100_000) {
                    return Err(refuse(
                        &format!("{place}.{name}"),
                        "is not from 1 to 100000 pixels; mend it or leave it out",
                    ));
                }
            }
            characters(place, "alt", &image.alt)?;
            spans(place, "caption", &image.caption)?;
            spans(place, "credit", &image.credit)
        }
        Block::Embed(embed) => {
            address_at(place, "url", &embed.url, address::absolute)?;
            if !short_name(&embed.provider, "-") || embed.provider.contains(|c: char| c.is_ascii_uppercase()) {
                let what = "is not a provider's name; use 1 to 40 of a-z, 0-9 and -, such as youtube";
                return Err(refuse(&format!("{place}.provider"), what));
            }
            characters(place, "title", embed.title.as_deref().unwrap_or_default())
        }
        Block::Table(table) => {
            spans(place, "caption", &table.caption)?;
            for (r, row) in table.rows.iter().enumerate() {
                let place = format!("{place}.rows[{r}]");
                if row.cells.len() > MAX_COLUMNS {
                    return Err(refuse(&place, format!("has more than {MAX_COLUMNS} cells; divide the table")));
                }
                for (c, cell) in row.cells.iter().enumerate() {
                    spans(&place, &format!("cells[{c}].children"), &cell.children)?;
                }
            }
            Ok(())
        }
        Block::Code(code) => {
            if code.language.as_deref().is_some_and(|language| !short_name(language, "-+#._")) {
                let what = "is not a language's short name; use 1 to 40 of letters, digits and - + # . _, such as rust";
                return Err(refuse(&format!("{place}.language"), what));
            }
            characters(place, "code", &code.code)
        }
        Block::Divider => Ok(()),
    }
}

fn text_block(place: &str, text: &TextBlock) -> Result<()> {
    if text.style.is_notice() {
        let what = "is a notice, which is not part of a body; set labels, disclaimers and corrections on the article";
        return Err(refuse(&format!("{place}.style"), what));
    }
    if let Some(item) = &text.list {
        if !matches!(text.style, Style::Normal | Style::Blockquote) {
            let what =
                format!("cannot stand on a block of style {}; use style normal or blockquote", text.style.name());
            return Err(refuse(&format!("{place}.listItem"), what));
        }
        if item.level == 0 || item.level > MAX_LEVEL {
            return Err(refuse(&format!("{place}.level"), format!("is not from 1 to {MAX_LEVEL}")));
        }
        if item.start.is_some_and(|start| start > MAX_NUMBER) {
            return Err(refuse(&format!("{place}.start"), format!("is above {MAX_NUMBER}")));
        }
    }
    if let Some(cite) = &text.cite {
        if text.style != Style::Blockquote {
            return Err(refuse(&format!("{place}.cite"), "stands on a block that is no quote; use style blockquote"));
        }
        address_at(place, "cite", cite, address::resource)?;
    }
    spans(place, "children", &text.children)
}

fn spans(place: &str, property: &str, children: &[Span]) -> Result<()> {
    for (i, span) in children.iter().enumerate() {
        // The place is written out only when something is wrong: this runs for every span of every body that is read.
        if forbidden(&span.text).is_some() {
            characters(place, &format!("{property}[{i}].text"), &span.text)?;
        }
        if let Some(link) = &span.link {
            let at = |name: &str| format!("{property}[{i}] (link).{name}");
            address::link(&link.href).or_else(|_| address_at(place, &at("href"), &link.href, address::link))?;
            characters(place, &at("title"), link.title.as_deref().unwrap_or_default())?;
        }
    }
    Ok(())
}

fn characters(place: &str, property: &str, text: &str) -> Result<()> {
    match forbidden(text) {
        None => Ok(()),
        Some(c) => {
            let what = format!(
                "has the character U+{:04X}, which no feed can carry (XML 1.0 forbids it); remove it",
                u32::from(c)
            );
            Err(refuse(&format!("{place}.{property}"), what))
        }
    }
}

/// The first character that may not be in text; see [`is_forbidden`].
pub fn forbidden(text: &str) -> Option<char> {
    // Nearly no text has one, and bytes tell that sooner: controls, or what begins a character from U+F000 on.
    let suspect = |b: u8| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r') || b == 0xEF;
    if !text.bytes().any(suspect) {
        return None;
    }
    text.chars().find(|c| is_forbidden(*c))
}

/// Whether XML 1.0 (production 2, `Char`) forbids the character, or Unicode keeps it for use inside of programs only
/// (U+FDD0 to U+FDEF).
pub fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFE}' | '\u{FFFF}')
}

fn address_at(place: &str, property: &str, address: &str, rule: fn(&str) -> Result<(), &'static str>) -> Result<()> {
    rule(address).map_err(|what| {
        let shown: String = address.chars().take(80).collect();
        refuse(&format!("{place}.{property}"), format!("{shown:?} {what}"))
    })
}

fn short_name(name: &str, more: &str) -> bool {
    (1..=40).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

/// The one form of an error of this noun.
pub(in crate::model::body) fn refuse(place: &str, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidInput, format!("{place}: {what}.")).at(place)
}
