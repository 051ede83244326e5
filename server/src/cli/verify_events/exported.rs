//! Exports as a proof: that each is whole, that they join, and that they lead up to what a database keeps.
//! Leaves what a line proves to `store`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;

use super::not_whole;
use crate::cli::offline::{signers_of, stopped, unreadable};
use crate::cli::progress::{Amount, Progress};
use keywright_model::peppers::Peppers;
use keywright_operator::failure::{Exit, Failure};
use keywright_store::{ExportHeader, ExportedEvent, Maintenance, Marks, Signers};

/// Longer than any line that an export writes.
const LINE_LEN_MAX: u64 = 1 << 20;

/// A file that says to be an export.
struct Export {
    path: PathBuf,
    lines: BufReader<File>,
    header: ExportHeader,
}

/// Proves that the exports are whole, and leaves in `marks` where the kept events must join them.
///
/// # Errors
/// When they are not, or leave events out.
pub(super) fn prove_exports(
    paths: &[PathBuf],
    database: &dyn Maintenance,
    peppers: &Peppers,
    marks: &mut Marks,
    progress: &Progress,
) -> Result<(), Failure> {
    if paths.is_empty() {
        return Ok(());
    }
    let signers = signers_of(database, peppers).map_err(|error| unreadable(&error, progress))?;
    let signers = signers.map_err(|broken| not_whole(&broken))?;
    let checkpoint = database.checkpoint(&signers);
    let checkpoint = checkpoint.map_err(|error| unreadable(&error, progress))?;
    let checkpoint = checkpoint.map_err(|broken| not_whole(&broken))?.position;
    let exports = paths.iter().map(Export::open);
    let mut exports = exports.collect::<Result<Vec<_>, _>>()?;
    exports.sort_by_key(|export| export.header.begins_behind.position);
    marks.add(checkpoint);
    for Export { header, .. } in &exports {
        marks.add(header.begins_behind.position);
        marks.add(header.ends_at.position);
    }
    let mut reached: Option<i64> = None;
    for export in &mut exports {
        let ExportHeader {
            begins_behind,
            ends_at,
            ..
        } = export.header.clone();
        if let Some(reached) = reached.filter(|reached| *reached < begins_behind.position) {
            return Err(left_out(reached, begins_behind.position));
        }
        export.prove(&signers, marks, progress)?;
        reached = reached.max(Some(ends_at.position));
    }
    match reached {
        Some(reached) if reached < checkpoint => Err(left_out(reached, checkpoint)),
        _ => Ok(()),
    }
}

fn left_out(reached: i64, next: i64) -> Failure {
    let first = reached + 1;
    Failure::new(
        Exit::Invalid,
        format!("the events {first} to {next} are in none of the exports"),
        "pass the export that holds them, too: --export FILE, as often as there are exports",
    )
}

impl Export {
    fn open(path: &PathBuf) -> Result<Self, Failure> {
        let help = "name a file that `keywright events export` has made";
        let unreadable = |error: std::io::Error| {
            let exit = match error.kind() {
                std::io::ErrorKind::NotFound => Exit::NotFound,
                _ => Exit::Unexpected,
            };
            let what = format!("{} cannot be read: {error}", path.display());
            Failure::new(exit, what, help)
        };
        let mut lines = BufReader::new(File::open(path).map_err(unreadable)?);
        let first = next_line(&mut lines).map_err(unreadable)?;
        let header = ExportHeader::read(&first.unwrap_or_default()).map_err(|why| {
            let what = format!("{} is no export of events: {why}", path.display());
            Failure::new(Exit::Invalid, what, help)
        })?;
        Ok(Self {
            path: path.clone(),
            lines,
            header,
        })
    }

    /// Walks all its lines.
    fn prove(
        &mut self,
        signers: &Signers,
        marks: &mut Marks,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let ends_at = self.header.ends_at.clone();
        let len = Amount::Events(ends_at.position.cast_unsigned());
        progress.begin("verifying an export", len);
        let handle = progress.handle();
        let mut head = self.header.begins_behind.clone();
        let met = marks.meet(&head);
        met.map_err(|what| self.broken(head.position, &what))?;
        loop {
            let position = head.position + 1;
            let line = next_line(&mut self.lines);
            let line = line.map_err(|error| self.broken(position, &error.to_string()))?;
            let Some(line) = line else { break };
            let proved = ExportedEvent::prove(&line, &head, signers.at(position));
            head = proved.map_err(|what| self.broken(position, &what))?;
            if !signers.meet(&head) {
                let what = "another pepper signs behind another event than this: it was changed";
                return Err(self.broken(position, what));
            }
            let met = marks.meet(&head);
            met.map_err(|what| self.broken(position, &what))?;
            if position % 1024 == 0 {
                handle.advance(position.cast_unsigned());
                if handle.is_cancelled() {
                    return Err(stopped());
                }
            }
        }
        if head == ends_at {
            return Ok(());
        }
        let what = format!(
            "it ends here, but its first line says that it ends at position {}: it was cut off, or added to",
            ends_at.position
        );
        Err(self.broken(head.position + 1, &what))
    }

    fn broken(&self, position: i64, what: &str) -> Failure {
        let path = self.path.display();
        Failure::new(
            Exit::NotWhole,
            format!("the export {path} is not whole at position {position}: {what}"),
            "use a copy that was kept elsewhere, or export the events again if they are still kept",
        )
    }
}

/// The next line without its end; `None` behind the last.
fn next_line(lines: &mut BufReader<File>) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    lines.take(LINE_LEN_MAX).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    // What was cut off in the middle of a line is not taken for one.
    if line.pop() != Some(b'\n') {
        line.clear();
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}
