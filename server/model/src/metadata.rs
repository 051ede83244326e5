//! JSON that an issuer attaches to a key: kept as text, and never turned into a tree of values.
//! Leaves where it stands in a body to `contract`, and its column to `store`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Bytes of JSON, without white space.
const LEN_MAX: usize = 4096;
/// Objects and arrays inside each other, the outermost among them.
const DEPTH_MAX: usize = 32;
/// What was stored may be as deep as `serde_json` reads it from within an answer.
const DEPTH_STORED_MAX: usize = 120;
/// A member of such a name is no member to programs that read JSON with `serde_json`.
const RESERVED: &str = "$serde_json::private::";

/// A JSON object as its text: members in their order, numbers digit by digit, without white space.
///
/// What a value means is left to who reads it: a library that makes values of it may take the name of a
/// member for an instruction, or round a number.
#[derive(Clone, Debug)]
pub struct Metadata(Box<RawValue>);

impl Metadata {
    /// Takes what a client attaches.
    ///
    /// # Errors
    /// When it is no object, or holds what cannot be kept, or what not everybody could read.
    pub fn read(text: &str) -> Result<Self, MetadataError> {
        let text = Scan::of(text, DEPTH_MAX)?;
        if text.len() > LEN_MAX {
            return Err(Fault::TooLong(text.len()).into());
        }
        Self::recall(&text)
    }

    /// Takes what is stored, which may be from before there were all of today's rules.
    ///
    /// # Errors
    /// When it is no object that everybody could read.
    pub fn recall(text: &str) -> Result<Self, MetadataError> {
        if text == "{}" {
            return Ok(Self::default());
        }
        let text = Scan::of(text, DEPTH_STORED_MAX)?;
        let raw = RawValue::from_string(text).map_err(|_| Fault::Broken)?;
        Ok(Self(raw))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self(RawValue::from_string("{}".to_owned()).expect("this is JSON"))
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Metadata {}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// What is wrong with metadata, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metadata {fault}")]
pub struct MetadataError {
    /// An RFC 6901 pointer into it; empty for the whole.
    pub pointer: String,
    fault: Fault,
}

impl MetadataError {
    fn below(mut self, step: impl fmt::Display) -> Self {
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        self.pointer = format!("/{step}{}", self.pointer);
        self
    }
}

impl From<Fault> for MetadataError {
    fn from(fault: Fault) -> Self {
        Self {
            pointer: String::new(),
            fault,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("must be an object")]
    NotObject,
    #[error("may have {LEN_MAX} bytes of JSON, got {0}")]
    TooLong(usize),
    #[error("is nested too deep: {DEPTH_MAX} levels are kept")]
    TooDeep,
    #[error("must have each member once in an object, got one twice")]
    Repeated,
    #[error("must have no member whose name begins with {RESERVED}: choose another name")]
    Reserved,
    #[error("must have numbers that an IEEE 754 double can hold: write this one as a string")]
    TooGreat,
    #[error("must have whole characters in its strings, got half a surrogate pair")]
    Surrogate,
    #[error("must be JSON")]
    Broken,
}

/// One walk over JSON, which writes it anew as it goes.
struct Scan<'a> {
    rest: &'a str,
    text: String,
    depth_max: usize,
}

impl<'a> Scan<'a> {
    /// An object without white space, its strings in the shortest form, all else as it stands there.
    fn of(text: &'a str, depth_max: usize) -> Result<String, MetadataError> {
        // Its grammar is looked at first, without a tree and at any depth: what follows may rely on it.
        let raw: &RawValue = serde_json::from_str(text).map_err(|_| Fault::Broken)?;
        if !raw.get().starts_with('{') {
            return Err(Fault::NotObject.into());
        }
        let mut scan = Self {
            rest: raw.get(),
            text: String::with_capacity(raw.get().len()),
            depth_max,
        };
        scan.value(0)?;
        Ok(scan.text)
    }

    fn value(&mut self, depth: usize) -> Result<(), MetadataError> {
        match self.next() {
            Some('{' | '[') if depth == self.depth_max => Err(Fault::TooDeep.into()),
            Some('{') => self.object(depth + 1),
            Some('[') => self.array(depth + 1),
            Some('"') => Ok(self.string().map(drop)?),
            _ => Ok(self.word()?),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), MetadataError> {
        self.take('{')?;
        let mut names = HashSet::new();
        while self.next() == Some('"') {
            let name = self.string()?;
            let refuse = |fault: Fault| Err(MetadataError::from(fault).below(&name));
            // What is stored may have such a name in its first object, where it never did harm.
            if name.starts_with(RESERVED) && self.depth_max == DEPTH_MAX {
                return refuse(Fault::Reserved);
            }
            if names.contains(&name) {
                return refuse(Fault::Repeated);
            }
            self.take(':')?;
            self.value(depth).map_err(|error| error.below(&name))?;
            names.insert(name);
            if self.next() == Some(',') {
                self.take(',')?;
            }
        }
        Ok(self.take('}')?)
    }

    fn array(&mut self, depth: usize) -> Result<(), MetadataError> {
        self.take('[')?;
        let mut index = 0;
        while self.next().is_some_and(|next| next != ']') {
            self.value(depth).map_err(|error| error.below(index))?;
            index += 1;
            if self.next() == Some(',') {
                self.take(',')?;
            }
        }
        Ok(self.take(']')?)
    }

    /// A string, and what it says.
    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let mut bytes = self.rest.bytes().enumerate().skip(1);
        let end = loop {
            match bytes.next().ok_or(Fault::Broken)? {
                (at, b'"') => break at,
                (_, b'\\') => drop(bytes.next()),
                _ => {}
            }
        };
        let (literal, rest) = self.rest.split_at(end + 1);
        self.rest = rest;
        if !literal.contains('\\') {
            self.text.push_str(literal);
            return Ok(Cow::Borrowed(&literal[1..end]));
        }
        let said: String = serde_json::from_str(literal).map_err(|_| Fault::Surrogate)?;
        self.text += &serde_json::to_string(&said).map_err(|_| Fault::Broken)?;
        Ok(Cow::Owned(said))
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<(), Fault> {
        let is_end = |character: char| ",]}".contains(character) || is_blank(character);
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let is_number = word.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if word.is_empty() {
            return Err(Fault::Broken);
        } else if is_number && !word.parse().is_ok_and(f64::is_finite) {
            return Err(Fault::TooGreat);
        }
        self.text.push_str(word);
        Ok(())
    }

    /// The next character that is no white space.
    fn next(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches(is_blank);
        self.rest.chars().next()
    }

    fn take(&mut self, mark: char) -> Result<(), Fault> {
        self.next();
        self.rest = self.rest.strip_prefix(mark).ok_or(Fault::Broken)?;
        self.text.push(mark);
        Ok(())
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::{DEPTH_MAX, DEPTH_STORED_MAX, LEN_MAX, Metadata};

    fn refused(text: &str) -> (String, String) {
        let error = Metadata::read(text).expect_err(text);
        (error.pointer.clone(), error.to_string())
    }

    fn nested(depth: usize) -> String {
        format!(
            r#"{{"x":{}{}}}"#,
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    }

    #[test]
    fn what_is_sent_is_kept_to_the_last_digit_and_in_its_order() {
        for (sent, kept) in [
            ("{}", "{}"),
            (" { } ", "{}"),
            (r#"{"b":1,"a":2}"#, r#"{"b":1,"a":2}"#),
            (
                "{ \"a\" : [ 1 ,\t2 ] ,\n\"b\": { } }",
                r#"{"a":[1,2],"b":{}}"#,
            ),
            (
                r#"{"n":[18446744073709551616,-0,-0.0,1.0,1E2,0.1000000000000000055511151231257827]}"#,
                r#"{"n":[18446744073709551616,-0,-0.0,1.0,1E2,0.1000000000000000055511151231257827]}"#,
            ),
            (
                r#"{"\u0061":"\u00e9\/\n\u0000\ud83d\udd11"}"#,
                r#"{"a":"é/\n\u0000🔑"}"#,
            ),
            (
                r#"{"":null,"t":true,"f":false}"#,
                r#"{"":null,"t":true,"f":false}"#,
            ),
            (r#"{"x":"{\"$\":[1, 2]}"}"#, r#"{"x":"{\"$\":[1, 2]}"}"#),
        ] {
            let read = Metadata::read(sent).unwrap();
            assert_eq!(read.as_str(), kept);
            assert_eq!(serde_json::to_string(&read).unwrap(), kept);
            assert_eq!(Metadata::recall(kept), Ok(read));
        }
    }

    #[test]
    fn what_cannot_be_kept_is_pointed_at() {
        for (text, pointer, says) in [
            ("[]", "", "an object"),
            ("null", "", "an object"),
            ("{", "", "JSON"),
            (r#"{"a":1,"\u0061":2}"#, "/a", "twice"),
            (r#"{"a":[0,{"b":1,"b":1}]}"#, "/a/1/b", "twice"),
            (
                r#"{"$serde_json::private::RawValue":"1"}"#,
                "/$serde_json::private::RawValue",
                "another name",
            ),
            (
                r#"{"x":{"$serde_json::private::Number":"1"}}"#,
                "/x/$serde_json::private::Number",
                "another name",
            ),
            (r#"{"a/b":{"~":1e400}}"#, "/a~1b/~0", "as a string"),
            (r#"{"x":[1,"\ud800"]}"#, "/x/1", "surrogate"),
            (r#"{"\udc00":1}"#, "", "surrogate"),
        ] {
            let (place, detail) = refused(text);
            assert_eq!(place, pointer, "{text}");
            assert!(detail.contains(says), "{text}: {detail}");
        }
    }

    #[test]
    fn it_is_kept_up_to_its_length_and_depth_and_no_further() {
        let long = |len: usize| format!(r#"{{ "x" : "{}" }}"#, "x".repeat(len - 8));
        assert_eq!(
            Metadata::read(&long(LEN_MAX)).unwrap().as_str().len(),
            LEN_MAX
        );
        assert_eq!(
            refused(&long(LEN_MAX + 1)).1,
            "metadata may have 4096 bytes of JSON, got 4097"
        );
        assert!(Metadata::read(&nested(DEPTH_MAX)).is_ok());
        let (pointer, detail) = refused(&nested(DEPTH_MAX + 1));
        assert_eq!(pointer, format!("/x{}", "/0".repeat(DEPTH_MAX - 1)));
        assert_eq!(detail, "metadata is nested too deep: 32 levels are kept");
        refused(&nested(30_000));
    }

    #[test]
    fn what_earlier_versions_stored_is_read_as_long_as_a_client_could_read_it() {
        assert!(Metadata::recall(&nested(DEPTH_STORED_MAX)).is_ok());
        assert!(Metadata::recall(&nested(DEPTH_STORED_MAX + 1)).is_err());
        let reserved = r#"{"$serde_json::private::RawValue":"1"}"#;
        assert_eq!(Metadata::recall(reserved).unwrap().as_str(), reserved);
        for text in ["", "x", "[]", r#"{"a":1"#, "{}{}", r#"{"a":1e999}"#] {
            assert!(Metadata::recall(text).is_err(), "{text}");
        }
    }
}
