//! What fills the gaps of requests: lists of a seeded database, each with how much of it was used, and running numbers.
//! Leaves the requests themselves to `scenario`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::scenario::{Callers, Gap, chains};

/// How many digits a running number has.
const NUMBER_LEN: usize = 12;

/// The lists of a seeded database, each with how much of it was used.
pub(crate) struct Lists {
    folder: PathBuf,
    read: BTreeMap<String, (Vec<String>, usize)>,
    numbers: u64,
}

/// The values of one request in one slice.
pub(crate) enum Filling {
    None,
    Number(u64),
    Values(Vec<String>),
}

impl Lists {
    /// The lists in the folder of a seeded database.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            read: BTreeMap::new(),
            numbers: 0,
        }
    }

    /// What fills the gap of a request in the next slice.
    ///
    /// # Errors
    /// When a list cannot be read, or is used up.
    pub(crate) fn filling(
        &mut self,
        gap: Gap,
        connections: usize,
        once_len: usize,
    ) -> Result<Filling> {
        const NUMBERS_PER_SLICE: u64 = 10_000_000;
        Ok(match gap {
            Gap::None => Filling::None,
            Gap::Number => {
                self.numbers += NUMBERS_PER_SLICE;
                Filling::Number(self.numbers)
            }
            Gap::Cycle(list) => Filling::Values(self.list(list)?.0.clone()),
            Gap::Once(list) => Filling::Values(self.take(list, once_len)?),
            Gap::Chain(list, _) => Filling::Values(self.take(list, chains(connections))?),
        })
    }

    /// Takes the first values of a list out of its file: they are this run's, whatever becomes of it.
    ///
    /// # Errors
    /// When the list is too short, or cannot be written.
    pub(crate) fn reserve(&mut self, name: &str, len: usize) -> Result<()> {
        let path = self.folder.join(format!("{name}.txt"));
        let (values, _) = self.list(name)?;
        ensure!(
            len <= values.len(),
            "the list `{name}` of {} is used up by earlier runs: remove {} to seed anew",
            values.len(),
            path.parent().unwrap_or(&path).display()
        );
        let rest = values.split_off(len);
        Ok(fs::write(&path, rest.join("\n"))?)
    }

    /// Values that were not used before.
    fn take(&mut self, name: &str, len: usize) -> Result<Vec<String>> {
        let (values, used) = self.list(name)?;
        ensure!(
            *used + len <= values.len(),
            "the list `{name}` of {} is used up: measure fewer slices or scenarios at once",
            values.len()
        );
        let taken = values[*used..*used + len].to_vec();
        *used += len;
        Ok(taken)
    }

    /// The first value of a list, if it has one.
    pub(crate) fn first(&mut self, gap: Gap) -> Result<Option<String>> {
        Ok(match gap {
            Gap::None => None,
            Gap::Number => {
                self.numbers += 1;
                Some(format!("{:0NUMBER_LEN$}", self.numbers))
            }
            Gap::Cycle(list) => self.list(list)?.0.first().cloned(),
            Gap::Once(list) | Gap::Chain(list, _) => self.take(list, 1)?.pop(),
        })
    }

    fn list(&mut self, name: &str) -> Result<&mut (Vec<String>, usize)> {
        if !self.read.contains_key(name) {
            // Keys that are read from the database again and again: some of those that nothing else uses.
            let (file, len_max) = match name {
                "cold_some" => ("cold", 10_000),
                name => (name, usize::MAX),
            };
            let path = self.folder.join(format!("{file}.txt"));
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if len_max < lines.len() {
                // From the end, so that what is used once is not among them.
                lines = lines.split_off(lines.len() - len_max);
            }
            ensure!(!lines.is_empty(), "{} is empty", path.display());
            self.read.insert(name.to_owned(), (lines, 0));
        }
        self.read.get_mut(name).context("the list was just read")
    }

    /// Those who call the documented contracts; without the token, which only a server can give.
    pub(crate) fn callers(&mut self) -> Result<Callers> {
        let (lines, _) = self.list("callers")?;
        let find = |name: &str| {
            let mut words = lines.iter().filter_map(|line| line.split_once(' '));
            words
                .find(|(what, _)| *what == name)
                .map(|(_, value)| value.to_owned())
                .with_context(|| format!("the seed names no {name}"))
        };
        Ok(Callers {
            organization: find("organization")?,
            organization_key: find("organization_key")?,
            named_key: find("named_key")?,
            client_id: find("client_id")?,
            client_secret: find("client_secret")?,
            token: String::new(),
        })
    }
}

/// How long what fills a gap is.
///
/// # Errors
/// When the values differ in length: the length of a body is the same for all.
pub(crate) fn gap_len(filling: &Filling) -> Result<usize> {
    Ok(match filling {
        Filling::None => 0,
        Filling::Number(_) => NUMBER_LEN,
        Filling::Values(values) => {
            let len = values.first().map_or(0, String::len);
            ensure!(
                values.iter().all(|value| value.len() == len),
                "the values of a list differ in length"
            );
            len
        }
    })
}
