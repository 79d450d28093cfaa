//! `GET /openapi.json` and `atelier openapi`: the API is as documented. The requests are derived from the document, so that
//! a new operation is tested without a change here.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;

use atelier::config::Settings;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{CATALOGUE, Response, Site, TestDatabase, unreachable_database};

/// Values for parameters, most of them invalid.
const STRANGE_VALUES: [&str; 8] =
    ["", "0", "-1", "abc", "1.5", "%00", "9223372036854775807", "99999999999999999999"];

/// The rows that the examples of the document refer to.
const EXAMPLES: &str = "
    insert into questions (product_id, id, body, asker_name, asker_email) values (1, 1, 'Where?', 'ann', 'a@x.example');
    insert into answers (product_id, question_id, id, body, answerer_name, answerer_email)
        values (1, 1, 1, 'Here', 'bob', 'b@x.example');
    insert into answer_photos (product_id, question_id, answer_id, url) values (1, 1, 1, 'https://x.example/1.jpg');
    insert into reviews (product_id, id, rating, recommend, summary, body, reviewer_name, reviewer_email)
        values (1, 1, 4, true, '', 'Good', 'cid', 'c@x.example');
    insert into review_photos (product_id, review_id, url) values (1, 1, 'https://x.example/2.jpg');
    insert into characteristics (product_id, id, name) values (1, 1, 'Fit'), (1, 2, 'Length');
    insert into characteristic_ratings (product_id, review_id, characteristic_id, value) values (1, 1, 1, 4);
    -- New ids are larger than these.
    select setval(pg_get_serial_sequence('questions', 'id'), 100), setval(pg_get_serial_sequence('answers', 'id'), 100),
        setval(pg_get_serial_sequence('reviews', 'id'), 100)";

async fn start() -> Site {
    start_with(|_| {}).await
}

async fn start_with(change: impl FnOnce(&mut Settings)) -> Site {
    let database = TestDatabase::filled(&format!("{CATALOGUE}{EXAMPLES}")).await;
    Site::over(Arc::new(database), change).await
}

/// A documented operation.
struct Operation {
    document: Value,
    template: String,
    method: Method,
    /// The operation object of the document.
    object: Value,
}

impl Operation {
    /// All operations that a replica documents.
    async fn all(site: &Site) -> Vec<Self> {
        let document = site.get("/openapi.json").await.json();
        let mut all = Vec::new();
        for (template, item) in document["paths"].as_object().unwrap() {
            for (method, object) in item.as_object().unwrap() {
                let method = method.to_uppercase().parse().unwrap();
                all.push(Self {
                    document: document.clone(),
                    template: template.clone(),
                    method,
                    object: object.clone(),
                });
            }
        }
        all
    }

    /// Resolves a reference; returns any other value as it is.
    fn resolve<'a>(&'a self, it: &'a Value) -> &'a Value {
        match it["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap(),
            None => it,
        }
    }

    /// The parameters in the path and in the query string.
    fn parameters(&self) -> Vec<&Value> {
        let all = self.object["parameters"].as_array().into_iter().flatten();
        all.map(|it| self.resolve(it)).filter(|it| it["in"] != "header").collect()
    }

    /// The target with the example of each parameter, and with `value` for the parameter `changed`.
    fn target(&self, changed: &str, value: &str) -> String {
        let (mut path, mut query) = (self.template.clone(), String::new());
        for parameter in self.parameters() {
            let name = parameter["name"].as_str().unwrap();
            let example = parameter["example"].to_string();
            let value = if name == changed { value } else { &example };
            if parameter["in"] == "path" {
                path = path.replace(&format!("{{{name}}}"), value);
            } else if value != "null" {
                query = format!("{query}&{name}={value}");
            }
        }
        format!("{path}?{}", query.trim_start_matches('&'))
    }

    /// Sends a request, and checks the response.
    async fn send(&self, site: &Site, target: &str, content_type: &str, body: &str) -> Response {
        let request = Request::builder().method(self.method.clone()).uri(target);
        let request = request.header("content-type", content_type).body(Body::from(body.to_owned()));
        let response = site.request(request.unwrap()).await;
        self.check(target, &response);
        response
    }

    /// Asserts that a response is as documented.
    fn check(&self, target: &str, response: &Response) {
        let shown = format!("{} {target}: {response}", self.method);
        let documented = self.resolve(&self.object["responses"][response.status.as_str()]);
        assert!(documented.is_object(), "the status is not documented: {shown}");
        for (name, header) in documented["headers"].as_object().into_iter().flatten() {
            let header = self.resolve(header);
            assert!(header["required"] != true || response.headers.contains_key(name), "no {name}: {shown}");
            if header["required"] == true {
                let text = response.header(name);
                let is_number = header["schema"]["type"] == "integer";
                let value = if is_number { text.parse::<u64>().unwrap().into() } else { text.into() };
                self.validate(&header["schema"], &value, &shown);
            }
        }
        let essence = response.header("content-type").split(';').next().unwrap();
        match documented["content"].as_object() {
            None => assert_eq!((response.text(), essence), ("", ""), "{shown}"),
            Some(content) => {
                assert!(content.contains_key(essence), "{shown}");
                let body = if essence.ends_with("json") { response.json() } else { response.text().into() };
                self.validate(&content[essence]["schema"], &body, &shown);
            }
        }
    }

    fn validate(&self, schema: &Value, value: &Value, shown: &str) {
        let schema = json!({ "allOf": [schema], "components": self.document["components"] });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(value).map(|err| format!("{}: {err}", err.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{shown}");
    }
}

#[tokio::test]
async fn the_documented_paths_are_those_served() {
    let site = start_with(|settings| settings.loaderio_token = Some("0123abcd".parse().unwrap())).await;
    let document = site.get("/openapi.json").await.json();
    let served: BTreeSet<&str> = site.app.site().templates().collect();
    let documented: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(served, documented);
}

#[tokio::test]
async fn the_documented_methods_are_those_allowed() {
    let site = start().await;
    let document = site.get("/openapi.json").await.json();
    for (template, item) in document["paths"].as_object().unwrap() {
        let response = site.send("BREW".parse().unwrap(), &template.replace("{id}", "1"), &[]).await;
        let mut allowed: Vec<_> = response.header("allow").split(',').filter(|it| *it != "HEAD").collect();
        let mut documented: Vec<_> = item.as_object().unwrap().keys().map(|it| it.to_uppercase()).collect();
        allowed.sort_unstable();
        documented.sort_unstable();
        assert_eq!(allowed, documented, "{template}");
    }
}

#[tokio::test]
async fn only_enabled_services_are_documented() {
    let site = Site::start_with(|settings| settings.services = "interactions".parse().unwrap()).await;
    let document = site.get("/openapi.json").await.json();
    assert!(document["paths"].get("/products").is_none() && document["paths"].get("/metrics").is_some());
    assert!(document["components"]["schemas"].get("Product").is_none());
    assert_eq!(site.get("/products").await.status, 404);
}

#[tokio::test]
async fn operations_have_unique_ids_and_declared_tags() {
    let site = start().await;
    let mut names = BTreeSet::new();
    for operation in Operation::all(&site).await {
        assert!(names.insert(operation.object["operationId"].to_string()), "{}", operation.object);
        let mut tags = operation.document["tags"].as_array().unwrap().iter();
        assert!(tags.any(|tag| tag["name"] == operation.object["tags"][0]), "{}", operation.object);
    }
}

#[tokio::test]
async fn responses_are_as_documented() {
    let site = start().await;
    for operation in Operation::all(&site).await {
        let target = operation.target("", "");
        let body = &operation.object["requestBody"]["content"]["application/json"];
        let body = if operation.method == Method::POST { body["example"].to_string() } else { String::new() };
        let response = operation.send(&site, &target, "application/json", &body).await;
        assert!(response.status.is_success(), "{} {target}: {response}", operation.method);
        if !response.header("etag").is_empty() {
            let again = site.get_with(&target, &[("if-none-match", response.header("etag"))]).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED);
            operation.check(&target, &again);
        }
    }
}

#[tokio::test]
async fn responses_to_strange_parameters_are_as_documented() {
    let site = start().await;
    for operation in Operation::all(&site).await {
        let body = operation.object["requestBody"]["content"]["application/json"]["example"].to_string();
        for parameter in operation.parameters() {
            // An empty segment would be the path of another operation.
            let values =
                STRANGE_VALUES.iter().filter(|value| parameter["in"] == "query" || !value.is_empty());
            for value in values {
                let target = operation.target(parameter["name"].as_str().unwrap(), value);
                operation.send(&site, &target, "application/json", &body).await;
            }
        }
    }
}

#[tokio::test]
async fn responses_to_invalid_bodies_are_as_documented() {
    let site = start_with(|settings| settings.max_body_bytes = 20_000).await;
    for operation in Operation::all(&site).await.into_iter().filter(|it| it.method == Method::POST) {
        let target = operation.target("", "");
        let example = &operation.object["requestBody"]["content"]["application/json"]["example"];
        let assert_status = async |status: u16, content_type, body: &str| {
            let response = operation.send(&site, &target, content_type, body).await;
            assert_eq!(response.status, status, "{target} {body:.100}: {response}");
        };
        assert_status(415, "text/plain", &example.to_string()).await;
        assert_status(400, "application/json", "{").await;
        assert_status(413, "application/json", &format!("\"{}\"", "x".repeat(20_000))).await;
        assert_status(422, "application/json", "[]").await;
        assert_status(422, "application/json", "{}").await;
        for field in operation
            .resolve(&operation.object["requestBody"]["content"]["application/json"]["schema"])["required"]
            .as_array()
            .unwrap()
        {
            for invalid in [json!([]), json!("\0"), json!("x".repeat(12_000)), json!(0), json!(-1.5)] {
                let mut body = example.clone();
                body[field.as_str().unwrap()] = invalid;
                assert_status(422, "application/json", &body.to_string()).await;
            }
        }
    }
}

#[tokio::test]
async fn responses_without_a_database_are_as_documented() {
    let site = Site::unready(&unreachable_database(), |_| {});
    for operation in Operation::all(&site).await {
        let body = operation.object["requestBody"]["content"]["application/json"]["example"].to_string();
        operation.send(&site, &operation.target("", ""), "application/json", &body).await;
    }
}

#[tokio::test]
async fn the_document_is_revalidated_and_compressed() {
    let site = start().await;
    let plain = site.get("/openapi.json").await;
    assert_eq!(
        (plain.header("cache-control"), plain.header("content-type")),
        ("no-cache", "application/json")
    );
    let compressed = site.get_with("/openapi.json", &[("accept-encoding", "br")]).await;
    assert!(
        compressed.body.len() * 5 < plain.body.len(),
        "{} of {}",
        compressed.body.len(),
        plain.body.len()
    );
    let head = site.send(Method::HEAD, "/openapi.json/", &[]).await;
    assert_eq!(head.to_string() + plain.text(), plain.to_string());
}

#[tokio::test]
async fn the_command_openapi_prints_the_same_document() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
    let printed = command.arg("openapi").env_remove("DATABASE_URL").output().unwrap();
    assert!(printed.status.success());
    let served = Site::start().await.get("/openapi.json").await;
    assert_eq!(String::from_utf8(printed.stdout).unwrap().trim_end(), served.text());
}
