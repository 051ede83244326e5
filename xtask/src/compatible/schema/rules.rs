//! The rules for changes of a schema, by name, and the keywords that they judge.
//! Leaves the judging to `schema`.

/// The rules for schemas but bounds, each with what stands before it: `request-property-became-required`, for one. The
/// ids are oasdiff's where it has one.
pub(super) const RULES: [&str; 18] = [
    "additional-properties-closed",
    "additional-properties-opened",
    "became-enum",
    "became-not-nullable",
    "became-nullable",
    "became-optional",
    "became-required",
    "composition-changed",
    "default-value-changed",
    "enum-unset",
    "enum-value-added",
    "enum-value-removed",
    "format-changed",
    "keyword-changed",
    "new-required",
    "pattern-changed",
    "type-changed",
    "unique-items-changed",
];

/// Bounds: the keyword, whether it is an upper one, and its name in a rule's id.
pub(super) const BOUNDS: [(&str, bool, &str); 10] = [
    ("maximum", true, "max"),
    ("exclusiveMaximum", true, "max"),
    ("maxLength", true, "max-length"),
    ("maxItems", true, "max-items"),
    ("maxProperties", true, "max-properties"),
    ("minimum", false, "min"),
    ("exclusiveMinimum", false, "min"),
    ("minLength", false, "min-length"),
    ("minItems", false, "min-items"),
    ("minProperties", false, "min-properties"),
];

/// Keywords that say nothing about which values are good.
pub(super) const ANNOTATIONS: [&str; 7] = [
    "$comment",
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "title",
];

/// Keywords that have rules of their own.
pub(super) const JUDGED: [&str; 15] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "default",
    "enum",
    "format",
    "items",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
    "uniqueItems",
];
