//! JSON lines: a file's lines, whatever it is packed in.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::source::unreadable;
use crate::error::{Code, Error, Result};
use crate::formats::item::Item;
use crate::formats::jsonl::LINE_MOST;

/// A file's lines. Those without text are passed over.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: u64,
    name: String,
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
        Ok(Lines { reader, number: 0, name })
    }

    fn line(&mut self) -> Result<Option<Item>> {
        loop {
            let mut bytes = Vec::new();
            let most = LINE_MOST as u64 + 1;
            let read = self.reader.by_ref().take(most).read_until(b'\n', &mut bytes).map_err(|e| {
                let says = format!(
                    "{} cannot be read on after line {}: {e}. What was imported stays; mend the file and import it again.",
                    self.name, self.number
                );
                Error::new(Code::Io, says).because(e)
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if bytes.len() > LINE_MOST {
                let says = format!("{}: line {} is longer than {LINE_MOST} bytes.", self.name, self.number);
                return Err(Error::new(Code::Io, says));
            }
            while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                bytes.pop();
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Item::json(self.number, bytes)));
            }
        }
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
