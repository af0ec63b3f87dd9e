//! A role's description in OpenAPI 3.1, made of its definitions.

mod shapes;

use crate::{About, Caller, Method, Operation, Parameter, Place, RoleContract, Shape};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use shirushi_rules::{NOT_TOO_MUCH_AT_ONCE, Rule, SIZE_LIMIT, WELL_FORMED};

/// The description of `role`, as it stands in `docs/api`.
#[must_use]
pub fn described(role: &RoleContract) -> String {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for operation in role.operations {
        let about = operation.about();
        let at = paths
            .entry(about.path.replace("{*", "{"))
            .or_insert_with(|| json!({}));
        at[method(about.method)] = described_operation(role, *operation, &mut schemas);
    }
    let mut components = shapes::common();
    components.extend(schemas.take_definitions(true));
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Shirushi: {}", role.name),
            "version": env!("CARGO_PKG_VERSION"),
            "summary": role.is,
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "roles": {
                    "type": "mutualTLS",
                    "description": "A certificate of the role CA, from machine to machine.",
                },
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The roles' token, within one process.",
                },
            },
        },
    });
    let mut text = format!("{document:#}");
    text.push('\n');
    text
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
    }
}

fn described_operation(
    role: &RoleContract,
    operation: &dyn Operation,
    schemas: &mut SchemaGenerator,
) -> Value {
    let about = operation.about();
    let mut described = json!({
        "operationId": identifier(about),
        "tags": [role.name],
        "summary": about.summary,
        "parameters": about.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "responses": responses(operation, schemas),
    });
    let takes = contents(operation.takes(schemas));
    if !takes.is_empty() {
        described["requestBody"] = json!({
            "required": true,
            "description": format!("At most {} bytes.", about.limit),
            "content": takes,
        });
    }
    if let Caller::Roles(roles) = about.caller {
        described["security"] = json!([{ "roles": [] }, { "token": [] }]);
        described["x-roles"] = json!(roles);
    }
    described
}

fn identifier(about: &About) -> String {
    let path: Vec<&str> = about
        .path
        .split(['/', '{', '}', '*', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    format!("{}-{}", method(about.method), path.join("-"))
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.shape {
        Shape::OneOf(all) => json!({ "type": "string", "enum": all }),
        Shape::Pattern(pattern) => json!({ "type": "string", "pattern": pattern }),
    };
    json!({
        "name": parameter.name,
        "in": if parameter.place == Place::Path { "path" } else { "query" },
        "required": parameter.place != Place::QueryIfAny,
        "description": parameter.means,
        "schema": schema,
    })
}

fn contents(contents: crate::body::Contents) -> Map<String, Value> {
    contents
        .into_iter()
        .map(|(media, schema)| {
            let schema = Value::from(schema);
            let said = match schema
                .as_object()
                .is_some_and(Map::is_empty)
            {
                true => json!({}),
                false => json!({ "schema": schema }),
            };
            (media.to_owned(), said)
        })
        .collect()
}

fn responses(operation: &dyn Operation, schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let about = operation.about();
    let answer = contents(operation.answers(schemas));
    let mut responses = Map::new();
    let mut say = |status: u16, said: Value| {
        responses.insert(status.to_string(), said);
    };
    let problem = |what: &str| {
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        json!({ "description": what, "content": { "application/json": { "schema": schema } } })
    };
    for status in about.bare {
        say(*status, json!({ "description": "Not modified." }));
    }
    match about.caller {
        Caller::Anyone => {}
        Caller::Roles(_) => {
            say(401, problem("The token is not the one that is configured."));
            say(
                403,
                problem("The service that asks has no role that may ask this."),
            );
        }
    }
    if about.may_be_absent {
        say(404, problem("There is nothing here."));
    }
    say(
        421,
        problem("There is no service under this host name here."),
    );
    let mut rules = about.rules.to_vec();
    if about.limit > 0 {
        rules.push(&NOT_TOO_MUCH_AT_ONCE);
        say(413, refusal("The body is too large.", &[&SIZE_LIMIT]));
        say(415, problem("The body is of another media type."));
    }
    if about.limit > 0 || !about.parameters.is_empty() {
        rules.push(&WELL_FORMED);
    }
    if !rules.is_empty() {
        say(422, refusal("A rule refuses it.", &rules));
    }
    say(500, problem("A fault of this service."));
    say(
        503,
        problem("What is needed does not answer now, or nothing can be recorded."),
    );
    for status in about.answered_too {
        say(
            *status,
            json!({ "description": "The same.", "content": answer }),
        );
    }
    let mut success = json!({ "description": "Done." });
    if !answer.is_empty() {
        success["content"] = json!(answer);
    }
    say(about.success, success);
    responses
}

/// A refusal by one of these rules.
fn refusal(what: &str, rules: &[&Rule]) -> Value {
    let mut ids: Vec<&str> = rules
        .iter()
        .map(|rule| rule.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let schema = json!({
        "allOf": [
            { "$ref": "#/components/schemas/Refusal" },
            { "properties": { "rule": { "enum": ids } } },
        ],
    });
    json!({ "description": what, "content": { "application/json": { "schema": schema } } })
}
