//! What the API is like, for programs: `GET /openapi.json` and `atelier openapi`.
//!
//! Each service has its part of the document beside this file, and `base.json` what they share. Only the parts of
//! services that run are put together.

use axum::extract::State;
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::reply::Wanted;
use super::running;
use crate::cache::{Body, Cache};
use crate::config::{LoaderioToken, Service, Settings};
use crate::state::App;

const BASE: &str = include_str!("base.json");
const OPERATIONS: &str = include_str!("operations.json");
const LOADERIO: &str = include_str!("loaderio.json");
/// Stands for the name in the paths of [`LOADERIO`].
const LOADERIO_NAME: &str = "loaderio-{token}";

/// The part of a service.
fn part(service: Service) -> &'static str {
    match service {
        Service::Products => include_str!("products.json"),
        Service::Questions => include_str!("questions.json"),
        Service::Reviews => include_str!("reviews.json"),
        Service::Cart => include_str!("cart.json"),
        Service::Interactions => include_str!("interactions.json"),
    }
}

/// The document of a process with these settings: OpenAPI 3.1, as JSON.
#[must_use]
pub fn document(settings: &Settings) -> String {
    let mut document = Value::Object(Map::new());
    merge(&mut document, parse(BASE));
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    for (service, _) in running(&settings.services) {
        merge(&mut document, parse(part(service)));
    }
    merge(&mut document, parse(OPERATIONS));
    if let Some(name) = settings.loaderio_token.as_ref().map(LoaderioToken::name) {
        merge(&mut document, parse(&LOADERIO.replace(LOADERIO_NAME, &name)));
    }
    document.to_string()
}

pub(super) fn route(settings: &Settings) -> MethodRouter<App> {
    let document = Bytes::from(document(settings));
    get(async move |State(cache): State<Cache>, wanted: Wanted| {
        wanted.reply_fixed(&cache, "openapi", || Body::new(&document, Vec::new())).await
    })
}

fn parse(part: &str) -> Value {
    serde_json::from_str(part).expect("the tests read every part")
}

/// Adds what is in `part`: to objects by their keys, to lists behind.
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{BASE, LOADERIO, OPERATIONS, merge, parse, part};
    use crate::config::Service;

    #[test]
    fn all_parts_are_read_and_refer_to_what_is_there() {
        let services =
            [Service::Products, Service::Questions, Service::Reviews, Service::Cart, Service::Interactions];
        let mut document = parse(BASE);
        for part in services.map(part).into_iter().chain([OPERATIONS, LOADERIO]) {
            merge(&mut document, parse(part));
        }
        let text = document.to_string();
        for reference in text.split(r##""$ref":"#"##).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(document.pointer(reference).is_some_and(Value::is_object), "{reference}");
        }
    }
}
