//! A table of text, for the terminal and for Markdown alike.

/// Rows under their headings; the first column is words, the others are figures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(headings: &[&str]) -> Self {
        let headings = headings.iter().map(|&heading| heading.to_owned()).collect();
        Self {
            rows: vec![headings],
        }
    }

    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// As Markdown, with columns that line up on a terminal, too.
    pub(crate) fn to_markdown(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(4)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut lines = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let mut cells = Vec::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                cells.push(if column == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                });
            }
            lines.push(format!("| {} |", cells.join(" | ")));
            if index == 0 {
                let rule = widths.iter().enumerate().map(|(column, width)| {
                    let dashes = "-".repeat(*width);
                    if column == 0 {
                        dashes
                    } else {
                        format!("{}:", &dashes[1..])
                    }
                });
                lines.push(format!("| {} |", rule.collect::<Vec<_>>().join(" | ")));
            }
        }
        lines.join("\n") + "\n"
    }
}

/// A figure with as many digits as it deserves.
pub(crate) fn figure(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// Microseconds as milliseconds; what is less than one deserves more digits here.
pub(crate) fn milliseconds(microseconds: f64) -> String {
    match microseconds / 1000.0 {
        value if value < 1.0 => format!("{value:.3}"),
        value => figure(value),
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, figure, milliseconds};

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["what", "rate"]);
        table.push(vec!["verify".to_owned(), figure(12_345.6)]);
        assert_eq!(
            table.to_markdown(),
            "| what   |  rate |\n| ------ | ----: |\n| verify | 12346 |\n"
        );
    }

    #[test]
    fn a_short_time_keeps_its_digits() {
        assert_eq!(milliseconds(43.0), "0.043");
        assert_eq!(milliseconds(1234.0), "1.23");
        assert_eq!(milliseconds(150_000.0), "150");
    }
}
