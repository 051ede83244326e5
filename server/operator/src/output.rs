//! What a command prints: tables for people, JSON for programs, and a secret by itself.
//! Leaves what is in a row to the nouns.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use chrono::{DateTime, Utc};
use clap::Args;
use comfy_table::{Table, presets};
use keywright_sdk::Secret;
use serde::Serialize;

use super::columns::{fitting, terminal_width};
use super::failure::Failure;
use super::paging::Page;

/// How to show what the server answers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Print JSON, as without a terminal.
    #[arg(long, global = true)]
    json: bool,
    /// Print tables, as on a terminal.
    #[arg(long, global = true, conflicts_with = "json")]
    table: bool,
}

/// An item as one row among others.
pub(super) trait Row {
    const HEADINGS: &'static [&'static str];
    /// The headings of what a narrow terminal can do without, that first which is missed least.
    const DISPENSABLE: &'static [&'static str] = &[];

    fn cells(&self) -> Vec<String>;
}

/// An item by itself: what is known about it, with a word before each fact.
pub trait Card {
    fn facts(&self) -> Vec<(&'static str, String)>;
}

impl Output {
    /// Whether answers are shown as JSON: as was asked for, or where no human reads.
    pub fn is_json(&self) -> bool {
        self.json || !(self.table || std::io::stdout().is_terminal())
    }

    /// Shows one item.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub fn show<T: Card + Serialize>(&self, item: &T) -> Result<(), Failure> {
        if self.is_json() {
            print_json(item)
        } else {
            print(&card(item))
        }
    }

    /// Shows items, and where there are more.
    pub(super) fn show_page<T: Row + Serialize>(&self, page: &Page<T>) -> Result<(), Failure> {
        if self.is_json() {
            return print_json(page);
        }
        match terminal_width().filter(|_| !page.is_wide) {
            Some(width) => {
                let (table, left_out) = fitting(&page.items, width);
                print(&table)?;
                if !left_out.is_empty() {
                    let left_out = left_out.join(", ");
                    note(&format!(
                        "left out, as the terminal is narrow: {left_out}; --wide shows all"
                    ));
                }
            }
            None => print(&rows(&page.items))?,
        }
        if let Some(cursor) = page.more() {
            note(&format!("there are more: --all, or --cursor {cursor}"));
        }
        Ok(())
    }

    /// Shows a new secret. For people it stands alone on standard output, and the rest beside it.
    pub(super) fn show_secret<T: Card + Serialize>(
        &self,
        item: &T,
        secret: &Secret,
    ) -> Result<(), Failure> {
        if self.is_json() {
            return print_json(item);
        }
        note(&card(item));
        note("\nThe secret is shown this once; keep it safe:");
        print(secret.expose())
    }

    /// Tells people that something without an answer is done.
    pub(super) fn tell(&self, text: &str) -> Result<(), Failure> {
        if self.is_json() { Ok(()) } else { print(text) }
    }
}

/// A table of items under their headings.
pub(super) fn rows<T: Row>(items: &[T]) -> String {
    aligned(table(items))
}

pub(super) fn table<T: Row>(items: &[T]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(T::HEADINGS);
    for item in items {
        table.add_row(item.cells().iter().map(|cell| plain(cell)));
    }
    table
}

/// Prints one line of JSON.
pub(super) fn print_json_line<T: Serialize>(item: &T) -> Result<(), Failure> {
    print(&serde_json::to_string(item).map_err(no_json)?)
}

/// Prints on standard output, with a newline at the end.
///
/// # Errors
/// [`Failure::PipeClosed`] when its reader has gone.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let outcome = writeln!(output, "{text}").and_then(|()| output.flush());
    outcome.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::PipeClosed,
        _ => Failure::unexpected(
            format!("cannot write to standard output: {error}"),
            "see where it goes to: the disk may be full",
        ),
    })
}

/// Says something beside the answer, on standard error.
pub fn note(text: &str) {
    // With standard error gone there is no reader of the remark.
    writeln!(std::io::stderr(), "{text}").ok();
}

/// Text from elsewhere without anything that a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            // Line feeds among them: a cell is a line.
            control if control.is_control() => control.escape_default().to_string(),
            other => other.to_string(),
        })
        .collect()
}

/// An instant to the second.
pub(super) fn instant(at: &DateTime<Utc>) -> String {
    keywright_model::instant::format_to_second(at.timestamp_millis())
}

/// What a value is in a table, and `-` where there is none.
pub(super) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Several things in one cell, and `-` where there are none.
pub(super) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    or_dash((!items.is_empty()).then(|| items.join(" ")))
}

/// A fact, as people say it.
pub(super) fn yes_or_no(fact: bool) -> String {
    if fact { "yes" } else { "no" }.to_owned()
}

fn card<T: Card>(item: &T) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (word, fact) in item.facts() {
        table.add_row([word.to_owned(), plain(&fact)]);
    }
    aligned(table)
}

pub(super) fn aligned(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

fn print_json<T: Serialize>(item: &T) -> Result<(), Failure> {
    print(&serde_json::to_string_pretty(item).map_err(no_json)?)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "map_err hands over what it has"
)]
fn no_json(error: serde_json::Error) -> Failure {
    Failure::unexpected(
        format!("the answer cannot be written as JSON: {error}"),
        "please report this",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair(&'static str, &'static str);

    impl Row for Pair {
        const HEADINGS: &'static [&'static str] = &["ID", "NAME"];

        fn cells(&self) -> Vec<String> {
            vec![self.0.to_owned(), self.1.to_owned()]
        }
    }

    #[test]
    fn columns_stand_under_their_headings() {
        let table = rows(&[Pair("1", "one"), Pair("1000", "-")]);
        assert_eq!(table, "ID    NAME\n1     one\n1000  -");
    }

    #[test]
    fn a_table_without_rows_has_its_headings() {
        assert_eq!(rows::<Pair>(&[]), "ID  NAME");
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        let table = rows(&[Pair("1", "\u{1b}[2J\nname\u{9b}é")]);
        assert_eq!(table, "ID  NAME\n1   \\u{1b}[2J\\nname\\u{9b}é");
    }
}
