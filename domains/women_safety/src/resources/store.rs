//! Resources, and who found them helpful.

use super::model::{Resource, ResourceId, place_key};
use kernel::{
    Result,
    auth::TravelerId,
    clock::Timestamp,
    db::{Json, Session, Sql, Tx, open},
    http::Page,
    sql,
    text::{contains, search_tokens},
};

const COLUMNS: &str = "r.id, r.title, r.description, r.content, r.category, r.target_region, r.target_countries, \
    r.applies_to_travel_types, r.external_links, r.helpline_numbers, r.urgency_level, r.language, r.source, r.checked_on, \
    r.is_featured, r.is_pinned, r.helpful_count, r.created_at, r.updated_at, r.retired_at";

/// Which resources, in keys as they are compared.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub category: Option<String>,
    /// Places, or countries, the most particular first, each by all its names.
    pub places: Vec<Vec<String>>,
    pub country: Option<String>,
    pub languages: Vec<String>,
    pub featured: bool,
    pub search: Option<String>,
}

impl Filter {
    fn has_place(&self) -> bool {
        !self.places.is_empty() || self.country.is_some()
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.places.iter().flatten().cloned()
    }
}

/// Appends the condition that a resource is for one of the countries that are asked for: those named, and that of the places.
fn push_countries(sql: &mut Sql, filter: &Filter) {
    sql.push(
        "exists (select 1 from women_safety_resource_countries c where c.resource_id = r.id and (c.country_key in ",
    );
    sql.push_list(filter.names().chain(filter.country.clone()));
    if !filter.places.is_empty() {
        sql.push(" or c.country_key in (select o.country_key from women_safety_resources p");
        sql.push(" join women_safety_resource_countries o on o.resource_id = p.id");
        sql.push(" where p.retired_at is null and p.region_key in ").push_list(filter.names()).push(")");
    }
    sql.push("))");
}

fn push_matching(sql: &mut Sql, filter: &Filter) {
    sql.push(" from women_safety_resources r where r.retired_at is null and r.language in ");
    sql.push_list(filter.languages.iter().cloned());
    if let Some(category) = &filter.category {
        sql.push(" and r.category = ").push_bind(category);
    }
    if filter.featured {
        sql.push(" and r.is_featured = TRUE");
    }
    for word in filter.search.iter().flat_map(|search| search_tokens(search)) {
        sql.push(" and r.search_text like ").push_bind(contains(&word)).push(" escape '\\'");
    }
    if filter.has_place() {
        sql.push(" and (");
        if !filter.places.is_empty() {
            sql.push("r.region_key in ").push_list(filter.names()).push(" or ");
        }
        sql.push("r.region_key is null and (r.has_countries = FALSE or ");
        push_countries(sql, filter);
        sql.push("))");
    }
}

/// A page of what holds: for the most particular place first, then for its country, then everywhere.
pub(crate) async fn page(db: &mut Session, filter: &Filter, page: Page) -> Result<Vec<Resource>> {
    let mut sql = open("select ");
    sql.push(COLUMNS);
    push_matching(&mut sql, filter);
    sql.push(" order by ");
    if filter.has_place() {
        sql.push("case");
        for (place, nearness) in filter.places.iter().zip(0_i64..) {
            sql.push(" when r.region_key in ").push_list(place.iter().cloned()).push(" then cast(");
            sql.push_bind(nearness).push(" as bigint)");
        }
        sql.push(" when r.has_countries = TRUE then 100 else 101 end, ");
    }
    sql.push("r.is_pinned desc, r.is_featured desc, r.created_at desc, r.id desc limit ").push_bind(page.limit());
    sql.push(" offset ").push_bind(page.offset());
    Ok(db.all(sql).await?)
}

/// How many hold.
pub(crate) async fn count(db: &mut Session, filter: &Filter) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint)");
    push_matching(&mut sql, filter);
    Ok(db.one(sql).await?)
}

/// A page of all, also of those that are retired.
pub(crate) async fn page_of_all(db: &mut Session, page: Page) -> Result<Vec<Resource>> {
    let mut sql = open("select ");
    sql.push(COLUMNS).push(" from women_safety_resources r order by r.created_at desc, r.id desc limit ");
    sql.push_bind(page.limit()).push(" offset ").push_bind(page.offset());
    Ok(db.all(sql).await?)
}

/// How many there are, also of those that are retired.
pub(crate) async fn count_all(db: &mut Session) -> Result<i64> {
    Ok(db.one(sql!("select cast(count(*) as bigint) from women_safety_resources")).await?)
}

/// A resource, also when it is retired.
pub(crate) async fn find(db: &mut Session, id: ResourceId) -> Result<Option<Resource>> {
    let mut sql = open("select ");
    sql.push(COLUMNS).push(" from women_safety_resources r where r.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// Writes new ones, with the commit.
pub(crate) fn insert(tx: &mut Tx, resource: &Resource) {
    let insert = sql!(
        "insert into women_safety_resources (id, title, description, content, category, target_region, region_key,
            target_countries, has_countries, applies_to_travel_types, external_links, helpline_numbers, urgency_level,
            language, source, checked_on, is_featured, is_pinned, search_text, helpful_count, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0, $20, $21)"
    );
    tx.run_at_commit(bind(insert.bind(resource.id), resource).bind(resource.created_at).bind(resource.updated_at));
    insert_countries(tx, resource);
}

/// Writes another state of one, with the commit. Votes are not its business.
pub(crate) fn update(tx: &mut Tx, resource: &Resource) {
    let update = sql!(
        "update women_safety_resources set title = $2, description = $3, content = $4, category = $5, target_region = $6,
            region_key = $7, target_countries = $8, has_countries = $9, applies_to_travel_types = $10,
            external_links = $11, helpline_numbers = $12, urgency_level = $13, language = $14, source = $15,
            checked_on = $16, is_featured = $17, is_pinned = $18, search_text = $19, updated_at = $20, retired_at = $21
         where id = $1"
    );
    tx.run_at_commit(bind(update.bind(resource.id), resource).bind(resource.updated_at).bind(resource.retired_at));
    tx.run_at_commit(sql!("delete from women_safety_resource_countries where resource_id = $1").bind(resource.id));
    insert_countries(tx, resource);
}

fn bind(sql: Sql, r: &Resource) -> Sql {
    sql.bind(&r.title)
        .bind(r.description.clone())
        .bind(&r.content)
        .bind(&r.category)
        .bind(r.target_region.clone())
        .bind(r.target_region.as_deref().map(place_key))
        .bind(r.target_countries.clone())
        .bind(!r.target_countries.0.is_empty())
        .bind(r.applies_to_travel_types.clone())
        .bind(Json(&r.external_links.0))
        .bind(Json(&r.helpline_numbers.0))
        .bind(&r.urgency_level)
        .bind(&r.language)
        .bind(&r.source)
        .bind(r.checked_on)
        .bind(r.is_featured)
        .bind(r.is_pinned)
        .bind(r.search_text())
}

fn insert_countries(tx: &mut Tx, resource: &Resource) {
    let keys = resource.country_keys();
    if !keys.is_empty() {
        let mut sql = open("insert into women_safety_resource_countries (country_key, resource_id)");
        sql.push_rows(keys.into_iter().map(|key| vec![key.into(), resource.id.into()]));
        tx.run_at_commit(sql);
    }
}

/// Holds a resource until the transaction ends; `false` when there is none.
pub(crate) async fn hold(tx: &mut Tx, id: ResourceId) -> Result<bool> {
    let hold = sql!("update women_safety_resources set updated_at = updated_at where id = $1");
    Ok(tx.run(hold.bind(id)).await? == 1)
}

/// Counts a vote, unless this person has voted; how many there are now. `None` when there is no such resource.
pub(crate) async fn vote(tx: &mut Tx, id: ResourceId, voter: TravelerId, now: Timestamp) -> Result<Option<i64>> {
    let vote = sql!(
        "insert into women_safety_resource_votes (resource_id, traveler_id, created_at)
         select r.id, $2, $3 from women_safety_resources r where r.id = $1 and r.retired_at is null
         on conflict do nothing"
    );
    let is_new = tx.run(vote.bind(id).bind(voter).bind(now)).await?;
    let count = sql!(
        "update women_safety_resources set helpful_count = helpful_count + $2 where id = $1 and retired_at is null
         returning helpful_count"
    );
    Ok(tx.maybe(count.bind(id).bind(i64::try_from(is_new).unwrap_or_default())).await?)
}
