//! A good request for every operation of every document; an operation without one fails its test.

use serde_json::{Value, json};

use crate::support::{
    Answer, Client, NamedHolder, Organization, Request, Root, Server, TokenHolder, User,
};

/// What one operation is asked, when all is well.
pub(crate) struct Case {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// What the document says of the operation.
    pub(crate) described: Value,
    /// The header with the credential.
    proof: Option<(&'static str, String)>,
}

impl Case {
    /// Takes the new key, where the one before it was replaced.
    pub(crate) fn follow(&mut self, answer: &Answer) {
        if self.method != "PUT" || answer.status != 200 {
            return;
        }
        let key = match self.proof {
            Some(("authorization", _)) => format!("Bearer {}", answer.string("/apikey")),
            _ => answer.string("/result/api_key"),
        };
        if let Some((_, proof)) = &mut self.proof {
            *proof = key;
        }
    }

    /// The credential that the operation wants, as a header's value.
    pub(crate) fn credential(&self) -> Option<&str> {
        self.proof.as_ref().map(|(_, value)| value.as_str())
    }

    /// A request with the credential that the operation wants.
    pub(crate) fn prove(&self, request: Request) -> Request {
        match &self.proof {
            Some((header, value)) => request.with(header, value),
            None => request,
        }
    }
}

/// One of everything.
pub(crate) struct World {
    root: Root,
    user: User,
    organization: Organization,
    named: NamedHolder,
    client: Client,
    token: TokenHolder,
}

impl World {
    pub(crate) async fn new(server: &Server) -> Self {
        let root = server.root();
        let organization = root.organization().await;
        let client = root.client_of(&organization).await;
        Self {
            user: root.user().await,
            named: root.named_of(&organization).await,
            token: client.token().await,
            client,
            organization,
            root,
        }
    }

    /// The good request for an operation.
    ///
    /// # Panics
    /// When nobody has written one: do that here.
    pub(crate) async fn case(
        &self,
        contract: &str,
        method: &str,
        path: &str,
        operation: &Value,
    ) -> Case {
        let bearer = |key: &str| Some(("authorization", format!("Bearer {key}")));
        let proof = match contract {
            "user-key" => bearer(&self.user.key),
            "client-keys" if path.starts_with("/api-keys") => bearer(&self.token.token),
            "named-keys" => bearer(&self.named.key),
            "organization-key" => Some(("slashid-api-key", self.organization.key.clone())),
            "control" => bearer(&self.root.site.root_key),
            _ => None,
        };
        let mut case = Case {
            method: method.to_ascii_uppercase(),
            target: path.to_owned(),
            headers: Vec::new(),
            body: None,
            described: operation.clone(),
            proof,
        };
        match (contract, operation["operationId"].as_str().unwrap()) {
            ("user-key", _) => case.headers.push(("x-exorde-api-version", "v1".to_owned())),
            ("organization-key", "generate_organization_key") => {
                case.headers
                    .push(("slashid-orgid", self.organization.id.clone()));
                let level = "all_regions".to_owned();
                case.headers.push(("slashid-required-consistency", level));
            }
            ("client-keys" | "named-keys", "create_client_key" | "create_named_key") => {
                case.body = Some(json!({"name": "made by the test"}));
                if contract == "named-keys" {
                    case.body = Some(json!({"name": "made-by-the-test"}));
                }
            }
            ("client-keys", "delete_client_key") => {
                let other = self.root.client_of(&self.organization).await;
                case.target = path.replace("{clientId}", &other.id);
            }
            ("client-keys", "issue_token") => {
                case.body = Some(json!({
                    "grant_type": "client_credentials",
                    "client_id": self.client.id,
                    "client_secret": self.client.secret,
                }));
            }
            ("client-keys", "introspect_token" | "revoke_token") => {
                case.body = Some(json!({
                    "token": self.client.token().await.token,
                    "client_id": self.client.id,
                    "client_secret": self.client.secret,
                }));
            }
            ("named-keys", "read_named_key" | "delete_named_key") => {
                let name = format!("{method}-of-the-test");
                self.named.create(&name).await.expect(201);
                case.target = path.replace("{api_key_name}", &name);
            }
            (
                "client-keys" | "named-keys",
                "list_client_keys"
                | "list_named_keys"
                | "read_config"
                | "read_jwks"
                | "read_authorization_server"
                | "read_openid_configuration",
            ) => {}
            ("control", id) => self.control(&mut case, id).await,
            (_, id) => panic!("the operation {id} of {contract} has no case"),
        }
        case
    }

    async fn control(&self, case: &mut Case, id: &str) {
        let owner_id = &self.organization.id;
        let standard = json!({"kind": "standard", "owner_id": owner_id, "name": "of the test"});
        let subject = match id {
            "read_user" | "update_user" | "delete_user" => Some(self.root.user().await.id),
            "read_organization" | "update_organization" | "delete_organization" => {
                Some(self.root.organization().await.id)
            }
            "read_key" | "update_key" | "rotate_key" | "revoke_key" => {
                let made = self.root.issue(standard.clone()).await;
                Some(made["key"]["id"].as_str().unwrap().to_owned())
            }
            _ => None,
        };
        if let Some(subject) = subject {
            case.target = case.target.replace("{id}", &subject);
        }
        case.body = match id {
            "create_user" => Some(json!({"email": "ada@example.com"})),
            "create_organization" => Some(json!({"name": "Example Works"})),
            "update_user" => Some(json!({"email": "grace@example.com"})),
            "update_organization" => Some(json!({"name": "Other Works"})),
            "create_key" => Some(standard.clone()),
            "update_key" => Some(json!({"name": "renamed"})),
            "rotate_key" => Some(json!({"grace_seconds": 60})),
            "revoke_key" => Some(json!({"reason": "key_compromise"})),
            "self_revoke" => {
                case.proof = None;
                let made = self.root.issue(standard).await;
                Some(json!({"key": made["secret"]}))
            }
            "verify_key" => Some(json!({"key": self.named.key, "cost": 0})),
            "verify_keys" => Some(json!({"requests": [{"key": self.named.key, "cost": 0}]})),
            "authorize" => {
                let (_, key) = self.root.standard_of(&self.user.id).await;
                let key = format!("Bearer {key}");
                case.proof = Some(("authorization", key));
                None
            }
            "list_users"
            | "list_organizations"
            | "list_keys"
            | "list_events"
            | "read_user"
            | "read_organization"
            | "read_key"
            | "delete_user"
            | "delete_organization" => None,
            _ => panic!("the operation {id} of control has no case"),
        };
    }
}
