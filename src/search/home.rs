//! Where the index lives: a folder of this node, with one generation in use and perhaps one in the making.
//!
//! ```text
//! masthead.db.search/
//!   current     the name of the generation in use
//!   lock        held for the moments in which the above changes
//!   making      held while a generation is made
//!   1-3/        generation 3 of version 1 of the fields
//! ```
//!
//! Several processes may share a folder. One of them holds the right to write a generation; the others follow what it
//! commits, and one of them takes over when it ends. A rebuilding writes a new generation beside the one in use, which
//! serves on; then `current` changes, and every process goes over to it. One that is broken does not serve on: until
//! the next is there, searches are told to come back.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::index::{Index, Position};
use super::schema::VERSION;
use crate::error::{Code, Error, Result};

/// The folder. Cloning shares it.
#[derive(Clone)]
pub struct Home {
    folder: Arc<PathBuf>,
    open: Arc<RwLock<Option<Open>>>,
    /// Held while a generation is opened, which reads all of it; searches need not wait for that.
    opening: Arc<Mutex<()>>,
    doubted: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Open {
    name: String,
    index: Index,
    broken: bool,
}

/// A generation in the making. Nobody else makes one while this lives.
pub struct Making {
    name: String,
    /// The index to fill.
    pub index: Index,
    _lock: File,
}

impl Home {
    /// The index in this folder. Nothing is opened before somebody asks for it.
    pub fn new(folder: impl Into<PathBuf>) -> Home {
        Home { folder: Arc::new(folder.into()), open: Arc::default(), opening: Arc::default(), doubted: Arc::default() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The generation in use: an empty one where there is none or what is there is broken. Opening one reads all of
    /// its files.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn index(&self) -> Result<Index> {
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = self.opened() {
            return Ok(open.index);
        }
        let _lock = self.lock()?;
        let there = match self.current() {
            Some(name) => self.open_generation(&name)?.map(|index| (name, index)),
            None => None,
        };
        let (name, index) = match there {
            Some(there) => there,
            None => self.begin()?,
        };
        self.point(&name)?;
        self.set(name, index.clone());
        Ok(index)
    }

    /// How far the generation in use has followed the log when it was last written, without opening it, which would read all of
    /// its files. `None` where there is none, or none that says so.
    pub fn last_position(&self) -> Option<Position> {
        let name = fs::read_to_string(self.folder.join("current")).ok()?;
        number(&name)?;
        Index::position_in(&self.folder.join(name))
    }

    /// The generation in use, if it is open and not known to be broken. Never waits.
    pub fn ready(&self) -> Option<Index> {
        self.opened().filter(|open| !open.broken).map(|open| open.index)
    }

    fn opened(&self) -> Option<Open> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, name: String, index: Index) {
        self.doubted.store(false, Ordering::Relaxed);
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Some(Open { name, index, broken: false });
    }

    /// Goes over to the generation that another process put in use, if one did. Says whether.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn follow(&self) -> Result<bool> {
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = self.opened() else { return Ok(false) };
        let Some(current) = self.current() else {
            // Lost or garbled, and not that of another version: the one that serves is the one in use.
            let says = fs::read_to_string(self.folder.join("current")).unwrap_or_default();
            if !open.broken && number(&says).is_none() && open.index.is_untouched() {
                let _lock = self.lock()?;
                self.point(&open.name)?;
            }
            return Ok(false);
        };
        if open.name == current {
            return Ok(false);
        }
        let Some(index) = self.open_generation(&current)? else { return Ok(false) };
        self.set(current, index);
        Ok(true)
    }

    /// Something went wrong with the generation in use: its files are to be read and held against their checksums.
    pub fn doubt(&self) {
        self.doubted.store(true, Ordering::Relaxed);
    }

    /// Whether the generation in use can be trusted. Takes microseconds, unless it is in doubt: then its files are
    /// read. One that is broken stays so, and is not [`ready`](Home::ready) any more.
    pub fn is_sound(&self) -> bool {
        let Some(open) = self.opened() else { return true };
        let doubted = self.doubted.swap(false, Ordering::Relaxed);
        if !open.broken && open.index.is_untouched() && (!doubted || open.index.is_whole()) {
            return true;
        }
        let mut slot = self.open.write().unwrap_or_else(PoisonError::into_inner);
        // Unless another took its place meanwhile.
        if let Some(now) = slot.as_mut().filter(|now| now.name == open.name) {
            if !now.broken {
                let folder = self.folder.join(&now.name);
                tracing::warn!(folder = %folder.display(), "the search index is broken and will be built anew");
            }
            now.broken = true;
            return false;
        }
        true
    }

    /// A new, empty generation; `None` while somebody else makes one.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn make(&self) -> Result<Option<Making>> {
        fs::create_dir_all(&*self.folder).map_err(|e| self.fault(&e))?;
        let making = self.lock_file("making").map_err(|e| self.fault(&e))?;
        match making.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(e)) => return Err(self.fault(&e)),
        }
        let _lock = self.lock()?;
        // What somebody did not bring to its end is of no use.
        if let Some(current) = self.current().as_deref().and_then(number) {
            self.remove(|made| made > current);
        }
        let (name, index) = self.begin()?;
        Ok(Some(Making { name, index, _lock: making }))
    }

    /// Puts a generation in use in place of the present one, whose files go. Its writer must be closed.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn adopt(&self, made: Making) -> Result<()> {
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = self.lock()?;
        self.point(&made.name)?;
        // Whoever still reads an old generation holds its files open until it goes over.
        let this = number(&made.name);
        self.remove(|old| Some(old) < this);
        self.set(made.name, made.index);
        Ok(())
    }

    fn remove(&self, which: impl Fn(u64) -> bool) {
        for name in self.generations().into_iter().filter(|name| number(name).is_some_and(&which)) {
            let _ = fs::remove_dir_all(self.folder.join(name));
        }
    }

    fn lock_file(&self, name: &str) -> std::io::Result<File> {
        File::options().create(true).truncate(false).write(true).open(self.folder.join(name))
    }

    fn lock(&self) -> Result<File> {
        let locked = || {
            fs::create_dir_all(&*self.folder)?;
            let file = self.lock_file("lock")?;
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
