//! Which columns of a list are shown: all of them, or as many as fit a terminal.
//! Leaves what is in them, and which can be done without, to the nouns.

use comfy_table::{ColumnConstraint, Table};

use super::output::{Row, aligned, table};

/// Between two columns.
const GAP: usize = 2;

/// How many characters stand side by side on the terminal that standard output is, if it is one.
pub(super) fn terminal_width() -> Option<usize> {
    // Nothing but a terminal has a size.
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// A table that is no wider than this, if leaving out what can be done without is enough for that; and what was
/// left out.
pub(super) fn fitting<T: Row>(items: &[T], width: usize) -> (String, Vec<&'static str>) {
    let mut table = table(items);
    let mut left_out = Vec::new();
    for dispensable in T::DISPENSABLE {
        if width_of(&table) <= width {
            break;
        }
        let index = T::HEADINGS
            .iter()
            .position(|heading| heading == dispensable);
        if let Some(column) = index.and_then(|index| table.column_mut(index)) {
            column.set_constraint(ColumnConstraint::Hidden);
            left_out.push(*dispensable);
        }
    }
    (aligned(table), left_out)
}

fn width_of(table: &Table) -> usize {
    let widths = table.column_max_content_widths();
    let columns = table.column_iter().zip(widths);
    let shown = columns.filter(|(column, _)| !column.is_hidden());
    let widths = shown.map(|(_, width)| usize::from(width) + GAP);
    widths.sum::<usize>().saturating_sub(GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Triple(&'static str, &'static str, &'static str);

    impl Row for Triple {
        const HEADINGS: &'static [&'static str] = &["ID", "NAME", "PLACE"];
        const DISPENSABLE: &'static [&'static str] = &["PLACE", "ID"];

        fn cells(&self) -> Vec<String> {
            [self.0, self.1, self.2].map(str::to_owned).to_vec()
        }
    }

    #[test]
    fn columns_go_in_their_order_until_the_rest_fits() {
        let items = [Triple("1000", "größer", "here")];
        for (width, table, left_out) in [
            (19, "ID    NAME    PLACE\n1000  größer  here", vec![]),
            (18, "ID    NAME\n1000  größer", vec!["PLACE"]),
            (12, "ID    NAME\n1000  größer", vec!["PLACE"]),
            (11, "NAME\ngrößer", vec!["PLACE", "ID"]),
            // What cannot be done without stays, too wide or not.
            (1, "NAME\ngrößer", vec!["PLACE", "ID"]),
        ] {
            assert_eq!(
                fitting(&items, width),
                (table.to_owned(), left_out),
                "{width}"
            );
        }
    }
}
