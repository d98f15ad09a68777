//! Watches the files of an index: the engine writes each once and never changes it, so a change is damage.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// How a file was when it was first seen; `None` for one that was not there: not every segment has every file.
type Known = Option<(u64, Option<SystemTime>)>;

/// What is known of the files. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Files(Arc<Mutex<HashMap<PathBuf, Known>>>);

impl Files {
    /// Those that have changed or gone since they were first seen. What is no more in use is forgotten.
    pub fn changed(&self, folder: &Path, in_use: HashSet<PathBuf>) -> HashSet<PathBuf> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|file, _| in_use.contains(file));
        let look = |file: &Path| {
            let meta = std::fs::metadata(folder.join(file)).ok()?;
            Some((meta.len(), meta.modified().ok()))
        };
        // A file that changed stays so: what is known of it is how it was at first.
        in_use
            .into_iter()
            .filter(|file| *known.entry(file.clone()).or_insert_with(|| look(file)) != look(file))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ArticleId;
    use crate::model::time::Instant;
    use crate::search::{Article, Index, Position};

    fn article(n: i64) -> Article {
        Article {
            id: ArticleId(n),
            language: "en".to_owned(),
            headline: format!("Headline {n}"),
            summary: String::new(),
            body: "A body of some words.".to_owned(),
            authors: Vec::new(),
            topics: Vec::new(),
            sections: Vec::new(),
            genre: "news".to_owned(),
            published_at: Instant::from_millis(n),
            updated_at: Instant::from_millis(n),
        }
    }

    fn filled(folder: &Path) -> Index {
        let index = Index::open(folder).unwrap().unwrap();
        let mut writer = index.writer().unwrap().unwrap();
        for n in 1..=3 {
            writer.put(&article(n), n).unwrap();
            writer.commit(&Position { log_id: "a".to_owned(), seq: n }).unwrap();
            assert!(index.is_untouched());
        }
        writer.merge(&Position { log_id: "a".to_owned(), seq: 4 }).unwrap();
        assert!(index.is_untouched());
        writer.close().unwrap();
        index
    }

    /// Every file in turn: cut, garbled in its middle, gone.
    #[test]
    fn damage_is_noticed_while_the_index_is_open_and_when_it_is_opened() {
        let whole = tempfile::tempdir().unwrap();
        drop(filled(whole.path()));
        let names = || std::fs::read_dir(whole.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let segment = |name: &std::ffi::OsString| !name.to_string_lossy().starts_with('.') && *name != "meta.json";
        assert!(names().filter(segment).count() >= 4);
        for name in names().filter(segment) {
            for harm in ["cut", "garbled", "gone", "empty"] {
                let folder = tempfile::tempdir().unwrap();
                for name in names() {
                    std::fs::copy(whole.path().join(&name), folder.path().join(&name)).unwrap();
                }
                let index = Index::open(folder.path()).unwrap().unwrap();
                assert!(index.is_untouched() && index.is_whole());
                let file = folder.path().join(&name);
                let bytes = std::fs::read(&file).unwrap();
                // As another program would: the file that is open stays what it was.
                std::fs::remove_file(&file).unwrap();
                let middle = bytes.len() / 3;
                match harm {
                    "cut" => std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap(),
                    "garbled" => {
                        let garbled: Vec<u8> =
                            bytes[..middle].iter().chain(b"?").chain(&bytes[middle + 1..]).copied().collect();
                        std::fs::write(&file, garbled).unwrap();
                    }
                    "empty" => std::fs::write(&file, b"").unwrap(),
                    _ => {}
                }
                let shown = format!("{} {harm}", name.display());
                assert!(!index.is_untouched(), "{shown}");
                assert!(!index.is_whole(), "{shown}");
                assert!(Index::open(folder.path()).unwrap().is_none(), "{shown}");
            }
        }
    }

    #[test]
    fn what_says_which_files_there_are_may_be_broken_too() {
        for (name, text) in
            [("meta.json", "{"), ("meta.json", ""), (".managed.json", "["), ("meta.json", "{\"segments\":7}")]
        {
            let folder = tempfile::tempdir().unwrap();
            let index = filled(folder.path());
            std::fs::write(folder.path().join(name), text).unwrap();
            assert!(name != "meta.json" || !index.is_untouched(), "{name} {text}");
            assert!(Index::open(folder.path()).unwrap().is_none(), "{name} {text}");
        }
    }
}
