//! Where the bytes of an import come from: a file, a folder of Markdown, or an address that was given on the command
//! line. Nothing that stands in a document is ever fetched.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::config::OutboundSettings;
use crate::error::{Code, Error, Result};
use crate::outbound::client::Client;

/// The most bytes of a file that is read as one, unpacked.
const FILE_MOST: usize = 1 << 30;
/// The most bytes that are fetched.
const FETCHED_MOST: usize = 64 << 20;
/// The most bytes of one Markdown file.
pub(super) const PAGE_MOST: usize = 16 << 20;
/// How deep folders may stand in each other.
const DEPTH_MOST: usize = 64;

/// The error for a file that cannot be read.
pub(super) fn unreadable(name: &str, e: std::io::Error) -> Error {
    Error::new(Code::Io, format!("{name} cannot be read: {e}. Check the path and the rights.")).because(e)
}

/// The address that an argument is, where it is one.
pub(super) fn address(place: &Path) -> Option<&str> {
    place.to_str().filter(|text| text.starts_with("https://") || text.starts_with("http://"))
}

/// Says what is wrong with an argument before anything is written.
///
/// # Errors
/// `IO` for a file that is not there or may not be read.
pub(super) fn check(place: &Path) -> Result<()> {
    let name = place.display().to_string();
    if address(place).is_some() {
        return Ok(());
    }
    if place.is_dir() {
        return Err(Error::new(Code::Io, format!("{name} is a folder; name the files in it.")));
    }
    File::open(place).map(drop).map_err(|e| unreadable(&name, e))
}

/// The bytes of a file or an address, unpacked if they are packed with gzip.
///
/// # Errors
/// `IO` for a file that cannot be read or is too large, and what [`Client::fetch`] says.
pub(super) async fn bytes(place: &Path, outbound: &OutboundSettings) -> Result<Vec<u8>> {
    let name = place.display().to_string();
    match address(place) {
        Some(address) => {
            let fetched = Client::new(outbound)?.fetch(address, FETCHED_MOST).await?;
            unpacked(fetched.as_slice(), &name, FILE_MOST)
        }
        None => file(place, FILE_MOST),
    }
}

/// The bytes of a file, unpacked, at most `most`.
///
/// # Errors
/// `IO` for a file that cannot be read or is too large.
pub(super) fn file(path: &Path, most: usize) -> Result<Vec<u8>> {
    let name = path.display().to_string();
    unpacked(File::open(path).map_err(|e| unreadable(&name, e))?, &name, most)
}

fn unpacked(source: impl Read, name: &str, most: usize) -> Result<Vec<u8>> {
    let mut plain = BufReader::with_capacity(1 << 16, source);
    let is_gzip = plain.fill_buf().map_err(|e| unreadable(name, e))?.starts_with(&[0x1f, 0x8b]);
    let mut bytes = Vec::new();
    let limit = most as u64 + 1;
    let read = if is_gzip {
        MultiGzDecoder::new(plain).take(limit).read_to_end(&mut bytes)
    } else {
        plain.take(limit).read_to_end(&mut bytes)
    };
    read.map_err(|e| unreadable(name, e))?;
    if bytes.len() > most {
        return Err(Error::new(Code::Io, format!("{name} has more than {most} bytes; part it and import the parts.")));
    }
    Ok(bytes)
}

/// The Markdown files of a folder with their paths in it, in the order of these; a file is itself.
///
/// # Errors
/// `IO` for what cannot be read.
pub(super) fn pages(place: &Path) -> Result<Vec<(PathBuf, String)>> {
    let name = place.display().to_string();
    if address(place).is_some() {
        return Err(Error::new(
            Code::Io,
            format!("{name} is an address; Markdown is imported from files and folders."),
        ));
    }
    if !place.is_dir() {
        File::open(place).map_err(|e| unreadable(&name, e))?;
        let file = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or(name);
        return Ok(vec![(place.to_owned(), file)]);
    }
    let mut found = Vec::new();
    walk(place, "", 0, &mut found)?;
    if found.is_empty() {
        return Err(Error::new(Code::Io, format!("{name} has no Markdown files (.md, .markdown) in it.")));
    }
    Ok(found)
}

fn walk(folder: &Path, within: &str, depth: usize, found: &mut Vec<(PathBuf, String)>) -> Result<()> {
    let failed = |e| unreadable(&folder.display().to_string(), e);
    let mut entries: Vec<fs::DirEntry> =
        fs::read_dir(folder).map_err(failed)?.collect::<std::io::Result<_>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        // A link may lead out of the folder, or round in a circle.
        let kind = entry.file_type().map_err(failed)?;
        if name.starts_with('.') || kind.is_symlink() {
            continue;
        }
        let path = if within.is_empty() { name.clone() } else { format!("{within}/{name}") };
        if kind.is_dir() && depth < DEPTH_MOST {
            walk(&entry.path(), &path, depth + 1, found)?;
        } else if kind.is_file() && [".md", ".markdown"].iter().any(|ending| name.to_lowercase().ends_with(ending)) {
            found.push((entry.path(), path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_walked_in_order_and_not_left() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("b/c")).unwrap();
        fs::create_dir_all(at(".git")).unwrap();
        for path in ["b/c/2.md", "b/1.MARKDOWN", "a.md", "x.png", ".git/h.md"] {
            fs::write(at(path), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), at("round")).unwrap();
        let found: Vec<String> = pages(folder.path()).unwrap().into_iter().map(|(_, path)| path).collect();
        assert_eq!(found, ["a.md", "b/1.MARKDOWN", "b/c/2.md"]);
        assert!(pages(&at(".git/none")).is_err());
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::copy(&mut std::io::repeat(b'x').take(1 << 20), &mut packed).unwrap();
        let packed = packed.finish().unwrap();
        assert!(packed.len() < 10_000);
        assert_eq!(unpacked(packed.as_slice(), "a", 1 << 20).unwrap().len(), 1 << 20);
        assert!(unpacked(packed.as_slice(), "a", 1_000).unwrap_err().message().contains("more than 1000 bytes"));
    }
}
