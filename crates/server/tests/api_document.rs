//! The API document tells the truth: each operation that it names is routed, and those that need a session say so.

mod support;

use protocol::Code;
use protocol::rest::Problem;
use reqwest::Method;
use serde_json::{Value, json};
use server::http::openapi::OPERATIONS;
use support::Server;

#[tokio::test]
async fn every_operation_of_the_document_is_routed() {
    let server = Server::start().await;
    let mut visitor = server.visitor();
    for operation in OPERATIONS {
        let mut path = if operation.path.starts_with("/media") {
            operation.path.to_owned()
        } else {
            format!("/api/v1{}", operation.path)
        };
        path = path.replace("{part}", "0");
        while let (Some(open), Some(close)) = (path.find('{'), path.find('}')) {
            path.replace_range(open..=close, "01890000-0000-7000-8000-000000000000");
        }
        let method: Method = operation.method.to_uppercase().parse().expect("a method");
        let mut request = visitor.request(method.clone(), &path).header("tus-resumable", "1.0.0");
        if operation.body.is_some() {
            request = request.json(&json!({}));
        }
        if operation.path == "/uploads/{upload}" {
            request =
                request.header("upload-offset", 0).header("content-type", "application/offset+octet-stream");
        }
        let answer = visitor.send(request).await;
        let what = format!("{method} {path}: {} {}", answer.status, answer.body);
        let problem: Option<Problem> = serde_json::from_str(&answer.body).ok();
        let detail = problem.as_ref().and_then(|problem| problem.detail.clone()).unwrap_or_default();
        assert!(answer.status != 405 && !detail.contains("no such address"), "not routed: {what}");
        if !operation.open && method != Method::HEAD {
            assert_eq!(
                (answer.status, problem.map(|problem| problem.code)),
                (401, Some(Code::SignInNeeded.number())),
                "{what}"
            );
        }
        assert!(answer.status < 500, "{what}");
    }
}

#[tokio::test]
async fn the_reference_can_be_read_without_a_session() {
    let server = Server::start().await;
    let page = server.visitor().get("/api/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.body.contains("Delete a channel") && page.body.contains("#type-ChannelView"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    let style = server.visitor().get("/api/docs.css").await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
}

#[tokio::test]
async fn the_document_is_served_and_names_every_code() {
    let server = Server::start().await;
    let document: Value = server.visitor().get("/api/openapi.json").await.ok(200);
    assert_eq!(document["openapi"], "3.1.0");
    let codes = document["components"]["schemas"]["Code"]["oneOf"].as_array().expect("codes");
    assert_eq!(codes.len(), Code::ALL.len());
    assert_eq!(document["components"]["schemas"]["Problem"]["properties"]["type"]["type"], "string");
    assert_eq!(
        document["paths"]["/api/v1/channels"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            ["$ref"],
        "#/components/schemas/CreateChannel"
    );
}
