//! What a party serves to programs, held against its description (OpenAPI) and driven by schemathesis, which shares nothing with us.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// That each route is described and each that is described is there, with its methods.
pub async fn assert_described(routes: &Router, document: &str) {
    assert_eq!(served(routes).await, operations(document));
}

/// Each route, with its methods. The router tells its paths when it is shown, and the methods where it is asked with another.
async fn served(routes: &Router) -> BTreeSet<String> {
    let shown = format!("{routes:?}");
    let paths: BTreeSet<&str> = shown
        .split("RouteId(")
        .filter_map(|rest| {
            rest.split_once("): \"")?
                .1
                .split('"')
                .next()
        })
        .filter(|path| path.starts_with('/'))
        .collect();
    let mut served = BTreeSet::new();
    for path in paths {
        let asked: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let request = Request::patch(asked)
            .body(Body::empty())
            .unwrap();
        let answer = routes
            .clone()
            .oneshot(request)
            .await
            .unwrap();
        // The places of fallbacks, which are no routes.
        if answer.status() == StatusCode::NOT_FOUND {
            continue;
        }
        let allowed = answer.headers()["allow"]
            .to_str()
            .unwrap();
        for method in allowed
            .split(',')
            .filter(|method| *method != "HEAD")
        {
            served.insert(format!("{method} {}", path.replace("{*", "{")));
        }
    }
    served
}

/// The operations of a description.
fn operations(document: &str) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(document).unwrap();
    document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            operations
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

/// Drives each operation of `role`'s description at these routes, with so many invented requests for each: none is answered by 5xx, by a status
/// that is not described, or with what does not fit its schema; and who bears no token is let in to nothing that needs one.
pub async fn drive(role: &'static str, routes: Router, token: &'static str, examples: u32) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let address = listener
        .local_addr()
        .unwrap()
        .to_string();
    let serving = tokio::spawn(async { axum::serve(listener, routes).await });
    tokio::task::spawn_blocking(move || driven(role, &address, token, examples))
        .await
        .unwrap();
    serving.abort();
}

fn driven(role: &str, address: &str, token: &str, examples: u32) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let environment = match std::env::var_os("SHIRUSHI_PYTHON_ENV") {
        Some(path) => PathBuf::from(path),
        None => root.join("target/python"),
    };
    let program = environment.join("bin/st");
    assert!(
        program.is_file(),
        "{} is missing: run ./test",
        program.display()
    );
    let file = root.join(format!("docs/api/{role}.json"));
    let description = std::fs::read_to_string(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("octets.py"), OCTETS).unwrap();
    let run = Command::new(program)
        .current_dir(&folder)
        .env("SCHEMATHESIS_HOOKS", "octets.py")
        .arg("run")
        .arg(&file)
        .args(["--url", &format!("http://{address}")])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", &examples.to_string()])
        .args(["--seed", "1", "--generation-database", "none"])
        .args(["--continue-on-failure", "--warnings", "off", "--no-color"])
        .args(["--suppress-health-check", "all"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let all = operations(&description).len();
    assert!(told.contains(&format!("Tested: {all}\n")), "{told}");
}

/// How it sends what is not JSON: as octets that mean nothing.
const OCTETS: &str = r#"
import schemathesis

@schemathesis.serializer("application/ocsp-request")
def octets(context, value):
    return value if isinstance(value, bytes) else repr(value).encode()
"#;

/// Not among them: that what fits its schema is taken. Rules refuse what is well-formed, and tell it with a status that is described.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
response_schema_conformance,ignored_auth,unsupported_method";
