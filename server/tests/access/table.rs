//! `api/authorization.toml`, and the page that is made from it.

use crate::{contract::Operation, people::KINDS};
use kernel::http::Access;
use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

/// A row: one operation on one kind of thing.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// `PUT /api/itineraries/{id}`.
    pub(crate) call: String,
    /// What is in the path or the body; nothing in particular when empty.
    pub(crate) about: String,
    /// What is sent.
    pub(crate) body: Option<serde_json::Value>,
    /// Whether that is sent as the form of a page.
    pub(crate) is_form: bool,
    /// What follows the `?`.
    pub(crate) query: String,
    /// What the actor calls before, whatever comes of it.
    pub(crate) first: Option<String>,
    /// What answers 200 to whoever may know of the thing, and so may be told by a 404 what of it is missing.
    pub(crate) see: Option<String>,
    /// Whether every actor of this row is somebody new, because the call changes who they are.
    pub(crate) alone: bool,
    /// Why it is as it is.
    pub(crate) note: String,
    /// The status for each column.
    pub(crate) expected: BTreeMap<String, u16>,
}

/// The table.
pub(crate) struct Table {
    /// What each column stands for.
    pub(crate) actors: Vec<(String, String)>,
    /// What each kind of thing is.
    pub(crate) things: Vec<(String, String)>,
    /// The rows, by domain.
    pub(crate) rows: Vec<(String, Row)>,
}

/// Keys of a row that are no columns.
const OTHERS: [&str; 8] = ["about", "body", "query", "first", "alone", "note", "all", "see"];

impl Table {
    /// Reads the table; `operations` say where a token is demanded or looked at.
    pub(crate) fn read(operations: &[Operation]) -> Self {
        let table: toml::Table =
            std::fs::read_to_string(root().join("api/authorization.toml")).unwrap().parse().unwrap();
        let explained = |name: &str| {
            let words = table[name].as_table().unwrap().iter();
            words.map(|(word, text)| (word.clone(), text.as_str().unwrap().to_owned())).collect::<Vec<_>>()
        };
        let actors = explained("actors");
        let mut rows = Vec::new();
        for (tag, calls) in table.iter().filter(|(name, _)| !matches!(name.as_str(), "actors" | "things")) {
            for (call, written) in calls.as_table().unwrap() {
                let several = written.as_array().cloned().unwrap_or_else(|| vec![written.clone()]);
                let operation = operations.iter().find(|o| o.name() == *call);
                let access = operation.map_or(Access::Open, |o| o.access);
                for one in &several {
                    let is_form = operation.is_some_and(|o| o.takes_form);
                    rows.push((tag.clone(), Row { is_form, ..row(call, one.as_table().unwrap(), access, &actors) }));
                }
            }
        }
        Self { actors, things: explained("things"), rows }
    }

    /// The page for people.
    pub(crate) fn page(&self) -> String {
        let mut page = String::from(
            "# Who may do what\n\nMade from `api/authorization.toml`, which says how to change it; \
             `cargo test -p server --test access` asks every cell.\n\nA dot is the same as for a stranger. An answer of 404 \
             is the one that an id of nothing gets, but for `request_id`. \
             Decisions are taken in this order: 401, 429, 400 for what needs no database, 404, 403, 409.\n\n",
        );
        for (name, text) in &self.actors {
            writeln!(page, "- **{name}**: {text}").unwrap();
        }
        page.push_str("\nWhat a call is about:\n\n");
        for (name, text) in &self.things {
            writeln!(page, "- *{name}*: {text}").unwrap();
        }
        let mut section = "";
        for (tag, row) in &self.rows {
            if section != tag {
                section = tag;
                let names: Vec<_> = self.actors.iter().map(|(name, _)| name.as_str()).collect();
                writeln!(page, "\n## {tag}\n\n| call | about | {} | |", names.join(" | ")).unwrap();
                writeln!(page, "|---|---|{}---|", "---|".repeat(names.len())).unwrap();
            }
            let cell = |(name, _): &(String, String)| {
                let status = row.expected[name];
                let is_same = !matches!(name.as_str(), "anonymous" | "stranger") && status == row.expected["stranger"];
                if is_same { "·".to_owned() } else { status.to_string() }
            };
            let cells: Vec<_> = self.actors.iter().map(cell).collect();
            writeln!(page, "| `{}` | {} | {} | {} |", row.call, row.about, cells.join(" | "), row.note).unwrap();
        }
        page
    }
}

fn row(call: &str, written: &toml::Table, access: Access, actors: &[(String, String)]) -> Row {
    let text = |key: &str| written.get(key).map(|v| v.as_str().unwrap().to_owned());
    let status = |key: &str| written.get(key).map(|v| u16::try_from(v.as_integer().unwrap()).unwrap());
    for key in written.keys() {
        assert!(OTHERS.contains(&key.as_str()) || actors.iter().any(|(a, _)| a == key), "{call}: what is `{key}`?");
    }
    let cell = |actor: &str| {
        // A token that is not good is refused wherever one is looked at, and none is where one is demanded.
        let by_rule = match (actor, access) {
            ("anonymous", Access::Required) | ("banned", Access::Required | Access::Optional) => Some(401),
            ("banned", Access::Open) => status("anonymous"),
            _ => None,
        };
        status(actor).or(by_rule).or(status("all")).unwrap_or_else(|| panic!("{call}: no status for {actor}"))
    };
    Row {
        call: call.to_owned(),
        about: text("about").unwrap_or_default(),
        body: written.get("body").map(|body| serde_json::to_value(body).unwrap()),
        is_form: false,
        query: text("query").unwrap_or_default(),
        first: text("first"),
        see: text("see"),
        alone: written.get("alone").is_some_and(|v| v.as_bool().unwrap()),
        note: text("note").unwrap_or_default(),
        expected: actors.iter().map(|(name, _)| (name.clone(), cell(name))).collect(),
    }
}

/// Cargo runs a test in the folder of its package.
pub(crate) fn root() -> PathBuf {
    std::env::current_dir().unwrap().parent().unwrap().to_owned()
}

/// Every kind of actor has a column, and every column an actor.
pub(crate) fn check_columns(table: &Table) {
    let columns: Vec<_> = table.actors.iter().map(|(name, _)| name.as_str()).collect();
    let kinds: Vec<_> = KINDS.into_iter().filter(|k| *k != "blocker").collect();
    assert_eq!(columns, kinds, "the columns of api/authorization.toml and the actors of the test");
}
