//! Randomness that can be had again: a failing test prints its seed, `MASTHEAD_SEED` brings it back.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// A generator with a known seed.
pub struct Chance {
    rng: StdRng,
    /// What it began with.
    pub seed: u64,
}

impl Chance {
    /// A generator by `MASTHEAD_SEED`, or by a new seed. It is printed, and test runners show it when the test fails.
    pub fn new() -> Chance {
        let given = std::env::var("MASTHEAD_SEED").ok().and_then(|seed| seed.parse().ok());
        let chance = Chance::seeded(given.unwrap_or_else(|| rand::random::<u32>().into()));
        println!("seed {} (MASTHEAD_SEED={} runs it again)", chance.seed, chance.seed);
        chance
    }

    /// A generator by this seed.
    pub fn seeded(seed: u64) -> Chance {
        Chance { rng: StdRng::seed_from_u64(seed), seed }
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.rng.random_range(0..n)
    }

    /// Whether the thing that happens `percent` times in 100 happened.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        of.choose(&mut self.rng).expect("something to pick from")
    }
}
