//! Owns how generated code looks: what the generator writes, made fit to be committed and read.

use std::io::Write;
use std::mem::take;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, ensure};
use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, File, ImplItem, Item, Lit, Meta};

use crate::document::root;

/// Writes a generated file as text.
///
/// # Errors
/// When the generator wrote something else than expected, or rustfmt is missing.
pub(super) fn write(mut file: File) -> Result<String> {
    remove_constructor(&mut file)?;
    LineDocs.visit_file_mut(&mut file);
    // The calls that the generator shows do not stand alone, and are text to the documentation tests.
    rustfmt(prettyplease::unparse(&file).replace("```ignore", "```text"))
}

/// Writes documentation line by line: rustfmt would indent block comments, and so change them.
struct LineDocs;

impl VisitMut for LineDocs {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        *attributes = take(attributes).into_iter().flat_map(line_docs).collect();
    }
}

fn line_docs(attribute: Attribute) -> Vec<Attribute> {
    if let Meta::NameValue(pair) = &attribute.meta
        && let Expr::Lit(literal) = &pair.value
        && let Lit::Str(text) = &literal.lit
        && attribute.path().is_ident("doc")
    {
        let text = text.value();
        let spaced = |line: &str| match line {
            "" => String::new(),
            line => format!(" {line}"),
        };
        // A single line has its space already, unless typify wrote it.
        let lines: Vec<String> = if text.starts_with(' ') && !text.contains('\n') {
            vec![text]
        } else {
            text.split('\n').map(spaced).collect()
        };
        let attributes = lines
            .into_iter()
            .map(|line| syn::parse_quote!(#[doc = #line]));
        return attributes.collect();
    }
    vec![attribute]
}

/// Removes `Client::new`, which panics when there is no TLS and sends no credential; the SDK has
/// its own.
fn remove_constructor(file: &mut File) -> Result<()> {
    let mut removed = 0;
    for item in &mut file.items {
        if let Item::Impl(block) = item
            && block.trait_.is_none()
        {
            let count = block.items.len();
            block
                .items
                .retain(|item| !matches!(item, ImplItem::Fn(method) if method.sig.ident == "new"));
            removed += count - block.items.len();
        }
    }
    ensure!(
        removed == 1,
        "the generator wrote {removed} constructors of its client, and not one"
    );
    Ok(())
}

fn rustfmt(code: String) -> Result<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run rustfmt; `rustup component add rustfmt` brings it")?;
    let mut input = child
        .stdin
        .take()
        .context("rustfmt has no standard input")?;
    let writer = thread::spawn(move || input.write_all(code.as_bytes()));
    let output = child.wait_with_output().context("rustfmt did not finish")?;
    writer
        .join()
        .expect("writing to a pipe does not panic")
        .context("rustfmt stopped reading")?;
    ensure!(
        output.status.success(),
        "rustfmt failed ({})",
        output.status
    );
    String::from_utf8(output.stdout).context("rustfmt's output is no UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_becomes_one_comment_per_line() {
        let file = syn::parse_quote! {
            #[doc = "A client\n\nWith words"]
            pub struct Client;
            impl Client {
                /// Made here
                pub fn new() -> Self { Self }
                #[doc = "Sends\n```ignore\n  x()\n```"]
                pub fn send(&self) {}
            }
        };
        assert_eq!(
            write(file).unwrap(),
            "\
/// A client
///
/// With words
pub struct Client;
impl Client {
    /// Sends
    /// ```text
    ///   x()
    /// ```
    pub fn send(&self) {}
}
"
        );
    }

    #[test]
    fn a_generator_without_the_known_constructor_is_an_error() {
        let error = write(syn::parse_quote!(
            pub struct Client;
        ))
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the generator wrote 0 constructors of its client, and not one"
        );
    }
}
