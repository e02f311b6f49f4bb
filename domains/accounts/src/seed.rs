//! Many accounts at once, for demos, tests of scale and benchmarks.

use crate::{model::name_words, password};
use kernel::{
    App, Result,
    auth::TravelerId,
    clock::Timestamp,
    db::{Json, Tx},
    sql,
    text::fold,
};
use secrecy::SecretString;

/// A made-up person.
#[derive(Debug)]
pub struct Person {
    /// Who.
    pub id: TravelerId,
    /// The name in addresses.
    pub username: String,
    /// The name on cards.
    pub display_name: String,
    /// A few words about themselves.
    pub bio: String,
    /// How they like to travel.
    pub travel_style: &'static str,
    /// What they like to do.
    pub interests: Vec<&'static str>,
    /// When they joined.
    pub joined: Timestamp,
}

/// The hash of the one password that all made-up people share.
pub async fn shared_password_hash(app: &App, password: &str) -> Result<String> {
    password::hash(app, SecretString::from(password)).await
}

/// Adds people; those who are there already stay as they are. Their addresses end in `@example.org`, to which no mail
/// is ever delivered.
pub async fn insert(tx: &mut Tx, people: Vec<Person>, password_hash: &str) -> Result<u64> {
    let insert = sql!(
        "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key,
            display_name, bio, travel_style, travel_interests, is_admin, is_active, women_guide_certified,
            created_at, updated_at)
         values ($1, $2, $2, TRUE, $3, $4, $5, $6, $7, $8, $9, FALSE, TRUE, FALSE, $10, $10)
         on conflict do nothing"
    );
    let names: Vec<_> = people
        .iter()
        .flat_map(|p| name_words(&p.username, &p.display_name).into_iter().map(|word| vec![word.into(), p.id.into()]))
        .collect();
    let rows = people
        .into_iter()
        .map(|p| {
            let email = format!("{}@example.org", fold(&p.username));
            vec![
                p.id.into(),
                email.into(),
                password_hash.into(),
                p.username.as_str().into(),
                fold(&p.username).into(),
                p.display_name.into(),
                p.bio.into(),
                p.travel_style.into(),
                Json(p.interests).into(),
                p.joined.into(),
            ]
        })
        .collect();
    let added = tx.run_many(insert, rows).await?;
    // Whoever was there already under this id or name keeps the words they have.
    let name = sql!(
        "insert into traveler_names (word, traveler_id) select $1, id from travelers where id = $2 on conflict do nothing"
    );
    tx.run_many(name, names).await?;
    Ok(added)
}

/// Says of people who were added that they are verified women.
pub async fn verify_women(tx: &mut Tx, people: &[TravelerId]) -> Result<()> {
    let verify = sql!("update travelers set women_verified = TRUE where id = $1");
    tx.run_many(verify, people.iter().map(|id| vec![(*id).into()]).collect()).await?;
    Ok(())
}
