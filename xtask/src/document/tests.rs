//! Owns the proof that references are followed, and that broken ones are named.

use serde_json::json;

use super::*;

fn faults(document: &Value) -> Vec<String> {
    let faults = resolve(document).faults;
    faults
        .iter()
        .map(|(at, what)| format!("{at}: {what}"))
        .collect()
}

#[test]
fn references_are_read_in_place_and_their_sections_left_out() {
    let resolved = resolve(&json!({
        "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/Ok"}}}}},
        "components": {
            "responses": {"Ok": {"headers": {"X": {"$ref": "#/components/headers/X"}}}},
            "headers": {"X": {"schema": {"$ref": "#/components/schemas/S"}}},
            "schemas": {"S": {"type": "string"}},
        },
    }));
    assert_eq!(
        resolved.document,
        json!({
            "paths": {"/a": {"get": {"responses": {"200":
                {"headers": {"X": {"schema": {"$ref": "#/components/schemas/S"}}}}
            }}}},
            "components": {"schemas": {"S": {"type": "string"}}},
        })
    );
    assert!(resolved.faults.is_empty());
}

#[test]
fn a_reference_overrides_words_and_nothing_else() {
    let document = json!({
        "paths": {"/a": {"$ref": "#/components/responses/A", "description": "Mine", "headers": {}}},
        "components": {"responses": {"A": {"description": "Theirs"}}},
    });
    assert_eq!(
        resolve(&document).document["paths"]["/a"],
        json!({"description": "Mine"})
    );
    assert_eq!(
        faults(&document),
        ["/paths/~1a/headers: only summary and description may stand beside this $ref"]
    );
}

#[test]
fn a_component_that_nothing_refers_to_is_a_fault() {
    assert_eq!(
        faults(&json!({"components": {"responses": {"Lost/One": {}}}})),
        ["/components/responses/Lost~1One: used by nothing; refer to it or remove it"]
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_a_fault_and_stays() {
    for (reference, what) in [
        (
            "#/components/schemas/A",
            "#/components/schemas/A leads nowhere",
        ),
        (
            "#/components/pathItems/A",
            "#/components/pathItems/A leads nowhere",
        ),
        (
            "other.yaml#/A",
            "other.yaml#/A does not lead to #/components/…",
        ),
    ] {
        let document = json!({"paths": {"/a": {"$ref": reference}}});
        assert_eq!(faults(&document), [format!("/paths/~1a: {what}")]);
        assert_eq!(resolve(&document).document, document);
    }
}

#[test]
fn a_reference_in_circles_is_a_fault() {
    let faults = faults(&json!({"components": {"responses": {
        "A": {"$ref": "#/components/responses/B"},
        "B": {"$ref": "#/components/responses/A"},
    }}}));
    assert!(
        faults
            .iter()
            .any(|fault| fault.ends_with("leads in circles")),
        "{faults:?}"
    );
}

#[test]
fn a_reference_inside_an_example_is_only_text() {
    let document = json!({"paths": {"/a": {"example": {"$ref": "#/nowhere"}}}});
    assert_eq!(resolve(&document).document, document);
    assert_eq!(faults(&document), [""; 0]);
}
