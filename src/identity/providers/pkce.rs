//! Challenge and verifier (RFC 7636) between a frontend and us: as between us and a provider.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::super::secrets;

/// Whether this can be a challenge by SHA-256 (RFC 7636, 4.2): 32 bytes in base64url.
pub(super) fn is_challenge(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether this is the verifier (RFC 7636, 4.1) that the challenge was made of.
pub(super) fn fits(challenge: &str, verifier: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && secrets::same(challenge, &URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 7636, appendix B.
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(is_challenge(challenge) && fits(challenge, verifier));
        assert!(!fits(challenge, challenge) && !fits(challenge, "") && !fits(verifier, verifier));
        let long = "x".repeat(129);
        assert!(!fits(&URL_SAFE_NO_PAD.encode(Sha256::digest(long.as_bytes())), &long));
        for bad in ["", "short", &challenge[1..], &format!("{}=", &challenge[1..]), &challenge.replace('M', "+")] {
            assert!(!is_challenge(bad), "{bad}");
        }
    }
}
