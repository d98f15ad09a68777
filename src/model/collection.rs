//! Collections: ordered lists of articles that editors run ("Top News").
//!
//! Editors *pin* an article to a place, from an instant and until one, and a *rule* fills the places between. The list is
//! what [`assemble`] makes of both:
//!
//! - a pin takes its place; when two fall together (one came to the end of a short list), the later one comes next;
//! - the rule fills the others with what is not pinned, in its order, so nothing comes twice;
//! - a pin that lies beyond the end of the list comes at its end.
//!
//! The first five of a list are the same whether five are asked for or fifty. What is not published takes no place: the
//! caller leaves its pin out, and everything behind it moves up.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::id::{ArticleId, CollectionId};
use super::time::Instant;
use super::trend::Window;
use crate::error::{Code, Error, Result};

/// The collection that is shown as Top News. It always exists.
pub const TOP_NEWS: CollectionId = CollectionId(1);
/// The collection of what was published last. It always exists.
pub const LATEST_NEWS: CollectionId = CollectionId(2);

/// The last place that something can be pinned to: the longest page that the doors give.
pub const SLOT_MOST: i32 = 100;
/// The most pins that a collection has, those of another day included.
pub const PINS_MOST: usize = 200;

/// A collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The id.
    pub id: CollectionId,
    /// The slug, unique and for good.
    pub slug: String,
    /// The name.
    pub name: String,
    /// What stands in it, in a sentence or two of plain text; may be empty.
    pub description: String,
    /// What fills it.
    pub rule: Rule,
    /// Grows with every change, from 1.
    pub version: i32,
    /// What editors put where, by place and beginning: also what is over, not yet due or not published.
    pub pins: Vec<Pin>,
}

impl Collection {
    /// Whether it always exists.
    pub fn is_default(&self) -> bool {
        matches!(self.id, TOP_NEWS | LATEST_NEWS)
    }

    /// The pins that count at `now`, by place.
    pub fn live_pins(&self, now: Instant) -> impl Iterator<Item = &Pin> {
        self.pins.iter().filter(move |pin| pin.is_live(now))
    }
}

/// What fills the places that nobody has pinned anything to. Names are slugs; what nothing published has fills nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum Rule {
    /// Nothing: the list is its pins.
    #[default]
    None,
    /// What trends, then the latest.
    Trending {
        /// The views of how long count.
        window: Window,
        /// Only what stands in this section or one below it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        section: Option<String>,
    },
    /// The latest.
    Latest(Filter),
}

impl Rule {
    /// Its name, as it stands in the store and at the doors.
    pub fn name(&self) -> &'static str {
        match self {
            Rule::None => "none",
            Rule::Trending { .. } => "trending",
            Rule::Latest(_) => "latest",
        }
    }

    /// The same over one section, in the place of the one that it names.
    #[must_use]
    pub fn within(&self, section: &str) -> Rule {
        let section = Some(section.to_owned());
        match self {
            Rule::None => Rule::None,
            Rule::Trending { window, .. } => Rule::Trending { window: *window, section },
            Rule::Latest(filter) => Rule::Latest(Filter { section, ..filter.clone() }),
        }
    }
}

/// Which articles a rule takes. Everything that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// In this section or one below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// About this topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// By this author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// From this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Of this genre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// In this language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// An article in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// The article, published or not.
    pub article: ArticleId,
    /// The place, from 1.
    pub slot: i32,
    /// From when on; from the beginning when it is left out.
    pub from: Option<Instant>,
    /// Until when, that instant not included; for good when it is left out.
    pub until: Option<Instant>,
}

impl Pin {
    /// Whether it counts at `now`.
    pub fn is_live(&self, now: Instant) -> bool {
        self.from.is_none_or(|from| from <= now) && !self.is_over(now)
    }

    /// Whether it counts no more.
    pub fn is_over(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// The next instant after `now` at which it begins or ceases to count.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        self.from.filter(|from| *from > now).or(self.until.filter(|until| *until > now))
    }

    /// Whether there is an instant at which both count.
    fn meets(&self, other: &Pin) -> bool {
        let before = |a: &Pin, b: &Pin| a.until.zip(b.from).is_some_and(|(until, from)| until <= from);
        !before(self, other) && !before(other, self)
    }
}

/// The pins in their order, when they can stand beside each other.
///
/// # Errors
/// `INVALID_INPUT` for a place that there is not, times that are none, or an article that is pinned twice; `CONFLICT`
/// when two pins want one place at one time.
pub fn checked_pins(mut pins: Vec<Pin>, now: Instant) -> Result<Vec<Pin>> {
    let unfit = |field: &str, says: String| Err(Error::new(Code::InvalidInput, says).at(field));
    pins.sort_by_key(|pin| (pin.slot, pin.from, pin.article));
    if pins.len() > PINS_MOST {
        return unfit("pins", format!("A collection has {PINS_MOST} pins at the most; take some away first."));
    }
    let mut known = HashSet::new();
    for pin in &pins {
        if !(1..=SLOT_MOST).contains(&pin.slot) {
            return unfit("slot", format!("There is no slot {}; the slots go from 1 to {SLOT_MOST}.", pin.slot));
        }
        if let Some((from, until)) = pin.from.zip(pin.until).filter(|(from, until)| from >= until) {
            return unfit("until", format!("The pin would end at {until}, before it begins at {from}; swap the two."));
        }
        if let Some(until) = pin.until.filter(|_| pin.is_over(now)) {
            return unfit(
                "until",
                format!("The pin would end at {until}, and it is {now} now; choose a later instant."),
            );
        }
        if !known.insert(pin.article) {
            return unfit("article", format!("The article {} is pinned twice; name it once.", pin.article));
        }
    }
    for (at, pin) in pins.iter().enumerate() {
        let same = pins.iter().skip(at + 1).take_while(|other| other.slot == pin.slot);
        if let Some(other) = same.into_iter().find(|other| pin.meets(other)) {
            let says = format!(
                "The articles {} and {} are both pinned to slot {} at the same time; unpin one, or give it another slot \
                 or time.",
                pin.article, other.article, pin.slot
            );
            return Err(Error::new(Code::Conflict, says).at("slot"));
        }
    }
    Ok(pins)
}

/// How many articles of the rule make a list of `size` certain, with published pins in these places (ascending): one
/// for each place, and one for each pin that does not come among them but may be what the rule gives.
pub fn fill_size(size: usize, slots: &[i32]) -> usize {
    let mut place = 0;
    let beyond = slots.iter().filter(|slot| {
        place = usize::try_from(**slot).unwrap_or(0).max(place + 1);
        place > size
    });
    size + beyond.count()
}

/// The first `size` of the list: `pins` with their places, ascending, and what the rule gives, in order. Tells of each
/// whether it is pinned.
pub fn assemble<T>(
    size: usize,
    pins: Vec<(i32, T)>,
    fill: impl IntoIterator<Item = T>,
    id: impl Fn(&T) -> ArticleId,
) -> Vec<(T, bool)> {
    let mut known: HashSet<ArticleId> = pins.iter().map(|(_, one)| id(one)).collect();
    let mut pins = pins.into_iter().peekable();
    let mut fill = fill.into_iter().filter(|one| known.insert(id(one)));
    let mut list = Vec::new();
    while list.len() < size {
        let place = list.len() + 1;
        let due = pins.next_if(|(slot, _)| usize::try_from(*slot).is_ok_and(|slot| slot <= place));
        let next = match due {
            Some((_, one)) => Some((one, true)),
            None => fill.next().map(|one| (one, false)).or_else(|| pins.next().map(|(_, one)| (one, true))),
        };
        let Some(next) = next else { break };
        list.push(next);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(size: usize, pins: &[(i32, i64)], fill: &[i64]) -> Vec<i64> {
        let list = assemble(size, pins.to_vec(), fill.to_vec(), |n| ArticleId(*n));
        list.into_iter().map(|(n, pinned)| if pinned { -n } else { n }).collect()
    }

    #[test]
    fn pins_take_their_places_and_the_rule_the_others() {
        for (size, pins, fill, expected) in [
            (3, &[][..], &[1, 2, 3, 4][..], &[1, 2, 3][..]),
            (3, &[(1, 9)], &[1, 2, 3], &[-9, 1, 2]),
            (3, &[(2, 9)], &[1, 2, 3], &[1, -9, 2]),
            // Pinned and first by rule: once, in the place of the pin.
            (3, &[(2, 1)], &[1, 2, 3], &[2, -1, 3]),
            (2, &[(3, 1)], &[1, 2, 3], &[2, 3]),
            // Beyond the end: at the end, in order.
            (5, &[(4, 8), (9, 7)], &[1, 2], &[1, 2, -8, -7]),
            (5, &[(9, 7)], &[], &[-7]),
            // Two in one place cannot be, and would come one after the other.
            (3, &[(1, 8), (1, 7)], &[1], &[-8, -7, 1]),
            (0, &[(1, 9)], &[1], &[]),
            (4, &[], &[1, 1, 2], &[1, 2]),
        ] {
            assert_eq!(list(size, pins, fill), expected, "{size} {pins:?} {fill:?}");
        }
    }

    proptest! {
        #[test]
        fn a_longer_list_begins_with_the_shorter_one(
            pins in proptest::collection::btree_map(1..12i32, 1..9i64, 0..5),
            fill in proptest::collection::vec(1..20i64, 0..20),
            size in 0..12usize,
        ) {
            let pins: Vec<(i32, i64)> = {
                let mut known = HashSet::new();
                pins.into_iter().filter(|(_, n)| known.insert(*n)).collect()
            };
            let whole = list(100, &pins, &fill);
            // What `fill_size` asks for is enough.
            let mut known = HashSet::new();
            let unique: Vec<i64> = fill.into_iter().filter(|n| known.insert(*n)).collect();
            let slots: Vec<i32> = pins.iter().map(|(slot, _)| *slot).collect();
            let enough = &unique[..fill_size(size, &slots).min(unique.len())];
            let part = list(size, &pins, enough);
            prop_assert_eq!(&part[..], &whole[..size.min(whole.len())]);
            let all: HashSet<i64> = whole.iter().map(|n| n.abs()).collect();
            prop_assert_eq!(all.len(), whole.len());
        }
    }

    fn pin(article: i64, slot: i32, from: Option<i64>, until: Option<i64>) -> Pin {
        let at = |ms: Option<i64>| ms.map(Instant::from_millis);
        Pin { article: ArticleId(article), slot, from: at(from), until: at(until) }
    }

    #[test]
    fn pins_that_cannot_stand_together_are_refused() {
        let now = Instant::from_millis(100);
        for (pins, code) in [
            (vec![pin(1, 1, None, None), pin(2, 2, None, None)], None),
            (vec![pin(1, 1, None, Some(200)), pin(2, 1, Some(200), None)], None),
            (vec![pin(1, 1, None, Some(201)), pin(2, 1, Some(200), None)], Some(Code::Conflict)),
            (vec![pin(2, 1, Some(300), Some(400)), pin(1, 1, None, None)], Some(Code::Conflict)),
            (vec![pin(1, 0, None, None)], Some(Code::InvalidInput)),
            (vec![pin(1, SLOT_MOST + 1, None, None)], Some(Code::InvalidInput)),
            (vec![pin(1, 1, None, Some(100))], Some(Code::InvalidInput)),
            (vec![pin(1, 1, Some(300), Some(300))], Some(Code::InvalidInput)),
            (vec![pin(1, 1, None, None), pin(1, 2, None, None)], Some(Code::InvalidInput)),
        ] {
            assert_eq!(checked_pins(pins.clone(), now).err().map(|e| e.code()), code, "{pins:?}");
        }
    }

    #[test]
    fn a_pin_is_due_when_it_begins_and_when_it_ends() {
        let pin = pin(1, 1, Some(200), Some(300));
        let seen = |now: i64| {
            let now = Instant::from_millis(now);
            (pin.is_live(now), pin.due(now).map(Instant::millis))
        };
        assert_eq!(seen(199), (false, Some(200)));
        assert_eq!(seen(200), (true, Some(300)));
        assert_eq!(seen(299), (true, Some(300)));
        assert_eq!(seen(300), (false, None));
    }

    #[test]
    fn rules_are_stored_as_json() {
        for (rule, json) in [
            (Rule::None, r#"{"by":"none"}"#),
            (Rule::Trending { window: Window::Day, section: None }, r#"{"by":"trending","window":"24h"}"#),
            (
                Rule::Latest(Filter { genre: Some("opinion".into()), ..Filter::default() }),
                r#"{"by":"latest","genre":"opinion"}"#,
            ),
            (Rule::Latest(Filter::default()), r#"{"by":"latest"}"#),
        ] {
            assert_eq!(serde_json::to_string(&rule).unwrap(), json);
            assert_eq!(serde_json::from_str::<Rule>(json).unwrap(), rule);
        }
    }
}
