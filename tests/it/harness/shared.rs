//! The real data beside the repository, where it is there.

use std::io::Read;
use std::path::PathBuf;

/// A file of the shared folder; `None` where it is not there.
pub fn file(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("MASTHEAD_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let bytes = match std::fs::read(root.join(path)) {
        Ok(bytes) => bytes,
        Err(error) => {
            println!("SKIP shared {path}: {error}");
            return None;
        }
    };
    if !path.ends_with(".gz") {
        return Some(bytes);
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect(path);
    Some(plain)
}

/// The names of the files in a folder of it, in order; none where it is not there.
pub fn names(folder: &str) -> Vec<String> {
    let root = std::env::var_os("MASTHEAD_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
        println!("SKIP shared {folder}: it is not there");
        return Vec::new();
    };
    let files = entries.map(|entry| entry.expect(folder)).filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Its lines, without the empty ones.
pub fn lines(path: &str) -> Option<Vec<Vec<u8>>> {
    let bytes = file(path)?;
    Some(bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
}
