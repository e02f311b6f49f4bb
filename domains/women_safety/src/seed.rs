//! Many guides at once, with bookings and reviews; for demos, tests of scale and benchmarks.

use crate::{
    bookings::{
        model::{Booking, BookingId, Status},
        store as bookings,
        wire::Wanted,
    },
    guides::{
        model::{Guide, GuideId, Level},
        store as guides,
        wire::Changes,
    },
    reviews::{
        model::{Review, ReviewId, Tour},
        store as reviews,
        wire::{Changes as Said, Rated},
    },
};
use accounts::set_guide_certified;
use kernel::{
    Result,
    auth::TravelerId,
    clock::{Day, Timestamp},
    db::Tx,
    sql,
};
use uuid::Uuid;

/// A made-up guide.
#[derive(Debug)]
pub struct Offered {
    /// Which guide.
    pub id: Uuid,
    /// Whose account.
    pub traveler: TravelerId,
    /// About herself.
    pub bio: &'static str,
    /// For how many years.
    pub years: i64,
    /// Her languages.
    pub languages: Vec<&'static str>,
    /// What she is good at.
    pub specializations: Vec<&'static str>,
    /// Where she guides.
    pub places: Vec<&'static str>,
    /// What an hour costs, in cents.
    pub hourly_rate_cents: Option<i64>,
    /// Whether an administrator verified her.
    pub is_verified: bool,
    /// Since when.
    pub at: Timestamp,
    /// Who booked her.
    pub bookings: Vec<Booked>,
}

/// A made-up booking of a guide: completed when its days are over, else confirmed.
#[derive(Debug)]
pub struct Booked {
    /// Which booking.
    pub id: Uuid,
    /// By whom; not the guide.
    pub traveler: TravelerId,
    /// The first day; no two bookings of a guide share one.
    pub start: Day,
    /// The last day.
    pub end: Day,
    /// Whether those days are over.
    pub is_over: bool,
    /// When it was made.
    pub at: Timestamp,
    /// What was said of it: which review, how good it was, and in words.
    pub review: Option<(Uuid, i64, &'static str)>,
}

impl Offered {
    fn guide(&self) -> Guide {
        let list = |words: &[&str]| Some(words.iter().map(|w| (*w).to_owned()).collect());
        let mut guide = Guide::new(GuideId(self.id), self.traveler, self.at);
        let changes = Changes {
            bio: Some(Some(self.bio.to_owned())),
            years_of_experience: Some(self.years),
            languages_spoken: list(&self.languages),
            specializations: list(&self.specializations),
            service_locations: list(&self.places),
            hourly_rate_cents: Some(self.hourly_rate_cents),
            ..Changes::default()
        };
        guide.apply(changes, self.at);
        guide
    }

    fn booking(&self, guide: &Guide, b: &Booked) -> Booking {
        let wanted = Wanted {
            destination: self.places.first().map_or_else(String::new, |p| (*p).to_owned()),
            start_date: b.start,
            end_date: b.end,
            group_size: 1,
            activity_type: self.specializations.first().map(|s| (*s).to_owned()),
            special_requirements: None,
            notes_from_traveler: None,
            emergency_contacts_shared: false,
            insurance_provided: true,
        };
        let mut booking = Booking::new(BookingId(b.id), guide, b.traveler, wanted, b.at);
        booking.confirmation_date = Some(b.at);
        booking.status = if b.is_over { Status::Completed } else { Status::Confirmed };
        booking.completed_at = b.is_over.then_some(b.at);
        booking
    }
}

/// Adds guides with their bookings and reviews.
pub async fn insert(tx: &mut Tx, offered: Vec<Offered>) -> Result<()> {
    let (mut people, mut terms) = (Vec::new(), Vec::new());
    let (mut booked, mut days, mut said, mut counts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for o in &offered {
        let guide = o.guide();
        people.push(guides::insert_args(&guide));
        terms.extend(guides::term_rows(&guide));
        for b in &o.bookings {
            let booking = o.booking(&guide, b);
            booked.push(bookings::insert_args(&booking));
            days.extend(bookings::day_rows(&booking));
            let Some((id, rating, text)) = b.review else { continue };
            let tour = Tour { guide: guide.id, booking: booking.id, kind: booking.activity_type };
            let words = Said { review_text: Some(Some(text.to_owned())), ..Said::default() };
            let rated = Rated { rating, said: words };
            said.push(reviews::insert_args(&Review::new(ReviewId(id), b.traveler, tour, rated, b.at)));
            counts.push(vec![guide.id.into(), rating.into(), 1_i64.into()]);
        }
    }
    tx.run_many(guides::insert_sql(), people).await?;
    let term = sql!("insert into guide_terms (kind, term, guide_id) values ($1, $2, $3) on conflict do nothing");
    tx.run_many(term, terms).await?;
    tx.run_many(bookings::insert_sql(), booked).await?;
    let day = sql!("insert into guide_days (guide_id, day, booking_id) values ($1, $2, $3)");
    tx.run_many(day, days).await?;
    tx.run_many(reviews::insert_sql(), said).await?;
    tx.run_many(reviews::count_sql(), counts).await?;
    let verify = sql!(
        "update guides set is_verified = TRUE, verification_date = $2, verification_level = $3,
                background_check_completed = TRUE where id = $1"
    );
    let verified: Vec<&Offered> = offered.iter().filter(|o| o.is_verified).collect();
    let rows = verified.iter().map(|o| vec![o.id.into(), o.at.into(), Level::Silver.into()]).collect();
    tx.run_many(verify, rows).await?;
    for guide in verified {
        set_guide_certified(tx, guide.traveler, true)?;
    }
    Ok(())
}
