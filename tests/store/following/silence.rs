//! A server that cannot know what others have changed: it is silent, and never wrong; and how servers come and go.
//! Leaves what it knows while all is well to `following`.

use serde_json::Value;

use super::relay::Relay;
use super::{Database, answer, come_to, remember, roots, server};
use crate::support::{Root, metric, until};

/// The shortest bound there may be.
const SHORT: [(&str, &str); 1] = [("cache.max_staleness_ms", "1000")];

const SERVERS: &str = "SELECT count(*) FROM servers";

/// The URL of a database by way of a relay.
fn by_way_of(url: &str, relay: &Relay) -> String {
    let (head, tail) = url.rsplit_once(':').unwrap();
    let (_, database) = tail.split_once('/').unwrap();
    format!("{head}:{}/{database}", relay.port())
}

fn port(url: &str) -> u16 {
    let (_, tail) = url.rsplit_once(':').unwrap();
    tail.split('/').next().unwrap().parse().unwrap()
}

async fn servers(database: &Database, count: i64) {
    until("so many leases", async || {
        (database.number(SERVERS) == count).then_some(())
    })
    .await;
}

/// Every server says this of a key twice, the second time from memory, and nothing else; one with so short a bound may be
/// silent for a moment.
async fn hear(roots: &[Root], secret: &str, code: &str) {
    for root in roots.iter().chain(roots) {
        until("a server to say something", async || {
            let (status, said) = answer(root, secret).await;
            assert!(status == 503 || said == code, "{status} {said}");
            (status == 200).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_hears_nothing_of_the_primary_is_silent_and_comes_back() {
    let database = Database::empty();
    let url = database.url();
    let relay = Relay::to(port(&url));
    let cut = server(&by_way_of(&url, &relay), &SHORT);
    let other = server(&url, &SHORT);
    let pair = [cut, other];
    let roots = roots(&pair);
    let organization = roots[1].organization().await;
    let (id, secret) = roots[1].standard_of(&organization.id).await;
    hear(&roots, &secret, "VALID").await;
    relay.hold(true);
    until("it to be silent", async || {
        let (status, _) = answer(&roots[0], &secret).await;
        (status == 503).then_some(())
    })
    .await;
    roots[1].revoke(&id).await;
    for target in ["/v1/keys", "/readyz"] {
        roots[0].get(target).await.expect(503);
    }
    // From now on the one word that it may say of this key is the right one.
    for _ in 0..5 {
        assert_eq!(answer(&roots[0], &secret).await, (503, Value::Null));
    }
    relay.hold(false);
    until("it to come back", async || {
        let (status, code) = answer(&roots[0], &secret).await;
        assert!(status == 503 || code == "REVOKED", "{status} {code}");
        (status == 200).then_some(())
    })
    .await;
    hear(&roots, &secret, "REVOKED").await;
}

#[tokio::test]
async fn a_server_that_was_stopped_for_longer_than_its_bound_says_nothing_of_before() {
    let database = Database::empty();
    let url = database.url();
    let pair = [server(&url, &SHORT), server(&url, &SHORT)];
    let roots = roots(&pair);
    let organization = roots[0].organization().await;
    let mut keys = Vec::new();
    for _ in 0..20 {
        let key = roots[0].standard_of(&organization.id).await;
        hear(&roots, &key.1, "VALID").await;
        keys.push(key);
    }
    servers(&database, 2).await;
    pair[1].signal("STOP");
    for (id, _) in &keys {
        roots[0].revoke(id).await;
    }
    // The other one takes its lease away, once its bound has passed.
    servers(&database, 1).await;
    pair[1].signal("CONT");
    for (_, secret) in &keys {
        until("it to answer", async || {
            let (status, code) = answer(&roots[1], secret).await;
            assert!(status == 503 || code == "REVOKED", "{status} {code}");
            (status == 200).then_some(())
        })
        .await;
    }
    // It has another lease.
    servers(&database, 2).await;
}

#[tokio::test]
async fn a_server_whose_sessions_are_ended_goes_on() {
    let database = Database::empty();
    let url = database.url();
    let pair = [server(&url, &[]), server(&url, &[])];
    let roots = roots(&pair);
    let organization = roots[0].organization().await;
    for _ in 0..3 {
        let (id, secret) = roots[0].standard_of(&organization.id).await;
        remember(&roots, &secret).await;
        database.number(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE application_name = 'keywright' AND datname = current_database()",
        );
        until("the revocation to be made", async || {
            let target = format!("/v1/keys/{id}/revoke");
            let answer = roots[0].request("POST", &target).send().await;
            (answer.status == 200).then_some(())
        })
        .await;
        come_to(&roots, &secret, "REVOKED").await;
    }
    assert_eq!(database.number(SERVERS), 2, "no lease was lost");
}

#[tokio::test]
async fn a_server_that_stops_gives_its_lease_back() {
    let database = Database::empty();
    let url = database.url();
    let (one, other) = (server(&url, &[]), server(&url, &[]));
    servers(&database, 2).await;
    one.finish();
    assert_eq!(database.number(SERVERS), 1);
    other.finish();
    assert_eq!(database.number(SERVERS), 0);
    assert_eq!(database.number("SELECT count(*) FROM reports"), 0);
}

#[tokio::test]
async fn the_lease_of_a_server_that_was_killed_is_taken_away_by_another() {
    let database = Database::empty();
    let url = database.url();
    let (doomed, other) = (server(&url, &SHORT), server(&url, &[]));
    servers(&database, 2).await;
    doomed.kill();
    assert_eq!(database.number(SERVERS), 2);
    servers(&database, 1).await;
    other.finish();
}

#[tokio::test]
async fn servers_with_different_bounds_are_each_silent_by_their_own() {
    let database = Database::empty();
    let url = database.url();
    let relay = Relay::to(port(&url));
    let by_way = by_way_of(&url, &relay);
    let pair = [server(&by_way, &SHORT), server(&by_way, &[])];
    let roots = roots(&pair);
    let organization = roots[0].organization().await;
    let (_, secret) = roots[0].standard_of(&organization.id).await;
    hear(&roots, &secret, "VALID").await;
    let bounds = "SELECT max_staleness_ms FROM servers ORDER BY 1";
    assert_eq!(database.sql(bounds), "1000\n30000");
    relay.hold(true);
    until("the shorter bound to pass", async || {
        let (status, _) = answer(&roots[0], &secret).await;
        (status == 503).then_some(())
    })
    .await;
    assert_eq!(
        answer(&roots[1], &secret).await,
        (200, Value::from("VALID"))
    );
    relay.hold(false);
    hear(&roots, &secret, "VALID").await;
}

#[tokio::test]
async fn a_server_tells_how_far_it_has_followed() {
    let database = Database::empty();
    let url = database.url();
    let pair = [server(&url, &[]), server(&url, &[])];
    let roots = roots(&pair);
    let organization = roots[0].organization().await;
    roots[0].standard_of(&organization.id).await;
    let last = "SELECT max(position) FROM events";
    for server in &pair {
        until("it to have followed", async || {
            let followed = metric(server, "keywright_feed_position").await;
            (i64::try_from(followed) == Ok(database.number(last))).then_some(())
        })
        .await;
        assert_eq!(metric(server, "keywright_cache_fresh").await, 1);
    }
    let reported = "SELECT count(*) FROM reports r JOIN events e USING (position) \
         WHERE r.mac = e.mac AND r.position = (SELECT max(position) FROM events)";
    until("both to have reported it", async || {
        (database.number(reported) == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_that_has_followed_another_history_forgets_everything_and_takes_another_lease() {
    let database = Database::empty();
    let url = database.url();
    let pair = [server(&url, &[]), server(&url, &[])];
    let roots = roots(&pair);
    let organization = roots[0].organization().await;
    let (id, secret) = roots[0].standard_of(&organization.id).await;
    remember(&roots, &secret).await;
    database.number("CREATE TABLE leases AS SELECT id FROM servers; SELECT count(*) FROM leases");
    // As after a failover that has lost what the last event was about: the event there now is another one.
    database.number(&format!(
        "UPDATE keys SET current = false, revoked_at_ms = 1 WHERE id = '{id}'; \
         UPDATE events SET mac = '\\x00' WHERE position = (SELECT max(position) FROM events); SELECT 1"
    ));
    for root in &roots {
        until("it to have begun anew", async || {
            let (status, code) = answer(root, &secret).await;
            (status == 200 && code == "REVOKED").then_some(())
        })
        .await;
    }
    assert_eq!(
        database.number("SELECT count(*) FROM servers JOIN leases USING (id)"),
        0
    );
    servers(&database, 2).await;
    remember(&roots, &roots[1].standard_of(&organization.id).await.1).await;
}
