//! What the document of this contract says beyond its operations.

use serde_json::json;

use crate::openapi::{Answer, Decoration, Operation, Shared};

pub(super) fn decoration() -> Decoration {
    Decoration {
        title: "",
        version: "",
        description: "",
        tag: "",
        security_schemes: json!({}),
        operation: share,
        schemas: Vec::new(),
        nullable: &[],
    }
}

fn share(_operation: &Operation<'_>) -> Shared {
    Shared {
        security: json!([]),
        parameters: Vec::new(),
        statuses: &[],
        answer: |_, _| Answer::default(),
    }
}
