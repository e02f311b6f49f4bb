//! The house rules: what keeps the floors, the tables and the contract in order, as tests that name the place.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends with a panic")]

use axum::http::Method;
use kernel::{
    clock::Clock,
    config::Database,
    db::{Db, Engine, Statement, migrate::MIGRATIONS, open},
    http::Reach,
    id::Ids,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use testkit::{World, setting};

/// Full-text indexes: a virtual table on one engine, a table with an index of its own kind on the other.
const BY_ENGINE: [&str; 1] = ["itinerary_index"];

// ---- reading the workspace ------------------------------------------------------------------------------------------

/// Cargo runs a test in the folder of its package.
fn root() -> PathBuf {
    std::env::current_dir().unwrap().parent().unwrap().to_owned()
}

struct Crate {
    name: String,
    folder: String,
    manifest: toml::Table,
}

impl Crate {
    fn floor(&self) -> Option<i64> {
        self.house("floor")?.as_integer()
    }

    fn tables(&self) -> Vec<String> {
        let tables = self.house("tables").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        tables.iter().map(|t| t.as_str().unwrap().to_owned()).collect()
    }

    fn house(&self, key: &str) -> Option<&toml::Value> {
        self.manifest.get("package")?.get("metadata")?.get("house")?.get(key)
    }

    /// The names in `[dependencies]` and the like, those of a target included.
    fn dependencies(&self, sections: &[&str]) -> Vec<String> {
        let targets = self.manifest.get("target").and_then(toml::Value::as_table);
        let tables = std::iter::once(&self.manifest)
            .chain(targets.into_iter().flat_map(|t| t.values()).filter_map(toml::Value::as_table));
        let names = tables.flat_map(|table| {
            sections.iter().filter_map(|s| table.get(*s)?.as_table()).flat_map(|t| t.keys().cloned())
        });
        names.collect()
    }
}

fn crates() -> Vec<Crate> {
    let root = root();
    let workspace: toml::Table = std::fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let mut folders = Vec::new();
    for member in workspace["workspace"]["members"].as_array().unwrap() {
        match member.as_str().unwrap().strip_suffix("/*") {
            None => folders.push(member.as_str().unwrap().to_owned()),
            Some(parent) => folders.extend(
                std::fs::read_dir(root.join(parent))
                    .unwrap()
                    .map(|entry| format!("{parent}/{}", entry.unwrap().file_name().to_str().unwrap())),
            ),
        }
    }
    folders.sort();
    let read = |folder: String| {
        let text = std::fs::read_to_string(root.join(&folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        Crate { name: manifest["package"]["name"].as_str().unwrap().to_owned(), folder, manifest }
    };
    folders.into_iter().map(read).collect()
}

/// A file of the workspace: its path from the root, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    /// Its lines with their numbers, comments left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(n, line)| (n + 1, line)).filter(|(_, line)| !line.trim().starts_with("//"))
    }

    /// Its last part.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// `path:line: text` of every line of code that has one of `words`.
    fn lines_with(&self, words: &[&str]) -> Vec<String> {
        let found = self.code().filter(|(_, line)| words.iter().any(|w| line.contains(w)));
        found.map(|(n, line)| format!("{}:{n}: {}", self.path, line.trim())).collect()
    }
}

/// Every file below `folder`, but for those in `without`.
fn paths(folder: &Path, without: &[PathBuf], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if without.contains(&path) {
            continue;
        }
        if path.is_dir() {
            paths(&path, without, found);
        } else {
            found.push(path);
        }
    }
}

/// Every file that is not made or private, the same ones that `.gitignore` leaves.
fn all_paths() -> Vec<(String, PathBuf)> {
    let (root, mut found) = (root(), Vec::new());
    let without = [".git", "target", "data", ".env"].map(|name| root.join(name));
    paths(&root, &without, &mut found);
    found.sort();
    found.into_iter().map(|p| (p.strip_prefix(&root).unwrap().display().to_string(), p)).collect()
}

/// The Rust sources of what ships, without tests beside them.
fn sources() -> Vec<File> {
    let is_source = |path: &str| {
        Path::new(path).extension().is_some_and(|e| e == "rs") && path.contains("/src/") && !path.contains("/tests/")
    };
    let read = |(path, file): (String, PathBuf)| File { path, text: std::fs::read_to_string(file).unwrap() };
    all_paths().into_iter().filter(|(path, _)| is_source(path)).map(read).collect()
}

#[track_caller]
fn none(faults: Vec<String>, rule: &str) {
    assert!(faults.is_empty(), "{rule}\n  {}", faults.join("\n  "));
}

// ---- floors ---------------------------------------------------------------------------------------------------------

#[test]
fn a_crate_stands_on_lower_floors_only() {
    let crates = crates();
    let floors: BTreeMap<&str, i64> = crates.iter().filter_map(|c| Some((c.name.as_str(), c.floor()?))).collect();
    let mut faults = Vec::new();
    for c in &crates {
        let file = format!("{}/Cargo.toml", c.folder);
        let Some(floor) = c.floor() else {
            faults.push(format!("{file}: [package.metadata.house] has no floor"));
            continue;
        };
        for dependency in c.dependencies(&["dependencies", "build-dependencies"]) {
            if let Some(below) = floors.get(dependency.as_str()).filter(|below| **below >= floor) {
                faults.push(format!("{file}: {} (floor {floor}) names {dependency} (floor {below})", c.name));
            }
        }
        for dependency in c.dependencies(&["dev-dependencies"]) {
            let above = floors.get(dependency.as_str()).is_some_and(|f| *f >= floor);
            if above && dependency != "testkit" {
                faults.push(format!("{file}: the tests of {} may name testkit, not {dependency}", c.name));
            }
        }
    }
    assert_eq!(floors.get("kernel"), Some(&0));
    none(faults, "a crate may only name crates of a lower floor; siblings never import each other:");
}

// ---- one writer a table ---------------------------------------------------------------------------------------------

/// The tables that `text` writes to, each with the number of lines before it.
fn writes(text: &str) -> Vec<(usize, String)> {
    let clean = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric() && c != '_').to_lowercase();
    let words: Vec<(usize, String)> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().starts_with("//"))
        .flat_map(|(n, line)| line.split(|c: char| c.is_whitespace() || c == '(').map(move |w| (n, clean(w))))
        .filter(|(_, w)| !w.is_empty())
        .collect();
    let word = |n: usize| words.get(n).map_or("", |w| w.1.as_str());
    let mut found = Vec::new();
    for n in 0..words.len() {
        let at = match (word(n), word(n + 1)) {
            ("insert" | "merge" | "replace", "into") | ("delete", "from") => n + 2,
            // `on conflict do update set` and `for update` name no table.
            ("update", _) if n > 0 && matches!(word(n - 1), "do" | "for") => continue,
            ("update" | "truncate", _) => n + 1,
            _ => continue,
        };
        if !word(at).is_empty() {
            found.push((words[at].0, word(at).to_owned()));
        }
    }
    found
}

/// The tables that the migrations make.
fn tables() -> BTreeSet<String> {
    let mut tables = BTreeSet::from(["schema_migrations".to_owned()]);
    for (path, file) in all_paths().into_iter().filter(|(path, _)| path.starts_with("migrations/")) {
        let text = std::fs::read_to_string(&file).unwrap().to_lowercase().replace("if not exists ", "");
        for made in text.split("create table ").skip(1) {
            let name = made.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            assert!(!name.is_empty(), "{path}: a table without a name");
            tables.insert(name.to_owned());
        }
    }
    tables
}

#[test]
fn every_table_has_one_owner() {
    let (crates, tables) = (crates(), tables());
    let mut faults = Vec::new();
    for table in &tables {
        let owners: Vec<&str> = crates.iter().filter(|c| c.tables().contains(table)).map(|c| c.name.as_str()).collect();
        if owners.len() != 1 {
            faults.push(format!("migrations/: the table {table} is owned by {owners:?}"));
        }
    }
    for c in &crates {
        for table in c.tables().iter().filter(|t| !tables.contains(*t)) {
            faults.push(format!("{}/Cargo.toml: no migration makes the table {table}", c.folder));
        }
        if c.floor() > Some(3) && !c.tables().is_empty() {
            faults.push(format!("{}/Cargo.toml: {} owns no table: it goes through the domains", c.folder, c.name));
        }
    }
    none(faults, "every table is listed in `tables` of exactly one crate:");
}

#[test]
fn a_table_is_written_by_its_owner_only() {
    let (crates, tables) = (crates(), tables());
    let owner = |table: &str| crates.iter().find(|c| c.tables().iter().any(|t| t == table));
    let is_in = |path: &str, c: &Crate| path.starts_with(&format!("{}/src/", c.folder));
    let mut faults = Vec::new();

    let mut seen = BTreeSet::new();
    for statement in inventory::iter::<Statement> {
        for (line, table) in writes(statement.text) {
            let place = format!("{}:{}", statement.file, usize::try_from(statement.line).unwrap() + line);
            match owner(&table) {
                Some(c) if is_in(statement.file, c) => {
                    seen.insert(c.name.clone());
                }
                Some(c) => faults.push(format!("{place}: {table} is written by {} only", c.name)),
                None => faults.push(format!("{place}: {table} is a table of nobody")),
            }
        }
    }
    for domain in ["kernel", "accounts", "itineraries", "safety_ratings", "travel_intel"] {
        assert!(seen.contains(domain), "the statements of {domain} are not linked into this test");
    }

    // Statements that grow are not in the registry, so the sources are read as well.
    for file in sources() {
        for (line, table) in writes(&file.text).into_iter().filter(|(_, table)| tables.contains(table)) {
            let place = format!("{}:{}", file.path, line + 1);
            match owner(&table) {
                Some(c) if is_in(&file.path, c) => {}
                Some(c) => faults.push(format!("{place}: {table} is written by {} only", c.name)),
                None => faults.push(format!("{place}: {table} is a table of nobody")),
            }
        }
    }
    none(faults, "`insert into`, `update` and `delete from` stand in the crate that lists the table:");
}

#[test]
fn writes_are_recognized() {
    let found = |text| writes(text).into_iter().map(|(_, t)| t).collect::<Vec<_>>();
    assert_eq!(found("insert into a (x) values ($1) on conflict (x) do update set x = 1"), ["a"]);
    assert_eq!(found("with gone as (DELETE FROM b returning id) update\n c set d = 1"), ["b", "c"]);
    assert_eq!(found("select id from a where updated_at < $1 for update skip locked"), [""; 0]);
    assert_eq!(found("open(\"insert into a(tag, id)\")"), ["a"]);
}

// ---- api, store, model ----------------------------------------------------------------------------------------------

#[test]
fn api_calls_store_and_store_knows_the_model() {
    let mut faults = Vec::new();
    for file in sources().iter().filter(|f| f.path.starts_with("domains/")) {
        let of = |module: &str| file.name() == format!("{module}.rs") || file.path.contains(&format!("/{module}/"));
        let is_wire = ["api", "wire", "view"].into_iter().any(of);
        if !is_wire {
            faults.extend(
                file.lines_with(&["axum::", "use axum"])
                    .into_iter()
                    .filter(|l| !l.contains("utoipa_axum::"))
                    .map(|l| format!("{l}  <- axum outside api.rs")),
            );
        }
        if of("store") {
            faults.extend(
                file.lines_with(&["crate::api", "super::api", " api::", "crate::view"])
                    .into_iter()
                    .map(|l| format!("{l}  <- the store knows no api")),
            );
        }
        if of("model") {
            let words =
                [".await", "async ", "crate::api", "crate::store", "kernel::App", " App,", "db.read(", "db.write("];
            faults.extend(file.lines_with(&words).into_iter().map(|l| format!("{l}  <- the model is pure")));
        }
    }
    none(faults, "api.rs -> store.rs -> model.rs, and not back:");
}

// ---- one place for each thing ---------------------------------------------------------------------------------------

/// Lines with one of `words` outside the places that may have them.
fn outside(places: &[&str], words: &[&str]) -> Vec<String> {
    let files = sources();
    let strangers = files.iter().filter(|f| !places.iter().any(|p| f.path.starts_with(p)));
    strangers.flat_map(|f| f.lines_with(words)).collect()
}

#[test]
fn only_kernel_db_knows_the_engines() {
    let places = [
        "kernel/src/db/",
        "testkit/src/database.rs", // a test's database has to be created before the kernel can connect to it
        "bench/src/",              // measures the bare drivers, to compare the kernel with
    ];
    none(outside(&places, &["rusqlite", "tokio_postgres", "deadpool"]), "only kernel/src/db names an engine's crate:");
    let crates = crates();
    let others = crates.iter().filter(|c| !matches!(c.name.as_str(), "kernel" | "testkit" | "bench"));
    let names = |c: &Crate| {
        let all = c.dependencies(&["dependencies", "dev-dependencies", "build-dependencies"]);
        let engines = ["rusqlite", "tokio-postgres", "deadpool-postgres", "redis"];
        let folder = c.folder.clone();
        all.into_iter()
            .filter(move |d| engines.contains(&d.as_str()))
            .map(move |d| format!("{folder}/Cargo.toml: {d}"))
            .collect::<Vec<_>>()
    };
    none(others.flat_map(names).collect(), "only the kernel depends on an engine's crate:");
}

#[test]
fn only_kernel_config_reads_the_environment() {
    let places = [
        "kernel/src/config/",
        "testkit/src/database.rs", // `setting`: tests are told where the servers are
    ];
    none(outside(&places, &["env::var", "env::vars", "dotenvy"]), "only kernel/src/config reads the environment:");
}

#[test]
fn only_kernel_http_knows_the_envelope() {
    let places = [
        "kernel/src/http/",
        "server/src/health.rs",  // monitors get bodies of their own
        "server/src/openapi.rs", // the examples of the contract
        "testkit/src/answer.rs", // checks it
    ];
    let words = ["\"success\"", "\"request_id\"", "status: \"error\"", "\"status\": \"error\""];
    none(outside(&places, &words), "only kernel/src/http builds replies:");
}

// ---- statements and contract ----------------------------------------------------------------------------------------

#[tokio::test]
async fn every_statement_prepares() {
    let world = World::new().await;
    none(world.app.db.prepare_all().await.unwrap(), "statements that the engine under test does not take:");
}

#[test]
fn the_contract_in_the_repository_is_the_one_that_is_served() {
    let served = server::openapi::printed(&server::router::contract()).unwrap();
    let kept = std::fs::read_to_string(root().join("api/openapi.json")).unwrap();
    let (served, kept): (Vec<&str>, Vec<&str>) =
        (served.trim_end().lines().collect(), kept.trim_end().lines().collect());
    let differs = (0..served.len().max(kept.len())).find(|n| served.get(*n) != kept.get(*n));
    if let Some(n) = differs {
        panic!(
            "api/openapi.json:{}: has {:?}, the program has {:?}; run `cargo run -- openapi > api/openapi.json`",
            n + 1,
            kept.get(n),
            served.get(n)
        );
    }
}

fn operations(contract: &Value) -> impl Iterator<Item = (String, Method, &Value)> {
    contract["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.filter_map(|(name, operation)| {
            let method: Method = name.to_uppercase().parse().unwrap();
            matches!(name.as_str(), "get" | "post" | "put" | "patch" | "delete")
                .then(|| (path.clone(), method, operation))
        })
    })
}

#[tokio::test]
async fn every_operation_of_the_contract_is_routed() {
    let world = World::new().await;
    let contract = serde_json::to_value(server::router::contract()).unwrap();
    let mut faults = Vec::new();
    for (path, method, _) in operations(&contract) {
        let segments = path.replace("{destination}", "kyoto").replace("{username}", "asha_rao");
        let is_id = |segment: &str| segment == "{id}" || segment.ends_with("_id}");
        let segments = segments.split('/').map(|s| if is_id(s) { "01a3b1c2-7a00-7000-8000-00000000002a" } else { s });
        let address = segments.collect::<Vec<_>>().join("/");
        assert!(!address.contains('{'), "{path}: teach this test the parameter");
        let answer = world.call(method.clone(), &address, None, None).await;
        if answer.status == 405 || answer.message().starts_with("This address") {
            faults.push(format!("{method} {path}: {}", answer.status));
        }
    }
    none(faults, "the contract promises what no route serves:");
    // `routes!` puts an address into the contract; `.route()` would go around it.
    none(outside(&["kernel/src/"], &[".route("]), "routes are added by `routes!` only:");
}

#[test]
fn every_write_says_whom_it_reaches() {
    let contract = serde_json::to_value(server::router::contract()).unwrap();
    // Whoever is in danger, wants to be left alone, or is about to confirm the address is not asked for it.
    let own = ["/api/auth/", "/api/saved/", "/api/women-safety/settings", "/api/women-safety/emergency-alert"];
    let mut faults = Vec::new();
    for (path, method, operation) in operations(&contract).filter(|(_, method, _)| method != Method::GET) {
        let said = operation["x-reaches"].as_str();
        let has_caller = operation["security"].is_array();
        let roles = operation["responses"]["403"]["description"].as_str().unwrap_or_default();
        let must_be_own = own.iter().any(|p| path.starts_with(p)) || path.ends_with("/block");
        let is_well = match said.map(Reach::named) {
            None => !has_caller,
            Some(Some(Reach::Own)) => has_caller,
            Some(Some(Reach::Administration)) => roles.contains("`admin_required`"),
            Some(Some(Reach::Others | Reach::OwnUntilPublished)) => has_caller && !must_be_own,
            Some(None) => false,
        };
        if !is_well {
            faults.push(format!("{method} {path}: {said:?}"));
        }
    }
    none(faults, "a write says `x-reaches`: `others`, `own_until_published`, `own` or `administration`:");
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|t| !t.trim().is_empty())
}

/// The schema that `$ref` names, or this one.
fn resolve<'a>(contract: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(name) = schema["$ref"].as_str() else { return schema };
    contract.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null)
}

/// Whether a reader sees what a value looks like: by an example here, in what is referred to, or in all its parts.
fn has_example(contract: &Value, schema: &Value, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    let schema = resolve(contract, schema);
    if ["example", "examples", "const"].iter().any(|k| schema.get(k).is_some()) {
        return true;
    }
    let deeper = |s: &Value| has_example(contract, s, depth - 1);
    if let Some(any) = ["oneOf", "anyOf", "allOf"].iter().find_map(|k| schema.get(k)?.as_array()) {
        return any.iter().any(deeper);
    }
    if let Some(items) = schema.get("items") {
        return deeper(items);
    }
    // An object shows itself through its properties, which are asked one by one.
    schema.get("properties").is_some() || schema.get("enum").is_some()
}

fn has_description(contract: &Value, schema: &Value) -> bool {
    let parts = ["oneOf", "anyOf", "allOf"].iter().find_map(|k| schema.get(k)?.as_array());
    is_text(&schema["description"])
        || (schema.get("$ref").is_some() && is_text(&resolve(contract, schema)["description"]))
        || parts.is_some_and(|parts| parts.iter().any(|p| has_description(contract, p)))
        || schema.get("items").is_some_and(|items| has_description(contract, items))
}

fn schema_faults(contract: &Value, place: &str, schema: &Value, faults: &mut Vec<String>) {
    for key in ["oneOf", "anyOf", "allOf"] {
        for part in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            schema_faults(contract, place, part, faults);
        }
    }
    if let Some(items) = schema.get("items") {
        schema_faults(contract, &format!("{place}[]"), items, faults);
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let place = format!("{place}.{name}");
        if !has_description(contract, property) {
            faults.push(format!("{place}: no description"));
        }
        if !has_example(contract, property, 6) {
            faults.push(format!("{place}: no example"));
        }
        schema_faults(contract, &place, property, faults);
    }
}

fn operation_faults(contract: &Value, operation: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut wants = |ok: bool, fault: String| {
        if !ok {
            faults.push(fault);
        }
    };
    for key in ["summary", "description", "operationId"] {
        wants(is_text(&operation[key]), format!("no {key}"));
    }
    let is_known = |tag: &Value| contract["tags"].as_array().unwrap().iter().any(|t| t["name"] == *tag);
    let tags = operation["tags"].as_array().cloned().unwrap_or_default();
    wants(tags.len() == 1 && tags.iter().all(is_known), format!("its tag: {tags:?}"));
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = &parameter["name"];
        wants(is_text(&parameter["description"]), format!("parameter {name}: no description"));
        let own = parameter.get("example").is_some() || parameter.get("examples").is_some();
        wants(own || has_example(contract, &parameter["schema"], 6), format!("parameter {name}: no example"));
    }
    if let Some(body) = operation.get("requestBody") {
        wants(is_text(&body["description"]), "request body: no description".to_owned());
        for (kind, content) in body["content"].as_object().unwrap() {
            let own = content.get("example").is_some() || content.get("examples").is_some();
            let own = own || has_own_example(contract, &content["schema"]);
            wants(own, format!("request body {kind}: no example"));
        }
    }
    for (status, response) in operation["responses"].as_object().unwrap() {
        wants(is_text(&response["description"]), format!("{status}: no description"));
        let contents = response["content"].as_object().cloned().unwrap_or_default();
        if status.starts_with('2') {
            wants(!contents.is_empty(), format!("{status}: no content"));
            for content in contents.values() {
                let schema = &content["schema"];
                wants(
                    schema.is_object() && *schema != Value::Object(serde_json::Map::default()),
                    format!("{status}: no schema"),
                );
            }
        } else if status.starts_with(['4', '5']) {
            let shown = contents.values().all(|c| c.get("example").is_some() || c.get("examples").is_some());
            wants(!contents.is_empty() && shown, format!("{status}: no example"));
        }
    }
    faults
}

/// A body needs an example as a whole: one made of its parts would be of all fields at once.
fn has_own_example(contract: &Value, schema: &Value) -> bool {
    let schema = resolve(contract, schema);
    let parts = ["oneOf", "anyOf", "allOf"].iter().find_map(|k| schema.get(k)?.as_array());
    schema.get("example").is_some()
        || schema.get("examples").is_some()
        || parts.is_some_and(|p| p.iter().any(|s| has_own_example(contract, s)))
}

#[test]
fn the_contract_explains_everything() {
    let contract = serde_json::to_value(server::router::contract()).unwrap();
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&contract) {
        faults.extend(operation_faults(&contract, operation).into_iter().map(|f| format!("{method} {path}: {f}")));
        if !ids.insert(operation["operationId"].as_str().unwrap_or_default().to_owned()) {
            faults.push(format!("{method} {path}: its operation id is another one's too"));
        }
        for (_, response) in operation["responses"].as_object().unwrap() {
            for (_, content) in response["content"].as_object().into_iter().flatten() {
                schema_faults(&contract, &format!("{method} {path}"), &content["schema"], &mut faults);
            }
        }
    }
    for (name, schema) in contract["components"]["schemas"].as_object().unwrap() {
        schema_faults(&contract, name, schema, &mut faults);
    }
    faults.dedup();
    none(faults, "what the contract leaves unexplained (see the wire types and server/src/openapi.rs):");
}

// ---- migrations -----------------------------------------------------------------------------------------------------

#[test]
fn every_migration_is_listed_once_and_in_order() {
    let listed: Vec<String> = MIGRATIONS.iter().map(|m| format!("migrations/{}.sql", m.name)).collect();
    let mut folder: Vec<String> =
        all_paths().into_iter().map(|(path, _)| path).filter(|p| p.starts_with("migrations/")).collect();
    folder.sort();
    assert_eq!(listed, folder, "kernel/src/db/migrate.rs (left) lists every file of migrations/ (right), in order");
    let numbers: BTreeSet<&str> = MIGRATIONS.iter().filter_map(|m| m.name.get(..4)).collect();
    for (n, number) in numbers.iter().enumerate() {
        assert_eq!(*number, format!("{:04}", n + 1), "migrations/: numbers follow one another");
    }
}

async fn columns(db: &Db) -> BTreeSet<String> {
    let query = match db.engine() {
        Engine::Sqlite => open(
            "select m.name || '.' || p.name || case when p.\"notnull\" = 1 or p.pk > 0 then ' not null' else '' end
             from pragma_table_list m join pragma_table_info(m.name) p
             where m.type = 'table' and m.schema = 'main' and m.name not like 'sqlite_%'",
        ),
        Engine::Postgres => open(
            "select cast(table_name || '.' || column_name || case is_nullable when 'NO' then ' not null' else '' end as text)
             from information_schema.columns where table_schema = 'public'",
        ),
    };
    let columns: Vec<String> = db.read().await.unwrap().all(query).await.unwrap();
    let is_common = |c: &String| !BY_ENGINE.contains(&c.split('.').next().unwrap());
    columns.into_iter().filter(is_common).collect()
}

#[tokio::test]
async fn both_engines_have_the_same_schema() {
    let folder = tempfile::TempDir::new().unwrap();
    let embedded = Db::open(&Database::embedded(folder.path()), Clock::system(), Ids::System).await.unwrap();
    let embedded = columns(&embedded).await;
    let known: BTreeSet<String> = embedded.iter().map(|c| c.split('.').next().unwrap().to_owned()).collect();
    let common: BTreeSet<String> = tables().into_iter().filter(|t| !BY_ENGINE.contains(&t.as_str())).collect();
    assert_eq!(known, common, "the embedded schema (left) has the tables that the migrations make (right)");
    if setting("TEST_DATABASE_URL").is_none() {
        return;
    }
    let world = World::new().await;
    let mut postgres = columns(&world.app.db).await;
    // Concurrent transactions are told apart by their ids there; SQLite has one writer.
    assert!(postgres.remove("changes.xid not null"), "migrations/0001_changes.postgres.sql: the column xid");
    let differ: Vec<String> = postgres.symmetric_difference(&embedded).cloned().collect();
    none(differ, "migrations/: columns that one engine has and the other has not, or not the same way:");
}

// ---- hygiene --------------------------------------------------------------------------------------------------------

#[test]
fn nothing_is_left_undone_and_no_file_is_large() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("unimplemented", "!")];
    let mut faults = Vec::new();
    for (path, file) in all_paths() {
        let size = std::fs::metadata(&file).unwrap().len();
        // The contract is one file, and grows with every address.
        let most = if path == "api/openapi.json" { 4_000_000 } else { 1_000_000 };
        if size > most {
            faults.push(format!("{path}: {size} bytes"));
        }
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        for (n, line) in text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|m| line.contains(**m)) {
                faults.push(format!("{path}:{}: {mark}", n + 1));
            }
        }
    }
    none(faults, "what is begun is finished, and large files live elsewhere:");
}
