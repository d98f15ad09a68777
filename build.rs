//! Lists what the binary embeds: the drawings of the sample newsroom, and the GraphQL explorer's files when
//! `assets/graphiql/fetch.sh` has fetched them. It fetches nothing itself: a build needs no network and no Node.
//!
//! Writes `embedded.rs` with two lists of (file name, bytes), sorted by name. The explorer's list is empty unless every
//! pinned file is there, so that a half-done fetch falls back to the CDN as a whole.

use std::{env, error::Error, fmt::Write, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    // Folders that are always there: cargo watches what is in them, so a later fetch is seen too. (Naming the
    // `vendor` folder itself would rebuild every time while it does not exist.)
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=assets/graphiql");
    println!("cargo:rerun-if-changed=assets/sample");

    let root = env::var("CARGO_MANIFEST_DIR")?;
    let root = Path::new(&root);
    let mut images = Vec::new();
    for entry in fs::read_dir(root.join("assets/sample"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".png") {
            images.push(name);
        }
    }
    images.sort();

    let pins = fs::read_to_string(root.join("assets/graphiql/pins.txt"))?;
    let mut vendored: Vec<String> = pins.lines().filter_map(vendored_name).collect();
    vendored.sort();
    if !vendored.iter().all(|name| root.join("assets/graphiql/vendor").join(name).is_file()) {
        vendored.clear();
    }

    let mut code = String::new();
    list(&mut code, "SAMPLE_IMAGES", "assets/sample", &images)?;
    list(&mut code, "EXPLORER_FILES", "assets/graphiql/vendor", &vendored)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("embedded.rs"), code)?;
    Ok(())
}

/// The name under which `fetch.sh` keeps the file of one line of `pins.txt`, such as `react-18.3.1.min.js`.
fn vendored_name(line: &str) -> Option<String> {
    let line = line.split('#').next()?;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [package, version, _, file, _] = fields[..] else { return None };
    Some(format!("{package}-{version}.min.{}", file.rsplit('.').next()?))
}

fn list(code: &mut String, name: &str, folder: &str, files: &[String]) -> std::fmt::Result {
    writeln!(code, "static {name}: &[(&str, &[u8])] = &[")?;
    for file in files {
        writeln!(code, "    ({file:?}, include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{folder}/{file}\"))),")?;
    }
    writeln!(code, "];")
}
