//! Members that a patch takes away, and what then becomes of each.

use keywright_model::error::Error;

/// The members that a patch names in `remove`.
pub(super) struct Removed<M>(pub(super) Vec<M>);

impl<M: Copy + PartialEq> Removed<M> {
    /// Refuses a member that is named twice, or sent with a value, too; `known` says what it is called and
    /// whether it was sent.
    pub(super) fn check(&self, known: impl Fn(M) -> (&'static str, bool)) -> Result<(), Error> {
        for (index, member) in self.0.iter().enumerate() {
            let (word, is_sent) = known(*member);
            if self.0[..index].contains(member) {
                let detail = format!("remove names {word} twice: name it once");
                return Err(Error::invalid("/remove", detail));
            }
            if is_sent {
                let detail = format!("{word} is sent and removed at once: do one of them");
                return Err(Error::invalid("/remove", detail));
            }
        }
        Ok(())
    }

    /// What becomes of a value: another takes its place, nothing does (`Some(None)`), or it stays (`None`).
    #[expect(clippy::option_option, reason = "the three are different")]
    pub(super) fn value<T>(&self, sent: Option<T>, member: M) -> Option<Option<T>> {
        if self.0.contains(&member) {
            Some(None)
        } else {
            sent.map(Some)
        }
    }

    /// What becomes of a list that restricts: another takes its place, an empty one does, or it stays. An
    /// empty one is never sent: many a client sends its lists unasked, and would lift the restriction.
    pub(super) fn list<T>(
        &self,
        word: &str,
        sent: Option<Vec<T>>,
        member: M,
    ) -> Result<Option<Vec<T>>, Error> {
        if sent.as_ref().is_some_and(Vec::is_empty) {
            let detail =
                format!("{word} is empty: leave it out, or name it in remove to take it away");
            return Err(Error::invalid(format!("/{word}"), detail));
        }
        Ok(self.value(sent, member).map(Option::unwrap_or_default))
    }
}
