//! What every service answers when it does not answer what was asked, and how it says that it is well. Their types are below and above this
//! room (`shirushi_rules::RefusalReport`, `shirushi_web::ProblemReport` and `StatusReport`); that real answers fit is what schemathesis shows.

use serde_json::{Map, Value, json};

pub(super) fn common() -> Map<String, Value> {
    let text = json!({ "type": "string" });
    let both = json!({ "$ref": "#/components/schemas/InBoth" });
    let whole = |what: &str, properties: Value, optional: &[&str]| {
        let required: Vec<&String> = properties
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .filter(|name| !optional.contains(&name.as_str()))
            .collect();
        json!({
            "type": "object",
            "description": what,
            "required": required,
            "properties": properties,
            "additionalProperties": false,
        })
    };
    let shapes = [
        (
            "InBoth",
            whole(
                "A text in Japanese and English.",
                json!({ "ja": text, "en": text }),
                &[],
            ),
        ),
        (
            "Problem",
            whole(
                "Why there is no answer.",
                json!({ "problem": text, "reason": both, "remedy": both, "incident": text }),
                &["incident"],
            ),
        ),
        (
            "Refusal",
            whole(
                "A rule has refused it: which, where it comes from, why, and what can be done.",
                json!({
                    "rule": text,
                    "source": text,
                    "citation": text,
                    "reason": both,
                    "remedy": both,
                    "facts": { "type": "object" },
                    "rows": {
                        "type": "array",
                        "description": "Of an import: what is wrong where.",
                        "items": { "type": "object" },
                    },
                }),
                &["rows"],
            ),
        ),
        (
            "Check",
            whole(
                "One thing that was looked at.",
                json!({ "name": text, "ok": { "type": "boolean" }, "seen": text }),
                &[],
            ),
        ),
        (
            "StatusReport",
            whole(
                "How a service is.",
                json!({
                    "role": text,
                    "version": text,
                    "now": { "type": "integer", "description": "Seconds since 1970." },
                    "ok": { "type": "boolean" },
                    "checks": {
                        "type": "array",
                        "items": { "$ref": "#/components/schemas/Check" },
                    },
                }),
                &[],
            ),
        ),
    ];
    shapes
        .into_iter()
        .map(|(name, shape)| (name.to_owned(), shape))
        .collect()
}
