//! When representations last changed, as far as this process has seen.

use moka::sync::Cache;

use crate::model::time::Instant;

/// Of how many addresses it remembers the last state.
const MOST: u64 = 100_000;

/// The last states of representations. What one shows does not tell everything: something may have left it. So its date
/// moves whenever its tag does. Cloning shares it.
#[derive(Clone)]
pub struct Seen(Cache<String, (String, Instant)>);

impl Default for Seen {
    fn default() -> Self {
        Seen(Cache::new(MOST))
    }
}

impl Seen {
    /// When what stands at `address` and has this tag changed: `shown` is what it tells itself, which counts where nothing
    /// was seen before, or where it moves by itself.
    pub fn modified(&self, address: &str, tag: &str, shown: Instant, now: Instant) -> Instant {
        let modified = match self.0.get(address) {
            Some((last, modified)) if last == tag => return modified,
            // To the second, since HTTP has no finer dates: two states shall not have one date.
            Some((_, modified)) if shown.millis() / 1000 <= modified.millis() / 1000 => {
                now.max(modified.plus_millis(1000))
            }
            _ => shown,
        };
        self.0.insert(address.to_owned(), (tag.to_owned(), modified));
        modified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_moves_exactly_when_the_tag_does() {
        let (seen, at) = (Seen::default(), Instant::from_millis);
        assert_eq!(seen.modified("/a", "1", at(5_000), at(9_000)), at(5_000));
        assert_eq!(seen.modified("/a", "1", at(5_000), at(10_000)), at(5_000));
        assert_eq!(seen.modified("/a", "2", at(8_000), at(11_000)), at(8_000));
        // Something left it, and what it shows is older than before.
        assert_eq!(seen.modified("/a", "3", at(4_000), at(12_000)), at(12_000));
        assert_eq!(seen.modified("/a", "4", at(4_000), at(12_100)), at(13_000));
        assert_eq!(seen.modified("/b", "4", at(4_000), at(12_100)), at(4_000));
    }
}
