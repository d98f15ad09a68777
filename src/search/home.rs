//! Where the index lives: a folder of this node, with one generation in use and perhaps one in the making.
//!
//! ```text
//! masthead.db.search/
//!   current     the name of the generation in use
//!   lock        held for the moments in which the above changes
//!   1-3/        generation 3 of version 1 of the fields
//! ```
//!
//! Several processes may share a folder. One of them holds the right to write a generation; the others follow what it
//! commits, and one of them takes over when it ends. A rebuilding writes a new generation beside the one in use, which
//! serves on; then `current` changes, and every process goes over to it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::index::Index;
use super::schema::VERSION;
use crate::error::{Code, Error, Result};

/// The folder. Cloning shares it.
#[derive(Clone)]
pub struct Home {
    folder: Arc<PathBuf>,
    open: Arc<Mutex<Option<(String, Index)>>>,
}

/// A generation in the making.
pub struct Making {
    name: String,
    /// The index to fill.
    pub index: Index,
}

impl Home {
    /// The index in this folder. Nothing is opened before somebody asks for it.
    pub fn new(folder: impl Into<PathBuf>) -> Home {
        Home { folder: Arc::new(folder.into()), open: Arc::new(Mutex::new(None)) }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The generation in use: an empty one where there is none.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn index(&self) -> Result<Index> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, index)) = &*open {
            return Ok(index.clone());
        }
        let _lock = self.lock()?;
        let (name, index) = match self.current() {
            Some(name) => match self.open_generation(&name)? {
                Some(index) => (name, index),
                None => self.begin()?,
            },
            None => self.begin()?,
        };
        self.point(&name)?;
        *open = Some((name, index.clone()));
        Ok(index)
    }

    /// Goes over to the generation that another process put in use, if one did. Says whether.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn follow(&self) -> Result<bool> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(current) = self.current() else { return Ok(false) };
        if open.as_ref().is_none_or(|(name, _)| *name == current) {
            return Ok(false);
        }
        let Some(index) = self.open_generation(&current)? else { return Ok(false) };
        *open = Some((current, index));
        Ok(true)
    }

    /// A new, empty generation.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn make(&self) -> Result<Making> {
        let _lock = self.lock()?;
        let (name, index) = self.begin()?;
        Ok(Making { name, index })
    }

    /// Puts a generation in use in place of the present one, whose files go. Its writer must be closed.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn adopt(&self, made: Making) -> Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = self.lock()?;
        self.point(&made.name)?;
        // Whoever still reads an old generation holds its files open until it goes over.
        for name in self.generations().into_iter().filter(|name| number(name) < number(&made.name)) {
            let _ = fs::remove_dir_all(self.folder.join(name));
        }
        *open = Some((made.name, made.index));
        Ok(())
    }

    fn lock(&self) -> Result<File> {
        let locked = || {
            fs::create_dir_all(&*self.folder)?;
            let file = File::options().create(true).truncate(false).write(true).open(self.folder.join("lock"))?;
            file.lock()?;
            Ok(file)
        };
        locked().map_err(|e| self.fault(&e))
    }

    fn fault(&self, error: &std::io::Error) -> Error {
        let shown = self.folder.display();
        let says = format!(
            "The search index in {shown} cannot be written: {error}. Check [search] data_dir, its rights and the disk."
        );
        Error::new(Code::Config, says)
    }

    fn current(&self) -> Option<String> {
        let name = fs::read_to_string(self.folder.join("current")).ok()?;
        let known = number(&name).is_some() && name.starts_with(&format!("{VERSION}-"));
        known.then_some(name)
    }

    fn point(&self, name: &str) -> Result<()> {
        if self.current().as_deref() == Some(name) {
            return Ok(());
        }
        let write = || {
            let beside = self.folder.join("current.new");
            fs::write(&beside, name)?;
            File::open(&beside)?.sync_all()?;
            fs::rename(&beside, self.folder.join("current"))
        };
        write().map_err(|e| self.fault(&e))
    }

    fn generations(&self) -> Vec<String> {
        let entries = fs::read_dir(&*self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| number(name).is_some()).collect()
    }

    fn open_generation(&self, name: &str) -> Result<Option<Index>> {
        let folder = self.folder.join(name);
        if folder.is_dir() { Index::open(&folder) } else { Ok(None) }
    }

    fn begin(&self) -> Result<(String, Index)> {
        let last = self.generations().iter().filter_map(|name| number(name)).max().unwrap_or(0);
        let name = format!("{VERSION}-{}", last + 1);
        let folder = self.folder.join(&name);
        fs::create_dir_all(&folder).map_err(|e| self.fault(&e))?;
        let index = Index::open(&folder)?.ok_or_else(|| Error::internal("an empty search index cannot be opened"))?;
        Ok((name, index))
    }
}

/// The number of a generation.
fn number(name: &str) -> Option<u64> {
    let (version, number) = name.split_once('-')?;
    version.parse::<u32>().ok()?;
    number.parse().ok()
}
