//! Owns which changes of a schema break whom, for what is sent and for what is answered.
//! Leaves where schemas stand to `compatible`.

mod rules;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{members, word};
use crate::document::Pointer;
use rules::{ANNOTATIONS, BOUNDS, JUDGED, RULES};

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Parameter,
    RequestBody,
    RequestProperty,
    ResponseHeader,
    ResponseBody,
    ResponseProperty,
}

impl Subject {
    fn is_sent(self) -> bool {
        matches!(
            self,
            Self::Parameter | Self::RequestBody | Self::RequestProperty
        )
    }

    /// What a part of it is.
    fn part(self) -> Self {
        match self {
            Self::Parameter => Self::Parameter,
            Self::ResponseHeader => Self::ResponseHeader,
            Self::RequestBody | Self::RequestProperty => Self::RequestProperty,
            Self::ResponseBody | Self::ResponseProperty => Self::ResponseProperty,
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Parameter => "request-parameter",
            Self::RequestBody => "request-body",
            Self::RequestProperty => "request-property",
            Self::ResponseHeader => "response-header",
            Self::ResponseBody => "response-body",
            Self::ResponseProperty => "response-property",
        }
    }
}

/// Where a schema stands, and how people call what it describes.
pub(super) struct Place {
    at: Pointer,
    name: String,
    subject: Subject,
}

impl Place {
    pub(super) fn new(at: Pointer, name: &str, subject: Subject) -> Self {
        Self {
            at,
            name: name.to_owned(),
            subject,
        }
    }

    fn at(&self, at: Pointer) -> Self {
        Self::new(at, &self.name, self.subject)
    }

    fn part(&self, keyword: &str, name: &str) -> Self {
        let at = self.at.child(keyword);
        match keyword {
            "properties" => Self::new(at.child(name), name, self.subject.part()),
            _ => Self::new(at, &self.name, self.subject.part()),
        }
    }
}

/// A comparison of schemas, and the place, rule and words of each break that it finds.
pub(super) struct Schemas<'a> {
    blessed: &'a Value,
    current: &'a Value,
    /// The pairs of references that are being followed.
    followed: Vec<(&'a Value, &'a Value)>,
    pub(super) found: Vec<(Pointer, String, String)>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(blessed: &'a Value, current: &'a Value) -> Self {
        Self {
            blessed,
            current,
            followed: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Compares two schemas; a reference is as good as what it leads to.
    pub(super) fn compare(&mut self, place: &Place, blessed: &'a Value, current: &'a Value) {
        let (references, place) = match (blessed.get("$ref"), current.get("$ref")) {
            (None, None) => return self.keywords(place, blessed, current),
            (before, now) => {
                let leads_to = now.or(before).map(word).unwrap_or_default();
                let at = leads_to.trim_start_matches("#/").split('/');
                let at = at.fold(Pointer::default(), |at, part| at.child(part));
                ((before, now), place.at(at))
            }
        };
        let pair = (
            references.0.unwrap_or(&Value::Null),
            references.1.unwrap_or(&Value::Null),
        );
        if self.followed.contains(&pair) {
            return;
        }
        self.followed.push(pair);
        let (blessed, current) = (target(self.blessed, blessed), target(self.current, current));
        self.compare(&place, blessed, current);
        self.followed.pop();
    }

    fn keywords(&mut self, place: &Place, blessed: &'a Value, current: &'a Value) {
        self.types(place, blessed, current);
        self.values(place, blessed, current);
        self.bounds(place, blessed, current);
        self.forms(place, blessed, current);
        self.properties(place, blessed, current);
        self.other_properties(place, blessed, current);
        if let (Some(before), Some(now)) = (blessed.get("items"), current.get("items")) {
            self.compare(&place.part("items", ""), before, now);
        } else if blessed.get("items") != current.get("items") {
            self.add(place, "keyword-changed", "its items are others");
        }
        self.compositions(place, blessed, current);
        let keys: BTreeSet<&String> = members(blessed)
            .chain(members(current))
            .map(|(key, _)| key)
            .collect();
        for key in keys {
            let is_known = JUDGED.contains(&key.as_str())
                || ANNOTATIONS.contains(&key.as_str())
                || key.starts_with("x-")
                || BOUNDS.iter().any(|(keyword, ..)| keyword == key);
            if !is_known && blessed.get(key) != current.get(key) {
                let what = format!("no rule judges `{key}`, and it has changed");
                self.add(place, "keyword-changed", &what);
            }
        }
    }

    fn types(&mut self, place: &Place, blessed: &Value, current: &Value) {
        let (mut before, mut now) = (types(blessed), types(current));
        let took_null = before.as_mut().is_some_and(|types| types.remove("null"));
        let takes_null = now.as_mut().is_some_and(|types| types.remove("null"));
        if before.is_some() && now.is_some() {
            if place.subject.is_sent() && took_null && !takes_null {
                self.add(place, "became-not-nullable", "null is refused");
            }
            if !place.subject.is_sent() && takes_null && !took_null {
                self.add(place, "became-nullable", "it may be null");
            }
        }
        let (wide, narrow) = if place.subject.is_sent() {
            (&now, &before)
        } else {
            (&before, &now)
        };
        if !covers(wide.as_ref(), narrow.as_ref()) {
            let said = |types: &Option<BTreeSet<&str>>| {
                types.as_ref().map_or_else(
                    || "any".to_owned(),
                    |types| types.iter().copied().collect::<Vec<_>>().join(" or "),
                )
            };
            let what = format!("its type was {} and is {}", said(&before), said(&now));
            self.add(place, "type-changed", &what);
        }
    }

    fn values(&mut self, place: &Place, blessed: &Value, current: &Value) {
        let (before, now) = (values(blessed), values(current));
        match (place.subject.is_sent(), &before, &now) {
            (true, None, Some(now)) => {
                let what = format!("no more is taken than {}", json!(now));
                self.add(place, "became-enum", &what);
            }
            (false, Some(_), None) => {
                self.add(place, "enum-unset", "it may be anything now");
            }
            (true, Some(before), Some(now)) => {
                for value in before.iter().filter(|value| !now.contains(value)) {
                    let at = place.at(place.at.child("enum").child(&plain(value)));
                    self.add(&at, "enum-value-removed", &format!("{value} is refused"));
                }
            }
            (false, Some(before), Some(now)) => {
                for value in now.iter().filter(|value| !before.contains(value)) {
                    let at = place.at(place.at.child("enum").child(&plain(value)));
                    let what = format!("it may be {value}, which they do not know");
                    self.add(&at, "enum-value-added", &what);
                }
            }
            _ => {}
        }
        if place.subject.is_sent() && blessed.get("default") != current.get("default") {
            let said = |value: Option<&Value>| {
                value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
            };
            let what = format!(
                "left out, it meant {} and means {}",
                said(blessed.get("default")),
                said(current.get("default"))
            );
            self.add(place, "default-value-changed", &what);
        }
    }

    fn bounds(&mut self, place: &Place, blessed: &Value, current: &Value) {
        for (keyword, is_upper, name) in BOUNDS {
            // An absent lower bound of a length is a bound of 0.
            let counts = keyword.starts_with("min") && keyword != "minimum";
            let read = |schema: &Value| {
                let bound = schema.get(keyword).and_then(Value::as_f64);
                bound.or(counts.then_some(0.0))
            };
            let (before, now) = (read(blessed), read(current));
            let change = match (place.subject.is_sent(), before, now) {
                (true, None, Some(_)) => "set",
                (false, Some(_), None) => "unset",
                (true, Some(before), Some(now)) if is_upper && now < before => "decreased",
                (true, Some(before), Some(now)) if !is_upper && now > before => "increased",
                (false, Some(before), Some(now)) if is_upper && now > before => "increased",
                (false, Some(before), Some(now)) if !is_upper && now < before => "decreased",
                _ => continue,
            };
            let said = |schema: &Value| {
                schema
                    .get(keyword)
                    .map_or_else(|| "not set".to_owned(), ToString::to_string)
            };
            let what = format!("{keyword} was {} and is {}", said(blessed), said(current));
            let rule = format!("{name}-{change}");
            self.note(place, &rule, &what);
        }
    }

    fn forms(&mut self, place: &Place, blessed: &Value, current: &Value) {
        let sent = place.subject.is_sent();
        for (keyword, rule) in [("pattern", "pattern-changed"), ("format", "format-changed")] {
            let (before, now) = (form(blessed, keyword), form(current, keyword));
            let (wide, narrow) = if sent { (now, before) } else { (before, now) };
            let is_wider = wide.is_none() || (wide, narrow) == (Some("int64"), Some("int32"));
            if before != now && !is_wider {
                let said = |form: Option<&str>| form.unwrap_or("not set").to_owned();
                let what = format!("{keyword} was {} and is {}", said(before), said(now));
                self.add(place, rule, &what);
            }
        }
        let (before, now) = (
            blessed["uniqueItems"] == true,
            current["uniqueItems"] == true,
        );
        if before != now && now == sent {
            let what = if sent {
                "an element that stands in it twice is refused"
            } else {
                "an element may stand in it twice"
            };
            self.add(place, "unique-items-changed", what);
        }
    }

    fn properties(&mut self, place: &Place, blessed: &'a Value, current: &'a Value) {
        let is_required = |schema: &Value, name: &str| {
            let required = schema["required"].as_array();
            required.is_some_and(|required| required.iter().any(|member| member == name))
        };
        let sent = place.subject.is_sent();
        for (name, before) in members(&blessed["properties"]) {
            let part = place.part("properties", name);
            let was_required = is_required(blessed, name);
            let Some(now) = current["properties"].get(name) else {
                let rule = match (sent, was_required) {
                    (true, _) => "removed",
                    (false, true) => "required-removed",
                    (false, false) => "optional-removed",
                };
                self.removed(&part, rule);
                continue;
            };
            let is_required = is_required(current, name);
            if sent && is_required && !was_required {
                self.add(&part, "became-required", "it must be sent");
            }
            if !sent && was_required && !is_required {
                self.add(&part, "became-optional", "it may be left out");
            }
            self.compare(&part, before, now);
        }
        for (name, _) in members(&current["properties"]) {
            if sent && is_required(current, name) && blessed["properties"].get(name).is_none() {
                let part = place.part("properties", name);
                self.add(&part, "new-required", "it must be sent");
            }
        }
    }

    fn removed(&mut self, part: &Place, rule: &str) {
        let name = &part.name;
        let (id, what) = match rule {
            "removed" => (
                "request-property-removed",
                format!("whoever sends `{name}` is refused or no longer understood"),
            ),
            "required-removed" => (
                "response-required-property-removed",
                format!("clients that read `{name}`, which was always there, no longer find it"),
            ),
            _ => (
                "response-optional-property-removed",
                format!("clients that read `{name}` no longer find it"),
            ),
        };
        self.found.push((part.at.clone(), id.to_owned(), what));
    }

    fn other_properties(&mut self, place: &Place, blessed: &'a Value, current: &'a Value) {
        const ANY: &Value = &Value::Bool(true);
        let key = "additionalProperties";
        let before = blessed.get(key).unwrap_or(ANY);
        let now = current.get(key).unwrap_or(ANY);
        if before.is_object() && now.is_object() {
            self.compare(&place.part(key, ""), before, now);
        } else if place.subject.is_sent() && before != now && *now != *ANY {
            let what = "members that are not listed are refused";
            self.add(place, "additional-properties-closed", what);
        } else if !place.subject.is_sent() && before.is_object() && *now == *ANY {
            let what = "members that are not listed may be anything";
            self.add(place, "additional-properties-opened", what);
        }
    }

    fn compositions(&mut self, place: &Place, blessed: &'a Value, current: &'a Value) {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let branches = |schema: &'a Value| schema.get(keyword).and_then(Value::as_array);
            let (before, now) = match (branches(blessed), branches(current)) {
                (None, None) => continue,
                (Some(before), Some(now)) if before.len() == now.len() => (before, now),
                _ => {
                    let what = format!("the choices of {keyword} are others");
                    self.add(place, "composition-changed", &what);
                    continue;
                }
            };
            for (index, (before, now)) in before.iter().zip(now).enumerate() {
                let at = place.at.child(keyword).element(index);
                self.compare(&place.at(at), before, now);
            }
        }
    }

    fn add(&mut self, place: &Place, rule: &'static str, what: &str) {
        debug_assert!(RULES.contains(&rule), "{rule} is not in the list of rules");
        self.note(place, rule, what);
    }

    fn note(&mut self, place: &Place, rule: &str, what: &str) {
        let Place { at, name, subject } = place;
        let id = match (rule, subject.is_sent()) {
            ("new-required", _) => "new-required-request-property".to_owned(),
            _ => format!("{}-{rule}", subject.prefix()),
        };
        let whom = if subject.is_sent() {
            format!("whoever sends `{name}` as before may be refused or understood otherwise")
        } else {
            format!("clients that read `{name}` may get what they never got")
        };
        let whom = match rule {
            "became-required" | "new-required" => format!("whoever leaves `{name}` out is refused"),
            "became-optional" => format!("clients that count on `{name}` may not find it"),
            "default-value-changed" => format!("whoever leaves `{name}` out gets something else"),
            _ => whom,
        };
        self.found.push((at.clone(), id, format!("{whom}: {what}")));
    }
}

/// What a schema's reference leads to, or the schema.
fn target<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let pointer = reference.map(|reference| reference.trim_start_matches('#'));
    pointer.map_or(schema, |pointer| {
        document.pointer(pointer).unwrap_or(&Value::Null)
    })
}

/// The types that a schema allows; `None` for all.
fn types(schema: &Value) -> Option<BTreeSet<&str>> {
    match schema.get("type")? {
        Value::Array(types) => Some(types.iter().map(word).collect()),
        single => Some(BTreeSet::from([word(single)])),
    }
}

fn covers(wide: Option<&BTreeSet<&str>>, narrow: Option<&BTreeSet<&str>>) -> bool {
    let Some(wide) = wide else {
        return true;
    };
    narrow.is_some_and(|narrow| {
        narrow
            .iter()
            .all(|name| wide.contains(name) || (*name == "integer" && wide.contains("number")))
    })
}

/// The values that a schema lists, if it does.
fn values(schema: &Value) -> Option<Vec<&Value>> {
    let listed = schema.get("enum").and_then(Value::as_array);
    listed
        .map(|listed| listed.iter().collect())
        .or_else(|| schema.get("const").map(|only| vec![only]))
}

/// A pattern or format; `password` only says how to treat the value.
fn form<'a>(schema: &'a Value, keyword: &str) -> Option<&'a str> {
    let form = schema.get(keyword).and_then(Value::as_str);
    form.filter(|form| *form != "password")
}

/// A value without the quotes of JSON.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
