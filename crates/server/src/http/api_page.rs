//! `GET /api/docs`: the API document as a page to read, with our own colours and without a script of its own. Everything
//! on it comes out of [`super::openapi::document`], so that it cannot say anything else.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::LazyLock;

const STYLE: &str = include_str!("api_page.css");

static PAGE: LazyLock<String> = LazyLock::new(|| page(&super::openapi::document()));

/// The page.
pub async fn show() -> Response {
    kept("text/html; charset=utf-8", PAGE.as_str())
}

/// Its colours and measures.
pub async fn style() -> Response {
    kept("text/css; charset=utf-8", STYLE)
}

fn kept(kind: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}

/// One operation of the document.
struct Entry<'a> {
    method: &'a str,
    path: &'a str,
    described: &'a Value,
}

impl Entry<'_> {
    fn id(&self) -> &str {
        text(&self.described["operationId"])
    }

    /// What it is about: the first word of its path.
    fn group(&self) -> &str {
        let path = self.path.strip_prefix("/api/v1").unwrap_or(self.path);
        path.split('/').find(|part| !part.is_empty()).unwrap_or("api")
    }
}

fn page(document: &Value) -> String {
    let entries: Vec<Entry<'_>> = fields(&document["paths"])
        .flat_map(|(path, methods)| {
            fields(methods).map(move |(method, described)| Entry { method, path, described })
        })
        .collect();
    let mut groups: Vec<&str> = Vec::new();
    for entry in &entries {
        if !groups.contains(&entry.group()) {
            groups.push(entry.group());
        }
    }
    let mut out = String::new();
    head(&mut out, document);
    out.push_str("<nav aria-label=\"Contents\"><ul>");
    for group in &groups {
        let _ = write!(out, "<li><a href=\"#{group}\">{group}</a></li>");
    }
    out.push_str("<li><a href=\"#types\">Types</a></li><li><a href=\"#codes\">Codes</a></li></ul></nav><main id=\"content\">");
    for group in &groups {
        let _ = write!(out, "<section aria-labelledby=\"{group}\"><h2 id=\"{group}\">{group}</h2>");
        for entry in entries.iter().filter(|entry| entry.group() == *group) {
            operation(&mut out, entry);
        }
        out.push_str("</section>");
    }
    types(&mut out, &document["components"]["schemas"]);
    codes(&mut out, &document["components"]["schemas"]["Code"]);
    out.push_str("</main></div></body></html>");
    out
}

fn head(out: &mut String, document: &Value) {
    let info = &document["info"];
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\" data-theme=\"dark\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"dark light\"><title>API reference · Genlock</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"/api/docs.css\">\
         <script src=\"/theme.js\"></script></head><body><a class=\"skip\" href=\"#content\">Skip to content</a>\
         <header><h1>API reference</h1><p>{}</p><p class=\"links\"><a href=\"/\">Open Genlock</a>\
         <a href=\"/api/openapi.json\">OpenAPI 3.1 document</a><span>Version {}</span></p></header><div class=\"columns\">",
        escape(text(&info["description"])),
        escape(text(&info["version"])),
    );
}

fn operation(out: &mut String, entry: &Entry<'_>) {
    let described = entry.described;
    let open = described["security"]
        .as_array()
        .is_some_and(|ways| ways.iter().any(|way| way == &serde_json::json!({})));
    let _ = write!(
        out,
        "<article id=\"{id}\"><h3><span class=\"method {method}\">{method}</span> <code>{}</code></h3><p>{}{}</p>",
        escape(entry.path).replace('/', "/<wbr>"),
        escape(text(&described["summary"])),
        if open { " <span class=\"note\">Works without a session.</span>" } else { "" },
        id = entry.id(),
        method = entry.method,
    );
    let parameters = described["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let queries = parameters.iter().filter(|parameter| parameter["in"] == "query");
    for query in queries {
        let _ = write!(
            out,
            "<p class=\"line\"><span>Query</span> <code>{}</code> {}: {}</p>",
            escape(text(&query["name"])),
            kind(&query["schema"]),
            escape(text(&query["description"])),
        );
    }
    if let Some(schema) = described.pointer("/requestBody/content/application~1json/schema") {
        let _ = write!(out, "<p class=\"line\"><span>Body</span> {}</p>", kind(schema));
    }
    for (status, answer) in fields(&described["responses"]).filter(|(status, _)| *status != "default") {
        let body = fields(&answer["content"]).next().map(|(content, body)| match body.get("schema") {
            Some(schema) => kind(schema),
            None => format!("<code>{}</code>", escape(content)),
        });
        let _ = write!(
            out,
            "<p class=\"line\"><span>Answer</span> {status} {}</p>",
            body.unwrap_or_else(|| "without a body".to_owned())
        );
    }
    out.push_str("</article>");
}

fn types(out: &mut String, schemas: &Value) {
    out.push_str("<section aria-labelledby=\"types\"><h2 id=\"types\">Types</h2>");
    for (name, schema) in fields(schemas).filter(|(name, _)| *name != "Code") {
        let _ = write!(
            out,
            "<article id=\"type-{name}\"><h3><code>{name}</code></h3><p>{}</p>",
            escape(text(&schema["description"]))
        );
        if let Some(words) = schema["enum"].as_array() {
            let words: Vec<String> =
                words.iter().map(|word| format!("<code>{}</code>", escape(text(word)))).collect();
            let _ = write!(out, "<p class=\"line\"><span>One of</span> {}</p>", words.join(" "));
        }
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut rows = fields(&schema["properties"]).peekable();
        if rows.peek().is_some() {
            out.push_str("<dl>");
            for (field, of) in rows {
                let optional = if required.iter().any(|name| name == field) { "" } else { ", may be absent" };
                row(out, field, &format!("{}{optional}", kind(of)), text(&of["description"]));
            }
            out.push_str("</dl>");
        }
        if let Some(variants) = schema["oneOf"].as_array() {
            out.push_str("<p class=\"note\">An object with the kind as <code>t</code> and its content as <code>c</code>.</p><dl>");
            for variant in variants {
                let tag = text(&variant["properties"]["t"]["const"]);
                row(out, tag, &kind(&variant["properties"]["c"]), text(&variant["description"]));
            }
            out.push_str("</dl>");
        }
        out.push_str("</article>");
    }
    out.push_str("</section>");
}

fn row(out: &mut String, name: &str, kind: &str, meaning: &str) {
    let _ = write!(
        out,
        "<div><dt><code>{}</code></dt><dd><span class=\"kind\">{kind}</span> {}</dd></div>",
        escape(name),
        escape(meaning)
    );
}

fn codes(out: &mut String, schema: &Value) {
    out.push_str("<section aria-labelledby=\"codes\"><h2 id=\"codes\">Codes</h2><p>What refusals and closed sockets are numbered by.</p><dl>");
    for code in schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let kind = escape(text(&code["title"]));
        row(out, &code["const"].to_string(), &kind, text(&code["description"]));
    }
    out.push_str("</dl></section>");
}

/// A schema in words, as HTML.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#type-{name}\"><code>{name}</code></a>");
    }
    if let Some(only) = schema["allOf"].as_array().and_then(|all| all.first()) {
        return kind(only);
    }
    if let Some(first) = schema["anyOf"].as_array().and_then(|any| any.first()) {
        return format!("{} or null", kind(first));
    }
    match (text(&schema["type"]), text(&schema["format"])) {
        ("array", _) => format!("list of {}", kind(&schema["items"])),
        (_, "uuid") => "id".to_owned(),
        ("string", _) => "text".to_owned(),
        ("boolean", _) => "true or false".to_owned(),
        ("integer", _) => "whole number".to_owned(),
        (other, _) => escape(other),
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_and_type_is_on_the_page_and_every_link_leads_somewhere() {
        let document = super::super::openapi::document();
        let page = page(&document);
        let ids: BTreeSet<&str> =
            page.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let links: BTreeSet<&str> =
            page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(links.difference(&ids).collect::<Vec<_>>(), Vec::<&&str>::new());
        for (_, methods) in fields(&document["paths"]) {
            for (_, described) in fields(methods) {
                assert!(ids.contains(text(&described["operationId"])), "{described}");
            }
        }
        for (name, _) in fields(&document["components"]["schemas"]).filter(|(name, _)| *name != "Code") {
            assert!(ids.contains(format!("type-{name}").as_str()), "{name}");
        }
        assert!(
            !page.contains("style=") && !page.contains("onclick"),
            "the content security policy refuses it"
        );
    }

    #[test]
    fn what_the_document_says_is_never_markup() {
        let mut document = super::super::openapi::document();
        document["info"]["description"] = "<script>alert(1)</script> & \"more\"".into();
        let page = page(&document);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;"));
    }
}
