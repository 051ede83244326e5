//! Positions at which it matters which event stands there.
//! Leaves the walks over events to `export` and the engines.

use std::collections::BTreeMap;

use super::event::Head;

/// A head that was kept elsewhere, and the places where exports and what a database keeps must meet.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    kept: Option<Head>,
    has_met_kept: bool,
    /// The MAC at each place, once a walk has come by.
    macs: BTreeMap<i64, Option<Vec<u8>>>,
}

impl Marks {
    /// Marks with this head that was kept elsewhere.
    #[must_use]
    pub fn new(kept: Option<&Head>) -> Self {
        Self {
            kept: kept.cloned(),
            // Before the first event there is nothing to meet.
            has_met_kept: kept.is_none_or(|kept| kept.position == 0),
            macs: BTreeMap::new(),
        }
    }

    /// Marks a place where two walks must find the same event.
    pub fn add(&mut self, position: i64) {
        self.macs.entry(position).or_default();
    }

    /// The head that was kept, unless a walk has come by it.
    #[must_use]
    pub fn missed(&self) -> Option<&Head> {
        self.kept.as_ref().filter(|_| !self.has_met_kept)
    }

    /// The furthest place that a walk has come by.
    #[must_use]
    pub fn furthest(&self) -> i64 {
        let met = self.macs.iter().rev().find(|(_, mac)| mac.is_some());
        met.map_or(0, |(position, _)| *position)
    }

    /// A walk comes by this head.
    ///
    /// # Errors
    /// When another was kept for the position, or found there by an earlier walk: what there is to say of it.
    pub fn meet(&mut self, head: &Head) -> Result<(), String> {
        if let Some(kept) = &self.kept
            && kept.position == head.position
        {
            if kept.mac != head.mac {
                let what = "this event is whole in itself, but not the one of the head that was kept: \
                            the events up to here were written anew, or come from another database";
                return Err(what.to_owned());
            }
            self.has_met_kept = true;
        }
        match self.macs.get_mut(&head.position) {
            Some(Some(mac)) if *mac != head.mac => {
                let what = "this event is whole in itself, but another one than the export has at this \
                            position: one of the two comes from another database";
                Err(what.to_owned())
            }
            Some(mac) => {
                *mac = Some(head.mac.clone());
                Ok(())
            }
            None => Ok(()),
        }
    }
}
