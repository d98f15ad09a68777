//! JSON lines: a file's lines, whatever it is packed in.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::source::unreadable;
use crate::error::{Code, Error, Result};
use crate::formats::item::Item;
use crate::formats::jsonl::LINE_MOST;

/// A file's lines. Those without text are passed over, and one that is too long is an item that cannot be read.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: u64,
    name: String,
    /// Why it cannot be read on, where that is still to be said.
    broken: Option<Error>,
}

impl Lines {
    /// The lines of a file.
    ///
    /// # Errors
    /// `IO` for a file that cannot be read or is something else.
    pub(super) fn open(path: &Path) -> Result<Lines> {
        let name = path.display().to_string();
        if path.is_dir() {
            return Err(Error::new(Code::Io, format!("{name} is a folder; name the files in it.")));
        }
        let file = File::open(path).map_err(|e| unreadable(&name, e))?;
        let says_gzip = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        Lines::of(Box::new(file), name, says_gzip)
    }

    /// The lines of bytes that are here already.
    ///
    /// # Errors
    /// As [`Lines::open`].
    pub(super) fn of(source: Box<dyn Read + Send>, name: String, says_gzip: bool) -> Result<Lines> {
        let mut plain = BufReader::with_capacity(1 << 16, source);
        let start = plain.fill_buf().map_err(|e| unreadable(&name, e))?;
        let is_gzip = start.starts_with(&[0x1f, 0x8b]);
        let first = start.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        if says_gzip && !is_gzip && !start.is_empty() {
            let says =
                format!("{name} is not what its name says: it is no gzip file. Rename it if it is plain JSON lines.");
            return Err(Error::new(Code::Io, says));
        }
        for (magic, what, mend) in [
            (&b"PK\x03\x04"[..], "a zip archive", "unpack it"),
            (b"\x28\xb5\x2f\xfd", "zstd-compressed", "unpack it, or pack it with gzip"),
            (b"BZh", "bzip2-compressed", "unpack it, or pack it with gzip"),
            (b"\xfd7zXZ", "xz-compressed", "unpack it, or pack it with gzip"),
            (b"SQLite format 3", "an SQLite database", "name a file of JSON lines"),
            (b"<?xml", "XML", "import it with `import wxr` or `import feed`"),
        ] {
            if start.starts_with(magic) {
                return Err(Error::new(Code::Io, format!("{name} is {what}, not JSON lines; {mend}.")));
            }
        }
        if first == Some(b'[') {
            let says = format!("{name} is one JSON array, not JSON lines; write each story on a line of its own.");
            return Err(Error::new(Code::Io, says));
        }
        let reader: Box<dyn BufRead + Send> = if is_gzip {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        Ok(Lines { reader, number: 0, name, broken: None })
    }

    fn line(&mut self) -> Result<Option<Item>> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        loop {
            let mut bytes = Vec::new();
            let most = LINE_MOST as u64 + 1;
            let read = self.reader.by_ref().take(most).read_until(b'\n', &mut bytes);
            if read.map_err(|e| self.broken_off(e))? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if bytes.len() > LINE_MOST && !bytes.ends_with(b"\n") {
                if let Err(e) = self.pass_line() {
                    self.broken = Some(self.broken_off(e));
                }
                let says =
                    format!("The line is longer than {LINE_MOST} bytes; take out of it what is no part of the story.");
                return Ok(Some(Item::fault(self.number, "", &Error::new(Code::InvalidInput, says), &bytes)));
            }
            while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                bytes.pop();
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Item::json(self.number, bytes)));
            }
        }
    }

    /// Passes over the rest of a line, however long it is.
    fn pass_line(&mut self) -> std::io::Result<()> {
        loop {
            let next = self.reader.fill_buf()?;
            let end = next.iter().position(|byte| *byte == b'\n');
            let (length, is_over) = (end.map_or(next.len(), |at| at + 1), end.is_some() || next.is_empty());
            self.reader.consume(length);
            if is_over {
                return Ok(());
            }
        }
    }

    fn broken_off(&self, e: std::io::Error) -> Error {
        let (name, number) = (&self.name, self.number);
        let says = if e.kind() == std::io::ErrorKind::UnexpectedEof {
            format!(
                "{name} is cut off after line {number}. What came before was read; get the whole file and import it again."
            )
        } else {
            format!(
                "{name} cannot be read on after line {number}: {e}. What came before was read; mend the file and import it again."
            )
        };
        Error::new(Code::Io, says).because(e)
    }
}

impl Iterator for Lines {
    type Item = Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn lines_keep_their_numbers_over_empty_ones() {
        let (_folder, path) = file("a.jsonl", b"{\"a\":1}\r\n\n  \n{\"b\":2}");
        let all: Vec<Item> = Lines::open(&path).unwrap().map(|line| line.unwrap()).collect();
        assert_eq!(all, [Item::json(1, b"{\"a\":1}".to_vec()), Item::json(4, b"{\"b\":2}".to_vec())]);
    }

    #[test]
    fn a_line_that_is_too_long_costs_itself_alone() {
        let long = std::io::repeat(b'x').take(LINE_MOST as u64 + 70_000);
        let fits = std::io::repeat(b'y').take(LINE_MOST as u64);
        let file = (&b"{}\n"[..]).chain(long).chain(&b"\n{}\n"[..]).chain(fits).chain(&b"\n{}"[..]);
        let all = Lines::of(Box::new(file), "a".into(), false).unwrap();
        let all: Vec<(u64, bool)> = all
            .map(|line| {
                let line = line.unwrap();
                (line.number, matches!(line.content, crate::formats::item::Content::Fault { .. }))
            })
            .collect();
        assert_eq!(all, [(1, false), (2, true), (3, false), (4, false), (5, false)]);
    }

    #[test]
    fn of_a_file_that_is_cut_off_the_lines_before_are_read() {
        use std::io::Write as _;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        for n in 0..1_000 {
            writeln!(packed, "{{\"n\":{n}}}").unwrap();
        }
        let packed = packed.finish().unwrap();
        let (_folder, path) = file("a.jsonl.gz", &packed[..packed.len() / 2]);
        let mut lines = Lines::open(&path).unwrap();
        let read = lines.by_ref().take_while(Result::is_ok).count();
        assert!((100..1_000).contains(&read), "{read}");
        let (_folder, path) = file("a.jsonl.gz", &packed[..packed.len() / 2]);
        let error = Lines::open(&path).unwrap().find_map(Result::err).unwrap();
        assert!(error.message().contains(&format!("cut off after line {read}")), "{}", error.message());
    }

    #[test]
    fn a_file_that_is_not_what_it_seems_is_named() {
        for (name, bytes, says) in [
            ("a.jsonl.gz", &b"{}"[..], "no gzip"),
            ("a.jsonl", b"PK\x03\x04xxxx", "zip archive"),
            ("a.jsonl", b"[{}]", "JSON array"),
            ("a.jsonl", b"<?xml version='1.0'?>", "import feed"),
            ("a.jsonl", b"SQLite format 3\0", "SQLite database"),
        ] {
            let (_folder, path) = file(name, bytes);
            let error = Lines::open(&path).err().unwrap();
            assert!(error.message().contains(says), "{}", error.message());
        }
    }
}
