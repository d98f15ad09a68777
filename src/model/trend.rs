//! What trends: windows, and the score that orders an article among the others.
//!
//! Views are counted by hour. The score of an article in a window is
//!
//! ```text
//! score(now) = Σ over hours h in the window of  n(h) · 2^(−age(h) / half)
//! ```
//!
//! where `n(h)` are the views of hour `h`, `age(h)` is how many whole hours `h` lies before the hour of `now`, and
//! `half`, the half-life, is a quarter of the window and at least half an hour. The window of `w` hours has the hour of
//! `now` and the `w` before it, so that it never is shorter than its name. Ties go to the newer article.

use serde::{Deserialize, Serialize};

/// A stretch of time in which views count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Window {
    /// The last hour.
    #[serde(rename = "1h")]
    Hour,
    /// The last 24 hours.
    #[serde(rename = "24h")]
    Day,
    /// The last seven days.
    #[serde(rename = "7d")]
    Week,
}

impl Window {
    /// Every window, the shortest first.
    pub const ALL: [Window; 3] = [Window::Hour, Window::Day, Window::Week];

    /// Its length in hours.
    pub fn hours(self) -> i64 {
        match self {
            Window::Hour => 1,
            Window::Day => 24,
            Window::Week => 168,
        }
    }

    /// From its name at the doors: `1h`, `24h` or `7d`.
    pub fn parse(text: &str) -> Option<Window> {
        Window::ALL.into_iter().find(|window| window.name() == text)
    }

    /// Its name at the doors.
    pub fn name(self) -> &'static str {
        match self {
            Window::Hour => "1h",
            Window::Day => "24h",
            Window::Week => "7d",
        }
    }

    /// What one view of `age` hours ago counts, from 0 to 1.
    pub fn weight(self, age: i64) -> f64 {
        if age > self.hours() {
            return 0.0;
        }
        // Ages and windows are below 200 hours, which a float holds exactly. A view "of the future" counts as new.
        #[allow(clippy::cast_precision_loss, reason = "below 200")]
        let (age, hours) = (age.max(0) as f64, self.hours() as f64);
        (-age / (hours / 4.0).max(0.5)).exp2()
    }

    /// The score of views by hour, in millionths: whole, so that both engines and every node order alike.
    pub fn score(self, now_hour: i64, views: &[(i64, i64)]) -> i64 {
        #[allow(clippy::cast_precision_loss, reason = "far more views than a float holds exactly do not happen")]
        let sum: f64 = views.iter().map(|(hour, n)| *n as f64 * self.weight(now_hour - hour)).sum();
        #[allow(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
        let score = (sum * 1e6).round() as i64;
        score
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula() {
        for (window, now, views, score) in [
            (Window::Hour, 100, &[][..], 0),
            (Window::Hour, 100, &[(100, 8)], 8_000_000),
            // Half an hour is the shortest half-life: an hour ago counts a quarter.
            (Window::Hour, 100, &[(99, 8)], 2_000_000),
            (Window::Hour, 100, &[(98, 8)], 0),
            (Window::Day, 100, &[(94, 8)], 4_000_000),
            (Window::Day, 100, &[(88, 8), (100, 1)], 3_000_000),
            (Window::Day, 100, &[(76, 16)], 1_000_000),
            (Window::Day, 100, &[(75, 16)], 0),
            (Window::Week, 200, &[(158, 2)], 1_000_000),
            (Window::Week, 200, &[(31, 1_000)], 0),
            // A node whose clock is ahead.
            (Window::Day, 100, &[(101, 1)], 1_000_000),
        ] {
            assert_eq!(window.score(now, views), score, "{window:?} {views:?}");
        }
    }
}
