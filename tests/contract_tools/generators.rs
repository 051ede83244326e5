//! Clients that generators make from the documents: made without a warning, and good for a compiler.
//! Leaves our own SDK to `sdk`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Verdict, document, installed, node, python, settings, spoilt};
use crate::support::documents::CONTRACTS;

/// What a document loses in a copy that no generator can read.
const LOST: &str = "#/components/schemas/Lost";

fn without_a_schema(document: &mut Value) {
    let properties = &mut document["components"]["schemas"]["UserInfoAnswer"]["properties"];
    properties["user"] = json!({ "$ref": LOST });
}

/// TypeScript's types of a document, in a file of its name.
fn openapi_typescript(document: &Path, folder: &Path) -> Verdict {
    let mut made = folder.join(document.file_name().unwrap());
    made.set_extension("ts");
    let mut command = node("openapi-typescript/bin/cli.js");
    Verdict::of(command.arg(document).arg("--output").arg(made))
}

/// Compiles all that was made, and a program that uses it, as strictly as can be.
fn tsc(folder: &Path) -> Verdict {
    std::fs::copy(settings().join("usage.ts"), folder.join("usage.ts")).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "ts"))
        .collect();
    files.sort();
    let mut command = node("typescript/bin/tsc");
    Verdict::of(command.args(["--strict", "--noEmit"]).args(files))
}

/// A client made by OpenAPI Generator.
fn openapi_generator(document: &Path, language: &[&str], folder: &Path) -> Verdict {
    let mut command = Command::new("java");
    command.arg("-jar").arg(jar()).arg("generate");
    command.arg("--input-spec").arg(document);
    command.arg("--output").arg(folder).args(language);
    Verdict::of(&mut command)
}

const PYTHON: [&str; 4] = ["-g", "python", "--package-name", "made_client"];
const JAVA: [&str; 5] = [
    "-g",
    "java",
    "--library=native",
    // Without the one library that the generator does not bring itself.
    "--additional-properties=openApiNullable=false",
    "--global-property=models,apis,supportingFiles,modelTests=false,apiTests=false",
];

fn jar() -> PathBuf {
    installed("python").join("openapi_generator_cli/openapi-generator.jar")
}

/// What a Java client names and its generator does not bring: an annotation that Java itself had up to version 8,
/// and a class that is imported and not used.
const FOREIGN: [(&str, &str); 2] = [
    (
        "Generated",
        "package javax.annotation;
public @interface Generated {
    String[] value();
    String date() default \"\";
    String comments() default \"\";
}
",
    ),
    (
        "MultipartEntityBuilder",
        "package org.apache.http.entity.mime;
public final class MultipartEntityBuilder {}
",
    ),
];

/// Compiles a Java client against what its generator brings.
fn javac(folder: &Path, usage: &str) -> Verdict {
    let foreign = FOREIGN.map(|(name, text)| {
        let path = folder.join(format!("{name}.java"));
        std::fs::write(&path, text).unwrap();
        path
    });
    let program = folder.join("Usage.java");
    std::fs::write(&program, usage).unwrap();
    let mut command = Command::new("javac");
    command
        .args(["-nowarn", "-proc:none", "-d"])
        .arg(folder.join("classes"))
        .arg("-cp")
        .arg(jar())
        .args(foreign)
        .arg(program)
        .args(sources(&folder.join("src/main")));
    Verdict::of(&mut command)
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                return sources(&path);
            }
            let is_java = path.extension().is_some_and(|kind| kind == "java");
            is_java.then_some(path).into_iter().collect()
        })
        .collect()
}

/// A client made by openapi-python-client, which refuses what it would leave out.
fn openapi_python_client(document: &Path, folder: &Path) -> Verdict {
    let mut command = python_client(document, folder);
    Verdict::of(command.arg("--fail-on-warning"))
}

/// Makes a client with openapi-python-client, the package `made_client` in a folder.
pub(super) fn python_client(document: &Path, folder: &Path) -> Command {
    let config = folder.join("config.yaml");
    // It would call a formatter, which changes nothing about what the code does.
    std::fs::write(&config, "post_hooks: []\n").unwrap();
    let mut command = python();
    command
        .args(["-m", "openapi_python_client", "generate", "--meta", "none"])
        .arg("--path")
        .arg(document)
        .arg("--output-path")
        .arg(folder.join("made_client"))
        .arg("--config")
        .arg(config);
    command
}

/// Imports every module of a client, and then runs a program.
fn import(folder: &Path, program: &str) -> Verdict {
    const ALL: &str = "
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import made_client
for module in pkgutil.walk_packages(made_client.__path__, 'made_client.'):
    if module.name not in sys.argv[2:]:
        importlib.import_module(module.name)
";
    let mut command = python();
    command
        .args(["-c", &format!("{ALL}\n{program}")])
        .arg(folder);
    if program.is_empty() {
        command.args(TWO_BODIES);
    }
    Verdict::of(&mut command)
}

/// openapi-python-client 0.29.1 writes a name into these modules that it does not import: each operation takes
/// two kinds of body, and an optional one.
const TWO_BODIES: [&str; 3] = [
    "made_client.api.client_keys.introspect_token",
    "made_client.api.client_keys.issue_token",
    "made_client.api.client_keys.revoke_token",
];

#[test]
fn types_of_openapi_typescript_pass_the_strictest_compiler() {
    let folder = tempfile::tempdir().unwrap();
    for contract in CONTRACTS {
        openapi_typescript(&document(contract), folder.path()).passes();
    }
    tsc(folder.path()).passes();
}

#[test]
fn a_typescript_program_names_the_member_that_a_document_has_lost() {
    let folder = tempfile::tempdir().unwrap();
    for contract in CONTRACTS {
        let copy = if contract == "control" {
            spoilt(folder.path(), contract, |document| {
                let verdict = &mut document["components"]["schemas"]["Verdict"];
                verdict["properties"]
                    .as_object_mut()
                    .unwrap()
                    .remove("valid");
                verdict["required"] = json!(["code"]);
            })
        } else {
            document(contract)
        };
        openapi_typescript(&copy, folder.path()).passes();
    }
    tsc(folder.path()).names(&["usage.ts", "valid"]);
    let copy = spoilt(folder.path(), "user-key", without_a_schema);
    openapi_typescript(&copy, folder.path()).names(&["UserInfoAnswer/properties/user"]);
}

#[test]
fn a_python_client_of_openapi_generator_can_be_imported() {
    for contract in CONTRACTS {
        let folder = tempfile::tempdir().unwrap();
        openapi_generator(&document(contract), &PYTHON, folder.path()).passes();
        import(folder.path(), "").passes();
    }
}

#[test]
fn a_java_client_of_openapi_generator_can_be_compiled() {
    for contract in CONTRACTS {
        let folder = tempfile::tempdir().unwrap();
        openapi_generator(&document(contract), &JAVA, folder.path()).passes();
        javac(folder.path(), "class Usage {}").passes();
    }
}

#[test]
fn openapi_generator_and_its_clients_name_what_a_document_has_lost() {
    let folder = tempfile::tempdir().unwrap();
    let copy = spoilt(folder.path(), "user-key", without_a_schema);
    openapi_generator(&copy, &PYTHON, &folder.path().join("python")).names(&["Lost"]);
    let copy = spoilt(folder.path(), "user-key", |document| {
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        let properties = schemas["ApiKeyAnswer"]["properties"]
            .as_object_mut()
            .unwrap();
        properties.remove("apikey");
        schemas["ApiKeyAnswer"]["required"] = json!(["status"]);
    });
    let java = folder.path().join("java");
    openapi_generator(&copy, &JAVA, &java).passes();
    let usage = "class Usage {\n    String key(org.openapitools.client.model.ApiKeyAnswer answer) {\n        \
                 return answer.getApikey();\n    }\n}\n";
    javac(&java, usage).names(&["Usage.java", "getApikey"]);
    let python = folder.path().join("python");
    openapi_generator(&copy, &PYTHON, &python).passes();
    let usage = "assert 'apikey' in made_client.ApiKeyAnswer.model_fields, 'apikey is lost'";
    import(&python, usage).names(&["apikey is lost"]);
}

#[test]
fn a_client_of_openapi_python_client_can_be_imported() {
    for contract in CONTRACTS {
        let folder = tempfile::tempdir().unwrap();
        openapi_python_client(&document(contract), folder.path()).passes();
        import(folder.path(), "").passes();
    }
}

/// When this fails the exception can go.
#[test]
fn the_modules_that_are_not_imported_are_still_broken() {
    let folder = tempfile::tempdir().unwrap();
    openapi_python_client(&document("client-keys"), folder.path()).passes();
    for module in TWO_BODIES {
        let verdict = import(folder.path(), &format!("import {module}"));
        verdict.names(&["NameError", "Unset"]);
    }
}

#[test]
fn openapi_python_client_names_what_a_document_has_lost() {
    let folder = tempfile::tempdir().unwrap();
    let copy = spoilt(folder.path(), "user-key", without_a_schema);
    openapi_python_client(&copy, folder.path()).names(&["UserInfoAnswer", LOST]);
}
