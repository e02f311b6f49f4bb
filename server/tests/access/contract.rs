//! The operations of the contract.

use kernel::http::{Access, Policies, Reach};
use serde_json::Value;
use testkit::World;

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// `GET`, `POST`, ...
    pub(crate) method: axum::http::Method,
    /// Its template.
    pub(crate) path: String,
    /// Its domain.
    pub(crate) tag: String,
    /// Whether a token is demanded, or looked at.
    pub(crate) access: Access,
    /// The names of its parameters in the path.
    pub(crate) in_path: Vec<String>,
    /// Whether it understands `Idempotency-Key`.
    pub(crate) takes_key: bool,
    /// Whether it takes the form of a page.
    pub(crate) takes_form: bool,
    /// Whom it reaches.
    pub(crate) reach: Reach,
    /// The names of its parameters in the query.
    pub(crate) in_query: Vec<String>,
}

impl Operation {
    /// As the table names it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// All of them.
pub(crate) async fn operations(world: &World) -> Vec<Operation> {
    let contract = world.get("/openapi.json").await.is(200).body;
    let policies = Policies::from_openapi(&serde_json::from_value(contract.clone()).unwrap());
    let mut all = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: axum::http::Method = method.to_uppercase().parse().unwrap();
            let named = |place: &str| {
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let here = parameters.into_iter().filter(|p| p["in"] == place);
                here.map(|p| text(&p["name"])).collect::<Vec<_>>()
            };
            all.push(Operation {
                access: policies.get(path, &method).access,
                reach: policies.get(path, &method).reach,
                tag: text(&operation["tags"][0]),
                takes_form: operation["requestBody"]["content"].get("application/x-www-form-urlencoded").is_some(),
                takes_key: !named("header").is_empty(),
                in_path: named("path"),
                in_query: named("query"),
                path: path.clone(),
                method,
            });
        }
    }
    all
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
