//! The command that fills a database.

use super::say;
use crate::{seed, start, start::StartError};
use clap::Args;
use kernel::config::Config;
use std::time::Instant;

#[derive(Debug, Args)]
pub(super) struct Seed {
    /// How many people
    #[arg(long, default_value_t = 500)]
    travelers: u64,
    /// How many trips
    #[arg(long, default_value_t = 5_000)]
    itineraries: u64,
    /// How many safety ratings a published trip gets; without it one to seven, four on average
    #[arg(long)]
    ratings: Option<usize>,
    /// Into an empty database, and make indexes at the end: faster for a million. A run that is cut leaves a database
    /// that can only be thrown away
    #[arg(long)]
    bulk: bool,
    /// The same number makes the same people and trips on the same day
    #[arg(long = "seed", value_name = "NUMBER", default_value_t = 1)]
    number: u64,
}

impl Seed {
    pub(super) async fn run(self, config: Config) -> Result<(), StartError> {
        let app = start::app(config).await?;
        let begun = Instant::now();
        let size = seed::Size {
            travelers: self.travelers,
            itineraries: self.itineraries,
            ratings: self.ratings,
            bulk: self.bulk,
        };
        let example = seed::fill(&app, size, self.number).await?;
        let seconds = begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
        let rate = self.itineraries as f64 / seconds;
        say(&format!(
            "added {} people and {} trips in {seconds:.1} s ({rate:.0} trips a second)",
            self.travelers, self.itineraries
        ));
        if let Some(email) = example {
            say(&format!("sign in as {email} with the password {}", seed::PASSWORD));
        }
        Ok(())
    }
}
