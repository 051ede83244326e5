//! Owns which changes of a contract break whom: requests may widen, answers may narrow.
//! Leaves schemas to `compatible::schema`, and which breaks are meant to `blessed`.

mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::document::Pointer;
use schema::{Place, Schemas, Subject};

/// The rules for everything around schemas, by the ids that oasdiff has for them where it has one.
const RULES: [&str; 27] = [
    "api-operation-id-removed",
    "api-path-removed-without-deprecation",
    "api-removed-without-deprecation",
    "api-schema-removed",
    "api-security-component-changed",
    "api-security-component-removed",
    "api-security-removed",
    "api-security-scope-added",
    "new-required-request-parameter",
    "optional-response-header-removed",
    "request-body-added-required",
    "request-body-became-required",
    "request-body-media-type-removed",
    "request-body-removed",
    "request-parameter-became-required",
    "request-parameter-removed",
    "request-parameter-style-changed",
    "required-response-header-removed",
    "response-body-added",
    "response-body-removed",
    "response-header-became-optional",
    "response-media-type-added",
    "response-media-type-removed",
    "response-non-success-status-removed",
    "response-success-status-added",
    "response-success-status-removed",
    "webhooks-changed",
];

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// A change that breaks clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Break {
    /// Where it is, in whichever of the documents has it.
    pub(crate) at: Pointer,
    /// The id of the rule that it breaks.
    pub(crate) rule: String,
    /// What breaks for whom.
    what: String,
    /// The operations that it happens in.
    operations: Vec<String>,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, rule, what, .. } = self;
        write!(f, "{at}: {rule}: {what}")?;
        match &self.operations[..] {
            [] => Ok(()),
            [only] => write!(f, " (in {only})"),
            [first, rest @ ..] => write!(f, " (in {first} and {} more)", rest.len()),
        }
    }
}

/// What breaks for those who go by the blessed document. Both have references to schemas only.
pub(crate) fn breaks(blessed: &Value, current: &Value) -> Vec<Break> {
    let mut comparison = Comparison {
        blessed,
        current,
        operation: None,
        found: Vec::new(),
    };
    comparison.paths();
    comparison.components();
    if blessed.get("webhooks") != current.get("webhooks") {
        let at = Pointer::default().child("webhooks");
        comparison.add(&at, "webhooks-changed", "no rule judges webhooks".into());
    }
    comparison.found
}

struct Comparison<'a> {
    blessed: &'a Value,
    current: &'a Value,
    /// The operation that is compared.
    operation: Option<String>,
    found: Vec<Break>,
}

impl<'a> Comparison<'a> {
    fn paths(&mut self) {
        let at = Pointer::default().child("paths");
        for (path, item) in members(&self.blessed["paths"]) {
            let at = at.child(path);
            let Some(current) = self.current["paths"].get(path) else {
                let what = format!("whoever calls {path} finds nothing there");
                self.add(&at, "api-path-removed-without-deprecation", what);
                continue;
            };
            for method in METHODS {
                let Some(operation) = item.get(method) else {
                    continue;
                };
                let at = at.child(method);
                let Some(current_operation) = current.get(method) else {
                    let what = format!(
                        "whoever sends {} {path} is refused",
                        method.to_ascii_uppercase()
                    );
                    self.add(&at, "api-removed-without-deprecation", what);
                    continue;
                };
                let id = operation["operationId"].as_str().unwrap_or(method);
                self.operation = Some(id.to_owned());
                let blessed_parameters = parameters(item, operation);
                let current_parameters = parameters(current, current_operation);
                self.parameters(&at, &blessed_parameters, &current_parameters);
                self.operation(&at, operation, current_operation);
                self.operation = None;
            }
        }
    }

    fn operation(&mut self, at: &Pointer, blessed: &'a Value, current: &'a Value) {
        if blessed["operationId"] != current["operationId"] {
            let what = format!(
                "generated clients lose the method {}, which is {} now",
                blessed["operationId"], current["operationId"]
            );
            self.add(&at.child("operationId"), "api-operation-id-removed", what);
        }
        self.security(&at.child("security"), blessed, current);
        let body = at.child("requestBody");
        self.request_body(&body, &blessed["requestBody"], &current["requestBody"]);
        let at = at.child("responses");
        for (status, response) in members(&blessed["responses"]) {
            let at = at.child(status);
            match current["responses"].get(status) {
                Some(current) => self.response(&at, status, response, current),
                None if is_success(status) => {
                    let what = format!(
                        "clients that wait for {status} do not know the success that comes instead"
                    );
                    self.add(&at, "response-success-status-removed", what);
                }
                None => {
                    let what =
                        format!("clients that handle {status} do not know what comes instead");
                    self.add(&at, "response-non-success-status-removed", what);
                }
            }
        }
        for (status, _) in members(&current["responses"]) {
            if is_success(status) && blessed["responses"].get(status).is_none() {
                let what = format!("clients that know the successes so far do not know {status}");
                self.add(&at.child(status), "response-success-status-added", what);
            }
        }
    }

    fn parameters(&mut self, at: &Pointer, blessed: &[&'a Value], current: &[&'a Value]) {
        let at = at.child("parameters");
        for parameter in blessed {
            let (place, name) = (&parameter["in"], word(&parameter["name"]));
            let at = at.child(name);
            let Some(now) = find(current, parameter) else {
                let what = format!(
                    "whoever sends `{name}` ({}) is refused or no longer understood",
                    word(place)
                );
                self.add(&at, "request-parameter-removed", what);
                continue;
            };
            if parameter["required"] != true && now["required"] == true {
                let what = format!("whoever leaves `{name}` out is refused");
                self.add(&at, "request-parameter-became-required", what);
            }
            if ["style", "explode", "allowReserved"]
                .iter()
                .any(|key| parameter.get(key) != now.get(key))
            {
                let what = format!("whoever writes `{name}` as before is misunderstood");
                self.add(&at, "request-parameter-style-changed", what);
            }
            self.schemas(
                &Place::new(at.child("schema"), name, Subject::Parameter),
                &parameter["schema"],
                &now["schema"],
            );
        }
        for parameter in current {
            if parameter["required"] == true && find(blessed, parameter).is_none() {
                let name = word(&parameter["name"]);
                let what = format!("whoever does not know `{name}` and leaves it out is refused");
                self.add(&at.child(name), "new-required-request-parameter", what);
            }
        }
    }

    fn request_body(&mut self, at: &Pointer, blessed: &'a Value, current: &'a Value) {
        let is_required = |body: &Value| body["required"] == true;
        match (blessed.is_object(), current.is_object()) {
            (false, true) if is_required(current) => {
                let what = "whoever sends no body is refused".to_owned();
                self.add(at, "request-body-added-required", what);
                return;
            }
            (true, false) => {
                let what = "whoever sends a body is refused or no longer understood".to_owned();
                self.add(at, "request-body-removed", what);
                return;
            }
            (true, true) => {}
            _ => return,
        }
        if !is_required(blessed) && is_required(current) {
            let what = "whoever sends no body is refused".to_owned();
            self.add(at, "request-body-became-required", what);
        }
        let at = at.child("content");
        for (media, content) in members(&blessed["content"]) {
            let at = at.child(media);
            let Some(now) = current["content"].get(media) else {
                let what = format!("whoever sends {media} is refused");
                self.add(&at, "request-body-media-type-removed", what);
                continue;
            };
            let place = Place::new(at.child("schema"), "the body", Subject::RequestBody);
            self.schemas(&place, &content["schema"], &now["schema"]);
        }
    }

    fn response(&mut self, at: &Pointer, status: &str, blessed: &'a Value, current: &'a Value) {
        let headers = at.child("headers");
        for (name, header) in members(&blessed["headers"]) {
            let at = headers.child(name);
            let was_required = header["required"] == true;
            let Some(now) = current["headers"].get(name) else {
                let rule = if was_required {
                    "required-response-header-removed"
                } else {
                    "optional-response-header-removed"
                };
                let what = format!("clients that read {name} of a {status} no longer find it");
                self.add(&at, rule, what);
                continue;
            };
            if was_required && now["required"] != true {
                let what = format!("clients that count on {name} of a {status} may not find it");
                self.add(&at, "response-header-became-optional", what);
            }
            let place = Place::new(at.child("schema"), name, Subject::ResponseHeader);
            self.schemas(&place, &header["schema"], &now["schema"]);
        }
        let at = at.child("content");
        let has_body = |response: &Value| members(&response["content"]).next().is_some();
        match (has_body(blessed), has_body(current)) {
            (true, false) => {
                let what = format!("clients that read the body of a {status} find none");
                self.add(&at, "response-body-removed", what);
                return;
            }
            (false, true) => {
                let what = format!("clients that expect no body with a {status} get one");
                self.add(&at, "response-body-added", what);
                return;
            }
            _ => {}
        }
        for (media, content) in members(&blessed["content"]) {
            let at = at.child(media);
            let Some(now) = current["content"].get(media) else {
                let what = format!("clients that read {media} of a {status} get something else");
                self.add(&at, "response-media-type-removed", what);
                continue;
            };
            let place = Place::new(at.child("schema"), "the body", Subject::ResponseBody);
            self.schemas(&place, &content["schema"], &now["schema"]);
        }
        for (media, _) in members(&current["content"]) {
            if blessed["content"].get(media).is_none() {
                let what = format!("clients may get {media} in a {status}, which they cannot read");
                self.add(&at.child(media), "response-media-type-added", what);
            }
        }
    }

    /// Every way to prove oneself must go on being enough.
    fn security(&mut self, at: &Pointer, blessed: &Value, current: &Value) {
        let (blessed, current) = (
            alternatives(self.blessed, blessed),
            alternatives(self.current, current),
        );
        for alternative in blessed {
            let schemes = Value::Object(alternative.clone());
            let known = |wanted: &Map<String, Value>| {
                wanted.keys().all(|scheme| alternative.contains_key(scheme))
            };
            let mut fitting = current.iter().filter(|wanted| known(wanted)).peekable();
            if fitting.peek().is_none() {
                let what = format!("whoever proves itself by {schemes} is refused");
                self.add(at, "api-security-removed", what);
            } else if !fitting.any(|wanted| has_scopes(&alternative, wanted)) {
                let what = format!("whoever has no more than {schemes} is refused");
                self.add(at, "api-security-scope-added", what);
            }
        }
    }

    fn components(&mut self) {
        let at = Pointer::default().child("components");
        let (blessed, current) = (&self.blessed["components"], &self.current["components"]);
        for (name, scheme) in members(&blessed["securitySchemes"]) {
            let at = at.child("securitySchemes").child(name);
            match current["securitySchemes"].get(name) {
                None => {
                    let what = format!("clients that are set up for {name} do not find it");
                    self.add(&at, "api-security-component-removed", what);
                }
                Some(now) if essence(scheme) != essence(now) => {
                    let what = format!("whoever proves itself by {name} as before is refused");
                    self.add(&at, "api-security-component-changed", what);
                }
                Some(_) => {}
            }
        }
        for (name, _) in members(&blessed["schemas"]) {
            if current["schemas"].get(name).is_none() {
                let what =
                    format!("code that uses a generated client's type {name} does not build");
                self.add(&at.child("schemas").child(name), "api-schema-removed", what);
            }
        }
    }

    fn schemas(&mut self, place: &Place, blessed: &'a Value, current: &'a Value) {
        let mut schemas = Schemas::new(self.blessed, self.current);
        schemas.compare(place, blessed, current);
        for (at, rule, what) in schemas.found {
            self.note(&at, rule, what);
        }
    }

    fn add(&mut self, at: &Pointer, rule: &'static str, what: String) {
        debug_assert!(RULES.contains(&rule), "{rule} is not in the list of rules");
        self.note(at, rule.to_owned(), what);
    }

    /// Keeps a break, once for all operations that share the place.
    fn note(&mut self, at: &Pointer, rule: String, what: String) {
        let same = |known: &&mut Break| known.at == *at && known.rule == rule && known.what == what;
        let operation = self.operation.clone();
        if let Some(known) = self.found.iter_mut().find(same) {
            let operations: BTreeSet<String> =
                known.operations.drain(..).chain(operation).collect();
            known.operations = operations.into_iter().collect();
            return;
        }
        self.found.push(Break {
            at: at.clone(),
            rule,
            what,
            operations: operation.into_iter().collect(),
        });
    }
}

/// The members of an object; none of anything else.
fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// The parameters of an operation, with those of its path that it does not have itself.
fn parameters<'a>(item: &'a Value, operation: &'a Value) -> Vec<&'a Value> {
    let list = |value: &'a Value| value["parameters"].as_array().into_iter().flatten();
    let mut found: Vec<&Value> = list(operation).collect();
    for parameter in list(item) {
        if find(&found, parameter).is_none() {
            found.push(parameter);
        }
    }
    found
}

/// The parameter with the place and the name of this one.
fn find<'a>(parameters: &[&'a Value], wanted: &Value) -> Option<&'a Value> {
    let is_it = |parameter: &&&Value| {
        let (name, wanted_name) = (word(&parameter["name"]), word(&wanted["name"]));
        let same_name = if wanted["in"] == "header" {
            name.eq_ignore_ascii_case(wanted_name)
        } else {
            name == wanted_name
        };
        parameter["in"] == wanted["in"] && same_name
    };
    parameters.iter().find(is_it).copied()
}

/// The ways to prove oneself for an operation; nothing to prove is one, too.
fn alternatives(document: &Value, operation: &Value) -> Vec<Map<String, Value>> {
    let own = operation.get("security").or(document.get("security"));
    let listed = own.and_then(Value::as_array).into_iter().flatten();
    let listed: Vec<_> = listed.filter_map(Value::as_object).cloned().collect();
    if listed.is_empty() {
        return vec![Map::new()];
    }
    listed
}

/// Whether a credential has all the scopes that are wanted of its schemes.
fn has_scopes(credential: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(scheme, scopes)| {
        let has = credential[scheme].as_array();
        let mut scopes = scopes.as_array().into_iter().flatten();
        scopes.all(|scope| has.is_some_and(|has| has.contains(scope)))
    })
}

/// What of a security scheme a client must keep to.
fn essence(scheme: &Value) -> Value {
    let Value::Object(scheme) = scheme else {
        return scheme.clone();
    };
    let kept = scheme
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "description" | "scopes" | "bearerFormat"));
    let kept = kept.map(|(key, value)| (key.clone(), essence(value)));
    json!(kept.collect::<Map<_, _>>())
}
