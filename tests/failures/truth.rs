//! What stays true whatever fails: a good key is never refused, a dead one never let in, nothing that was
//! answered is lost, nothing panics, and all is well by itself once the fault has gone.

use reqwest::header::HeaderMap;
use serde_json::json;

use super::Cast;
use crate::support::{Answer, Request, Server, Site};

/// People, and keys of which everybody knows what they are.
pub(super) struct Truth {
    pub(super) cast: Cast,
    verdicts: Vec<(String, &'static str)>,
}

impl Truth {
    pub(super) async fn of(server: &Server) -> Self {
        let cast = Cast::of(server).await;
        let root = server.root();
        let owner = root.user().await;
        let (_, good) = root.standard_of(&owner.id).await;
        let (revoked_id, revoked) = root.standard_of(&owner.id).await;
        let (replaced_id, replaced) = root.standard_of(&owner.id).await;
        root.revoke(&revoked_id).await;
        let target = format!("/v1/keys/{replaced_id}/rotate");
        let rotated = root.post(&target, json!({})).await.expect(200);
        let verdicts = vec![
            (good, "VALID"),
            (rotated.string("/secret"), "VALID"),
            (revoked, "REVOKED"),
            (replaced, "REPLACED"),
        ];
        Self { cast, verdicts }
    }

    /// The same in front of another server, which has nothing in memory yet.
    pub(super) fn moved_to(self, server: &Server) -> Self {
        Self {
            cast: self.cast.moved_to(server),
            verdicts: self.verdicts,
        }
    }

    /// The keys, with the verdict on each.
    pub(super) fn verdicts(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let verdicts = self.verdicts.iter();
        verdicts.map(|(secret, verdict)| (secret.as_str(), *verdict))
    }

    /// The key that is good.
    pub(super) fn good(&self) -> &str {
        &self.verdicts[0].0
    }

    /// On every path a verdict is right, or the server says that it cannot tell. It lives all the same.
    pub(super) async fn holds(&self, site: &Site) {
        for (secret, verdict) in &self.verdicts {
            let answer = self.verify(secret).send().await;
            if answer.status == 200 {
                assert_eq!(answer.string("/code"), *verdict);
            } else {
                assert_is_fault(&answer);
            }
            let authorize = site.get("/v1/authorize").header("x-api-key", secret);
            let answer = authorize.send().await;
            let right = if *verdict == "VALID" { 204 } else { 401 };
            if answer.status != right {
                assert_is_fault(&answer);
            }
        }
        for read in self.reads(site) {
            let answer = read.send().await;
            if answer.status != 200 {
                assert_is_fault(&answer);
            }
        }
        site.get("/healthz").send().await.expect(200);
    }

    /// What each contract reads for whoever holds its credential.
    pub(super) fn reads(&self, site: &Site) -> [Request; 4] {
        let get = |target| site.get(target);
        [
            get("/user/info")
                .bearer(&self.cast.user.key)
                .header("x-exorde-api-version", "v1"),
            get("/api-keys").bearer(&self.cast.token.token),
            get("/v0/api_keys").bearer(&self.cast.named.key),
            get("/v0/api_keys").bearer(&self.cast.token.token),
        ]
    }

    pub(super) fn verify(&self, secret: &str) -> Request {
        let verify = self.cast.root.request("POST", "/v1/keys/verify");
        verify.json(&json!({ "key": secret }))
    }

    /// Every verdict is right and everybody goes on; the log tells of no panic.
    pub(super) async fn ends_well(self, server: &Server) {
        server.get("/readyz").send().await.expect(200);
        for (secret, verdict) in &self.verdicts {
            assert_eq!(self.cast.root.verdict(secret).await, *verdict);
        }
        for read in self.reads(server) {
            read.send().await.expect(200);
        }
        self.cast.go_on().await;
        let log = server.folder().log();
        assert!(!log.contains("panicked"), "the server panicked:\n{log}");
    }
}

/// The server says that it cannot tell, and whoever may try again is told when.
pub(super) fn assert_is_fault(answer: &Answer) {
    let says_when = |headers: &HeaderMap| headers.contains_key("retry-after");
    match answer.status {
        500 => {}
        503 => assert!(says_when(&answer.headers), "{}", answer.text()),
        other => panic!("answered {other}: {}", answer.text()),
    }
}
