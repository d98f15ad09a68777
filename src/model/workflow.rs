//! The states of an article on the newsroom side and the steps between them, as one table.

use crate::error::{Code, Error, Result};

/// Where an article stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Being written; never public.
    Draft,
    /// Waits for its instant; not public before.
    Scheduled,
    /// Held back, without an instant.
    Withheld,
    /// In the catalogue.
    Published,
    /// Taken back.
    Withdrawn,
    /// Taken back for legal reasons; it never returns.
    Killed,
}

impl State {
    /// Every state.
    pub const ALL: [State; 6] =
        [State::Draft, State::Scheduled, State::Withheld, State::Published, State::Withdrawn, State::Killed];

    /// As it stands in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Scheduled => "scheduled",
            State::Withheld => "withheld",
            State::Published => "published",
            State::Withdrawn => "withdrawn",
            State::Killed => "killed",
        }
    }

    /// From what stands in the store.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A step that a use case takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into the catalogue, for the first time or with a newer version.
    Publish,
    /// To wait for an instant.
    Schedule,
    /// To wait without one.
    Withhold,
    /// A newer version with a public note.
    Correct,
    /// Another address.
    MoveSlug,
    /// Out of the catalogue.
    Withdraw,
    /// Out of the catalogue, for good.
    Kill,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 7] =
        [Step::Publish, Step::Schedule, Step::Withhold, Step::Correct, Step::MoveSlug, Step::Withdraw, Step::Kill];

    fn words(self) -> &'static str {
        match self {
            Step::Publish => "be published",
            Step::Schedule => "be scheduled",
            Step::Withhold => "be withheld",
            Step::Correct => "be corrected",
            Step::MoveSlug => "get another slug",
            Step::Withdraw => "be withdrawn",
            Step::Kill => "be killed",
        }
    }
}

/// The state after the step, or a conflict that says why not.
pub fn step(from: State, step: Step) -> Result<State> {
    use State::{Draft, Killed, Published, Scheduled, Withdrawn, Withheld};
    Ok(match (from, step) {
        (Draft | Scheduled | Withheld | Published | Withdrawn, Step::Publish) => Published,
        // A public article stays public while a newer version waits; it has to be withdrawn to leave the catalogue.
        (Draft | Scheduled | Withheld | Withdrawn, Step::Schedule) => Scheduled,
        (Draft | Scheduled | Withheld | Withdrawn, Step::Withhold) => Withheld,
        (Published, Step::Correct) => Published,
        (Draft | Scheduled | Withheld | Published, Step::MoveSlug) => from,
        (Draft | Scheduled | Withheld | Published, Step::Withdraw) => Withdrawn,
        (Draft | Scheduled | Withheld | Published | Withdrawn, Step::Kill) => Killed,
        (_, step) => {
            return Err(Error::new(
                Code::Conflict,
                format!("An article that is {} cannot {}.", from.as_str(), step.words()),
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn killed_is_the_end() {
        assert!(Step::ALL.into_iter().all(|s| step(State::Killed, s).is_err()));
    }

    #[test]
    fn only_publishing_and_its_kin_end_in_the_catalogue() {
        for from in State::ALL {
            for by in Step::ALL {
                if step(from, by).ok() == Some(State::Published) && from != State::Published {
                    assert_eq!(by, Step::Publish, "{from:?}");
                }
            }
        }
    }
}
