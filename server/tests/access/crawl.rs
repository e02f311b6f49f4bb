//! Everything that can be read, read by everybody. Each viewer's answers are searched for the canaries that they may not
//! know; what is hidden from them must look like an id of nothing; and who is in a block pair must get what they would
//! get if the other one had never been.

use crate::{
    NOBODY,
    contract::{Operation, operations},
    people::SETTINGS,
    plain,
    planted::{ALIKE, PAIR, Planted, SEARCHED, Secret, VIEWERS},
};
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use futures_util::{StreamExt as _, stream};
use kernel::db::Engine;
use kernel::db::open;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Answer, World, json};

#[tokio::test]
async fn nobody_meets_what_they_may_not_know() {
    let world = World::with(SETTINGS).await;
    let planted = Planted::new(&world).await;
    let operations = operations(&world).await;
    let crawl = Crawl { world: &world, planted: &planted, reads: reads(&operations) };
    let mut found = BTreeSet::new();
    writes(&crawl, &operations, &mut found).await;
    let (mut answers, mut before) = (0, Vec::new());
    // What is shown to whom is one text for both databases: the slower one is asked as fewer viewers.
    let is_quick = world.app.db.engine() == Engine::Sqlite;
    let viewers: Vec<&str> =
        VIEWERS.into_iter().filter(|v| is_quick || PAIR.contains(v) || ["anonymous", "woman"].contains(v)).collect();
    let readers = stream::iter(viewers.clone()).map(async |viewer| (viewer, crawl.all(viewer).await)).buffered(3);
    for (viewer, seen) in readers.collect::<Vec<_>>().await {
        answers += seen.len();
        for (operation, path, answer) in &seen {
            crawl.search(viewer, operation, path, answer, &mut found);
        }
        crawl.compare_with_nothing(viewer, &seen, &mut found);
        if PAIR.contains(&viewer) {
            before.push((viewer, seen));
        }
    }
    crawl.a_block_with_somebody_else_shows_nowhere(&mut found).await;
    crawl.tags_are_of_a_viewer(&mut found).await;
    never_was(&world, &planted).await;
    let mut compared = 0;
    let again =
        stream::iter(before).map(async |(viewer, before)| (viewer, before, crawl.all(viewer).await)).buffered(2);
    for (viewer, before, after) in again.collect::<Vec<_>>().await {
        compared += compare(viewer, &before, &after, &mut found);
    }
    println!(
        "crawl: {} routes x {} viewers, {answers} answers, {compared} compared with a world without her, {} canaries planted, {} found",
        crawl.reads.len(),
        viewers.len(),
        planted.secrets.len(),
        found.len(),
    );
    assert!(found.is_empty(), "{}", found.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Every operation that reads.
fn reads(operations: &[Operation]) -> Vec<Operation> {
    operations.iter().filter(|o| o.method == Method::GET).cloned().collect()
}

/// Parameters of a query that take an id.
const IDS: [&str; 3] = ["itinerary_id", "project_id", "validator_id"];

/// What a parameter may be; a new one has to be named here.
fn values(parameter: &str) -> Vec<String> {
    let values: &[&str] = match parameter {
        "sort" => &[
            "trending",
            "newest",
            "top_rated",
            "most_helpful",
            "helpful",
            "score",
            "popular",
            "starting_soon",
            "price",
        ],
        "search" | "q" => &["kyoto", SEARCHED, "zq"],
        "destination" | "location" => &["kyoto", SEARCHED],
        "badge_type" => &["custom"],
        "activity" => &["food", SEARCHED],
        "min_score" | "min_safety_score" | "min_rating" | "min_price" => &["1"],
        "max_price" => &["1000"],
        "group_type" => &["interest_based"],
        "start_date" => &["2032-01-01"],
        "end_date" => &["2032-12-31"],
        "latitude" => &["35"],
        "longitude" => &["135.7"],
        "interests" | "specialization" => &["food", "cultural", SEARCHED],
        "languages" | "language" => &["en", "english"],
        "travel_pace" => &["slow"],
        "category" => &["emergency"],
        "region" | "country" => &["india", "zq"],
        // Of a mailed link; the real ones are nobody's here.
        "token" => &["zq"],
        "max_score" => &["5"],
        "has_gps" | "women_safe" | "featured" | "safety_related" | "has_availability" | "available_only" | "mine" => {
            &["true"]
        }
        "verified_only" => &["false"],
        "difficulty" => &["moderate"],
        "type" => &["warning", "overall"],
        "status" => &["open"],
        "severity" => &["critical"],
        "timeframe" | "period" => &["week", "month", "all"],
        "redirect" => &["/x"],
        // Those by which lists are walked; those of signing in elsewhere; and what takes an id.
        "page" | "per_page" | "limit" | "cursor" | "code" | "state" | "error" | "iss" | "code_challenge" => &[],
        id if IDS.contains(&id) => &[],
        unknown => panic!("the crawl does not know what to ask for by `{unknown}`: name its values in crawl.rs"),
    };
    values.iter().map(|v| (*v).to_owned()).collect()
}

/// Which operation, what was asked, and what came.
type Seen = Vec<(Operation, String, Answer)>;

struct Crawl<'w> {
    world: &'w World,
    planted: &'w Planted,
    reads: Vec<Operation>,
}

impl Crawl<'_> {
    async fn get(&self, viewer: &str, path: &str) -> Answer {
        self.world.call(Method::GET, path, self.planted.of(viewer).token.as_deref(), None).await
    }

    /// Everything that this viewer can ask.
    async fn all(&self, viewer: &str) -> Seen {
        let mut seen = Seen::new();
        for operation in &self.reads {
            for path in self.paths(operation) {
                let is_list = operation.in_query.iter().any(|p| p == "per_page" || p == "limit");
                let is_about_one = !operation.in_path.is_empty();
                let asked: Vec<String> = if is_about_one { vec![path.clone()] } else { queries(operation, &path) };
                for query in asked.into_iter().chain(self.about(operation, &path)) {
                    let answer = self.get(viewer, &query).await;
                    let is_there = answer.status == 200;
                    seen.push((operation.clone(), query.clone(), answer));
                    // What narrows a list is read as one page; the list itself and its orders are read on.
                    let is_walked = !query.contains('?') || query.contains("sort=");
                    if is_list && is_there && is_walked {
                        self.walk(viewer, operation, &query, &mut seen).await;
                    }
                }
            }
        }
        seen
    }

    /// The addresses of an operation: with every id there is, of every kind.
    fn paths(&self, operation: &Operation) -> Vec<String> {
        let mut paths = vec![operation.path.clone()];
        for parameter in &operation.in_path {
            let values = match parameter.as_str() {
                "id" => self.planted.ids.clone(),
                "destination" => values("destination"),
                "request_id" => self.planted.requests.clone(),
                "username" => self.planted.viewers.values().map(|a| a.name.clone()).filter(|n| !n.is_empty()).collect(),
                unknown => panic!("the crawl does not know what to put for {{{unknown}}}: name its values in crawl.rs"),
            };
            let fill =
                |path: &String| values.iter().map(|v| path.replace(&format!("{{{parameter}}}"), v)).collect::<Vec<_>>();
            paths = paths.iter().flat_map(fill).collect();
        }
        paths
    }

    /// The lists about a thing that a parameter names.
    fn about(&self, operation: &Operation, path: &str) -> Vec<String> {
        let named = operation.in_query.iter().filter(|p| IDS.contains(&p.as_str()));
        named.flat_map(|p| self.planted.ids.iter().map(move |id| format!("{path}?{p}={id}"))).collect()
    }

    /// Reads a list on to its end, one thing a page: by page, and by cursor where there is one.
    async fn walk(&self, viewer: &str, operation: &Operation, path: &str, seen: &mut Seen) {
        let and = if path.contains('?') { '&' } else { '?' };
        let has = |name: &str| operation.in_query.iter().any(|p| p == name);
        if has("page") {
            for page in 1..40 {
                let path = format!("{path}{and}per_page=1&page={page}");
                let answer = self.get(viewer, &path).await;
                let has_next = member(&answer.body, "has_next").is_some_and(|v| v == true);
                seen.push((operation.clone(), path, answer));
                if !has_next {
                    break;
                }
            }
        }
        if has("cursor") {
            let mut cursor = String::new();
            for _ in 1..40 {
                let path = format!("{path}{and}limit=1&cursor={cursor}");
                let answer = self.get(viewer, &path).await;
                let next = member(&answer.body, "next_cursor").and_then(Value::as_str).map(str::to_owned);
                seen.push((operation.clone(), path, answer));
                let Some(next) = next else { break };
                cursor = next;
            }
        }
    }

    /// Looks for canaries in a body and in all headers.
    fn search(&self, viewer: &str, operation: &Operation, path: &str, answer: &Answer, found: &mut BTreeSet<String>) {
        // Whom they blocked is for the one who did it.
        if operation.path == "/api/users/blocks" && ["hidden", "blocker"].contains(&viewer) {
            return;
        }
        let headers =
            answer.headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap_or_default()));
        let text = format!("{}{}", headers.collect::<String>(), answer.text).to_lowercase();
        for secret in self.planted.secrets.iter().filter(|s| !s.known_to.contains(&viewer)) {
            // What was asked with may come back.
            if !path.contains(&secret.text)
                && text.contains(&secret.text)
                && !self.is_ones_own(viewer, operation, secret)
            {
                found.insert(format!("{viewer} meets {} in {}", secret.what, operation.name()));
            }
        }
        if self.planted.of(viewer).token.is_some() && answer.status == 200 && operation.tag != "health" {
            let kept = answer.header("cache-control");
            let by_token = answer.headers.get_all(header::VARY).iter().any(|v| v == "authorization");
            if !kept.contains("no-store") || !by_token {
                found.insert(format!("{} may be kept, or given to others", operation.name()));
            }
        }
    }

    /// What the owner wrote where nobody sees it any more she still finds in one list, to take it back: it has her words,
    /// and of the place the ids and nothing else.
    fn is_ones_own(&self, viewer: &str, operation: &Operation, secret: &Secret) -> bool {
        let what = secret.what.as_str();
        let hers = ["a reply to who is gone", "a thread at a trip of who is gone"].contains(&what);
        let place = ["a thread of who is gone", "a trip of who is gone"].contains(&what);
        operation.path == "/api/travel-intel/user/intel"
            && viewer == "owner"
            && (hers || place && self.planted.ids.contains(&secret.text))
    }

    /// What is hidden from a viewer is like what never was.
    fn compare_with_nothing(&self, viewer: &str, seen: &Seen, found: &mut BTreeSet<String>) {
        for (operation, path, answer) in seen {
            let hidden = self.planted.ids.iter().find(|id| path.contains(*id) && !self.planted.is_known(viewer, id));
            let Some(hidden) = hidden else { continue };
            let of_nothing = path.replace(hidden, NOBODY);
            let Some((_, _, nothing)) = seen.iter().find(|(_, path, _)| *path == of_nothing) else { continue };
            let same = |a: &Answer, id: &str| (a.status, plain(a).replace(id, ""), a.header("link").replace(id, ""));
            if same(answer, hidden) != same(nothing, NOBODY) {
                let what = self.planted.secrets.iter().find(|s| s.text == *hidden).map_or("", |s| &s.what);
                found.insert(format!("{viewer} can tell {what} from nothing by {}", operation.name()));
            }
        }
    }

    /// Whoever has a block, but with none of these people, gets the very bytes of somebody without: whoever is blocked could
    /// otherwise tell that somebody blocks them.
    async fn a_block_with_somebody_else_shows_nowhere(&self, found: &mut BTreeSet<String>) {
        let shown = |tag: &str| !matches!(tag, "health" | "auth" | "users" | "admin");
        let [newcomer, detached] = ALIKE.map(|viewer| self.all(viewer));
        let (newcomer, detached) = tokio::join!(newcomer, detached);
        let mut compared = 0;
        for (operation, path, answer) in newcomer.iter().filter(|(o, _, _)| shown(o.tag.as_str())) {
            let other = detached.iter().find(|(_, asked, _)| asked == path).map(|(_, _, a)| (a.status, plain(a)));
            compared += 1;
            if other != Some((answer.status, plain(answer))) {
                found.insert(format!("a block with somebody else shows in {} ({path})", operation.name()));
            }
        }
        assert!(compared > 500, "{compared}");
    }

    /// What one viewer holds is not said to be what another would get.
    async fn tags_are_of_a_viewer(&self, found: &mut BTreeSet<String>) {
        for operation in self.reads.iter().filter(|o| o.in_path.is_empty() && o.tag != "auth") {
            let anonymous = self.get("anonymous", &operation.path).await;
            for viewer in PAIR {
                let own = self.get(viewer, &operation.path).await;
                let token = self.planted.of(viewer).token.as_deref().unwrap();
                let request = Request::get(&operation.path)
                    .header(header::AUTHORIZATION, format!("Bearer {token}"))
                    .header(header::IF_NONE_MATCH, anonymous.header("etag"));
                let answer = self.world.send(request.body(Body::empty()).unwrap()).await;
                if answer.status == 304 && own.text != anonymous.text {
                    found.insert(format!(
                        "{viewer} is told that the tag of the anonymous still holds by {}",
                        operation.name()
                    ));
                }
            }
        }
    }
}

/// What one got before and gets now; how much was compared.
fn compare(viewer: &str, before: &Seen, after: &Seen, found: &mut BTreeSet<String>) -> usize {
    // What a block leaves in the answers, by its path and, if it is so for one only, by the viewer.
    let is_meant = |o: &Operation| match o.path.as_str() {
        // How safe a trip is, is made from everybody's ratings.
        "/api/itineraries/{id}/safety-rating" => true,
        // She is on her blocker's list, and on no other.
        "/api/users/blocks" => viewer == "blocker",
        // No group is proposed to him in which she is: a block closes it to both.
        "/api/travel-groups/matching" => viewer == "blocked",
        // What he agreed upon with her before keeps its days, and nothing of her.
        path => path.starts_with("/api/women-safety/bookings") && viewer == "blocked",
    };
    // How many requests there were, and what each sign-in is.
    let is_compared = |o: &Operation| !matches!(o.tag.as_str(), "health" | "auth" | "admin") && !is_meant(o);
    let pick = |seen: &Seen| {
        let kept = seen.iter().filter(|(o, _, _)| is_compared(o));
        kept.map(|(o, path, a)| (o.name(), path.clone(), a.status, plain(a), a.header("link").to_owned()))
            .collect::<Vec<_>>()
    };
    let (before, after) = (pick(before), pick(after));
    for was in &before {
        let is = after.iter().find(|is| is.1 == was.1);
        if is != Some(was) {
            let (a, b) = (was.3.clone(), is.map(|i| i.3.clone()).unwrap_or_default());
            let at = a.bytes().zip(b.bytes()).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
            let around = |t: &str| t.chars().skip(at.saturating_sub(60)).take(120).collect::<String>();
            found.insert(format!("{viewer} could tell by {} ({}): {} / {}", was.0, was.1, around(&a), around(&b)));
        }
    }
    before.len()
}

/// A list as it is, and with each of its parameters.
fn queries(operation: &Operation, path: &str) -> Vec<String> {
    let one = |p: &String| values(p).into_iter().map(|v| format!("{path}?{p}={v}")).collect::<Vec<_>>();
    std::iter::once(path.to_owned()).chain(operation.in_query.iter().flat_map(one)).collect()
}

/// The first member of this name, however deep.
fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields.get(name).or_else(|| fields.values().find_map(|v| member(v, name))),
        _ => None,
    }
}

/// What can be done to things without saying anything, done by one of the pair to everything: to each thing, and to each
/// as a part of each.
async fn writes(crawl: &Crawl<'_>, operations: &[Operation], found: &mut BTreeSet<String>) {
    let viewer = "blocked";
    let planted = crawl.planted;
    let token = planted.of(viewer).token.as_deref();
    let is_tried = |o: &&Operation| {
        // Blocking everybody would end the test; what is hidden is answered like anybody else by it.
        o.method != Method::GET && !o.in_path.is_empty() && !o.path.ends_with("/block") && o.tag != "auth"
    };
    let mut asked = 0;
    for operation in operations.iter().filter(is_tried) {
        // Of what is hidden every part is like one of nothing, and of what is not every part that is hidden.
        let mut nothing: BTreeMap<(&str, bool), (u16, String)> = BTreeMap::new();
        let (wholes, parts) = match operation.in_path.as_slice() {
            [_] => (&planted.ids, None),
            [_, _] => (&planted.wholes, Some(&planted.ids)),
            _ => panic!("the crawl does not know how to ask for {}", operation.name()),
        };
        let pairs = wholes.iter().flat_map(|id| match parts {
            None => vec![(id, None)],
            Some(parts) => parts.iter().map(|part| (id, Some(part))).collect(),
        });
        // The first is the id of nothing.
        for (id, part) in pairs {
            let (first, second) = (&operation.in_path[0], operation.in_path.get(1));
            let mut path = operation.path.replace(&format!("{{{first}}}"), id);
            if let (Some(name), Some(part)) = (second, part) {
                path = path.replace(&format!("{{{name}}}"), part);
            }
            let body = (operation.method != Method::DELETE).then(|| json!({ "role": "member" }));
            let answer = crawl.world.call(operation.method.clone(), &path, token, body).await;
            asked += 1;
            crawl.search(viewer, operation, &path, &answer, found);
            let same = part.into_iter().fold(plain(&answer).replace(id, ""), |text, part| text.replace(part, ""));
            let same = (answer.status, same);
            let is_whole_hidden = id == NOBODY || !planted.is_known(viewer, id);
            let is_hidden = is_whole_hidden || part.is_some_and(|p| p == NOBODY || !planted.is_known(viewer, p));
            // Who saved a trip forgets it also when it is not there any more.
            if !is_hidden || operation.path == "/api/saved/unsave/{id}" {
                continue;
            }
            let key = (if is_whole_hidden { NOBODY } else { id.as_str() }, is_whole_hidden);
            if *nothing.entry(key).or_insert_with(|| same.clone()) != same {
                let hidden = part.filter(|_| !is_whole_hidden).unwrap_or(id);
                let what = planted.secrets.iter().find(|s| s.text == *hidden).map_or("", |s| &s.what);
                found.insert(format!("{viewer} can tell {what} from nothing by {}", operation.name()));
            }
        }
    }
    println!("crawl: {asked} writes");
}

/// Takes her out of the database with all that is hers, as if she had never been. The sums to which she added without a name
/// stay: votes, saves, views, how safe trips are, seats and waiting places of groups, and tours of guides.
async fn never_was(world: &World, planted: &Planted) {
    let hidden: uuid::Uuid = planted.of("hidden").id.parse().unwrap();
    let owner = planted.of("owner").token.as_deref();
    let path = format!("/api/itineraries/{}", planted.trip);
    let alone = json!({ "travel_companions": [] });
    world.call(Method::PATCH, &path, owner, Some(alone)).await.is(200);
    let mut replies =
        open("delete from travel_intel where parent_id in (select id from travel_intel where traveler_id = ");
    replies.push_bind(hidden).push(")");
    world.sql(replies).await;
    planted.keep_her_tours(world).await;
    planted.keep_her_place(world).await;
    // What she moderated is hidden for as long as she does, and is asked about no more.
    planted.end_what_she_leads(world).await;
    let mut person = open("delete from travelers where id = ");
    person.push_bind(hidden);
    world.sql(person).await;
    planted.keep_her_seat(world).await;
    let count = "update itinerary_intel set intel_count = (select cast(count(*) as bigint) from travel_intel t \
        where t.itinerary_id = itinerary_intel.itinerary_id and t.is_counted = TRUE)";
    world.sql(open(count)).await;
}
