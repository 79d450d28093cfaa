//! The API's description for programs: `GET /openapi.json` and `atelier openapi`.
//!
//! Each feature has its part of the document beside its code; `base.json` has what they share, `operations.json` the
//! operations. Only the parts of services that run are merged.

use serde_json::{Map, Value};

use super::static_document::StaticDocument;
use crate::cache::Body;
use crate::config::LoaderioToken;
use crate::http::routes::{Route, Routes};

const BASE: &str = include_str!("base.json");
const OPERATIONS: &str = include_str!("operations.json");
const LOADERIO: &str = include_str!("loaderio.json");
/// The placeholder for the name in the paths of [`LOADERIO`].
const LOADERIO_NAME: &str = "loaderio-{token}";

/// The document of a process with these features, each with its part: OpenAPI 3.1, as JSON.
#[must_use]
pub fn document(features: &[&str], loaderio_token: Option<&LoaderioToken>) -> String {
    let mut document = Value::Object(Map::new());
    merge(&mut document, parse(BASE));
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    for part in features {
        merge(&mut document, parse(part));
    }
    merge(&mut document, parse(OPERATIONS));
    if let Some(name) = loaderio_token.map(LoaderioToken::name) {
        merge(&mut document, parse(&LOADERIO.replace(LOADERIO_NAME, &name)));
    }
    document.to_string()
}

/// The route of a document.
#[must_use]
pub fn routes(document: &str) -> Vec<Route> {
    Routes::new(()).cached("/openapi.json", StaticDocument::new("openapi", Body::json(document))).build()
}

fn parse(part: &str) -> Value {
    serde_json::from_str(part).expect("the tests read every part")
}

/// Adds `part`: objects by their keys, lists at the end.
fn merge(document: &mut Value, part: Value) {
    match (document, part) {
        (Value::Object(document), Value::Object(part)) => {
            for (key, value) in part {
                merge(document.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(document), Value::Array(part)) => document.extend(part),
        (document, part) => *document = part,
    }
}
