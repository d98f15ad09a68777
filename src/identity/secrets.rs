//! Secrets that we give out: random, shown once, and kept as hashes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 random bits as 43 characters of base64url.
pub(super) fn fresh() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is kept of a secret. A plain hash is enough: nobody tries out 256 random bits.
pub(super) fn hash(secret: &str) -> String {
    blake3::Hash::from_bytes(blake3::derive_key(
        "masthead 2026-11 hash of a secret that was given out",
        secret.as_bytes(),
    ))
    .to_hex()
    .to_string()
}

/// The token that a page must send beside a session's cookie: made of the cookie's secret, so that it need not be kept
/// and is another for each session.
pub(super) fn csrf(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(blake3::derive_key("masthead 2026-11 token against forged requests", secret.as_bytes()))
}

/// Whether two secrets are the same, in a time that tells nothing of how far they agree.
pub(super) fn same(a: &str, b: &str) -> bool {
    let hash = |text: &str| blake3::hash(text.as_bytes());
    // Comparing hashes of blake3 takes the same time whatever they are.
    hash(a) == hash(b)
}

/// What a device holds of a session: what finds it and what proves it.
pub(super) struct Pair {
    pub handle: String,
    pub secret: String,
}

impl Pair {
    pub(super) fn fresh() -> Pair {
        Pair { handle: fresh(), secret: fresh() }
    }

    /// Another secret for the same session.
    pub(super) fn next(&self) -> Pair {
        Pair { handle: self.handle.clone(), secret: fresh() }
    }

    /// As it is given out.
    pub(super) fn text(&self) -> String {
        format!("{}.{}", self.handle, self.secret)
    }

    /// From what a device sends; none for what we never give out.
    pub(super) fn parse(text: &str) -> Option<Pair> {
        let (handle, secret) = text.split_once('.')?;
        let fits =
            |part: &str| part.len() == 43 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        (fits(handle) && fits(secret)).then(|| Pair { handle: handle.to_owned(), secret: secret.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_out_is_read_again() {
        let pair = Pair::fresh();
        let read = Pair::parse(&pair.text()).unwrap();
        assert_eq!((&read.handle, &read.secret), (&pair.handle, &pair.secret));
        assert_ne!(read.next().secret, pair.secret);
        for bad in ["", ".", "a.b", &pair.handle, &format!("{}.", pair.text()), &pair.text().replace('.', "..")] {
            assert!(Pair::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn hashes_are_of_one_purpose() {
        let secret = fresh();
        assert_ne!(hash(&secret), blake3::hash(secret.as_bytes()).to_hex().to_string());
        assert_ne!(csrf(&secret), csrf(&fresh()));
        assert!(same(&secret, &secret.clone()) && !same(&secret, &fresh()));
    }
}
