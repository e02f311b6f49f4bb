//! Every operation, asked as every actor.

use crate::{
    NOBODY,
    contract::{Operation, operations},
    people::{Actor, Cast, KINDS, SETTINGS, block, column, confirm, made},
    plain,
    table::{Row, Table, check_columns, root},
    things,
    things::{Ids, fresh},
};
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use futures_util::{StreamExt as _, stream};
use kernel::http::Reach;
use serde_json::Value;
use std::{collections::BTreeSet, fmt::Write as _};
use testkit::{Answer, World, form_encoded, setting};

#[tokio::test]
async fn every_operation_answers_every_actor_as_the_table_says() {
    let world = World::with(SETTINGS).await;
    let operations = operations(&world).await;
    let table = Table::read(&operations);
    check_columns(&table);
    let known: BTreeSet<_> = operations.iter().map(Operation::name).collect();
    let written: BTreeSet<_> = table.rows.iter().map(|(_, row)| row.call.clone()).collect();
    let missing: Vec<_> = known.difference(&written).collect();
    let left: Vec<_> = written.difference(&known).collect();
    assert!(missing.is_empty() && left.is_empty(), "without a row: {missing:#?}\nwithout a route: {left:#?}");
    let cast = Cast::new(&world).await;
    let (mut cells, mut wrong) = (0, String::new());
    for (_, row) in &table.rows {
        let asked = stream::iter(KINDS).map(|kind| ask(&world, &cast, row, kind)).buffered(4);
        for fault in asked.collect::<Vec<_>>().await {
            cells += 1;
            wrong.extend(fault);
        }
    }
    let mismatches = wrong.lines().count();
    println!("matrix: {} rows, {cells} cells, {mismatches} mismatches", table.rows.len());
    assert!(wrong.is_empty(), "{wrong}");
}

/// One cell; what is wrong about it.
async fn ask(world: &World, cast: &Cast, row: &Row, kind: &str) -> Option<String> {
    let call = Call::prepared(world, cast, row, kind).await;
    let answer = call.made(world).await;
    let expected = row.expected[column(kind)];
    if answer.status != expected {
        let code = answer.body["code"].as_str().unwrap_or_default();
        return Some(format!("{} {}: {kind} got {} {code}, not {expected}\n", row.call, row.about, answer.status));
    }
    // What is not there for somebody looks like what never was.
    if expected == 404 && !call.ids.is_empty() {
        let of_nothing = call.about_nothing().made(world).await;
        let is_known = match &row.see {
            Some(see) => call.another(see).made(world).await.status == 200,
            None => false,
        };
        if !is_known && plain(&of_nothing).replace(NOBODY, &call.ids[0].1) != plain(&answer) {
            return Some(format!("{} {}: {kind} can tell it from nothing\n", row.call, row.about));
        }
    }
    None
}

/// Every write that the table closes to the blocked, sent again with the same `Idempotency-Key` after the block.
#[tokio::test]
async fn what_was_answered_before_a_block_is_not_answered_again() {
    let world = World::with(SETTINGS).await;
    let operations = operations(&world).await;
    let table = Table::read(&operations);
    let cast = Cast::new(&world).await;
    let takes_key = |call: &str| operations.iter().any(|o| o.name() == call && o.takes_key);
    let is_closed =
        |row: &Row| row.expected["stranger"] < 300 && row.expected["blocked"] == 404 && takes_key(&row.call);
    let (mut tried, mut wrong) = (0, String::new());
    for (_, row) in table.rows.iter().filter(|(_, row)| is_closed(row)) {
        let actor = made(&world, "stranger", &fresh(), cast.of("owner")).await;
        let mut call = Call::prepared(&world, &cast, row, "stranger").await;
        call.actor = actor.clone();
        call.key = Some("7f2c1e0a".to_owned());
        assert_eq!(call.made(&world).await.status, row.expected["stranger"], "{}", row.call);
        block(&world, cast.of("owner"), &actor).await;
        let again = call.made(&world).await;
        if again.status != 404 {
            writeln!(wrong, "{} {}: {}", row.call, row.about, again.text).unwrap();
        }
        tried += 1;
    }
    println!("replays: {tried} writes");
    assert!(wrong.is_empty(), "{wrong}");
}

/// With `REQUIRE_VERIFIED_EMAIL` whoever has not confirmed the address gets a 403 from everything that reaches others, and
/// otherwise what the table says.
#[tokio::test]
async fn who_has_not_confirmed_the_address_reaches_nobody_where_that_is_demanded() {
    let world = World::with(&[SETTINGS, &[("REQUIRE_VERIFIED_EMAIL", "true")]].concat()).await;
    let operations = operations(&world).await;
    let table = Table::read(&operations);
    let cast = Cast::new(&world).await;
    let (mut refused, mut wrong) = (0, String::new());
    for (_, row) in &table.rows {
        let call = Call::prepared(&world, &cast, row, "unverified").await;
        let (usual, operation) =
            (row.expected["unverified"], operations.iter().find(|o| o.name() == row.call).unwrap());
        let is_refused = match operation.reach {
            Reach::Others => true,
            Reach::OwnUntilPublished => usual < 300,
            Reach::Own | Reach::Administration => false,
        };
        let answer = call.made(&world).await;
        let code = answer.body["code"].as_str().unwrap_or_default();
        if (code == "email_unverified") != is_refused || answer.status != if is_refused { 403 } else { usual } {
            writeln!(wrong, "{} {}: {} {code}, usually {usual}", row.call, row.about, answer.status).unwrap();
        }
        // Nor does the refusal tell what is there.
        if operation.reach == Reach::Others && !call.ids.is_empty() {
            let of_nothing = call.about_nothing().made(&world).await;
            if plain(&of_nothing) != plain(&answer) {
                writeln!(wrong, "{} {}: one can tell it from nothing", row.call, row.about).unwrap();
            }
        }
        refused += u32::from(is_refused);
    }
    println!("unconfirmed: {} rows, {refused} refused", table.rows.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn the_page_is_made_from_the_table() {
    let world = World::with(SETTINGS).await;
    let page = Table::read(&operations(&world).await).page();
    let file = root().join("docs/authorization.md");
    if setting("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        kept == page,
        "docs/authorization.md is out of date: UPDATE_DOCS=1 cargo test -p server --test access page"
    );
}

/// A call that can be made.
#[derive(Clone)]
struct Call {
    method: Method,
    path: String,
    query: String,
    body: Option<Value>,
    is_form: bool,
    actor: Actor,
    ids: Ids,
    key: Option<String>,
}

impl Call {
    async fn prepared(world: &World, cast: &Cast, row: &Row, kind: &str) -> Self {
        let actor = if row.alone { made(world, kind, &fresh(), cast.of("owner")).await } else { cast.of(kind).clone() };
        let ids = things::made(world, cast, &actor, &row.about).await;
        let (method, path) = row.call.split_once(' ').unwrap();
        let call = Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: row.query.clone(),
            body: row.body.clone(),
            is_form: row.is_form,
            actor,
            ids,
            key: None,
        };
        if let Some(first) = &row.first {
            // What came before may have been done when the address was confirmed.
            confirm(world, &call.actor, true).await;
            call.another(first).made(world).await;
            confirm(world, &call.actor, kind != "unverified").await;
        }
        call
    }

    /// Another call by the same actor about the same thing.
    fn another(&self, call: &str) -> Self {
        let (method, path) = call.split_once(' ').unwrap();
        let (method, path) = (method.parse().unwrap(), path.to_owned());
        Self { method, path, query: String::new(), body: None, key: None, ..self.clone() }
    }

    /// The same about an id of nothing.
    fn about_nothing(&self) -> Self {
        let ids = self.ids.iter().enumerate();
        let ids = ids.map(|(n, (name, id))| (*name, if n == 0 { NOBODY.to_owned() } else { id.clone() })).collect();
        Self { ids, ..self.clone() }
    }

    async fn made(&self, world: &World) -> Answer {
        let path = self.ids.iter().fold(self.path.clone(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        let path = path.replace("{destination}", "Kyoto").replace("{request_id}", NOBODY);
        let query = self.words().iter().fold(self.query.clone(), |query, (word, value)| query.replace(word, value));
        let path = if query.is_empty() { path } else { format!("{path}?{query}") };
        let writes = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        let body = self.body.as_ref().map(|body| filled(body, &self.words()));
        let body = body.or_else(|| writes.then(|| Value::Object(serde_json::Map::new())));
        let mut request = Request::builder().method(self.method.clone()).uri(path);
        if let Some(token) = &self.actor.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        let request = match body {
            None => request.body(Body::empty()),
            Some(body) if self.is_form => request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(sent_by_form(&body))),
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
        };
        world.send(request.unwrap()).await
    }

    /// What stands for `$...` in a body.
    fn words(&self) -> Vec<(String, String)> {
        let mut words: Vec<_> = self.ids.iter().map(|(name, id)| (format!("${name}"), id.clone())).collect();
        words.extend([
            ("$fresh".to_owned(), fresh()),
            ("$name".to_owned(), self.actor.name.clone()),
            ("$refresh".to_owned(), self.actor.refresh.clone()),
        ]);
        words
    }
}

/// The fields as a browser sends them.
fn sent_by_form(body: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = body.as_object().unwrap().iter();
    fields.map(|(name, value)| format!("{name}={}", form_encoded(&text(value)))).collect::<Vec<_>>().join("&")
}

fn filled(body: &Value, words: &[(String, String)]) -> Value {
    match body {
        Value::String(text) => words.iter().fold(text.clone(), |text, (word, value)| text.replace(word, value)).into(),
        Value::Array(items) => items.iter().map(|item| filled(item, words)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), filled(value, words))).collect(),
        other => other.clone(),
    }
}
