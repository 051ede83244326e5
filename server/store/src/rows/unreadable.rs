//! The members of a row that cannot be read: each is named, and the least that could be stands in its place.
//! Leaves what such a row may still be used for to the core.

/// The members of one row that could not be read so far.
#[derive(Default)]
pub struct Unreadable(Vec<&'static str>);

impl Unreadable {
    /// What was read, or the least that could stand in its place.
    pub fn or_least<T: Default, E>(&mut self, member: &'static str, read: Result<T, E>) -> T {
        self.or(member, read, T::default())
    }

    /// What was read, or something in its place.
    pub fn or<T, E>(&mut self, member: &'static str, read: Result<T, E>, otherwise: T) -> T {
        read.unwrap_or_else(|_| {
            self.0.push(member);
            otherwise
        })
    }

    /// All of them.
    #[must_use]
    pub fn into_members(self) -> Vec<&'static str> {
        self.0
    }
}
