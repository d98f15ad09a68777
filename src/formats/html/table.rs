//! A table while it is being read: a grid, whatever spans its cells have.

use crate::model::body::{Cell, MAX_COLUMNS, MAX_TEXT, Row, Span, Table, is_blank};

/// Collects rows and cells. A cell that spans several is followed by empty ones, so columns stay below each other.
#[derive(Debug, Default)]
pub(super) struct Grid {
    table: Table,
    /// Whether rows come in `thead`.
    pub head: bool,
    /// For each column, how many rows a cell from above still reaches down, and whether it is a header.
    below: Vec<(u32, bool)>,
    /// Whether a cell of this row says that it heads the row.
    row_headed: bool,
    /// Cells that others span, those of the tables before included.
    spanned: usize,
}

/// Cells that others may span in one document. `<tr>` can stand for a hundred of them, so they are counted as they are
/// made; a table with more is over the limits of a body.
const MAX_SPANNED: usize = MAX_TEXT / 16;

/// What a cell's tag says.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellTag {
    /// `th`.
    pub header: bool,
    /// `scope="row"`.
    pub heads_row: bool,
    /// `colspan`.
    pub columns: u32,
    /// `rowspan`.
    pub rows: u32,
}

impl Grid {
    /// A table after others in which so many cells were spanned.
    pub fn after(spanned: usize) -> Grid {
        Grid { spanned, ..Grid::default() }
    }

    pub fn spanned(&self) -> usize {
        self.spanned
    }

    fn is_over(&self) -> bool {
        self.spanned > MAX_SPANNED
    }

    pub fn caption(&mut self, children: Vec<Span>) {
        self.table.caption.extend(children);
    }

    pub fn open_row(&mut self) {
        self.table.rows.push(Row { header: self.head, cells: Vec::new() });
        self.row_headed = false;
    }

    pub fn cell(&mut self, tag: CellTag, children: Vec<Span>) {
        if self.table.rows.is_empty() {
            self.open_row();
        }
        self.fill(false);
        let Some(row) = self.table.rows.last_mut() else { return };
        if row.cells.len() >= MAX_COLUMNS {
            // No text is lost for a table that is too wide.
            if let Some(last) = row.cells.last_mut() {
                last.children.push(Span::plain("\n"));
                last.children.extend(children);
            }
            return;
        }
        self.row_headed |= tag.heads_row;
        let first = row.cells.len();
        row.cells.push(Cell { header: tag.header, children });
        if self.spanned > MAX_SPANNED {
            return;
        }
        let last = (first + tag.columns.max(1) as usize).min(MAX_COLUMNS);
        while row.cells.len() < last {
            row.cells.push(Cell { header: tag.header, children: Vec::new() });
            self.spanned += 1;
        }
        if tag.rows > 1 {
            self.below.resize(self.below.len().max(last), (0, false));
            self.below[first..last].fill((tag.rows - 1, tag.header));
        }
    }

    pub fn close_row(&mut self) {
        self.fill(true);
        if let Some(row) = self.table.rows.last_mut() {
            // The corner above row headers is often an empty `td`.
            let named = row.cells.iter().any(|cell| cell.header);
            row.header |=
                named && !self.row_headed && row.cells.iter().all(|cell| cell.header || is_blank(&cell.children));
            if row.cells.is_empty() {
                self.table.rows.pop();
            }
        }
    }

    /// The table, unless it is over the limits.
    pub fn finish(self) -> Option<Table> {
        if self.is_over() { None } else { Some(self.table) }
    }

    /// Put empty cells where cells from above reach down: at this place, or to the end of the row.
    fn fill(&mut self, to_end: bool) {
        if self.is_over() {
            return;
        }
        let Some(row) = self.table.rows.last_mut() else { return };
        while row.cells.len() < self.below.len() {
            let reach = &mut self.below[row.cells.len()];
            if reach.0 > 0 {
                reach.0 -= 1;
            } else if !to_end || self.below[row.cells.len()..].iter().all(|(rows, _)| *rows == 0) {
                return;
            }
            let header = self.below[row.cells.len()].1;
            row.cells.push(Cell { header, children: Vec::new() });
            self.spanned += 1;
        }
    }
}
