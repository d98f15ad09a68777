//! Documents that are named instead of sent: those that the publisher trusts, and those that clients have sent before.
//!
//! *Trusted documents* stand in a file that the frontends' build makes; with `only_documents` nothing else runs. They are
//! named by `documentId` (the working draft of GraphQL over HTTP, "Persisted Documents"). *Automatic persisted queries* are
//! named by the hash of their text in `extensions.persistedQuery`; a client sends the text when the hash is not known.
//! Both are short enough for a GET, which caches in front can keep.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::Request;
use async_graphql_value::ConstValue;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::limits;
use crate::config::GraphqlSettings;
use crate::error::{Code, Error, Result};

/// The member of a request's `extensions` that names a document by the hash of its text.
const PERSISTED: &str = "persistedQuery";

/// The documents that can be named. Cloning shares them.
#[derive(Clone)]
pub struct Documents(Arc<Known>);

struct Known {
    trusted: HashMap<String, Arc<str>>,
    texts: HashSet<Arc<str>>,
    only: bool,
    /// The most tokens of one that a client sends.
    tokens: usize,
    /// What clients have sent, by the hash of its text; none where that is off.
    sent: Option<moka::sync::Cache<String, Arc<str>>>,
}

impl Documents {
    /// The documents of the settings: those of the file, and none that clients have sent.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the file cannot be read or is of no known form.
    pub fn open(settings: &GraphqlSettings) -> Result<Documents> {
        let trusted = if settings.documents.is_empty() { HashMap::new() } else { read(&settings.documents)? };
        let most = settings.persisted.0;
        let weigh = |hash: &String, text: &Arc<str>| u32::try_from(hash.len() + text.len() + 128).unwrap_or(u32::MAX);
        let sent = moka::sync::Cache::builder().weigher(weigh).max_capacity(most).build();
        let texts = trusted.values().cloned().collect();
        let only = settings.only_documents;
        let (tokens, sent) = (settings.max_tokens, (most > 0 && !only).then_some(sent));
        Ok(Documents(Arc::new(Known { trusted, texts, only, tokens, sent })))
    }

    /// Whether this text may run.
    pub(super) fn allows(&self, query: &str) -> bool {
        !self.0.only || self.0.texts.contains(query)
    }

    /// Puts the text of a document in the place of its name, or learns the name of the text that comes with it.
    /// `id` is the `documentId`, where the request has one.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND` and `PERSISTED_QUERY_NOT_SUPPORTED`, `BAD_REQUEST` for a name that is none.
    pub fn resolve(&self, request: &mut Request, id: Option<&str>) -> Result<()> {
        let fault = |says: &str| Err(Error::new(Code::BadRequest, says.to_owned()));
        let persisted = match request.extensions.get(PERSISTED) {
            None | Some(ConstValue::Null) => None,
            Some(ConstValue::Object(named)) => {
                if named.get("version") != Some(&ConstValue::from(1)) {
                    return fault("extensions.persistedQuery.version is not 1, the only one that there is.");
                }
                match named.get("sha256Hash") {
                    Some(ConstValue::String(hash)) => Some(hash.to_ascii_lowercase()),
                    _ => return fault("extensions.persistedQuery.sha256Hash is no string."),
                }
            }
            Some(_) => return fault("extensions.persistedQuery is no object with version and sha256Hash."),
        };
        match (request.query.is_empty(), id, persisted) {
            (true, Some(id), _) => {
                let bare = id.strip_prefix("sha256:").unwrap_or(id);
                let known = self.0.trusted.get(id).or_else(|| self.0.trusted.get(bare)).cloned();
                let known = known.or_else(|| self.0.sent.as_ref()?.get(&bare.to_ascii_lowercase()));
                request.query = known.ok_or_else(not_found)?.to_string();
            }
            (true, None, Some(hash)) => {
                let known = self.0.trusted.get(&hash).cloned();
                let Some(sent) = self.0.sent.as_ref().filter(|_| known.is_none()) else {
                    request.query = known.ok_or_else(not_supported)?.to_string();
                    return Ok(());
                };
                request.query = sent.get(&hash).ok_or_else(not_found)?.to_string();
            }
            (false, None, Some(hash)) => {
                if data_encoding::HEXLOWER.encode(&Sha256::digest(request.query.as_bytes())) != hash {
                    return fault("extensions.persistedQuery.sha256Hash is not the SHA-256 of query, in hex.");
                }
                // What is no document is not worth the room.
                if let Some(sent) = &self.0.sent
                    && !sent.contains_key(&hash)
                    && limits::parse(&request.query, self.0.tokens).is_ok()
                {
                    sent.insert(hash, request.query.as_str().into());
                }
            }
            (false, Some(_), _) => return fault("Send either query or documentId."),
            (_, None, None) => {}
        }
        Ok(())
    }
}

/// Clients of automatic persisted queries know these words, and send the text then.
fn not_found() -> Error {
    Error::new(Code::PersistedQueryNotFound, "PersistedQueryNotFound")
}

fn not_supported() -> Error {
    Error::new(Code::PersistedQueryNotSupported, "PersistedQueryNotSupported")
}

/// The refusal of what is not trusted.
pub(super) fn not_trusted() -> Error {
    let says =
        "This server runs the documents that its publisher has listed, and no others; name one of them by documentId.";
    Error::new(Code::DocumentNotTrusted, says)
}

/// Reads a file of documents: an object of texts by id, or a manifest of operations with `id` and `body` (that of Apollo).
fn read(path: &str) -> Result<HashMap<String, Arc<str>>> {
    let unfit = |fault: String| {
        let says = format!(
            "graphql.documents: {path} {fault}. Write a JSON object of documents by id, or a manifest {{ \"operations\": [{{ \"id\", \"body\" }}] }}."
        );
        Error::new(Code::Config, says)
    };
    let bytes = std::fs::read(path).map_err(|e| unfit(format!("cannot be read: {e}")))?;
    let file: Value = serde_json::from_slice(&bytes).map_err(|e| unfit(format!("is no JSON: {e}")))?;
    let mut documents: HashMap<String, Arc<str>> = HashMap::new();
    let mut add = |id: &str, text: &str| -> Result<()> {
        limits::parse(text, usize::MAX)
            .map_err(|e| unfit(format!("has a document {id} that cannot be parsed: {}", e.message())))?;
        documents.insert(id.to_owned(), text.into());
        // By its hash too, as clients of persisted queries name it.
        documents.insert(data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())), text.into());
        Ok(())
    };
    if let Some(operations) = file.get("operations").and_then(Value::as_array) {
        for operation in operations {
            match (operation["id"].as_str(), operation["body"].as_str()) {
                (Some(id), Some(body)) => add(id, body)?,
                _ => return Err(unfit("has an operation without id and body".to_owned())),
            }
        }
    } else {
        let members = file.as_object().ok_or_else(|| unfit("is no object".to_owned()))?;
        for (id, text) in members {
            add(id, text.as_str().ok_or_else(|| unfit(format!("has {id}, which is no text")))?)?;
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};

    const TEXT: &str = "{ latestNews { slug } }";

    fn hash(text: &str) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
    }

    fn documents(flags: &[(&str, &str)]) -> Result<Documents> {
        let sources = flags.iter().fold(Sources::none(), |sources, (key, value)| sources.flag(*key, *value));
        Documents::open(&Settings::load(&sources).unwrap().graphql)
    }

    fn asked(query: &str, persisted: Option<&str>) -> Request {
        let mut request = Request::new(query);
        if let Some(hash) = persisted {
            let named = serde_json::json!({ "version": 1, "sha256Hash": hash });
            request.extensions.insert(PERSISTED.into(), ConstValue::from_json(named).unwrap());
        }
        request
    }

    fn code(documents: &Documents, mut request: Request, id: Option<&str>) -> std::result::Result<String, Code> {
        documents.resolve(&mut request, id).map(|()| request.query).map_err(|error| error.code())
    }

    #[test]
    fn a_text_is_learnt_with_its_hash_and_named_by_it_afterwards() {
        let known = documents(&[]).unwrap();
        let hash = hash(TEXT);
        assert_eq!(code(&known, asked("", Some(&hash)), None), Err(Code::PersistedQueryNotFound));
        assert_eq!(code(&known, asked("{ other }", Some(&hash)), None), Err(Code::BadRequest));
        assert_eq!(code(&known, asked(TEXT, Some(&hash)), None).unwrap(), TEXT);
        assert_eq!(code(&known, asked("", Some(&hash.to_ascii_uppercase())), None).unwrap(), TEXT);
        assert_eq!(code(&known, asked("", None), Some(&format!("sha256:{hash}"))).unwrap(), TEXT);
        assert_eq!(code(&known, asked(TEXT, None), Some("x")), Err(Code::BadRequest));
        let broken = "{ latestNews";
        assert!(code(&known, asked(broken, Some(&self::hash(broken))), None).is_ok());
        assert_eq!(code(&known, asked("", Some(&self::hash(broken))), None), Err(Code::PersistedQueryNotFound));
        let off = documents(&[("graphql.persisted", "0B")]).unwrap();
        assert_eq!(code(&off, asked("", Some(&hash)), None), Err(Code::PersistedQueryNotSupported));
        assert!(code(&off, asked(TEXT, Some(&hash)), None).is_ok());
    }

    #[test]
    fn trusted_documents_come_from_a_file_and_may_be_the_only_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("documents.json");
        let name = path.to_str().unwrap().to_owned();
        for file in [
            serde_json::json!({ "latest": TEXT }),
            serde_json::json!({ "format": "apollo-persisted-query-manifest", "version": 1,
                "operations": [{ "id": "latest", "name": "Latest", "type": "query", "body": TEXT }] }),
        ] {
            std::fs::write(&path, file.to_string()).unwrap();
            let known = documents(&[("graphql.documents", &name), ("graphql.only_documents", "true")]).unwrap();
            assert_eq!(code(&known, asked("", None), Some("latest")).unwrap(), TEXT);
            assert_eq!(code(&known, asked("", Some(&hash(TEXT))), None).unwrap(), TEXT);
            assert_eq!(code(&known, asked("", None), Some("other")), Err(Code::PersistedQueryNotFound));
            assert!(known.allows(TEXT) && !known.allows("{ topNews { slug } }"));
        }
        for broken in ["", "[]", "{\"a\": 1}", "{\"a\": \"{\"}", "{\"operations\": [{}]}"] {
            std::fs::write(&path, broken).unwrap();
            let error = documents(&[("graphql.documents", &name)]).map(drop).unwrap_err();
            assert!(error.code() == Code::Config && error.message().contains("graphql.documents"), "{broken}");
        }
    }
}
