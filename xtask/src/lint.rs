//! Owns what a document must not do although OpenAPI allows it, because tools and people stumble over it.
//! Leaves whether two documents agree to `compare`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The types that OpenAPI Generator puts into each Go client.
const TAKEN_NAMES: [&str; 8] = [
    "APIClient",
    "APIKey",
    "APIResponse",
    "BasicAuth",
    "Configuration",
    "GenericOpenAPIError",
    "ServerConfiguration",
    "ServerVariable",
];

/// What is wrong with a document, by place.
pub(crate) fn faults(document: &Value) -> Vec<String> {
    let mut faults = constructors(document);
    faults.extend(taken_names(document));
    faults.extend(tags(document));
    faults.extend(licence(document));
    faults
}

/// A Go client calls the constructor of `Key` `NewKey`, and does not build where a schema has that name.
fn constructors(document: &Value) -> Vec<String> {
    let schemas = document["components"]["schemas"].as_object();
    let names: BTreeSet<&String> = schemas.into_iter().flat_map(Map::keys).collect();
    let is_there = |name: &str| names.iter().any(|there| *there == name);
    names
        .iter()
        .filter_map(|name| Some((name, name.strip_prefix("New")?)))
        .filter(|(_, rest)| is_there(rest))
        .map(|(name, rest)| {
            format!(
                "/components/schemas/{name}: in Go, this is the name of the constructor of {rest}; \
                 call it {rest}Input"
            )
        })
        .collect()
}

/// A Go client has types of its own beside those of the schemas, and does not build where one has their name.
fn taken_names(document: &Value) -> Vec<String> {
    let schemas = document["components"]["schemas"].as_object();
    let names = schemas.into_iter().flat_map(Map::keys);
    names
        .filter(|name| TAKEN_NAMES.contains(&name.as_str()))
        .map(|name| {
            format!("/components/schemas/{name}: in Go, every client has a type of this name; choose another")
        })
        .collect()
}

/// Viewers and generators group by tags: each operation has one, in the order of the list at the top.
fn tags(document: &Value) -> Vec<String> {
    let listed = document["tags"].as_array().into_iter().flatten();
    let listed: Vec<&Value> = listed.map(|tag| &tag["name"]).collect();
    let mut faults = Vec::new();
    let mut used = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let tags = operation["tags"].as_array();
            match tags.map(Vec::as_slice) {
                Some([tag]) if listed.contains(&tag) => used.push(tag),
                _ => faults.push(format!(
                    "{method} {path}: it needs one tag, of those that the document lists"
                )),
            }
        }
    }
    let unused = listed.into_iter().filter(|tag| !used.contains(tag));
    faults.extend(unused.map(|tag| format!("/tags: no operation has the tag {tag}")));
    faults
}

/// An SPDX expression of two licences has no page, and viewers link to one.
fn licence(document: &Value) -> Option<String> {
    let url = document["info"]["license"]["url"].as_str();
    let is_missing = !url.is_some_and(|url| url.starts_with("https://"));
    is_missing.then(|| "/info/license: it needs a url, which viewers link to".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "info": {"license": {"name": "MIT", "url": "https://example.com/"}},
            "tags": [{"name": "keys"}],
            "paths": {"/keys": {"get": {"tags": ["keys"]}}},
            "components": {"schemas": {"Key": {}, "KeyInput": {}, "NewMoon": {}}},
        })
    }

    #[test]
    fn no_schema_has_the_name_of_anothers_constructor() {
        let mut document = good();
        assert_eq!(faults(&document), [""; 0]);
        document["components"]["schemas"]["NewKey"] = json!({});
        assert_eq!(
            faults(&document),
            [
                "/components/schemas/NewKey: in Go, this is the name of the constructor of Key; call it KeyInput"
            ]
        );
    }

    #[test]
    fn no_schema_has_the_name_of_a_type_that_every_go_client_has() {
        let mut document = good();
        document["components"]["schemas"]["Configuration"] = json!({});
        assert_eq!(
            faults(&document),
            [
                "/components/schemas/Configuration: in Go, every client has a type of this name; choose another"
            ]
        );
    }

    #[test]
    fn each_operation_has_one_listed_tag_and_each_tag_an_operation() {
        let mut document = good();
        document["tags"] = json!([{"name": "keys"}, {"name": "events"}]);
        assert_eq!(
            faults(&document),
            [r#"/tags: no operation has the tag "events""#]
        );
        for tags in [
            json!(["other"]),
            json!([]),
            json!(["keys", "events"]),
            Value::Null,
        ] {
            document["paths"]["/keys"]["get"]["tags"] = tags;
            let faults = faults(&document);
            assert_eq!(
                faults[0],
                "get /keys: it needs one tag, of those that the document lists"
            );
        }
    }

    #[test]
    fn the_licence_has_an_address() {
        let mut document = good();
        document["info"]["license"] = json!({"name": "MIT", "identifier": "MIT"});
        assert_eq!(
            faults(&document),
            ["/info/license: it needs a url, which viewers link to"]
        );
    }
}
