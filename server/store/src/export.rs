//! Events as lines of JSON, outside of any database: all that their MACs cover, and the MACs.
//! Leaves the files that hold them to `audit`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::{Head, Sealed, TouchedId, bytes};
use keywright_model::secret::Pepper;

/// The form of the lines; those of an earlier one are read, too.
const FORM: u32 = 2;
/// The first form: no event says what else it has touched.
const FORM_FIRST: u32 = 1;

/// The first line of an export: which events follow. A file that ends before `ends_at` was cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHeader {
    keywright_events: u32,
    /// Where the events before the first line end.
    pub begins_behind: Head,
    /// Where the events of the last line end.
    pub ends_at: Head,
}

impl ExportHeader {
    /// A header for the events behind `begins_behind`, up to `ends_at`.
    #[must_use]
    pub fn new(begins_behind: Head, ends_at: Head) -> Self {
        Self {
            keywright_events: FORM,
            begins_behind,
            ends_at,
        }
    }

    /// Reads a first line.
    ///
    /// # Errors
    /// When it is none of ours.
    pub fn read(line: &str) -> Result<Self, String> {
        let header: Self = serde_json::from_str(line)
            .map_err(|_| "its first line is not the one of an export".to_owned())?;
        if !(FORM_FIRST..=FORM).contains(&header.keywright_events) {
            return Err("it is an export of a newer keywright".to_owned());
        }
        Ok(header)
    }
}

/// One event of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedEvent {
    position: i64,
    at: String,
    actor: String,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    related_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<Uuid>,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    request_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_request_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    touched: Option<Vec<TouchedId>>,
    mac: String,
}

impl ExportedEvent {
    /// The event that ends at `head`.
    ///
    /// # Errors
    /// When it holds what no server writes.
    pub fn of(sealed: &Sealed<'_>, head: &Head) -> Result<Self, Form> {
        let [related, owner, detail] = sealed.more.unwrap_or_default();
        Ok(Self {
            position: head.position,
            at: instant(sealed.at_ms)?,
            actor: text(sealed.actor)?,
            action: text(sealed.action)?,
            target_id: id_or_none(sealed.target)?,
            related_id: id_or_none(related)?,
            owner_id: id_or_none(owner)?,
            outcome: text(sealed.outcome)?,
            detail: text_or_none(detail)?,
            request_id: Uuid::from_slice(sealed.request_id).map_err(|_| Form)?,
            server_request_id: id_or_none(sealed.server_request_id)?,
            address: text_or_none(sealed.address)?,
            touched: touched_or_none(sealed.touched)?,
            mac: hexadecimal(head),
        })
    }

    /// The head behind a line, if it holds the event that follows `head`.
    ///
    /// # Errors
    /// When it does not: what is wrong with it.
    pub fn prove(line: &str, head: &Head, signer: &Pepper) -> Result<Head, String> {
        let form = || "the line has a form that no export writes: it was changed".to_owned();
        let event: Self = serde_json::from_str(line).map_err(|_| form())?;
        if event.position != head.position + 1 {
            let position = event.position;
            return Err(format!(
                "the event is missing: the next one is at {position}"
            ));
        }
        let next = event.behind(head, signer).ok_or_else(form)?;
        if event.mac != hexadecimal(&next) {
            return Err("the event does not bear out its MAC: it was changed".to_owned());
        }
        // What the MAC does not see, such as blanks, must be as it was written, too.
        let written = serde_json::to_string(&event).map_err(|_| form())?;
        if written == line {
            Ok(next)
        } else {
            Err(form())
        }
    }

    fn behind(&self, head: &Head, signer: &Pepper) -> Option<Head> {
        let at: Timestamp = self.at.parse().ok()?;
        // More digits than are written would have the same MAC.
        if instant(at.as_millisecond()).ok()? != self.at {
            return None;
        }
        let texts = [&self.detail, &self.address];
        if texts.into_iter().flatten().any(String::is_empty) {
            return None;
        }
        let touched = match &self.touched {
            None => Vec::new(),
            Some(ids) => encoded(ids)?,
        };
        let more = [
            bytes(self.related_id.as_ref()),
            bytes(self.owner_id.as_ref()),
            self.detail.as_deref().unwrap_or_default().as_bytes(),
        ];
        let sealed = Sealed {
            at_ms: at.as_millisecond(),
            actor: self.actor.as_bytes(),
            action: self.action.as_bytes(),
            target: bytes(self.target_id.as_ref()),
            outcome: self.outcome.as_bytes(),
            request_id: self.request_id.as_bytes(),
            address: self.address.as_deref().unwrap_or_default().as_bytes(),
            more: Sealed::more_of(more),
            server_request_id: bytes(self.server_request_id.as_ref()),
            touched: &touched,
        };
        Some(sealed.behind(head, signer))
    }
}

/// An event holds what no server writes.
#[derive(Debug)]
pub struct Form;

/// An instant to the millisecond, as events are shown everywhere.
fn instant(at_ms: i64) -> Result<String, Form> {
    let at = Timestamp::from_millisecond(at_ms).map_err(|_| Form)?;
    Ok(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

fn text(bytes: &[u8]) -> Result<String, Form> {
    let text = std::str::from_utf8(bytes);
    text.map(str::to_owned).map_err(|_| Form)
}

fn text_or_none(bytes: &[u8]) -> Result<Option<String>, Form> {
    Ok(Some(text(bytes)?).filter(|text| !text.is_empty()))
}

fn id_or_none(bytes: &[u8]) -> Result<Option<Uuid>, Form> {
    let id = (!bytes.is_empty()).then(|| Uuid::from_slice(bytes));
    id.transpose().map_err(|_| Form)
}

fn touched_or_none(bytes: &[u8]) -> Result<Option<Vec<TouchedId>>, Form> {
    let ids = (!bytes.is_empty()).then(|| TouchedId::decode(bytes).ok_or(Form));
    ids.transpose()
}

/// The bytes of what was touched, if it is some, and in the order in which it is written.
fn encoded(ids: &[TouchedId]) -> Option<Vec<u8>> {
    let bytes = TouchedId::encode(ids.to_vec());
    let is_as_written = !ids.is_empty() && TouchedId::decode(&bytes)? == ids;
    is_as_written.then_some(bytes)
}

/// The MAC as it is written.
fn hexadecimal(head: &Head) -> String {
    let text = head.to_string();
    let mac = text.split_once(':').map(|(_, mac)| mac);
    mac.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use keywright_model::id::{KeyId, OwnerId, TokenId};

    const ID: Uuid = Uuid::from_u128(7);

    fn sealed() -> Sealed<'static> {
        Sealed {
            at_ms: 1_773_576_000_123,
            actor: b"root",
            action: b"key.issued",
            target: ID.as_bytes(),
            outcome: b"done",
            request_id: ID.as_bytes(),
            address: b"",
            more: Some([b"", b"", "é \"1\"".as_bytes()]),
            server_request_id: b"",
            touched: b"",
        }
    }

    /// A key, an owner and a token, as an event holds them.
    fn touched() -> Vec<u8> {
        TouchedId::encode(vec![
            TouchedId::Key(KeyId(ID)),
            TouchedId::Owner(OwnerId(ID)),
            TouchedId::Token {
                id: TokenId(ID),
                expires_at_ms: 27,
            },
        ])
    }

    #[test]
    fn an_event_that_was_written_out_is_proved_from_its_line() {
        let signer = Pepper::new(1, &[7; 32]);
        let before = Head::default();
        let with_own = Sealed {
            server_request_id: ID.as_bytes(),
            ..sealed()
        };
        let early = Sealed {
            more: None,
            ..sealed()
        };
        let (some, all) = (touched(), TouchedId::encode(vec![TouchedId::All]));
        let with_touched = [&some, &all].map(|touched| Sealed {
            touched,
            ..sealed()
        });
        let [with_some, with_all] = with_touched;
        for sealed in [sealed(), with_own, early, with_some, with_all] {
            let head = sealed.behind(&before, &signer);
            let event = ExportedEvent::of(&sealed, &head).unwrap();
            let line = serde_json::to_string(&event).unwrap();
            assert_eq!(ExportedEvent::prove(&line, &before, &signer), Ok(head));
        }
    }

    #[test]
    fn what_was_touched_is_written_out_and_found_when_it_was_changed() {
        let signer = Pepper::new(1, &[7; 32]);
        let before = Head::default();
        let touched = touched();
        let sealed = Sealed {
            touched: &touched,
            ..sealed()
        };
        let head = sealed.behind(&before, &signer);
        let line = serde_json::to_string(&ExportedEvent::of(&sealed, &head).unwrap()).unwrap();
        let key = format!("{{\"key\":\"{ID}\"}}");
        let owner = format!("{{\"owner\":\"{ID}\"}}");
        let token = format!("{{\"token\":{{\"id\":\"{ID}\",\"expires_at_ms\":27}}}}");
        let written = format!("\"touched\":[{key},{owner},{token}]");
        assert!(line.contains(&written), "{line}");
        for changed in [
            String::new(),
            "\"touched\":[]".to_owned(),
            "\"touched\":null".to_owned(),
            "\"touched\":[\"all\"]".to_owned(),
            format!("\"touched\":[{key},{token}]"),
            format!("\"touched\":[{owner},{key},{token}]"),
            format!("\"touched\":[{key},{key},{owner},{token}]"),
            written.replace(":27", ":28"),
            written.replace(":27", ":27,\"more\":1"),
            written.replace("\"key\"", "\"new_key\""),
        ] {
            let changed = line.replace(&written, &changed).replace(",,", ",");
            assert_ne!(changed, line);
            let proved = ExportedEvent::prove(&changed, &before, &signer);
            assert!(proved.is_err(), "{changed}");
        }
        // Where nothing else was touched, an empty list would have the same MAC.
        let nothing = Sealed {
            touched: b"",
            ..sealed
        };
        let head = nothing.behind(&before, &signer);
        let line = serde_json::to_string(&ExportedEvent::of(&nothing, &head).unwrap()).unwrap();
        let changed = line.replace(",\"mac\"", ",\"touched\":[],\"mac\"");
        assert!(ExportedEvent::prove(&line, &before, &signer).is_ok());
        assert!(ExportedEvent::prove(&changed, &before, &signer).is_err());
    }

    #[test]
    fn an_export_of_this_and_of_the_earlier_form_is_read_and_none_of_a_later() {
        let line = |form: u32| {
            format!("{{\"keywright_events\":{form},\"begins_behind\":\"0:\",\"ends_at\":\"0:\"}}")
        };
        for form in FORM_FIRST..=FORM {
            assert!(ExportHeader::read(&line(form)).is_ok());
        }
        for form in [0, FORM + 1] {
            let why = ExportHeader::read(&line(form)).unwrap_err();
            assert_eq!(why, "it is an export of a newer keywright");
        }
    }

    #[test]
    fn a_line_that_was_changed_in_any_way_is_found() {
        let signer = Pepper::new(1, &[7; 32]);
        let before = Head::default();
        let head = sealed().behind(&before, &signer);
        let line = serde_json::to_string(&ExportedEvent::of(&sealed(), &head).unwrap()).unwrap();
        for (from, to) in [
            (".123Z", ".124Z"),
            (".123Z", ".1230Z"),
            (".123Z", ".123456Z"),
            ("\"root\"", "\"server\""),
            ("{\"position\":1", "{\"position\":2"),
            ("{\"position\":1", "{ \"position\":1"),
            ("\"done\"", "\"denied\""),
            ("é", "e"),
            ("é", "\\u00e9"),
            (",\"mac\"", ",\"address\":\"\",\"mac\""),
            (",\"mac\"", ",\"more\":1,\"mac\""),
            (
                ",\"mac\"",
                ",\"server_request_id\":\"00000000-0000-0000-0000-000000000007\",\"mac\"",
            ),
            ("\"mac\":\"", "\"mac\":\"0"),
            ("}", ""),
        ] {
            let changed = line.replacen(from, to, 1);
            assert_ne!(changed, line, "{from}");
            assert!(
                ExportedEvent::prove(&changed, &before, &signer).is_err(),
                "{changed}"
            );
        }
    }
}
