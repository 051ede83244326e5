//! Rules that only a refusal told once: the document tells each where its reader looks, and the answer to whoever
//! breaks it has its status and names the same thing.
//! Leaves rules that a schema tells by itself to `bad_input`.

use serde_json::{Value, json};

use crate::support::documents::{canonical, find};
use crate::support::{Answer, Request, Root, Server};

const RETRY: &str = "3b0c7f0e-52a8-4d4e-9d55-7f6d8d2f1a11";

/// A rule, a request that breaks it, and where and how the document tells it.
struct Rule {
    contract: &'static str,
    /// A description within the document, or the response with the rule's status.
    place: Place,
    words: &'static str,
    breaks: Request,
    status: u16,
    /// What the refusal names, in its first words.
    names: &'static str,
}

enum Place {
    /// The response of this operation.
    Response(&'static str, &'static str),
    /// A description, by its pointer.
    At(&'static str),
}

use Place::{At, Response};

impl Rule {
    /// What is wrong with the document or with the answer, if anything is.
    async fn fault(self) -> Option<String> {
        let described = self.description();
        let answer = self.breaks.send().await;
        let said = message(&answer);
        let is_told = described.contains(self.words);
        let is_refused = answer.status == self.status && said.contains(self.names);
        (!is_told || !is_refused).then(|| {
            format!(
                "{}: `{}` is to stand in \"{described}\", and {} with {} in {}: {said}",
                self.contract, self.words, self.status, self.names, answer.status
            )
        })
    }

    fn description(&self) -> &'static str {
        let document = canonical(self.contract);
        let found = match self.place {
            At(pointer) => document.pointer(pointer),
            Response(method, path) => {
                let (_, item) = find(path).unwrap();
                let response = &item[method]["responses"][self.status.to_string()];
                let pointer = response["$ref"].as_str().map(|reference| &reference[1..]);
                pointer.map_or(Some(response), |pointer| document.pointer(pointer))
            }
        };
        let found = found.unwrap_or_else(|| panic!("{}: the place is gone", self.contract));
        let description = found.get("description").unwrap_or(found);
        description.as_str().unwrap()
    }
}

/// The words of a refusal, wherever its contract has them.
fn message(answer: &Answer) -> String {
    let body = answer.json();
    let places = [
        "/errors/0/detail",
        "/errors/0/message",
        "/detail",
        "/message",
        "/error/message",
        "/error_description",
    ];
    let found = places.iter().find_map(|place| body.pointer(place));
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_only_a_refusal_told_stands_in_the_document() {
    let server = Server::start();
    let over = Server::with(&[
        ("user_key.v1_deprecated_at", "2021-01-01T00:00:00Z"),
        ("user_key.v1_shutdown_at", "2022-02-02T00:00:00Z"),
    ]);
    let root = server.root();
    let mut rules = rules_of_retries(&root).await;
    rules.extend(rules_of_kinds(&root).await);
    rules.extend(rules_of_bodies(&root).await);
    rules.push(Rule {
        contract: "user-key",
        place: Response("put", "/user/api-key"),
        words: "names a version that was shut down",
        breaks: over.root().user().await.request(),
        status: 400,
        names: "has been shut down",
    });
    let mut faults = Vec::new();
    for rule in rules {
        faults.extend(rule.fault().await);
    }
    assert_eq!(faults, [""; 0]);
}

/// A value that was used for something else, and one whose key was replaced since.
async fn rules_of_retries(root: &Root) -> Vec<Rule> {
    let organization = root.organization().await;
    let token = root.client_of(&organization).await.token().await;
    let named = root.named_of(&organization).await;
    let mut rules = Vec::new();
    for (contract, path, request) in [
        ("client-keys", "/api-keys", token.request()),
        ("named-keys", "/v0/api_keys", named.request()),
    ] {
        let request = request.header("idempotency-key", RETRY);
        let first = request.clone().json(&json!({ "name": "one" }));
        first.send().await.expect(201);
        rules.push(Rule {
            contract,
            place: Response("post", path),
            words: "`Idempotency-Key` was used with another body",
            breaks: request.json(&json!({ "name": "two" })),
            status: 400,
            names: "Idempotency-Key",
        });
    }
    let user = root.user().await;
    let made = user.request().header("idempotency-key", RETRY).send();
    let made = made.await.expect(200).string("/apikey");
    let last = user.request_with(&made).send().await.expect(200);
    let retry = user.request_with(&last.string("/apikey"));
    rules.push(Rule {
        contract: "user-key",
        place: Response("put", "/user/api-key"),
        words: "the key that this `Idempotency-Key` issued has been replaced since",
        breaks: retry.header("idempotency-key", RETRY),
        status: 400,
        names: "Idempotency-Key",
    });
    let made = organization.request().header("idempotency-key", RETRY);
    let made = made.send().await.expect(200).string("/result/api_key");
    let last = organization.request_with(&made).send().await.expect(200);
    let retry = organization.request_with(&last.string("/result/api_key"));
    rules.push(Rule {
        contract: "organization-key",
        place: Response("put", "/organizations/api-keys"),
        words: "the key that this `Idempotency-Key` issued has been replaced since",
        breaks: retry.header("idempotency-key", RETRY),
        status: 400,
        names: "Idempotency-Key",
    });
    rules
}

/// What depends on the kind of a key.
async fn rules_of_kinds(root: &Root) -> Vec<Rule> {
    const OWNER: &str = "/components/schemas/KeyInput/properties/owner_id";
    const SCOPES: &str = "/components/schemas/KeyInput/properties/scopes";
    let (user, organization) = (root.user().await, root.organization().await);
    let rule = |place, words, breaks, names| Rule {
        contract: "control",
        place: At(place),
        words,
        breaks,
        status: 422,
        names,
    };
    let make = |body: Value| root.request("POST", "/v1/keys").json(&body);
    let mut rules = Vec::new();
    for id in [&user.key_id, &organization.key_id] {
        let rotation = root.request("POST", &format!("/v1/keys/{id}/rotate"));
        rules.push(rule(
            "/components/schemas/Rotation/properties/grace_seconds",
            "A `user` or `organization` key stops at once: for these it must be 0.",
            rotation.json(&json!({ "grace_seconds": 1 })),
            "grace_seconds",
        ));
    }
    for kind in ["organization", "client", "named"] {
        rules.push(rule(
            OWNER,
            "an organization for an `organization`, `client` or `named` key",
            make(json!({ "kind": kind, "owner_id": user.id, "name": "x" })),
            "needs an owner of kind 'organization'",
        ));
    }
    rules.push(rule(
        OWNER,
        "a user for a `user` key",
        make(json!({ "kind": "user", "owner_id": organization.id })),
        "needs an owner of kind 'user'",
    ));
    for (kind, words) in [
        ("named", "a `named` key gets `Read` and `Write`"),
        (
            "client",
            "a `client` key `create:api-key`, `read:api-key` and `delete:api-key`",
        ),
        (
            "control",
            "A `control` key can have `keys:verify`, `keys:read`, `keys:write`, `owners:read`, \
             `owners:write` and `events:read`",
        ),
        ("organization", "a `user` or `organization` key nothing"),
    ] {
        let body = json!({
            "kind": kind, "owner_id": organization.id, "name": "x", "scopes": ["reports:read"],
        });
        rules.push(rule(SCOPES, words, make(body), "scopes"));
    }
    let nobody = uuid::Uuid::nil();
    rules.push(Rule {
        contract: "control",
        place: At(OWNER),
        words: "One that is not there is answered 404.",
        breaks: make(json!({ "kind": "standard", "owner_id": nobody })),
        status: 404,
        names: "owner",
    });
    rules.push(rule(
        "/components/schemas/OrganizationInput/properties/parent_id",
        "One that is not there is refused with 422.",
        root.request("POST", "/v1/organizations")
            .json(&json!({ "name": "x", "parent_id": nobody })),
        "parent_id",
    ));
    rules
}

/// What is wrong with a body, a name or a number.
async fn rules_of_bodies(root: &Root) -> Vec<Rule> {
    let organization = root.organization().await;
    let token = root.client_of(&organization).await.token().await;
    let users = root.request("POST", "/v1/users");
    vec![
        Rule {
            contract: "control",
            place: Response("post", "/v1/users"),
            words: "a body that is no JSON object",
            breaks: users.body("application/json", "[]"),
            status: 400,
            names: "must be a JSON object",
        },
        Rule {
            contract: "control",
            place: Response("get", "/v1/users"),
            words: "a query parameter that is unknown or repeated",
            breaks: root.request("GET", "/v1/users?plans=free"),
            status: 400,
            names: "plans",
        },
        Rule {
            contract: "client-keys",
            place: At("/components/schemas/ApiKeyInput/properties/name"),
            words: "U+0000 is not allowed",
            breaks: token.request().json(&json!({ "name": "a\u{0}" })),
            status: 400,
            names: "U+0000",
        },
    ]
}

#[tokio::test]
async fn a_list_is_passed_over_as_far_as_the_document_says() {
    let server = Server::start();
    let root = server.root();
    let client = root.client_of(&root.organization().await).await;
    let token = client.token().await.token;
    let parameters = &canonical("client-keys")["paths"]["/api-keys"]["get"]["parameters"];
    let mut parameters = parameters.as_array().unwrap().iter();
    let offset = parameters.find(|parameter| parameter["name"] == "offset");
    let last = offset.unwrap()["schema"]["maximum"].as_i64().unwrap();
    let skip = |offset| {
        server
            .get(&format!("/api-keys?offset={offset}"))
            .bearer(&token)
    };
    skip(last).send().await.expect(200);
    let refused = skip(last + 1).send().await.expect(400);
    assert!(message(&refused).contains("offset"), "{}", refused.text());
}

#[tokio::test]
async fn the_scopes_that_the_document_lists_are_those_that_keys_can_have() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let pointer = "/components/schemas/KeyInput/properties/scopes/description";
    let told = canonical("control").pointer(pointer).unwrap();
    let words = told.as_str().unwrap().split('`');
    let scopes: Vec<&str> = words.filter(|word| word.contains(':')).collect();
    assert_eq!(scopes.len(), 9, "{scopes:?}");
    for scope in scopes {
        let kind = if scope.ends_with(":api-key") {
            "client"
        } else {
            "control"
        };
        let body = json!({
            "kind": kind, "owner_id": organization.id, "name": scope, "scopes": [scope],
        });
        root.issue(body).await;
    }
    for scope in ["Read", "Write"] {
        let body = json!({
            "kind": "named", "owner_id": organization.id, "name": scope, "scopes": [scope],
        });
        root.issue(body).await;
    }
}

#[tokio::test]
async fn the_root_key_is_held_by_no_limit_as_the_document_says() {
    let server = Server::with(&[
        ("control.rate_limit_per_minute", "1"),
        ("control.rate_limit_burst", "1"),
    ]);
    let root = server.root();
    let reader = root.control(&["keys:read"]).await;
    let limited = Rule {
        contract: "control",
        place: Response("get", "/v1/keys"),
        words: "the root key has none",
        breaks: {
            reader.get("/v1/keys").await.expect(200);
            reader.request("GET", "/v1/keys")
        },
        status: 429,
        names: "too many requests",
    };
    assert_eq!(limited.fault().await, None);
    for _ in 0..3 {
        root.get("/v1/keys").await.expect(200);
    }
}

#[tokio::test]
async fn the_tokens_example_fits_the_security_that_stands_first() {
    let server = Server::start();
    let root = server.root();
    let client = root.client_of(&root.organization().await).await;
    let operation = &canonical("client-keys")["paths"]["/oauth/token"]["post"];
    assert!(operation["security"][0].get("client_basic").is_some());
    let example = &operation["requestBody"]["content"]["application/json"]["example"];
    let request = server.post("/oauth/token").json(example);
    let request = request.basic(&client.id, &client.secret);
    request.send().await.expect(200);
    let mut both = example.clone();
    both["client_id"] = client.id.as_str().into();
    both["client_secret"] = client.secret.as_str().into();
    let request = server.post("/oauth/token").json(&both);
    let request = request.basic(&client.id, &client.secret);
    let refused = request.send().await.expect(400);
    assert!(message(&refused).contains("not both"), "{}", refused.text());
}
