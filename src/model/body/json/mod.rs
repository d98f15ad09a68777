//! Portable Text as JSON, both ways.
//!
//! Keys are made from positions: `b3` the fourth block, `b3s0` its first span, `b3m0` its first link, `b3r1c0` a cell;
//! notices are counted apart (`n0`), so a body has the same keys with and without them.

mod read;
mod text;
mod write;

pub(super) use read::read;
pub(super) use text::text;
