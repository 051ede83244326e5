//! Documents as they are served: with the address at which the server is reached.
//! Leaves what that is to `app`.

use serde_json::{Value, json};

/// Stands for the address in what is written once and answered to many.
const PLACEHOLDER: &str = "http://server.invalid";

/// Puts the address's stand-in where a document says where the server is.
pub(super) fn hold_place(document: &mut Value) {
    document["servers"] = json!([{"url": PLACEHOLDER}]);
    let schemes = document.pointer_mut("/components/securitySchemes");
    let schemes = schemes.and_then(Value::as_object_mut).into_iter().flatten();
    let flows = schemes.filter_map(|(_, scheme)| scheme.get_mut("flows")?.as_object_mut());
    for (_, flow) in flows.flatten() {
        if let Some(Value::String(url)) = flow.get_mut("tokenUrl") {
            url.insert_str(0, PLACEHOLDER);
        }
    }
}

/// A text with the address in place of its stand-in; without one, what leads from the document's own address.
#[must_use]
pub fn at(text: &str, address: Option<&str>) -> String {
    match address {
        Some(address) => text.replace(PLACEHOLDER, address),
        None => text
            .replace(&format!("{PLACEHOLDER}/"), "/")
            .replace(PLACEHOLDER, "/"),
    }
}

/// Whether an address can stand in a document as it is.
#[must_use]
pub fn is_plain(address: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]@!$&()*+,;=%".contains(&byte);
    address.bytes().all(is_plain)
}
