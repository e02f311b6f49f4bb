//! People as others see them.

use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{DbError, FromRow, Json, Row, Session, Sql, Tx, open},
    sql,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person as shown beside what they published. Select it with [`AuthorCard::COLUMNS`] from
/// `travelers author`, and pass the query through [`visible_to`].
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuthorCard {
    /// Who.
    pub id: TravelerId,
    /// The name in addresses.
    #[schema(example = "asha_rao")]
    pub username: String,
    /// The name on cards.
    #[schema(example = "Asha Rao")]
    pub display_name: String,
    /// A picture.
    #[schema(example = "https://images.example.org/asha.jpg")]
    pub avatar_url: Option<String>,
    /// A few words about themselves.
    #[schema(example = "Slow trains and long walks.")]
    pub bio: Option<String>,
    /// How they like to travel.
    #[schema(example = "solo")]
    pub travel_style: Option<String>,
    /// What they like to do.
    #[schema(example = json!(["hiking", "food"]))]
    pub travel_interests: Vec<String>,
    /// Not kept; always 0.
    #[schema(example = 0)]
    pub total_trips_count: i64,
    /// Not kept; always 0.
    #[schema(example = 0.0)]
    pub total_km_traveled: f64,
    /// Not kept; always 0.
    #[schema(example = 0.0)]
    pub safety_score: f64,
    /// Not kept; always 0.
    #[schema(example = 0.0)]
    pub traveler_reputation_score: f64,
    /// Whether she is a certified guide.
    #[schema(example = false)]
    pub women_guide_certified: bool,
    /// Not kept; always null.
    #[schema(value_type = Option<String>, example = json!(null))]
    pub sbt_id: (),
    /// Not kept; always `not_issued`.
    #[schema(example = "not_issued")]
    pub sbt_status: String,
    /// Not kept; always 0.
    #[schema(example = 0.0)]
    pub trip_token_balance: f64,
    /// Always true: nobody else is shown.
    #[schema(example = true)]
    pub is_active: bool,
    /// Whether they administrate.
    #[schema(example = false)]
    pub is_admin: bool,
    /// Not kept; always false.
    #[schema(example = false)]
    pub is_validator: bool,
    /// Not kept; always false.
    #[schema(example = false)]
    pub is_investor: bool,
    /// When they joined.
    pub created_at: Timestamp,
}

impl AuthorCard {
    /// The select list of an author, from `travelers author`.
    pub const COLUMNS: &'static str = "author.id as author_id, author.username as author_username, \
        author.display_name as author_display_name, author.avatar_url as author_avatar_url, author.bio as author_bio, \
        author.travel_style as author_travel_style, author.travel_interests as author_travel_interests, \
        author.women_guide_certified as author_women_guide_certified, author.is_admin as author_is_admin, \
        author.created_at as author_created_at";
}

impl FromRow for AuthorCard {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("author_id")?,
            username: row.get("author_username")?,
            display_name: row.get("author_display_name")?,
            avatar_url: row.get("author_avatar_url")?,
            bio: row.get("author_bio")?,
            travel_style: row.get("author_travel_style")?,
            travel_interests: row.get::<Json<_>>("author_travel_interests")?.0,
            total_trips_count: 0,
            total_km_traveled: 0.0,
            safety_score: 0.0,
            traveler_reputation_score: 0.0,
            women_guide_certified: row.get("author_women_guide_certified")?,
            sbt_id: (),
            sbt_status: "not_issued".to_owned(),
            trip_token_balance: 0.0,
            is_active: true,
            is_admin: row.get("author_is_admin")?,
            is_validator: false,
            is_investor: false,
            created_at: row.get("author_created_at")?,
        })
    }
}

/// One person as `viewer` sees them; `None` when they are hidden.
pub async fn card(db: &mut Session, id: TravelerId, viewer: Option<Caller>) -> Result<Option<AuthorCard>> {
    Ok(db.maybe(card_sql(id, viewer)).await?)
}

/// The question of [`card`], for asking it together with others.
pub fn card_sql(id: TravelerId, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(" from travelers author where author.id = ").push_bind(id);
    visible_to(&mut sql, "author.id", viewer);
    sql
}

/// Says on the card of somebody whether she is a certified guide, and tells everybody who shows it, with the commit.
pub fn set_guide_certified(tx: &mut Tx, id: TravelerId, is_certified: bool) -> Result<()> {
    let set = sql!("update travelers set women_guide_certified = $2 where id = $1 and is_active = TRUE");
    tx.run_at_commit(set.bind(id).bind(is_certified));
    tx.changed(format!("traveler:{id}"));
    tx.changed("people");
    Ok(tx.happened("traveler_profile_changed", id)?)
}

/// The one rule of who may see whose things: appends the condition on `owner`, the column with the owner's id. A query
/// that shows what people published and lacks it is a bug. Hidden are the banned, those who left, and whoever is blocked by
/// the viewer or blocks them.
///
/// Each part is a look into an index of its own, so the condition costs as much however many are hidden, also where
/// thousands of rows are counted and nobody's name is needed.
pub fn visible_to(sql: &mut Sql, owner: &'static str, viewer: Option<Caller>) {
    match viewer {
        Some(viewer) => visible_to_traveler(sql, owner, viewer.id),
        None => active(sql, owner),
    }
}

/// The same for somebody who makes no request: whom a job writes to, say. Its names for tables are its own (`hidden`,
/// `blocking`): a query around it that called one so would not be asked about its own column.
pub fn visible_to_traveler(sql: &mut Sql, owner: &'static str, viewer: TravelerId) {
    active(sql, owner);
    sql.push(" and not exists (select 1 from blocks blocking where blocking.blocker_id = ").push_bind(viewer);
    sql.push(" and blocking.blocked_id = ").push(owner);
    sql.push(") and not exists (select 1 from blocks blocking where blocking.blocked_id = ").push_bind(viewer);
    sql.push(" and blocking.blocker_id = ").push(owner).push(")");
}

/// The part of the rule that is a viewer's own, turned round: a condition that there is a block between them and `person`.
/// For what is taken from a figure that is kept for everybody.
pub fn push_blocked(sql: &mut Sql, person: &'static str, viewer: TravelerId) {
    sql.push("(exists (select 1 from blocks blocking where blocking.blocker_id = ").push_bind(viewer);
    sql.push(" and blocking.blocked_id = ").push(person);
    sql.push(") or exists (select 1 from blocks blocking where blocking.blocked_id = ").push_bind(viewer);
    sql.push(" and blocking.blocker_id = ").push(person).push("))");
}

/// The part of the rule that is the same for everybody. SQLite would look the row up among all people instead of the index
/// of those who are hidden, which made counting a million trips forty times slower.
pub(crate) fn active(sql: &mut Sql, owner: &'static str) {
    sql.push(" and not exists (select 1 from travelers hidden").push_by_engine(" indexed by travelers_hidden", "");
    sql.push(" where hidden.is_active = FALSE and hidden.id = ");
    sql.push(owner).push(")");
}
