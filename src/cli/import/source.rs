//! Where the bytes of an import come from: a file, a folder of Markdown, or an address that was given on the command
//! line. Nothing that stands in a document is ever fetched.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

use crate::config::OutboundSettings;
use crate::error::{Code, Error, Result};
use crate::formats::front_matter;
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

/// The Markdown files of a folder with their paths in it, in the order of these; a file that is named by itself
/// has its name, and `index.md` its folder's too.
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
        let here = std::env::current_dir().unwrap_or_default();
        return Ok(vec![(place.to_owned(), own_path(place, &here))]);
    }
    let mut found = Vec::new();
    walk(place, "", 0, &mut found)?;
    if found.is_empty() {
        return Err(Error::new(Code::Io, format!("{name} has no Markdown files (.md, .markdown) in it.")));
    }
    Ok(found)
}

/// By which a file that is named by itself is known: its name, as in its own folder. `index.md` is called after its folder.
fn own_path(file: &Path, here: &Path) -> String {
    let whole = if file.is_absolute() { names(file) } else { names(&here.join(file)) };
    match whole.as_slice() {
        [.., folder, name] if name.rsplit_once('.').is_some_and(|(stem, _)| stem == "index") => {
            format!("{folder}/{name}")
        }
        [.., name] => name.clone(),
        [] => String::new(),
    }
}

/// The names in a path, without those that only lead on or back.
fn names(path: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => all.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => drop(all.pop()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    all
}

/// What stands in the folders above pages of Markdown, also in those above what is imported.
#[derive(Debug, Default)]
pub(super) struct Above(HashMap<PathBuf, Map<String, Value>>);

impl Above {
    /// Whether a page stands in a folder of drafts, as Jekyll has it, and what the pages above hold it back by.
    pub(super) fn of(&mut self, page: &Path) -> (bool, Map<String, Value>) {
        let page = std::path::absolute(page).unwrap_or_else(|_| page.to_owned());
        let Some(folder) = page.parent() else { return (false, Map::new()) };
        (folder.iter().any(|name| name == "_drafts"), self.cascade(folder, 0))
    }

    /// What holds back the pages of a folder: what is nearer to them counts first.
    fn cascade(&mut self, folder: &Path, depth: usize) -> Map<String, Value> {
        if let Some(known) = self.0.get(folder) {
            return known.clone();
        }
        let mut all: Map<String, Value> = Map::new();
        for name in ["_index.md", "_index.markdown"] {
            // One that cannot be read is none: a site with it was never made.
            let Ok(bytes) = file(&folder.join(name), PAGE_MOST) else { continue };
            for (key, value) in front_matter::cascade(&bytes) {
                all.entry(key).or_insert(value);
            }
        }
        if let Some(parent) = folder.parent().filter(|_| depth < DEPTH_MOST) {
            for (key, value) in self.cascade(parent, depth + 1) {
                all.entry(key).or_insert(value);
            }
        }
        self.0.insert(folder.to_owned(), all.clone());
        all
    }
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
    fn a_file_that_is_named_by_itself_is_called_as_in_its_folder() {
        for (file, path) in [
            ("a.md", "a.md"),
            ("./a/../b//c.md", "c.md"),
            ("a/index.md", "a/index.md"),
            ("/srv/site/a/index.md", "a/index.md"),
            // The file alone does not say of which folder it is.
            ("index.md", "site/index.md"),
            ("../index.md", "srv/index.md"),
            ("/home/x/a.md", "a.md"),
        ] {
            assert_eq!(own_path(Path::new(file), Path::new("/srv/site")), path, "{file}");
        }
    }

    #[test]
    fn what_stands_above_a_page_is_found_above_what_is_imported() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("content/news/_drafts")).unwrap();
        fs::create_dir_all(at("content/open")).unwrap();
        fs::write(at("content/_index.md"), "---\ncascade: {draft: true, private: true}\n---\n").unwrap();
        fs::write(at("content/open/_index.md"), "---\ncascade: {draft: false}\n---\n").unwrap();
        let mut above = Above::default();
        let mut held = |path: &str| {
            let (in_drafts, cascade) = above.of(&at(path));
            (in_drafts, cascade.get("draft").and_then(Value::as_bool), cascade.get("private").and_then(Value::as_bool))
        };
        assert_eq!(held("content/news/_drafts/a.md"), (true, Some(true), Some(true)));
        assert_eq!(held("content/news/a.md"), (false, Some(true), Some(true)));
        assert_eq!(held("content/open/a.md"), (false, Some(false), Some(true)));
        assert_eq!(held("a.md"), (false, None, None));
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
