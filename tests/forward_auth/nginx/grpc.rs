//! gRPC behind nginx: `grpc_pass` has directives of its own.
//! Leaves `proxy_pass` to the stories.

use serde_json::json;

use super::with_location;
use crate::forward_auth::{Key, identity};
use crate::support::proxy::put;
use crate::support::{Kind, Proxy, Server, Upstream};

#[tokio::test]
async fn a_grpc_call_carries_the_identity_and_not_the_key() {
    for kind in super::BOTH {
        let (server, application) = (Server::start(), Upstream::start().await);
        let key = Key::new(&server, json!({ "scopes": ["a"] })).await;
        let http_2 = match kind {
            Kind::Nginx => "listen 80 http2;",
            _ => "listen 80; http2 on;",
        };
        let change = |page: &str| put(&with_location(page, "nginx grpc"), "listen 80;", http_2);
        let proxy = Proxy::changed(kind, server.address, application.address, change).await;
        let bearer = key.bearer();
        let headers = [
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            ("x-key-id", "forged"),
            ("x-key-scopes", "forged"),
            ("authorization", &bearer),
            ("x-api-key", "beside"),
        ];
        let body = b"\0\0\0\0\0".to_vec();
        let call = proxy.post_by_http_2("/a.Service/Call", &headers, body.clone());
        call.await.expect(200);
        let seen = application.take_one();
        assert!(seen.target.ends_with("/a.Service/Call"), "{}", seen.target);
        assert_eq!(seen.body, body);
        assert_eq!(identity(&seen), key.identity("a"));
        let unknown = [
            ("content-type", "application/grpc"),
            ("x-api-key", "unknown"),
        ];
        let call = proxy.post_by_http_2("/a.Service/Call", &unknown, Vec::new());
        let refused = call.await.expect(401);
        assert_eq!(refused.header("x-key-refusal"), Some("NOT_FOUND"));
        assert_eq!(application.take_seen(), []);
    }
}
