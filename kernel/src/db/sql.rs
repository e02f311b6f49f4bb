//! A statement with its arguments: [`sql!`](crate::sql) for a fixed text, [`Sql::push`] to grow one.

use super::{Engine, value::Arg};
use std::borrow::Cow;

/// A statement that every process of this program may run, with the place that wrote it. The test
/// `every_statement_prepares` prepares them all on both engines.
#[derive(Debug)]
pub struct Statement {
    /// Source file.
    pub file: &'static str,
    /// Line in it.
    pub line: u32,
    /// The only engine it is for, when it is one half of a [`by_engine!`](crate::by_engine).
    pub engine: Option<Engine>,
    /// The text, with `$1`-style parameters.
    pub text: &'static str,
}
inventory::collect!(Statement);

/// A statement for either engine. Only literals and bound values get into its text.
#[derive(Debug, Clone)]
pub struct Sql {
    text: Text,
    pub(super) args: Vec<Arg>,
}

#[derive(Debug, Clone)]
enum Text {
    Same(Cow<'static, str>),
    ByEngine { sqlite: Cow<'static, str>, postgres: Cow<'static, str> },
}

impl Sql {
    /// A text that is the same on both engines. Use [`sql!`](crate::sql), which also registers it.
    pub fn new(text: &'static str) -> Self {
        Self { text: Text::Same(Cow::Borrowed(text)), args: Vec::new() }
    }

    /// Two texts with the same parameters. Use [`by_engine!`](crate::by_engine), which also registers them.
    pub fn by_engine(sqlite: &'static str, postgres: &'static str) -> Self {
        let (sqlite, postgres) = (Cow::Borrowed(sqlite), Cow::Borrowed(postgres));
        Self { text: Text::ByEngine { sqlite, postgres }, args: Vec::new() }
    }

    /// Binds the next `$n` of a fixed text.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Appends a literal.
    pub fn push(&mut self, literal: &'static str) -> &mut Self {
        self.append(literal)
    }

    /// Appends one literal on SQLite and another on PostgreSQL, where an engine's own strength is needed. A parameter
    /// may be named in both (`$1` is the first that was bound).
    pub fn push_by_engine(&mut self, sqlite: &'static str, postgres: &'static str) -> &mut Self {
        if let Text::Same(text) = &self.text {
            self.text = Text::ByEngine { sqlite: text.clone(), postgres: text.clone() };
        }
        if let Text::ByEngine { sqlite: here, postgres: there } = &mut self.text {
            here.to_mut().push_str(sqlite);
            there.to_mut().push_str(postgres);
        }
        self
    }

    pub(super) fn append(&mut self, part: &str) -> &mut Self {
        match &mut self.text {
            Text::Same(text) => text.to_mut().push_str(part),
            Text::ByEngine { sqlite, postgres } => {
                sqlite.to_mut().push_str(part);
                postgres.to_mut().push_str(part);
            }
        }
        self
    }

    /// Appends a parameter with its value.
    pub fn push_bind(&mut self, value: impl Into<Arg>) -> &mut Self {
        self.args.push(value.into());
        let n = self.args.len();
        self.append(&format!("${n}"))
    }

    /// Appends `($a, $b, ...)`; an empty list becomes `(null)`, which nothing equals.
    pub fn push_list<T: Into<Arg>>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        let mut separator = "(";
        for value in values {
            self.push(separator).push_bind(value);
            separator = ", ";
        }
        self.push(if separator == "(" { "(null)" } else { ")" })
    }

    /// Appends `values ($a, $b), ($c, $d), ...`.
    pub fn push_rows(&mut self, rows: impl IntoIterator<Item = Vec<Arg>>) -> &mut Self {
        let mut separator = " values ";
        for row in rows {
            self.push(separator).push_list(row);
            separator = ", ";
        }
        self
    }

    /// Appends the condition that a row comes after the one with these sort keys, where `columns` are what the query is
    /// sorted by, each descending: `push_after("(i.created_at, i.id)", window.after())`. Without keys nothing.
    pub fn push_after(&mut self, columns: &'static str, keys: &[Arg]) -> &mut Self {
        if !keys.is_empty() {
            self.push(" and ").push(columns).push(" < ").push_list(keys.iter().cloned());
        }
        self
    }

    pub(super) fn text(&self, engine: Engine) -> Cow<'_, str> {
        match (&self.text, engine) {
            (Text::Same(text), Engine::Sqlite) => Cow::Owned(numbered(text)),
            (Text::Same(text), Engine::Postgres) => Cow::Borrowed(text),
            (Text::ByEngine { sqlite, .. }, Engine::Sqlite) => Cow::Owned(numbered(sqlite)),
            (Text::ByEngine { postgres, .. }, Engine::Postgres) => Cow::Borrowed(postgres),
        }
    }
}

/// With `?1` for `$1`: that is a numbered parameter of SQLite, while `$1` would be a named one, bound by the order of
/// appearance.
pub(super) fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        out.push(if after.starts_with(|c: char| c.is_ascii_digit()) { '?' } else { '$' });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A fixed statement for both engines: `sql!("select ... where id = $1").bind(id)`.
#[macro_export]
macro_rules! sql {
    ($text:expr) => {{
        $crate::inventory::submit! {
            $crate::db::Statement { file: file!(), line: line!(), engine: None, text: $text }
        }
        $crate::db::Sql::new($text)
    }};
}

/// One question in two texts, where an engine's own strength is needed.
#[macro_export]
macro_rules! by_engine {
    (sqlite: $sqlite:expr, postgres: $postgres:expr $(,)?) => {{
        $crate::inventory::submit! {
            $crate::db::Statement { file: file!(), line: line!(), engine: Some($crate::db::Engine::Sqlite), text: $sqlite }
        }
        $crate::inventory::submit! {
            $crate::db::Statement { file: file!(), line: line!(), engine: Some($crate::db::Engine::Postgres), text: $postgres }
        }
        $crate::db::Sql::by_engine($sqlite, $postgres)
    }};
}

/// The start of a statement that grows with [`Sql::push`]; its pieces are covered by the endpoint tests.
pub fn open(text: &'static str) -> Sql {
    Sql::new(text)
}
