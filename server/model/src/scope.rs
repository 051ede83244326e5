//! What a key may do: scopes, and sets of them.

use std::fmt;
use std::sync::Arc;

/// A permission, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(pub std::borrow::Cow<'static, str>);

impl Scope {
    /// A scope that the program knows.
    #[must_use]
    pub const fn known(name: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(name))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// The most scopes that a key or a token may have, and that anybody may ask for at once.
pub const SCOPES_LEN_MAX: usize = 64;

/// A set of scopes, in the order in which they were given, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    /// The scopes in a space-separated list, as OAuth 2.0 writes them; `None` if it names more than
    /// [`SCOPES_LEN_MAX`], of which no more is read then.
    #[must_use]
    pub fn read(list: &str) -> Option<Self> {
        Self::read_names(list.split_ascii_whitespace())
    }

    /// The scopes with these names; `None` if there are more than [`SCOPES_LEN_MAX`], of which no more is read
    /// then: each is compared with all before it.
    pub fn read_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut names = names.into_iter();
        let first = names.by_ref().take(SCOPES_LEN_MAX);
        let scopes = first.map(|name| Scope(name.to_owned().into())).collect();
        names.next().is_none().then_some(scopes)
    }

    /// Whether `scope` is among them.
    #[must_use]
    pub fn has(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether every one of `scopes` is among them.
    #[must_use]
    pub fn cover(&self, scopes: &[Scope]) -> bool {
        scopes.iter().all(|scope| self.has(scope))
    }

    /// The scopes as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }

    /// Their names, each of its own.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|scope| scope.name().to_owned()).collect()
    }
}

/// For as many as a key may have: a reader of foreign input counts first.
impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut unique = Vec::new();
        for scope in scopes {
            if !unique.contains(&scope) {
                unique.push(scope);
            }
        }
        Self(unique.into())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(Scope::name).collect();
        formatter.write_str(&names.join(" "))
    }
}

/// What a named key may do, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedRole {
    /// `Read` alone.
    Read,
    /// `Read` and `Write`.
    Write,
}

impl NamedRole {
    const READ: Scope = Scope::known("Read");
    const WRITE: Scope = Scope::known("Write");

    /// The least role that covers `scopes`.
    #[must_use]
    pub fn of(scopes: &Scopes) -> Self {
        if scopes.has(&Self::WRITE) {
            Self::Write
        } else {
            Self::Read
        }
    }

    /// The scopes that it gives.
    #[must_use]
    pub fn scopes(self) -> Scopes {
        match self {
            Self::Read => [Self::READ].into_iter().collect(),
            Self::Write => [Self::READ, Self::WRITE].into_iter().collect(),
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SCOPES_LEN_MAX, Scope, Scopes};

    #[test]
    fn no_more_scopes_are_read_than_a_key_may_have() {
        let list = |len: usize| {
            let names = (0..len).map(|index| format!("s{index}"));
            names.collect::<Vec<_>>().join(" ")
        };
        let most = Scopes::read(&list(SCOPES_LEN_MAX)).unwrap();
        assert_eq!(most.as_slice().len(), SCOPES_LEN_MAX);
        assert_eq!(Scopes::read(&list(SCOPES_LEN_MAX + 1)), None);
        // One that is repeated is one that is sent.
        assert_eq!(Scopes::read(&"a ".repeat(SCOPES_LEN_MAX + 1)), None);
    }

    #[test]
    fn scopes_keep_their_order_and_drop_repeats() {
        let scopes = Scopes::read("b a  b c").unwrap();
        assert_eq!(scopes.to_string(), "b a c");
        assert!(scopes.cover(&[Scope::known("a"), Scope::known("c")]));
        assert!(!scopes.cover(&[Scope::known("a"), Scope::known("d")]));
    }
}
