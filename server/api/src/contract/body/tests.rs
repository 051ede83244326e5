use serde::Deserialize;

use super::{Object, given, given_word, read_form, read_object, read_query};
use keywright_model::error::{Error, Violation};

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

fn violation(body: &[u8]) -> Violation {
    match read_object::<Named>(body).unwrap_err() {
        Error::Malformed(violation) => violation,
        Error::Invalid(violations) => violations[0].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_without_what_was_sent() {
    assert_eq!(
        violation(b"{}"),
        Violation::new("/name", "name is missing: send it")
    );
    assert_eq!(
        violation(br#"{"name": 12}"#),
        Violation::new("/name", "name must be a string")
    );
    let twice = violation(br#"{"name": "a", "name": "b"}"#);
    assert_eq!(
        twice,
        Violation::new("/name", "name must be sent once, got it twice")
    );
}

#[test]
fn an_array_is_no_object_wherever_it_stands() {
    #[derive(Debug, Deserialize)]
    struct Holder {
        inner: Vec<Object<Named>>,
    }

    let read = |body: &[u8]| read_object::<Holder>(body);
    let inner = read(br#"{"inner": [{"name": "a"}]}"#).unwrap().inner;
    assert_eq!(inner[0].0.name, "a");
    for (body, place) in [
        (br#"{"inner": [["a"]]}"#.as_slice(), "/inner/0"),
        (br#"{"inner": [{"name": 1}]}"#, "/inner/0/name"),
        (br#"{"inner": [{}]}"#, "/inner/0/name"),
    ] {
        let Err(Error::Invalid(violations)) = read(body) else {
            panic!("{place} is read");
        };
        assert_eq!(violations[0].place, place);
    }
}

#[test]
fn what_is_not_understood_is_refused_with_its_place_and_no_secret_is_repeated() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only reading it is tested")]
    struct Wish {
        #[serde(default, deserialize_with = "given")]
        scopes: Option<Vec<String>>,
        #[serde(default, deserialize_with = "given_word")]
        role: Option<Role>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Role {
        Read,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only reading it is tested")]
    struct Holder {
        inner: Vec<Object<Wish>>,
    }

    for (wish, place, detail) in [
        (
            r#"{"scope": ["a"]}"#,
            "/scope",
            "scope is not known here: scopes was probably meant",
        ),
        (
            r#"{"a/b~c": 1}"#,
            "/a~1b~0c",
            "a/b~c is not known here: leave it out, or use `scopes` or `role`",
        ),
        (
            r#"{"kw_5dRk2ZbN8xTq0WvYc7LmHs4JpGf9AeUi": 1}"#,
            "/[secret]",
            "[secret] is not known here: leave it out, or use `scopes` or `role`",
        ),
        (
            r#"{"x`, expected one of `y": 1}"#,
            "/x`, expected one of `y",
            "x`, expected one of `y is not known here: leave it out, or use `scopes` or `role`",
        ),
        (
            r#"{"scopes": null}"#,
            "/scopes",
            "inner/0/scopes must be an array",
        ),
        (
            r#"{"role": null}"#,
            "/role",
            "inner/0/role must be a string",
        ),
        (
            r#"{"role": {"read": null}}"#,
            "/role",
            "inner/0/role must be a string",
        ),
        (
            r#"{"role": "Read"}"#,
            "/role",
            "inner/0/role must be `read`",
        ),
    ] {
        let body = format!("{{\"inner\": [{wish}]}}");
        let Err(Error::Invalid(violations)) = read_object::<Holder>(body.as_bytes()) else {
            panic!("{wish} is read");
        };
        let expected = Violation::new(format!("/inner/0{place}"), detail);
        assert_eq!(violations, [expected], "{wish}");
    }
    for good in ["{}", r#"{"scopes": [], "role": "read"}"#] {
        assert!(read_object::<Wish>(good.as_bytes()).is_ok(), "{good}");
    }
}

#[test]
fn what_is_wrong_with_a_query_is_named_by_its_parameter() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only reading it is tested")]
    struct Filter {
        suspended: Option<bool>,
        limit: Option<u32>,
    }

    let complaint = |query| match read_query::<Filter>(query).unwrap_err() {
        Error::Malformed(violation) => violation,
        other => panic!("{other:?}"),
    };
    for (query, name, detail) in [
        (
            "suspended=1",
            "suspended",
            "suspended must be true or false",
        ),
        ("limit=x", "limit", "limit must be a whole number"),
        ("limit=", "limit", "limit must be a whole number"),
        (
            "limit=1&limit=2",
            "limit",
            "limit must be sent once, got it twice",
        ),
    ] {
        assert_eq!(complaint(query), Violation::new(name, detail));
    }
    let detail = "limits is not known here: limit was probably meant";
    assert_eq!(complaint("limits=1"), Violation::new("limits", detail));
    let detail = "page is not known here: leave it out, or use `suspended` or `limit`";
    assert_eq!(complaint("page=1"), Violation::new("page", detail));
}

#[test]
fn a_value_is_never_taken_for_the_name_of_its_parameter() {
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Standard,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only reading it is tested")]
    struct Filter {
        kind: Kind,
    }

    let sent = "kind=planted+field";
    let detail = "kind must be `standard`";
    let Err(Error::Malformed(violation)) = read_query::<Filter>(sent) else {
        panic!("it is read");
    };
    assert_eq!(violation, Violation::new("kind", detail));
    let Err(Error::Invalid(violations)) = read_form::<Filter>(sent.as_bytes()) else {
        panic!("it is read");
    };
    assert_eq!(violations, [Violation::new("/kind", detail)]);
}

#[test]
fn only_a_whole_object_in_utf_8_is_read() {
    let deep = format!("{{\"x\":{}", "[".repeat(30_000));
    let bodies: [&[u8]; 8] = [
        b"",
        b"[]",
        br#"["x"]"#,
        b"null",
        br#"{"name": "x""#,
        b"{\"name\": \"\xff\"}",
        br#"{"name": "x"} x"#,
        deep.as_bytes(),
    ];
    for body in bodies {
        assert!(read_object::<Named>(body).is_err(), "{body:?} is read");
    }
    assert!(read_object::<Named>(br#" {"name": "x", "other": [1]} "#).is_ok());
}
